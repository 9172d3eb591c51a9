/* C, with the library: prints the state, waits until no installation runs, prints every change. */
#include <msiwatch.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) /* [PIPE] */
{
    static const char *const names[] = {"unknown", "idle", "busy"};
    struct msiwatch_options options = {.size = sizeof options, .pipe = argc > 1 ? argv[1] : NULL};
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_subscription place = {.size = sizeof place};
    struct msiwatch_event event = {.size = sizeof event, .seq = MSIWATCH_SEQ_LAST};
    struct msiwatch *handle;
    uint32_t code = msiwatch_open(&options, &handle);
    code = code != 0 ? code : msiwatch_get_status(handle, 10000, &status);
    printf("now %s\n", names[status.state]), fflush(stdout);
    code = code != 0 ? code : msiwatch_wait(handle, MSIWATCH_IDLE, 0, 600000, &status, NULL);
    while (code == 0) { /* after a restart of the service, continue from the last event seen */
        const char *journal = place.journal[0] != '\0' ? place.journal : NULL;
        code = msiwatch_subscribe(handle, journal, event.seq, 10000, &place, &status);
        event.seq = event.seq == MSIWATCH_SEQ_LAST ? status.seq : event.seq;
        while (code == 0 && (code = msiwatch_next(handle, MSIWATCH_FOREVER, &event)) == 0)
            if (event.kind == MSIWATCH_EVENT_TRANSITION)
                printf("%s to %s\n", names[event.from], names[event.to]), fflush(stdout);
            else if (event.kind == MSIWATCH_EVENT_RESET)
                memcpy(place.journal, event.journal, 40);
        code = code == 109 ? msiwatch_reconnect(handle, MSIWATCH_FOREVER) : code;
    }
    return fprintf(stderr, "msiwatch: error %u\n", (unsigned)code), (int)code;
}
