/* batch.c: a batch being answered. */
#include "rpc/batch.h"

#include <stdlib.h>
#include <string.h>

struct batch *batch_new(void)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch != NULL) {
        batch->pending = 1;
    }
    return batch;
}

bool batch_add(struct connection *connection, struct batch *batch, const char *json, size_t size)
{
    size_t wanted = batch->size + size + 1;
    if (!connection_may_queue(connection, batch->room)) {
        return true;
    }
    if (wanted > batch->room) {
        char *text = realloc(batch->text, wanted * 2);
        if (text == NULL) {
            return false;
        }
        connection->held_bytes += wanted * 2 - batch->room;
        batch->text = text;
        batch->room = wanted * 2;
    }
    batch->text[batch->size] = batch->size == 0 ? '[' : ',';
    memcpy(batch->text + batch->size + 1, json, size);
    batch->size = wanted;
    return true;
}

void batch_release(struct connection *connection, struct batch *batch)
{
    if (--batch->pending > 0) {
        return;
    }
    connection->held_bytes -= batch->room;
    if (batch->size > 0) {
        uv_buf_t parts[] = {connection_part(batch->text, batch->size), connection_part("]", 1)};
        connection_write(connection, parts, 2);
    }
    connection_answered(connection, batch);
    free(batch->text);
    free(batch);
}
