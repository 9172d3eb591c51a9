/* script.h: the machine that the simulator simulates: commands set what its sensors read.
 *
 * Commands, one per line:
 *   mutex absent|free|held|abandoned|denied|error [OWNER_PID [OWNER_TID]]
 *   msiserver STATE [CONTROLS [PID]]      in_progress 0|1      ui_clients N
 *   sleep MS                              blind MS (the sensor thread hangs)
 *   toggle COUNT MS (held and free in turn, MS each, COUNT times held)
 *   steps COUNT MS (the same, but each lasts until the sensor thread has read it)
 *   look (waits until the sensor thread has read once more)
 *   wall MS (sets the wall clock forward or back)    suspend MS (the machine sleeps)
 *   disk good|error|full|short|sync|locked|readonly|read    slow MS (each sync)
 *   image PATH (of the mutex's owner, from its next change on; without PATH: msiexec's)
 *   callers standard|administrator|real (what clients that connect from now on may see)
 *   record XML (a record of the event log about an installation: an <Event>, on one line)
 *   replay XML (the same, but read later than it was written)
 *   process PID unknown|msiserver|msiexec|other (who wrote the records that name this process)
 *   install_log ok|unavailable|denied
 *   ps PID PARENT CREATED SESSION NAME [PATH] (a process of the machine, created CREATED ms ago;
 *       from the first one on, the work of msiserver, the client and the mutex's owner is known)
 *   works PID CPU_MS IO_BYTES (it has done this much more)    ends PID
 *   exit
 *
 * Any thread; the thread that gives a command runs it.
 */
#ifndef MSIWATCH_TESTS_SCRIPT_H
#define MSIWATCH_TESTS_SCRIPT_H

#include "common/access_level.h"
#include "observe/install_log.h"
#include "observe/sampler.h"

struct script;

int script_new(struct script **out);
void script_free(struct script *script);

/* Adds the sensors that the script feeds, for service_config; `script` is the script. */
int script_add_sensors(struct sampler *sampler, struct install_log *records, void *script);

/* Gets the access level that clients should have; false: their real one. */
bool script_callers(struct script *script, enum access_level *access_level);

/* Runs one command. 1: it was "exit"; 0: done; -1: there is no such command. */
int script_run(struct script *script, const char *command);

#endif
