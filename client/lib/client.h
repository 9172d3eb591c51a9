/* client.h: what the library's own files share: the handle, and how a call begins and ends. */
#ifndef MSIWATCH_CLIENT_CLIENT_H
#define MSIWATCH_CLIENT_CLIENT_H

#include "lib/codes.h"
#include "msiwatch.h"
#include "lib/rpc.h"
#include "common/wire.h"

#include <stddef.h>

/* A reading of the journal's past, a page at a time. */
struct client_history {
    bool begun;
    bool more;       /* the service has events after this page */
    bool bounded;    /* `left` counts */
    uint64_t left;   /* events that may still be given */
    uint64_t cursor; /* seq of the last one given; 0: none yet */
    uint64_t next;   /* how far the service has looked; 0: behind its last event */
    struct msiwatch_history_query query;
    char journal[MSIWATCH_ID_SIZE];
    yyjson_doc *page;
    yyjson_arr_iter events; /* of the page */
};

/* Who hears of a turn. */
struct client_turn {
    void (*told)(void *arg, const char *json);
    void *arg;
};

struct msiwatch {
    struct transport *transport;
    struct rpc rpc;
    struct client_history history;
    struct client_turn turn;
    const yyjson_val *shown; /* what msiwatch_get_json gives; NULL: nothing */
    char *json;              /* its text, once somebody asked */
    uint32_t failures;       /* tries to reconnect since the service last answered */
    uint64_t chance;         /* state of the generator of pauses */
};

/* Every function of the library that uses a handle begins and ends with these. client_begin is
 * CODE_BAD_PARAMETER for no handle and CODE_IN_USE when another thread is inside; then the call
 * returns that and does not call client_end. client_begin_with also looks at a struct of the
 * caller's (struct_is_valid). client_end returns `code`. */
uint32_t client_begin(struct msiwatch *handle);
uint32_t client_begin_with(struct msiwatch *handle, const void *theirs, size_t least);
uint32_t client_end(struct msiwatch *handle, uint32_t code);

/* Now and `timeout_ms`, as a deadline. */
uint64_t client_deadline(uint64_t timeout_ms);

/* Ask; the answer is what msiwatch_get_json shows. client_call takes the document over, in which
 * the params were made; NULL: memory was out. */
uint32_t client_ask(struct msiwatch *handle, const char *method, enum rpc_abandon abandon,
                    uint64_t deadline);
uint32_t client_call(struct msiwatch *handle, const char *method, yyjson_mut_doc *doc,
                     yyjson_mut_val *params, enum rpc_abandon abandon, uint64_t deadline);

/* The same of a whole call, whose document `call` holds. */
uint32_t client_make(struct msiwatch *handle, const struct rpc_call *call, uint64_t deadline);

/* The service keeps the timeout of a method that waits: adds timeout_ms to its params, and the
 * deadline of the call is some seconds later. False: out of memory. */
bool client_add_timeout(yyjson_mut_doc *doc, yyjson_mut_val *params, uint64_t timeout_ms,
                        uint64_t *deadline);

/* ---- structs of the caller's, which may be older or newer than ours (struct.c) ---- */

/* What the structs measure in version 1, in bytes. Callers that were compiled with it exist, so
 * this is the least that a caller's struct may measure, for ever, however much ours grow. */
enum {
    OPTIONS_V1_SIZE = 24,
    STATUS_V1_SIZE = 1112,
    EVENT_V1_SIZE = 96,
    SUBSCRIPTION_V1_SIZE = 56,
    HISTORY_QUERY_V1_SIZE = 48,
    ABOUT_V1_SIZE = 144,
    ERROR_V1_SIZE = 1104,
    TURN_V1_SIZE = 96,
    TURN_OPTIONS_V1_SIZE = offsetof(struct msiwatch_turn_options, arg) + sizeof(void *)
};

/* Whether a struct of the caller's can be one: not smaller than `least` (its *_V1_SIZE), and not
 * absurd. NULL is none. */
bool struct_is_valid(const void *theirs, size_t least);

/* Fills in what the caller knows of, and clears what only the caller knows of. The caller's size
 * stays. */
void struct_give(void *theirs, const void *ours, size_t our_size);

/* Takes an argument; what the caller does not know of is zero. */
void struct_take(void *ours, size_t our_size, const void *theirs);

/* Model to public structs; false if the value is not what it should be. */
bool struct_read_status(yyjson_val *value, struct msiwatch_status *theirs);
bool struct_read_event(yyjson_val *value, struct msiwatch_event *out);

/* Copies text of the peer's; false if it is none or does not fit. */
bool struct_read_text(yyjson_val *value, char *out, size_t size);

#endif
