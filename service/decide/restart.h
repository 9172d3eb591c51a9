/* restart.h: a restart of Windows that installations asked for, as a text that is kept with the
 * journal's note across restarts of the service. It belongs to one boot of Windows: another one has
 * fulfilled it.
 *
 * A boot is named by the moment at which its services.exe began. That process lives as long as the
 * boot does; its time stays what it was when the clock is set; and a shutdown with fast startup,
 * which hibernates the session of services and carries out nothing that Windows Installer left for
 * a restart, keeps it. Pure functions.
 */
#ifndef MSIWATCH_SERVICE_RESTART_H
#define MSIWATCH_SERVICE_RESTART_H

#include "common/model.h"

#define RESTART_BYTES (MSIWATCH_STRING_BYTES + 96) /* of the text, with its end */

/* When this boot began, at the latest, by the wall clock of now: what was written before that is of
 * an earlier boot. booted_ms may be of a clock that was set since, wall_ms and uptime_ms are of
 * now. The earlier of both counts: a restart that is wrongly said to be pending is noticed, one
 * that is passed over is not. An uptime of 0 is not known; 0: the boot is not known, and nothing
 * was written before it. */
int64_t restart_cutoff(int64_t booted_ms, int64_t wall_ms, uint64_t uptime_ms);

/* "restart BOOTED required|initiated AT|- BY"; "" if none is pending, or the boot is not known (0).
 * Control characters become spaces: the text is one line. */
void restart_format(const struct restart *restart, int64_t booted_ms, char out[RESTART_BYTES]);

/* False: no such text, or of another boot, or this one is not known. */
bool restart_parse(struct restart *out, const char *text, int64_t booted_ms);

#endif
