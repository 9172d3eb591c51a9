/* sid.c: a SID as text. */
#include "common/win32/sid.h"

#include "common/utf8.h"

#include <windows.h>

#include <sddl.h>

void sid_to_text(void *sid, char out[MSIWATCH_USER_BYTES])
{
    char *text = NULL;
    bool known = ConvertSidToStringSidA(sid, &text) != FALSE;
    utf8_copy(out, MSIWATCH_USER_BYTES, known ? text : "");
    LocalFree(text);
}
