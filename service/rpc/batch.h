/* batch.h: a batch being answered: its replies are collected and sent together. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_BATCH_H
#define MSIWATCH_SERVICE_BATCH_H

#include "common/text.h"
#include "rpc/connection.h"

struct batch {
    size_t pending;   /* members not yet answered, and one while they are being taken */
    struct text text; /* the answers so far, each behind a '[' or a ',' */
};

/* With one pending; batch_release takes it away. NULL when memory is out. */
struct batch *batch_new(void);

/* Adds an answer, made of `count` parts, unless too much is kept for the client already: then the
 * connection ends. False when memory is out. */
bool batch_add(struct connection *connection, struct batch *batch, const uv_buf_t parts[],
               size_t count);

/* One member less to wait for; with the last, sends the batch's answer and frees it. */
void batch_release(struct connection *connection, struct batch *batch);

#endif
