#!/usr/bin/python3
"""What msiwatch wait and msiwatch run say at a terminal while they wait, and that they say it to
nobody else. msiwatch-sim is the service.

    terminal_test.py BIN
"""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

BIN = sys.argv[1]
problems = []


def must(holds, what):
    if not holds:
        problems.append(what)
        print("FAILED:", what)


class Service:
    def __init__(self, folder):
        self.path = os.path.join(folder, "pipe")
        self.process = subprocess.Popen(
            [f"{BIN}/msiwatch-sim", "--pipe", self.path], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdout.readline().strip() == "ready"

    def command(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Terminal:
    """A program whose standard error is a terminal of 80 columns."""

    def __init__(self, service, *arguments):
        ours, theirs = pty.openpty()
        os.system(f"stty cols 80 -onlcr < {os.ttyname(theirs)}")
        self.terminal = ours
        self.text = ""
        self.process = subprocess.Popen(
            [f"{BIN}/msiwatch", "--pipe", service.path, *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=theirs, text=True)
        os.close(theirs)

    def read(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                try:
                    self.text += os.read(self.terminal, 4096).decode()
                except OSError: # nobody has its other end any more
                    break
        return self.text

    def end(self):
        out = self.process.communicate(timeout=20)[0]
        self.read(0.2)
        os.close(self.terminal)
        return self.process.returncode, out


def wait_says_what_it_waits_for(service):
    service.command("mutex held 4242")
    while not subprocess.run([f"{BIN}/msiwatch", "--pipe", service.path, "status"], text=True,
                             stdout=subprocess.PIPE, check=False).stdout.startswith("busy"):
        time.sleep(0.01)  # a wait may be answered by a sample of a moment before
    loud, quiet = Terminal(service, "wait"), Terminal(service, "wait", "--quiet")
    apart = subprocess.Popen([f"{BIN}/msiwatch", "--pipe", service.path, "wait"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    text = loud.read(31.5)
    service.command("mutex free")
    lines = text.splitlines()
    must(len(lines) == 2, f"not two lines: {text!r}")
    must(re.fullmatch(r"msiwatch: waiting for Windows Installer to become idle; busy since .*4242.*",
                      lines[0]) is not None, f"not what it waits for: {text!r}")
    must(re.fullmatch(r"msiwatch: waiting for Windows Installer to become idle \(3\d(\.\d)? s so "
                      r"far\); busy since .*", lines[-1]) is not None, f"not how long: {text!r}")
    must(loud.end()[0] == 0 and quiet.end()[0] == 0, "wait did not end well")
    must(quiet.text == "", f"--quiet says: {quiet.text!r}")
    must(apart.communicate(timeout=20)[1] == "", "it says so where there is no terminal")
    soon = Terminal(service, "wait")
    must(soon.end()[0] == 0 and soon.text == "", f"it says what it need not wait for: {soon.text!r}")


def run_rewrites_its_line(service):
    hold = subprocess.Popen(
        [f"{BIN}/msiwatch", "--pipe", service.path, "turn", "hold", "--label", "first.msi"],
        stdout=subprocess.PIPE, text=True)
    hold.stdout.readline()
    loud = Terminal(service, "run", "--settle", "0", "--label", "x" * 60, "--", "echo", "done")
    quiet = Terminal(service, "run", "--settle", "0", "--quiet", "--", "echo", "done")
    reader, writer = os.pipe()
    os.close(reader)
    unread = subprocess.Popen([f"{BIN}/msiwatch", "--pipe", service.path, "run", "--settle", "0", "--",
                               "sh", "-c", "exit 9"], stdout=writer, stderr=writer)
    os.close(writer)
    text = loud.read(3.5)
    shown = [part for part in text.split("\r") if part.strip()]
    must("\n" not in text, f"lines instead of one: {text!r}")
    must(2 <= len(shown) <= 4, f"not once a second: {text!r}")
    for part in shown:
        must(len(part) < 80, f"wider than the terminal: {part!r}")
        must(part.startswith("Waiting for Windows Installer for ") and ", behind first.msi (msiwatch " in part, part)
    hold.stdout.close()
    must(loud.end() == (0, "done\n") and quiet.end() == (0, "done\n"), "run did not end well")
    must(loud.text.endswith("\r" + " " * len(shown[-1]) + "\r"),
         f"the line is left behind: {loud.text!r}")
    must(quiet.text == "", f"--quiet says: {quiet.text!r}")
    must(hold.wait(10) == 0, "turn hold did not end well")
    must(unread.wait(20) == 9, f"{unread.returncode} when nobody reads what it says")


def main():
    with tempfile.TemporaryDirectory() as folder:
        service = Service(folder)
        try:
            run_rewrites_its_line(service)
            wait_says_what_it_waits_for(service)
        finally:
            service.stop()
    sys.exit(1 if problems else 0)


main()
