/* batch.c: collects the replies of a batch. */
#include "rpc/batch.h"

#include <stdlib.h>

struct batch *batch_new(void)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch != NULL) {
        batch->pending = 1;
    }
    return batch;
}

bool batch_add(struct connection *connection, struct batch *batch, const uv_buf_t parts[],
               size_t count)
{
    struct text *text = &batch->text;
    size_t room = text->room;
    if (!connection_may_queue(connection, room)) {
        return true;
    }
    text_add(text, text->size == 0 ? "[" : ",");
    for (size_t i = 0; i < count; i++) {
        text_add_bytes(text, parts[i].base, parts[i].len);
    }
    connection->held_bytes += text->room - room;
    return !text->failed;
}

void batch_release(struct connection *connection, struct batch *batch)
{
    if (--batch->pending > 0) {
        return;
    }
    connection->held_bytes -= batch->text.room;
    if (batch->text.size > 0) {
        uv_buf_t parts[] = {connection_part(batch->text.data, batch->text.size),
                            connection_part("]", 1)};
        connection_write(connection, parts, 2);
    }
    connection_answered(connection, batch);
    text_release(&batch->text);
    free(batch);
}
