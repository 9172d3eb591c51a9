/* played_npfs.h: Windows' named pipe file system in memory, behind the table of
 * pipe/pipe_api_win32.h.
 *
 * Wine does not enforce FILE_FLAG_FIRST_PIPE_INSTANCE, descriptors, or what a name has taken over
 * from its first instance. This one plays what Microsoft documents [CreateNamedPipe, CreateFile,
 * ConnectNamedPipe, DisconnectNamedPipe, Named Pipe Instances, Named Pipe Security and Access
 * Rights] and what is reported from the field [go-winio 73 and 306, nng 1175]:
 *
 *   an instance     lives until both of its ends are closed; a client that keeps its handle keeps
 *                   the instance, and with it the name, after the server has gone
 *   the name        keeps owner, descriptor, type and number of instances of the first instance
 *                   as long as there is any; setting the descriptor by one instance sets all
 *   create          with FILE_FLAG_FIRST_PIPE_INSTANCE: ERROR_ACCESS_DENIED while there is any
 *                   instance. Without: the same if the descriptor does not grant
 *                   FILE_CREATE_PIPE_INSTANCE and what is asked for, or if type, access, number or
 *                   time-out are others; ERROR_PIPE_BUSY (231) when there are as many as there may
 *                   be
 *   open            ERROR_FILE_NOT_FOUND (2) without a name, ERROR_ACCESS_DENIED by the descriptor,
 *                   ERROR_PIPE_BUSY (231) when no instance is without a client
 *   connect         ERROR_PIPE_CONNECTED (535) when a client came before, ERROR_NO_DATA (232) when
 *                   it came and went; then the instance must be disconnected
 *   disconnect      parts the ends: what the client holds is no part of the instance any more
 *   security        reading needs READ_CONTROL, setting WRITE_DAC, in what the handle was opened
 *                   with
 *
 * Descriptors are checked with the system's AccessCheck, against this process' token. One name at a
 * time; any thread. Time is played. A handle that is closed twice, or used after, ends the process.
 */
#ifndef MSIWATCH_TESTS_PLAYED_NPFS_H
#define MSIWATCH_TESTS_PLAYED_NPFS_H

#include "pipe/pipe_api_win32.h"

#include <stdbool.h>
#include <stddef.h>

/* What tests set, and calls counted. Not while an acceptor runs. */
struct played_npfs {
    DWORD service_pid, service_error; /* the manager's word on the service */
    DWORD refuse_set;                 /* what SetSecurityInfo fails with */
    bool ignore_set;                  /* it succeeds and sets nothing */
    const char *owner;                /* of names to be created: "SY" */
    ULONGLONG now_ms;
    /* Called by each Sleep, after the time has passed; may call what is here. NULL: nothing. */
    void (*slept)(void);
    void (*asked)(void); /* likewise, by each question to the manager, before it answers */
    unsigned created, opened, set, asked_manager;
};

extern struct played_npfs played_npfs;
extern const struct pipe_api played_npfs_api;

/* No pipes, nothing set. */
void played_npfs_reset(void);

/* The DACL that the name has now, as text; the caller's to LocalFree. NULL if there is no name. */
char *played_npfs_dacl(void);

/* Instances of which the server's end is open, and all there are. */
size_t played_npfs_served(void);
size_t played_npfs_instances(void);

/* What another process does that serves the name with this descriptor; its ends, `count` of them,
 * are the caller's to close. */
void played_npfs_serve(const wchar_t *name, const char *sddl, HANDLE *ends, size_t count);

/* A client of the name, as CreateFile makes one; NULL with GetLastError. */
HANDLE played_npfs_come(const wchar_t *name);

#endif
