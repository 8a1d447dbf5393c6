"""Every command that README and documents tell people to type does its work on a healthy path: the lab's, from its directory."""

import pathlib
import re
import shlex

import pytest

from probe.cli.main import main
from tests.e2e.processes import Lab
from tests.project.documents import DOCUMENTS, commands

_LONG = ("run", "lab", "drill", "lab --directory DIR")
"""Commands that go on until they are stopped, or take a while: other tests run them."""
_OTHERWISE = {
    "--version": 0,
    "diagnose": 2,  # of what?
    "certs --format nagios": 1,  # WARNING: nobody is said to renew the lab's certificates
    "diagnose HOST:PORT": 1,  # its CA is not in the system's trust
    "export": 2,  # what?
    "export runbooks": 2,  # where to?
    "preflight": 2,  # which?
    "unlock": 2,  # which, and why?
    "preflight --identity envoy": 2,  # an identity of a reader's own
    "validate --config .paypath-lab/paypath.yaml --scenarios wrong": 2,  # a scenario with a mistake
    "check --config /etc/paypath/paypath.yaml --quiet": 2,  # a file of the reader's own
}
"""What these must end with; all others with 0."""
_SAME = 1
"""What `preflight` must end with where the new certificate is the one in use: it would change nothing."""


@pytest.fixture
def filled(lab: Lab, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Work in the lab's directory; what stands for the placeholders."""
    monkeypatch.chdir(lab.directory)
    (lab.directory / ".paypath-lab").symlink_to(".")
    (lab.directory / "wrong").mkdir()
    (lab.directory / "wrong" / "mine.yaml").write_text("name: mine\nsteps: []\n")
    identity = lab.directory / "identity"
    certificate, key, trust = str(identity / "tls.crt"), str(identity / "tls.key"), str(lab.directory / "ca.pem")
    for name, target in (("new.crt", certificate), ("new.key", key), ("tls.crt", certificate), ("tls.key", key)):
        (lab.directory / name).symlink_to(target)
    return {
        "HOST:PORT": lab.addresses["connector"].removeprefix("https://"),
        "NAME": "billing", "PATH": "billing", "REASON": "tls.client_cert.expired", "TEXT": "looked", "DIR": str(tmp_path / "out"),
        "CRT": certificate, "KEY": key, "NEW.crt": certificate, "NEW.key": key, "CA": trust,
        "/var/lib/grafana/dashboards/paypath": str(tmp_path / "boards"), "runbooks": str(tmp_path / "runbooks"),
    }  # fmt: skip


def _words(command: str, filled: dict[str, str]) -> list[str]:
    """A command line with its placeholders filled in; FILE means what the option before it wants."""
    files = {"--cert": "NEW.crt", "--key": "NEW.key", "--ca": "CA", "--current-cert": "NEW.crt"}
    words = shlex.split(command)
    named = [
        files.get(before, word) if word == "FILE" else word for before, word in zip(["", *words], words, strict=False)
    ]
    return [
        words[0] if index == 0 else word if words[0] == "export" and index == 1 else filled.get(word, word)
        for index, word in enumerate(named)
    ]


def test_every_command_works(filled: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """With the status that the README promises for a healthy path; no traceback."""
    documented = {re.sub(r"\s+", " ", found) for document in DOCUMENTS for found in commands(document)}
    tried = sorted(each for each in documented if each.split()[0] not in _LONG and each.count("'") % 2 == 0)
    wrong = []
    assert main(["check", "mtls-handshake", "card-charge"], {}) == 0
    for command in tried:
        try:
            status = main(_words(command, filled), {})
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 2
        said = capsys.readouterr()
        right = _OTHERWISE.get(command, _SAME if command.startswith("preflight") else 0)
        if status != right or "Traceback" in said.err:
            wrong.append((command, status, said.err[-300:] or said.out[-300:]))
    assert not wrong, "\n".join(map(repr, wrong))
    assert len(tried) > 50
    assert set(_OTHERWISE) <= set(tried)
