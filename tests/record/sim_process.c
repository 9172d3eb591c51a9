/* sim_process.c: msiwatch-sim in a process of its own, and clients of its pipe. */
#include "sim_process.h"

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

void sim_begin(struct sim_process *sim)
{
    struct journal_fixture fixture;
    memset(sim, 0, sizeof *sim);
    fixture_begin(&fixture); /* for its folder */
    assert_int_equal(uv_loop_close(&fixture.loop), 0);
    assert_true(strlen(fixture.folder) + 6 < sizeof sim->pipe);
    memcpy(sim->folder, fixture.folder, strlen(fixture.folder) + 1);
    snprintf(sim->data, sizeof sim->data, "%s/data", sim->folder);
    snprintf(sim->pipe, sizeof sim->pipe, "%.93s/pipe", sim->folder);
    assert_int_equal(mkdir(sim->data, 0700), 0);
}

void sim_end(struct sim_process *sim)
{
    if (sim->pid != 0) {
        sim_kill(sim);
    }
    fixture_remove(sim->folder);
}

struct journal_fixture sim_desk(const struct sim_process *sim)
{
    struct journal_fixture fixture = {0};
    snprintf(fixture.folder, sizeof fixture.folder, "%s", sim->data);
    return fixture;
}

static void be_the_simulator(const struct sim_process *sim, const char *const options[], int in,
                             int out)
{
    static const char *const quiet[] = {"--log", "error", "--flapping", "10000"};
    const char *arguments[32] = {MSIWATCH_SIM, "--pipe", sim->pipe, "--data", sim->data};
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

void sim_launch(struct sim_process *sim, const char *const options[])
{
    int in[2], out[2];
    assert_int_equal(sim->pid, 0);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    signal(SIGPIPE, SIG_IGN);
    sim->pid = fork();
    assert_true(sim->pid >= 0);
    if (sim->pid == 0) {
        be_the_simulator(sim, options, in[0], out[1]);
    }
    close(in[0]);
    close(out[1]);
    sim->commands = in[1];
    sim->answers = out[0];
    sim->line_size = 0;
}

/* The next line that it prints, without its end. */
static bool read_answer(struct sim_process *sim, char line[256])
{
    uint64_t until = now_ms() + PATIENCE_MS;
    for (;;) {
        char *end = memchr(sim->line, '\n', sim->line_size);
        if (end != NULL) {
            size_t size = (size_t)(end - sim->line);
            memcpy(line, sim->line, size);
            line[size] = '\0';
            sim->line_size -= size + 1;
            memmove(sim->line, end + 1, sim->line_size);
            return true;
        }
        struct pollfd source = {sim->answers, POLLIN, 0};
        uint64_t now = now_ms();
        must(now < until && poll(&source, 1, (int)(until - now)) > 0, "the simulator says nothing");
        ssize_t got = read(sim->answers, sim->line + sim->line_size,
                           sizeof sim->line - sim->line_size);
        if (got <= 0) {
            return false;
        }
        sim->line_size += (size_t)got;
    }
}

bool sim_is_ready(struct sim_process *sim)
{
    char line[256];
    return read_answer(sim, line) && strcmp(line, "ready") == 0;
}

void sim_start(struct sim_process *sim, const char *const options[])
{
    sim_launch(sim, options);
    must(sim_is_ready(sim), "the simulator did not start");
}

void sim_send(struct sim_process *sim, const char *command)
{
    char line[128];
    int size = snprintf(line, sizeof line, "%s\n", command);
    assert_int_equal(write(sim->commands, line, (size_t)size), size);
}

void sim_do(struct sim_process *sim, const char *command)
{
    char line[256];
    sim_send(sim, command);
    must(read_answer(sim, line) && strcmp(line, "ok") == 0, "%s: %s", command, line);
}

static void forget(struct sim_process *sim)
{
    close(sim->commands);
    close(sim->answers);
    sim->pid = 0;
}

void sim_kill(struct sim_process *sim)
{
    kill(sim->pid, SIGKILL);
    assert_int_equal(waitpid(sim->pid, NULL, 0), sim->pid);
    forget(sim);
}

int sim_stop(struct sim_process *sim, unsigned ms)
{
    int status;
    uint64_t until = now_ms() + ms;
    kill(sim->pid, SIGTERM);
    while (waitpid(sim->pid, &status, WNOHANG) == 0) {
        must(now_ms() < until, "the simulator did not stop within %u ms", ms);
        uv_sleep(1);
    }
    forget(sim);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- clients ---- */

void client_begin(struct sim_client *client, const struct sim_process *sim)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memset(client, 0, sizeof *client);
    memcpy(address.sun_path, sim->pipe, sizeof sim->pipe);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client->fd >= 0);
    must(connect(client->fd, (const struct sockaddr *)&address, sizeof address) == 0,
         "connecting: %s", strerror(errno));
}

void client_end(struct sim_client *client)
{
    close(client->fd);
    free(client->buffer);
}

unsigned client_send(struct sim_client *client, const char *method, const char *params)
{
    char line[512];
    int size = snprintf(line, sizeof line,
                        "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"%s\",\"params\":%s}\n",
                        ++client->id, method, params == NULL ? "{}" : params);
    assert_true(size > 0 && (size_t)size < sizeof line);
    ssize_t sent = send(client->fd, line, (size_t)size, MSG_NOSIGNAL);
    (void)sent; /* a peer that was killed is seen when reading */
    return client->id;
}

bool client_fill(struct sim_client *client)
{
    if (client->begin > 0) {
        memmove(client->buffer, client->buffer + client->begin, client->end - client->begin);
        client->end -= client->begin;
        client->begin = 0;
    }
    if (client->room - client->end < 65536) {
        client->room = client->room * 2 + 131072;
        client->buffer = realloc(client->buffer, client->room);
        assert_non_null(client->buffer);
    }
    ssize_t got = recv(client->fd, client->buffer + client->end, client->room - client->end - 1,
                       MSG_DONTWAIT);
    if (got > 0) {
        client->end += (size_t)got;
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

char *client_next(struct sim_client *client)
{
    if (client->begin == client->end) {
        return NULL;
    }
    char *line = client->buffer + client->begin;
    char *end = memchr(line, '\n', client->end - client->begin);
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    client->begin = (size_t)(end + 1 - client->buffer);
    return line;
}

char *client_line(struct sim_client *client, unsigned ms)
{
    uint64_t until = now_ms() + ms;
    for (;;) {
        char *line = client_next(client);
        if (line != NULL) {
            return line;
        }
        struct pollfd source = {client->fd, POLLIN, 0};
        uint64_t now = now_ms();
        if (now > until || poll(&source, 1, (int)(until - now)) == 0 || !client_fill(client)) {
            return NULL;
        }
    }
}

yyjson_doc *client_ask(struct sim_client *client, const char *method, const char *params)
{
    unsigned id = client_send(client, method, params);
    for (;;) {
        char *line = client_line(client, PATIENCE_MS);
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

void client_next_event(struct sim_client *client, struct seen *seen)
{
    for (;;) {
        char *line = client_line(client, 20000);
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

void client_subscribe(struct sim_client *client, const char *params)
{
    yyjson_doc_free(client_ask(client, "subscribe", params));
}

uint64_t sim_number(const struct sim_process *sim, const char *method, const char *path)
{
    struct sim_client client;
    char pointer[96];
    client_begin(&client, sim);
    yyjson_doc *doc = client_ask(&client, method, NULL);
    snprintf(pointer, sizeof pointer, "/result/%s", path);
    yyjson_val *value = yyjson_doc_ptr_get(doc, pointer);
    must(yyjson_is_uint(value), "%s has no number %s", method, path);
    uint64_t number = yyjson_get_uint(value);
    yyjson_doc_free(doc);
    client_end(&client);
    return number;
}

void sim_wait_for_seq(const struct sim_process *sim, uint64_t seq)
{
    uint64_t until = now_ms() + 20000;
    while (sim_number(sim, "about", "journal/last_seq") < seq) {
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
