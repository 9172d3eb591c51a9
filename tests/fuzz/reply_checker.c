/* reply_checker.c: what a client of the pipe may expect of what it is sent. */
#include "reply_checker.h"

#include "common/wire.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void checker_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

void checker_init(struct reply_checker *checker, size_t line_cap, size_t batch_cap)
{
    size_t from = offsetof(struct reply_checker, request_count);
    memset((char *)checker + from, 0, sizeof *checker - from);
    checker->line_cap = line_cap;
    checker->batch_cap = batch_cap;
}

/* Reads one JSON text in memory of our own. Numbers stay text, for ids. */
static yyjson_doc *parse(const char *text, size_t size)
{
    static char pool[8u << 20];
    yyjson_alc allocator;
    yyjson_read_err error;
    yyjson_alc_pool_init(&allocator, pool, sizeof pool);
    yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)text, size, YYJSON_READ_NUMBER_AS_RAW,
                                       &allocator, &error);
    check_that(doc != NULL || error.code != YYJSON_READ_ERROR_MEMORY_ALLOCATION,
               "the checker's own memory is out");
    return doc;
}

bool checker_is_json(const char *text, size_t size)
{
    return parse(text, size) != NULL;
}

static uint64_t hash(const char *text, size_t size, char type)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325) ^ (unsigned char)type; /* FNV-1a */
    for (size_t i = 0; i < size; i++) {
        value = (value ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return value;
}

static bool is_id(yyjson_val *value)
{
    return yyjson_is_str(value) || yyjson_is_raw(value);
}

static uint64_t id_of(yyjson_val *value)
{
    return yyjson_is_str(value) ? hash(yyjson_get_str(value), yyjson_get_len(value), 's')
                                : hash(yyjson_get_raw(value), yyjson_get_len(value), 'n');
}

/* A whole number; false if it is none that fits. */
static bool read_number(yyjson_val *value, uint64_t *out)
{
    const char *text = yyjson_get_raw(value);
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return false;
    }
    *out = strtoull(text, &end, 10);
    return *end == '\0';
}

static uint64_t number_in(yyjson_val *object, const char *key)
{
    uint64_t number = 0;
    check_that(read_number(yyjson_obj_get(object, key), &number), "no number '%s'", key);
    return number;
}

/* ---- what is sent ---- */

/* NOLINTNEXTLINE(misc-no-recursion): as deep as a line is nested */
static size_t depth_of(yyjson_val *value)
{
    size_t deepest = 0, index, count, depth;
    yyjson_val *key, *member;
    if (yyjson_is_arr(value)) {
        yyjson_arr_foreach(value, index, count, member)
        {
            depth = depth_of(member);
            deepest = depth > deepest ? depth : deepest;
        }
        return deepest + 1;
    }
    if (yyjson_is_obj(value)) {
        yyjson_obj_foreach(value, index, count, key, member)
        {
            depth = depth_of(member);
            deepest = depth > deepest ? depth : deepest;
        }
        return deepest + 1;
    }
    return 0;
}

static yyjson_val *first_param(yyjson_val *params, const char *name)
{
    return yyjson_is_arr(params) ? yyjson_arr_get(params, 0) : yyjson_obj_get(params, name);
}

static void expect(struct reply_checker *checker, yyjson_val *value)
{
    yyjson_val *id = yyjson_obj_get(value, "id");
    yyjson_val *method = yyjson_obj_get(value, "method");
    yyjson_val *params = yyjson_obj_get(value, "params");
    bool valid = yyjson_is_str(method) &&
                 yyjson_equals_str(yyjson_obj_get(value, "jsonrpc"), "2.0") &&
                 (params == NULL || yyjson_is_arr(params) || yyjson_is_obj(params));
    if (id == NULL && valid) {
        return; /* a notification */
    }
    if (!is_id(id)) {
        checker->null_count++;
        return;
    }
    check_that(checker->request_count < CHECKER_REQUESTS, "too many requests for the checker");
    struct checked_request *request = &checker->requests[checker->request_count++];
    *request = (struct checked_request){.id = id_of(id), .method = CHECKER_OTHER};
    if (valid && yyjson_equals_str(method, "subscribe")) {
        request->method = CHECKER_SUBSCRIBE;
        request->known = read_number(first_param(params, "after"), &request->number);
    } else if (valid && yyjson_equals_str(method, "unsubscribe")) {
        request->method = CHECKER_UNSUBSCRIBE;
        request->known = read_number(first_param(params, "subscription"), &request->number);
    }
}

static void take_line(struct reply_checker *checker, const char *line, size_t size)
{
    size_t blank = 0;
    while (blank < size && (line[blank] == ' ' || line[blank] == '\t' || line[blank] == '\r')) {
        blank++;
    }
    if (blank == size) {
        return;
    }
    yyjson_doc *doc = parse(line, size);
    yyjson_val *root = yyjson_doc_get_root(doc);
    size_t members = yyjson_arr_size(root), index, count;
    yyjson_val *member;
    if (doc == NULL || depth_of(root) > 32) {
        checker->null_count++;
    } else if (!yyjson_is_arr(root)) {
        expect(checker, root);
    } else if (members == 0 || members > checker->batch_cap) {
        checker->null_count++;
    } else {
        yyjson_arr_foreach(root, index, count, member)
        {
            expect(checker, member);
        }
    }
}

void checker_sends(struct reply_checker *checker, const char *data, size_t size)
{
    for (size_t i = 0; i < size && !checker->too_long; i++) {
        checker->line[checker->line_size++] = data[i];
        if (data[i] != '\n' && checker->line_size >= checker->line_cap) {
            checker->too_long = true;
            checker->null_count++;
        } else if (data[i] == '\n') {
            size_t line_size = checker->line_size - 1;
            checker->line_size = 0;
            if (line_size > 0 && checker->line[line_size - 1] == '\r') {
                line_size--;
            }
            take_line(checker, checker->line, line_size);
        }
    }
}

/* ---- what is received ---- */

static struct checked_subscription *subscription_in(struct reply_checker *checker,
                                                    yyjson_val *params)
{
    uint64_t number = number_in(params, "subscription");
    return number < CHECKER_SUBSCRIPTIONS ? &checker->subscriptions[number] : NULL;
}

static void take_subscribed(struct reply_checker *checker, const struct checked_request *asked,
                            yyjson_val *result)
{
    struct checked_subscription *one = subscription_in(checker, result);
    yyjson_val *status = yyjson_obj_get(result, "status");
    bool reset = yyjson_get_bool(yyjson_obj_get(result, "reset"));
    if (one == NULL) {
        return;
    }
    check_that(!one->begun, "a subscription's number was given twice");
    one->begun = true;
    one->known = asked != NULL && !reset;
    one->cursor = asked != NULL && asked->known ? asked->number : number_in(status, "seq");
}

/* Forgets a request with that id, the first; of several it is not known which was answered. */
static struct checked_request take_request(struct reply_checker *checker, uint64_t id)
{
    size_t found = CHECKER_REQUESTS;
    for (size_t i = checker->request_count; i > 0; i--) {
        struct checked_request *request = &checker->requests[i - 1];
        if (request->id == id) {
            request->shared |= found != CHECKER_REQUESTS;
            if (found != CHECKER_REQUESTS) {
                checker->requests[found].shared = true;
            }
            found = i - 1;
        }
    }
    check_that(found != CHECKER_REQUESTS, "an answer that nobody asked for, or a second one");
    struct checked_request asked = checker->requests[found];
    checker->requests[found] = checker->requests[--checker->request_count];
    return asked;
}

/* A batch is answered when its last request has ended. What it subscribed exists before that. */
static bool may_be_subscribed(const struct reply_checker *checker)
{
    for (size_t i = 0; i < checker->request_count; i++) {
        if (checker->requests[i].method == CHECKER_SUBSCRIBE) {
            return true;
        }
    }
    return false;
}

static void take_result(struct reply_checker *checker, const struct checked_request *asked,
                        yyjson_val *result)
{
    uint64_t number;
    checker->results++;
    if (yyjson_obj_get(result, "subscription") != NULL) {
        take_subscribed(checker, asked, result);
    } else if (asked != NULL && asked->method == CHECKER_UNSUBSCRIBE && asked->known &&
               yyjson_is_true(result)) {
        number = asked->number;
        if (number < CHECKER_SUBSCRIPTIONS) {
            check_that(checker->subscriptions[number].begun || may_be_subscribed(checker),
                       "unsubscribed from nothing");
            checker->subscriptions[number].over = true;
        }
    }
}

static void take_reply(struct reply_checker *checker, yyjson_val *reply)
{
    yyjson_val *id = yyjson_obj_get(reply, "id");
    yyjson_val *result = yyjson_obj_get(reply, "result");
    yyjson_val *error = yyjson_obj_get(reply, "error");
    struct checked_request asked = {.shared = true};
    check_that(yyjson_equals_str(yyjson_obj_get(reply, "jsonrpc"), "2.0"), "not JSON-RPC");
    check_that((result == NULL) != (error == NULL), "neither or both of result and error");
    check_that(yyjson_is_null(id) || is_id(id), "an answer without an id");
    if (yyjson_is_null(id)) {
        check_that(checker->null_count > 0, "an answer with id null too many");
        checker->null_count--;
    } else {
        asked = take_request(checker, id_of(id));
    }
    if (error != NULL) {
        yyjson_val *code = yyjson_obj_get(error, "code");
        check_that(yyjson_is_str(yyjson_obj_get(error, "message")) && yyjson_is_raw(code),
                   "an error without code or message");
        checker->errors++;
        checker->last_error = strtoll(yyjson_get_raw(code), NULL, 10);
    } else {
        take_result(checker, asked.shared ? NULL : &asked, result);
    }
}

static void take_event(struct reply_checker *checker, yyjson_val *params, yyjson_val *event)
{
    struct checked_subscription *one = subscription_in(checker, params);
    uint64_t seq = number_in(event, "seq");
    checker->events++;
    if (one == NULL) {
        return;
    }
    check_that(one->begun, "an event before its subscribe reply");
    check_that(!one->over, "an event after unsubscribe");
    check_that(!one->known || seq == one->cursor + 1, "event %" PRIu64 " after %" PRIu64, seq,
               one->cursor);
    one->known = true;
    one->cursor = seq;
}

static void take_gap(struct reply_checker *checker, yyjson_val *params)
{
    struct checked_subscription *one = subscription_in(checker, params);
    uint64_t from = number_in(params, "from"), to = number_in(params, "to");
    check_that(from <= to, "a gap from %" PRIu64 " to %" PRIu64, from, to);
    if (one == NULL) {
        return;
    }
    check_that(one->begun && !one->over, "a gap of no subscription");
    check_that(!one->known || from == one->cursor + 1, "a gap from %" PRIu64 " after %" PRIu64,
               from, one->cursor);
    one->known = true;
    one->cursor = to;
}

static void take_reset(struct reply_checker *checker, yyjson_val *params)
{
    struct checked_subscription *one = subscription_in(checker, params);
    uint64_t after = number_in(params, "after");
    check_that(yyjson_get_len(yyjson_obj_get(params, "journal")) == 36, "no journal's id");
    if (one != NULL) {
        check_that(one->begun && !one->over, "a reset of no subscription");
        one->known = true;
        one->cursor = after;
    }
}

static void take_message(struct reply_checker *checker, yyjson_val *root)
{
    yyjson_val *method = yyjson_obj_get(root, "method");
    yyjson_val *params = yyjson_obj_get(root, "params");
    if (method == NULL) {
        take_reply(checker, root);
        return;
    }
    check_that(yyjson_obj_get(root, "id") == NULL && yyjson_is_obj(params), "not a notification");
    if (yyjson_equals_str(method, "event")) {
        take_event(checker, params, yyjson_obj_get(params, "event"));
    } else if (yyjson_equals_str(method, "gap")) {
        take_gap(checker, params);
    } else if (yyjson_equals_str(method, "reset")) {
        take_reset(checker, params);
    } else if (yyjson_equals_str(method, "turn")) {
        check_that(yyjson_is_str(yyjson_obj_get(params, "state")), "a turn without a state");
    } else {
        check_that(yyjson_equals_str(method, "closing"), "a notification of another kind");
        checker->closing = true;
    }
}

void checker_receives(struct reply_checker *checker, const char *data, size_t size)
{
    while (size > 0) {
        const char *end = memchr(data, '\n', size);
        size_t line = end == NULL ? size : (size_t)(end - data);
        size_t index, count;
        yyjson_val *member;
        check_that(end != NULL, "a line without an end");
        check_that(line < (size_t)WIRE_REPLY_LINE, "a line of %zu bytes", line);
        check_that(!checker->closing, "something after `closing`");
        yyjson_doc *doc = parse(data, line);
        yyjson_val *root = yyjson_doc_get_root(doc);
        check_that(doc != NULL, "not JSON: %.*s", (int)line, data);
        if (yyjson_is_arr(root)) {
            check_that(yyjson_arr_size(root) > 0, "an empty batch");
            yyjson_arr_foreach(root, index, count, member)
            {
                take_reply(checker, member);
            }
        } else {
            take_message(checker, root);
        }
        data += line + 1;
        size -= line + 1;
    }
}

void checker_is_answered(const struct reply_checker *checker)
{
    check_that(checker->request_count == 0 && checker->null_count == 0,
               "%zu requests and %zu of id null were not answered", checker->request_count,
               checker->null_count);
}
