/* layout_test.c: the header of today lays the members of version 1 out as version 1 did. Nothing is
 * run: a member that has moved does not compile. */
#include "msiwatch.h"

#include <stddef.h>

#define AT(type, member, offset, bytes)                                                            \
    _Static_assert(offsetof(struct msiwatch_##type, member) == (offset) &&                         \
                       sizeof(((struct msiwatch_##type *)0)->member) == (bytes),                   \
                   #type "." #member " is where it was in version 1")
#define IS(name, value)                                                                            \
    _Static_assert(MSIWATCH_##name == (value), #name " is what it was in version 1")

AT(options, size, 0, 4);
AT(options, flags, 4, 4);
AT(options, pipe, 8, sizeof(void *));
AT(options, timeout_ms, 16, 8);

AT(status, size, 0, 4);
AT(status, state, 4, 4);
AT(status, seq, 8, 8);
AT(status, since_ms, 16, 8);
AT(status, sampled_at_ms, 24, 8);
AT(status, reasons, 32, 4);
AT(status, mutex, 36, 4);
AT(status, owner_known, 40, 4);
AT(status, owner_pid, 44, 4);
AT(status, owner_foreign, 48, 4);
AT(status, msiserver, 52, 4);
AT(status, msiserver_controls, 56, 4);
AT(status, msiserver_pid, 60, 4);
AT(status, msiserver_says_busy, 64, 4);
AT(status, ui_clients, 68, 4);
AT(status, suspended, 72, 4);
AT(status, reserved, 76, 4);
AT(status, owner_image, 80, 1032);

AT(event, size, 0, 4);
AT(event, kind, 4, 4);
AT(event, seq, 8, 8);
AT(event, at_ms, 16, 8);
AT(event, from, 24, 4);
AT(event, to, 28, 4);
AT(event, reasons, 32, 4);
AT(event, after_known, 36, 4);
AT(event, after_ms, 40, 8);
AT(event, first, 48, 8);
AT(event, journal, 56, 40);

AT(subscription, size, 0, 4);
AT(subscription, reset, 4, 4);
AT(subscription, number, 8, 8);
AT(subscription, journal, 16, 40);

AT(history_query, size, 0, 4);
AT(history_query, newest_first, 4, 4);
AT(history_query, limit, 8, 8);
AT(history_query, after, 16, 8);
AT(history_query, before, 24, 8);
AT(history_query, since_ms, 32, 8);
AT(history_query, until_ms, 40, 8);

AT(about, size, 0, 4);
AT(about, protocol, 4, 4);
AT(about, pid, 8, 4);
AT(about, durable, 12, 4);
AT(about, started_at_ms, 16, 8);
AT(about, first_seq, 24, 8);
AT(about, last_seq, 32, 8);
AT(about, journal, 40, 40);
AT(about, version, 80, 64);

AT(error, size, 0, 4);
AT(error, code, 4, 4);
AT(error, limit, 8, 64);
AT(error, message, 72, 1032);

IS(FOREVER, UINT64_MAX);
IS(SEQ_LAST, UINT64_MAX);
IS(OPEN_UNCONNECTED, 1);
IS(UNKNOWN, 0);
IS(IDLE, 1);
IS(BUSY, 2);
IS(REASON_MUTEX, 1);
IS(REASON_MSISERVER, 2);
IS(REASON_FLAPPING, 4);
IS(MUTEX_ABSENT, 0);
IS(MUTEX_FREE, 1);
IS(MUTEX_HELD, 2);
IS(MUTEX_ABANDONED, 3);
IS(MUTEX_DENIED, 4);
IS(MUTEX_ERROR, 5);
IS(MSISERVER_STOPPED, 0);
IS(MSISERVER_START_PENDING, 1);
IS(MSISERVER_STOP_PENDING, 2);
IS(MSISERVER_RUNNING, 3);
IS(MSISERVER_CONTINUE_PENDING, 4);
IS(MSISERVER_PAUSE_PENDING, 5);
IS(MSISERVER_PAUSED, 6);
IS(MSISERVER_MISSING, 7);
IS(MSISERVER_DENIED, 8);
IS(MSISERVER_ERROR, 9);
IS(EVENT_OTHER, 0);
IS(EVENT_TRANSITION, 1);
IS(EVENT_INSTALL, 2);
IS(EVENT_GAP, 3);
IS(EVENT_RESET, 4);
IS(EVENT_ACTIVITY, 5);
