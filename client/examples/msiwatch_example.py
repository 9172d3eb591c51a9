"""Python: prints the state, waits until no installation is running, then prints every change."""
import json, socket, sys, time
pipe = sys.argv[1] if len(sys.argv) > 1 else r"\\.\pipe\ProtectedPrefix\Administrators\msiwatch"
place = {}  # the place in the journal at which to continue after a restart
def connect():
    if pipe.startswith("\\\\"): return open(pipe, "r+b", buffering=0)
    (client := socket.socket(socket.AF_UNIX)).connect(pipe)  # for the tests
    return client.makefile("rwb", buffering=0)

def ask(method, params):
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    stream.write(json.dumps(request).encode() + b"\n")
    return json.loads(stream.readline())["result"]

for pause in iter(lambda: time.sleep(0.5), 0):  # if the service stops, it may start again
    try:
        stream = connect()
        if not place:
            print("now", ask("status", {})["state"], flush=True)
            ask("wait", {"for": "idle", "timeout_ms": 600000})
        at = ask("subscribe", place)
        place = {"journal": at["journal"], "after": at["status"]["seq"], **place}
        if at["reset"]: place = {"journal": at["journal"], "after": 0}
        for message in map(json.loads, iter(stream.readline, b"")):
            if message["method"] == "reset": place = message["params"]
            if event := message["params"].get("event"):
                place["after"] = event["seq"]
                if event["kind"] == "transition": print(event["from"], "to", event["to"], flush=True)
    except (OSError, KeyError, ValueError) as error:
        if not place: sys.exit(f"msiwatch: {error}")
