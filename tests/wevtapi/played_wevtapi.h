/* played_wevtapi.h: simulates Windows' event log in memory, behind the table of
 * common/event_log_api.h.
 *
 * Wine has none: its EvtSubscribe returns NULL. This simulation does what Microsoft documents, and
 * what users have reported where the documentation says nothing or Windows differs:
 *
 *   subscribe   from now on, from the oldest record, or after a bookmark; if the bookmark's
 *               record is missing: ERROR_NOT_FOUND if strict, otherwise it begins after the closest
 *               record [EVT_SUBSCRIBE_FLAGS]. The signal is set when a matching record is written,
 *               not for records that are already there [why the sample fetches first]
 *   next        ERROR_NO_MORE_ITEMS, ERROR_TIMEOUT, or ERROR_INVALID_OPERATION if there is nothing
 *               and the signal is not set [agents of Datadog, Elastic, OpenTelemetry];
 *               RPC_S_INVALID_BOUND for a batch that is too large [Elastic's agent]
 *   render      values by position into the caller's memory and nowhere else; if that is too small,
 *               ERROR_INSUFFICIENT_BUFFER and the needed size; a binary value is as long as Count
 *               says, and what follows it is not 0 [EVT_VARIANT; an overread in Elastic's agent]
 *   a restart of the Event Log service   leaves handles that return one error forever, or nothing,
 *               and signals that nobody sets any more
 *   a cleared log   has no records; its ids continue, or start lower
 *
 * One log, one thread. Every handle is counted: if one is closed twice, used after it was closed,
 * or given to the wrong function, the test ends.
 */
#ifndef MSIWATCH_TESTS_PLAYED_WEVTAPI_H
#define MSIWATCH_TESTS_PLAYED_WEVTAPI_H

#include "common/event_log_api.h"

#include <stdbool.h>
#include <stddef.h>

/* One value of a record's EventData; `type` as in common/event_values.h. */
struct played_value {
    uint32_t type;
    const char *text;  /* of a string or an ANSI string: ASCII, or UTF-16 in `bytes` */
    const void *bytes; /* for a string UTF-16 with its NUL; for a binary value or a SID, bytes */
    uint32_t count;    /* for a binary value, bytes; for an array of strings, elements */
    const char *const *texts; /* of an array */
    uint64_t number;
};

#define PLAYED_STRING(string)                                                                      \
    {                                                                                              \
        .type = 1, .text = (string)                                                                \
    }
#define PLAYED_NULL                                                                                \
    {                                                                                              \
        .type = 0                                                                                  \
    }
#define PLAYED_BINARY(memory, size)                                                                \
    {                                                                                              \
        .type = 14, .bytes = (memory), .count = (size)                                             \
    }

struct played_record {
    const char *provider; /* NULL: MsiInstaller */
    uint16_t event_id;
    int64_t at_ms; /* wall; 0: played.now_ms */
    bool old_form; /* no ProcessID, no Version */
    uint32_t writer_pid;
    const unsigned char *sid;          /* NULL: no UserID */
    const struct played_value *values; /* must outlive the log */
    size_t value_count;
    size_t size; /* in a batch; 0 means 1 KiB */
};

/* What tests set. */
struct played {
    int64_t now_ms;     /* wall */
    uint32_t empty;     /* what EvtNext returns if there is nothing; 0: 4317 without the signal,
                         * otherwise 259 */
    size_t batch_bytes; /* a batch that is larger fails with RPC_S_INVALID_BOUND; 0: none does */
    bool deaf;          /* no signal is ever set */
    uint32_t stale;     /* what a handle from before a restart returns: an error, or 0 for
                         * nothing */
    bool stopped;       /* the Event Log service does not run: RPC_S_SERVER_UNAVAILABLE */
    uint32_t refuse;    /* the error with which EvtSubscribe fails; UINT32_MAX: it fails without an
                         * error */
    bool selected_bookmarks; /* a bookmark is missing if the query does not select its record */
    uint32_t refuse_render;  /* the error with which EvtRender fails */
    bool twice;              /* a subscription gives each record twice */
    unsigned subscribed, fetched, one_by_one, queried; /* calls; one_by_one: fetches of one
                                                        * record */
    void (*on_next)(void);                             /* called by EvtNext; NULL: nothing is
                                                        * called */
    void (*set_signal)(void *signal);
    bool (*is_set)(void *signal);
};
extern struct played played;

/* Begins with an empty log; the first record will have this id. Signals are bool unless set
 * otherwise. */
void played_begin(uint64_t first_id);

/* Ends the test if a handle is still open; frees the log. */
void played_end(void);

const struct event_log_api *played_api(void);

/* Writes a record and returns its id. */
uint64_t played_write(const struct played_record *record);

/* Writes a record of MsiInstaller with these strings, which are copied; at most eight, ended by
 * NULL. */
uint64_t played_write_strings(uint16_t event_id, const char *const *strings);

/* Deletes all records; the next one gets this id. */
void played_clear(uint64_t next_id);

/* Overwrites the oldest records; this one and later ones stay. */
void played_overwrite(uint64_t oldest_id);

/* The Event Log service restarts: existing handles become useless. */
void played_restart(void);

unsigned played_open_handles(void);

#endif
