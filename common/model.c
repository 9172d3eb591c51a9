/* model.c: names, comparisons and times of the model. */
#include "common/model.h"

#include "common/ascii.h"

#include <stdio.h>
#include <string.h>

WORDS_OF(mutex_state, "absent", "free", "held", "abandoned", "denied", "error", "not_a_mutex")
WORDS_OF(msiserver_state, "stopped", "start_pending", "stop_pending", "running", "continue_pending",
         "pause_pending", "paused", "missing", "denied", "error")
WORDS_OF(verdict_state, "unknown", "idle", "busy")
WORDS_OF(signals, "auto", "mutex", "mutex,msiserver")
WORDS_OF(event_kind, "transition", "install", "turn", "activity")
WORDS_OF(health, "ok", "unavailable", "denied")
WORDS_OF(install_action, NULL, "install", "remove", "change", "update", "check")
WORDS_OF(install_result, NULL, "success", "failure", "collision", "lost")
WORDS_OF(install_reboot, NULL, "none", "required", "initiated")
WORDS_OF(owner_role, NULL, "service", "client", "other")

static const char *const reason_list[] = {"mutex", "msiserver", "flapping"};
const struct words reason_table = {reason_list, sizeof reason_list / sizeof reason_list[0]};
WORDS_OF(turn_end, "released", "disconnected", "gone", "expired", "revoked", "shutdown")

const char *file_name(const char *path)
{
    const char *name = path;
    for (; *path != '\0'; path++) {
        name = *path == '\\' || *path == '/' ? path + 1 : name;
    }
    return name;
}

/* Programs whose name says nothing, because something else runs an installer through them. */
static bool runs_for_others(const char *image)
{
    static const char *const names[] = {"msiexec.exe", "cmd.exe",     "powershell.exe",
                                        "pwsh.exe",    "wscript.exe", "cscript.exe"};
    bool found = false;
    for (size_t i = 0; !found && i < sizeof names / sizeof names[0]; i++) {
        found = ascii_same(file_name(image), names[i]);
    }
    return found;
}

const struct chain_process *chain_starter(const struct chain *chain, uint32_t first)
{
    for (uint32_t i = first; i < chain->count && i < MSIWATCH_CHAIN; i++) {
        const struct chain_process *process = &chain->processes[i];
        if (!runs_for_others(process->image)) {
            return process->image[0] == '\0' ? NULL : process;
        }
    }
    return NULL;
}

bool mutex_unreadable(enum mutex_state state)
{
    return state == MUTEX_DENIED || state == MUTEX_ERROR || state == MUTEX_NOT_A_MUTEX;
}

bool msiserver_says_busy(const struct observation *seen)
{
    return seen->msiserver.state == MSISERVER_RUNNING &&
           seen->msiserver.controls == MSISERVER_ACCEPT_SHUTDOWN;
}

bool observation_same(const struct observation *a, const struct observation *b)
{
    return a->mutex.state == b->mutex.state && a->mutex.owner_known == b->mutex.owner_known &&
           a->mutex.owner_pid == b->mutex.owner_pid && a->mutex.owner_tid == b->mutex.owner_tid &&
           a->mutex.owner_foreign == b->mutex.owner_foreign &&
           strcmp(a->mutex.owner_image, b->mutex.owner_image) == 0 &&
           strcmp(a->mutex.owner_user, b->mutex.owner_user) == 0 &&
           strcmp(a->mutex.object_owner, b->mutex.object_owner) == 0 &&
           a->mutex.owner_chain.count == b->mutex.owner_chain.count &&
           a->msiserver.state == b->msiserver.state &&
           a->msiserver.controls == b->msiserver.controls && a->msiserver.pid == b->msiserver.pid &&
           a->registry_known == b->registry_known && a->in_progress == b->in_progress &&
           a->ui_clients == b->ui_clients;
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back: Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms". The C library's functions are not thread safe
 * (gmtime), not standard (timegm), or do not have the same range everywhere. */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

static void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned day_of_era = (unsigned)(days - era * 146097);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                            day_of_era / 146096) /
                           365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

#define DAY_MS INT64_C(86400000)
#define FIRST_MS INT64_C(-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define LAST_MS INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */

/* Writes exactly `digits` digits and the character `after`; returns the place after them. */
static char *put_digits(char *out, unsigned value, unsigned digits, char after)
{
    for (unsigned i = digits; i-- > 0; value /= 10) {
        out[i] = (char)('0' + value % 10);
    }
    out[digits] = after;
    return out + digits + 1;
}

/* Without printf, because a journal contains many times and this is faster. */
void time_format(int64_t wall_ms, char out[MSIWATCH_TIME_CHARS + 1])
{
    if (wall_ms < FIRST_MS) {
        wall_ms = FIRST_MS;
    } else if (wall_ms > LAST_MS) {
        wall_ms = LAST_MS;
    }
    int64_t days = wall_ms / DAY_MS;
    int64_t rest = wall_ms % DAY_MS;
    if (rest < 0) {
        rest += DAY_MS;
        days -= 1;
    }
    int64_t year;
    unsigned month, day;
    civil_from_days(days, &year, &month, &day);
    unsigned ms = (unsigned)rest;
    out = put_digits(out, (unsigned)year, 4, '-');
    out = put_digits(out, month, 2, '-');
    out = put_digits(out, day, 2, 'T');
    out = put_digits(out, ms / 3600000, 2, ':');
    out = put_digits(out, ms / 60000 % 60, 2, ':');
    out = put_digits(out, ms / 1000 % 60, 2, '.');
    out = put_digits(out, ms % 1000, 3, 'Z');
    *out = '\0';
}

/* Reads exactly `digits` digits and moves *text past them. */
static bool take_digits(const char **text, unsigned digits, unsigned *out)
{
    unsigned value = 0;
    for (unsigned i = 0; i < digits; i++) {
        char c = (*text)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(c - '0');
    }
    *text += digits;
    *out = value;
    return true;
}

static bool take_char(const char **text, const char *any_of)
{
    if (**text == '\0' || strchr(any_of, **text) == NULL) {
        return false;
    }
    *text += 1;
    return true;
}

/* Reads ".123456" as milliseconds, cut and not rounded; nothing is 0. */
static bool take_fraction(const char **text, unsigned *ms)
{
    *ms = 0;
    if (!take_char(text, ".")) {
        return true;
    }
    unsigned weight = 100, digits = 0, digit;
    while (take_digits(text, 1, &digit)) {
        *ms += digit * weight;
        weight /= 10;
        digits++;
    }
    return digits > 0;
}

static bool take_offset(const char **text, int64_t *offset_ms)
{
    *offset_ms = 0;
    if (take_char(text, "Zz")) {
        return true;
    }
    bool west = **text == '-';
    unsigned hours, minutes;
    if (!take_char(text, "+-") || !take_digits(text, 2, &hours) || !take_char(text, ":") ||
        !take_digits(text, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *offset_ms = (int64_t)(hours * 60 + minutes) * 60000 * (west ? -1 : 1);
    return true;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

bool time_parse(const char *text, int64_t *wall_ms)
{
    unsigned year, month, day, hour = 0, minute = 0, second = 0, ms = 0;
    int64_t offset_ms = 0;
    if (!take_digits(&text, 4, &year) || !take_char(&text, "-") || !take_digits(&text, 2, &month) ||
        !take_char(&text, "-") || !take_digits(&text, 2, &day) || month < 1 || month > 12 ||
        day < 1 || day > month_days(year, month)) {
        return false;
    }
    if (*text != '\0') {
        if (!take_char(&text, "Tt ") || !take_digits(&text, 2, &hour) || !take_char(&text, ":") ||
            !take_digits(&text, 2, &minute) || !take_char(&text, ":") ||
            !take_digits(&text, 2, &second) || !take_fraction(&text, &ms) ||
            !take_offset(&text, &offset_ms)) {
            return false;
        }
        /* 60 is a leap second; it counts as the second after it. */
        if (*text != '\0' || hour > 23 || minute > 59 || second > 60) {
            return false;
        }
    }
    int64_t seconds = days_from_civil(year, month, day) * 86400 +
                      (int64_t)(hour * 3600 + minute * 60 + second);
    *wall_ms = seconds * 1000 + (int64_t)ms - offset_ms;
    return true;
}
