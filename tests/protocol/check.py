#!/usr/bin/python3
"""Holds recorded traffic (recorder.c), and the protocol's documents, against each other.

    check.py documents          PROTOCOL.md's examples, protocol.schema.json and openrpc.json agree
    check.py traffic FOLDER     what clients and the service said to each other fits the schema,
                                and every method was answered
    check.py some-traffic FOLDER    the same of some clients, who do not use every method

Both directions: a request that the service carries out must fit, one that it refuses as malformed
must not (except what no schema can say, named below), and every line of the service must fit, with
no member that the schema does not name.
"""
import collections
import copy
import json
import pathlib
import re
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2] / "common"
WHOLE_SCHEMA = json.loads((ROOT / "protocol.schema.json").read_text())
LINE, NESTING, BATCH = 4096, 32, 16
PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
TIMED_OUT, CANCELLED = -32001, -32004
MOST_SHOWN = 20
LEAST_ANSWERED = 0.5 # of the requests; about 0.7 are

# What a schema cannot say: refusals of a well-formed request, by method and parameter.
STATE = {("subscribe", "after"), ("unsubscribe", "subscription"), ("cancel", "id"),
         # A day that the month does not have, this year.
         ("history", "since"), ("history", "until"), ("hold", "until"),
         ("turn.acquire", "for_pid"), ("turn.revoke", "turn")}


def known(schema):
    """The same schema, without what stands for words, kinds and codes of later services."""
    if isinstance(schema, list):
        return [known(one) for one in schema
                if not (isinstance(one, dict) and one.get("$ref", "").startswith("#/$defs/Later"))]
    if isinstance(schema, dict):
        return {key: known(value) for key, value in schema.items()}
    return schema


SCHEMA = known(WHOLE_SCHEMA)
METHODS = SCHEMA["$defs"]["Request"]["properties"]["method"]["anyOf"][0]["enum"]


def strict(schema):
    """The same schema, but objects with named members have no others."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: strict(value) for key, value in schema.items()}
    if isinstance(out.get("properties"), dict) and out.get("type") == "object":
        out["additionalProperties"] = False
    return out


def validator(schema, name):
    # An integer is written as one: 1.0 is none here.
    base = jsonschema.Draft202012Validator
    types = base.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool))
    made = jsonschema.validators.extend(base, type_checker=types)
    return made({"$defs": schema["$defs"], "$ref": "#/$defs/" + name})


FROM_SERVICE = strict(copy.deepcopy(SCHEMA))
VALIDATORS = {}


def fits(name, value, service):
    key = (name, service)
    if key not in VALIDATORS:
        VALIDATORS[key] = validator(FROM_SERVICE if service else SCHEMA, name)
    return jsonschema.exceptions.best_match(VALIDATORS[key].iter_errors(value))


def camel(method):
    """turn.acquire is TurnAcquire."""
    return "".join(part.capitalize() for part in method.split("."))


def result_name(method):
    return "Status" if method == "status" else camel(method) + "Result"


def parse(text):
    """A JSON text, as strictly as the service takes it; ValueError if it is none."""
    def refuse(word):
        raise ValueError(word)

    def pairs(members):
        out = {}
        for key, value in members:
            out.setdefault(key, value)  # of two members of one name the first counts
        return out
    value = json.loads(text.decode("utf-8"), parse_constant=refuse, object_pairs_hook=pairs)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no character
    return value


def depth(line):
    """How deep it nests, whatever else is in it."""
    most = level = 0
    for byte in re.sub(rb'"(?:\\.|[^"\\])*"?', b"", line, flags=re.S):
        if byte in b"[{":
            level += 1
            most = max(most, level)
        elif byte in b"]}":
            level = max(level - 1, 0)
    return most


# ---- traffic ----


class Connection:
    def __init__(self, name):
        self.name = name
        self.asked = b""
        self.answered = b""
        self.pending = collections.defaultdict(list)  # id, as JSON: requests in flight
        self.shared = set()  # ids that several requests had at once, and which reply was whose


class Checker:
    def __init__(self):
        self.counts = collections.Counter()
        self.complaints = []
        self.seen = {}

    def complain(self, connection, what, line):
        self.counts["complaints"] += 1
        if len(self.complaints) < MOST_SHOWN:
            text = line if isinstance(line, str) else json.dumps(line)
            self.complaints.append(f"{connection.name}: {what}\n    {text[:600]}")

    def check(self, connection, name, value, service):
        """Whether it fits; lines that differ in digits alone, and not in how many, are alike."""
        like = name, service, re.sub(r"[0-9]", "0", json.dumps(value))
        # Small and big numbers differ in what they may be: those with limits are not sampled.
        if service and like in self.seen:
            return self.seen[like]
        error = fits(name, value, service)
        if service:
            self.seen[like] = error
        return error

    # From the client.

    def request(self, connection, value):
        error = self.check(connection, "Request", value, False)
        if isinstance(value, dict) and "id" not in value and self.is_call(value):
            self.counts["notifications"] += 1  # never answered, whatever it asks
            return
        identity = None
        if isinstance(value, dict) and isinstance(value.get("id"), (str, int, float)) and \
                not isinstance(value["id"], bool):
            identity = value["id"]
        key = json.dumps(identity)
        self.counts["requests"] += 1
        connection.pending[key].append((value, error))
        if len(connection.pending[key]) > 1:
            connection.shared.add(key)

    @staticmethod
    def is_call(value):
        return value.get("jsonrpc") == "2.0" and isinstance(value.get("method"), str) and \
            isinstance(value.get("params", {}), (dict, list))

    def client_line(self, connection, line):
        if line.endswith(b"\r"):
            line = line[:-1]
        if not line.strip(b" \t"):
            return
        self.counts["client lines"] += 1
        try:
            if len(line) >= LINE or depth(line) > NESTING:
                raise ValueError("too long or too deep")
            value = parse(line)
        except (ValueError, RecursionError):
            connection.pending["null"].append((None, "not a JSON text"))
            return
        if isinstance(value, list) and 1 <= len(value) <= BATCH:
            for member in value:
                self.request(connection, member)
        elif isinstance(value, list):
            connection.pending["null"].append((value, "a batch of that size"))
        else:
            self.request(connection, value)

    # From the service.

    def is_for(self, connection, waiting, value, code):
        asked, error = waiting
        if "result" in value:
            return error is None and self.check(connection, result_name(asked["method"]),
                                                value["result"], True) is None
        if code in (TIMED_OUT, CANCELLED):
            return error is None and asked["method"] in ("wait", "turn.acquire")
        if code == INVALID_PARAMS:
            return error is not None or \
                (asked["method"], value["error"]["data"]["param"]) in STATE
        return (error is None) == (code not in (PARSE_ERROR, INVALID_REQUEST, NO_METHOD))

    def reply(self, connection, value):
        identity = json.dumps(value["id"])
        waiting = connection.pending[identity]
        if not waiting:
            self.complain(connection, "a reply to nothing", value)
            return
        code = value.get("error", {}).get("code")
        # Of several in flight with one id it is the first that such a reply can be for.
        index = next((at for at, one in enumerate(waiting)
                      if self.is_for(connection, one, value, code)), 0)
        asked, error = waiting.pop(index)
        if "result" in value:
            self.counts["results"] += 1
            if error is not None and identity not in connection.shared:
                self.complain(connection, f"carried out, but does not fit: {error}", asked)
                return
            method = asked["method"] if error is None else METHODS[0]
            self.counts[f"results of {method}"] += 1
            wrong = self.check(connection, result_name(method), value["result"], True)
            if identity in connection.shared and wrong is not None:
                # Which was refused over a limit, say, and which was not, is not known.
                if any(self.check(connection, result_name(one), value["result"], True) is None
                       for one in METHODS):
                    wrong = None
            if wrong is not None:
                self.complain(connection, f"a result that does not fit: {wrong.message}", value)
            return
        self.counts[f"errors {code}"] += 1
        refused = code in (PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS)
        if refused and error is None and identity not in connection.shared:
            if code == INVALID_PARAMS and \
                    (asked["method"], value["error"]["data"]["param"]) in STATE:
                return
            self.complain(connection, f"refused with {code}, but fits", asked)

    def service_line(self, connection, line):
        self.counts["service lines"] += 1
        value = parse(line)
        error = self.check(connection, "ServerMessage", value, True)
        if error is not None:
            self.complain(connection, f"does not fit: {error.message}", line.decode())
            return
        for one in value if isinstance(value, list) else [value]:
            if "method" not in one:
                self.reply(connection, one)
            else:
                self.counts[one["method"]] += 1

    def take(self, connection, way, data):
        if way == "<":
            *lines, connection.asked = (connection.asked + data).split(b"\n")
            for line in lines:
                self.client_line(connection, line)
            if len(connection.asked) >= LINE:  # answered before its end has come
                connection.pending["null"].append((None, "too long"))
        else:
            *lines, connection.answered = (connection.answered + data).split(b"\n")
            for line in lines:
                self.service_line(connection, line)

    def file(self, path):
        data, at, connections = path.read_bytes(), 0, {}
        while at < len(data):
            end = data.find(b"\n", at)
            head = data[at:end].split()
            if end >= 0 and len(head) != 3:
                self.complaints.append(f"{path.name}: not written by the recorder, from {at} on")
                return
            if end < 0:
                self.counts["cut short"] += 1  # the program was killed
                return
            number, way, size = int(head[0]), head[1].decode(), int(head[2])
            at = end + 1 + size
            if at > len(data):
                self.counts["cut short"] += 1
                return
            connection = connections.setdefault(number, Connection(f"{path.name}/{number}"))
            if way == "x":
                self.counts["connections cut at the recorder's limit"] += 1
                continue
            self.take(connection, way, data[end + 1:at])
        self.counts["connections"] += len(connections)


def check_traffic(folder, some):
    checker = Checker()
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for path in files:
        checker.file(path)
    counts = checker.counts
    print(f"{len(files)} programs: " + ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    # Nothing to check is not a good result.
    for what in ["results", "event", "closing", f"errors {INVALID_PARAMS}",
                 f"errors {INVALID_REQUEST}", f"errors {PARSE_ERROR}"]:
        if counts[what] == 0:
            checker.complaints.append(f"there was no {what} in it")
    for what in [] if some else ["turn", "gap"] + [f"results of {one}" for one in METHODS]:
        if counts[what] == 0:
            checker.complaints.append(f"there was no {what} in it")
    # Those without one are of clients that went, and of connections cut at the recorder's limit.
    answered = counts["results"] + sum(n for what, n in counts.items() if what.startswith("errors"))
    if answered < LEAST_ANSWERED * counts["requests"]:
        checker.complaints.append(f"{answered} answers to {counts['requests']} requests")
    return checker.complaints


# ---- documents ----


def check_documents():
    complaints = []
    jsonschema.Draft202012Validator.check_schema(WHOLE_SCHEMA)
    openrpc = json.loads((ROOT / "openrpc.json").read_text())
    requests = SCHEMA["$defs"]["Request"]
    methods = METHODS

    # The document itself, as its specification has it.
    meta = json.loads((ROOT.parent / "build/deps/npm/openrpc.json").read_text())
    meta["$schema"] = "http://json-schema.org/draft-07/schema#"
    # Of JSON Schema's own it refers to one member.
    tools = {"definitions": {"JSONSchemaObject": {"properties": {"$ref": {"type": "string"}}}}}
    store = {"https://meta.json-schema.tools/": tools, "https://meta.json-schema.tools": tools}
    resolver = jsonschema.RefResolver.from_schema(meta, store=store)
    for error in jsonschema.Draft7Validator(meta, resolver=resolver).iter_errors(openrpc):
        complaints.append(f"openrpc.json: {'/'.join(map(str, error.path))}: {error.message}")

    def resolve(reference):
        file, _, pointer = reference.partition("#/")
        found = json.loads((ROOT / file).read_text()) if file else openrpc
        for part in pointer.split("/"):
            found = found[part]
        return found

    def walk(value):
        if isinstance(value, dict):
            if "$ref" in value and value is not requests:
                resolve(value["$ref"])
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)
    walk(openrpc)
    if [one["name"] for one in openrpc["methods"]] != methods:
        complaints.append("openrpc.json and the schema name different methods")
    for one in openrpc["methods"]:
        named, positional = SCHEMA["$defs"][camel(one["name"]) + "Params"]["anyOf"]
        params = [(p["name"], p["schema"]["$ref"].split("/")[-1]) for p in one["params"]]
        in_schema = [(name, p["$ref"].split("/")[-1])
                     for name, p in named.get("properties", {}).items()]
        in_order = [p["$ref"].split("/")[-1] for p in positional.get("prefixItems", [])]
        if params != in_schema or [kind for _, kind in params] != in_order:
            complaints.append(f"{one['name']}: openrpc.json and the schema differ in params")
        required = [p["name"] for p in one["params"] if p["required"]]
        if required != named.get("required", []):
            complaints.append(f"{one['name']}: openrpc.json and the schema differ in what is required")
        if one["result"]["schema"]["$ref"].split("/")[-1] != result_name(one["name"]):
            complaints.append(f"{one['name']}: its result")
    return complaints + check_examples(methods)


def check_examples(methods):
    """The lines of PROTOCOL.md that begin with > (a client's) and < (the service's)."""
    text = (ROOT / "PROTOCOL.md").read_text()
    checker, connection = Checker(), Connection("PROTOCOL.md")
    for mark, line in re.findall(r"^([<>]) (.*)$", text, flags=re.M):
        if mark == ">":
            checker.client_line(connection, line.encode())
        else:
            checker.service_line(connection, line.encode())
    complaints = checker.complaints
    for identity, waiting in connection.pending.items():
        complaints += [f"PROTOCOL.md: no answer to {identity}"] * len(waiting)
    asked = set(re.findall(r'^> .*"method":"([a-z.]+)"', text, flags=re.M))
    complaints += [f"PROTOCOL.md has no example of {name}" for name in set(methods) - asked]
    table = re.findall(r"^\| `([a-z.]+)` \|", text.split("## Methods")[1].split("###")[0], flags=re.M)
    if sorted(table) != sorted(methods):
        complaints.append("PROTOCOL.md's table of methods and the schema differ")
    for kind in ["event", "gap", "reset", "closing", "turn"]:
        if checker.counts[kind] == 0:
            complaints.append(f"PROTOCOL.md has no example of {kind}")
    for block in re.findall(r"^```json\n(.*?)^```", text, flags=re.M | re.S):
        for one in re.split(r"\n(?=\{)", block.strip()):
            value = json.loads(one)
            name = "Event" if "kind" in value else "Status"
            error = fits(name, value, True)
            if error is not None:
                complaints.append(f"PROTOCOL.md: {name} does not fit: {error.message}")
    print(f"PROTOCOL.md: {checker.counts['client lines']} lines of a client, "
          f"{checker.counts['service lines']} of the service")
    return complaints


def main():
    if sys.argv[1:] == ["documents"]:
        complaints = check_documents()
    elif len(sys.argv) == 3 and sys.argv[1] in ("traffic", "some-traffic"):
        complaints = check_traffic(pathlib.Path(sys.argv[2]), sys.argv[1] == "some-traffic")
    else:
        sys.exit(__doc__)
    for one in complaints:
        print(one)
    sys.exit(1 if complaints else 0)


main()
