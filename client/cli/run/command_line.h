/* command_line.h: the text of a command line: where the command behind "--" begins in it, and what
 * that command is. The text itself is handed on as it was written: what splits it and puts it
 * together again changes it, and msiexec refuses "PROP=x" where PROP="x" was written.
 * Pure functions; no system calls.
 */
#ifndef MSIWATCH_CLI_COMMAND_LINE_H
#define MSIWATCH_CLI_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* What follows "--", with the blanks before it skipped. `index` is where "--" is among the
 * arguments as the C library split them (0: the program). NULL: what stands there is not "--", so
 * the line was split in another way than it is here. */
const wchar_t *command_line_after(const wchar_t *line, int index);

enum command_kind {
    COMMAND_PROGRAM, /* of that name or path */
    COMMAND_MSIEXEC, /* msiexec, without a path */
    COMMAND_PACKAGE, /* an .msi file, which msiexec /i takes */
    COMMAND_PATCH    /* an .msp file, which msiexec /p takes */
};

struct command_line {
    const wchar_t *text;
    const wchar_t *word; /* the first word of it, without its quotes */
    size_t length;
    const wchar_t *rest; /* what follows it */
    enum command_kind kind;
    const wchar_t *label; /* a file's name, which says best what is installed */
    size_t label_length;
};

/* Reads the first word as CreateProcess does. False: there is none. The parts are in `text`. */
bool command_line_read(const wchar_t *text, struct command_line *out);

/* What msiexec is to be started with: `text`, behind its own name and option if it is a file's. In
 * `out`, of `size` units; false: it does not fit. */
bool command_line_msiexec(const struct command_line *command, const wchar_t *msiexec, wchar_t *out,
                          size_t size);

/* The entries of PATH that are full paths; the others are relative to the current folder. `out` has
 * room for as many units as `path`, its end included. */
void command_line_full_paths(const wchar_t *path, wchar_t *out);

#endif
