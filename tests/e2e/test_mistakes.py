"""Every mistake of a set-up gives one clear message on stderr, with its place and the way to mend it, and the right status."""

import os
import pathlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.processes import Finished, Lab, Running, paypath

CONFIGURATION = """\
environment: staging
location: test
state: {directory: state}
paths:
  billing:
    connector: {url: "https://127.0.0.1:1", trust: ca.pem}
    stripe: {api_key_file: key}
scenarios: {directory: scenarios}
timeouts: {default: 1s}
"""
HANDSHAKE = """\
name: mtls-handshake
summary: The connector shakes hands.
every: 30s
deadline: 15s
steps:
  - handshake: {}
"""
CHARGE = """\
name: card-charge
summary: A card is charged.
every: 5m
deadline: 15s
steps:
  - name: charge
    stripe: v1.payment_intents.create
    with: {amount: 100, currency: usd}
"""
LIVE = "sk_live_" + "51CanaryCanaryCanary"
"""A key of live mode, as it must never be used, nor shown."""

Break = Callable[[pathlib.Path], object]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, and what has to be said about it."""

    breaks: Break
    place: str
    """How the line begins; `{}` is the directory."""
    says: tuple[str, ...]
    words: tuple[str, ...] = ("check",)
    env: dict[str, str] = field(default_factory=dict)


def replaced(old: str, new: str) -> Break:
    """The configuration with one thing changed."""
    return lambda directory: (directory / "paypath.yaml").write_text(CONFIGURATION.replace(old, new))


def written(name: str, text: str) -> Break:
    """Another content for one of the files."""
    return lambda directory: (directory / name).write_text(text)


def removed(name: str) -> Break:
    """One file that is not there."""
    return lambda directory: (directory / name).unlink()


def made_a_directory(name: str) -> Break:
    """A directory in the place of a file: what a container gets for a secret that does not exist."""

    def change(directory: pathlib.Path) -> None:
        (directory / name).unlink()
        (directory / name).mkdir()

    return change


def nothing(_directory: pathlib.Path) -> None:
    """The files are as they should be: what is wrong is elsewhere."""


STRIPE_KEY_VARIABLE = "PAYPATH_PATHS__BILLING__STRIPE__API_KEY"
MISTAKES = {
    "unknown key": Mistake(
        replaced("location:", "loction:"), "paypath.yaml:2:1: ", ("unknown key `loction`", "did you mean `location`?")
    ),
    "syntax error": Mistake(
        replaced("{directory: state}", "{directory: state"), "paypath.yaml:", ("not valid YAML", "close the bracket")
    ),
    "no configuration": Mistake(
        removed("paypath.yaml"),
        "{}/paypath.yaml: ",
        ("no such file or directory", "--config"),
        ("check", "--config", "{}/paypath.yaml"),
    ),
    "no key file": Mistake(removed("key"), "paypath.yaml:7:28: ", ("`api_key_file`: {}/key: no such file", "readable")),
    "key file is a directory": Mistake(
        made_a_directory("key"), "paypath.yaml:7:28: ", ("{}/key: is a directory", "readable")
    ),
    "live key in a file": Mistake(
        written("key", LIVE), "paypath.yaml:7:28: ", ("{}/key", "is not a Stripe test-mode key", "`sk_test_`")
    ),
    "live key in the configuration": Mistake(
        replaced("api_key_file: key", f"api_key: {LIVE}"), "paypath.yaml:7:23: ", ("not a Stripe test-mode key",)
    ),
    "live key in a variable": Mistake(
        replaced("{api_key_file: key}", "{}"),
        f"{STRIPE_KEY_VARIABLE}: ",
        ("not a Stripe test-mode key",),
        env={STRIPE_KEY_VARIABLE: LIVE},
    ),
    "unknown scenario": Mistake(
        nothing, "command line: ", ("no scenario `card-charg`", "did you mean `card-charge`?"), ("check", "card-charg")
    ),
    "unknown scenario in the configuration": Mistake(
        replaced("{directory: scenarios}", "{directory: scenarios, enabled: [handshake]}"),
        "paypath.yaml:8:",
        ("there is no scenario `handshake`",),
    ),
    "unknown Stripe method": Mistake(
        written("scenarios/charge.yaml", CHARGE.replace("intents", "intent")),
        "{}/scenarios/charge.yaml:7:13: ",
        ("no method `v1.payment_intent.create`", "did you mean `v1.payment_intents.create`?"),
    ),
    "scenario with an unknown key": Mistake(
        written("scenarios/charge.yaml", CHARGE.replace("every:", "evry:")),
        "{}/scenarios/charge.yaml:3:1: ",
        ("did you mean `every`?",),
    ),
    "OTLP number": Mistake(
        nothing, "OTEL_BSP_SCHEDULE_DELAY: ", ("`soon`", "digits"), env={"OTEL_BSP_SCHEDULE_DELAY": "soon"}
    ),
    "something that nothing takes back": Mistake(
        written(
            "scenarios/charge.yaml",
            CHARGE.replace("v1.payment_intents.create", "v1.products.create").replace(
                "{amount: 100, currency: usd}", "{name: a}"
            ),
        ),
        "{}/scenarios/charge.yaml:7:",
        ("paypath cannot take back what `v1.products.create` makes", "save: {{made: id}}", "`cleanup`"),
    ),
    "a write past the Stripe steps": Mistake(
        written(
            "scenarios/handshake.yaml", HANDSHAKE + "  - http: {path: /v1/charges, method: POST, body: amount=100}\n"
        ),
        "{}/scenarios/handshake.yaml",
        ("writes to Stripe past paypath", "`stripe` step"),
    ),
    "OTLP endpoint": Mistake(
        nothing,
        "OTEL_EXPORTER_OTLP_ENDPOINT: ",
        ("not a URL", "http://collector:4318"),
        ("run",),
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317"},
    ),
}


@pytest.fixture
def directory(tmp_path: pathlib.Path) -> pathlib.Path:
    """A set-up without mistakes; nothing listens at its connector's address."""
    (tmp_path / "scenarios").mkdir()
    files = {
        "paypath.yaml": CONFIGURATION,
        "key": "sk_test_0123456789abcdef",
        "ca.pem": "",
        "scenarios/handshake.yaml": HANDSHAKE,
        "scenarios/charge.yaml": CHARGE,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_once_with_its_place(name: str, directory: pathlib.Path) -> None:
    """One line, status 2, nothing on stdout, no traceback, and no key of live mode anywhere."""
    mistake = MISTAKES[name]
    mistake.breaks(directory)
    done = paypath(*(word.format(directory) for word in mistake.words), cwd=directory, env=mistake.env)
    assert (done.status, done.out) == (2, ""), done
    (line,) = done.err.splitlines()
    assert line.startswith(mistake.place.format(directory)), line
    for text in mistake.says:
        assert text.format(directory) in line
    assert LIVE not in done.err
    assert "Canary" not in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file; a directory in its place stands in for it above")
def test_a_key_that_this_user_may_not_read(directory: pathlib.Path) -> None:
    """The file is named with the right that is missing."""
    (directory / "key").chmod(0)
    done = paypath("check", cwd=directory)
    assert (done.status, done.out) == (2, "")
    assert "permission denied" in done.err


def test_all_mistakes_are_told_at_once(directory: pathlib.Path) -> None:
    """Who mends three mistakes starts the command once more, not three times."""
    text = CONFIGURATION.replace("location:", "loction:").replace("https:", "ftp:").replace("1s}", "soon}")
    (directory / "paypath.yaml").write_text(text, encoding="utf-8")
    done = paypath("validate", cwd=directory)
    assert done.status == 2
    assert [line.split(":")[1] for line in done.err.splitlines()] == ["2", "6", "9"]


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port at which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_busy_metrics_port(directory: pathlib.Path, busy_port: int) -> None:
    """`run` does not start without its page: it says which address is taken, and by which key to change it."""
    address = f"127.0.0.1:{busy_port}"
    done = paypath("run", cwd=directory, env={"PAYPATH_LISTEN__METRICS": address})
    assert (done.status, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert f"cannot listen on {address}: another process listens there" in line
    assert "`listen.metrics`" in line


def test_a_busy_lab_port(tmp_path: pathlib.Path, busy_port: int) -> None:
    """`lab --port` names the port and the option."""
    done = paypath("lab", "--directory", "lab", "--port", str(busy_port), cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert line.startswith(f"paypath: cannot listen on 127.0.0.1:{busy_port}: ")
    assert "--port" in line


def test_a_lab_directory_in_use(lab: Lab) -> None:
    """Two labs would overwrite each other's certificates: the second one does not start, and the first goes on."""
    done = paypath("lab", "--directory", str(lab.directory))
    assert (done.status, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert f"another lab is running in {lab.directory}" in line
    assert "--directory" in line
    assert lab.check("mtls-handshake", "--quiet").status == 0


def test_run_with_a_lab_that_is_running_already(tmp_path: pathlib.Path) -> None:
    """A second `run --lab` in the same directory is refused, and told only what it can do: it has no `--directory`."""
    first = Running(["lab"], cwd=tmp_path)
    first.wait_for("paypath.yaml")
    done = paypath("run", "--lab", cwd=tmp_path, env={"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"})
    assert first.stop().status == 0
    assert (done.status, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert "another lab is running" in line
    assert "--directory" not in line


@pytest.fixture
def no_state(directory: pathlib.Path) -> dict[str, str]:
    """A state directory that nobody can make, not even root: below a file."""
    return {"PAYPATH_STATE__DIRECTORY": str(directory / "key" / "state")}


def test_without_state_nothing_is_written_to_stripe(directory: pathlib.Path, no_state: dict[str, str]) -> None:
    """The scenario that writes is skipped and said so; where nothing else ran, the status is 3."""
    done = paypath("check", "card-charge", "--format", "json", cwd=directory, env=no_state)
    assert (done.status, done.out) == (3, "")
    first, skipped, *_ = done.err.splitlines()
    assert str(directory / "key" / "state") in first
    assert "state.directory" in first
    assert skipped.startswith("paypath: card-charge on billing was not run: it writes to Stripe")


def test_without_state_handshakes_go_on(lab: Lab, no_state: dict[str, str]) -> None:
    """The other scenarios run, and their outcome gives the status."""
    done = lab.check("--format", "json", env=no_state)
    assert done.status == 0
    assert {run["scenario"] for run in done.json_lines()} == {"mtls-handshake", "webhook-unsigned-refused"}
    assert "card-declined on billing was not run" in done.err


def test_a_mistake_comes_before_the_state_directory(directory: pathlib.Path, no_state: dict[str, str]) -> None:
    """Status 2, not 3: the mistake is told, and nothing about the state."""
    replaced("location:", "loction:")(directory)
    done = paypath("check", "card-charge", cwd=directory, env=no_state)
    assert done.status == 2
    assert "history" not in done.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("chek",), "did you mean `check`?"),
        (("check", "--format", "xml"), "invalid choice: 'xml'"),
        (("run", "--format", "junit", "--for", "soon"), "invalid choice: 'junit'"),
        (("lab", "--fault", "client-cert-expird"), "did you mean `client-cert-expired`?"),
        (("explain", "tls.client_cert.expird"), "tls.client_cert.expired"),
    ],
)
def test_a_mistyped_command(words: tuple[str, ...], says: str, tmp_path: pathlib.Path) -> None:
    """Status 2, what is wrong and the nearest right word on stderr."""
    done = paypath(*words, cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert says in done.err
    assert "Traceback" not in done.err


def outcome_of(done: Finished) -> Any:  # noqa: ANN401 - any JSON
    """The outcome of the only run."""
    (run,) = done.json_lines()
    return run["outcome"]


def test_an_identity_file_is_a_failure_of_the_path_and_a_mistake_for_validate(directory: pathlib.Path) -> None:
    """The billing service stands before the same missing file: `check` fails with its reason, `validate` refuses."""
    text = CONFIGURATION.replace("trust: ca.pem", "identity: billing")
    text += "identities: {billing: {certificate: tls.crt, private_key: tls.key}}\n"
    (directory / "paypath.yaml").write_text(text, encoding="utf-8")
    checked = paypath("check", "mtls-handshake", "--format", "json", cwd=directory)
    assert (checked.status, outcome_of(checked)) == (1, "failed")
    assert '"tls.client_cert.file_missing"' in checked.out
    validated = paypath("validate", cwd=directory)
    assert (validated.status, validated.out) == (2, "")
    assert [line.split(":")[:2] for line in validated.err.splitlines()] == [["paypath.yaml", "10"]] * 2
