"""Colour and width."""

import io
import os
import pathlib
import subprocess
import sys

import pytest

from probe.cli.face import Face, tolerant


class Terminal(io.StringIO):
    """A stdout that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


@pytest.mark.parametrize(
    ("environ", "no_color", "colored"),
    [
        ({}, False, True),
        ({"NO_COLOR": ""}, False, True),
        ({"NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({}, True, False),
    ],
)
def test_colour_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    no_color: bool,  # noqa: FBT001 - a parameter
    colored: bool,  # noqa: FBT001 - a parameter
) -> None:
    """An empty NO_COLOR counts as absent (no-color.org)."""
    monkeypatch.setattr("sys.stdout", Terminal())
    assert Face(environ=environ, no_color=no_color).color is colored


def test_no_colour_in_a_pipe() -> None:
    """Where stdout is no terminal there is none."""
    assert not Face(environ={}).color


def test_width_stays_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between 40 and 120 columns, whatever the terminal says."""
    for columns, width in (("10", 40), ("90", 90), ("400", 120)):
        monkeypatch.setenv("COLUMNS", columns)
        assert Face(environ={}).width == width


def test_tolerant_stream() -> None:
    """An ASCII stream shows a question mark for what it lacks."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    tolerant(stream)
    stream.write("→ connector")
    stream.flush()
    assert raw.getvalue() == b"? connector"


@pytest.mark.parametrize(
    ("redirected", "why"), [(">&-", "bad file descriptor"), (">/dev/full", "no space left on device")]
)
@pytest.mark.parametrize(
    "words", ["explain 5023", "schema config", "check", "check --format json", "diagnose 127.0.0.1:1 --format nagios"]
)
def test_results_that_cannot_be_written(tmp_path: pathlib.Path, words: str, redirected: str, why: str) -> None:
    """Closed or full: one line that says so, and status 3, because nobody has heard the result."""
    configuration = 'environment: staging\npaths: {billing: {connector: {url: "https://127.0.0.1:1"}}}\n'
    (tmp_path / "paypath.yaml").write_text(configuration)
    said = _in_shell(f"{words} {redirected}", tmp_path)
    lines = [line for line in said.stderr.splitlines() if "was not run" not in line and "not loaded" not in line]
    assert (said.returncode, lines) == (3, [f"paypath: the result cannot be written to stdout: {why}"])


@pytest.mark.parametrize(
    ("redirected", "why"), [(">&-", "bad file descriptor"), (">/dev/full", "no space left on device")]
)
@pytest.mark.parametrize("words", ["--version", "--help", "check --help"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_help_and_version_that_cannot_be_written(
    tmp_path: pathlib.Path, words: str, redirected: str, why: str, unbuffered: str
) -> None:
    """The same, although argparse hides it; whether Python buffers makes no difference."""
    said = _in_shell(f"{words} {redirected}", tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (said.returncode, said.stderr) == (3, f"paypath: the result cannot be written to stdout: {why}\n")


@pytest.mark.parametrize(
    ("words", "status"), [("explain nonsense", 2), ("validate", 2), ("check", 1), ("--nonsense", 2)]
)
@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-", "2>&0 </dev/null"])
def test_a_remark_that_cannot_be_written_changes_no_status(
    tmp_path: pathlib.Path, words: str, status: int, redirected: str
) -> None:
    """Every one of them was 1 where the disk of a log was full: a healthy path had failed."""
    path = "" if words == "validate" else 'paths: {billing: {connector: {url: "https://127.0.0.1:1"}}}\n'
    (tmp_path / "paypath.yaml").write_text(
        f"environment: staging\n{path}nonsense: 1\n" if not path else f"environment: staging\n{path}"
    )
    said = _in_shell(f"{words} {redirected}", tmp_path, PAYPATH_NONSENSE="1")
    assert (said.returncode, said.stderr) == (status, "")


def test_no_stream_at_all(tmp_path: pathlib.Path) -> None:
    """Without stderr either, the status is all there is; `run` needs neither, as it is asked by others."""
    assert _in_shell("explain 5023 >&- 2>&-", tmp_path).returncode == 3
    configuration = 'environment: staging\npaths: {billing: {connector: {url: "https://127.0.0.1:1"}}}\n'
    (tmp_path / "paypath.yaml").write_text(configuration + 'listen: {metrics: "127.0.0.1:0"}\n')
    assert _in_shell("run --for 1s >&- 2>&-", tmp_path).returncode == 0


def _in_shell(line: str, cwd: pathlib.Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """`paypath LINE` as a shell starts it."""
    main = "import sys; from probe.cli.main import main; sys.exit(main())"
    environ = {"PYTHONPATH": str(pathlib.Path(__file__).parents[2]), "HOME": str(cwd), "PATH": os.defpath} | more
    return subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -c "{main}" {line}'],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
