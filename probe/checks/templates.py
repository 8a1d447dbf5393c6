"""`${saved.payment_intent}` in a scenario: a name from the run's scope in place of a text."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.checks.dotted import MISSING, find

_TEMPLATE: Final = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
"""An escape, a template, or a template that does not end."""


class TemplateError(Exception):
    """A template that names nothing, or cannot stand where it stands. For the author of the scenario."""

    def __init__(self, message: str, *, name: str) -> None:
        """Say what is wrong with the template of `name`."""
        super().__init__(message)
        self.name = name


def expand(value: Any, scope: Mapping[str, object]) -> Any:  # noqa: ANN401 - a whole template takes the type of what it names
    """`value` with its templates replaced, at any depth. Raises TemplateError.

    A text that is one template and nothing else becomes the value itself, whatever its type; within other text a value is
    written as text. `$${` stands for `${`. What was put in is not expanded again.
    """
    if isinstance(value, str):
        return _text(value, scope)
    if isinstance(value, Mapping):
        return {key: expand(member, scope) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [expand(member, scope) for member in value]
    return value


def find_names(value: object) -> tuple[str, ...]:
    """Every name that `value` needs, once each, in order: what can be checked before anything runs. Raises TemplateError."""
    return tuple(dict.fromkeys(_names(value)))


def _names(value: object) -> Iterator[str]:
    """The names in `value`, at any depth."""
    if isinstance(value, str):
        yield from (_name(match) for match in _TEMPLATE.finditer(value) if match.group() != "$${")
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _names(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _names(member)


def _text(text: str, scope: Mapping[str, object]) -> object:
    """One text, expanded."""
    whole = _TEMPLATE.fullmatch(text)
    if whole is not None and whole.group() != "$${":
        return _value(_name(whole), scope)
    return _TEMPLATE.sub(lambda match: "${" if match.group() == "$${" else _as_text(_name(match), scope), text)


def _name(match: re.Match[str]) -> str:
    """The name within one template."""
    inside = match.group(1)
    if inside is None:
        raise TemplateError("`${` without its `}`; write `$${` for the two characters themselves", name="")
    if not inside.strip():
        raise TemplateError("`${}` names nothing", name="")
    return str(inside.strip())


def _value(name: str, scope: Mapping[str, object]) -> object:
    """What `name` stands for."""
    found = find(scope, name)
    if found is MISSING or (isinstance(found, Mapping) and name in scope):
        raise TemplateError(
            f"`${{{name}}}` names nothing; known here: {', '.join(_known(scope)) or 'nothing'}", name=name
        )
    return found


def _as_text(name: str, scope: Mapping[str, object]) -> str:
    """What `name` stands for, within other text."""
    found = _value(name, scope)
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, str | int | float):
        return str(found)
    raise TemplateError(f"`${{{name}}}` is no text, so it cannot stand within other text", name=name)


def _known(scope: Mapping[str, object]) -> list[str]:
    """The names in `scope`, sorted, two levels deep."""
    names: list[str] = []
    for key, value in scope.items():
        names += [f"{key}.{inner}" for inner in value] if isinstance(value, Mapping) else [key]
    return sorted(names)
