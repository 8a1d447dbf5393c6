"""Nothing that an operator, a scenario or a peer writes is ever executed: what could do that is not in the package."""

import ast
import pathlib
from collections.abc import Iterator

import pytest

from tests.project.locks import ROOT

_CALLS = {"eval", "exec", "compile", "__import__", "execfile", "input", "breakpoint"}
_MODULES = {"pickle", "marshal", "shelve", "dill", "code", "codeop", "runpy", "subprocess", "pty", "ctypes", "xml"}
"""`xml` reads entities without end. No process is started, so that no scenario can have one started."""
_ATTRIBUTES = {
    "system", "popen", "execv", "execve", "execvp", "spawnv", "fork", "posix_spawn", "create_subprocess_exec",
    "create_subprocess_shell", "import_module", "from_string", "load_module", "exec_module", "spec_from_file_location",
    "full_load", "unsafe_load", "safe_load", "load_all", "FullLoader", "UnsafeLoader", "Loader", "Template", "format_map",
}  # fmt: skip
"""Whoever they belong to. YAML is composed to nodes (`probe/documents`), without any constructor; templates of pages are files of the package."""
_ALLOWED = {
    ("probe/report/junit.py", "xml.etree.ElementTree"): "it is written, and never read",
    ("probe/billing/methods.py", "import_module"): "a module of the Stripe SDK, named by the SDK's own function",
    ("probe/server/view.py", "Template"): "the type of the page's template, which is a file of the package",
}


def dynamic(text: str) -> Iterator[str]:
    """The names in a source that could execute what they are given."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            yield node.func.id
        elif isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
            yield node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            yield from (name for name in named if name.split(".")[0] in _MODULES)
            yield from (alias.name for alias in node.names if alias.name in _ATTRIBUTES)
        elif isinstance(node, ast.keyword) and node.arg == "shell":
            yield "shell="


def test_the_package_executes_nothing() -> None:
    """No evaluation, no unpickling, no constructor of YAML, no process, no template from a text; but for what is said why."""
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in sorted((ROOT / "probe").rglob("*.py"))
        for name in dynamic(path.read_text(encoding="utf-8"))
    }
    assert found == set(_ALLOWED)


@pytest.mark.parametrize(
    "text",
    [
        "eval(x)", "exec(x)", "import pickle", "from pickle import loads", "yaml.unsafe_load(x)", "yaml.load(x, Loader=yaml.Loader)",
        "os.system(x)", "import subprocess", "asyncio.create_subprocess_shell(x)", "run(x, shell=True)", "importlib.import_module(x)",
        "from importlib import import_module", "environment.from_string(x)", "import xml.etree.ElementTree", "x.format_map(y)",
    ],
)  # fmt: skip
def test_each_kind_is_found(text: str) -> None:
    """The check itself sees each kind."""
    assert list(dynamic(text))


_READERS = ("settings", "scenario", "documents", "checks", "steps", "runner", "server", "billing", "transport")
"""The rooms that hold what operators, scenarios and peers write; those of texts (`classify`, `report`) have templates in tables of constants."""


def test_nothing_of_a_scenario_is_a_format_string() -> None:
    """`str.format` with somebody else's template could be led to any attribute: all templates are literals or constants."""
    suspicious = [
        str(path.relative_to(ROOT))
        for room in _READERS
        for path in sorted((ROOT / "probe" / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        if not _ours(node.func.value)
    ]
    assert suspicious == []


def _ours(template: ast.expr) -> bool:
    """A literal, or a constant of a module (`_EARLIEST`, `words.FRAME`)."""
    if isinstance(template, ast.Name):
        return template.id.isupper()
    if isinstance(template, ast.Attribute):
        return template.attr.isupper()
    return isinstance(template, ast.Constant | ast.JoinedStr)


def test_the_one_template_engine_is_given_files_of_the_package() -> None:
    """Jinja2 renders the status page with escaping on; nothing else of the package knows it."""
    users = [path for path in (ROOT / "probe").rglob("*.py") if "jinja2" in path.read_text(encoding="utf-8")]
    assert users == [ROOT / "probe" / "server" / "view.py"]
    text = users[0].read_text(encoding="utf-8")
    assert "autoescape=True" in text
    assert 'PackageLoader("probe.server", "pages")' in text
    assert not [
        page for page in pathlib.Path(ROOT, "probe", "server", "pages").iterdir() if "|safe" in page.read_text()
    ]
