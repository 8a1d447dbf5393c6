"""Nodes to plain values, with the place of each value and each key kept beside them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import yaml

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake, Place
from probe.documents.yaml_text import MAX_DEPTH, compose

Loc = tuple[str | int, ...]
"""A value's way from the root: `("paths", "billing", "connector", "url")`; list items by index."""

MAX_VALUES: Final = 100_000
"""Aliases multiply what a small text stands for; past this it is refused."""

_NULL: Final = ("", "~", "null", "Null", "NULL")
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_UNSURE: Final = re.compile(r"(?i:yes|no|on|off)|[-+]?0[0-9_]+|[-+]?[0-9]+(?:_[0-9]+)+|[-+]?0[xob][0-9a-fA-F]+")
_STR: Final = "tag:yaml.org,2002:str"
_PLAIN_TAGS: Final = (_STR, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class Unsure(str):
    """An unquoted word that YAML readers disagree about: `no` is false to some and text to others, `010` is 8 or 10."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What one text says, and where it says it."""

    file: str
    root: object
    """Dicts with text keys, lists, texts, numbers, booleans and None."""
    values: Mapping[Loc, Place]
    keys: Mapping[Loc, Place]
    refused: frozenset[str] = frozenset()
    """Dotted places of values that could not be read and are None: further mistakes there would only follow."""
    mistakes: tuple[Mistake, ...] = ()
    """Duplicate keys, tags and the like; the values around them are still there to be checked."""


def read_document(text: str, file: str) -> Document:
    """The values of a YAML text. Raises SetupError for a syntax error; other mistakes are in the document."""
    reading = _Reading(file)
    node = compose(text, file)
    root = None if node is None else reading.value(node, ())
    reading.values.setdefault((), Place(file, 1, 1))
    return Document(
        file=file,
        root=root,
        values=reading.values,
        keys=reading.keys,
        refused=frozenset(reading.refused),
        mistakes=tuple(reading.mistakes),
    )


def scalar(text: str) -> object:
    """What an unquoted word means: YAML 1.2's core schema, and `Unsure` where YAML 1.1 would differ."""
    if text in _NULL:
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if _UNSURE.fullmatch(text):
        return Unsure(text)
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def dotted(loc: Loc) -> str:
    """`paths.billing.connector.url`, `steps[0].with`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")


def last_key(loc: Loc) -> str:
    """The key as a message names it: the last one, with its index where it is a list's item."""
    names = [i for i, part in enumerate(loc) if isinstance(part, str)]
    return dotted(loc[names[-1] :]) if names else ""


@dataclass(slots=True)
class _Reading:
    """One walk over the nodes."""

    file: str
    values: dict[Loc, Place] = field(default_factory=dict)
    keys: dict[Loc, Place] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    mistakes: list[Mistake] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    """Ids of the collections around the current node: an alias to one of them has no end."""

    def value(self, node: yaml.Node, loc: Loc) -> object:
        """The node as a plain value; a refused one is None."""
        self.values[loc] = place = self._place(node)
        if len(self.values) > MAX_VALUES:
            if len(self.values) == MAX_VALUES + 1:
                self._unread(place, loc, "too many values", "use fewer aliases")
            return None
        if id(node) in self.open:
            return self._unread(place, loc, "an alias to the value that it is part of", "repeat what you need instead")
        if len(self.open) > MAX_DEPTH:  # aliases nest what no text could
            return self._unread(place, loc, "too many levels", "use fewer aliases")
        if node.tag not in _PLAIN_TAGS:
            return self._unread(place, loc, "YAML tags are not supported", "put text that begins with `!` in quotes")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, loc)
        self.open.append(id(node))
        found = self._items(node, loc)
        self.open.pop()
        return found

    def _scalar(self, node: yaml.ScalarNode, loc: Loc) -> object:
        if any("\ud800" <= c <= "\udfff" for c in node.value):
            return self._unread(self._place(node), loc, "half of a surrogate pair", "write the character itself")
        return scalar(node.value) if node.style is None else node.value

    def _items(self, node: yaml.Node, loc: Loc) -> object:
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*loc, i)) for i, item in enumerate(node.value)]
        found: dict[str, object] = {}
        for key, value in node.value:
            if (name := self._key(key, loc, found)) is not None:
                self.keys[*loc, name] = self._place(key)
                found[name] = self.value(value, (*loc, name))
        return found

    def _key(self, node: yaml.Node, loc: Loc, before: Mapping[str, object]) -> str | None:
        place = self._place(node)
        if (
            not isinstance(node, yaml.ScalarNode)
            or node.tag != _STR
            or any("\ud800" <= c <= "\udfff" for c in node.value)
        ):
            self._refuse(place, loc, "a key must be plain text", "put it in quotes")
            return None
        name = str(node.value)
        if name == "<<" and node.style is None:
            self._refuse(place, (*loc, name), "merge keys (`<<`) are not supported", "repeat the keys")
            return None
        if name in before:
            first = self.keys[*loc, name].line
            self._refuse(
                place, (*loc, name), f"duplicate key {quoted(name)}", f"it stands in line {first} already; keep one"
            )
            return None
        return name

    def _unread(self, place: Place, loc: Loc, message: str, hint: str) -> object:
        """Note a mistake; what takes the value's place is None."""
        self.refused.add(dotted(loc))
        self._refuse(place, loc, message, hint)
        return None

    def _refuse(self, place: Place, loc: Loc, message: str, hint: str) -> None:
        self.mistakes.append(Mistake.at(place, dotted(loc), message, hint))

    def _place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
