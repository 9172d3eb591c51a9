#!/usr/bin/python3
"""Many installations at once, and the ways in which the field deals with that, on the simulator's
machine. Times are those of a machine, divided by 40: an installation takes 30 s, msiexec waits 3 s
for the mutex, the settle time is 2 s, and who tries again does so after 30, 60 and 90 s.

    herd_test.py BIN
    herd_test.py BIN --makespans    the chart of tests/bench/README.md: 50 installations beside 0, 1
                                    and 5 who do not ask, in each way; a quarter of an hour

Prints a table. What it demands: of those who take turns none fails, also among others who do not
ask, one begins after the other, in the order in which they asked, and all of it takes at most 1.05
times what the installations and their settling do. And that those who only start, or wait and then
start, do fail: else this would show nothing.
"""
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

BIN = sys.argv[1]
SCALE = 40
HOLD_MS = 30000 // SCALE
GRAB_MS = 3000 // SCALE
SETTLE_MS = 2000 // SCALE
RETRY_S = (30 / SCALE, 60 / SCALE, 90 / SCALE)
COUNT = 12
COLLIDED = 1618 & 255
FOREVER_MS = 1000000
problems = []


def must(holds, what):
    if not holds:
        problems.append(what)
        print("FAILED:", what)


class Machine:
    def __init__(self, folder):
        self.pipe, self.lock = os.path.join(folder, "pipe"), os.path.join(folder, "mutex")
        self.fifo = os.path.join(folder, "commands")
        os.mkfifo(self.fifo)
        self.keep = os.open(self.fifo, os.O_RDWR) # so that it is never at its end
        self.process = subprocess.Popen(
            [f"{BIN}/msiwatch-sim", "--pipe", self.pipe], text=True,
            stdin=open(self.fifo, encoding="ascii"), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        assert self.process.stdout.readline().strip() == "ready"

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        os.close(self.keep)

    def installer(self, grab_ms=GRAB_MS, hold_ms=HOLD_MS):
        return [f"{BIN}/herd-installer", self.lock, self.fifo, str(hold_ms), str(grab_ms)]

    def msiwatch(self, *arguments):
        return [f"{BIN}/msiwatch", "--pipe", self.pipe, *arguments]


class Member:
    """An installation, in a way of the field."""

    def __init__(self):
        self.code, self.again, self.out, self.err = None, 0, "", ""

    def run(self, command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.code = done.returncode
        self.out += done.stdout
        self.err += done.stderr
        return self.code

    def edge(self, what):
        words = self.out.split()
        return int(words[words.index(what) + 1])


def start_and_fail(machine, member):
    member.run(machine.installer())


def wait_then_start(machine, member):
    member.run(machine.msiwatch("wait", "--settle", f"{SETTLE_MS}ms"))
    member.run(machine.installer())


def retry_later(machine, member):
    for pause_s in (*RETRY_S, None):
        if member.run(machine.installer()) != COLLIDED or pause_s is None:
            break
        time.sleep(pause_s)
        member.again += 1


def block_on_the_mutex(machine, member):
    member.run(machine.installer(grab_ms=FOREVER_MS))


def take_turns(machine, member):
    member.run(machine.msiwatch("run", "--settle", f"{SETTLE_MS}ms", "--retry-on", str(COLLIDED),
                                "--", *machine.installer()))
    member.again = member.err.count("trying again")


def take_turns_once(machine, member):
    member.run(machine.msiwatch("run", "--no-retry", "--settle", f"{SETTLE_MS}ms", "--",
                                *machine.installer()))


class Outsiders:
    """They install at random without asking, and wait for the mutex as long as it takes."""

    def __init__(self, machine, count):
        self.machine, self.over, self.installed = machine, threading.Event(), 0
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, seed):
        chance = random.Random(seed)
        while not self.over.wait(chance.uniform(0.3, 2.5)):
            hold_ms = chance.randint(HOLD_MS // 8, HOLD_MS)
            ended = subprocess.run(self.machine.installer(FOREVER_MS, hold_ms), check=False,
                                   stdout=subprocess.DEVNULL)
            self.installed += ended.returncode == 0

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def herd(name, way, outsiders=0, apart_s=0.005, count=COUNT):
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(folder)
        others = Outsiders(machine, outsiders)
        members = [Member() for _ in range(count)]
        threads = []
        begun = time.monotonic()
        for member in members:
            threads.append(threading.Thread(target=way, args=(machine, member)))
            threads[-1].start()
            time.sleep(apart_s) # so that there is an order in which they asked
        for thread in threads:
            thread.join()
        took_s = time.monotonic() - begun
        others.stop()
        machine.stop()
    must(outsiders == 0 or count > COUNT or others.installed > 0, "nobody installed without asking")
    failed = sum(member.code != 0 for member in members)
    installed = [member for member in members if member.code == 0]
    print(f"{name:36} {failed:6} {sum(member.again for member in members):6} "
          f"{took_s * SCALE / 60:8.1f} {took_s * SCALE / 60 / max(len(installed), 1):10.2f}"
          + (f"   beside {others.installed} others" if outsiders else ""))
    return members, installed


def must_take_turns(members, installed):
    must(len(installed) == COUNT, f"{[member.err for member in members if member.code != 0]}")
    order = sorted(installed, key=lambda member: member.edge("held"))
    for before, after in zip(order, order[1:]):
        must(after.edge("held") >= before.edge("free"), "one began before the one before it ended")
    return order


def makespans():
    count = 50
    print(f"{count} installations of 30 s at once    failed  again  minutes  minutes each")
    for outsiders in (0, 1, 5):
        for name, way in [("start, and fail", start_and_fail),
                          ("wait for idle, then start", wait_then_start),
                          ("try again after 30, 60, 90 s", retry_later),
                          ("block on the mutex (not msiexec)", block_on_the_mutex),
                          ("msiwatch run", take_turns)]:
            herd(name, way, outsiders, count=count)


def main():
    if "--makespans" in sys.argv:
        makespans()
        sys.exit(1 if problems else 0)
    print(f"{COUNT} installations of 30 s at once    failed  again  minutes  minutes each")
    _, installed = herd("start, and fail", start_and_fail)
    must(len(installed) < COUNT, "those who only start do not fail: this shows nothing")
    _, installed = herd("wait for idle, then start", wait_then_start)
    must(len(installed) < COUNT, "those who wait and start do not fail: this shows nothing")
    herd("try again after 30, 60, 90 s", retry_later)
    herd("block on the mutex (not msiexec)", block_on_the_mutex)
    members, installed = herd("msiwatch run --no-retry", take_turns_once, apart_s=0.1)
    order = must_take_turns(members, installed)
    must(order == members, f"not in order: {[members.index(member) for member in order]}")
    span = order[-1].edge("free") - order[0].edge("held")
    least = sum(member.edge("free") - member.edge("held") for member in order) + \
        (COUNT - 1) * SETTLE_MS
    print(f"  taking turns took {span / least:.3f} times the installations and their settling")
    must(span <= 1.05 * least, f"{span} ms instead of {least} ms")
    herd("try again after 30, 60, 90 s", retry_later, outsiders=2)
    members, installed = herd("msiwatch run", take_turns, outsiders=2)
    must(len(installed) == COUNT, f"{[member.err for member in members if member.code != 0]}")
    sys.exit(1 if problems else 0)


main()
