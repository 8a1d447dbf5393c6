"""`paypath validate`."""

import pathlib

from tests.cli.conftest import Paypath

CONFIGURATION = 'environment: staging\npaths: {billing: {connector: {url: "https://connector.invalid:8443"}}}\n'


def test_what_would_run(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Paths and scenarios on stdout, status 0; what calls Stripe does not fit a path without it."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    said = paypath("validate", "--config", str(file))
    assert (said.status, said.err) == (0, "")
    assert said.out == "path      billing\nscenario  mtls-handshake\n"


def test_scenarios_of_another_directory(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """`--scenarios` looks at files that are not in use yet."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine.yaml").write_text(
        "name: mine\nsumary: x\nevery: 5m\ndeadline: 5s\nsteps: [{handshake: {}}]\n"
    )
    said = paypath("validate", "--config", str(file), "--scenarios", str(tmp_path / "new"))
    assert (said.status, said.out) == (2, "")
    assert f"{tmp_path}/new/mine.yaml:2:1: " in said.err
    assert "did you mean `summary`?" in said.err


def test_files_that_are_not_there(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """A missing identity is an error here, although `check` takes it for a failure of the path."""
    file = tmp_path / "paypath.yaml"
    file.write_text(
        "environment: staging\nidentities: {billing: {certificate: no.crt, private_key: no.key}}\n"
        'paths: {billing: {connector: {url: "https://connector.invalid:8443", identity: billing}}}\n'
    )
    said = paypath("validate", "--config", str(file))
    assert said.status == 2
    assert "no.crt" in said.err
    assert "no.key" in said.err


def test_a_word_in_the_environment_that_means_nothing(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """A warning, not a mistake."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    said = paypath("validate", "--config", str(file), environ={"PAYPATH_ENVIROMENT": "x"})
    assert said.status == 0
    assert "PAYPATH_ENVIROMENT" in said.err
