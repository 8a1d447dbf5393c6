"""Whom a request to the company's own billing API is made for: the canary tenant at its field, and nobody else anywhere."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from probe.checks.detours import detour
from probe.documents.disguises import readings
from probe.model.path import OwnApi
from probe.model.scenario import HttpAction

_USUAL: Final = "tenant"
"""What the field is called where the configuration does not say: `tenant` or `tenant_id`, with or without `X-` in a header."""
_PREFIXES: Final = ("header:", "query:", "path:")
_BODY: Final = "body:"

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W_A-Za-z0-9]+")
_KIND_OF_NAME: Final = re.compile(r"(?:ids?|refs?|references?|keys?|names?|codes?|uuids?|numbers?|slugs?)$")
"""`tenant_ref` says who the tenant is just as `tenant` does."""
_IN_FORM: Final = re.compile(r"[\[\].]+")
_SAID: Final = re.compile(
    r"""(?<![\w.\-\[\]])(?=[.\-\[\]]*\w)([\w.\-\[\]]++(?:\s++[\w\-]++)?+)\\*["'\]]*\s*(?:=>|[:=>])\s*\\*["']?(?=[^\s"'{\[<>])"""
)
"""`KEY: VALUE`, `KEY=VALUE`, `<KEY>VALUE`, `<KEY id="VALUE"`: in whatever language a body is written."""
_PART_NAME: Final = re.compile(r'name="?([\w.\-\[\]]+)')
_EMPTY_LINE: Final = re.compile(r"\r?\n\r?\n")
"""Between the head of a field of a multipart form, which names it, and its value."""
_SHOWN: Final = 200
"""Characters of a value that are looked at to show it."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One thing that a request says."""

    place: str
    """`body:`, `header:`, `query:` or `path:`."""
    keys: tuple[str, ...]
    """From the outermost on; of a path the segment before."""
    value: object
    """A value, or `_Members` where it is a map."""


class _Members(list[tuple[str, object]]):
    """Every member of a JSON object, also where a name is there twice."""


@dataclass(frozen=True, slots=True)
class Misdirected:
    """Why a request may not be sent."""

    where: str
    """Where somebody else stands, or where the canary is missing."""
    other: str | None = None
    """Who stands there; None: nobody does."""
    leads_away: bool = False
    """`where` is what in the path may lead elsewhere, so that nobody knows for whom the request is."""


def field_of(api: OwnApi) -> str:
    """The place of the canary tenant in words."""
    return api.canary_field or "tenant` or `tenant_id"


def misdirected(action: HttpAction, api: OwnApi) -> Misdirected | None:
    """Why the request, its templates filled in, is not for the canary tenant alone; None where it is.

    The tenant must stand at the field, and wherever a key is called like the field, at any depth of body, query, headers and path,
    nothing else may; and the path must lead where it says. Only JSON and forms are read as bodies that can carry it; others are searched for other tenants.
    """
    said = list(_everything(action))
    stem = _stem(_last_of(api.canary_field))
    for each in said:
        if _calls(each.keys, stem) and not _fits(each, api, stem):
            return Misdirected(f"{each.place}{'.'.join(each.keys)}".removeprefix(_BODY), _shown(each.value))
    if (other := _other_in_text(action, api, stem)) is not None:
        return other
    if (away := detour(action.path)) is not None:
        return Misdirected(away, leads_away=True)
    if not any(_carries(each, api) for each in said):
        return Misdirected(field_of(api))
    return None


def _fits(said: _Said, api: OwnApi, stem: str) -> bool:
    """Whether what stands at a key that is called like the field is the canary, or a map that says who it is."""
    if isinstance(said.value, _Members):
        return any(_calls((*said.keys, key), stem) for key, _ in said.value)  # who it is, is looked at there
    return _is_canary(said.value, api)


def _carries(said: _Said, api: OwnApi) -> bool:
    """Whether the canary stands at the field."""
    if not _is_canary(said.value, api):
        return False
    field = api.canary_field
    if field is None:
        called = "".join(_words(said.keys))
        usual = {_USUAL, f"{_USUAL}id"} | ({f"x{_USUAL}", f"x{_USUAL}id"} if said.place == "header:" else set())
        return called in usual or (said.place == "path:" and called == f"{_USUAL}s")
    place = next((one for one in _PREFIXES if field.startswith(one)), _BODY)
    wanted = field.removeprefix(place)
    if place == "header:":
        return said.place == place and said.keys[-1].lower() == wanted.lower()
    return said.place == place and said.keys == tuple(_in_form(wanted) if place != "path:" else [wanted])


def _is_canary(value: object, api: OwnApi) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and str(value) == api.canary_tenant


def _calls(keys: tuple[str, ...], stem: str) -> bool:
    """Whether a key, or it with the one around it (`tenant: {id: …}`), is called like the field."""
    words = _words(keys[-2:])
    ends = {_stem("".join(words[start:])) for start in range(len(words))}
    return bool(ends & {stem, f"{stem}s"})


def _stem(called: str) -> str:
    """What a name is the name of: `tenant` of `tenantid`. A word that is nothing but such an ending stays."""
    stem = called
    while (shorter := _KIND_OF_NAME.sub("", stem)) not in {stem, ""}:
        stem = shorter
    return stem


def _last_of(field: str | None) -> str:
    """The name of the field in one word; with the one around it where it says nothing by itself (`tenant.id`)."""
    if field is None:
        return _USUAL
    keys = tuple(_in_form(field.partition(":")[2] if field.startswith(_PREFIXES) else field))
    words = _words(keys[-1:])
    last = "".join(words[1:] if words[:1] == ["x"] else words)  # of `X-Org`
    return last if _KIND_OF_NAME.fullmatch(last) is None else "".join(_words(keys[-2:]))


def _words(keys: tuple[str, ...]) -> list[str]:
    return [word.lower() for key in keys for word in _WORDS.findall(key)]


def _in_form(key: str) -> list[str]:
    """`payment[tenant]` and `payment.tenant` are the same place."""
    return [part for part in _IN_FORM.split(key) if part]


def _everything(action: HttpAction) -> Iterator[_Said]:
    path, _, query = action.path.partition("?")
    segments = [segment for segment in unquote(path).split("/") if segment]
    for before, segment in pairwise(segments):
        yield _Said("path:", (before,), segment)
    yield from _form(query, "query:")
    for name, value in action.headers.items():
        yield _Said("header:", (name,), value)
    yield from _body(action)


def _body(action: HttpAction) -> Iterator[_Said]:
    kind = next((value.lower() for name, value in action.headers.items() if name.lower() == "content-type"), "")
    parsed = _parsed(action.body or "")
    if parsed is not None and ("json" in kind or not kind):
        yield from _walk(parsed, ())
    elif "urlencoded" in kind or not kind:
        yield from _form(action.body or "", _BODY)


def _form(text: str, place: str) -> Iterator[_Said]:
    for key, value in parse_qsl(text, keep_blank_values=True) if "=" in text else ():
        yield _Said(place, tuple(_in_form(key)), value)


def _walk(value: object, keys: tuple[str, ...]) -> Iterator[_Said]:
    """Every value below, lists looked through, and JSON within a text read as well. A stack, so that no depth is too deep."""
    stack = [(keys, value)]
    while stack:
        keys, value = stack.pop()
        inner = _parsed(value) if isinstance(value, str) else None
        if keys and (isinstance(value, _Members) or not isinstance(value, list)):
            yield _Said(_BODY, keys, value)
        if isinstance(value, _Members):
            stack += [((*keys, key), member) for key, member in value]
        elif isinstance(value, list):
            stack += [(keys, member) for member in value]
        elif inner is not None:
            stack.append((keys, inner))


def _parsed(text: str) -> "_Members | list[object] | None":
    """A JSON object or list; None for anything else."""
    try:
        found = json.loads(text, object_pairs_hook=_Members) if text.lstrip()[:1] in {"{", "["} else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _other_in_text(action: HttpAction, api: OwnApi, stem: str) -> Misdirected | None:
    """Somebody else in what no reader of ours reads: XML, multipart forms, cookies, tokens in Base64."""
    written = {
        api.canary_tenant,
        quote(api.canary_tenant),
        quote_plus(api.canary_tenant),
        json.dumps(api.canary_tenant)[1:-1],
    }
    texts = {"path:": action.path, _BODY: action.body or ""}
    texts |= {f"header:{name}": value for name, value in action.headers.items()}
    for place, text in texts.items():
        for reading in readings(text):
            for key, at in (*((found[1], found.end()) for found in _SAID.finditer(reading)), *_parts(reading)):
                if _calls(tuple(_in_form(key)), stem) and not any(_begins(reading, at, one) for one in written):
                    value = re.split(r"[\s\"'&;,?<>}\]\\]", reading[at : at + _SHOWN])[0]
                    return Misdirected(f"{place}{key}".removeprefix(_BODY), _shown(value))
    return None


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """What the fields of a multipart form may be called, and where the value of each begins."""
    head = 0
    for line in _EMPTY_LINE.finditer(text):
        for found in _PART_NAME.finditer(text, head, line.start()):
            yield found[1], line.end()
        head = line.end()


def _begins(text: str, at: int, tenant: str) -> bool:
    """Whether the tenant stands there, and nothing that would make it another."""
    there = text[at : at + len(tenant) + 1]
    pattern = re.compile(re.escape(tenant) + r"(?![\w.@%+-])")
    return any(pattern.match(one) is not None for one in (there, there.replace("+", " ")))


def _shown(value: object) -> str:
    return "a map" if isinstance(value, _Members) else str(value)
