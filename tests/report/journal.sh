#!/usr/bin/env bash
# journal.sh PERIODS END_MS: the events of a busy week that ends at END_MS (milliseconds since 1970
# UTC), as lines for journal-fill: this many busy periods, with what was installed in them; some
# time in which nobody watched; and names that no page may trust.
set -euo pipefail

exec awk -v periods="$1" -v end="$2" -v BINMODE=3 '
function say(at, members) { printf "%.0f %s\n", at, members; seq++ }
function transition(at, from, to, after) {
    say(at, sprintf("\"kind\":\"transition\",\"from\":\"%s\",\"to\":\"%s\",\"reasons\":[%s]," \
        "\"after_ms\":%s", from, to, to == "busy" ? "\"mutex\"" : "", after == "" ? "null" : after))
}
BEGIN {
    srand(6) # the same each time
    count = split("Example Suite|Contoso Agent|Fabrikam VPN Client|<script>alert(1)</script>|" \
        "<img src=x onerror=alert(2)>|\\u05e9\\u05dc\\u05d5\\u05dd \\u05e2\\u05d5\\u05dc\\u05dd|" \
        "\\u202egpj.exe\\u202c|Q\\u0026A \\\"Tool\\\" \\u0027x\\u0027 \\u0026amp;|" \
        "\\u4e16\\u754c|Northwind Reader|Tailspin Toys|Wide World Importers", names, "|")
    week = 7 * 86400000
    begin = end - week + 600000 # nothing is known of the first ten minutes
    step = int((week - 1200000) / periods)
    transition(at = begin, "unknown", "idle", "")
    for (i = 0; i < periods; i++) {
        if (i == int(periods * 0.4)) { # nobody watches for two hours
            transition(at + 10, "idle", "unknown", 10)
            at += 7200000
            transition(at, "unknown", "idle", "")
        }
        slot = begin + i * step
        wait = int(step * (0.1 + 0.4 * rand())) + (slot > at ? slot - at : 0)
        hold = int(step * (0.02 + 0.4 * rand() * rand()))
        if (i == int(periods * 0.7)) { hold = 5400000 } # the longest
        transition(at += wait, "idle", "busy", wait)
        of = seq
        transition(at += hold, "busy", "idle", hold)
        if (i % 10 != 9) { # of some, nothing is learnt
            name = names[1 + int(count * rand() * rand())]
            say(at + 5, sprintf("\"kind\":\"install\",\"of\":%d,\"install\":{\"source\":\"eventlog\"," \
                "\"product\":\"%s\",\"version\":\"%d.%d.%d\",\"package\":\"example.msi\"," \
                "\"result\":\"%s\",\"status\":%d,\"reboot\":\"none\"}", of, name, 1 + i % 9, i % 4,
                i % 1000, i % 37 == 0 ? "failure" : "success", i % 37 == 0 ? 1603 : 0))
        }
    }
    transition(at + 1000, "idle", "unknown", 1000)
}'
