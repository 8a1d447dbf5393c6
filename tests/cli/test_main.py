"""From the words on the command line to an exit status."""

import argparse
import pathlib
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable

import pytest

from probe import __version__
from probe.cli import command as entry
from probe.cli.face import Face
from probe.cli.verb import Verb
from probe.documents.mistakes import Mistake, SetupError
from tests.cli.conftest import Paypath

FORMATS = ("text", "json", "nagios")


def test_version(paypath: Paypath) -> None:
    """One line on stdout."""
    said = paypath("--version")
    assert (said.status, said.out, said.err) == (0, f"paypath {__version__}\n", "")


def test_help_lists_every_verb(paypath: Paypath) -> None:
    """Status 0, on stdout, with the exit statuses."""
    said = paypath("--help")
    assert said.status == 0
    for verb in ("check", "run", "diagnose", "validate", "explain", "lab", "schema"):
        assert f"\n    {verb} " in said.out
    assert "2 the set-up is wrong" in said.out


@pytest.mark.parametrize("verb", [verb.name for verb in entry.VERBS])
def test_every_verb_has_help(paypath: Paypath, verb: str) -> None:
    """It works without importing what the verb needs."""
    said = paypath(verb, "--help")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"usage: paypath {verb}")


def test_nothing_to_do(paypath: Paypath) -> None:
    """Without a command: the help, on stderr, and status 2."""
    said = paypath()
    assert (said.status, said.out) == (2, "")
    assert "COMMAND" in said.err


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("chek",), "did you mean `check`?"),
        (("diagnose", "::1"), "'::1' is not HOST:PORT: an IPv6 address stands in brackets, as in [::1]:8443"),
        (("schema", "resul"), "did you mean `result`?"),
        (("check", "--confg=x"), "unrecognized argument '--confg'; did you mean `--config`?"),
        (("run", "--labb"), "did you mean `--lab`?"),
        (("check", "--format", "jsn"), "did you mean `json`?"),
        (("run", "--for", "20"), "'20' is not a duration"),
        (("run", "--format", "junit"), "invalid choice: 'junit'"),
    ],
)
def test_a_slip_names_what_was_meant(paypath: Paypath, words: tuple[str, ...], meant: str) -> None:
    """Usage and message on stderr, nothing on stdout, status 2."""
    said = paypath(*words)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("usage: paypath")
    assert meant in said.err.splitlines()[-1]


def test_what_is_no_word_of_ours_is_likened_to_none(paypath: Paypath) -> None:
    """An endpoint that is written wrongly is no slip of a TLS version, which is another option's."""
    assert paypath("diagnose", "::1").err.endswith(" as in [::1]:8443\n")
    assert paypath("diagnose", "1.3").err.endswith("such as billing-connector.internal:8443\n")


def test_a_slip_in_the_plugin_format(paypath: Paypath) -> None:
    """Monitoring reads stdout and status 3 only."""
    for words in (("check", "--format", "nagios", "--nope"), ("--format=nagios", "chek")):
        said = paypath(*words)
        assert (said.status, said.err) == (3, "")
        assert said.out.startswith("PAYPATH UNKNOWN - ")
        assert len(said.out.splitlines()) == 1


def test_a_key_on_the_command_line_is_not_repeated(paypath: Paypath) -> None:
    """Whatever looks like a Stripe key is masked in messages."""
    key = "sk_live_" + "abcdef0123456789"
    for words in ((key,), ("explain", key)):
        said = paypath(*words)
        assert said.status == 2
        assert "abcdef0123456789" not in said.out + said.err


@pytest.mark.parametrize(
    "words",
    [
        ("diagnose", "127.0.0.1:1", "--http-path", "/h?k=KEY"),
        ("diagnose", "127.0.0.1:1", "--server-name", "KEY"),
        ("diagnose", "127.0.0.1:1", "--alpn", "http/1.1", "--alpn", "KEY"),
        ("diagnose", "127.0.0.1:1", "--ciphers", "KEY"),
        ("diagnose", "127.0.0.1:1", "--proxy", "http://name:KEY@127.0.0.1:1"),
        ("diagnose", "127.0.0.1:1", "--ca", "/etc/KEY.pem"),
        (
            "diagnose",
            "KEY:443",
        ),
        ("diagnose", "--path", "KEY"),
        ("unlock", "billing", "--reason", "it said KEY"),
        ("check", "KEY"),
    ],
)
@pytest.mark.parametrize(
    "disguise", [str, lambda key: key.replace("_", "%5F"), lambda key: b64encode(key.encode()).decode()]
)
def test_no_argument_may_hold_a_live_key(
    paypath: Paypath, words: tuple[str, ...], disguise: Callable[[str], str]
) -> None:
    """Nothing is sent, looked up or written down, whichever argument it is, and the key is not repeated."""
    key = disguise("sk_live_" + "51abcdef0123456789")
    said = paypath(*(word.replace("KEY", key) for word in words))
    assert (said.status, said.out) == (2, "")
    assert "a live-mode Stripe key stands in" in said.err
    assert key not in said.err


def test_a_file_may_be_named_after_a_live_key(paypath: Paypath) -> None:
    """It is not the key itself."""
    said = paypath("diagnose", "127.0.0.1:1", "--ca", "/run/secrets/sk_live_key")
    assert "a live-mode Stripe key" not in said.err


def test_a_password_file_with_a_live_key_is_refused(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """It is a file of a secret like any other."""
    file = tmp_path / "password"
    file.write_text("sk_live_" + "51abcdef0123456789\n")
    for words in (("diagnose", "127.0.0.1:1"), ("preflight",)):
        said = paypath(*words, "--cert", "c", "--key", "k", "--key-password-file", str(file))
        assert (said.status, said.out) == (2, "")
        assert "a live-mode Stripe key stands in it" in said.err
        assert "51abcdef" not in said.err


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> "Recorder":
    """The only verb there is, `do`: it records how it was called, or raises."""
    recorder = Recorder()
    nothing: tuple[Verb, ...] = (Verb("do", "a verb", lambda _parser: None, recorder.execute, FORMATS),)
    monkeypatch.setattr(entry, "VERBS", nothing)
    return recorder


class Recorder:
    """What a verb was given, and what it does then."""

    face: Face
    raises: BaseException | None = None

    def execute(self, _arguments: argparse.Namespace, face: Face) -> int:
        """Remember the face; raise what is to be raised."""
        self.face = face
        if self.raises is not None:
            raise self.raises
        return 0


@pytest.mark.parametrize("before", [True, False])
def test_common_options_before_and_after_the_verb(paypath: Paypath, verb: Recorder, before: bool) -> None:  # noqa: FBT001 - a parameter
    """Both places mean the same."""
    options = ["--config", "a.yaml", "--format", "json", "--quiet", "--no-color", "--debug"]
    said = paypath(*options, "do") if before else paypath("do", *options)
    assert said.status == 0
    assert str(verb.face.config) == "a.yaml"
    assert (verb.face.format, verb.face.quiet, verb.face.no_color, verb.face.debug) == ("json", True, True, True)


def test_a_format_that_the_verb_lacks(paypath: Paypath, verb: Recorder) -> None:
    """Also where it was given before the verb."""
    said = paypath("--format", "junit", "do")
    assert (said.status, said.out) == (2, "")
    assert "do has no --format junit; it has text, json, nagios" in said.err
    assert not hasattr(verb, "face")


MISTAKES = [
    Mistake("paypath.yaml", 3, 5, "pats", "`pats` is not known", "did you mean `paths`?"),
    Mistake("paypath.yaml", 9, 1, "x", "no", ""),
]


def test_every_mistake_of_the_set_up_on_its_line(paypath: Paypath, verb: Recorder) -> None:
    """Status 2; also from inside a task group."""
    for raised in (SetupError(MISTAKES), ExceptionGroup("tasks", [SetupError(MISTAKES)])):
        verb.raises = raised
        said = paypath("do")
        assert (said.status, said.out) == (2, "")
        assert said.err.splitlines() == [
            "paypath.yaml:3:5: `pats` is not known; did you mean `paths`?",
            "paypath.yaml:9:1: no",
        ]


def test_a_wrong_set_up_in_the_plugin_format(paypath: Paypath, verb: Recorder) -> None:
    """Status 3 and one line on stdout."""
    verb.raises = SetupError(MISTAKES)
    said = paypath("do", "--format", "nagios")
    assert said.status == 3
    assert (
        said.out
        == "PAYPATH UNKNOWN - paypath.yaml:3:5: `pats` is not known; did you mean `paths`?; paypath.yaml:9:1: no\n"
    )


def test_a_bug_of_ours_is_one_redacted_line(paypath: Paypath, verb: Recorder) -> None:
    """Status 3, never 1: an outage of ours is not one of the path."""
    verb.raises = ValueError("key sk_test_0123456789abcdefghij was\nnot expected")
    said = paypath("do")
    assert (said.status, said.out) == (3, "")
    assert said.err.startswith("paypath: internal error: ValueError: key ")
    assert len(said.err.splitlines()) == 1
    assert "0123456789abcdefghij" not in said.err


@pytest.mark.parametrize("environ", [{}, {"PAYPATH_DEBUG": "1"}])
def test_the_traceback_only_on_demand_and_redacted(paypath: Paypath, verb: Recorder, environ: dict[str, str]) -> None:
    """With `--debug` or PAYPATH_DEBUG."""
    verb.raises = ValueError("key sk_test_0123456789abcdefghij was not expected")
    said = paypath("do", *([] if environ else ["--debug"]), environ=environ)
    assert said.status == 3
    assert "Traceback (most recent call last)" in said.err
    assert "0123456789abcdefghij" not in said.err


def test_a_bug_beside_a_wrong_set_up_stays_a_bug(paypath: Paypath, verb: Recorder) -> None:
    """A group with anything else in it is not the operator's mistake alone."""
    verb.raises = ExceptionGroup("tasks", [SetupError(MISTAKES), KeyError("x")])
    assert paypath("do").status == 3


def test_a_bug_in_the_plugin_format(paypath: Paypath, verb: Recorder) -> None:
    """Monitoring still gets its line."""
    verb.raises = KeyError("x")
    said = paypath("do", "--format", "nagios")
    assert said.status == 3
    assert said.out.startswith("PAYPATH UNKNOWN - internal error: KeyError")


def test_ctrl_c_is_no_traceback(paypath: Paypath, verb: Recorder) -> None:
    """Interrupted: nothing is known of the path."""
    verb.raises = KeyboardInterrupt()
    said = paypath("do")
    assert (said.status, said.err) == (3, "paypath: interrupted\n")


def test_a_reader_that_goes_away() -> None:
    """`paypath explain | head -1`: no traceback, whatever the moment."""
    program = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from probe.cli.main import main; sys.exit(main(['explain', '--format', 'json']))",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout is not None
    program.stdout.readline()
    program.stdout.close()
    assert program.stderr is not None
    with program.stderr as stderr:
        assert stderr.read() == b""
    assert program.wait() == 3


def test_a_terminal_that_cannot_show_a_sign() -> None:
    """A Latin-1 locale gets a question mark, not a crash."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from probe.cli.main import main; sys.exit(main(['explain', 'tls.client_cert.expired']))",
        ],
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert b"hop                 probe ? connector" in done.stdout


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["check", "--help"], ["explain", "5023"]])
def test_what_must_be_quick_loads_nothing_heavy(words: list[str]) -> None:
    """No SDK, web client, YAML or terminal library is imported for it."""
    heavy = ("aiohttp", "aiodns", "stripe", "pydantic", "yaml", "rich", "cryptography", "opentelemetry", "sqlite3")
    script = (
        "import sys; from probe.cli.main import main; main(sys.argv[1:]); "
        f"sys.exit(','.join(name for name in {heavy!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, check=False, text=True)
    assert done.stderr.replace("`paypath explain REASON` says what it means and what to do first", "").strip() == ""
