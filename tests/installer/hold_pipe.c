/* hold_pipe.c: a client that asks once and then neither reads nor closes its handle. Prints "held".
 *
 *   hold-pipe \\.\pipe\NAME
 */
#include <stdio.h>
#include <string.h>

#include <windows.h>

int main(int argc, char **argv)
{
    static const char request[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n";
    DWORD size;
    if (argc != 2) {
        return ERROR_INVALID_PARAMETER;
    }
    HANDLE pipe = CreateFileA(argv[1], GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                              SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    if (pipe == INVALID_HANDLE_VALUE ||
        !WriteFile(pipe, request, (DWORD)strlen(request), &size, NULL)) {
        fprintf(stderr, "not held: error %lu\n", GetLastError());
        return 1;
    }
    printf("held\n");
    fflush(stdout);
    Sleep(INFINITE);
    return 0;
}
