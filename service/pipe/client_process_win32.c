/* client_process_win32.c: reads the user at the other end of a pipe from the client process's
 * token. */
#include "pipe/client_process_win32.h"

#include <string.h>

_Static_assert(CLIENT_USER_BYTES >= SECURITY_MAX_SID_SIZE, "a SID must fit");

/* Does not ask for the name of the account, because that could use the network. */
static bool read_user(HANDLE token, struct client_process *client)
{
    union {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } information;
    DWORD size;
    if (!GetTokenInformation(token, TokenUser, &information, sizeof information, &size)) {
        return false;
    }
    DWORD length = GetLengthSid(information.user.User.Sid);
    if (length > CLIENT_USER_BYTES) {
        return false;
    }
    memcpy(client->user, information.user.User.Sid, length);
    client->user_size = (uint8_t)length;
    if (IsWellKnownSid(information.user.User.Sid, WinLocalSystemSid)) {
        client->privileged = true;
    }
    return true;
}

/* Administrators whose token is filtered (not elevated) do not count, because the group is
 * deny-only. */
static bool is_administrator(HANDLE token)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    HANDLE copy;
    BOOL member = FALSE;
    if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size) ||
        !DuplicateTokenEx(token, TOKEN_QUERY, NULL, SecurityIdentification, TokenImpersonation,
                          &copy)) {
        return false;
    }
    if (!CheckTokenMembership(copy, sid, &member)) {
        member = FALSE;
    }
    CloseHandle(copy);
    return member != FALSE;
}

void client_process_of_token(HANDLE token, struct client_process *client)
{
    memset(client, 0, sizeof *client);
    client->known = read_user(token, client);
    client->privileged = client->known && (client->privileged || is_administrator(token));
}

void client_process_of_process(uint32_t pid, struct client_process *client)
{
    HANDLE token;
    memset(client, 0, sizeof *client);
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    if (process != NULL && OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &token)) {
        client_process_of_token(token, client);
        CloseHandle(token);
    }
    if (process != NULL) {
        CloseHandle(process);
    }
    client->pid = pid;
}

void client_process_of_pipe(void *pipe, struct client_process *client)
{
    ULONG pid;
    memset(client, 0, sizeof *client);
    if (GetNamedPipeClientProcessId(pipe, &pid)) {
        client_process_of_process((uint32_t)pid, client);
    }
}
