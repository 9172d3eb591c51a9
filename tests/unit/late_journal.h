/* late_journal.h: makes reads of the journal answer later, as reads from a disk do.
 *
 * The linker redirects the connections' calls here (--wrap). Until late_journal_begin is called,
 * they go directly to the journal.
 */
#ifndef MSIWATCH_TESTS_LATE_JOURNAL_H
#define MSIWATCH_TESTS_LATE_JOURNAL_H

#include "journal/journal.h"

/* From now on each read fails immediately with this error; 0: no longer. */
void late_journal_fail(int error);

/* From now on reads wait, until late_journal_end, at which none may be waiting. */
void late_journal_begin(void);
void late_journal_end(void);

size_t late_journal_waiting(void);

/* Answers the read that has waited longest: with what the journal has now, or with an error. */
void late_journal_answer(int error);

#endif
