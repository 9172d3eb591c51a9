/* fake.c: a service that follows a script. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_REQUESTS 64u
#define MOST_BYTES 8192u

struct fake {
    const struct step *script;
    char name[SYS_NAME_SIZE];
    struct sys_door *door;
    struct sys_link *link;
    struct sys_thread *thread;
    struct sys_process *program;
    char *requests[MOST_REQUESTS];
    unsigned count;
    char pending[MOST_BYTES]; /* read, but not a whole line yet */
    size_t pending_size;
    size_t printed;
    char id[64]; /* of the last request, as the client wrote it */
    char wrong[MOST_BYTES];
};

static void go_wrong(struct fake *fake, const struct step *step, const char *what, const char *more)
{
    if (fake->wrong[0] == '\0') {
        snprintf(fake->wrong, sizeof fake->wrong, "step %d (%s): %s: %s",
                 (int)(step - fake->script), step->text == NULL ? "" : step->text, what, more);
    }
}

/* ---- words ---- */

#define STATUS(state, seq, reasons, mutex)                                                         \
    "{'state':'" state "','since':'2026-11-22T10:41:07.000Z','seq':" seq ",'reasons':[" reasons    \
    "],'mutex':{'state':'" mutex "','owner_pid':null,'owner_image':null,'owner_foreign':null},"    \
    "'msiserver':{'state':'stopped','controls_accepted':0,'pid':null,'says_busy':false},"          \
    "'install':null,'ui_clients':0,'suspended':false,'turns':null,"                                \
    "'sampled_at':'2026-11-22T10:41:19.123Z'}"

static const struct {
    const char *word, *text;
} words[] = {
    {"$IDLE", STATUS("idle", "5", "", "absent")},
    {"$FAR", STATUS("idle", "1000", "", "absent")},
    {"$BUSY", STATUS("busy", "5", "'mutex'", "held")},
    {"$UNKNOWN", STATUS("unknown", "5", "", "denied")},
    {"$SUB", "{'subscription':7,'journal':'" JOURNAL_J
             "','reset':false,'status':" STATUS("idle", "5", "", "absent") "}"},
    {"$R", "'jsonrpc':'2.0'"},
    {"$J", JOURNAL_J},
    {"$K", JOURNAL_K},
};

/* Returns `text` with its words replaced, in memory from malloc. */
static char *spell_out(const struct fake *fake, const char *text)
{
    size_t size = 0, room = strlen(text) + MOST_BYTES;
    char *out = malloc(room);
    while (out != NULL && *text != '\0' && size + 1024 < room) {
        const char *put = NULL;
        size_t taken = 0;
        if (strncmp(text, "$I", 2) == 0 && strncmp(text, "$IDLE", 5) != 0) {
            put = fake->id;
            taken = 2;
        }
        for (size_t i = 0; put == NULL && i < sizeof words / sizeof words[0]; i++) {
            if (strncmp(text, words[i].word, strlen(words[i].word)) == 0) {
                put = words[i].text;
                taken = strlen(words[i].word);
            }
        }
        if (put == NULL) {
            out[size++] = *text++;
        } else {
            size += (size_t)snprintf(out + size, room - size, "%s", put);
            text += taken;
        }
    }
    for (size_t i = 0; out != NULL && i < size; i++) {
        out[i] = out[i] == '\'' ? '"' : out[i];
    }
    if (out != NULL) {
        out[size] = '\0';
    }
    return out;
}

/* ---- steps ---- */

/* Reads the next line that the client sends; NULL: there is none. */
static char *read_request(struct fake *fake)
{
    for (;;) {
        char *newline = memchr(fake->pending, '\n', fake->pending_size);
        if (newline != NULL && fake->count < MOST_REQUESTS) {
            size_t size = (size_t)(newline - fake->pending);
            char *line = malloc(size + 1);
            if (line != NULL) {
                memcpy(line, fake->pending, size);
                line[size] = '\0';
                fake->requests[fake->count++] = line;
            }
            fake->pending_size -= size + 1;
            memmove(fake->pending, newline + 1, fake->pending_size);
            return line;
        }
        size_t room = sizeof fake->pending - fake->pending_size;
        int got = room == 0 ? 0
                            : sys_read(fake->link, fake->pending + fake->pending_size, room,
                                       FAKE_LIMIT_MS);
        if (got <= 0) {
            return NULL;
        }
        fake->pending_size += (size_t)got;
    }
}

/* The requests are written by our own code, so finding the id is simple. */
static void keep_id(struct fake *fake, const char *line)
{
    const char *id = strstr(line, "\"id\":");
    size_t length = id == NULL ? 0 : strcspn(id + 5, ",}");
    snprintf(fake->id, sizeof fake->id, "%.*s", (int)length, id == NULL ? "" : id + 5);
}

static void expect(struct fake *fake, const struct step *step)
{
    char *part = spell_out(fake, step->text);
    char *line = read_request(fake);
    if (line == NULL) {
        go_wrong(fake, step, "no request came", "");
    } else {
        keep_id(fake, line);
        if (part == NULL || strstr(line, part) == NULL) {
            go_wrong(fake, step, "another request came", line);
        }
    }
    free(part);
}

static void say(struct fake *fake, const struct step *step, bool line, bool in_bytes)
{
    char *text = line ? spell_out(fake, step->text) : strdup(step->text);
    size_t size = strlen(text);
    unsigned count = step->kind == STEP_FLOOD ? step->number : 1;
    if (line) {
        text[size++] = '\n'; /* in place of the NUL */
    }
    for (unsigned i = 0; i < count; i++) {
        size_t piece = in_bytes ? 1 : size;
        for (size_t at = 0; at < size; at += piece) {
            if (!sys_write(fake->link, text + at, piece, FAKE_LIMIT_MS)) {
                count = 0; /* whether the client should have read this, the test decides */
                break;
            }
        }
    }
    free(text);
}

static void accept_client(struct fake *fake, const struct step *step)
{
    fake->link = sys_accept(fake->door, step->number);
    fake->pending_size = 0;
    if (step->kind == STEP_ACCEPT && fake->link == NULL) {
        go_wrong(fake, step, "no client came", "");
    } else if (step->kind == STEP_NO_CLIENT && fake->link != NULL) {
        go_wrong(fake, step, "a client came", "");
    }
}

static void hang_up(struct fake *fake)
{
    if (fake->link != NULL) {
        sys_hang_up(fake->link);
        fake->link = NULL;
    }
}

static void wait_until_gone(struct fake *fake, const struct step *step)
{
    char buffer[256];
    int got = 1;
    bool said = fake->pending_size > 0;
    while (got > 0) {
        got = sys_read(fake->link, buffer, sizeof buffer, FAKE_LIMIT_MS);
        said = said || got > 0;
    }
    if (got < 0) {
        go_wrong(fake, step, "the client did not hang up", "");
    } else if (step->number == 1 && said) {
        go_wrong(fake, step, "the client said more before it hung up", "");
    }
    hang_up(fake);
}

static void wait_until_printed(struct fake *fake, const struct step *step)
{
    uint64_t until = sys_now() + FAKE_LIMIT_MS;
    while (sys_printed(fake->program) < fake->printed + step->number) {
        if (sys_now() > until) {
            go_wrong(fake, step, "nothing more was printed", "");
            return;
        }
        sys_sleep(2);
    }
    fake->printed = sys_printed(fake->program);
}

static void close_door(struct fake *fake)
{
    if (fake->door != NULL) {
        sys_unlisten(fake->door);
        fake->door = NULL;
    }
}

static void carry_out(struct fake *fake, const struct step *step)
{
    switch (step->kind) {
    case STEP_ACCEPT:
    case STEP_NO_CLIENT:
        accept_client(fake, step);
        break;
    case STEP_EXPECT:
        expect(fake, step);
        break;
    case STEP_SAY:
    case STEP_FLOOD:
        say(fake, step, true, false);
        break;
    case STEP_RAW:
        say(fake, step, false, false);
        break;
    case STEP_DRIBBLE:
        say(fake, step, true, true);
        break;
    case STEP_HANG_UP:
        hang_up(fake);
        break;
    case STEP_GONE:
        wait_until_gone(fake, step);
        break;
    case STEP_CLOSE:
        close_door(fake);
        break;
    case STEP_OPEN:
        fake->door = sys_listen(fake->name, 8);
        break;
    case STEP_PAUSE:
        sys_sleep(step->number);
        break;
    case STEP_PRINTED:
        wait_until_printed(fake, step);
        break;
    case STEP_INTERRUPT:
        sys_interrupt(fake->program);
        break;
    case STEP_DEAF:
        sys_close_output(fake->program);
        break;
    case STEP_REMOVE:
        (void)remove(step->text);
        break;
    case STEP_END:
        break;
    }
}

static void follow(void *arg)
{
    struct fake *fake = arg;
    for (const struct step *step = fake->script; step->kind != STEP_END && fake->wrong[0] == '\0';
         step++) {
        carry_out(fake, step);
    }
    hang_up(fake);
    close_door(fake);
}

/* ---- life ---- */

struct fake *fake_new(const struct step *script)
{
    struct fake *fake = calloc(1, sizeof *fake);
    if (fake != NULL) {
        fake->script = script;
        sys_name(fake->name);
        fake->door = script->kind == STEP_CLOSE ? NULL : sys_listen(fake->name, 8);
    }
    return fake;
}

const char *fake_name(const struct fake *fake)
{
    return fake->name;
}

void fake_go(struct fake *fake, struct sys_process *program)
{
    fake->program = program;
    fake->thread = sys_start(follow, fake);
}

const char *fake_finish(struct fake *fake)
{
    if (fake->thread != NULL) {
        sys_join(fake->thread);
        fake->thread = NULL;
    }
    return fake->wrong;
}

const char *fake_request(const struct fake *fake, unsigned number)
{
    return number < fake->count ? fake->requests[number] : "";
}

void fake_free(struct fake *fake)
{
    if (fake == NULL) {
        return;
    }
    fake_finish(fake);
    close_door(fake);
    for (unsigned i = 0; i < fake->count; i++) {
        free(fake->requests[i]);
    }
    free(fake);
}
