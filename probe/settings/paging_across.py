"""Mistakes in `pages` and `maintenance` that show only when two keys are seen together."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.nearest import suggestion
from probe.documents.tree import Loc, dotted
from probe.model.paging import SinkKind
from probe.settings.paging_fields import moment
from probe.settings.reading import Written
from probe.settings.secrets import maps

_WANTED: Final[Mapping[str, tuple[str, ...]]] = {
    SinkKind.PAGERDUTY: ("routing_key",),
    SinkKind.ALERTMANAGER: ("url",),
    SinkKind.WEBHOOK: ("url",),
}
_ALONE: Final[Mapping[str, tuple[str, ...]]] = {
    "routing_key": (SinkKind.PAGERDUTY,),
    "token": (SinkKind.ALERTMANAGER, SinkKind.WEBHOOK),
    "format": (SinkKind.WEBHOOK,),
}
"""Keys that mean nothing for the other kinds."""


def paging_mistakes(written: Written) -> Iterator[Mistake]:
    """All of them, in no order."""
    pages = written.tree.get("pages")
    if isinstance(pages, Mapping):
        for name, sink in maps(pages.get("sinks")):
            yield from _sink_mistakes(written, ("pages", "sinks", name), sink)
        beat = pages.get("heartbeat")
        if isinstance(beat, Mapping) and "url" not in beat and "url_file" not in beat:
            yield _missing(written, ("pages", "heartbeat"), "url", "a heartbeat goes somewhere", "add `url_file`")
    windows = written.tree.get("maintenance")
    for index, window in enumerate(windows if isinstance(windows, list) else ()):
        if isinstance(window, Mapping):
            yield from _window_mistakes(written, ("maintenance", index), window)


def _sink_mistakes(written: Written, loc: Loc, sink: Mapping[str, Any]) -> Iterator[Mistake]:
    kind = str(sink.get("kind"))
    for key in _WANTED.get(kind, ()):
        if key not in sink and f"{key}_file" not in sink:
            yield _missing(written, loc, key, f"`{kind}` needs it", f"add `{key}_file`, which names a file with it")
    for key, kinds in _ALONE.items():
        for name in (key, f"{key}_file"):
            if name in sink and kind in _WANTED and kind not in kinds:
                at = (*loc, name)
                message = f"`{name}` means nothing for a sink of kind `{kind}`"
                yield Mistake.at(written.places.key(at), dotted(at), message, "leave it out")


def _window_mistakes(written: Written, loc: Loc, window: Mapping[str, Any]) -> Iterator[Mistake]:
    once, weekly = ("begins", "ends"), ("days", "at", "lasts")
    given = [key for key in (*once, *weekly) if key in window]
    hint = 'write `{begins: …, ends: …}`, or `{days: [sun], at: "02:00", lasts: 2h}`'
    if set(given) not in ({*once}, {*weekly}):
        yield Mistake.at(written.places.key(loc), dotted(loc), "a window is either once or every week, and whole", hint)
    elif "begins" in given and _backwards(window):
        at = (*loc, "ends")
        yield Mistake.at(written.places.value(at), dotted(at), "`ends` is not after `begins`", "swap them")
    elif "days" in given and window["days"] == []:
        at = (*loc, "days")
        yield Mistake.at(written.places.value(at), dotted(at), "`days` is empty", hint)
    known = tuple(name for name, _ in maps(written.tree.get("paths")))
    paths = window.get("paths")
    for index, name in enumerate(paths if isinstance(paths, list) else ()):
        if isinstance(name, str) and name not in known:
            at = (*loc, "paths", index)
            message = f"unknown path {quoted(name)}"
            yield Mistake.at(written.places.value(at), dotted(at), message, suggestion(name, known, "there is"))


def _backwards(window: Mapping[str, Any]) -> bool:
    """False for what is no moment, which the models refuse."""
    try:
        return moment(window["ends"]) <= moment(window["begins"])
    except ValueError:
        return False


def _missing(written: Written, loc: Loc, key: str, why: str, hint: str) -> Mistake:
    return Mistake.at(written.places.key(loc), dotted((*loc, key)), f"`{key}` is missing: {why}", hint)
