/* attachments.c: the attachments of connections. */
#include "rpc/connection.h"

static bool follows(const struct connection *connection)
{
    const struct attachment *attachment = connection->attachments;
    while (attachment != NULL && !attachment->type->follows) {
        attachment = attachment->next;
    }
    return attachment != NULL;
}

static void move_to(struct connection *connection, struct list *list)
{
    list_remove(&connection->node);
    list_add(list, &connection->node);
}

/* Moves the connection to the list where it belongs after a change. */
static void sort(struct connection *connection, bool followed)
{
    struct connections *all = connection->all;
    if (follows(connection) != followed) {
        move_to(connection, followed ? &all->others : &all->following);
    }
}

void connection_attach(struct connection *connection, struct attachment *attachment)
{
    bool followed = follows(connection);
    attachment->next = connection->attachments;
    connection->attachments = attachment;
    sort(connection, followed);
}

void connection_detach(struct connection *connection, struct attachment *attachment)
{
    struct attachment **link = &connection->attachments;
    bool followed = follows(connection);
    while (*link != NULL && *link != attachment) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = attachment->next;
    }
    sort(connection, followed);
}

struct attachment *connection_attachment(const struct connection *connection,
                                         const struct attachment_type *type)
{
    struct attachment *attachment = connection->attachments;
    while (attachment != NULL && attachment->type != type) {
        attachment = attachment->next;
    }
    return attachment;
}

/* `next` stays valid, because an attachment detaches only itself, unless it ends the connection,
 * and that detaches all. */
void attachments_write(struct connection *connection)
{
    struct attachment *attachment = connection->attachments;
    while (attachment != NULL && connection_is_live(connection)) {
        struct attachment *next = attachment->next;
        attachment->type->drained(connection, attachment);
        attachment = connection->attachments == NULL ? NULL : next;
    }
}

void connection_answered(struct connection *connection, const struct batch *batch)
{
    for (struct attachment *attachment = connection->attachments; attachment != NULL;
         attachment = attachment->next) {
        if (attachment->type->answered != NULL) {
            attachment->type->answered(connection, attachment, batch);
        }
    }
}

void attachments_close(struct connection *connection)
{
    if (follows(connection)) {
        move_to(connection, &connection->all->others);
    }
    while (connection->attachments != NULL) {
        struct attachment *attachment = connection->attachments;
        connection->attachments = attachment->next;
        attachment->type->closed(connection, attachment);
    }
}
