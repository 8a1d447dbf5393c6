"""What is left of a scenario with mistakes is enough to judge its other steps, and is never run."""

import pathlib

import pytest

from probe.documents.mistakes import SetupError
from probe.model.scenario import HttpAction
from probe.scenario.load import load_scenarios, read_scenarios

GOOD = "name: good\nsteps:\n  - handshake: {}\n"
STEPS = "steps:\n  - handshake: {}\n  - http: {path: /v1/charges, method: POST}\n"


@pytest.mark.parametrize(
    "text",
    [
        STEPS,
        "name: UPPER\n" + STEPS,
        "name: a\nevry: 5m\n" + STEPS,
        "name: a\nevery: 5\n" + STEPS,
        "name: a\nsteps:\n  - handshke: {}\n  - http: {path: /v1/charges, method: POST, bdy: x}\n",
        "name: a\nsteps:\n  - x\n  - http: {path: /v1/charges, method: POST, headers: {'a b': c}}\n",
        "name: a\nsteps:\n  - {wait: 1s, handshake: {}}\n  - http: {path: /v1/charges, method: POST}\n    expect: {within: 2}\n",
    ],
)
def test_a_step_beside_the_mistake_is_still_known(tmp_path: pathlib.Path, text: str) -> None:
    """With its line and column; the other files are whole."""
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    read = read_scenarios(tmp_path)
    assert read.mistakes
    bad, good = read.scenarios
    assert good.name == "good"
    (step,) = (step for step in bad.steps if isinstance(step.action, HttpAction))
    line = text.splitlines().index(next(row for row in text.splitlines() if "- http" in row)) + 1
    assert (step.place, bad.source) == ((line, 5), str(tmp_path / "bad.yaml"))
    with pytest.raises(SetupError):
        load_scenarios(tmp_path)


@pytest.mark.parametrize("text", ["[]", "name: a\nsteps: 3\n", "a: [", "name: a\n"])
def test_of_some_nothing_is_left(tmp_path: pathlib.Path, text: str) -> None:
    """Then there are its mistakes alone."""
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    read = read_scenarios(tmp_path)
    assert read.mistakes
    assert read.scenarios == ()
