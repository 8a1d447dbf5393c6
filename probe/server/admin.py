"""The admin face: status page, API, `/probe` and reload. Loopback or authenticated; see `probe.server.guard`."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Final, Protocol

from aiohttp import web

from probe.model.clock import Clock
from probe.model.run import Run
from probe.redact.leaving import leaving_value
from probe.report.json import dump, run_to_dict
from probe.report.shown import Source, look
from probe.report.standing import PathStanding, standings
from probe.report.status_json import status_to_dict
from probe.report.watched import watched_to_dict
from probe.server.feed import Feed
from probe.server.guard import HEADERS
from probe.server.openapi import document
from probe.server.view import page
from probe.verdict.forecast import Forecast

_MOST_RUNS: Final = 200
_ASSETS: Final = {"status.css": "text/css", "status.js": "text/javascript"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What became of reading the configuration anew."""

    taken: bool
    text: str
    """What has changed, or what is wrong, for people."""


class Behind(Source, Protocol):
    """What the face stands in front of; `probe.compose.facing` makes the real one."""

    def forecasts(self) -> Sequence[Forecast]:
        """Of each path."""

    def paths(self) -> Sequence[str]:
        """Names of the configured paths."""

    async def probe(self, path: str) -> Run:
        """One handshake on a configured path."""

    async def reload(self) -> Reloaded:
        """Read the configuration anew."""


class AdminFace:
    """The routes, for a listener of `probe.server.listening`."""

    def __init__(self, behind: Behind, *, clock: Clock, version: str) -> None:
        """Show what is behind."""
        self._behind, self._clock, self._version = behind, clock, version
        self._feed: Feed | None = None

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/", self._page),
            web.get("/assets/{name}", self._asset),
            web.get("/api/v1/status", self._status),
            web.get("/api/v1/runs", self._runs),
            web.get("/api/v1/certificates", self._certificates),
            web.get("/api/v1/events", self._events),
            web.get("/api/v1/openapi.json", self._openapi),
            web.get("/probe", self._probe),
            web.post("/-/reload", self._reload),
        ]

    def close(self) -> None:
        """Send those away who listen to events: a listener ends only when they do."""
        if self._feed is not None:
            self._feed.close()

    def _standings(self, now: datetime) -> tuple[PathStanding, ...]:
        return standings(self._behind.board.lines, self._behind.forecasts(), now)

    async def _page(self, _request: web.Request) -> web.Response:
        now = self._clock.now()
        text = page(look(self._behind, at=now, version=self._version))
        return web.Response(text=text, content_type="text/html")

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _ASSETS:
            raise web.HTTPNotFound(text="no such file\n")
        body = resources.files("probe.server").joinpath("pages", name).read_bytes()
        return web.Response(body=body, content_type=_ASSETS[name], charset="utf-8")

    async def _status(self, _request: web.Request) -> web.Response:
        now = self._clock.now()
        environment, location = self._behind.place
        paths = self._standings(now)
        return _json(status_to_dict(paths, environment=environment, location=location, version=self._version, at=now))

    async def _runs(self, request: web.Request) -> web.Response:
        wanted = _query(request, ("path", "scenario", "limit"))
        limit = _limit(wanted.get("limit"))
        runs = [
            run
            for run in self._behind.board.runs()
            if wanted.get("path", run.path) == run.path and wanted.get("scenario", run.scenario) == run.scenario
        ]
        return _json({"runs": [run_to_dict(run) for run in runs[:limit]]})

    async def _certificates(self, _request: web.Request) -> web.Response:
        now = self._clock.now()
        found = [watched_to_dict(entry, standing, now) for entry, standing in self._behind.certificates()]
        return _json({"certificates": found})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if request.method == "HEAD":  # nothing follows the headers, so nobody waits for it
            return web.Response(headers={"Content-Type": "text/event-stream"})
        if self._feed is None:
            self._feed = Feed(self._behind.board, leaving_value)
        if self._feed.full:
            return _problem(503, "too many are listening to events already")
        last = request.headers.get("Last-Event-ID")
        after = int(last) if last is not None and last.isascii() and last.isdigit() and len(last) < 16 else None  # noqa: PLR2004 - a number of ours
        response = web.StreamResponse(
            headers={**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):  # who listened has gone
            async for message in self._feed.listen(after):
                await response.write(message)
        return response

    async def _openapi(self, _request: web.Request) -> web.Response:
        return _json(document(self._version))

    async def _probe(self, request: web.Request) -> web.Response:
        wanted = _query(request, ("path",))
        path = wanted.get("path")
        known = self._behind.paths()
        if path is None:
            return _problem(400, "say which path: `/probe?path=NAME`")
        if path not in known:
            return _problem(404, "no such path is configured")
        run = await self._behind.probe(path)
        return _json(run_to_dict(run))

    async def _reload(self, _request: web.Request) -> web.Response:
        reloaded = await self._behind.reload()
        return _json({"reloaded": reloaded.taken, "text": reloaded.text}, status=200 if reloaded.taken else 409)


def _json(value: Mapping[str, object], *, status: int = 200) -> web.Response:
    return web.Response(text=dump(value) + "\n", content_type="application/json", status=status)


def _problem(status: int, detail: str) -> web.Response:
    return _json({"error": detail}, status=status)


def _query(request: web.Request, known: Sequence[str]) -> dict[str, str]:
    """The parameters of a request. Raises HTTPBadRequest for one that is unknown or given twice."""
    for name in request.query:
        if name not in known or len(request.query.getall(name)) > 1:
            text = dump({"error": f"parameters are {', '.join(known)}, each at most once"})
            raise web.HTTPBadRequest(text=text, content_type="application/json")
    return dict(request.query)


def _limit(given: str | None) -> int:
    if given is None:
        return 50
    if not (given.isascii() and given.isdigit() and len(given) < 4 and 1 <= int(given) <= _MOST_RUNS):  # noqa: PLR2004 - so many digits
        text = dump({"error": f"limit is a whole number from 1 to {_MOST_RUNS}"})
        raise web.HTTPBadRequest(text=text, content_type="application/json")
    return int(given)
