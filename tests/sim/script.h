/* script.h: the simulator's machine: what its sensors read, set by commands.
 *
 * Commands, one a line:
 *   mutex absent|free|held|abandoned|denied|error [OWNER_PID [OWNER_TID]]
 *   msiserver STATE [CONTROLS [PID]]      in_progress 0|1      ui_clients N
 *   sleep MS                              blind MS (the sensor thread stands still)
 *   toggle COUNT MS (held and free in turn, MS each, COUNT times held)
 *   steps COUNT MS (the same, and each until the sensor thread has looked)
 *   look (until the sensor thread has looked once more)
 *   wall MS (the wall clock is set forward or back)    suspend MS (the machine sleeps)
 *   disk good|error|full|short|sync|locked|readonly|read    slow MS (each sync)
 *   image PATH (of the mutex's owner, from its next change on; without: msiexec's)
 *   callers standard|administrator|real (what clients may see that come from now on)
 *   record XML (the event log tells of an installation: an <Event>, on one line)
 *   replay XML (the same, read later than it was written)
 *   process PID unknown|msiserver|msiexec|other (who wrote what names that process)
 *   install_log ok|unavailable|denied
 *   ps PID PARENT CREATED SESSION NAME [PATH] (a process of the machine: with the first one, what
 * is done by msiserver, the client and the mutex's owner is seen; CREATED in ms before now) works
 * PID CPU_MS IO_BYTES (so much more)    ends PID exit Any thread; commands are carried out by the
 * thread that gives them.
 */
#ifndef MSIWATCH_TESTS_SCRIPT_H
#define MSIWATCH_TESTS_SCRIPT_H

#include "common/access_level.h"
#include "observe/install_log.h"
#include "observe/sampler.h"

struct script;

int script_new(struct script **out);
void script_free(struct script *script);

/* The sensors that the script feeds, for service_config; `script` is the script. */
int script_add_sensors(struct sampler *sampler, struct install_log *records, void *script);

/* What callers are to be; false: what they really are. */
bool script_callers(struct script *script, enum access_level *access_level);

/* Carries out one command. 1: it was "exit"; 0: done; -1: it is none. */
int script_run(struct script *script, const char *command);

#endif
