/* acceptor_test.c: clients that come, and come and go, between an instance's creation and the
 * moment when it listens: ERROR_PIPE_CONNECTED and ERROR_NO_DATA. Both are made to occur, and each
 * time others are served, and none is lost.
 *
 * The system's calls, except for one: just before each ConnectNamedPipe a client can come.
 */
#include "must.h"

#include "pipe/acceptor_win32.h"
#include "pipe/pipe_api_win32.h"

#define NAME "\\\\.\\pipe\\msiwatch-acceptor-test"
#define MOST_EARLY 4
#define LISTENERS 8

enum coming {
    NOBODY_COMES,
    COMES,
    COMES_AND_GOES,
};

/* What the acceptor's thread does and sees; it is read when that thread waits or has ended. */
static struct {
    enum coming coming;
    LONG left; /* how many clients are still to come early */
    HANDLE early[MOST_EARLY];
    LONG early_count;
    volatile LONG connected, no_data, pending, others;
} seen;

static HANDLE come(void)
{
    return CreateFileA(NAME, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
}

static void come_early(void)
{
    HANDLE client = come();
    if (client == INVALID_HANDLE_VALUE) {
        return; /* the counts will tell */
    }
    if (seen.coming == COMES_AND_GOES) {
        CloseHandle(client);
    } else {
        seen.early[seen.early_count++] = client;
    }
}

static BOOL WINAPI connect_late(HANDLE pipe, OVERLAPPED *connect)
{
    if (seen.coming != NOBODY_COMES && seen.left > 0) {
        seen.left--;
        come_early();
    }
    BOOL ok = ConnectNamedPipe(pipe, connect);
    DWORD error = ok ? ERROR_SUCCESS : GetLastError();
    InterlockedIncrement(error == ERROR_PIPE_CONNECTED ? &seen.connected
                         : error == ERROR_NO_DATA      ? &seen.no_data
                         : error == ERROR_IO_PENDING   ? &seen.pending
                                                       : &seen.others);
    SetLastError(error);
    return ok;
}

static void arrived(void *arg)
{
    (void)arg;
}

static struct acceptor *begin(enum coming coming, LONG count)
{
    static struct pipe_api api;
    const struct acceptor_config config = {
        .name = NAME, .access = "", .arrived = arrived, .api = &api};
    struct acceptor *acceptor;
    api = pipe_api_windows;
    api.ConnectNamedPipe = connect_late;
    memset(&seen, 0, sizeof seen);
    seen.coming = coming;
    seen.left = count;
    assert_int_equal(acceptor_new(&acceptor, &config), 0);
    must_become(seen.pending >= LISTENERS - 1);
    return acceptor;
}

/* What the client says comes out at the server's end that is taken next. */
static void must_be_served(struct acceptor *acceptor, HANDLE client)
{
    HANDLE server = NULL;
    char said[] = "hello", heard[sizeof said] = "";
    DWORD size = 0;
    OVERLAPPED read = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    must_become((server = acceptor_take(acceptor)) != NULL);
    assert_true(WriteFile(client, said, sizeof said, &size, NULL));
    assert_true(ReadFile(server, heard, sizeof heard, NULL, &read) ||
                GetLastError() == ERROR_IO_PENDING);
    must(WaitForSingleObject(read.hEvent, LIMIT_MS) == WAIT_OBJECT_0, "nothing came");
    assert_true(GetOverlappedResult(server, &read, &size, FALSE));
    assert_string_equal(heard, said);
    CloseHandle(read.hEvent);
    CloseHandle(server);
    CloseHandle(client);
}

static void who_came_before_it_listened_is_served(void **state)
{
    (void)state;
    struct acceptor *acceptor = begin(COMES, MOST_EARLY);
    assert_int_equal(seen.early_count, MOST_EARLY);
    assert_int_equal(seen.connected, MOST_EARLY);
    assert_int_equal(seen.no_data, 0);
    assert_int_equal(seen.others, 0);
    for (LONG i = 0; i < MOST_EARLY; i++) {
        must_be_served(acceptor, seen.early[i]);
    }
    assert_null(acceptor_take(acceptor));
    must_be_served(acceptor, come());
    acceptor_free(acceptor);
}

static void who_came_and_went_before_it_listened_is_in_nobodys_way(void **state)
{
    (void)state;
    struct acceptor *acceptor = begin(COMES_AND_GOES, MOST_EARLY);
    assert_int_equal(seen.no_data, MOST_EARLY);
    assert_int_equal(seen.connected, 0);
    assert_int_equal(seen.others, 0);
    assert_null(acceptor_take(acceptor));
    for (int i = 0; i < 2 * LISTENERS; i++) {
        must_be_served(acceptor, come()); /* all of them listen, those that somebody left, too */
    }
    acceptor_free(acceptor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_came_before_it_listened_is_served),
        cmocka_unit_test(who_came_and_went_before_it_listened_is_in_nobodys_way),
    };
    return cmocka_run_group_tests_name("acceptor", tests, NULL, NULL);
}
