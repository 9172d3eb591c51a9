// C++, with the library: prints the state, waits until no installation is running, then prints every change.
#include <msiwatch.h>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>

template <class Struct> Struct sized() { Struct made{}; made.size = sizeof made; return made; }
void check(uint32_t code) { if (code != 0) throw std::system_error(int(code), std::system_category()); }

int main(int argc, char **argv) try { // [PIPE]
    static const char *const names[] = {"unknown", "idle", "busy"};
    auto options = sized<msiwatch_options>(); auto status = sized<msiwatch_status>();
    auto place = sized<msiwatch_subscription>(); auto event = sized<msiwatch_event>();
    options.pipe = argc > 1 ? argv[1] : nullptr;
    msiwatch *opened = nullptr; check(msiwatch_open(&options, &opened));
    std::unique_ptr<msiwatch, decltype(&msiwatch_close)> handle(opened, msiwatch_close);
    check(msiwatch_get_status(opened, 10000, &status));
    std::cout << "now " << names[status.state] << std::endl;
    check(msiwatch_wait(opened, MSIWATCH_IDLE, 0, 600000, &status, nullptr));
    event.seq = MSIWATCH_SEQ_LAST;
    for (std::string journal;; check(msiwatch_reconnect(opened, MSIWATCH_FOREVER))) { // after a restart
        uint32_t code = msiwatch_subscribe(opened, journal.empty() ? nullptr : journal.c_str(), event.seq, 10000, &place, &status);
        for (event.seq = event.seq == MSIWATCH_SEQ_LAST ? status.seq : event.seq, journal = place.journal;
             code == 0 && (code = msiwatch_next(opened, MSIWATCH_FOREVER, &event)) == 0;)
            if (event.kind == MSIWATCH_EVENT_TRANSITION) std::cout << names[event.from] << " to " << names[event.to] << std::endl;
            else if (event.kind == MSIWATCH_EVENT_RESET) journal = event.journal;
        if (code != 109) check(code); // 109: the service stopped
    }
} catch (const std::exception &error) { return std::cerr << "msiwatch: " << error.what() << '\n', 1; }
