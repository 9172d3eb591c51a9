/* pipe_end.h: a second handle to the server's end of a connection, so that it can be disconnected.
 *
 * On Windows an instance of a pipe, and with it the pipe's name, exists until both ends are closed.
 * So a client that keeps its handle would keep the next service from creating the pipe.
 * Disconnecting separates the two ends, but discards what the client has not read. So it is only
 * used for connections that a client still holds at the end of a stop. Natively nothing needs to be
 * kept. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_PIPE_END_H
#define MSIWATCH_SERVICE_PIPE_END_H

#include <stdbool.h>
#include <uv.h>

/* Call it just before uv_close. Cancels libuv's pending operations, which would otherwise continue
 * as long as this end is kept. Returns NULL if nothing needs to be kept, or the system is short of
 * resources. */
void *pipe_end_keep(uv_pipe_t *pipe);

/* Returns whether the client has closed its own end. */
bool pipe_end_is_alone(void *end);

/* Disconnects and closes. Call it only when the uv_pipe_t is closed, so that nothing is pending. */
void pipe_end_release(void *end);

#endif
