/* terminal_win32.c: the terminal as a Windows console.
 *
 * Painting uses the console's cells (WriteConsoleOutput) and a screen buffer of its own. Every
 * console has always had these, whether or not it understands control sequences, and a pseudo
 * console translates them for the terminal behind it.
 */
#include "cli/top/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

static struct {
    void (*woken)(void *arg);
    void *arg;
    volatile LONG happened;
    volatile LONG scrolled;
    HANDLE screen, input, before; /* `before`: the buffer that was shown before */
    HANDLE keys, quit;            /* a thread, and the event that makes it end */
    DWORD input_mode;
    WORD plain; /* the console's own attributes */
    bool has_colours, failed;
    CHAR_INFO row[SCREEN_WIDEST];
} terminal;

bool terminal_is_there(void)
{
    DWORD mode;
    return GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode) != 0;
}

void terminal_wake(unsigned happened)
{
    InterlockedOr(&terminal.happened, (LONG)happened);
    terminal.woken(terminal.arg);
}

unsigned terminal_take(void)
{
    return (unsigned)InterlockedExchange(&terminal.happened, 0);
}

int terminal_scrolled(void)
{
    return (int)InterlockedExchange(&terminal.scrolled, 0);
}

static int rows_of(WORD key)
{
    return key == VK_UP      ? -1
           : key == VK_DOWN  ? 1
           : key == VK_PRIOR ? -KEYS_PAGE
           : key == VK_NEXT  ? KEYS_PAGE
                             : 0;
}

static void take_input(const INPUT_RECORD *record)
{
    if (record->EventType == WINDOW_BUFFER_SIZE_EVENT) {
        terminal_wake(TERMINAL_RESIZED);
    } else if (record->EventType == KEY_EVENT && record->Event.KeyEvent.bKeyDown) {
        int rows = rows_of(record->Event.KeyEvent.wVirtualKeyCode);
        unsigned means = TERMINAL_SCROLLED;
        if (rows == 0) {
            means = keys_of_character(record->Event.KeyEvent.uChar.UnicodeChar, &rows);
        }
        InterlockedExchangeAdd(&terminal.scrolled, rows);
        if (means != 0) {
            terminal_wake(means);
        }
    }
}

static DWORD WINAPI read_keys(void *arg)
{
    HANDLE sources[] = {terminal.quit, terminal.input};
    (void)arg;
    while (WaitForMultipleObjects(2, sources, FALSE, INFINITE) == WAIT_OBJECT_0 + 1) {
        INPUT_RECORD record;
        DWORD count;
        if (!ReadConsoleInputW(terminal.input, &record, 1, &count)) {
            terminal_wake(TERMINAL_QUIT);
            break;
        }
        take_input(&record);
    }
    return 0;
}

/* Makes keys available one by one and without echo; Ctrl-C stays Ctrl-C. If the input is no
 * console, there are no keys, and the view works without them. */
static void take_keys(void)
{
    terminal.input = GetStdHandle(STD_INPUT_HANDLE);
    if (!GetConsoleMode(terminal.input, &terminal.input_mode)) {
        return;
    }
    terminal.quit = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD mode = terminal.input_mode & ~(DWORD)(ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT);
    if (terminal.quit == NULL ||
        !SetConsoleMode(terminal.input, mode | ENABLE_PROCESSED_INPUT | ENABLE_WINDOW_INPUT)) {
        return;
    }
    terminal.keys = CreateThread(NULL, 0, read_keys, NULL, 0, NULL);
}

static void give_keys_back(void)
{
    if (terminal.keys != NULL) {
        SetEvent(terminal.quit);
        WaitForSingleObject(terminal.keys, INFINITE);
        CloseHandle(terminal.keys);
        FlushConsoleInputBuffer(terminal.input); /* keys that were pressed in the meantime were
                                                  * meant for us */
    }
    if (terminal.quit != NULL) {
        CloseHandle(terminal.quit);
        SetConsoleMode(terminal.input, terminal.input_mode);
    }
}

bool terminal_begin(void (*woken)(void *arg), void *arg)
{
    wchar_t no_colour[2];
    CONSOLE_SCREEN_BUFFER_INFO info;
    CONSOLE_CURSOR_INFO no_cursor = {25, FALSE};
    memset(&terminal, 0, sizeof terminal);
    terminal.woken = woken;
    terminal.arg = arg;
    /* 0 if it is not set, or empty. */
    terminal.has_colours = GetEnvironmentVariableW(L"NO_COLOR", no_colour, 2) == 0;
    terminal.before = GetStdHandle(STD_OUTPUT_HANDLE);
    terminal.screen = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE,
                                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                                CONSOLE_TEXTMODE_BUFFER, NULL);
    if (terminal.screen == INVALID_HANDLE_VALUE) {
        return false;
    }
    if (!GetConsoleScreenBufferInfo(terminal.screen, &info) ||
        !SetConsoleActiveScreenBuffer(terminal.screen)) {
        CloseHandle(terminal.screen);
        return false;
    }
    terminal.plain = info.wAttributes;
    SetConsoleCursorInfo(terminal.screen, &no_cursor);
    take_keys();
    return true;
}

void terminal_end(void)
{
    give_keys_back();
    SetConsoleActiveScreenBuffer(terminal.before);
    CloseHandle(terminal.screen);
}

void terminal_size(unsigned *width, unsigned *height)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    *width = 80;
    *height = 24;
    if (GetConsoleScreenBufferInfo(terminal.screen, &info) &&
        info.srWindow.Right >= info.srWindow.Left && info.srWindow.Bottom >= info.srWindow.Top) {
        *width = (unsigned)(info.srWindow.Right - info.srWindow.Left) + 1;
        *height = (unsigned)(info.srWindow.Bottom - info.srWindow.Top) + 1;
    }
}

void terminal_clear(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    COORD origin = {0, 0};
    DWORD done;
    if (!GetConsoleScreenBufferInfo(terminal.screen, &info)) {
        return;
    }
    DWORD cells = (DWORD)info.dwSize.X * (DWORD)info.dwSize.Y;
    FillConsoleOutputCharacterW(terminal.screen, L' ', cells, origin, &done);
    FillConsoleOutputAttribute(terminal.screen, terminal.plain, cells, origin, &done);
}

static WORD attributes(uint8_t style)
{
    const WORD strong = FOREGROUND_INTENSITY, back = terminal.plain & 0xF0u;
    const WORD colours[] = {[STYLE_IDLE] = FOREGROUND_GREEN,
                            [STYLE_BUSY] = FOREGROUND_RED,
                            [STYLE_UNKNOWN] = FOREGROUND_RED | FOREGROUND_GREEN};
    switch (style) {
    case STYLE_TITLE:
        return (WORD)((terminal.plain & 0x0Fu) << 4 | (terminal.plain & 0xF0u) >> 4);
    case STYLE_STRONG:
        return (WORD)(terminal.plain | strong);
    case STYLE_IDLE:
    case STYLE_BUSY:
    case STYLE_UNKNOWN:
        return (WORD)(terminal.has_colours ? colours[style] | strong | back
                                           : terminal.plain | strong);
    default:
        return terminal.plain;
    }
}

void terminal_paint(void *arg, unsigned row, unsigned column, const struct screen_cell *cells,
                    unsigned count)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    COORD size = {(SHORT)count, 1}, origin = {0, 0};
    (void)arg;
    if (!GetConsoleScreenBufferInfo(terminal.screen, &info)) {
        terminal.failed = true;
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        /* A cell has one UTF-16 unit. Both halves of a wide character contain the character. */
        bool right = cells[i].code == 0 && i > 0;
        bool left = i + 1 < count && cells[i + 1].code == 0;
        uint32_t code = right ? cells[i - 1].code : cells[i].code;
        terminal.row[i].Char.UnicodeChar = (wchar_t)(code < 0x10000 ? code : 0xFFFD);
        terminal.row[i].Attributes = (WORD)(attributes(cells[i].style) |
                                            (right  ? COMMON_LVB_TRAILING_BYTE
                                             : left ? COMMON_LVB_LEADING_BYTE
                                                    : 0));
    }
    /* The window may be anywhere in its buffer. */
    SMALL_RECT where = {(SHORT)(info.srWindow.Left + (SHORT)column),
                        (SHORT)(info.srWindow.Top + (SHORT)row), 0, 0};
    where.Right = (SHORT)(where.Left + (SHORT)count - 1);
    where.Bottom = where.Top;
    if (!WriteConsoleOutputW(terminal.screen, terminal.row, size, origin, &where)) {
        terminal.failed = true;
    }
}

bool terminal_flush(void)
{
    return !terminal.failed;
}
