"""A Prometheus rule file as data, and as the YAML that Prometheus reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import yaml

_WIDTH: Final = 140
_LONG: Final = 100
"""A text longer than this is folded over several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A series that further rules ask for by name."""

    record: str
    expr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert. Labels and annotations may hold templates of Prometheus."""

    alert: str
    expr: str
    for_: str | None = None
    """How long it must be true; None: fires at the first evaluation."""
    keep_firing_for: str | None = None
    """How long it goes on after it has stopped being true."""
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


Rule = Record | Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are evaluated one after the other, so that each sees what those before it found."""

    name: str
    rules: tuple[Rule, ...] = field(default=())


def render_groups(groups: Iterable[Group], *, heading: str) -> str:
    """The rule file; `heading` becomes comments on top of it."""
    document = {"groups": [{"name": group.name, "rules": [_plain(rule) for rule in group.rules]} for group in groups]}
    return to_yaml(document, heading=heading)


def to_yaml(document: Mapping[str, object], *, heading: str) -> str:
    """YAML with `heading` as comments on top; keys in the order in which they were given, long texts folded."""
    comments = "".join(f"# {line}\n" if line else "#\n" for line in heading.splitlines())
    return comments + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True)


def _plain(rule: Rule) -> dict[str, object]:
    if isinstance(rule, Record):
        return {"record": rule.record, "expr": rule.expr}
    made: dict[str, object] = {"alert": rule.alert, "expr": rule.expr}
    if rule.for_ is not None:
        made["for"] = rule.for_
    if rule.keep_firing_for is not None:
        made["keep_firing_for"] = rule.keep_firing_for
    return {**made, "labels": dict(rule.labels), "annotations": dict(rule.annotations)}


class _Dumper(yaml.SafeDumper):
    """Writes expressions as they were laid out, and long texts folded."""

    def ignore_aliases(self, data: object) -> bool:
        """Each text is written out where it stands: a reader should not have to look for an anchor."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else ">" if len(text) > _LONG else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
