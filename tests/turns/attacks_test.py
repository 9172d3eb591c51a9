#!/usr/bin/python3
"""What standard users try with turns: others' turns, floods, hostile labels, disconnects, toggling.

    attacks_test.py MSIWATCH_SIM

Natively all are one system user; the simulator's word ("callers") makes them standard ones.
"""
import os
import shutil
import sys
import tempfile
import time

from sim_service import Client, Service

SIM = sys.argv[1]
NOT_ALLOWED, OVER_LIMIT, NO_TURN = -32003, -32000, -32006
GRANTED_LABELS = 8 # all but the half of a surrogate pair, which is no text
problems = []


def must(holds, what):
    if not holds:
        problems.append(what)
        print("FAILED:", what)


def callers(service, word):
    service.command(f"callers {word}")
    time.sleep(0.05)


def error_of(reply):
    return (reply or {}).get("error", {})


def must_go_on(service, what):
    """Whatever happened, one that asks now is granted, and the queue is empty after it."""
    client = Client(service)
    begun = time.monotonic()
    must("result" in (client.ask("turn.acquire") or {}), f"{what}: nobody is granted any more")
    took = time.monotonic() - begun
    must("result" in (client.ask("turn.release") or {}), f"{what}: it cannot be released")
    metrics = client.ask("metrics")["result"]
    must(metrics["turns_wedged_total"] == 0, f"{what}: wedged")
    must(metrics["turns_waiting"] == 0, f"{what}: {metrics['turns_waiting']} still wait")
    client.close()
    return took


def what_is_not_theirs(service):
    callers(service, "administrator")
    holder = Client(service)
    turn = holder.ask("turn.acquire")["result"]["turn"]
    callers(service, "standard")
    user = Client(service)
    for method, params in (("turn.revoke", [turn]), ("hold", {"why": "mine"}),
                           ("hold", {"lift": True}), ("turn.acquire", {"ignore_hold": True})):
        error = error_of(user.ask(method, params))
        must(error.get("code") == NOT_ALLOWED, f"{method} {params}: {error}")
    for params in (None, {"exit_code": 0}):
        error = error_of(user.ask("turn.release", params))
        must(error.get("code") == NO_TURN, f"turn.release {params}: {error}")
    must("error" in user.ask("turn.release", {"turn": turn}), "a turn was released by its number")
    listed = user.ask("turn.list")["result"]
    must(listed["holder"]["turn"] == turn and listed["hold"] is None, f"changed: {listed}")
    must("result" in holder.ask("turn.release"), "the holder has lost its turn")
    holder.close()
    user.close()
    must_go_on(service, "what is not theirs")
    print("standard users may not revoke, hold, lift, ignore a hold or release what others have")


def floods(service):
    service.command("mutex held")
    time.sleep(0.2)
    clients = []
    for limit, name in ((8, "turns_process"), (64, "turns_user")):
        while len(clients) < limit:
            clients.append(Client(service))
            clients[-1].send("turn.acquire")
        over = Client(service)
        error = error_of(over.ask("turn.acquire"))
        must(error.get("code") == OVER_LIMIT and error["data"]["limit"] == name, f"{name}: {error}")
        must("result" in over.ask("status"), "no status beside a flood")
        over.close()
        service.command("reg machine TurnsProcess dword 2048")
        time.sleep(0.3)
    for client in clients:
        client.close()
    service.command("mutex free")
    time.sleep(0.2)
    must_go_on(service, "a flood")
    print("a flood ends at 8 of a process and 64 of a user")


def hostile_labels(service):
    labels = ["\x1b[2J\x07clear", "a\nb\r\nc", "\u202egnissamexe.txt", "x" * 900,
              "\u2066\u2069", "\x00nul",
              "\U0001f600" * 100, "</script><b>", "\ud83d"]
    reader = Client(service)
    granted = 0
    for label in labels:
        client = Client(service)
        reply = client.ask("turn.acquire", {"label": label, "why": label})
        if "result" in (reply or {}):
            granted += 1
            shown = reader.ask("turn.list")["result"]["holder"]["label"] or ""
            must(len(shown) <= 64, f"a label of {len(shown)} characters")
            must(all(c.isprintable() or c == " " for c in shown), f"shown as it came: {shown!r}")
        client.close()
    reader.close()
    must(granted == GRANTED_LABELS, f"{granted} of {len(labels)} hostile labels had a turn")
    must_go_on(service, "hostile labels")
    print("hostile labels are cut and cleaned")


def asked_too_often(service):
    reader = Client(service)
    user = Client(service)
    before = reader.ask("metrics")["result"]["turns_total"]
    for _ in range(60):
        user.ask("turn.acquire")
        user.ask("turn.release")
    time.sleep(0.3)
    granted = reader.ask("metrics")["result"]["turns_total"] - before
    events = reader.ask("history", {"limit": 200})["result"]["events"]
    recorded = sum(event["kind"] == "turn" and event["turn"]["held_ms"] >= 0 for event in events)
    must(granted == 60, f"{granted} of 60 were granted")
    must(20 <= recorded <= 21, f"{recorded} turns of one user within an hour are in the journal")
    print(f"of {granted} turns of one user within minutes {recorded} are in the journal")
    reader.close()
    user.close()


def disconnects(service):
    """1,000 go while turns are granted: those that wait, the one that is next, and holders."""
    slowest = 0.0
    observer = Client(service)
    waiting = []
    for step in range(1000):
        client = Client(service)
        client.send("turn.acquire", {"class": "background" if step % 3 else "normal"})
        waiting.append(client)
        if len(waiting) > 5:
            waiting.pop(step % 6).close()
        if step % 50 == 0:
            begun = time.monotonic()
            must("result" in (observer.ask("status") or {}), "no status among disconnects")
            slowest = max(slowest, time.monotonic() - begun)
    for client in waiting:
        client.close()
    time.sleep(0.2)
    took = must_go_on(service, "1,000 disconnects")
    must(took <= 0.1, f"after 1,000 disconnects a grant takes {took:.3f} s")
    print(f"among 1000 disconnects a status took {slowest * 1000:.1f} ms at most, "
          f"and a grant after them {took * 1000:.1f} ms")
    observer.close()


def toggling(service):
    """Making the state busy for moments keeps a turn no longer than doing nothing."""
    holder, following = Client(service), Client(service)
    holder.ask("turn.acquire")
    following.send("turn.acquire")
    passed = 0.0
    answer = None
    while answer is None and passed < 120:
        service.command("mutex held")
        time.sleep(0.2)
        service.command("mutex free")
        time.sleep(0.1)
        service.command("suspend 8000")
        answer = following.answer(1.2)
        passed += 9.5
    must("result" in (answer or {}), "toggling keeps a turn")
    must(30 <= passed <= 60, f"with toggling a turn of 10 s and 30 s notice lasted {passed:.0f} s")
    print(f"a turn of 10 s and 30 s notice that was toggled for ended within {passed:.0f} s")
    holder.close()
    following.close()
    must_go_on(service, "toggling")


def main():
    folder = tempfile.mkdtemp(prefix="msiwatch-turns-")
    try:
        service = Service(SIM, folder, "--turn-idle", "10",
                          "--turn-idle-standard", "10", "--connections-process", "256")
        callers(service, "standard")
        asked_too_often(service)
        what_is_not_theirs(service)
        floods(service)
        hostile_labels(service)
        disconnects(service)
        toggling(service)
        service.stop()
    finally:
        shutil.rmtree(folder)
    sys.exit(1 if problems else 0)


main()
