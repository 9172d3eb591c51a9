/* wire_text.c: times and texts as JSON. */
#include "common/wire_text.h"

#include "common/model.h"

yyjson_mut_val *wire_time(yyjson_mut_doc *doc, int64_t wall_ms)
{
    char text[MSIWATCH_TIME_CHARS + 1];
    time_format(wall_ms, text);
    return yyjson_mut_strncpy(doc, text, MSIWATCH_TIME_CHARS);
}

yyjson_mut_val *wire_text(yyjson_mut_doc *doc, const char *text)
{
    size_t bytes = 0, characters = 0;
    while (text[bytes] != '\0') {
        bool begins = ((unsigned char)text[bytes] & 0xC0u) != 0x80u;
        if (begins && ++characters > MSIWATCH_STRING_CHARS) {
            break;
        }
        bytes++;
    }
    return yyjson_mut_strncpy(doc, text, bytes);
}
