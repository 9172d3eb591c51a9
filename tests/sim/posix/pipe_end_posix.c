/* pipe_end_posix.c: nothing to keep, because a socket's name does not depend on its clients. */
#include "pipe/pipe_end.h"

void *pipe_end_keep(uv_pipe_t *pipe)
{
    (void)pipe;
    return NULL;
}

bool pipe_end_is_alone(void *end)
{
    (void)end;
    return true;
}

void pipe_end_release(void *end)
{
    (void)end;
}
