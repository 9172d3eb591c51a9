/* reload.h: takes up settings while the service runs.
 *
 * What can change does so at once; limits of a connection hold for connections that begin later, as
 * far as they are laid down when one begins. What cannot is said in the log to wait for the next
 * start. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_LIVE_H
#define MSIWATCH_SERVICE_LIVE_H

#include "config/layers.h"
#include "decide/decider.h"

struct journal;
struct sampler;
struct textfile;

/* The rooms that settings reach; all are set. */
struct live {
    struct log *log;
    struct decider *decider;
    struct journal *journal;
    struct sampler *sampler;
    struct hub *hub;
    struct textfile *textfile;
};

/* `in_force` becomes `read`, but for what waits for the next start. `last` is what was read before
 * this. How many settings differ from that. */
size_t live_take(const struct live *rooms, struct settings *in_force, const struct settings *last,
                 const struct settings *read);

/* Logs the values that were not taken. */
void live_say_rejected(struct log *log, const struct settings_rejected *rejected);

struct journal_keep live_journal_keep(const struct settings *settings);

#endif
