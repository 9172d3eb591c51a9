/* problem.h: the result of an operation on the disk. */
#ifndef MSIWATCH_SERVICE_PROBLEM_H
#define MSIWATCH_SERVICE_PROBLEM_H

enum outcome {
    OUTCOME_OK,
    OUTCOME_FAILED,  /* the disk or memory failed; it may work another time */
    OUTCOME_DAMAGED, /* the file is not what it should be and must go into quarantine */
    OUTCOME_BUSY,    /* another service uses the data folder */
};

#define PROBLEM_SIZE 192

/* An outcome with a text for people, such as "writing history.db: database or disk is full"; "" if
 * OK. */
struct problem {
    enum outcome outcome;
    char words[PROBLEM_SIZE];
};

#endif
