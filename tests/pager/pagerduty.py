"""PagerDuty's Events API v2, as strict as its documentation says it is (developer.pagerduty.com/docs/events-api-v2)."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

_SEVERITIES = {"critical", "error", "warning", "info"}
_TOP = {"routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url"}
_PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}
_MOST_BYTES = 512 * 1024


@dataclass(slots=True)
class FakePagerDuty:
    """Keeps incidents as PagerDuty does: one for each key, open until it is resolved."""

    routing_key: str
    open: dict[str, str] = field(default_factory=dict)
    """Key -> summary of the trigger that opened it."""
    log: list[tuple[str, str]] = field(default_factory=list)
    """What became of each event: `opened`, `logged`, `resolved`, `ignored`, with its key."""
    limited: int = 0
    """How many events are answered 429 before any is taken."""

    def app(self) -> web.Application:
        """`POST /v2/enqueue`."""
        app = web.Application(client_max_size=2 * _MOST_BYTES)
        app.router.add_post("/v2/enqueue", self._enqueue)
        return app

    async def _enqueue(self, request: web.Request) -> web.Response:
        if self.limited:
            self.limited -= 1
            return web.json_response({"status": "throttle exceeded"}, status=429)
        text = await request.read()
        event = json.loads(text)
        errors = [*_errors(event, self.routing_key), *(["too large"] if len(text) > _MOST_BYTES else [])]
        if errors:
            return web.json_response(
                {"status": "invalid event", "message": "Event object is invalid", "errors": errors}, status=400
            )
        key = event["dedup_key"]
        self.log.append((self._taken(event, key), key))
        return web.json_response({"status": "success", "message": "Event processed", "dedup_key": key}, status=202)

    def _taken(self, event: dict[str, Any], key: str) -> str:
        if event["event_action"] == "resolve":
            return "resolved" if self.open.pop(key, None) is not None else "ignored"
        if key in self.open:
            return "logged"
        self.open[key] = event["payload"]["summary"]
        return "opened"


def _errors(event: dict[str, Any], routing_key: str) -> list[str]:
    """Everything that the documentation demands."""
    found = [f"unknown field {name}" for name in event.keys() - _TOP]
    if event.get("routing_key") != routing_key or len(routing_key) != 32:
        found.append("'routing_key' is invalid")
    if event.get("event_action") not in {"trigger", "acknowledge", "resolve"}:
        found.append("'event_action' is invalid")
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        found.append("'dedup_key' must have 1 to 255 characters")
    if event.get("event_action") == "trigger":
        found += _payload_errors(event.get("payload", {}))
    return found


def _payload_errors(payload: dict[str, Any]) -> list[str]:
    found = [f"unknown payload field {name}" for name in payload.keys() - _PAYLOAD]
    if not 0 < len(payload.get("summary", "")) <= 1024:
        found.append("'payload.summary' must have 1 to 1024 characters")
    if not payload.get("source"):
        found.append("'payload.source' is missing or blank")
    if payload.get("severity") not in _SEVERITIES:
        found.append("'payload.severity' is invalid")
    if datetime.fromisoformat(payload.get("timestamp", "")).tzinfo is None:
        found.append("'payload.timestamp' is no ISO 8601 moment")
    return found
