/* retry_codes.c: the exit codes after which a command is tried again. */
#include "cli/run/retry_codes.h"

#include "lib/codes.h"

#include <stdlib.h>
#include <string.h>

/* Reads a number, up to a comma or the end; NULL: there is none. */
static const char *read_code(const char *at, uint32_t *out)
{
    char *end;
    unsigned long long number = strtoull(at, &end, strncmp(at, "0x", 2) == 0 ? 16 : 10);
    *out = (uint32_t)number;
    return at[0] >= '0' && at[0] <= '9' && (*end == ',' || *end == '\0') && number <= UINT32_MAX
               ? end
               : NULL;
}

bool retry_codes_read(struct retry_codes *codes, const char *text)
{
    codes->code[0] = CODE_BUSY;
    codes->code[1] = 0x80070000u | CODE_BUSY; /* the same code as an HRESULT */
    codes->count = 2;
    while (text != NULL && *text != '\0') {
        if (codes->count == RETRY_CODES_MAX ||
            (text = read_code(text, &codes->code[codes->count++])) == NULL) {
            return false;
        }
        text += *text == ',';
    }
    return true;
}
