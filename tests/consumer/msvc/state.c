/* state.c: prints the state of the service, without a C library. */
#include <msiwatch.h>
#include <stddef.h>

__declspec(dllimport) void *GetStdHandle(uint32_t which);
__declspec(dllimport) int WriteFile(void *file, const void *data, uint32_t size, uint32_t *written,
                                    void *overlapped);
__declspec(dllimport) _Noreturn void ExitProcess(uint32_t code);

static void say(const char *text)
{
    uint32_t size = 0, written;
    while (text[size] != '\0')
        size++;
    WriteFile(GetStdHandle((uint32_t)-11), text, size, &written, NULL);
}

static struct msiwatch_options options = {.size = sizeof options};
static struct msiwatch_status status = {.size = sizeof status};

void mainCRTStartup(void);
void mainCRTStartup(void)
{
    static const char *const lines[] = {"now unknown\n", "now idle\n", "now busy\n"};
    struct msiwatch *handle;
    uint32_t code = msiwatch_open(&options, &handle);
    if (code == 0) {
        code = msiwatch_get_status(handle, 10000, &status);
        msiwatch_close(handle);
    }
    if (code == 0)
        say(lines[status.state]);
    ExitProcess(code);
}
