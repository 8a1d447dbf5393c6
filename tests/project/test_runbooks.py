"""The runbooks can be followed: the parts of the one that is written by hand, and every command of ours in all of them."""

import argparse
import re
import shlex
from collections.abc import Iterator

import pytest

from probe.cli.command import VERBS
from probe.cli.parser import build_parser
from tests.project.locks import ROOT

RUNBOOKS = ROOT / "docs" / "runbooks"
ROTATION = RUNBOOKS / "rotation.md"
PARTS = (
    "1. Find out which certificate it is",
    "2. Issue a new one",
    "3. Check it before anybody uses it",
    "4. Roll it out",
    "5. See that the running service uses it",
    "6. Roll back",
    "Afterwards",
)
"""Of a rotation, in the order in which they are done."""
_COMMAND = re.compile(r"`(paypath [^`]+)`|^(paypath .+)$", re.MULTILINE)


def commands() -> Iterator[tuple[str, str]]:
    """Each of ours, with the page on which it stands."""
    for page in sorted(RUNBOOKS.glob("*.md")):
        for quoted, alone in _COMMAND.findall(page.read_text(encoding="utf-8")):
            yield page.name, quoted or alone


def test_a_rotation_has_all_its_parts_in_their_order() -> None:
    """Find, issue, check, roll out, verify, roll back."""
    assert tuple(re.findall(r"^## (.+)$", ROTATION.read_text(encoding="utf-8"), re.MULTILINE)) == PARTS


def test_a_rotation_warns_before_anything_is_done() -> None:
    """A restart too early drops the connections that still pay."""
    before = ROTATION.read_text(encoding="utf-8").split("\n## ")[0]
    assert "**Do not restart the billing service before step 4.**" in before
    assert "Pooled and resumed TLS connections" in before


@pytest.mark.parametrize("tool", ["cmctl", "vault", "step ca", "openssl req"])
def test_a_rotation_knows_who_issues(tool: str) -> None:
    """With cert-manager, and without."""
    assert tool in ROTATION.read_text(encoding="utf-8")


def test_every_command_of_ours_is_one() -> None:
    """What somebody copies at night is understood: the verb and its options, whatever stands for their values."""
    parser, found = build_parser(VERBS), list(commands())
    verbs = next(a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    assert len(found) > len(PARTS)
    for page, text in found:
        verb, *words = shlex.split(text, comments=True)[1:]
        assert verb in verbs, f"{page}: {text}"
        known = set(verbs[verb]._option_string_actions)
        unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
        assert unknown == [], f"{page}: {text}"
