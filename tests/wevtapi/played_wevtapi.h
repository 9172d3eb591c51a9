/* played_wevtapi.h: a Windows event log in memory, behind the table of common/event_log_api.h.
 *
 * Wine has none: its EvtSubscribe gives NULL. This one plays what Microsoft documents, and what is
 * reported from the field where the documents are silent or Windows differs:
 *
 *   subscribe   from now on, from the oldest record, after a bookmark; a bookmark whose record is
 *               missing: ERROR_NOT_FOUND if strict, else it begins after the record that is closest
 *               [EVT_SUBSCRIBE_FLAGS]. The signal is set when a record that matches is written, not
 *               for those that are there already [what the sample's first call is for]
 *   next        ERROR_NO_MORE_ITEMS, ERROR_TIMEOUT, or ERROR_INVALID_OPERATION when there is
 * nothing and the signal is not set [agents of Datadog, Elastic, OpenTelemetry];
 *               RPC_S_INVALID_BOUND for a batch that is too large [Elastic's agent]
 *   render      values by position into the caller's memory and nowhere else; ERROR_INSUFFICIENT_
 *               BUFFER and the size that is needed; a binary value is as long as Count says, and
 *               what follows it is not 0 [EVT_VARIANT; an overread in Elastic's agent]
 *   a restart of the Event Log service   leaves handles that give one error for good, or nothing,
 *               and signals that nobody sets any more
 *   a cleared log   has no records; its ids go on, or fall
 *
 * One log, one thread. Every handle is counted: one that is closed twice, or used after, or with
 * the wrong function, ends the test.
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
    const void *bytes; /* of a string UTF-16 and its end; of a binary value or a SID, bytes */
    uint32_t count;    /* of a binary value, bytes; of an array of strings, elements */
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
    size_t size; /* in a batch; 0: 1 KiB */
};

/* What tests set. */
struct played {
    int64_t now_ms;     /* wall */
    uint32_t empty;     /* what EvtNext says of nothing; 0: 4317 without the signal, else 259 */
    size_t batch_bytes; /* a batch that is larger is RPC_S_INVALID_BOUND; 0: none is */
    bool deaf;          /* no signal is ever set */
    uint32_t stale;     /* what a handle from before a restart gives: an error, or 0: nothing */
    bool stopped;       /* the Event Log service does not run: RPC_S_SERVER_UNAVAILABLE */
    uint32_t refuse;    /* what EvtSubscribe fails with; UINT32_MAX: it fails and says nothing */
    bool selected_bookmarks; /* a bookmark is missing if the query does not select its record */
    uint32_t refuse_render;  /* what EvtRender fails with */
    bool twice;              /* a subscription gives each record twice */
    unsigned subscribed, fetched, one_by_one, queried; /* calls; one_by_one: fetches of one */
    void (*on_next)(void);                             /* called by EvtNext; NULL: nothing is */
    void (*set_signal)(void *signal);
    bool (*is_set)(void *signal);
};
extern struct played played;

/* An empty log; the first record will have this id. The signals are bool unless set otherwise. */
void played_begin(uint64_t first_id);

/* Ends the test if a handle is open, frees the log. */
void played_end(void);

const struct event_log_api *played_api(void);

/* Writes a record; its id. */
uint64_t played_write(const struct played_record *record);

/* Likewise one of MsiInstaller with these strings, which are copied; at most eight, and NULL. */
uint64_t played_write_strings(uint16_t event_id, const char *const *strings);

/* All records are gone; the next has this id. */
void played_clear(uint64_t next_id);

/* The oldest records are overwritten; this one and those after it stay. */
void played_overwrite(uint64_t oldest_id);

/* Handles are of no use any more. */
void played_restart(void);

unsigned played_open_handles(void);

#endif
