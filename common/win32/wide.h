/* wide.h: converts between Windows' UTF-16 and our UTF-8.
 *
 * Our own text is always UTF-8. It becomes UTF-16 for the call that needs it, and UTF-8 again right
 * after the call that returns it. Windows only. Any thread.
 */
#ifndef MSIWATCH_COMMON_WIDE_H
#define MSIWATCH_COMMON_WIDE_H

#include <stddef.h>
#include <wchar.h>

/* The caller frees the result with free(). NULL if the text is not valid or memory is out;
 * GetLastError says which. */
wchar_t *wide_from_utf8(const char *text);
char *wide_to_utf8(const wchar_t *text);

/* Writes the first MSIWATCH_STRING_CHARS characters, in at most MSIWATCH_STRING_BYTES bytes
 * including the NUL. Half a surrogate pair becomes U+FFFD: file names may contain one. */
void wide_cut_to_utf8(const wchar_t *text, char *out);

/* Moves a file, with MoveFileEx's flags; Windows' error, or 0. */
unsigned long wide_move(const char *from, const char *to, unsigned long flags);

#endif
