"""No regular expression of ours takes time that grows with more than the text: what a peer, a stranger or an operator wrote meets nearly all."""

import re

import pytest

from tests.fuzz.attacks import Attack, attacks
from tests.fuzz.growth import EndlessError, ending, grows_as_its_input, processor_s
from tests.fuzz.patterns import Asked, every_pattern

_SIZE = 8192
_PROMPT_S = 0.01
"""Twice what the slowest sound one takes for so many characters; what takes longer is looked at again, three times as large."""
_ENDLESS_S = 1.0


@pytest.mark.parametrize("asked", every_pattern(), ids=lambda asked: f"{asked.where}.{asked.how}")
def test_none_tries_a_text_in_many_ways(asked: Asked) -> None:
    """Whatever is repeated of what it looks for."""
    assert _held_up_by(asked) is None


@pytest.mark.parametrize(
    ("pattern", "how"),
    [
        (r"[\W\d]*(?:<[^>]*>[\W\d]*)*", "fullmatch"),
        (r"\$\{\s*([^{}]*?)\s*\}", "fullmatch"),
        (r"\\+x([2-7][0-9A-Fa-f])", "finditer"),
        (r"(?:ssl|client|cert).*serial$", "search"),
        (r"""(?<![\w\]])[\w\]]++["'\]]*\s*=""", "search"),
    ],
)
def test_those_that_once_did_are_found(pattern: str, how: str) -> None:
    """As they stood in the program."""
    assert _held_up_by(Asked("here", re.compile(pattern), how)) is not None


def _held_up_by(asked: Asked) -> Attack | None:
    """The first text that takes time that grows with more than its length."""
    return next((attack for attack in attacks(asked.pattern) if _is_held_up(asked, attack)), None)


def _is_held_up(asked: Asked, attack: Attack) -> bool:
    try:
        with ending(_ENDLESS_S):
            prompt = processor_s(lambda: asked.ask(attack.text(_SIZE))) < _PROMPT_S
        return not prompt and not grows_as_its_input(
            lambda size: asked.ask(attack.text(size)), 3 * _SIZE, within_s=_ENDLESS_S
        )
    except EndlessError:
        return True
