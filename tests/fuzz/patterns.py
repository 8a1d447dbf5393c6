"""Every regular expression of `probe`, and how it is asked: those of modules, and those that stand in a call."""

import ast
import dataclasses
import fnmatch
import importlib
import pathlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from probe.documents import fields

ROOT: Final = pathlib.Path(__file__).parents[2]
_ASKS: Final = frozenset({"search", "match", "fullmatch"})
_THROUGHOUT: Final = frozenset({"sub", "subn", "split", "findall", "finditer"})
_ASKING_OF_OURS: Final = {"matching": fields.matching, "shaped": fields.shaped}
"""They ask by `fullmatch`."""

BUILT: Final[Mapping[str, Collection[tuple[str, str]]]] = {
    "probe.certificates.spots": [("match", fnmatch.translate(part)) for part in ("*a*a*a*a*b", "[ab]*[!a]*?*.pem")],
    "probe.checks.tenant": [("match", re.escape("a a-") + r"(?![\w.@%+-])")],
    "probe.redact.text": [("finditer", r"aaab|aaa|(?<![0-9A-Za-z_.])(?:aa)(?![0-9A-Za-z_.])")],
    "probe.documents.fields": [],  # each caller's is looked at there
    "probe.classify.tunnel": [],  # in the rows
    "probe.classify.inside": [],  # a summary of ours
    "probe.report.rotation_issue": [],  # its own table
}
"""Those that a module makes of parts while the program runs: the ways in which it asks, and examples with the worst that may stand in them."""
OF_OUR_TEXTS: Final = frozenset({"probe.monitoring.runbooks", "probe.report.filling", "probe.report.typed"})
"""Modules whose expressions meet sentences of our catalogue and documentation, and nothing of anybody else's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An expression and the way that the program asks it."""

    where: str
    pattern: re.Pattern[Any]
    how: str
    """`search`, `match`, `fullmatch`, or `finditer` for all that go through the whole text."""

    def ask(self, text: str) -> None:
        """To the end, whatever it finds."""
        given = text if isinstance(self.pattern.pattern, str) else text.encode("latin-1", "replace")
        if self.how == "finditer":
            for _ in self.pattern.finditer(given):
                pass
        else:
            getattr(self.pattern, self.how)(given)


def every_pattern() -> list[Asked]:
    """Each once for each way in which it is asked."""
    files = sorted((ROOT / "probe").rglob("*.py"))
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}
    shared = {each for tree in trees.values() for each in _methods(tree) if not each[0].startswith("_")}
    found: dict[tuple[re.Pattern[Any], str], Asked] = {}
    for file, tree in trees.items():
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        if name in OF_OUR_TEXTS or not _speaks_of_patterns(tree):
            continue
        module = importlib.import_module(name.removesuffix(".__init__"))
        for asked in (*_of_module(module, _methods(tree) | shared), *_of_calls(module, tree)):
            found.setdefault((asked.pattern, asked.how), asked)
    return list(found.values())


def _speaks_of_patterns(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Name) and node.id in {"re", *_ASKING_OF_OURS} for node in ast.walk(tree))


def _methods(tree: ast.Module) -> set[tuple[str, str]]:
    """`NAME.search` and the like: the name, and how it is asked."""
    asked = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in _ASKS | _THROUGHOUT)
    return {(_name(node.value), _how(node.attr)) for node in asked}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _how(method: str) -> str:
    return "finditer" if method in _THROUGHOUT else method


def _of_module(module: ModuleType, methods: Collection[tuple[str, str]]) -> Iterator[Asked]:
    """What its names hold. In a table it is asked in some way that is not seen: by each."""
    for name, value in vars(module).items():
        for pattern in _held(value):
            ways = {how for asked, how in methods if asked == name} if pattern is value else set()
            for how in sorted(ways) or ("search", "finditer"):
                yield Asked(f"{module.__name__}.{name}", pattern, how)


def _held(value: object) -> Iterator[re.Pattern[Any]]:
    """An expression, or all in a table of them."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _held(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _held(each)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _held(getattr(value, field.name, None))


def _of_calls(module: ModuleType, tree: ast.Module) -> Iterator[Asked]:
    """`re.sub(r"…", …)`, as it stands there or by the names of the module. Raises LookupError for one that is not known."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        of_re = isinstance(call.func, ast.Attribute) and _name(call.func.value) == "re"
        method = _name(call.func)
        of_ours = method in _ASKING_OF_OURS and vars(module).get(method) is _ASKING_OF_OURS[method]
        if not (of_re and method in {*_ASKS, *_THROUGHOUT, "compile"}) and not of_ours:
            continue
        if method == "compile" and call in [
            node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)
        ]:
            continue  # what the module's name holds
        how = "fullmatch" if of_ours else _how(method)
        for way, written in _written(module, call.args[0], how):
            yield Asked(f"{module.__name__}: {ast.unparse(call.args[0])}", re.compile(written), way)


def _written(module: ModuleType, argument: ast.expr, how: str) -> Collection[tuple[str, Any]]:
    """The way in which it is asked, and the expression. What is compiled within a function is asked in some way that is not seen."""
    try:
        value = eval(compile(ast.Expression(argument), "call", "eval"), vars(module))  # noqa: S307 - our own source
    except NameError as error:
        if module.__name__ in BUILT:
            return BUILT[module.__name__]
        made = f"{module.__name__} makes {ast.unparse(argument)} while the program runs: give examples in BUILT"
        raise LookupError(made) from error
    return [(way, value) for way in (("search", "fullmatch") if how == "compile" else (how,))]
