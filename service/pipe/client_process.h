/* client_process.h: the process at the other end of a connection, for the limits per process and
 * user. */
#ifndef MSIWATCH_SERVICE_CLIENT_PROCESS_H
#define MSIWATCH_SERVICE_CLIENT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest identifier of a user: a SID on Windows, a uid elsewhere. */
#define CLIENT_USER_BYTES 68

/* The process that connected, if the system says which. */
struct client_process {
    uint32_t pid;    /* 0 if not known */
    bool known;      /* the process could be inspected, and the members below are valid */
    bool privileged; /* SYSTEM or an administrator; root elsewhere */
    uint8_t user_size;
    unsigned char user[CLIENT_USER_BYTES];
};

/* Returns the same number for all processes of a user; 0 for all whose user is not known. If two
 * users ever have the same number, they share the limits of one user. */
static inline uint64_t client_process_user(const struct client_process *client)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; client->known && i < client->user_size; i++) {
        hash = (hash ^ client->user[i]) * UINT64_C(0x100000001b3);
    }
    return client->known ? hash : 0;
}

#endif
