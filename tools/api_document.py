"""The API's contract, openapi/openapi.yaml, as what the program serves: /openapi.json, and /docs, a
page of its own that needs no script and nothing from elsewhere."""

import html
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "build/deps/pyyaml-6.0.3"))  # tools/dependencies brings it
import yaml  # noqa: E402

METHODS = ("get", "put", "post", "delete", "patch")
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>{title} API</title>
<link rel="stylesheet" href="/docs.css">
<link rel="icon" href="/favicon.svg">
<body>
<header><h1>{title} API <small>{version}</small></h1>
<p>{description}</p>
<p>The same for programs: <a href="/openapi.json">/openapi.json</a>, OpenAPI {openapi}.</p></header>
<nav aria-label="Contents"><ul>{contents}</ul></nav>
<main>{body}</main>
</body>
</html>
"""


def load(path):
    return yaml.safe_load(Path(path).read_text())


def to_json(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def text(value):
    """Escaped, with `code` between backticks."""
    parts = html.escape(str(value)).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def resolve(document, node):
    """`node`, or what its $ref points to."""
    while "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def type_of(schema):
    """One line that says what a schema takes, with links to those that have a name."""
    if "$ref" in schema:
        name = html.escape(schema["$ref"].rsplit("/", 1)[1])
        return f'<a href="#schema-{name}">{name}</a>'
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " or ".join(type_of(one) for one in schema[several])
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " · ".join(f"<code>{html.escape(str(value))}</code>" for value in values)
    kind = schema.get("type", "anything")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    if kind == "array":
        return "array of " + type_of(schema.get("items", {})) + limits_of(schema, "Items")
    return html.escape(schema.get("format", kind)) + limits_of(schema, "imum") + length_of(schema)


def length_of(schema):
    limits = limits_of(schema, "Length")
    return limits + " characters" if limits else ""


def limits_of(schema, what):
    low, high = schema.get("min" + what), schema.get("max" + what)
    if low is None and high is None:
        return ""
    if high is None:
        return f", at least {low}"
    return f", at most {high}" if low is None else f", {low}–{high}"


def table(rows, caption):
    """`rows` of (name, whether it is required, type, description); '' when there are none."""
    if not rows:
        return ""
    lines = "".join(
        f"<tr><th scope=row><code>{html.escape(name)}</code>{' <b>required</b>' if required else ''}"
        f"<td>{kind}<td>{text(about)}" for name, required, kind, about in rows)
    return f"<div class=scroll><table><caption>{caption}</caption><tbody>{lines}</table></div>"


def parameter_rows(document, parameters):
    rows = []
    for parameter in (resolve(document, each) for each in parameters):
        about = parameter.get("description", "")
        if "default" in parameter["schema"]:
            about = f"{about} Default {parameter['schema']['default']}.".strip()
        name = f"{parameter['name']} ({parameter['in']})" if parameter["in"] != "query" else parameter["name"]
        rows.append((name, parameter.get("required", False), type_of(parameter["schema"]), about))
    return rows


def answer_rows(document, responses):
    rows = []
    for status, response in responses.items():
        response = resolve(document, response)
        content = response.get("content", {})
        kinds = [f"{html.escape(media)}: {type_of(body['schema'])}" for media, body in content.items()]
        rows.append((status, False, "<br>".join(kinds) or "no body", response["description"]))
    return rows


def operation_html(document, path, method, operation, shared):
    badge = ' <span class=lock>operators</span>' if operation.get("security") else ""
    out = (f'<article id="{operation["operationId"]}"><h3><span class="method {method}">'
           f"{method.upper()}</span> <code>{html.escape(path)}</code>{badge}</h3>"
           f"<p>{text(operation['summary'])}. {text(operation.get('description', ''))}</p>")
    out += table(parameter_rows(document, shared + operation.get("parameters", [])), "Parameters")
    body = operation.get("requestBody", {}).get("content", {})
    out += table([(media, False, type_of(what["schema"]), what["schema"].get("description", ""))
                  for media, what in body.items()], "Body")
    return out + table(answer_rows(document, operation["responses"]), "Answers") + "</article>"


def operations_of(document):
    """(path, method, operation, the path's own parameters) of every call, in the document's order."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method], item.get("parameters", [])


def schema_html(name, schema):
    required = schema.get("required", [])
    rows = [(member, member in required, type_of(what), what.get("description", ""))
            for member, what in schema.get("properties", {}).items()]
    about = text(schema.get("description", ""))
    line = "" if rows else f"<p>{type_of(schema)}"
    return f'<article id="schema-{name}"><h3>{name}</h3><p>{about}</p>{line}{table(rows, "Fields")}</article>'


def to_html(document):
    contents, body = [], []
    for tag in document["tags"]:
        anchor = "tag-" + tag["name"].lower()
        contents.append(f'<li><a href="#{anchor}">{tag["name"]}</a>')
        body.append(f'<section id="{anchor}"><h2>{tag["name"]}</h2><p>{text(tag["description"])}</p>')
        body += [operation_html(document, *call) for call in operations_of(document)
                 if call[2]["tags"][0] == tag["name"]]
        body.append("</section>")
    contents.append('<li><a href="#schemas">Schemas</a>')
    body.append("<section id=schemas><h2>Schemas</h2>")
    body += [schema_html(name, schema) for name, schema in document["components"]["schemas"].items()]
    info = document["info"]
    return PAGE.format(title=text(info["title"]), version=text(info["version"]),
                       description=text(info["description"]), openapi=document["openapi"],
                       contents="".join(contents), body="".join(body) + "</section>").encode()
