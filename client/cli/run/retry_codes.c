/* retry_codes.c: the exit codes after which a command is tried again. */
#include "cli/run/retry_codes.h"

#include "lib/codes.h"

#include <string.h>

/* Reads a number, up to a comma or the end; NULL: there is none. */
static const char *read_code(const char *at, uint32_t *out)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    unsigned base = strncmp(at, "0x", 2) == 0 ? 16 : 10;
    const char *begin = at + (base == 16 ? 2 : 0);
    uint64_t number = 0;
    for (at = begin; *at != '\0' && *at != ',' && number <= UINT32_MAX; at++) {
        const char *digit = strchr(digits, *at);
        unsigned value = digit == NULL ? 16 : (unsigned)(digit - digits) % 16;
        if (value >= base) {
            return NULL;
        }
        number = number * base + value;
    }
    *out = (uint32_t)number;
    return at == begin || number > UINT32_MAX ? NULL : at;
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
