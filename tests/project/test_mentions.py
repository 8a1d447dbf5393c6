"""What texts tell people to type exists."""

import re
from importlib import resources

from probe.cli.command import VERBS
from tests.project.test_tracked_files import ROOT

_TYPED = re.compile(r"(?:`|^ *(?:\$ )?)paypath ([a-z][a-z-]+)", re.MULTILINE)
"""In code only: within backticks, or at the start of a line."""


def _texts() -> dict[str, str]:
    """Everything that a person in trouble may read."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "Dockerfile", ROOT / "CHANGELOG.md"]
    texts = {str(file.relative_to(ROOT)): file.read_text() for file in files if file.is_file()}
    texts["failures.toml"] = resources.files("probe.catalogue").joinpath("failures.toml").read_text()
    return texts


def test_every_command_that_a_text_names_exists() -> None:
    """A runbook that names a command which is not there costs the night's most expensive minute."""
    known = {verb.name for verb in VERBS}
    unknown = {
        f"{name}: paypath {word}"
        for name, text in _texts().items()
        for word in _TYPED.findall(text)
        if word not in known
    }
    assert unknown == set()
