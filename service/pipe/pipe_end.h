/* pipe_end.h: the server's end of a connection, kept beside libuv's so that it can be disconnected.
 *
 * On Windows an instance of a pipe, and with it the pipe's name, lives until both ends are closed,
 * so a client that keeps its handle would be in the way of the next service. Disconnecting parts
 * the two, but drops what the client has not read: it is for connections that a client still holds
 * when a stop is over. Natively there is nothing to keep. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_PIPE_END_H
#define MSIWATCH_SERVICE_PIPE_END_H

#include <stdbool.h>
#include <uv.h>

/* Just before uv_close: cancels what libuv has in flight, which would otherwise go on as long as
 * the end is kept. NULL: nothing to keep, or the system is short of something. */
void *pipe_end_keep(uv_pipe_t *pipe);

/* Whether the client has closed its own end. */
bool pipe_end_is_alone(void *end);

/* Disconnects and closes. Only once the uv_pipe_t is closed: nothing may be in flight. */
void pipe_end_release(void *end);

#endif
