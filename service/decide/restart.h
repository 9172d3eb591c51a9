/* restart.h: a restart of Windows that installations asked for, as text. It is stored in the
 * journal's note, so that it survives restarts of the service. It belongs to one boot of Windows,
 * because the next boot completes it.
 *
 * A boot is identified by the start time of its services.exe. That process lives as long as the
 * boot does. Setting the clock does not change its start time. It also survives a shutdown with
 * fast startup, which hibernates the services' session and does not complete what Windows Installer
 * left for a restart. Pure functions.
 */
#ifndef MSIWATCH_SERVICE_RESTART_H
#define MSIWATCH_SERVICE_RESTART_H

#include "common/model.h"

#define RESTART_BYTES (MSIWATCH_STRING_BYTES + 96) /* of the text, with the final zero */

/* Returns the latest time at which this boot can have begun, by the current wall clock; records
 * from before it belong to an earlier boot. The clock may have been set since booted_ms; wall_ms
 * and uptime_ms are current. The earlier of the two results counts, because somebody notices a
 * restart that is wrongly reported as pending, but not one that is missed. An uptime of 0 is not
 * known. Returns 0 if the boot is not known; then no record counts as earlier. */
int64_t restart_cutoff(int64_t booted_ms, int64_t wall_ms, uint64_t uptime_ms);

/* Writes "restart BOOTED required|initiated AT|- BY"; "" if none is pending, or the boot is not
 * known (0). Control characters become spaces, so the text is one line. */
void restart_format(const struct restart *restart, int64_t booted_ms, char out[RESTART_BYTES]);

/* Returns false if the text is not valid, belongs to another boot, or the current boot is not
 * known. */
bool restart_parse(struct restart *out, const char *text, int64_t booted_ms);

#endif
