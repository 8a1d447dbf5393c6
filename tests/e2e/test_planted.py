"""Secrets where nobody expects one: what is said of them never holds them, and what is kept does not either."""

import base64
import copy
import json
import pathlib
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from probe.history.latches import FILE_NAME as LATCHES
from tests.e2e.processes import Lab, paypath

WORD = "plantedByNobody12"
LIVE = "sk_live_" + WORD
SECRETS = {
    "key": "sk_test_" + WORD,
    "webhook secret": "whsec_" + WORD,
    "card": "4242-4242 4242-4242",
    "url": f"https://user:{WORD}@shop.example/x",
    "private key": f"-----BEGIN PRIVATE KEY-----\n{WORD}\n-----END PRIVATE KEY-----",
    "base64 of base64": base64.b64encode(base64.b64encode(f"-----BEGIN PRIVATE KEY-----\n{WORD}".encode())).decode(),
}
_SHOWN = re.compile("|".join([WORD, "4242[- ]?4242[- ]?4242", re.escape(SECRETS["base64 of base64"][:48])]))

Plant = Callable[[dict[str, Any], str], None]


def _at(*place: str) -> Plant:
    """Put it there."""

    def plant(tree: dict[str, Any], secret: str) -> None:
        for key in place[:-1]:
            tree = tree.setdefault(key, {})
        tree[place[-1]] = secret

    return plant


def _path(tree: dict[str, Any], secret: str) -> None:
    tree["paths"][secret] = tree["paths"].pop("billing")


def _key(tree: dict[str, Any], secret: str) -> None:
    tree["paths"]["billing"][secret] = 1


PLACES: dict[str, Plant] = {
    "a path's name": _path,
    "an unknown key": _key,
    "a mistyped key": _at("paths", "billing", "stripe", "api_kye"),
    "environment": _at("environment"),
    "location": _at("location"),
    "server name": _at("paths", "billing", "connector", "server_name"),
    "health path": _at("paths", "billing", "connector", "health_path"),
    "url": _at("paths", "billing", "connector", "url"),
    "trust": _at("paths", "billing", "connector", "trust"),
    "certificate": _at("identities", "lab", "certificate"),
    "directory": _at("scenarios", "directory"),
    "scenario": _at("scenarios", "every"),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One for all."""
    lab = Lab(tmp_path_factory.mktemp("planted"))
    yield lab
    lab.process.stop()


@pytest.fixture
def tree(lab: Lab, tmp_path: pathlib.Path) -> dict[str, Any]:
    """The lab's configuration, with a state of its own and one scenario; its identity is called `lab`."""
    found: dict[str, Any] = yaml.safe_load(pathlib.Path(lab.config).read_text(encoding="utf-8"))
    found["identities"] = {"lab": next(iter(found["identities"].values()))}
    found["paths"]["billing"]["connector"]["identity"] = "lab"
    return found | {"state": {"directory": str(tmp_path / "state")}, "scenarios": {"enabled": ["mtls-handshake"]}}


def _nothing_shown(directory: pathlib.Path, tree: dict[str, Any], *words: str, **environ: str) -> str:
    """What the command said, once it and all that it kept were searched."""
    (directory / "paypath.yaml").write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    done = paypath(*words, "--config", str(directory / "paypath.yaml"), cwd=directory, env=environ)
    kept = [file.read_bytes().decode("latin-1") for file in directory.glob("state/*")]
    found = _SHOWN.search("\n".join([done.out, done.err, *kept]))
    assert found is None, f"{found} of {done}"
    assert "internal error" not in done.err
    return f"{done.status}\n{done.out}{done.err}"


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_in_a_wrong_place_of_the_configuration(
    place: str, tree: dict[str, Any], tmp_path: pathlib.Path
) -> None:
    """Told as a mistake or as a failure, whichever it is, without it; a live-mode key is always a mistake."""
    for secret in SECRETS.values():
        planted = copy.deepcopy(tree)
        PLACES[place](planted, secret)
        _nothing_shown(tmp_path, planted, "check", "--format", "json", "--debug")
        shutil.rmtree(tmp_path / "state", ignore_errors=True)
    planted = copy.deepcopy(tree)
    PLACES[place](planted, LIVE)
    said = _nothing_shown(tmp_path, planted, "check")
    assert said.startswith("2\n"), said


@pytest.mark.parametrize(
    "name",
    [
        "PAYPATH_LOCATION",
        "PAYPATH_SCENARIOS__ENABLED",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "https_proxy",
        "HOSTNAME",
    ],
)
def test_a_secret_in_a_variable(name: str, tree: dict[str, Any], tmp_path: pathlib.Path) -> None:
    """Whoever reads it; a live-mode key stops every command that sends anything."""
    for secret in SECRETS.values():
        _nothing_shown(tmp_path, tree, "check", "--format", "json", **{name: secret})
        shutil.rmtree(tmp_path / "state", ignore_errors=True)
    assert _nothing_shown(tmp_path, tree, "check", **{name: LIVE}).startswith("2\n")


@pytest.mark.parametrize(
    "words",
    [
        "diagnose %s",
        "check %s",
        "explain %s",
        "unlock billing --reason %s",
        "diagnose --path %s",
        "report --since %s",
        "preflight --cert %s --key %s",
        "%s",
    ],
)
def test_a_secret_on_the_command_line(words: str, tree: dict[str, Any], tmp_path: pathlib.Path) -> None:
    """Typed in the wrong place; a live-mode key is refused there too."""
    for secret in (*SECRETS.values(), LIVE):
        typed = [secret if word == "%s" else word for word in words.split()]
        if words.startswith(("diagnose %s", "explain", "%s")):  # they need no configuration
            done = paypath(*typed, cwd=tmp_path)
            assert _SHOWN.search(done.out + done.err) is None, done
        else:
            done_said = _nothing_shown(tmp_path, tree, *typed)
            assert secret != LIVE or done_said.startswith("2\n"), done_said


def test_a_secret_in_what_was_kept(tree: dict[str, Any], tmp_path: pathlib.Path) -> None:
    """Somebody has edited the file of latches: what keeps the path shut is told without it."""
    (tmp_path / "state").mkdir(mode=0o700)
    because = " ".join(SECRETS.values())
    row = {"path": "billing", "run_id": "a" * 32, "set_at": "2026-01-15T14:28:03+00:00", "because": because}
    (tmp_path / "state" / LATCHES).write_text(json.dumps([row]), encoding="utf-8")
    (tmp_path / "paypath.yaml").write_text(yaml.safe_dump(tree), encoding="utf-8")
    for words in (
        ["check"],
        ["check", "--format", "json"],
        ["report", "--since", "1h"],
        ["unlock", "billing", "--reason", "x"],
    ):
        done = paypath(*words, "--config", "paypath.yaml", cwd=tmp_path)
        assert _SHOWN.search(done.out + done.err) is None, done
    assert done.status == 0, done
