/* transport.h: the byte stream to the service, and the few other system calls that the client
 * library needs. transport_win32.c: a named pipe. transport_posix.c: a Unix socket, for the native
 * build, which is for tests only.
 *
 * Results are Win32 error codes (codes.h). Deadlines are times of transport_now; if one has passed,
 * a call returns what it can get without waiting. One thread at a time uses a transport, except for
 * transport_cancel and transport_enter.
 */
#ifndef MSIWATCH_CLIENT_TRANSPORT_H
#define MSIWATCH_CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transport;

#define TRANSPORT_FOREVER UINT64_MAX

/* Creates a transport to the pipe with that name (UTF-8), not connected. `name` NULL: the
 * environment variable MSIWATCH_PIPE, unless the process is elevated (because a standard user who
 * can set a variable must not choose what an administrator's tools believe), or else the default
 * name. CODE_BAD_PARAMETER: it cannot be the name of a pipe. transport_free releases it. */
uint32_t transport_new(struct transport **out, const char *name);
void transport_free(struct transport *transport);

/* The full name, UTF-8; "" if none was given and this system has no default. Lives as long as the
 * transport. */
const char *transport_name(const struct transport *transport);

/* Connects; the transport must not be connected. While all instances of the pipe are in use, waits
 * for one until the deadline, then returns CODE_PIPE_BUSY. CODE_NOT_ACTIVE: no pipe has that name.
 * CODE_DENIED: the system says so, or, at the default name, a process answers that is not the one
 * that the SCM names for the service. CODE_BAD_PARAMETER: it is not the name of a pipe, or there is
 * no name. */
uint32_t transport_connect(struct transport *transport, uint64_t deadline);
void transport_disconnect(struct transport *transport);

/* Reads at least one byte and at most `size` into `buffer`. *got is how many, and 0 unless the
 * result is CODE_OK. CODE_LOST: the service has closed; CODE_TIMEOUT; CODE_CANCELLED. */
uint32_t transport_read(struct transport *transport, char *buffer, size_t size, size_t *got,
                        uint64_t deadline);

/* Writes all of it. If the result is not CODE_OK, *begun says whether some of it may have been
 * sent; then the stream can no longer be used. */
uint32_t transport_write(struct transport *transport, const char *data, size_t size, bool *begun,
                         uint64_t deadline);

/* From any thread (POSIX: also from a signal handler): every call that waits or would wait returns
 * CODE_CANCELLED, from now until transport_rearm. */
void transport_cancel(struct transport *transport);
void transport_rearm(struct transport *transport);
bool transport_is_cancelled(struct transport *transport);

/* Sleeps until the deadline: CODE_OK; or CODE_CANCELLED. */
uint32_t transport_sleep(struct transport *transport, uint64_t deadline);

/* Takes the mark that only one thread at a time can have; false if another has it. Never waits. */
bool transport_enter(struct transport *transport);
void transport_leave(struct transport *transport);

/* Gets an environment variable, in ASCII; "" if there is none, or if it does not fit. */
void transport_variable(const char *name, char *out, size_t size);

/* Milliseconds of a clock that never goes back. */
uint64_t transport_now(void);

#endif
