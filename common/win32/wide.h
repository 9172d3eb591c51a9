/* wide.h: Windows' UTF-16 and our UTF-8.
 *
 * Everything inside is UTF-8; texts become UTF-16 at the call that needs it and UTF-8 right after
 * the call that gives it. Windows only. Any thread.
 */
#ifndef MSIWATCH_COMMON_WIDE_H
#define MSIWATCH_COMMON_WIDE_H

#include <stddef.h>
#include <wchar.h>

/* The caller's to free(). NULL when the text is not valid, or there is no memory; GetLastError
 * says which. */
wchar_t *wide_from_utf8(const char *text);
char *wide_to_utf8(const wchar_t *text);

/* The first MSIWATCH_STRING_CHARS characters, in at most MSIWATCH_STRING_BYTES bytes with the final
 * zero. Half a surrogate pair becomes U+FFFD: names of files may contain such. */
void wide_cut_to_utf8(const wchar_t *text, char *out);

#endif
