/* sys.h: what the client's tests need from the system: a door where they listen as the service
 * does, links to the clients that came, threads, and programs to run. sys_posix.c (Unix sockets),
 * sys_win32.c (named pipes). If a system call fails, the test program ends with a message. */
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

/* A name that nobody else uses. */
void sys_name(char out[SYS_NAME_SIZE]);

/* Listens. From now on clients may come, `places` of them before the first is accepted (Windows:
 * always one). */
struct sys_door *sys_listen(const char *name, int places);

/* Returns the next client; NULL: none came in time. */
struct sys_link *sys_accept(struct sys_door *door, uint64_t timeout_ms);

/* Stops listening, and the name becomes free. Links stay. */
void sys_unlisten(struct sys_door *door);

/* Reads at least one byte, and returns how many; 0: the client has closed; -1: nothing came in
 * time. */
int sys_read(struct sys_link *link, char *buffer, size_t size, uint64_t timeout_ms);

/* False: the client has closed, or does not read for this long. */
bool sys_write(struct sys_link *link, const char *data, size_t size, uint64_t timeout_ms);

/* Closes the link; the client can still read what was written. */
void sys_hang_up(struct sys_link *link);

uint64_t sys_now(void);
void sys_sleep(uint64_t ms);

struct sys_thread *sys_start(void (*run)(void *arg), void *arg);
void sys_join(struct sys_thread *thread);

/* Runs a program; `arguments` ends with NULL. `pipe_variable` is its MSIWATCH_PIPE; NULL: none. Its
 * output is collected. */
struct sys_process *sys_spawn(const char *program, const char *const *arguments,
                              const char *pipe_variable);

/* Stops reading its output, so that nobody reads it. */
void sys_close_output(struct sys_process *process);

/* How many bytes it has printed so far. Any thread. */
size_t sys_printed(struct sys_process *process);

#ifdef _WIN32
/* Whether this program, and so every program that it starts, has administrator's rights that it can
 * use. */
bool sys_is_elevated(void);
#endif

/* Whether Windows has our service; true on other systems. */
bool sys_has_service(void);

/* Sends Ctrl-C, if that is possible for one program alone. */
void sys_interrupt(struct sys_process *process);
extern const bool sys_can_interrupt;

/* Waits until it ends and frees it. Returns the part of its exit code that the system reports
 * (`sys_code_mask`), and its output, which the caller frees. If it does not end in time, kills it
 * and returns -1. */
int64_t sys_reap(struct sys_process *process, uint64_t timeout_ms, char **out, char **err);
extern const uint32_t sys_code_mask;

/* Starts a process that continues without us: it lives for this long and has none of our files. */
void sys_leave_behind(unsigned ms);

/* sys_load loads a library by its path, for as long as the program runs; NULL: it cannot be loaded,
 * after printing why. sys_symbol returns what it exports under a name, or NULL. */
void *sys_load(const char *path);
void *sys_symbol(void *library, const char *name);

/* How many handles or file descriptors this process has open. */
unsigned sys_open_handles(void);

#endif
