#!/usr/bin/env bash
# week.sh DAYS END_MS [now]: the events of DAYS days of an office machine, which end at END_MS
# (milliseconds since 1970 UTC), as lines for journal-fill: agents that update themselves at night,
# software that people and a deployment system install by day, with failures, restarts, a collision,
# turns that were waited for, and an installer that stalled. With "now" the last installation still
# runs.
set -euo pipefail

exec awk -v days="$1" -v end="$2" -v now="${3:-}" -v BINMODE=3 '
function say(at, members) { printf "%.0f %s\n", at, members; seq++ }
function transition(at, from, to, after) {
    say(at, sprintf("\"kind\":\"transition\",\"from\":\"%s\",\"to\":\"%s\",\"reasons\":[%s]," \
        "\"after_ms\":%s", from, to, to == "busy" ? "\"mutex\"" : "", after == "" ? "null" : after))
}
function utc(ms,   s) { s = strftime("%Y-%m-%dT%H:%M:%S", int(ms / 1000), 1)
    return sprintf("%s.%03dZ", s, ms % 1000) }
# One installation that begins at `at` and takes `hold` ms.
function install(at, hold, product, version, package, action, result, code, reboot, by, pid,   of) {
    transition(at, "idle", "busy", at - last)
    of = seq
    if (still > 0) {
        say(at + hold - 60000 - still + 300000, sprintf("\"kind\":\"activity\",\"of\":%d," \
            "\"stalled\":true,\"last_at\":\"%s\",\"still_ms\":300000,\"processes\":3", of,
            utc(at + hold - 60000 - still)))
        say(at + hold - 60000, sprintf("\"kind\":\"activity\",\"of\":%d,\"stalled\":false," \
            "\"last_at\":\"%s\",\"still_ms\":%d,\"processes\":3", of, utc(at + hold - 60000), still))
    }
    transition(at + hold, "busy", "idle", hold)
    last = at + hold
    outcome(at, of, at + hold + 700, product, version, package, action, result, code, reboot, by, pid)
    still = 0
}
function outcome(began, of, at, product, version, package, action, result, code, reboot, by, pid) {
    say(at, sprintf("\"kind\":\"install\",\"of\":%s,\"install\":{\"source\":\"eventlog\"," \
        "\"product\":\"%s\",\"version\":\"%s\",\"package\":\"%s\",\"user\":\"S-1-5-18\"," \
        "\"client_pid\":%d,\"started_at\":\"%s\",\"trusted\":true,\"started_by\":%s,\"chain\":[" \
        "{\"pid\":%d,\"image\":\"C:\\\\Windows\\\\System32\\\\msiexec.exe\",\"session\":0}," \
        "{\"pid\":%d,\"image\":\"%s\",\"session\":0}],\"action\":\"%s\",\"result\":\"%s\"," \
        "\"status\":%d,\"reboot\":\"%s\",\"further\":0", of == 0 ? "null" : of, product, version,
        package, pid + 8, utc(began), by == "" ? "null" : "{\"pid\":" pid ",\"image\":\"" by \
        "\",\"session\":0}", pid + 8, pid, by, action, result, code, reboot) "}")
}
function turn(granted, at, waited, label, image, pid, code) {
    say(at, sprintf("\"kind\":\"turn\",\"turn\":{\"turn\":%d,\"label\":\"%s\",\"pid\":%d," \
        "\"image\":\"%s\",\"class\":\"normal\",\"since\":\"%s\",\"waited_ms\":%d,\"held_ms\":%d," \
        "\"ended\":\"released\",\"exit_code\":%d,\"collisions\":0,\"blind\":false}", ++turns, label,
        pid, image, utc(granted), waited, at - granted, code))
}
BEGIN {
    srand(11)
    minute = 60000; hour = 60 * minute; day = 24 * hour
    ccm = "C:\\\\Windows\\\\CCM\\\\CcmExec.exe"
    intune = "C:\\\\Program Files (x86)\\\\Intune\\\\Agent.exe"
    winget = "C:\\\\Users\\\\kim\\\\AppData\\\\Local\\\\winget.exe"
    explorer = "C:\\\\Windows\\\\explorer.exe"
    midnight = end - end % day
    first = midnight - (days - 1) * day
    transition(last = first, "unknown", "idle", "")
    split("Northwind Reader|Fabrikam VPN Client|Tailspin Toys Desktop|Wide World Importers ERP|" \
        "Litware Office Add-in", names, "|")
    for (d = 0; d < days; d++) {
        at = first + d * day
        weekday = int(at / day + 3) % 7 # 0: Monday
        # The agent, each night at two; in the last night it failed.
        bad = d == days - 1 || rand() < 0.04
        install(at + 2 * hour + int(rand() * 10 * minute), int((1 + rand() * 3) * minute),
            "Contoso Agent", "4.2." d, "contoso-agent-setup-x64.msi", d == days - 1 ? "update" : "install",
            bad ? "failure" : "success", bad ? 1603 : 0, "none", intune, 2000 + d)
        if (weekday == 5) { continue } # a Saturday
        if (d % 9 == 4) { # nobody watches for three hours
            transition(at + 4 * hour, "idle", "unknown", at + 4 * hour - last)
            transition(last = at + 7 * hour, "unknown", "idle", 3 * hour)
        }
        t = at + 8 * hour
        for (i = 0; i < (weekday == 6 ? 1 : 3 + int(rand() * 4)); i++) {
            t += int((20 + rand() * 90) * minute)
            hold = int((0.3 + rand() * rand() * 25) * minute)
            if (t + hold + 5 * minute > end - 2 * hour) { break }
            k = 1 + int(rand() * rand() * 5)
            roll = rand()
            by = roll < 0.5 ? ccm : roll < 0.8 ? winget : explorer
            waits = by == winget && i > 0
            if (waits) { t = last + 5000 } # for what was before it
            failed = rand() < 0.06
            restart = !failed && rand() < 0.08
            if (d == days - 2 && i == 1) { still = 37 * minute; hold = 48 * minute; k = 4; by = ccm }
            if (d == days - 3 && i == 1) { # one that could not begin
                install(t, hold, names[k], "7." d, "setup.msi", "install", "success", 0, "none", by, 4000)
                outcome(t + int(hold / 2), seq - 2, t + hold + 900, "Tailspin Toys Desktop", "2.0",
                    "tailspin.msi", "install", "collision", 1618, "none", explorer, 5000 + i)
            } else {
                install(t, hold, names[k], "7." d, k == 3 ? "tailspin_toys_desktop_installer_" \
                    "enterprise_edition.msi" : "setup.msi", rand() < 0.1 ? "remove" : "install",
                    failed ? "failure" : "success", failed ? 1603 : restart ? 3010 : 0,
                    restart ? "required" : "none", by, 3000 + i)
            }
            if (waits) {
                turn(t - 2000, t + hold + 2000, int(3000 + before * (0.2 + 0.8 * rand())), "winget",
                    winget, 3000 + i, failed ? 1603 : 0)
            }
            t += before = hold
        }
    }
    if (now != "") { transition(end - 3 * minute, "idle", "busy", end - 3 * minute - last) }
}'
