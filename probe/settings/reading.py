"""The file and the variables, merged by pydantic-settings: a variable wins over the file."""

import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from probe.documents.files import read_text
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.tree import Document, Loc, read_document
from probe.documents.validation import Places
from probe.settings.environment import Variables, read_variables
from probe.settings.models import Configuration

DEFAULT_FILE: Final = pathlib.Path("paypath.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the operator wrote, merged and unchecked."""

    tree: Mapping[str, Any]
    """File and variables merged, for checks that look at more than one value."""
    file_tree: Mapping[str, Any]
    variables: Variables
    places: Places
    mistakes: tuple[Mistake, ...]
    unread: frozenset[str]
    """Dotted places of values that could not be read: further mistakes there would only follow."""
    base: pathlib.Path
    """The directory that relative paths of the file are relative to."""
    file: pathlib.Path | None
    """Absolute; None where there is none."""

    def directory(self, loc: Loc) -> pathlib.Path:
        """What a relative path at `loc` is relative to: the file's directory, or the working one for a variable."""
        return pathlib.Path.cwd() if loc in self.variables.values else self.base


def read_written(config: pathlib.Path | None, environ: Mapping[str, str]) -> Written:
    """Read both. Raises SetupError where the file is missing, unreadable or not YAML."""
    file = config if config is not None else DEFAULT_FILE if DEFAULT_FILE.exists() else None
    document = _document(file) if file else Document(file="environment", root=None, values={}, keys={})
    root = document.root if isinstance(document.root, dict) else {}
    file_tree = _without_nulls(root)
    absolute = pathlib.Path(os.path.abspath(file)) if file else None  # noqa: PTH100 - links stay links
    variables = read_variables(environ, Configuration, file_tree)
    values = {loc: p for loc, p in document.values.items() if not _overridden(loc, variables)}
    values |= {loc: p for loc, p in variables.values.items() if loc not in values or _overridden(loc, variables)}
    keys = {loc: p for loc, p in document.keys.items() if not _overridden(loc, variables)}
    return Written(
        tree=_merged(file_tree, variables.tree),
        file_tree=file_tree,
        variables=variables,
        places=Places(values=values, keys=keys | {loc: p for loc, p in variables.values.items() if loc not in keys}),
        mistakes=(*document.mistakes, *_root_mistakes(document), *variables.mistakes),
        unread=document.refused | {mistake.key for mistake in variables.mistakes},
        base=absolute.parent if absolute else pathlib.Path.cwd(),
        file=absolute,
    )


def validated(written: Written) -> Configuration:
    """The checked configuration; pydantic's ValidationError otherwise."""

    # It has no keys of its own whose texts pydantic would look for in this file, with an `ast` that two threads break (CPython 3.11).
    class Sourced(Configuration, use_attribute_docstrings=False):
        """The configuration from exactly these two sources."""

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: PydanticBaseSettingsSource, **__: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return _Tree(settings_cls, written.variables.tree), _Tree(settings_cls, written.file_tree)

    return Sourced()


class _Tree(PydanticBaseSettingsSource):
    """A source of pydantic-settings that was read already."""

    def __init__(self, settings_cls: type[BaseSettings], tree: Mapping[str, Any]) -> None:
        super().__init__(settings_cls)
        self._tree = tree

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the interface
        """The value under one key."""
        return self._tree.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All of it, unknown keys too: they are mistakes, not to be dropped unseen."""
        return dict(self._tree)


def _document(file: pathlib.Path) -> Document:
    try:
        return read_document(read_text(file, pipes=True), str(file))
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        hint = "name an existing file with --config" if isinstance(error, FileNotFoundError) else "make it readable"
        raise SetupError(
            [Mistake(str(file), None, None, "", f"the configuration cannot be read: {reason}", hint)]
        ) from error


def _root_mistakes(document: Document) -> tuple[Mistake, ...]:
    if document.root is None or isinstance(document.root, dict):
        return ()
    return (Mistake.at(document.values[()], "", "the configuration must be a map of keys", "write `key: value` lines"),)


def _without_nulls(value: object) -> Any:  # noqa: ANN401 - YAML
    """A key without a value is a key left out."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return value


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """As pydantic-settings merges: maps key by key, everything else as a whole."""
    both = {
        k: _merged(under[k], v) if isinstance(v, dict) and isinstance(under.get(k), dict) else v
        for k, v in over.items()
    }
    return {**under, **both}


def _overridden(loc: Loc, variables: Variables) -> bool:
    """Whether a variable replaced the value at `loc` or the list that it was part of."""
    if loc in variables.values:
        return not isinstance(_at(variables.tree, loc), dict)
    above = next((loc[:n] for n in range(len(loc) - 1, 0, -1) if loc[:n] in variables.values), None)
    return above is not None and not isinstance(_at(variables.tree, above), dict)


def _at(tree: object, loc: Loc) -> object:
    for part in loc:
        tree = tree.get(str(part)) if isinstance(tree, Mapping) else None
    return tree
