/* house.c: msiwatch-sim in a process of its own, and callers of its pipe. */
#include "house.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000 };

uint64_t now_ms(void)
{
    static uint64_t first;
    uint64_t now = uv_hrtime() / 1000000;
    if (first == 0) {
        first = now;
    }
    return now - first;
}

/* ---- the process ---- */

void house_begin(struct house *house)
{
    struct desk desk;
    memset(house, 0, sizeof *house);
    desk_begin(&desk); /* for its folder */
    assert_int_equal(uv_loop_close(&desk.loop), 0);
    assert_true(strlen(desk.folder) + 6 < sizeof house->pipe);
    memcpy(house->folder, desk.folder, strlen(desk.folder) + 1);
    snprintf(house->data, sizeof house->data, "%s/data", house->folder);
    snprintf(house->pipe, sizeof house->pipe, "%.93s/pipe", house->folder);
    assert_int_equal(mkdir(house->data, 0700), 0);
}

void house_end(struct house *house)
{
    if (house->pid != 0) {
        house_kill(house);
    }
    desk_remove(house->folder);
}

struct desk house_desk(const struct house *house)
{
    struct desk desk = {0};
    snprintf(desk.folder, sizeof desk.folder, "%s", house->data);
    return desk;
}

static void be_the_simulator(const struct house *house, const char *const options[], int in,
                             int out)
{
    static const char *const quiet[] = {"--log", "error", "--flapping", "10000"};
    const char *arguments[32] = {MSIWATCH_SIM, "--pipe", house->pipe, "--data", house->data};
    size_t count = 5;
    for (size_t i = 0; i < 4; i++) {
        arguments[count++] = quiet[i];
    }
    for (size_t i = 0; options != NULL && options[i] != NULL && count < 31; i++) {
        arguments[count++] = options[i];
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nor when a test fails is one left behind */
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execv(MSIWATCH_SIM, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

void house_launch(struct house *house, const char *const options[])
{
    int in[2], out[2];
    assert_int_equal(house->pid, 0);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    signal(SIGPIPE, SIG_IGN);
    house->pid = fork();
    assert_true(house->pid >= 0);
    if (house->pid == 0) {
        be_the_simulator(house, options, in[0], out[1]);
    }
    close(in[0]);
    close(out[1]);
    house->commands = in[1];
    house->answers = out[0];
    house->line_size = 0;
}

/* The next line that it prints, without its end. */
static bool read_answer(struct house *house, char line[256])
{
    uint64_t until = now_ms() + PATIENCE_MS;
    for (;;) {
        char *end = memchr(house->line, '\n', house->line_size);
        if (end != NULL) {
            size_t size = (size_t)(end - house->line);
            memcpy(line, house->line, size);
            line[size] = '\0';
            house->line_size -= size + 1;
            memmove(house->line, end + 1, house->line_size);
            return true;
        }
        struct pollfd source = {house->answers, POLLIN, 0};
        uint64_t now = now_ms();
        must(now < until && poll(&source, 1, (int)(until - now)) > 0, "the simulator says nothing");
        ssize_t got = read(house->answers, house->line + house->line_size,
                           sizeof house->line - house->line_size);
        if (got <= 0) {
            return false;
        }
        house->line_size += (size_t)got;
    }
}

bool house_is_ready(struct house *house)
{
    char line[256];
    return read_answer(house, line) && strcmp(line, "ready") == 0;
}

void house_start(struct house *house, const char *const options[])
{
    house_launch(house, options);
    must(house_is_ready(house), "the simulator did not start");
}

void house_send(struct house *house, const char *command)
{
    char line[128];
    int size = snprintf(line, sizeof line, "%s\n", command);
    assert_int_equal(write(house->commands, line, (size_t)size), size);
}

void house_do(struct house *house, const char *command)
{
    char line[256];
    house_send(house, command);
    must(read_answer(house, line) && strcmp(line, "ok") == 0, "%s: %s", command, line);
}

static void forget(struct house *house)
{
    close(house->commands);
    close(house->answers);
    house->pid = 0;
}

void house_kill(struct house *house)
{
    kill(house->pid, SIGKILL);
    assert_int_equal(waitpid(house->pid, NULL, 0), house->pid);
    forget(house);
}

int house_stop(struct house *house, unsigned ms)
{
    int status;
    uint64_t until = now_ms() + ms;
    kill(house->pid, SIGTERM);
    while (waitpid(house->pid, &status, WNOHANG) == 0) {
        must(now_ms() < until, "the simulator did not stop within %u ms", ms);
        uv_sleep(1);
    }
    forget(house);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- callers ---- */

void caller_begin(struct caller *caller, const struct house *house)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memset(caller, 0, sizeof *caller);
    memcpy(address.sun_path, house->pipe, sizeof house->pipe);
    caller->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(caller->fd >= 0);
    must(connect(caller->fd, (const struct sockaddr *)&address, sizeof address) == 0,
         "connecting: %s", strerror(errno));
}

void caller_end(struct caller *caller)
{
    close(caller->fd);
    free(caller->buffer);
}

unsigned caller_send(struct caller *caller, const char *method, const char *params)
{
    char line[512];
    int size = snprintf(line, sizeof line,
                        "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"%s\",\"params\":%s}\n",
                        ++caller->id, method, params == NULL ? "{}" : params);
    assert_true(size > 0 && (size_t)size < sizeof line);
    ssize_t sent = send(caller->fd, line, (size_t)size, MSG_NOSIGNAL);
    (void)sent; /* a peer that was killed is seen when reading */
    return caller->id;
}

bool caller_fill(struct caller *caller)
{
    if (caller->begin > 0) {
        memmove(caller->buffer, caller->buffer + caller->begin, caller->end - caller->begin);
        caller->end -= caller->begin;
        caller->begin = 0;
    }
    if (caller->room - caller->end < 65536) {
        caller->room = caller->room * 2 + 131072;
        caller->buffer = realloc(caller->buffer, caller->room);
        assert_non_null(caller->buffer);
    }
    ssize_t got = recv(caller->fd, caller->buffer + caller->end, caller->room - caller->end - 1,
                       MSG_DONTWAIT);
    if (got > 0) {
        caller->end += (size_t)got;
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

char *caller_next(struct caller *caller)
{
    if (caller->begin == caller->end) {
        return NULL;
    }
    char *line = caller->buffer + caller->begin;
    char *end = memchr(line, '\n', caller->end - caller->begin);
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    caller->begin = (size_t)(end + 1 - caller->buffer);
    return line;
}

char *caller_line(struct caller *caller, unsigned ms)
{
    uint64_t until = now_ms() + ms;
    for (;;) {
        char *line = caller_next(caller);
        if (line != NULL) {
            return line;
        }
        struct pollfd source = {caller->fd, POLLIN, 0};
        uint64_t now = now_ms();
        if (now > until || poll(&source, 1, (int)(until - now)) == 0 || !caller_fill(caller)) {
            return NULL;
        }
    }
}

yyjson_doc *caller_ask(struct caller *caller, const char *method, const char *params)
{
    unsigned id = caller_send(caller, method, params);
    for (;;) {
        char *line = caller_line(caller, PATIENCE_MS);
        must(line != NULL, "%s was not answered", method);
        yyjson_doc *doc = yyjson_read(line, strlen(line), YYJSON_READ_NOFLAG);
        must(doc != NULL, "not JSON: %s", line);
        yyjson_val *own = yyjson_obj_get(yyjson_doc_get_root(doc), "id");
        if (yyjson_is_uint(own) && yyjson_get_uint(own) == id) {
            return doc;
        }
        yyjson_doc_free(doc);
    }
}

yyjson_val *result_of(yyjson_doc *reply)
{
    yyjson_val *result = yyjson_obj_get(yyjson_doc_get_root(reply), "result");
    must(result != NULL, "an error instead of a result");
    return result;
}

const char *event_in(const char *line, size_t *size, uint64_t *seq)
{
    static const char key[] = "\"event\":{\"seq\":";
    const char *at = strstr(line, "\"method\":\"event\"") == NULL ? NULL : strstr(line, key);
    if (at == NULL) {
        return NULL;
    }
    const char *event = at + strlen("\"event\":");
    *seq = strtoull(at + sizeof key - 1, NULL, 10);
    *size = strlen(event) - 2; /* "}}" ends the notification */
    return event;
}

/* ---- what comes and what is ---- */

static void copy_word(char out[16], yyjson_val *event, const char *key)
{
    const char *word = yyjson_get_str(yyjson_obj_get(event, key));
    assert_non_null(word);
    snprintf(out, 16, "%s", word);
}

void seen_read(struct seen *seen, yyjson_val *event)
{
    yyjson_val *after = yyjson_obj_get(event, "after_ms");
    memset(seen, 0, sizeof *seen);
    seen->seq = yyjson_get_uint(yyjson_obj_get(event, "seq"));
    seen->after_known = yyjson_is_uint(after);
    seen->after_ms = yyjson_get_uint(after);
    assert_true(time_parse(yyjson_get_str(yyjson_obj_get(event, "at")), &seen->at_ms));
    copy_word(seen->from, event, "from");
    copy_word(seen->to, event, "to");
}

void caller_next_event(struct caller *caller, struct seen *seen)
{
    for (;;) {
        char *line = caller_line(caller, 20000);
        must(line != NULL, "no event came");
        if (strstr(line, "\"method\":\"event\"") == NULL) {
            continue;
        }
        yyjson_doc *doc = yyjson_read(line, strlen(line), YYJSON_READ_NOFLAG);
        yyjson_val *params = yyjson_obj_get(yyjson_doc_get_root(doc), "params");
        seen_read(seen, yyjson_obj_get(params, "event"));
        yyjson_doc_free(doc);
        return;
    }
}

void caller_subscribe(struct caller *caller, const char *params)
{
    yyjson_doc_free(caller_ask(caller, "subscribe", params));
}

uint64_t house_number(const struct house *house, const char *method, const char *path)
{
    struct caller caller;
    char pointer[96];
    caller_begin(&caller, house);
    yyjson_doc *doc = caller_ask(&caller, method, NULL);
    snprintf(pointer, sizeof pointer, "/result/%s", path);
    yyjson_val *value = yyjson_doc_ptr_get(doc, pointer);
    must(yyjson_is_uint(value), "%s has no number %s", method, path);
    uint64_t number = yyjson_get_uint(value);
    yyjson_doc_free(doc);
    caller_end(&caller);
    return number;
}

void house_wait_for_seq(const struct house *house, uint64_t seq)
{
    uint64_t until = now_ms() + 20000;
    while (house_number(house, "about", "journal/last_seq") < seq) {
        must(now_ms() < until, "there is no event %" PRIu64, seq);
        uv_sleep(2);
    }
}

bool is_long(void)
{
    return getenv("MSIWATCH_TEST_LONG") != NULL;
}

int64_t wall_ms(void)
{
    uv_timeval64_t now;
    uv_gettimeofday(&now);
    return now.tv_sec * 1000 + now.tv_usec / 1000;
}
