/* client_process.h: the process at the other end of a connection, for accounting. */
#ifndef MSIWATCH_SERVICE_CLIENT_PROCESS_H
#define MSIWATCH_SERVICE_CLIENT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest name of a user: a SID on Windows, a uid elsewhere. */
#define CLIENT_USER_BYTES 68

/* Who connected, if the system says. */
struct client_process {
    uint32_t pid;    /* 0 when not known */
    bool known;      /* its process could be looked at, and what follows is right */
    bool privileged; /* SYSTEM or an administrator; root elsewhere */
    uint8_t user_size;
    unsigned char user[CLIENT_USER_BYTES];
};

/* The same number for all of one user; 0 for all whose user is not known. Should two users ever
 * have the same, they share what each user has a part of. */
static inline uint64_t client_process_user(const struct client_process *client)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; client->known && i < client->user_size; i++) {
        hash = (hash ^ client->user[i]) * UINT64_C(0x100000001b3);
    }
    return client->known ? hash : 0;
}

#endif
