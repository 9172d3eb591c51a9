/* transport.h: the byte stream to the service, and the few other things that the client library
 * needs of the system. transport_win32.c: a named pipe. transport_posix.c: a Unix socket, for the
 * native build, which is for tests only.
 *
 * Results are Win32 error codes (codes.h). Deadlines are times of transport_now; one that has
 * passed means: take what can be had without waiting. One transport is used by one thread at a
 * time, except for transport_cancel and transport_enter.
 */
#ifndef MSIWATCH_CLIENT_TRANSPORT_H
#define MSIWATCH_CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transport;

#define TRANSPORT_FOREVER UINT64_MAX

/* A transport to the pipe of that name (UTF-8), not connected. `name` NULL: MSIWATCH_PIPE of the
 * environment, unless the process is elevated (whoever may set a variable must not choose what an
 * administrator's tools believe), or else the default name. CODE_BAD_PARAMETER if it cannot be a
 * pipe's name. transport_free releases it. */
uint32_t transport_new(struct transport **out, const char *name);
void transport_free(struct transport *transport);

/* The full name, UTF-8; "" if none was given and this system has no default. Lives as long as the
 * transport. */
const char *transport_name(const struct transport *transport);

/* Connects; must not be connected. While all places at the pipe are taken, waits for one until the
 * deadline, then CODE_PIPE_BUSY. CODE_NOT_ACTIVE if nobody has a pipe of that name; CODE_DENIED if
 * the system says so, or if, at the default name, another process answers than the SCM names for
 * the service. CODE_BAD_PARAMETER if that is the name of something else, or if there is no name. */
uint32_t transport_connect(struct transport *transport, uint64_t deadline);
void transport_disconnect(struct transport *transport);

/* Reads at least one byte and at most `size`, into `buffer`; *got says how many, and is 0 unless
 * the result is CODE_OK. CODE_LOST when the peer has closed, CODE_TIMEOUT, CODE_CANCELLED. */
uint32_t transport_read(struct transport *transport, char *buffer, size_t size, size_t *got,
                        uint64_t deadline);

/* Writes all of it. On any other result than CODE_OK, *begun says whether some of it may have gone
 * out: then the stream is of no more use. */
uint32_t transport_write(struct transport *transport, const char *data, size_t size, bool *begun,
                         uint64_t deadline);

/* From any thread (POSIX: and from signal handlers): every call that waits or would wait returns
 * CODE_CANCELLED, from now until transport_rearm. */
void transport_cancel(struct transport *transport);
void transport_rearm(struct transport *transport);
bool transport_is_cancelled(struct transport *transport);

/* Sleeps until the deadline, CODE_OK, or CODE_CANCELLED. */
uint32_t transport_sleep(struct transport *transport, uint64_t deadline);

/* A mark that one thread at a time can have; false if another has it. Never waits. */
bool transport_enter(struct transport *transport);
void transport_leave(struct transport *transport);

/* A variable of the environment, in ASCII; "" if there is none, or it does not fit. */
void transport_variable(const char *name, char *out, size_t size);

/* Milliseconds of a clock that never goes back. */
uint64_t transport_now(void);

#endif
