/* client_process.h: the process at the other end of a connection, for accounting. */
#ifndef MSIWATCH_SERVICE_CLIENT_PROCESS_H
#define MSIWATCH_SERVICE_CLIENT_PROCESS_H

#include <stdbool.h>
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

#endif
