#!/usr/bin/env python3
"""Writes openrpc.json to standard output as one document, for tools that do not follow references
to other files: what it uses from protocol.schema.json is among its components.

    bundle_openrpc.py URL     URL: the project's page, for externalDocs

OpenRPC's schemas are JSON Schema draft 7, in which members next to a $ref are ignored.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
OTHER = "protocol.schema.json#/$defs/"
WITHIN = "#/$defs/"
COMPONENT = "#/components/schemas/"


class Bundle:
    def __init__(self, definitions):
        self.definitions = definitions
        self.used = {}

    def take(self, name):
        if name not in self.used:
            self.used[name] = None  # one that refers to itself
            self.used[name] = self.of(self.definitions[name])

    def of(self, value):
        """The same, with its references changed to components."""
        if isinstance(value, list):
            return [self.of(one) for one in value]
        if isinstance(value, str):
            return value.replace(OTHER, COMPONENT)
        if not isinstance(value, dict):
            return value
        if "prefixItems" in value:
            raise ValueError("draft 7 has no prefixItems")
        out = {key: self.of(one) for key, one in value.items() if key != "$ref"}
        if "$ref" in value:
            prefix = next((p for p in (OTHER, WITHIN) if value["$ref"].startswith(p)), None)
            reference = value["$ref"]
            if prefix is not None:
                self.take(reference[len(prefix):])
                reference = COMPONENT + reference[len(prefix):]
            if not out:
                return {"$ref": reference}
            out["allOf"] = [{"$ref": reference}]
        return out


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    document = json.loads((HERE / "openrpc.json").read_text())
    bundle = Bundle(json.loads((HERE / "protocol.schema.json").read_text())["$defs"])
    bundle.take("Notification")  # what no method returns
    document = bundle.of(document)
    document["externalDocs"]["url"] = sys.argv[1]
    document["components"]["schemas"] = dict(sorted(bundle.used.items()))
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    print()


main()
