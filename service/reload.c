/* reload.c: takes up settings while the service runs. */
#include "reload.h"

#include "metrics/textfile.h"

#include <string.h>

static bool is_same(const struct setting *setting, const struct settings *a,
                    const struct settings *b)
{
    char text_a[SETTINGS_TEXT], text_b[SETTINGS_TEXT];
    settings_text(setting, a, text_a, sizeof text_a);
    settings_text(setting, b, text_b, sizeof text_b);
    return strcmp(text_a, text_b) == 0;
}

struct journal_keep live_journal_keep(const struct settings *settings)
{
    return (struct journal_keep){
        .rows = settings->keep.rows,
        .days = settings->keep.days,
        .heartbeat_ms = settings->keep.heartbeat_s * 1000,
    };
}

static void hand_out(const struct live *rooms, const struct settings *settings)
{
    struct journal_keep keep = live_journal_keep(settings);
    log_set_level(rooms->log, settings->log);
    rooms->decider->signals = settings->signals;
    if (decider_set_flapping(rooms->decider, settings->flapping) != 0 ||
        hub_set_limits(rooms->hub, &settings->limits) != 0) {
        log_line(rooms->log, LOG_ERROR,
                 "out of memory while taking up settings: some keep their "
                 "old values until the settings change again");
    }
    journal_set_keep(rooms->journal, &keep);
    sampler_set(rooms->sampler, &settings->sampler);
    textfile_set_path(rooms->textfile, settings->metrics_textfile);
}

/* One that differs from what was read last. */
static void take_one(const struct live *rooms, const struct setting *setting,
                     struct settings *in_force, const struct settings *read)
{
    char before[SETTINGS_TEXT], now[SETTINGS_TEXT];
    settings_text(setting, in_force, before, sizeof before);
    settings_text(setting, read, now, sizeof now);
    if (!setting->next_start) {
        settings_copy(setting, in_force, read);
        log_line(rooms->log, LOG_INFO, "setting %s: now %s, was %s", setting->name, now, before);
    } else if (is_same(setting, in_force, read)) {
        log_line(rooms->log, LOG_INFO, "setting %s: stays as it is", setting->name);
    } else {
        log_line(rooms->log, LOG_INFO, "setting %s: another value at the next start",
                 setting->name);
    }
}

size_t live_take(const struct live *rooms, struct settings *in_force, const struct settings *last,
                 const struct settings *read)
{
    const struct setting *setting;
    size_t changes = 0;
    log_set_level(rooms->log, in_force->log > read->log ? in_force->log : read->log);
    for (size_t n = 0; (setting = settings_at(n)) != NULL; n++) {
        if (!is_same(setting, last, read)) {
            take_one(rooms, setting, in_force, read);
            changes++;
        }
    }
    hand_out(rooms, in_force);
    return changes;
}

void live_say_rejected(struct log *log, const struct settings_rejected *rejected)
{
    for (size_t i = 0; i < rejected->count && i < REJECTED_MOST; i++) {
        const char *name = rejected->list[i].name;
        log_line(log, LOG_WARN, "not taken: %s%s%s: %s", layer_key(rejected->list[i].layer),
                 name[0] == '\0' ? "" : "\\", name, rejected->list[i].why);
    }
    if (rejected->count > REJECTED_MOST) {
        log_line(log, LOG_WARN, "not taken: %u more values",
                 (unsigned)(rejected->count - REJECTED_MOST));
    }
}
