"""The grammar of the command line: an option with nothing in it, such as a shell's variable that is not set."""

import argparse
import pathlib
from collections.abc import Iterator

import pytest

from probe.cli.command import VERBS
from probe.cli.parser import UsageError, build_parser
from tests.cli.conftest import Paypath

FILES = ("--config", "--output", "--directory", "--scenarios", "--against", "--cert", "--proxy-ca", "--current-key")
"""Options for files and directories, of several commands."""


def _parsers() -> dict[str, argparse.ArgumentParser]:
    top = build_parser(VERBS)
    (below,) = (each for each in top._actions if isinstance(each, argparse._SubParsersAction))
    return {"": top, **below.choices}


def _options() -> Iterator[tuple[str, str]]:
    """Each option that takes a value, with its command; the top's stand before one."""
    for verb, parser in _parsers().items():
        for action in parser._actions:
            if action.nargs is None:
                yield from ((verb, option) for option in action.option_strings)


OPTIONS = sorted(_options())


def test_all_commands_are_walked() -> None:
    """Every command has `--config` at the least, and the files are among what is walked."""
    assert {verb for verb, option in OPTIONS if option == "--config"} == {"", *(verb.name for verb in VERBS)}
    assert {*FILES} <= {option for _, option in OPTIONS}


@pytest.mark.parametrize(("verb", "option"), OPTIONS)
@pytest.mark.parametrize("nothing", ["", " "])
def test_an_empty_option_is_no_default(
    verb: str, option: str, nothing: str, paypath: Paypath, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 2, the option's name, and for what is free text the way to mend it; nothing is done, here least of all."""
    monkeypatch.chdir(tmp_path)
    words = [verb, f"{option}={nothing}"] if verb else [f"{option}={nothing}", "check"]
    with pytest.raises(UsageError):  # asked first, so that nothing runs where it is not refused
        build_parser(VERBS).understand(words)
    said = paypath(*words)
    assert (said.status, said.out, [*tmp_path.iterdir()]) == (2, "", [])
    assert f"argument {option}" in said.err
    if option in FILES:
        assert f"argument {option}: is empty; write it, or leave the option out" in said.err


@pytest.mark.parametrize("what", ["dashboards", "runbooks", "rules"])
def test_nothing_is_exported_into_the_current_directory(
    what: str, paypath: Paypath, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--output "$DIR"` where DIR is not set."""
    monkeypatch.chdir(tmp_path)
    said = paypath("export", what, "--output", "")
    assert (said.status, said.out, [*tmp_path.iterdir()]) == (2, "", [])
    assert "argument --output: is empty" in said.err
