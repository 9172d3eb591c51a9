/* uuid.c: makes ids for journals. */
#include "journal/uuid.h"

#include "base/clock.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

void uuid_make(char id[37])
{
    unsigned char b[16];
    if (uv_random(NULL, NULL, b, sizeof b, 0, NULL) != 0) {
        uint64_t parts[2] = {(uint64_t)clock_wall_ms(), uv_hrtime() ^ (uint64_t)uv_os_getpid()};
        memcpy(b, parts, sizeof b);
    }
    b[6] = (unsigned char)((b[6] & 0x0Fu) | 0x40u); /* version 4, RFC 9562 */
    b[8] = (unsigned char)((b[8] & 0x3Fu) | 0x80u);
    snprintf(id, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
}
