/* played_npfs.h: simulates Windows' named pipe file system in memory, behind the table of
 * pipe/pipe_api_win32.h.
 *
 * Wine does not enforce FILE_FLAG_FIRST_PIPE_INSTANCE, security descriptors, or what a name keeps
 * from its first instance. This simulation does what Microsoft documents [CreateNamedPipe,
 * CreateFile, ConnectNamedPipe, DisconnectNamedPipe, Named Pipe Instances, Named Pipe Security and
 * Access Rights] and what users have reported [go-winio 73 and 306, nng 1175]:
 *
 *   an instance     lives until both of its ends are closed; a client that keeps its handle keeps
 *                   the instance, and with it the name, after the server has gone
 *   the name        keeps owner, descriptor, type and number of instances of the first instance
 *                   as long as there is any; setting the descriptor on one instance sets it for all
 *   create          with FILE_FLAG_FIRST_PIPE_INSTANCE: ERROR_ACCESS_DENIED while there is any
 *                   instance. Without it: the same if the descriptor does not grant
 *                   FILE_CREATE_PIPE_INSTANCE and the requested rights, or if type, access, number
 *                   or time-out differ; ERROR_PIPE_BUSY (231) if the number of instances is reached
 *   open            ERROR_FILE_NOT_FOUND (2) without a name, ERROR_ACCESS_DENIED by the descriptor,
 *                   ERROR_PIPE_BUSY (231) if every instance has a client
 *   connect         ERROR_PIPE_CONNECTED (535) if a client came before, ERROR_NO_DATA (232) if it
 *                   came and went; then the instance must be disconnected
 *   disconnect      separates the ends: the client's end no longer belongs to the instance
 *   security        reading needs READ_CONTROL, setting WRITE_DAC, in the rights with which the
 *                   handle was opened
 *
 * The system's AccessCheck checks descriptors, with this process' token. One name at a time; any
 * thread. Time is simulated. If a handle is closed twice, or used after it was closed, the process
 * ends.
 */
#ifndef MSIWATCH_TESTS_PLAYED_NPFS_H
#define MSIWATCH_TESTS_PLAYED_NPFS_H

#include "pipe/pipe_api_win32.h"

#include <stdbool.h>
#include <stddef.h>

/* What tests set, and calls that are counted. Do not touch it while an acceptor runs. */
struct played_npfs {
    DWORD service_pid, service_error; /* what the service control manager says about the service */
    DWORD refuse_set;                 /* the error with which SetSecurityInfo fails */
    bool ignore_set;                  /* SetSecurityInfo succeeds and sets nothing */
    const char *owner;                /* of names that will be created: "SY" */
    ULONGLONG now_ms;
    /* Called by each Sleep, after the time has passed; may call the functions here. NULL:
     * nothing. */
    void (*slept)(void);
    void (*asked)(void); /* the same, for each query of the service control manager, before it
                          * answers */
    unsigned created, opened, set, asked_manager;
};

extern struct played_npfs played_npfs;
extern const struct pipe_api played_npfs_api;

/* Removes all pipes and all settings. */
void played_npfs_reset(void);

/* The current DACL of the name, as text, which the caller frees with LocalFree. NULL: there is no
 * such name. */
char *played_npfs_dacl(void);

/* How many instances have an open server end, and how many there are in all. */
size_t played_npfs_served(void);
size_t played_npfs_instances(void);

/* Acts as another process that serves the name with this descriptor. The caller closes its ends, of
 * which there are `count`. */
void played_npfs_serve(const wchar_t *name, const char *sddl, HANDLE *ends, size_t count);

/* Connects a client to the name, as CreateFile does; NULL: GetLastError says why. */
HANDLE played_npfs_come(const wchar_t *name);

#endif
