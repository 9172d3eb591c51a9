/* client_process_win32.c: who is at the other end of a pipe, from the client process's token. */
#include "pipe/client_process_win32.h"

#include <string.h>

_Static_assert(PEER_USER_BYTES >= SECURITY_MAX_SID_SIZE, "a SID must fit");

/* The name of the account is not asked for: that may go over the network. */
static bool read_user(HANDLE token, struct peer *peer)
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
    if (length > PEER_USER_BYTES) {
        return false;
    }
    memcpy(peer->user, information.user.User.Sid, length);
    peer->user_size = (uint8_t)length;
    if (IsWellKnownSid(information.user.User.Sid, WinLocalSystemSid)) {
        peer->privileged = true;
    }
    return true;
}

/* Administrators whose token is filtered (not elevated) do not count: the group is deny-only. */
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

void peer_of_token(HANDLE token, struct peer *peer)
{
    memset(peer, 0, sizeof *peer);
    peer->known = read_user(token, peer);
    peer->privileged = peer->known && (peer->privileged || is_administrator(token));
}

void peer_of_process(uint32_t pid, struct peer *peer)
{
    HANDLE token;
    memset(peer, 0, sizeof *peer);
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    if (process != NULL && OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &token)) {
        peer_of_token(token, peer);
        CloseHandle(token);
    }
    if (process != NULL) {
        CloseHandle(process);
    }
    peer->pid = pid;
}

void peer_of_pipe(void *pipe, struct peer *peer)
{
    ULONG pid;
    memset(peer, 0, sizeof *peer);
    if (GetNamedPipeClientProcessId(pipe, &pid)) {
        peer_of_process((uint32_t)pid, peer);
    }
}
