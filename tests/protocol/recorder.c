/* recorder.c: writes down what the connections of a test program get and send, when the
 * environment's MSIWATCH_TRAFFIC names a folder: one file per process, records of a line
 * "CONNECTION < BYTES" (it came) or "CONNECTION > BYTES" (it went), and the bytes. check.py reads
 * them.
 *
 * It stands between connections and their transport: the linker leads calls of connection_init,
 * connection_room and connection_received here (CMakeLists.txt). A connection of which too much was
 * written down is ended by "CONNECTION x 0". One thread, as connections are.
 */
#include "rpc/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define MOST_CONNECTIONS 8192u
#define MOST_OF_ONE (64u << 10) /* bytes of a connection */
#define MOST_OF_ALL (8u << 20)  /* bytes of a process */

/* What the linker calls the real ones, and ours. */
void __real_connection_init(struct connection *connection, struct connections *all,
                            const struct connection_io *io);
char *__real_connection_room(struct connection *connection, size_t *size);
void __real_connection_received(struct connection *connection, size_t size);
void __wrap_connection_init(struct connection *connection, struct connections *all,
                            const struct connection_io *io);
char *__wrap_connection_room(struct connection *connection, size_t *size);
void __wrap_connection_received(struct connection *connection, size_t size);

/* A connection's place, by its address; one that comes later to the same address takes it over. */
struct recorded {
    const struct connection *connection;
    struct connection_io io; /* the transport's, except for try_write and write */
    int (*try_write)(struct connection *connection, const char *data, size_t size);
    int (*write)(struct connection *connection, const char *data, size_t size);
    unsigned number;
    size_t bytes;
    const char *room;
};

static struct recorded *places;
static FILE *file;
static unsigned last_number;
static size_t all_bytes;

static struct recorded *place_of(const struct connection *connection)
{
    size_t at = (uintptr_t)connection / sizeof(void *) % MOST_CONNECTIONS;
    for (size_t i = 0; places != NULL && i < MOST_CONNECTIONS; i++) {
        struct recorded *place = &places[(at + i) % MOST_CONNECTIONS];
        if (place->connection == NULL || place->connection == connection) {
            return place;
        }
    }
    return NULL;
}

/* Kept even if the program is killed: nothing is buffered. */
static void put(const struct recorded *place, char way, const char *data, size_t size)
{
    char head[64];
    int length = snprintf(head, sizeof head, "%u %c %zu\n", place->number, way, size);
    if (fwrite(head, 1, (size_t)length, file) != (size_t)length ||
        fwrite(data, 1, size, file) != size) {
        perror("recorder");
        exit(1);
    }
}

static void record(struct recorded *place, char way, const char *data, size_t size)
{
    if (place->number == 0) {
        return;
    }
    place->bytes += size;
    all_bytes += size;
    if (place->bytes > MOST_OF_ONE || all_bytes > MOST_OF_ALL) {
        put(place, 'x', "", 0);
        place->number = 0;
        return;
    }
    put(place, way, data, size);
}

static int try_write_recorded(struct connection *connection, const char *data, size_t size)
{
    struct recorded *place = place_of(connection);
    int written = place->try_write(connection, data, size);
    if (written > 0) {
        record(place, '>', data, (size_t)written);
    }
    return written;
}

static int write_recorded(struct connection *connection, const char *data, size_t size)
{
    struct recorded *place = place_of(connection);
    int error = place->write(connection, data, size);
    if (error == 0) {
        record(place, '>', data, size);
    }
    return error;
}

static void begin(void)
{
    static bool begun;
    const char *folder = getenv("MSIWATCH_TRAFFIC");
    char path[512];
    if (begun || folder == NULL || folder[0] == '\0') {
        return;
    }
    begun = true;
    /* Process numbers come again. */
    snprintf(path, sizeof path, "%s/%ld-%llu", folder, (long)getpid(),
             (unsigned long long)uv_hrtime());
    file = fopen(path, "wbx");
    places = calloc(MOST_CONNECTIONS, sizeof *places);
    if (file == NULL || places == NULL || setvbuf(file, NULL, _IONBF, 0) != 0) {
        perror(path);
        exit(1);
    }
}

void __wrap_connection_init(struct connection *connection, struct connections *all,
                            const struct connection_io *io)
{
    begin();
    struct recorded *place = place_of(connection);
    if (place != NULL) {
        *place = (struct recorded){
            .connection = connection, .io = *io, .try_write = io->try_write, .write = io->write};
        place->io.try_write = io->try_write == NULL ? NULL : try_write_recorded;
        place->io.write = write_recorded;
        place->number = all_bytes < MOST_OF_ALL ? ++last_number : 0;
        io = &place->io;
    }
    __real_connection_init(connection, all, io);
}

char *__wrap_connection_room(struct connection *connection, size_t *size)
{
    char *room = __real_connection_room(connection, size);
    struct recorded *place = place_of(connection);
    if (place != NULL) {
        place->room = room;
    }
    return room;
}

void __wrap_connection_received(struct connection *connection, size_t size)
{
    struct recorded *place = place_of(connection);
    if (place != NULL && size > 0) {
        record(place, '<', place->room, size);
    }
    __real_connection_received(connection, size);
}
