/* threads_test.c: what other threads do: cancel calls, use handles of their own, or one together.
 */
#include "library_test.h"

#include <stdatomic.h>

/* ---- cancel ---- */

/* One thread that cancels once each time that it is asked to, a moment later. */
struct canceller {
    struct msiwatch *handle;
    atomic_uint asked, done;
    atomic_bool over;
};

static void cancel_when_asked(void *arg)
{
    struct canceller *canceller = arg;
    for (unsigned done = 0; !atomic_load(&canceller->over);) {
        if (atomic_load(&canceller->asked) == done) {
            sys_sleep(1);
            continue;
        }
        if (done % 4 != 0) { /* now and then before the call has begun */
            sys_sleep(done % 4);
        }
        msiwatch_cancel(canceller->handle);
        atomic_store(&canceller->done, ++done);
    }
}

static uint32_t call(struct msiwatch *handle, unsigned which)
{
    struct msiwatch_event event = {.size = sizeof event};
    switch (which) {
    case 0:
        return msiwatch_wait(handle, MSIWATCH_BUSY, 0, MSIWATCH_FOREVER, NULL, NULL);
    case 1:
        return msiwatch_next(handle, MSIWATCH_FOREVER, &event);
    case 2:
        return msiwatch_wait(handle, MSIWATCH_IDLE, 1000000, MSIWATCH_FOREVER, NULL, NULL);
    default:
        return msiwatch_call(handle, "wait", "{\"for\":\"busy\"}", MSIWATCH_FOREVER, NULL);
    }
}

void a_thousand_cancels_end_a_thousand_calls(void **state)
{
    (void)state;
    struct canceller canceller = {.handle = must_have_handle()};
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    unsigned count = rounds(1000, 100);
    must_be_idle(canceller.handle);
    /* The event that made it idle may come a moment later than the state. */
    struct msiwatch_event event = {.size = sizeof event};
    assert_int_equal(
        msiwatch_subscribe(canceller.handle, NULL, MSIWATCH_SEQ_LAST, SOON_MS, &subscription, NULL),
        CODE_OK);
    while (msiwatch_next(canceller.handle, 300, &event) == CODE_OK) {
    }
    struct sys_thread *thread = sys_start(cancel_when_asked, &canceller);
    uint64_t begun = sys_now();
    unsigned ended = 0;
    uint32_t wrong = CODE_CANCELLED;
    while (ended < count && wrong == CODE_CANCELLED) {
        atomic_fetch_add(&canceller.asked, 1);
        wrong = call(canceller.handle, ended % 4);
        ended++;
        while (atomic_load(&canceller.done) < ended) {
            sys_sleep(1);
        }
        msiwatch_rearm(canceller.handle);
    }
    atomic_store(&canceller.over, true);
    sys_join(thread);
    must(wrong == CODE_CANCELLED, "call %u: %u", ended, (unsigned)wrong);
    print_message("%u calls were cancelled in %u ms\n", ended, (unsigned)(sys_now() - begun));
    /* The connection is the same, and so is the subscription. */
    assert_int_equal(ask(canceller.handle, NULL), CODE_OK);
    assert_int_equal(msiwatch_unsubscribe(canceller.handle, SOON_MS), CODE_OK);
    msiwatch_close(canceller.handle);
}

/* ---- many threads ---- */

struct user {
    struct msiwatch *handle;
    unsigned count;
    atomic_uint good, turned_away;
    atomic_uint wrong; /* the first code that was neither */
};

static void note(struct user *user, uint32_t code)
{
    unsigned none = 0;
    if (code == CODE_OK) {
        atomic_fetch_add(&user->good, 1);
    } else if (code == CODE_IN_USE) {
        atomic_fetch_add(&user->turned_away, 1);
    } else {
        atomic_compare_exchange_strong(&user->wrong, &none, code);
    }
}

static void use_one(void *arg)
{
    struct user *user = arg;
    struct msiwatch_subscription subscription = {.size = sizeof subscription};
    struct msiwatch_history_query query = {.size = sizeof query, .limit = 1};
    struct msiwatch_event event = {.size = sizeof event};
    for (unsigned i = 0; i < user->count; i++) {
        note(user, ask(user->handle, NULL));
        note(user, msiwatch_wait(user->handle, MSIWATCH_IDLE, 0, SOON_MS, NULL, NULL));
        note(user, msiwatch_subscribe(user->handle, NULL, 0, SOON_MS, &subscription, NULL));
        note(user, msiwatch_next(user->handle, SOON_MS, &event));
        note(user, msiwatch_unsubscribe(user->handle, SOON_MS));
        note(user, msiwatch_history_begin(user->handle, &query, SOON_MS));
        note(user, msiwatch_history_next(user->handle, SOON_MS, &event));
    }
}

void sixteen_threads_use_a_handle_each(void **state)
{
    (void)state;
    static struct user users[THREADS];
    struct sys_thread *threads[THREADS];
    unsigned count = rounds(100, 3);
    for (unsigned i = 0; i < THREADS; i++) {
        users[i].handle = must_have_handle();
        users[i].count = count;
    }
    must_be_idle(users[0].handle);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = sys_start(use_one, &users[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        sys_join(threads[i]);
        msiwatch_close(users[i].handle);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        must(users[i].wrong == 0 && users[i].turned_away == 0 && users[i].good == count * 7,
             "thread %u: %u, code %u", i, users[i].good, users[i].wrong);
    }
}

static uint32_t shared_call(struct msiwatch *handle, unsigned which)
{
    struct msiwatch_about about = {.size = sizeof about};
    const char *result; /* not to be read: another thread's next call frees it */
    switch (which) {
    case 0:
        return ask(handle, NULL);
    case 1:
        return msiwatch_get_about(handle, SOON_MS, &about);
    case 2:
        return msiwatch_wait(handle, MSIWATCH_IDLE, 0, SOON_MS, NULL, NULL);
    default:
        return msiwatch_call(handle, "about", NULL, SOON_MS, &result);
    }
}

/* Each call until it was let in, or the thread that came first would be the only one that was. */
static void share_one(void *arg)
{
    struct user *user = arg;
    for (unsigned i = 0; i < user->count; i++) {
        uint32_t code = shared_call(user->handle, i % 4);
        while (code == CODE_IN_USE) {
            note(user, code);
            sys_sleep(1);
            code = shared_call(user->handle, i % 4);
        }
        note(user, code);
    }
}

void sixteen_threads_come_to_one_handle_without_harm(void **state)
{
    (void)state;
    struct user user = {.handle = must_have_handle(), .count = rounds(1200, 20)};
    struct sys_thread *threads[THREADS];
    must_be_idle(user.handle);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = sys_start(share_one, &user);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        sys_join(threads[i]);
    }
    print_message("%u calls, %u turned away\n", user.good, user.turned_away);
    must(user.wrong == 0, "code %u", user.wrong);
    assert_int_equal(user.good, THREADS * user.count);
    assert_true(user.turned_away > 0);
    assert_int_equal(ask(user.handle, NULL), CODE_OK);
    msiwatch_close(user.handle);
}

/* ---- what is left ---- */

void ten_thousand_handles_leave_nothing_behind(void **state)
{
    (void)state;
    unsigned count = rounds(10000, 300), before = 0;
    struct msiwatch_status status = {.size = sizeof status};
    for (unsigned i = 0; i < count; i++) {
        struct msiwatch *handle = must_have_handle();
        if (i % 10 == 0) {
            uint32_t code = ask(handle, &status);
            must(code == CODE_OK, "handle %u: %u", i, (unsigned)code);
        }
        msiwatch_close(handle);
        before = i == 50 ? sys_open_handles() : before; /* what the system opens once is open */
    }
    unsigned after = sys_open_handles();
    print_message("%u handles opened and closed: %u of the system's before, %u after\n", count,
                  before, after);
    assert_int_equal(after, before);
}
