/* fake_journal.h: a journal in the place of record/journal.c, which answers when the test says so:
 * at once, later, or with an error; and whose journal can become another one. Allocates only
 * itself.
 */
#ifndef MSIWATCH_TESTS_FAKE_JOURNAL_H
#define MSIWATCH_TESTS_FAKE_JOURNAL_H

#include "journal/journal.h"

/* From now on reads wait until they are released; or not any more, and those that waited are
 * answered. */
void fake_journal_hold(struct journal *journal, bool hold);

/* Lets the oldest read that waits go. */
void fake_journal_release(struct journal *journal);

/* The next read that is answered fails. */
void fake_journal_fail(struct journal *journal);

/* Another journal begins; what the old one held is gone. */
void fake_journal_switch(struct journal *journal);

#endif
