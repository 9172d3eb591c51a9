/* command_line.h: finds in the text of a command line where the command after "--" begins, and what
 * that command is. The text is passed on exactly as it was written, because splitting it and
 * joining it again changes it: msiexec refuses "PROP=x" where PROP="x" was written.
 *
 * Pure functions; no system calls.
 */
#ifndef MSIWATCH_CLI_COMMAND_LINE_H
#define MSIWATCH_CLI_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* The text after "--", without leading blanks. `index` is the index of "--" among the arguments as
 * the C library split them (0: the program). NULL: that argument is not "--" here, so this file
 * splits the line differently than the C library. */
const wchar_t *command_line_after(const wchar_t *line, int index);

enum command_kind {
    COMMAND_PROGRAM, /* a program with that name or path */
    COMMAND_MSIEXEC, /* msiexec, without a path */
    COMMAND_PACKAGE, /* an .msi file, to be installed with msiexec /i */
    COMMAND_PATCH    /* an .msp file, to be installed with msiexec /p */
};

struct command_line {
    const wchar_t *text;
    const wchar_t *word; /* its first word, without quotes */
    size_t length;
    const wchar_t *rest; /* what follows the first word */
    enum command_kind kind;
    const wchar_t *label; /* the file name that says best what is installed */
    size_t label_length;
};

/* Reads the first word as CreateProcess does. False: there is none. The parts point into `text`. */
bool command_line_read(const wchar_t *text, struct command_line *out);

/* Writes the command line for msiexec: `text`, or, for a file, msiexec's name, an option and
 * `text`. `out` has `size` units; false: it does not fit. */
bool command_line_msiexec(const struct command_line *command, const wchar_t *msiexec, wchar_t *out,
                          size_t size);

/* Copies the entries of PATH that are full paths; the others are relative to the current folder.
 * `out` has room for as many units as `path`, including the NUL. */
void command_line_full_paths(const wchar_t *path, wchar_t *out);

#endif
