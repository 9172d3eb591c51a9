/* late_journal.h: reads of the journal that are answered later, as those of a disk are.
 *
 * The linker leads the connections' calls here (--wrap). As long as late_journal_begin was not
 * called they go straight on to the journal.
 */
#ifndef MSIWATCH_TESTS_LATE_JOURNAL_H
#define MSIWATCH_TESTS_LATE_JOURNAL_H

#include "journal/journal.h"

/* From now on each read fails at once; 0: no more. */
void late_journal_fail(int error);

/* From now on reads wait; until late_journal_end, by when none may be waiting. */
void late_journal_begin(void);
void late_journal_end(void);

size_t late_journal_waiting(void);

/* Answers the one that has waited longest: with what the journal says now, or with an error. */
void late_journal_answer(int error);

#endif
