#!/usr/bin/python3
"""Turns of a service that runs: holders that are killed, a service that is killed, and what it costs
that many wait. What granting costs is counted in instructions (cost_test.sh).

    service_test.py MSIWATCH_SIM

Prints what it measured. The processor's time is compared with another one's, and a clock's only with
the 100 ms within which the next one must be granted.
"""
import datetime
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
problems = []


def must(holds, what):
    if not holds:
        problems.append(what)
        print("FAILED:", what)


def child(service, keep):
    """A process with a turn that waits or is out, and says in a pipe when it is out."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        client = Client(service)
        client.send("turn.acquire", {"label": "child"})
        os.write(theirs, b"a")
        if client.answer(60) is not None:
            os.write(theirs, b"g")
        while keep:
            time.sleep(1)
        os._exit(0)
    os.close(theirs)
    assert os.read(ours, 1) == b"a"
    return pid, ours


def end_child(pid, pipe, how):
    os.kill(pid, how)
    if how == signal.SIGKILL:
        os.waitpid(pid, 0)
        os.close(pipe)


def killed_holders(service):
    """Holders are killed while they wait, when they are granted and long after; the next is granted."""
    worst = 0.0
    for step in range(12):
        pid, pipe = child(service, True)
        if step % 3 != 0:
            assert os.read(pipe, 1) == b"g"
        if step % 3 == 2:
            service.command("mutex held")
            time.sleep(0.05)
        waiting = Client(service)
        waiting.send("turn.acquire", {"label": "next"})
        if step % 3 == 2:
            service.command("mutex free")
            time.sleep(0.05)
        begun = time.monotonic()
        end_child(pid, pipe, signal.SIGKILL)
        answer = waiting.answer()
        took = time.monotonic() - begun
        must(answer is not None and "result" in answer, f"after a kill nobody went on: {answer}")
        worst = max(worst, took)
        waiting.close()
    print(f"after a holder was killed the next was granted within {worst * 1000:.1f} ms")
    must(worst <= LIMIT_S, "the next one was granted too late")


def suspended_waiter(service):
    """Who waits and stands still keeps nobody from a turn but by its own, which expires (turn_test)."""
    pid, pipe = child(service, True)
    assert os.read(pipe, 1) == b"g"
    os.kill(pid, signal.SIGSTOP)
    waiting = Client(service)
    waiting.send("turn.acquire")
    must(waiting.answer(0.3) is None, "granted although one is out")
    begun = time.monotonic()
    revoker = Client(service)
    service_says = revoker.ask("turn.list")["result"]
    revoker.ask("turn.revoke", [service_says["holder"]["turn"]])
    must("result" in (waiting.answer() or {}), "a turn that was revoked is not passed on")
    took = time.monotonic() - begun
    print(f"after one that stood still was revoked the next was granted within {took * 1000:.1f} ms")
    must(took <= LIMIT_S, "too late after a revocation")
    end_child(pid, pipe, signal.SIGKILL)
    waiting.close()
    revoker.close()


def killed_service(folder):
    """The service is killed while one is out and others wait: they come back, and one at a time is
    granted; a hold is kept."""
    service = Service(SIM, folder)
    administrator = Client(service)
    must("result" in administrator.ask("hold", {"why": "patch day"}), "no hold")
    time.sleep(0.2)
    service.kill()
    service.start()
    administrator = Client(service)
    status = administrator.ask("status")["result"]
    must(status["turns"] is not None and status["turns"]["hold"]["why"] == "patch day",
         f"the hold was not kept: {status['turns']}")
    administrator.ask("hold", {"lift": True})
    time.sleep(0.2)
    service.kill()
    service.start()
    status = Client(service).ask("status")["result"]
    must(status["turns"] is None, f"the hold came back: {status['turns']}")
    clients = [Client(service) for _ in range(6)]
    for client in clients:
        client.send("turn.acquire")
    must("result" in (clients[0].answer() or {}), "the first was not granted")
    service.kill()
    service.start()
    clients = [Client(service) for _ in range(6)]
    for client in clients:
        client.send("turn.acquire")
    granted = 0
    left = list(clients)
    while left:
        ready = select.select([one.socket for one in left], [], [], 5)[0]
        out = [one for one in left if one.socket in ready and "result" in (one.answer(0.01) or {})]
        must(len(out) <= 1, f"{len(out)} had a turn at once")
        if not ready:
            break
        for one in out:
            granted += 1
            one.close()
            left.remove(one)
    must(granted == 6, f"{granted} of 6 were granted")
    service.stop()


def collisions(service):
    """Installations that are refused with 1618 count for the turn that is out, and for none else."""
    def refused(product):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
        data = "".join(f"<Data>{text}</Data>" for text in (product, "1.0", "1033", "1618"))
        service.command(f"record <Event><System><Provider Name='MsiInstaller'/>"
                        f"<EventID>1033</EventID><TimeCreated SystemTime='{now}0Z'/>"
                        f"<Security UserID='S-1-5-21-1-2-3-1001'/></System>"
                        f"<EventData>{data}</EventData></Event>")

    def counted():
        """Of the last turn, by its event, once the journal has it."""
        time.sleep(0.3)
        events = reader.ask("history", {"limit": 20, "order": "desc"})["result"]["events"]
        return next(event["turn"]["collisions"] for event in events if event["kind"] == "turn")

    def busy(*products):
        service.command("mutex held")
        time.sleep(0.3)
        for product in products:
            refused(product)
        time.sleep(0.3)
        service.command("mutex free")

    reader, holder = Client(service), Client(service)
    before = reader.ask("metrics")["result"]["install_collisions_total"]
    holder.ask("turn.acquire")
    busy("One", "Two")
    time.sleep(4)  # what is not certain at once is reported within 2.7 s after its period
    holder.ask("turn.release")
    must(counted() == 2, f"of two that were refused {counted()} are counted")
    holder.ask("turn.acquire")
    time.sleep(0.2)
    holder.ask("turn.release")
    must(counted() == 0, f"{counted()} are counted that were refused before")
    busy("Three")
    holder.ask("turn.acquire")
    time.sleep(4)
    holder.ask("turn.release")
    must(counted() == 0, f"{counted()} are counted of the period before")
    metrics = reader.ask("metrics")["result"]
    must(metrics["install_collisions_total"] - before == 3, "not all were reported")
    must(metrics["turn_collisions_total"] == 2, f"counted: {metrics['turn_collisions_total']}")
    print("installations that were refused counted for the turn that was out, and for none else")
    holder.close()
    reader.close()


def costs(folder):
    service = Service(SIM, folder, "--turns", "2048", "--connections", "1800", "--connections-process",
                      "1800", "--connections-user", "1800")
    used = {}
    for what in ("wait", "turn.acquire"):
        service.command("mutex held")
        time.sleep(0.1)
        crowd = [Client(service) for _ in range(1000)]
        for client in crowd:
            client.send(what)
        time.sleep(2.5)  # those that wait have been told their place
        before = service.cpu_s()
        time.sleep(6)
        used[what] = service.cpu_s() - before
        for client in crowd:
            client.close()
        time.sleep(0.3)
    print(f"busy for 6 s, 1000 waits cost {used['wait']:.2f} s of the processor, "
          f"1000 turns {used['turn.acquire']:.2f} s")
    # The clock that counts it has ticks of 10 ms.
    must(used["turn.acquire"] <= 1.1 * used["wait"] + 0.03, "turns that wait cost more than waits")
    wedged = Client(service).ask("metrics")["result"]["turns_wedged_total"]
    must(wedged == 0, f"wedged: {wedged}")
    service.stop()


def main():
    folder = tempfile.mkdtemp(prefix="msiwatch-turns-")
    try:
        for name in ("a", "b", "c"):
            os.mkdir(os.path.join(folder, name))
        service = Service(SIM, os.path.join(folder, "a"))
        killed_holders(service)
        suspended_waiter(service)
        collisions(service)
        service.stop()
        killed_service(os.path.join(folder, "b"))
        costs(os.path.join(folder, "c"))
    finally:
        shutil.rmtree(folder)
    sys.exit(1 if problems else 0)


main()
