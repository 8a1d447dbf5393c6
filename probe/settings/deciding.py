"""The files that decide what is sent and who is trusted, and the directories in which each file of ours can be replaced."""

import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pydantic import BaseModel

from probe.documents.tree import Loc
from probe.settings.load import Loaded

_KEYS: Final = frozenset({"trust", "crl", "certificate", "client_ca"})
"""Wherever one of them stands, it names who is believed, or what is shown. Keys and secrets are another matter."""
_MOST_FILES: Final = 200
"""Of a directory of trust."""

_MOST_LINKS: Final = 40
"""As the kernel follows (path_resolution(7))."""

Place = tuple[Loc, pathlib.Path]
"""A file or directory, and where it is named."""


def deciding(loaded: Loaded) -> Iterator[Place]:
    """The configuration, what is trusted and shown, and the scenarios; a directory before what is in it."""
    if loaded.file is not None:
        yield (), loaded.file
    for loc, value in leaves(loaded.settings, ()):
        if loc[-1] in _KEYS and isinstance(value, pathlib.Path):
            yield from ((loc, file) for file in _with_contents(base(loaded, loc) / value))
    if (directory := loaded.scenarios_directory) is not None:
        at = ("scenarios", "directory")
        yield at, directory
        yield from ((at, file) for file in sorted(directory.glob("*.y*ml")))


def on_the_way(places: Iterable[Place]) -> Iterator[Place]:
    """Every directory above each of them, as it is named and as links lead to it; each once."""
    known: set[pathlib.Path] = set()
    for loc, file in places:
        for directory in (above for step in (*_steps(file), _real(file)) for above in step.parents):
            if directory not in known:
                known.add(directory)
                yield loc, directory


def _steps(file: pathlib.Path) -> Iterator[pathlib.Path]:
    """Itself, and what its links lead to, one after the other."""
    for _ in range(_MOST_LINKS):
        yield file
        try:
            led_to = file.parent / file.readlink()
        except (OSError, ValueError):  # no link
            return
        file = _real(led_to.parent) / led_to.name


def leaves(value: object, loc: Loc) -> Iterator[tuple[Loc, object]]:
    """Everything of the settings that holds nothing else, each with its place."""
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from leaves(below, (*loc, key))
    elif isinstance(value, list | tuple):
        for index, below in enumerate(value):
            yield from leaves(below, (*loc, index))
    else:
        yield loc, value


def base(loaded: Loaded, loc: Loc) -> pathlib.Path:
    """What a relative path there is relative to."""
    return loaded.file.parent if loaded.file is not None and in_file(loaded, loc) else pathlib.Path.cwd()


def in_file(loaded: Loaded, loc: Loc) -> bool:
    """Whether the value was written in the configuration file, and not in a variable."""
    return str(loaded.file) == os.path.abspath(loaded.places.value(loc).file)  # noqa: PTH100 - links stay links


def _with_contents(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Itself, and the files of a directory: each once, by its own name where links (of `openssl rehash`, of a ConfigMap) lead to it too."""
    yield path
    try:
        within = (
            sorted(path.iterdir(), key=lambda file: (file.is_symlink(), file))[:_MOST_FILES] if path.is_dir() else ()
        )
    except OSError:  # told elsewhere
        return
    named: dict[pathlib.Path, pathlib.Path] = {}
    for file in within:
        named.setdefault(_real(file), file)
    yield from named.values()


def _real(path: pathlib.Path) -> pathlib.Path:
    try:
        return pathlib.Path(os.path.realpath(path))
    except (OSError, ValueError):  # no such path can be
        return path
