/* map_file.c: maps a file until it is ended, as the Event Log service and Event Viewer map the file
 * with the words of events, and prints "mapped".
 *
 *   map-file FILE
 */
#include <stdio.h>

#include <windows.h>

#include <shellapi.h>

int main(void)
{
    int count;
    wchar_t **arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    if (arguments == NULL || count != 2) {
        return ERROR_INVALID_PARAMETER;
    }
    HMODULE data = LoadLibraryExW(arguments[1], NULL, LOAD_LIBRARY_AS_DATAFILE);
    HMODULE image = LoadLibraryExW(arguments[1], NULL, LOAD_LIBRARY_AS_IMAGE_RESOURCE);
    if (data == NULL || image == NULL) {
        fprintf(stderr, "not mapped: error %lu\n", GetLastError());
        return 1;
    }
    printf("mapped\n");
    fflush(stdout);
    Sleep(INFINITE);
    return 0;
}
