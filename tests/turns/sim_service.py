"""A service that runs, by msiwatch-sim, and clients of it; for the tests of turns."""
import json
import os
import select
import socket
import subprocess
import time


class Service:
    def __init__(self, sim, folder, *options):
        self.sim, self.folder, self.options = sim, folder, options
        self.path = os.path.join(folder, "pipe")
        self.start()

    def start(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.process = subprocess.Popen(
            [self.sim, "--pipe", self.path, "--data", os.path.join(self.folder, "data"), *self.options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        assert line.strip() == "ready", line
        os.chmod(self.path, 0o666)  # for clients that are other users

    def command(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client:
    def __init__(self, service, uid=None):
        self.socket = socket.socket(socket.AF_UNIX)
        if uid is not None:  # whoever connects is the user; only root can be another one
            os.seteuid(uid)
        try:
            self.socket.connect(service.path)
        finally:
            if uid is not None:
                os.seteuid(0)
        self.buffer = b""
        self.number = 0

    def send(self, method, params=None):
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method}
        if params is not None:
            message["params"] = params
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def line(self, timeout=5.0):
        end = time.monotonic() + timeout
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            data = self.socket.recv(65536)
            if not data:
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def answer(self, timeout=5.0):
        """The reply to what was sent last; notifications are passed over."""
        end = time.monotonic() + timeout
        while True:
            line = self.line(max(end - time.monotonic(), 0))
            if line is None or "id" in line:
                return line

    def ask(self, method, params=None):
        self.send(method, params)
        return self.answer()

    def close(self):
        self.socket.close()
