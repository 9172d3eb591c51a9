/* sys.h: what the client's tests need of the system: a door to listen at as the service does, links
 * to those who came, threads, and programs to run. sys_posix.c (Unix sockets), sys_win32.c (named
 * pipes). Failing of the system itself ends the test program with a message.
 */
#ifndef MSIWATCH_TESTS_SYS_H
#define MSIWATCH_TESTS_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sys_door;
struct sys_link;
struct sys_thread;
struct sys_process;

#define SYS_NAME_SIZE 108

/* A name nobody else uses. */
void sys_name(char out[SYS_NAME_SIZE]);

/* Listens. Clients may come from now on, `places` of them before the first is accepted (Windows:
 * one, whatever is said). */
struct sys_door *sys_listen(const char *name, int places);

/* The next client; NULL if none comes in time. */
struct sys_link *sys_accept(struct sys_door *door, uint64_t timeout_ms);

/* Stops listening; the name is free then. Links stay. */
void sys_unlisten(struct sys_door *door);

/* Reads at least a byte: how many; 0 when the peer has closed, -1 when nothing comes in time. */
int sys_read(struct sys_link *link, char *buffer, size_t size, uint64_t timeout_ms);

/* False when the peer has closed, or does not read for this long. */
bool sys_write(struct sys_link *link, const char *data, size_t size, uint64_t timeout_ms);

/* Closes; what was written can still be read by the peer. */
void sys_hang_up(struct sys_link *link);

uint64_t sys_now(void);
void sys_sleep(uint64_t ms);

struct sys_thread *sys_start(void (*run)(void *arg), void *arg);
void sys_join(struct sys_thread *thread);

/* Runs a program; `arguments` ends with NULL. `pipe_variable` is its MSIWATCH_PIPE, NULL: none.
 * What it prints is collected. */
struct sys_process *sys_spawn(const char *program, const char *const *arguments,
                              const char *pipe_variable);

/* Stops reading what it prints, so that its output is nobody's. */
void sys_close_output(struct sys_process *process);

/* How much it has printed so far, in bytes. Any thread. */
size_t sys_printed(struct sys_process *process);

#ifdef _WIN32
/* Whether this program, and so what it starts, has administrator's rights that it can use. */
bool sys_is_elevated(void);
#endif

/* Whether Windows has a service of ours; true elsewhere. */
bool sys_has_service(void);

/* Presses Ctrl-C, where that can be done to one program alone. */
void sys_interrupt(struct sys_process *process);
extern const bool sys_can_interrupt;

/* Waits until it ends and frees it: its exit code, the part of it that the system reports (`mask`
 * is what of the code it keeps), and what it printed, for the caller to free. If it does not end in
 * time it is killed: -1. */
int64_t sys_reap(struct sys_process *process, uint64_t timeout_ms, char **out, char **err);
extern const uint32_t sys_code_mask;

/* Leaves a process behind that lives for this long and has none of our files. */
void sys_leave_behind(unsigned ms);

/* Loads a library for as long as the program runs, by its path; NULL, after saying why, if it
 * cannot be. What it exports under a name, or NULL. */
void *sys_load(const char *path);
void *sys_symbol(void *library, const char *name);

/* Handles or file descriptors of this process that are open. */
unsigned sys_open_handles(void);

#endif
