/* fake_journal.h: replaces journal/journal.c with a journal that answers when the test says so:
 * immediately, later, or with an error; and that can become another journal. Allocates only
 * itself. */
#ifndef MSIWATCH_TESTS_FAKE_JOURNAL_H
#define MSIWATCH_TESTS_FAKE_JOURNAL_H

#include "journal/journal.h"

/* With true, reads wait from now on until they are released; with false they do not, and those that
 * waited are answered. */
void fake_journal_hold(struct journal *journal, bool hold);

/* Answers the oldest read that waits. */
void fake_journal_release(struct journal *journal);

/* Makes the next read that is answered fail. */
void fake_journal_fail(struct journal *journal);

/* Begins another journal; the events of the old one are gone. */
void fake_journal_switch(struct journal *journal);

#endif
