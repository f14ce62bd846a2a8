#!/usr/bin/env python3
"""Derives a Swagger 2 description of the part of Grafana's API that nbpy uses from Grafana Labs' Go client.

The client (https://github.com/grafana/grafana-openapi-client-go, Apache-2.0) is generated from Grafana's own description; this
reads it back: methods, paths and parameters from client/, names, types, formats, enums, limits and what is required from models/.
Texts of descriptions are left out. Run by hand, with a clone and a commit of it:

    derive.py CLONE COMMIT > grafana-openapi.json
"""
import json
import re
import subprocess
import sys

OPERATIONS = {
    "/health": ["get"],
    "/datasources": ["get", "post"],
    "/datasources/{id}": ["get", "delete"],
    "/datasources/name/{name}": ["get", "delete"],
    "/datasources/uid/{uid}": ["get", "put", "delete"],
    "/datasources/uid/{uid}/health": ["get"],
    "/dashboards/db": ["post"],
    "/dashboards/uid/{uid}": ["get", "delete"],
    "/dashboards/uid/{uid}/versions": ["get"],
    "/search": ["get"],
    "/folders": ["get", "post"],
    "/folders/{folder_uid}": ["get"],
    "/org": ["get"],
    "/v1/provisioning/alert-rules": ["get", "post"],
    "/v1/provisioning/alert-rules/{UID}": ["get", "put", "delete"],
}

# What alerting's files hold: nothing that is sent leads there.
FILES = ["AlertRuleGroupExport"]

PRIMITIVES = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int64": {"type": "integer", "format": "int64"},
    "int32": {"type": "integer", "format": "int32"},
    "uint8": {"type": "integer", "format": "uint8"},
    "uint64": {"type": "integer", "format": "uint64"},
    "float64": {"type": "number", "format": "double"},
    "strfmt.DateTime": {"type": "string", "format": "date-time"},
    "strfmt.Duration": {"type": "string", "format": "duration"},
    # Anything: swagger's "object" without properties comes out as this too.
    "interface{}": {},
    "any": {},
}


class Client:
    def __init__(self, clone, commit):
        self.git = ["git", "-C", clone]
        self.commit = commit
        self.sources = self.read_all(["client", "models"])
        self.models = {}
        for path, text in self.sources.items():
            if path.startswith("models/"):
                self.find_models(text)

    def run(self, *arguments, **options):
        return subprocess.run([*self.git, *arguments], check=True, capture_output=True, **options).stdout

    def read_all(self, folders):
        paths = [p for p in self.run("ls-tree", "-r", "--name-only", self.commit, *folders, text=True).splitlines() if p.endswith(".go")]
        stream = self.run("cat-file", "--batch", input="".join(f"{self.commit}:{p}\n" for p in paths).encode())
        texts, at = {}, 0
        for path in paths:
            end = stream.index(b"\n", at)
            size = int(stream[at:end].split()[2])
            texts[path] = stream[end + 1:end + 1 + size].decode()
            at = end + size + 2
        return texts

    def find_models(self, text):
        named = re.search(r"// swagger:model (\S+)", text)
        for match in re.finditer(r"^type (\w+) (struct \{\n(.*?)^\}|[^\n{]+(?:\{\})?)", text, re.M | re.S):
            go, rest, fields = match.groups()
            self.models[go] = (named[1] if named and named[1].lower() == go.lower() else go, rest, fields)

    def schema(self, go, used):
        """The schema of a Go type; models that it needs are added to used."""
        go = go.strip().lstrip("*").removeprefix("models.")
        if go.startswith("[]"):
            return {"type": "array", "items": self.schema(go[2:], used)}
        if go.startswith("map[string]"):
            return {"type": "object", "additionalProperties": self.schema(go[len("map[string]"):], used)}
        if go in PRIMITIVES:
            return dict(PRIMITIVES[go])
        used.append(go)
        return {"$ref": "#/definitions/" + self.models[go][0]}

    def definition(self, go, used):
        _, kind, fields = self.models[go]
        if not kind.startswith("struct"):
            return self.schema(kind, used)
        properties, required = {}, []
        for comment, one, name in re.findall(r"((?:^\t//[^\n]*\n)*)^\t\w+ ([^\n]+?) `json:\"([^\",]+)[^`]*`", fields, re.M):
            schema = self.schema(one, used)
            if "// Required: true" in comment:
                required.append(name)
            if listed := re.search(r"// Enum: \[(.*)\]", comment):
                schema["enum"] = [v.strip('"') for v in re.split(r"[ ,]", listed[1])]
            for said, key in (("Max Length", "maxLength"), ("Min Length", "minLength")):
                if limit := re.search(rf"// {said}: (\d+)", comment):
                    schema[key] = int(limit[1])
            if pattern := re.search(r"// Pattern: (.*)", comment):
                schema["pattern"] = pattern[1]
            properties[name] = schema
        if not properties:
            raise ValueError(f"{go} has no members that could be read")
        return {"type": "object", **({"required": sorted(required)} if required else {}), "properties": dict(sorted(properties.items()))}

    def operation(self, method, path, used):
        asked = f'Method:             "{method.upper()}",\n\t\tPathPattern:        "{path}",'
        folder, text = next((p.rsplit("/", 1)[0], t) for p, t in self.sources.items() if p.endswith("_client.go") and asked in t)
        name = re.search(r"Params:\s+params,\s+Reader:\s+&(\w+)Reader", text[text.index(asked):])[1]
        files = {p: t for p, t in self.sources.items() if p.startswith(folder + "/")}
        sent = next(t for p, t in files.items() if p.endswith("_parameters.go") and f"type {name}Params struct" in t)
        answered = next(t for p, t in files.items() if p.endswith("_responses.go") and f"type {name}Reader struct" in t)
        fields = dict(re.findall(r"^\t(\w+) (\S+)$", re.search(rf"type {name}Params struct \{{\n(.*?)^\}}", sent, re.M | re.S)[1], re.M))

        parameters = [{"name": p, "in": "path", "required": True, "type": "string"} for p in re.findall(r'SetPathParam\("(\w+)"', sent)]
        if "SetBodyParam(o.Body)" in sent:
            parameters.append({"name": "body", "in": "body", "required": True, "schema": self.schema(fields["Body"], used)})
        for field, query in re.findall(r"if o\.(\w+) != nil \{\s+// (?:query param|binding items for) (\w+)\n", sent):
            parameters.append({"name": query, "in": "query", **self.schema(fields[field], used)})
        if set(re.findall(r'SetQueryParam\("(\w+)"', sent)) != {p["name"] for p in parameters if p["in"] == "query"}:
            raise ValueError(f"{method} {path}: its parameters could not be read")

        responses = {}
        for code, result in re.findall(r"case (2\d\d):\s+result := New(\w+)\(\)", answered):
            payload = re.search(rf"type {result} struct \{{\n\tPayload (\S+)", answered)
            responses[code] = {"schema": self.schema(payload[1], used)} if payload else {}
        if not responses:
            raise ValueError(f"{method} {path}: its answers could not be read")
        return {"parameters": parameters, "responses": responses} if parameters else {"responses": responses}


def main(clone, commit):
    client = Client(clone, commit)
    used = list(FILES)
    paths = {path: {method: client.operation(method, path, used) for method in methods} for path, methods in OPERATIONS.items()}
    definitions = {}
    while used:
        go = used.pop()
        if client.models[go][0] not in definitions:
            definitions[client.models[go][0]] = client.definition(go, used)
    commit = client.run("rev-parse", commit, text=True).strip()
    made = client.run("show", commit + ":scripts/pull-schema.sh", text=True)
    source = re.search(r'GRAFANA_REPO_SHA_COMMIT="(\w+)"', made) or re.search(r"grafana/grafana/(?:refs/tags/)?([\w.]+)/public", made)
    description = {
        "swagger": "2.0",
        "info": {
            "title": "The part of Grafana's HTTP API that nbpy uses",
            "version": "grafana/grafana " + source[1],
            "description": f"Derived by derive.py from https://github.com/grafana/grafana-openapi-client-go, commit {commit}.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "basePath": "/api",
        "paths": paths,
        "definitions": dict(sorted(definitions.items())),
    }
    json.dump(description, sys.stdout, indent=2)
    print()


main(*sys.argv[1:])
