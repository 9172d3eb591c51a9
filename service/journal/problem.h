/* problem.h: what became of something that was asked of the disk. */
#ifndef MSIWATCH_SERVICE_PROBLEM_H
#define MSIWATCH_SERVICE_PROBLEM_H

enum outcome {
    OUTCOME_OK,
    OUTCOME_FAILED,  /* the disk, or memory, does not do it; another time it may */
    OUTCOME_DAMAGED, /* the file is not what it should be: into quarantine with it */
    OUTCOME_BUSY,    /* the data folder is another service's */
};

#define PROBLEM_SIZE 192

/* An outcome with words for people, "writing history.db: database or disk is full"; "" when OK. */
struct problem {
    enum outcome outcome;
    char words[PROBLEM_SIZE];
};

#endif
