/* client.h: what the library's own files share: the handle, and the begin and end of a call. */
#ifndef MSIWATCH_CLIENT_CLIENT_H
#define MSIWATCH_CLIENT_CLIENT_H

#include "lib/codes.h"
#include "msiwatch.h"
#include "lib/rpc.h"
#include "common/wire.h"

#include <stddef.h>

/* A reading of the journal's history, one page at a time. */
struct client_history {
    bool begun;
    bool more;       /* the service has events after this page */
    bool bounded;    /* `left` counts */
    uint64_t left;   /* events that may still be returned */
    uint64_t cursor; /* seq of the last event returned; 0: none yet */
    uint64_t next;   /* how far the service has searched; 0: up to the last event of the page */
    struct msiwatch_history_query query;
    char journal[MSIWATCH_ID_SIZE];
    yyjson_doc *page;
    yyjson_arr_iter events; /* of the page */
};

/* Receives what happens to a turn: the caller's callback and its argument. */
struct client_turn {
    void (*told)(void *arg, const char *json);
    void *arg;
};

struct msiwatch {
    struct transport *transport;
    struct rpc rpc;
    struct client_history history;
    struct client_turn turn;
    const yyjson_val *shown; /* what msiwatch_get_json returns; NULL: nothing */
    char *json;              /* its text, made when somebody first asks */
    uint32_t failures;       /* tries to reconnect since the service last answered */
    uint64_t chance;         /* state of the random numbers for the pauses */
};

/* Every function of the library that uses a handle begins and ends with these. client_begin returns
 * CODE_BAD_PARAMETER if there is no handle, and CODE_IN_USE if another thread is inside; the call
 * then returns that, and does not call client_end. client_begin_with also checks a struct of the
 * caller (struct_is_valid). client_end returns `code`. */
uint32_t client_begin(struct msiwatch *handle);
uint32_t client_begin_with(struct msiwatch *handle, const void *theirs, size_t least);
uint32_t client_end(struct msiwatch *handle, uint32_t code);

/* The deadline that is `timeout_ms` from now. */
uint64_t client_deadline(uint64_t timeout_ms);

/* Sends a request; msiwatch_get_json then returns the answer. Frees `doc`, in which the params were
 * made; NULL: out of memory. */
uint32_t client_call(struct msiwatch *handle, const char *method, yyjson_mut_doc *doc,
                     yyjson_mut_val *params, enum rpc_abandon abandon, uint64_t deadline);

/* The same for a prepared call; frees call->doc. */
uint32_t client_make(struct msiwatch *handle, const struct rpc_call *call, uint64_t deadline);

/* For a method that waits, the service watches the timeout: adds timeout_ms to the params, and sets
 * the call's deadline some seconds later. False: out of memory. */
bool client_add_timeout(yyjson_mut_doc *doc, yyjson_mut_val *params, uint64_t timeout_ms,
                        uint64_t *deadline);

/* ---- the caller's structs, which may be older or newer than ours (abi.c) ---- */

/* The sizes of the structs in version 1, in bytes. Programs that were compiled with them exist, so
 * a caller's struct may always be this small, however much ours grow. */
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

/* Whether a struct of the caller has a valid size: at least `least` (its *_V1_SIZE), and not
 * absurdly large. False for NULL. */
bool struct_is_valid(const void *theirs, size_t least);

/* Fills in the members that the caller's version has, and clears those that only the caller's
 * version has. Does not change the caller's size. */
void struct_give(void *theirs, const void *ours, size_t our_size);

/* Copies an argument; members that the caller's version lacks become zero. */
void struct_take(void *ours, size_t our_size, const void *theirs);

/* From the protocol's JSON to public structs; false if the value does not have the right form. */
bool struct_read_status(yyjson_val *value, struct msiwatch_status *theirs);
bool struct_read_event(yyjson_val *value, struct msiwatch_event *out);

/* Copies text from the service; false if the value is not text or does not fit. */
bool struct_read_text(yyjson_val *value, char *out, size_t size);

#endif
