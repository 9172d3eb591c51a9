// state.cpp: prints the state of the service, in C++, without a C library.
#include <msiwatch.h>

extern "C" {
__declspec(dllimport) void *GetStdHandle(uint32_t which);
__declspec(dllimport) int WriteFile(void *file, const void *data, uint32_t size, uint32_t *written,
                                    void *overlapped);
[[noreturn]] __declspec(dllimport) void ExitProcess(uint32_t code);
void mainCRTStartup();
}

namespace {

class Client {
public:
    Client()
    {
        static msiwatch_options options = {};
        options.size = sizeof options;
        code_ = msiwatch_open(&options, &handle_);
    }
    ~Client() { msiwatch_close(handle_); }
    uint32_t ask(msiwatch_status &status)
    {
        status.size = sizeof status;
        return code_ != 0 ? code_ : msiwatch_get_status(handle_, 10000, &status);
    }

private:
    msiwatch *handle_ = nullptr;
    uint32_t code_;
};

uint32_t show()
{
    static const char *const lines[] = {"now unknown\n", "now idle\n", "now busy\n"};
    static msiwatch_status status = {};
    Client client;
    const uint32_t code = client.ask(status);
    if (code != 0)
        return code;
    const char *text = lines[status.state];
    uint32_t size = 0, written;
    while (text[size] != '\0')
        size++;
    WriteFile(GetStdHandle(static_cast<uint32_t>(-11)), text, size, &written, nullptr);
    return 0;
}

} // namespace

extern "C" void mainCRTStartup()
{
    ExitProcess(show());
}
