"""`paypath certs` and `forecast` on files alone: every status, every format, and what stands where."""

import json
import pathlib
import signal
import socket
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import yaml

from probe.lab.pki import Authority, Issued
from probe.model.clock import SystemClock
from probe.report.schema import result_schema
from tests.cli.conftest import Paypath, Said
from tests.cli.program import paypath as program
from tests.support.publishing import publishing

DAY = timedelta(days=1)
NOW = SystemClock().now().replace(microsecond=0)
ROOT = Authority.root("certs root", now=NOW - 400 * DAY)


def _issue(left: timedelta, lifetime: timedelta = 398 * DAY) -> Issued:
    return ROOT.issue("billing", not_before=NOW + left - lifetime, not_after=NOW + left)


class Setting:
    """One directory with a configuration; nothing listens at the connector that it names."""

    def __init__(self, directory: pathlib.Path, paypath: Paypath) -> None:
        """Nothing is configured yet."""
        self.directory = directory
        self._paypath = paypath
        self.certificate, self.key = directory / "tls.crt", directory / "tls.key"

    def identity(self, issued: Issued, **more: object) -> None:
        """An identity `billing` that the path `billing` uses."""
        issued.write(self.certificate, self.key)
        trust = self.directory / "ca.pem"
        trust.write_bytes(ROOT.certificate_pem)
        connector = {"url": "https://127.0.0.1:9", "identity": "billing", "trust": str(trust)}
        keys = {"certificate": str(self.certificate), "private_key": str(self.key), **more}
        self.write({"paths": {"billing": {"connector": connector}}, "identities": {"billing": keys}})

    def watch(self, *names: str, **more: object) -> None:
        """Files of this directory that are watched."""
        files = [str(self.directory / name) for name in names]
        self.write({"certificates": {"watch": files, **more}})

    def write(self, content: Mapping[str, object]) -> None:
        """The configuration."""
        state = {"state": {"directory": str(self.directory / "state")}, "environment": "staging"}
        (self.directory / "paypath.yaml").write_text(yaml.safe_dump({**state, **content}))

    def say(self, verb: str, *words: str, environ: Mapping[str, str] | None = None) -> Said:
        """One command on it, offline."""
        config = str(self.directory / "paypath.yaml")
        return self._paypath(verb, "--offline", "--config", config, *words, environ=environ)

    def entries(self, *words: str) -> list[dict[str, Any]]:
        """`certs --format json`, each line by the published schema."""
        lines = [json.loads(line) for line in self.say("certs", "--format", "json", *words).out.splitlines()]
        for line in lines:
            jsonschema.validate(line, result_schema())
        return lines


@pytest.fixture
def setting(tmp_path: pathlib.Path, paypath: Paypath) -> Setting:
    """An empty one."""
    return Setting(tmp_path, paypath)


@pytest.mark.parametrize(
    ("left", "status", "threshold", "severity", "reason"),
    [
        (200 * DAY, 0, None, "ticket", "certificate.unmanaged"),
        (20 * DAY, 0, "30d", "ticket", "certificate.expiring"),
        (10 * DAY, 0, "14d", "ticket", "certificate.expiring"),
        (5 * DAY, 1, "7d", "page", "certificate.expiring"),
        (1 * DAY, 1, "48h", "page", "certificate.expiring"),
        (-1 * DAY, 1, None, "page", "certificate.expired"),
    ],
)
def test_the_life_of_an_identity(
    setting: Setting, left: timedelta, status: int, threshold: str | None, severity: str, reason: str
) -> None:
    """A ticket is status 0, a page is 1; `certs`, json and text agree."""
    setting.identity(_issue(left))
    entry = next(entry for entry in setting.entries() if entry["role"] == "client")
    assert (entry["path"], entry["name"], entry["managed_by"]) == ("billing", "billing", None)
    assert (entry["threshold"], entry["severity"], entry["reasons"][0]) == (threshold, severity, reason)
    assert entry["reasons"][-1] == "certificate.unmanaged"
    assert entry["source"] == {"kind": "file", "path": str(setting.certificate)}
    said = setting.say("certs")
    assert said.status == status
    assert said.out.splitlines()[1].split()[:3:2] == [{"page": "✗", "ticket": "!"}[severity], "billing"]
    assert "certificates:" in said.err
    assert "█" not in said.out, "bars are for terminals"


def test_the_plugin(setting: Setting) -> None:
    """0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; a set-up error is UNKNOWN too."""
    for left, status, word in ((200, 1, "WARNING"), (5, 2, "CRITICAL"), (-5, 2, "CRITICAL")):
        setting.identity(_issue(left * DAY))
        said = setting.say("certs", "--format", "nagios")
        assert (said.status, said.out.split()[1], said.out.count("\n")) == (status, word, 1)
        assert " | 'client billing@billing'=" in said.out
    (setting.directory / "root.pem").write_bytes(ROOT.certificate_pem)
    setting.watch("root.pem")
    assert setting.say("certs", "--format", "nagios").status == 0
    setting.write({})
    assert setting.say("certs", "--format", "nagios").out == "PAYPATH UNKNOWN - no certificate is known\n"
    (setting.directory / "paypath.yaml").write_text("certificats: {}\n")
    said = setting.say("certs", "--format", "nagios")
    assert (said.status, said.out.startswith("PAYPATH UNKNOWN - ")) == (3, True)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda s: s.certificate.unlink(), "tls.client_cert.file_missing"),
        (lambda s: s.certificate.write_text("nothing"), "tls.client_cert.file_malformed"),
        (lambda s: s.key.unlink(), "tls.client_key.file_missing"),
        (lambda s: s.key.write_bytes(_issue(DAY).key_pem), "tls.client_key.mismatch"),
    ],
)
def test_an_identity_that_cannot_be_used_is_a_failure_of_the_path(setting: Setting, spoil: Any, reason: str) -> None:  # noqa: ANN401 - a lambda
    """By the contract: its reason and status 1, whatever the dates say."""
    setting.identity(_issue(200 * DAY), managed_by="vault")
    spoil(setting)
    said = setting.say("certs")
    assert said.status == 1
    assert f"paypath: {reason}: The " in said.err
    assert setting.say("certs", "--format", "nagios").status == 2


def test_a_certificate_without_its_key_is_watched_not_used(setting: Setting) -> None:
    """`private_key` is optional."""
    setting.identity(_issue(200 * DAY), private_key=None)
    said = setting.say("certs")
    assert said.status == 0
    assert "tls." not in said.err


def test_an_unreadable_file_is_one_entry(setting: Setting) -> None:
    """By the contract: no subject, a ticket, the reason and the path in it; unknown is not expired, and known is the other."""
    (setting.directory / "good.pem").write_bytes(_issue(200 * DAY).certificate_pem)
    (setting.directory / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n")
    setting.watch("*.pem")
    good, bad = setting.entries()
    assert (good["subject"], good["path"], good["severity"]) == ("CN=billing", None, "none")
    assert (bad["subject"], bad["severity"], bad["reasons"]) == ("", "ticket", ["certificate.unreadable"])
    assert bad["name"] == bad["source"]["path"] == str(setting.directory / "bad.pem")
    assert str(setting.directory / "bad.pem") in bad["summaries"][0]
    said = setting.say("certs")
    assert (said.status, said.out.splitlines()[-1].split()[:2]) == (0, ["!", "?"])


def test_nothing_known_cannot_be_told(setting: Setting) -> None:
    """Status 3, and what to write; also where all that is watched cannot be read."""
    setting.write({})
    said = setting.say("certs")
    assert (said.status, said.out) == (3, "")
    assert "certificates.watch" in said.err
    (setting.directory / "bad.pem").write_text("nothing")
    setting.watch("bad.pem")
    assert setting.say("certs").status == 3


def test_sorted_by_what_ends_first(setting: Setting) -> None:
    """In every format."""
    for name, left in (("a", 300), ("b", -3), ("c", 40)):
        (setting.directory / f"{name}.pem").write_bytes(_issue(left * DAY).certificate_pem)
    setting.watch("*.pem")
    assert [pathlib.Path(entry["name"]).stem for entry in setting.entries()] == ["b", "c", "a"]
    assert [line.split()[2] for line in setting.say("certs").out.splitlines()[1:]] == ["b.pem", "c.pem", "a.pem"]


def test_only_what_nothing_renews(setting: Setting) -> None:
    """The incident's root cause in one command; none is fine."""
    setting.identity(_issue(200 * DAY))
    assert [entry["subject"] for entry in setting.entries("--unmanaged")] == ["CN=billing"]
    setting.identity(_issue(200 * DAY), managed_by="vault")
    said = setting.say("certs", "--unmanaged")
    assert (said.status, said.out) == (0, "")
    (entry,) = [entry for entry in setting.entries() if entry["role"] == "client"]
    assert (entry["managed_by"], entry["reasons"]) == ("vault", ["certificate.management_unproven"])


def test_one_path_alone(setting: Setting) -> None:
    """And an unknown one with the nearest name."""
    (setting.directory / "other.pem").write_bytes(_issue(-DAY).certificate_pem)
    setting.identity(_issue(200 * DAY))
    written = yaml.safe_load((setting.directory / "paypath.yaml").read_text())
    setting.write({**written, "certificates": {"watch": [str(setting.directory / "other.pem")]}})
    assert setting.say("certs").status == 1
    assert setting.say("certs", "--path", "billing").status == 0
    assert {entry["path"] for entry in setting.entries("--path", "billing")} == {"billing"}
    said = setting.say("certs", "--path", "biling")
    assert (said.status, said.out) == (2, "")
    assert "did you mean `billing`?" in said.err


def test_before_any_handshake_no_ca_of_a_bundle_is_spare(setting: Setting) -> None:
    """Nobody knows yet which of them will be needed, so all are shown."""
    setting.identity(_issue(200 * DAY), managed_by="vault")
    said = setting.say("certs")
    assert "CN=certs root" in said.out
    assert "--all" not in said.err


def test_offline_leaves_nothing_behind(setting: Setting) -> None:
    """Who only reads makes no state."""
    setting.identity(_issue(200 * DAY))
    setting.say("certs")
    setting.say("forecast")
    assert not (setting.directory / "state").exists()


def test_a_forecast(setting: Setting) -> None:
    """Until when and because of which; what has passed is status 0 too: it was told."""
    for left in (20 * DAY, -2 * DAY):
        setting.identity(_issue(left))
        said = setting.say("forecast", "--format", "json")
        (line,) = [json.loads(line) for line in said.out.splitlines()]
        jsonschema.validate(line, result_schema())
        assert said.status == 0
        assert (line["schema"], line["path"]) == ("paypath.forecast/1", "billing")
        assert line["valid_until"] == f"{NOW + left:%Y-%m-%dT%H:%M:%S}.000Z"
        assert line["because"]["subject"] == "CN=billing"
        text = setting.say("forecast").out
        assert text.startswith("billing  money can flow until " if left > DAY else "billing  money cannot flow since ")


def test_a_forecast_that_cannot_be_made(setting: Setting) -> None:
    """No path is a mistake of the set-up (2), nothing known is not known (3)."""
    setting.write({})
    said = setting.say("forecast")
    assert (said.status, said.out) == (2, "")
    assert "no path is configured" in said.err
    setting.write({"paths": {"billing": {"connector": {"url": "https://127.0.0.1:9"}}}})
    said = setting.say("forecast", "--format", "json")
    assert (said.status, json.loads(said.out)["valid_until"]) == (3, None)
    assert "not known" in setting.say("forecast").out


@pytest.mark.parametrize("content", [None, b""])
def test_a_forecast_without_the_client_certificate(setting: Setting, content: bytes | None) -> None:
    """The bundle alone would promise ten years: money needs the identity, and nothing is known of it (3)."""
    setting.identity(_issue(20 * DAY))
    if content is None:
        setting.certificate.unlink()
    else:
        setting.certificate.write_bytes(content)
    said = setting.say("forecast", "--format", "json")
    line = json.loads(said.out)
    jsonschema.validate(line, result_schema())
    assert (said.status, line["valid_until"], line["because"]) == (3, None, None)
    assert str(setting.certificate) in setting.say("forecast").out


def test_a_service_that_tells_no_more_than_an_end(setting: Setting, paypath: Paypath) -> None:
    """A metric of a certificate that nobody has seen: it is the old one, good now, and its end counts."""
    ends = NOW + 40 * DAY
    with publishing({"/metrics": f"client_not_after {ends.timestamp():.0f}\n".encode()}) as (address, _):
        asked = {"kind": "metric", "url": f"{address}/metrics", "metric": "client_not_after"}
        setting.identity(_issue(90 * DAY), managed_by="vault", in_use=asked)
        config = str(setting.directory / "paypath.yaml")
        for _ in range(2):
            certs = paypath("certs", "--config", config, "--format", "json")
            lines = [json.loads(line) for line in certs.out.splitlines()]
            reasons = {reason for line in lines if line["role"] == "client" for reason in line["reasons"]}
            assert (certs.status, reasons) == (
                0,
                {"certificate.rotated_but_not_used", "certificate.management_unproven"},
            )
            (used,) = [line for line in lines if line["serial"] == ""]
            assert used["not_after"] == f"{ends:%Y-%m-%dT%H:%M:%S}.000Z"
        told = paypath("forecast", "--config", config)
    assert f"money can flow until {ends:%Y-%m-%d %H:%M:%S} UTC" in told.out
    assert "(serial )" not in told.out


@pytest.mark.parametrize("words", [("certs",), ("certs", "--format", "nagios"), ("forecast",)])
def test_a_signal_while_the_connector_is_waited_for(setting: Setting, words: tuple[str, ...]) -> None:
    """It stops at once, shows what is known, and never claims that all is well."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        setting.identity(_issue(200 * DAY), managed_by="vault")
        file = setting.directory / "paypath.yaml"
        file.write_text(file.read_text().replace("127.0.0.1:9", f"127.0.0.1:{listener.getsockname()[1]}"))
        with program(*words, "--config", str(file), cwd=setting.directory) as command:
            connection, _ = listener.accept()
            with connection:
                command.send_signal(signal.SIGTERM)
                out, err = command.communicate(timeout=60)
    assert command.returncode == 3, err
    assert "Traceback" not in err
    assert ("interrupted" in out) == ("nagios" in words)
    assert ("billing" in out) != ("nagios" in words)
