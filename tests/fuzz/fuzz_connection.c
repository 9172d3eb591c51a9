/* fuzz_connection.c: fuzzes whole connections in memory: several clients of one server, what they
 * send and how it comes apart, writes that end later or never, time, observations, events, memory
 * running out, a stop. fuzz_server.c and reply_checker.c say what must hold.
 *
 * The input is text, so that seeds can be read and a dictionary helps. Its first byte chooses the
 * limits; then steps follow, each a letter and what it needs:
 *   a..d TEXT\n    that client sends TEXT and a newline      A..D TEXT\n  TEXT alone
 *   R CLIENT LENGTH BYTES   it sends these bytes             k CLIENT N   its reads give N bytes
 *   n CLIENT       it connects (0 and 1 are there at first)
 *   e CLIENT, x CLIENT      it closes its end, it breaks
 *   h CLIENT, u CLIENT      its writes are held, or not any more; one of them goes
 *   w CLIENT, f CLIENT      its next write fails at once, or later
 *   z CLIENT       its close is not over until the end
 *   + N            time passes        o N   the sensors see a state      j N   events come
 *   l N            reads of the journal wait, or not any more (N even)
 *   p              one of them is answered     q   the next one fails    J   another journal begins
 *   m N            of the allocations that follow the N-th fails         s     the service stops
 * CLIENT and N are one digit; anything else is passed over.
 */
#include "allocator.h"
#include "fake_journal.h"
#include "fuzz_server.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at, *end;
};

static unsigned take_byte(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0u;
}

static size_t take_digit(struct input *input)
{
    return (take_byte(input) - '0') % 10u;
}

static size_t take_client(struct input *input)
{
    return take_byte(input) % FUZZ_CLIENTS; /* '0' is a multiple of 4 */
}

static size_t take_until_newline(struct input *input, const char **text)
{
    size_t left = (size_t)(input->end - input->at);
    const uint8_t *newline = memchr(input->at, '\n', left);
    size_t size = newline == NULL ? left : (size_t)(newline - input->at);
    *text = (const char *)input->at;
    input->at += newline == NULL ? size : size + 1;
    return size;
}

static void send_line(struct fuzz_server *server, struct input *input, size_t client, bool whole)
{
    static char line[CHECKER_LINE_CAP];
    const char *text;
    size_t size = take_until_newline(input, &text);
    if (size < sizeof line) {
        memcpy(line, text, size);
        line[size] = '\n';
        fuzz_send(server, client, line, whole ? size + 1 : size);
    }
}

static void send_bytes(struct fuzz_server *server, struct input *input)
{
    size_t client = take_client(input), size = take_byte(input);
    size_t left = (size_t)(input->end - input->at);
    size = size < left ? size : left;
    fuzz_send(server, client, (const char *)input->at, size);
    input->at += size;
}

/* Few at a time, most times: events are what costs most. */
static void append(struct fuzz_server *server, struct input *input)
{
    static const size_t counts[10] = {1, 2, 3, 5, 9, 17, 30, 60, 130, 420};
    size_t count = counts[take_digit(input)];
    if (journal_info(server->journal)->last_seq + count < 1000) {
        fuzz_append(server, count);
    }
}

static void fail_memory(struct input *input)
{
    static const size_t when[10] = {0, 1, 2, 3, 4, 6, 8, 11, 15, 21};
    size_t n = take_digit(input);
    allocator_fail(when[n], n % 3 == 0 ? 3 : 1);
}

static void step(struct fuzz_server *server, struct input *input)
{
    static const uint64_t times[10] = {0, 1, 5, 50, 100, 999, 1000, 5000, 60000, 1000000000};
    unsigned letter = take_byte(input);
    struct fuzz_client *client;
    switch (letter) {
    case 'a':
    case 'b':
    case 'c':
    case 'd':
        send_line(server, input, letter - 'a', true);
        break;
    case 'A':
    case 'B':
    case 'C':
    case 'D':
        send_line(server, input, letter - 'A', false);
        break;
    case 'R':
        send_bytes(server, input);
        break;
    case 'k':
        client = &server->clients[take_client(input)];
        client->chunk = take_byte(input) + 1u;
        break;
    case 'n':
        fuzz_connect(server, take_client(input));
        break;
    case 'e':
        fuzz_hang_up(server, take_client(input), 0);
        break;
    case 'x':
        fuzz_hang_up(server, take_client(input), UV_ECONNRESET);
        break;
    case 'h':
        client = &server->clients[take_client(input)];
        client->hold = !client->hold;
        break;
    case 'u':
        fuzz_release(server, take_client(input));
        break;
    case 'w':
        server->clients[take_client(input)].refuse_write = true;
        break;
    case 'f':
        server->clients[take_client(input)].break_write = true;
        break;
    case 'z':
        server->clients[take_client(input)].linger = true;
        break;
    case '+':
        fuzz_advance(server, times[take_digit(input)]);
        break;
    case 'o':
        fuzz_observe(server, (enum verdict_state)(take_digit(input) % 3));
        break;
    case 'j':
        append(server, input);
        break;
    case 'l':
        fake_journal_hold(server->journal, take_digit(input) % 2 != 0);
        break;
    case 'p':
        fake_journal_release(server->journal);
        break;
    case 'q':
        fake_journal_fail(server->journal);
        break;
    case 'J':
        fake_journal_switch(server->journal);
        break;
    case 'm':
        fail_memory(input);
        break;
    case 's':
        fuzz_stop(server);
        break;
    default:
        break;
    }
    fuzz_settle(server);
}

/* The defaults, or caps so low that short inputs reach them. */
static struct rpc_limits choose_limits(unsigned choice)
{
    struct rpc_limits limits = fuzz_limits();
    if ((choice & 1u) != 0) {
        limits.requests = 3;
        limits.subscriptions = 2;
    }
    if ((choice & 2u) != 0) {
        limits.line = 256;
        limits.queued_bytes = 65536;
    }
    return limits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_server server;
    static const size_t held[4] = {2, 16, 64, 400};
    struct input input = {data, data + size};
    unsigned choice = take_byte(&input);
    struct rpc_limits limits = choose_limits(choice);
    if (fuzz_begin(&server, &limits, held[choice / 4 % 4]) != 0) {
        return -1;
    }
    fuzz_connect(&server, 0);
    fuzz_connect(&server, 1);
    while (input.at < input.end) {
        step(&server, &input);
    }
    allocator_fail(0, 0);
    fake_journal_hold(server.journal, false);
    fuzz_end(&server);
    return 0;
}
