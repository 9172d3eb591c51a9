/* batch.h: collects the replies of a batch and sends them together. Loop thread only. */
#ifndef MSIWATCH_SERVICE_BATCH_H
#define MSIWATCH_SERVICE_BATCH_H

#include "common/text.h"
#include "rpc/connection.h"

struct batch {
    size_t pending;   /* members that are not answered yet, plus one while the batch is being
                       * read */
    struct text text; /* the answers so far, each after a '[' or a ',' */
};

/* Creates a batch with one pending; batch_release removes that one. NULL: out of memory. */
struct batch *batch_new(void);

/* Adds an answer that consists of `count` parts. If too much is already queued for the client, the
 * connection ends instead. False: out of memory. */
bool batch_add(struct connection *connection, struct batch *batch, const uv_buf_t parts[],
               size_t count);

/* Removes one pending member; after the last, sends the batch's answer and frees the batch. */
void batch_release(struct connection *connection, struct batch *batch);

#endif
