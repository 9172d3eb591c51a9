/* terminal_posix.c: the terminal in the native build: termios, and the control sequences (ECMA-48)
 * that every terminal of today knows. */
#include "cli/top/terminal.h"

#include "cli/base/console.h"
#include "cli/base/text.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* The alternate screen, no cursor, no line wrapping; and back. */
#define ENTER "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
#define LEAVE "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"

static struct {
    void (*woken)(void *arg);
    void *arg;
    atomic_uint happened;
    struct termios before;
    bool has_keys; /* standard input is a terminal, too */
    bool has_colours;
    atomic_int scrolled;
    int quit[2]; /* a pipe that makes the thread end */
    pthread_t keys;
    struct text out;
} terminal;

bool terminal_is_there(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDOUT_FILENO) && kind != NULL && kind[0] != '\0' && strcmp(kind, "dumb") != 0;
}

void terminal_wake(unsigned happened)
{
    atomic_fetch_or(&terminal.happened, happened);
    terminal.woken(terminal.arg);
}

unsigned terminal_take(void)
{
    return atomic_exchange(&terminal.happened, 0);
}

static void on_resize(int number)
{
    (void)number;
    terminal_wake(TERMINAL_RESIZED);
}

int terminal_scrolled(void)
{
    return atomic_exchange(&terminal.scrolled, 0);
}

static void take_scroll(int rows)
{
    atomic_fetch_add(&terminal.scrolled, rows);
    terminal_wake(TERMINAL_SCROLLED);
}

/* How many rows the end of an escape sequence from the terminal scrolls down ("[A" is the key up);
 * 0 if it does not scroll. *size: how many bytes it has. */
static int rows_of_sequence(const char *sequence, unsigned *size)
{
    static const struct {
        const char *sent;
        int rows;
    } sequences[] = {{"[A", -1}, {"[B", 1},           {"OA", -1},
                     {"OB", 1},  {"[5~", -KEYS_PAGE}, {"[6~", KEYS_PAGE}};
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        size_t length = strlen(sequences[i].sent);
        if (strncmp(sequence, sequences[i].sent, length) == 0) {
            *size = (unsigned)length;
            return sequences[i].rows;
        }
    }
    *size = 0;
    return 0;
}

/* `keys` ends with a zero. A sequence is never cut, because terminals send it in one piece. */
static void take_keys_read(const char *keys)
{
    for (unsigned i = 0; keys[i] != '\0'; i++) {
        unsigned size = 0;
        int rows = 0;
        if (keys[i] == '\x1b') {
            rows = rows_of_sequence(keys + i + 1, &size);
            i += size;
            if (rows != 0) {
                take_scroll(rows);
            }
            continue;
        }
        unsigned means = keys_of_character((unsigned char)keys[i], &rows);
        if (means == TERMINAL_SCROLLED) {
            take_scroll(rows);
        } else if (means != 0) {
            terminal_wake(means);
        }
    }
}

static void *read_keys(void *arg)
{
    struct pollfd sources[] = {{terminal.quit[0], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    (void)arg;
    while (poll(sources, 2, -1) > 0 && sources[0].revents == 0) {
        char keys[64];
        ssize_t count = read(STDIN_FILENO, keys, sizeof keys - 1);
        if (count <= 0) {
            terminal_wake(TERMINAL_QUIT);
            break;
        }
        keys[count] = '\0';
        take_keys_read(keys);
    }
    return NULL;
}

static void watch_resize(void (*handler)(int number))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigaction(SIGWINCH, &action, NULL);
}

/* Makes keys available one by one and without echo; Ctrl-C stays a signal. */
static bool take_keys(void)
{
    struct termios raw;
    if (tcgetattr(STDIN_FILENO, &terminal.before) != 0) {
        return false; /* it is no terminal, so there are no keys, and the view works without them */
    }
    raw = terminal.before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0 || pipe(terminal.quit) != 0) {
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
        return false;
    }
    /* The main thread, which is in the library, should get the signals. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&terminal.keys, NULL, read_keys, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started) {
        close(terminal.quit[0]);
        close(terminal.quit[1]);
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
    }
    return started;
}

bool terminal_begin(void (*woken)(void *arg), void *arg)
{
    const char *no_colour = getenv("NO_COLOR");
    terminal.woken = woken;
    terminal.arg = arg;
    terminal.has_colours = no_colour == NULL || no_colour[0] == '\0';
    terminal.has_keys = take_keys();
    watch_resize(on_resize);
    text_add(&terminal.out, ENTER);
    return terminal_flush();
}

void terminal_end(void)
{
    watch_resize(SIG_DFL);
    text_clear(&terminal.out);
    text_add(&terminal.out, LEAVE);
    terminal_flush();
    if (terminal.has_keys) {
        ssize_t written = write(terminal.quit[1], "", 1);
        (void)written;
        pthread_join(terminal.keys, NULL);
        close(terminal.quit[0]);
        close(terminal.quit[1]);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal.before);
    }
    text_release(&terminal.out);
}

void terminal_size(unsigned *width, unsigned *height)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    *width = known ? size.ws_col : 80;
    *height = known ? size.ws_row : 24;
}

void terminal_clear(void)
{
    text_add(&terminal.out, "\x1b[0m\x1b[2J");
}

static void add_style(uint8_t style)
{
    static const char *const colours[] = {
        [STYLE_PLAIN] = "",       [STYLE_STRONG] = ";1",  [STYLE_FAINT] = ";2",
        [STYLE_TITLE] = ";7",     [STYLE_IDLE] = ";1;32", [STYLE_BUSY] = ";1;31",
        [STYLE_UNKNOWN] = ";1;33"};
    static const char *const none[] = {
        [STYLE_PLAIN] = "",  [STYLE_STRONG] = ";1", [STYLE_FAINT] = "",    [STYLE_TITLE] = ";7",
        [STYLE_IDLE] = ";1", [STYLE_BUSY] = ";1",   [STYLE_UNKNOWN] = ";1"};
    text_addf(&terminal.out, "\x1b[0%sm", (terminal.has_colours ? colours : none)[style]);
}

static void add_character(uint32_t code)
{
    char utf8[4];
    size_t size = 1;
    if (code < 0x80) {
        utf8[0] = (char)code;
    } else if (code < 0x800) {
        utf8[0] = (char)(0xC0 | code >> 6);
        size = 2;
    } else if (code < 0x10000) {
        utf8[0] = (char)(0xE0 | code >> 12);
        size = 3;
    } else {
        utf8[0] = (char)(0xF0 | code >> 18);
        size = 4;
    }
    for (size_t i = 1; i < size; i++) {
        utf8[i] = (char)(0x80 | (code >> 6 * (size - 1 - i) & 0x3F));
    }
    text_add_bytes(&terminal.out, utf8, size);
}

void terminal_paint(void *arg, unsigned row, unsigned column, const struct screen_cell *cells,
                    unsigned count)
{
    int style = -1;
    (void)arg;
    text_addf(&terminal.out, "\x1b[%u;%uH", row + 1, column + 1);
    for (unsigned i = 0; i < count; i++) {
        if (cells[i].style != style) {
            style = cells[i].style;
            add_style(cells[i].style);
        }
        if (cells[i].code != 0) {
            add_character(cells[i].code);
        }
    }
}

bool terminal_flush(void)
{
    bool gone;
    bool written = !terminal.out.failed &&
                   (terminal.out.size == 0 ||
                    console_write(terminal.out.data, terminal.out.size, &gone));
    text_clear(&terminal.out);
    return written;
}
