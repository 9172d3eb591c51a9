/* late_journal.c: makes reads of the journal answer later. */
#include "late_journal.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 128 };

static struct {
    int error; /* of each read */
    bool late;
    size_t count;
    struct {
        struct journal *journal;
        struct journal_read *read;
    } waiting[MOST];
} late_journal;

/* With --wrap the linker replaces the journal's functions NAME by __wrap_NAME; __real_NAME is the
 * journal's own. */
void __real_journal_read_start(struct journal *journal, struct journal_read *read);
void __real_journal_read_cancel(struct journal *journal, struct journal_read *read);
void __wrap_journal_read_start(struct journal *journal, struct journal_read *read);
void __wrap_journal_read_cancel(struct journal *journal, struct journal_read *read);

void late_journal_fail(int error)
{
    late_journal.error = error;
}

void late_journal_begin(void)
{
    late_journal.late = true;
}

void late_journal_end(void)
{
    if (late_journal.count != 0) {
        abort(); /* a test ended while a read was waiting */
    }
    late_journal.late = false;
}

size_t late_journal_waiting(void)
{
    return late_journal.count;
}

static void forget(size_t n)
{
    late_journal.count--;
    memmove(&late_journal.waiting[n], &late_journal.waiting[n + 1],
            (late_journal.count - n) * sizeof late_journal.waiting[0]);
}

static void fail(struct journal_read *read, int error)
{
    read->error = error;
    read->count = 0;
    read->done(read);
}

void __wrap_journal_read_start(struct journal *journal, struct journal_read *read)
{
    if (late_journal.error != 0) {
        fail(read, late_journal.error);
        return;
    }
    if (!late_journal.late) {
        __real_journal_read_start(journal, read);
        return;
    }
    if (late_journal.count == MOST) {
        abort();
    }
    late_journal.waiting[late_journal.count].journal = journal;
    late_journal.waiting[late_journal.count].read = read;
    late_journal.count++;
}

void __wrap_journal_read_cancel(struct journal *journal, struct journal_read *read)
{
    for (size_t i = 0; i < late_journal.count; i++) {
        if (late_journal.waiting[i].read == read) {
            forget(i);
            return;
        }
    }
    __real_journal_read_cancel(journal, read);
}

void late_journal_answer(int error)
{
    if (late_journal.count == 0) {
        return;
    }
    struct journal *journal = late_journal.waiting[0].journal;
    struct journal_read *read = late_journal.waiting[0].read;
    forget(0);
    if (error == 0) {
        __real_journal_read_start(journal, read);
        return;
    }
    fail(read, error);
}
