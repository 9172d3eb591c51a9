#!/usr/bin/env python3
"""sizing_test.py MSIWATCH-SIM JOURNAL-FILL: what one machine makes, and what a fleet of them does.

Prints the figures, and holds the tables of installer/fleet/README.md against them. Measured: the
metrics' file and the entries of Windows' event log are those of msiwatch-sim, through an installation
from its start to its stop; the journals are those of journal-fill. Two kinds of day: one of an office
machine's busy week (tests/report/week.sh), and the one on which a machine is set up.
"""
import gzip
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLEET = ROOT / "installer/fleet"
END_MS = 1795863600000  # 2026-11-28T11:00:00Z
MINUTE = 60000
SCRAPES = 1440  # a day: one a minute
SAMPLE_BYTES = 1.5  # on Prometheus's disk, between the 1 and 2 of its documentation
SETUP_INSTALLATIONS, SETUP_RESTARTS = 150, 6

# An entry as the event log gives it to a collector, rendered; what a Windows machine fills in is as
# long as there.
ENTRY = """<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
<Provider Name='MsiWatch'/><EventID Qualifiers='16384'>{id}</EventID><Version>0</Version>\
<Level>4</Level><Task>0</Task><Opcode>0</Opcode><Keywords>0x80000000000000</Keywords>\
<TimeCreated SystemTime='2026-11-28T11:00:00.1234567Z'/><EventRecordID>123456</EventRecordID>\
<Correlation/><Execution ProcessID='0' ThreadID='0'/><Channel>Application</Channel>\
<Computer>pc-000001.corp.example.com</Computer><Security/></System><EventData>{data}</EventData>\
<RenderingInfo Culture='en-US'><Message>{words}</Message><Level>Information</Level><Task></Task>\
<Opcode></Opcode><Channel></Channel><Provider></Provider><Keywords><Keyword>Classic</Keyword>\
</Keywords></RenderingInfo></Event>"""


def must(condition, what):
    if not condition:
        raise SystemExit("sizing: FAILED: " + what)


def play(sim, folder):
    """The metrics' file, and the event log's entries as lists of texts, of one installation."""
    file = folder / "metrics/msiwatch.prom"
    file.parent.mkdir(mode=0o755)
    (folder / "data").mkdir()
    process = subprocess.Popen(
        [sim, "--pipe", str(folder / "socket"), "--data", str(folder / "data"),
         "--metrics-textfile", str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=dict(os.environ, MSIWATCH_SIM_EVENTS="1"))
    must(process.stdout.readline() == "ready\n", "msiwatch-sim does not start")
    for command in ("mutex held 4242 7", "mutex free", "exit"):
        time.sleep(0.3)  # each state is seen
        process.stdin.write(command + "\n")
        process.stdin.flush()
    words = process.communicate(timeout=60)[1]
    entries = {}
    for number, texts in re.findall(r"^event (\d+): ?(.*)$", words, re.M):
        entries.setdefault(int(number), []).append(texts.split("|"))
    return file.read_bytes(), entries


def rendered(number, texts, messages):
    words = re.sub(r"%(\d)", lambda m: texts[int(m.group(1)) - 1], messages[number])
    return ENTRY.format(id=number, data="".join("<Data>%s</Data>" % t for t in texts), words=words)


def week(days):
    return subprocess.run([ROOT / "tests/report/week.sh", str(days), str(END_MS)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def setting_up():
    """The day on which a machine is set up: one installation after the other, each in its turn."""
    lines, at, seq = [], END_MS - 10 * 60 * MINUTE, 0

    def say(members):
        nonlocal seq
        lines.append("%d %s\n" % (at, members))
        seq += 1

    def change(old, new, after):
        say('"kind":"transition","from":"%s","to":"%s","reasons":[%s],"after_ms":%d' % (
            old, new, '"mutex"' if new == "busy" else "", after))

    for i in range(SETUP_INSTALLATIONS):
        if i % (SETUP_INSTALLATIONS // SETUP_RESTARTS) == 0:
            change("idle", "unknown", 60000)
            at += 2 * MINUTE
            change("unknown", "idle", 2 * MINUTE)
        at += 8000
        change("idle", "busy", 8000)
        of, hold = seq - 1, 30000 + i * 7919 % 90000
        at += hold
        change("busy", "idle", hold)
        say('"kind":"install","of":%d,"install":{"source":"eventlog","product":"Contoso Application '
            '%d","version":"%d.%d.1200","package":"C:\\\\ProgramData\\\\Contoso\\\\Deploy\\\\'
            'application-%d-x64.msi","user":"S-1-5-18","client_pid":%d,"started_at":'
            '"2026-11-28T01:00:00.000Z","product_code":"{4EF1CF0A-2AE0-4DC0-9A5A-%012d}",'
            '"trusted":true,"started_by":{"pid":%d,"image":"C:\\\\Windows\\\\CCM\\\\CcmExec.exe",'
            '"session":0},"chain":[{"pid":%d,"image":"C:\\\\Windows\\\\System32\\\\msiexec.exe",'
            '"session":0},{"pid":%d,"image":"C:\\\\Windows\\\\CCM\\\\CcmExec.exe","session":0}],'
            '"action":"install","result":"success","status":0,"reboot":"none","further":0}' % (
                of, i, 1 + i % 9, i % 4, i, 3000 + i, i, 900, 3000 + i, 900))
        say('"kind":"turn","turn":{"turn":%d,"label":"Contoso Application %d","pid":%d,"image":'
            '"C:\\\\Windows\\\\CCM\\\\CcmExec.exe","class":"normal","since":'
            '"2026-11-28T01:00:00.000Z","waited_ms":12,"held_ms":%d,"ended":"released",'
            '"exit_code":0,"collisions":0,"blind":false}' % (i + 1, i, 900, hold + 2000))
    return "".join(lines)


def journal_bytes(fill, lines, folder):
    folder.mkdir()
    subprocess.run([fill, str(folder)], input=lines, text=True, check=True,
                   stdout=subprocess.DEVNULL)
    return sum(file.stat().st_size for file in folder.iterdir())


def changes(lines):
    return lines.count('"kind":"transition"')


def measure(sim, fill):
    """The figures of one machine: of any day, and of the two kinds of days."""
    mc = (ROOT / "service/eventlog/messages.mc").read_text()
    messages = {int(number): words.strip() for number, words in re.findall(
        r"MessageId=(\d+)\n.*?Language=English\n(.*?)\n\.\n", mc, re.S)}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        text, entries = play(sim, folder)
        series = [line for line in text.decode().splitlines() if not line.startswith("#")]
        sizes = {number: sum(len(rendered(number, texts, messages)) for texts in all) / len(all)
                 for number, all in entries.items()}
        must({100, 101, 500, 501, 502} <= set(sizes), "entries are missing: %s" % sorted(sizes))
        start = {100: 1, 500: 1, 502: 1, 101: 1}  # a start and a stop of the service
        start_bytes = sum(sizes[number] for number in start)
        change_bytes = (sizes[500] + sizes[501]) / 2
        usual, more, single = week(7), week(35), setting_up()
        least = journal_bytes(fill, usual.splitlines(True)[0], folder / "least")
        days = {
            "busy": {
                "events": changes(usual) / 7 + len(start),
                "forwarded": changes(usual) / 7 * change_bytes + start_bytes,
                "journal": (journal_bytes(fill, more, folder / "more") -
                            journal_bytes(fill, usual, folder / "usual")) / 28},
            "setup": {
                "events": 2 * SETUP_INSTALLATIONS + len(start) * SETUP_RESTARTS,
                "forwarded": 2 * SETUP_INSTALLATIONS * change_bytes + SETUP_RESTARTS * start_bytes,
                "journal": journal_bytes(fill, single, folder / "setup") - least}}
    return {"series": series, "scrape": len(text), "zipped": len(gzip.compress(text, 6)), **days}


def number(text):
    found = re.search(r"[\d,]+(\.\d+)?", text)
    must(found, "no number in %r" % text)
    return float(found.group().replace(",", ""))


def rows(section):
    """The tables' rows by their first cell."""
    return {cells[0]: cells[1:] for line in section.splitlines() if line.startswith("|")
            for cells in [[cell.strip() for cell in line.strip("|").split("|")]]}


FAULTS = []


def near(what, written, measured, tolerance):
    """Within that part of what was measured; 0: the same."""
    good = abs(number(written) - measured) <= tolerance * measured
    line = "%s: %s is written, %.4g measured" % (what, written, measured)
    print("sizing: " + line)
    FAULTS.extend([] if good else [line])


def kept_series(series, section):
    """How many of the series pass the README's metric_relabel_configs."""
    drops = re.findall(r"regex: '?([^'\n]+)'?", section)
    must(drops, "no metric_relabel_configs")
    pattern = re.compile("|".join("(?:%s)" % drop for drop in drops))
    left = []
    for line in series:
        name, labels = re.match(r"(\w+)(?:\{(.*)\})? ", line).groups()
        result = re.search(r'result="(\w+)"', labels or "")
        operation = re.search(r'operation="(\w+)"', labels or "")
        joined = ";".join([name, operation.group(1) if operation else "",
                           result.group(1) if result else ""])
        if not pattern.fullmatch(joined):
            left.append(line)
    return left


def main():
    sim, fill = sys.argv[1:3]
    one = measure(sim, fill)
    readme = (FLEET / "README.md").read_text()
    section = readme[readme.index("## How much data a fleet produces"):]
    table = rows(section)
    busy, setup = one["busy"], one["setup"]
    near("series", table["series"][0], len(one["series"]), 0)
    near("a scrape", table["bytes per scrape"][0], one["scrape"], 0.05)
    near("a scrape, gzip", table["bytes per scrape, gzip"][0], one["zipped"], 0.05)
    for i, day in enumerate((busy, setup)):
        near("events", table["events forwarded"][i], day["events"], 0.1)
        near("forwarded", table["kB forwarded"][i], day["forwarded"] / 1e3, 0.1)
        near("the journal", table["kB added to the journal"][i], day["journal"] / 1e3, 0.15)

    left = len(kept_series(one["series"], section))
    near("series left", re.search(r"(\d+) of the \d+ series remain", section).group(1), left, 0)
    for i, machines in enumerate((1000, 10000, 100000)):
        must(table["machines"][i] == "{:,}".format(machines), "the fleets are others")
        for name, value in (
                ("series in Prometheus", len(one["series"]) * machines),
                ("samples per second", len(one["series"]) * machines * SCRAPES / 86400),
                ("MB scraped per minute, gzip", one["zipped"] * machines / 1e6),
                ("GB per day on Prometheus's disk",
                 len(one["series"]) * machines * SCRAPES * SAMPLE_BYTES / 1e9),
                ("events forwarded per day", busy["events"] * machines),
                ("GB forwarded per day", busy["forwarded"] * machines / 1e9),
                ("series after the cuts below", left * machines)):
            near("%s of %d machines" % (name, machines), table[name][i], value, 0.12)
    must(not FAULTS, "the README is wrong: " + "; ".join(FAULTS))
    print("sizing: the README says what is measured")


main()
