"""The OpenAPI description (3.1) of the admin face; a test holds what it says against what is answered."""

import json
from typing import Final

from probe.report.schema import result_schema
from probe.report.schema_parts import Schema, object_of
from probe.report.schema_status import event, status

_ERROR: Final = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_TEXT: Final = {"type": "string"}
_REFUSALS: Final = {
    "401": "a token is needed",
    "403": "a browser sent it for another site's page",
    "421": "the Host header names neither the loopback nor the address on which it listens",
}


def document(version: str) -> dict[str, object]:
    """The whole description."""
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "paypath",
            "version": version,
            "summary": "Whether money can flow, and if not, why.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{}, {"bearer": []}, {"basic": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "any name; the token is the password"},
            },
            "schemas": _schemas(),
        },
    }
    whole: dict[str, object] = json.loads(json.dumps(made).replace("#/$defs/", "#/components/schemas/"))
    return whole


def _schemas() -> dict[str, object]:
    found = result_schema()["$defs"]
    assert isinstance(found, dict)  # noqa: S101 - our own schema, made one line above
    return {**found, "status": object_of(status()), "event": object_of(event()), "error": _ERROR}


def _paths() -> dict[str, object]:
    runs = {"type": "object", "required": ["runs"], "properties": {"runs": _many("run")}}
    certificates = {"type": "object", "required": ["certificates"], "properties": {"certificates": _many("watched")}}
    path, scenario = _parameter("path", "a configured path", _TEXT), _parameter("scenario", "its name", _TEXT)
    most: Schema = {"type": "integer", "minimum": 1, "maximum": 200}
    limit = _parameter("limit", "at most so many, the newest first", most)
    numbers: Schema = {
        "in": "header",
        "name": "Last-Event-ID",
        "schema": _TEXT,
        "description": "the last event that was seen",
    }
    return {
        "/": {"get": _operation("The status page.", "text/html", _TEXT)},
        "/api/v1/status": {"get": _operation("Where every path stands.", _JSON, _one("status"))},
        "/api/v1/runs": {
            "get": _operation("The latest runs.", _JSON, runs, [path, scenario, limit], {"400": "a wrong parameter"})
        },
        "/api/v1/certificates": {"get": _operation("Every certificate of the paths.", _JSON, certificates)},
        "/api/v1/events": {
            "get": _operation(
                "Server-sent events: `happened` with an event as data, `run` whenever a run has ended.",
                "text/event-stream",
                _TEXT,
                [numbers],
                {"503": "too many are listening already"},
            )
        },
        "/api/v1/openapi.json": {"get": _operation("This description.", _JSON, {"type": "object"})},
        "/probe": {
            "get": _operation(
                "One handshake on a configured path, now.",
                _JSON,
                _one("run"),
                [{**path, "required": True}],
                {"400": "no path, or a wrong parameter", "404": "no such path is configured"},
            )
        },
        "/-/reload": {"post": _reload()},
    }


_JSON: Final = "application/json"


def _reload() -> Schema:
    shape = {
        "type": "object",
        "required": ["reloaded", "text"],
        "properties": {"reloaded": {"type": "boolean"}, "text": _TEXT},
    }
    made = _operation("Read the configuration anew, as SIGHUP and a change of its files do.", _JSON, shape)
    refused = {"description": "it is wrong, and the one before goes on", "content": {_JSON: {"schema": shape}}}
    return {**made, "responses": {**_answers(made), "409": refused}}


def _answers(operation: Schema) -> Schema:
    answers = operation["responses"]
    return answers if isinstance(answers, dict) else {}


def _one(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _many(name: str) -> Schema:
    return {"type": "array", "items": _one(name)}


def _parameter(name: str, said: str, schema: object) -> Schema:
    return {"in": "query", "name": name, "description": said, "schema": schema}


def _operation(
    said: str,
    kind: str,
    schema: object,
    parameters: list[Schema] | None = None,
    problems: dict[str, str] | None = None,
) -> Schema:
    answers: dict[str, object] = {"200": {"description": "so it is", "content": {kind: {"schema": schema}}}}
    for status_code, why in {**_REFUSALS, **(problems or {})}.items():
        answers[status_code] = {"description": why, "content": {_JSON: {"schema": _one("error")}}}
    return {"summary": said, "parameters": parameters or [], "responses": answers}
