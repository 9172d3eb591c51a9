/* codes.h: the Win32 error codes that the client uses, under names that exist on every system.
 * msiwatch.h says what each means. */
#ifndef MSIWATCH_CLIENT_CODES_H
#define MSIWATCH_CLIENT_CODES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CODE_OK = 0,
    CODE_NO_SUBSCRIPTION = 1,   /* ERROR_INVALID_FUNCTION */
    CODE_NO_FILE = 2,           /* ERROR_FILE_NOT_FOUND */
    CODE_NO_PATH = 3,           /* ERROR_PATH_NOT_FOUND */
    CODE_DENIED = 5,            /* ERROR_ACCESS_DENIED */
    CODE_BAD_DATA = 13,         /* ERROR_INVALID_DATA */
    CODE_NO_MEMORY = 14,        /* ERROR_OUTOFMEMORY */
    CODE_IDLE_UNKNOWN = 21,     /* ERROR_NOT_READY */
    CODE_WRITE_FAULT = 29,      /* ERROR_WRITE_FAULT */
    CODE_NOT_SUPPORTED = 50,    /* ERROR_NOT_SUPPORTED */
    CODE_BAD_PARAMETER = 87,    /* ERROR_INVALID_PARAMETER */
    CODE_LOST = 109,            /* ERROR_BROKEN_PIPE */
    CODE_DISK_FULL = 112,       /* ERROR_DISK_FULL */
    CODE_IN_USE = 170,          /* ERROR_BUSY */
    CODE_EXISTS = 183,          /* ERROR_ALREADY_EXISTS */
    CODE_PIPE_BUSY = 231,       /* ERROR_PIPE_BUSY */
    CODE_NO_MORE = 259,         /* ERROR_NO_MORE_ITEMS */
    CODE_IS_FOLDER = 336,       /* ERROR_DIRECTORY_NOT_SUPPORTED */
    CODE_NOT_ACTIVE = 1062,     /* ERROR_SERVICE_NOT_ACTIVE */
    CODE_NOT_OWNER = 288,       /* ERROR_NOT_OWNER */
    CODE_NEEDS_ELEVATION = 740, /* ERROR_ELEVATION_REQUIRED */
    CODE_DEADLOCK = 1131,       /* ERROR_POSSIBLE_DEADLOCK */
    CODE_CANCELLED = 1223,      /* ERROR_CANCELLED */
    CODE_RETRY = 1237,          /* ERROR_RETRY */
    CODE_INTERNAL = 1359,       /* ERROR_INTERNAL_ERROR */
    CODE_TIMEOUT = 1460,        /* ERROR_TIMEOUT */
    CODE_BUSY = 1618,           /* ERROR_INSTALL_ALREADY_RUNNING */
    CODE_OVER_LIMIT = 1816,     /* ERROR_NOT_ENOUGH_QUOTA */
    CODE_NOT_CONNECTED = 2250   /* ERROR_NOT_CONNECTED */
};

/* Whether the connection was lost in a way that reconnecting may solve. */
static inline bool code_is_lost(uint32_t code)
{
    return code == CODE_LOST || code == CODE_NOT_CONNECTED || code == CODE_NOT_ACTIVE ||
           code == CODE_PIPE_BUSY;
}

#endif
