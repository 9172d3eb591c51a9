#!/usr/bin/python3
"""Holders that are killed, disconnected and suspended at every step of a turn, and a service that is
killed while one is out: the next one is granted, within 100 ms of the moment it may be.

    steps_test.py MSIWATCH_SIM

Hours and leases pass because the simulator's clock is set forward ("suspend").
"""
import datetime
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import time

from sim_service import Client, Service

SIM = sys.argv[1]
LIMIT_S = 0.1
MOST_AGAIN = 2 # of the 12 cases
problems = []
again = []
worst = {}


def must(holds, what):
    if not holds:
        problems.append(what)
        print("FAILED:", what)


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Actor:
    """A process with a turn: r releases it, d disconnects, s stands still, k ends. What the service
    sends it is read here. All that hold turns are such, for nobody waits for a turn of their parent.
    """

    def __init__(self, service):
        self.heard, theirs = os.pipe()
        orders, self.orders = os.pipe()
        self.buffer = b""
        self.pid = os.fork()
        if self.pid == 0:
            self.act(service, orders, theirs)
        os.close(theirs)
        os.close(orders)
        assert self.line() == {"asked": True}

    @staticmethod
    def act(service, orders, heard):
        client = Client(service)
        client.send("turn.acquire", {"label": "actor"})
        os.write(heard, b'{"asked":true}\n')
        while True:
            ready = select.select([client.socket, orders], [], [])[0]
            if orders in ready:
                order = os.read(orders, 1)
                if order == b"r":
                    client.send("turn.release")
                elif order == b"d":
                    client.close()
                    time.sleep(60)
                else:
                    os.kill(os.getpid(), signal.SIGSTOP if order == b"s" else signal.SIGKILL)
            if client.socket in ready:
                data = client.socket.recv(65536)
                os.write(heard, data)
                if not data:
                    time.sleep(60)

    def line(self, timeout=5.0):
        end = time.monotonic() + timeout
        while b"\n" not in self.buffer:
            left = max(end - time.monotonic(), 0)
            if not select.select([self.heard], [], [], left)[0]:
                return {}
            data = os.read(self.heard, 65536)
            if not data:
                return {}
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def must_hear(self, what):
        """The reply, or a notification of that state; others are passed over."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            line = self.line(max(end - time.monotonic(), 0))
            if what == "reply" and "result" in line:
                return line["result"]
            if line.get("method") == "turn" and line["params"]["state"] == what:
                return line["params"]
        must(False, f"the holder did not hear '{what}'")
        return {}

    def order(self, letters):
        os.write(self.orders, letters)

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.heard)
        os.close(self.orders)


def pass_time(service, ms, others):
    """The clock is set forward. Timers of before it do not know; whoever comes has them set again."""
    service.command(f"suspend {ms}")
    time.sleep(0.05)
    other = Client(service)
    other.send("turn.acquire", {"label": "other", "class": "background"})
    others.append(other)


def suffer(actor, how):
    """What happens to the holder, without anything it does itself."""
    if how == "killed":
        os.kill(actor.pid, signal.SIGKILL)
    elif how == "disconnected":
        actor.order(b"d")
    else:
        os.kill(actor.pid, signal.SIGSTOP)
        os.waitpid(actor.pid, os.WUNTRACED)


def expire(service, actor, others):
    """A holder that stands still has its turn passed on. How late that was, by the service's clock."""
    pass_time(service, 11000, others)
    time.sleep(1.5)  # until a sample has found that it expires
    pass_time(service, 28000, others)


def one(service, step, how):
    others = []
    observer = Client(service)
    observer.ask("status")
    blocker = Actor(service)
    blocker.must_hear("reply")
    if step != "waiting":
        blocker.order(b"rd")
    actor = Actor(service)
    if step != "waiting":
        actor.must_hear("reply")
    following = Client(service)
    following.send("turn.acquire", {"label": "following"})
    while observer.ask("turn.list")["result"]["waiting_count"] == 0:
        pass # it asks before time passes
    expiring = None
    if step == "expiring":
        pass_time(service, 11000, others)
        expiring = actor.must_hear("expiring")
    time.sleep(0.2)
    begun = time.monotonic()
    if step == "releasing":
        actor.order(b"r" + {"killed": b"k", "disconnected": b"d", "suspended": b"s"}[how])
    else:
        suffer(actor, how)
    if step == "waiting":
        must(following.answer(0.2) is None, f"{step}, {how}: granted although one is out")
        begun = time.monotonic()
        blocker.order(b"r")
    stands_still = how == "suspended" and step != "releasing"
    if stands_still:
        early = following.answer(0.3)
        must(early is None, f"{step}, {how}: granted although one is out: {early}")
        if step == "expiring":
            pass_time(service, 29000, others)
        else:
            expire(service, actor, others)
    answer = following.answer(10)
    took = time.monotonic() - begun
    must(answer is not None and "result" in answer, f"{step}, {how}: the next was not granted")
    if stands_still:
        since = observer.ask("turn.list")["result"]["holder"]["since"]
        os.kill(actor.pid, signal.SIGCONT)
        expiring = expiring or actor.must_hear("expiring")
        ended = actor.must_hear("ended")
        must(ended.get("ended") == "expired", f"{step}, {how}: {ended}")
        took = seconds(since) - seconds(expiring["ends_at"])
        must(took >= -0.002, f"{step}, {how}: passed on {-took:.3f} s before it ended")
    actor.end()
    blocker.end()
    for client in (following, observer, *others):
        client.close()
    time.sleep(0.1)
    return took


def within_the_limit(service, step, how):
    """The quickest of up to three times: a machine that does other things meanwhile is no defect."""
    took = one(service, step, how)
    for _ in range(2):
        if took > LIMIT_S:
            again.append(f"{step}, {how}")
            print(f"{step}, {how}: {took * 1000:.0f} ms, once more")
            took = min(took, one(service, step, how))
    must(took <= LIMIT_S, f"{step}, {how}: the next was granted after {took * 1000:.0f} ms")
    worst[how] = max(worst.get(how, 0), took)


def killed_service(folder):
    """Its clients come back to the next one. While what the holder began goes on nobody is granted,
    then one after the other, users in turn, each once."""
    service = Service(SIM, folder)
    holder = Client(service)
    must("result" in holder.ask("turn.acquire", {"label": "first"}), "the first was not granted")
    service.command("mutex held")
    time.sleep(0.3)
    root = os.geteuid() == 0
    users = [1001, 1001, 1001, 1002, 1002, 1002] if root else [None] * 6
    fair = [0, 3, 1, 4, 2, 5] if root else [0, 1, 2, 3, 4, 5]
    if not root:
        print("turns of several users after a restart: not shown, for only root can be them")
    before = [Client(service, user) for user in users]
    for client in before:
        client.send("turn.acquire")
    service.kill()
    service.start()
    service.command("mutex held")
    time.sleep(0.3)
    clients = [Client(service, user) for user in users]
    for client in clients:
        client.send("turn.acquire")
        time.sleep(0.02)
    ready = select.select([client.socket for client in clients], [], [], 0.5)[0]
    told = [client.line(0) for client in clients if client.socket in ready]
    must(all("id" not in line for line in told if line), "granted while the holder's work goes on")
    service.command("mutex free")
    order = []
    while len(order) < len(clients):
        granted = []
        end = time.monotonic() + 5
        while not granted and time.monotonic() < end:
            granted = [n for n, client in enumerate(clients)
                       if n not in order and (client.answer(0.01) or {}).get("result")]
        must(len(granted) == 1, f"after a restart {len(granted)} had a turn at once")
        if len(granted) != 1:
            break
        order += granted
        service.command("mutex held")  # what it installs
        time.sleep(0.1)
        late = [n for n, client in enumerate(clients) if n not in order and client.answer(0.01)]
        must(not late, f"granted while another is out: {late}")
        clients[granted[0]].ask("turn.release", {"exit_code": 0})
        clients[granted[0]].close()
        service.command("mutex free")
    must(order == fair, f"after a restart they were granted in the order {order}, not {fair}")
    metrics = Client(service).ask("metrics")["result"]
    must(metrics["turns_total"] == len(order), f"{metrics['turns_total']} turns, not {len(order)}")
    must(metrics["turns_wedged_total"] == 0, "wedged")
    service.stop()
    print(f"after the service was killed {len(order)} came back and were granted one at a time")


def main():
    folder = tempfile.mkdtemp(prefix="msiwatch-turns-")
    try:
        os.chmod(folder, 0o755)  # others connect, too
        for name in ("a", "b"):
            os.mkdir(os.path.join(folder, name))
        service = Service(SIM, os.path.join(folder, "a"), "--turn-idle", "10",
                          "--turn-idle-standard", "10")
        for step in ("waiting", "granted", "expiring", "releasing"):
            for how in ("killed", "disconnected", "suspended"):
                within_the_limit(service, step, how)
        wedged = Client(service).ask("metrics")["result"]["turns_wedged_total"]
        must(wedged == 0, f"wedged: {wedged}")
        service.stop()
        print("waiting, granted, expiring, releasing: the next was granted at most " +
              ", ".join(f"{took * 1000:.0f} ms after a holder was {how}"
                        for how, took in worst.items()))
        must(len(again) <= MOST_AGAIN, f"too often too late: {again}")
        killed_service(os.path.join(folder, "b"))
    finally:
        shutil.rmtree(folder)
    sys.exit(1 if problems else 0)


main()
