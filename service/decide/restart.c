/* restart.c: a pending restart as text. */
#include "decide/restart.h"

#include "common/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t restart_cutoff(int64_t booted_ms, int64_t wall_ms, uint64_t uptime_ms)
{
    int64_t began_ms = wall_ms - (int64_t)uptime_ms;
    return booted_ms == 0 || uptime_ms == 0 || booted_ms < began_ms ? booted_ms : began_ms;
}

void restart_format(const struct restart *restart, int64_t booted_ms, char out[RESTART_BYTES])
{
    char at[24] = "-";
    out[0] = '\0';
    if (restart->reboot <= REBOOT_NONE || booted_ms == 0) {
        return;
    }
    if (restart->at_known) {
        snprintf(at, sizeof at, "%" PRId64, restart->at_ms);
    }
    snprintf(out, RESTART_BYTES, "restart %" PRId64 " %s %s %s", booted_ms,
             install_reboot_name(restart->reboot), at, restart->by);
    for (char *c = out; *c != '\0'; c++) {
        *c = (unsigned char)*c < ' ' ? ' ' : *c;
    }
}

/* Reads the number at *text, which must be followed by a space, and moves *text after that
 * space. */
static bool take_number(const char **text, int64_t *out)
{
    char *end;
    *out = strtoll(*text, &end, 10);
    bool is_one = end != *text && *end == ' ';
    *text = is_one ? end + 1 : *text;
    return is_one;
}

bool restart_parse(struct restart *out, const char *text, int64_t booted_ms)
{
    char word[16];
    int64_t booted;
    struct restart found = {.reboot = REBOOT_UNKNOWN};
    if (booted_ms == 0 || strncmp(text, "restart ", 8) != 0) {
        return false;
    }
    text += 8;
    if (!take_number(&text, &booted) || booted != booted_ms) {
        return false;
    }
    size_t size = strcspn(text, " ");
    if (text[size] == '\0' || size >= sizeof word) {
        return false;
    }
    memcpy(word, text, size);
    word[size] = '\0';
    text += size + 1;
    int reboot = install_reboot_parse(word);
    found.at_known = take_number(&text, &found.at_ms);
    if (reboot <= REBOOT_NONE || (!found.at_known && strncmp(text, "- ", 2) != 0)) {
        return false;
    }
    found.reboot = (enum install_reboot)reboot;
    utf8_copy(found.by, sizeof found.by, found.at_known ? text : text + 2);
    *out = found;
    return true;
}
