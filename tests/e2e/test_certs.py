"""`paypath certs`, `forecast` and `check --fail-on-expiring` with something at the other end: the lab, and nginx."""

import json
import pathlib
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from probe.lab.pki import Authority
from probe.report.schema import result_schema
from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.processes import Finished, Lab, paypath
from tests.e2e.terminal import Terminal
from tests.servers.material import Material, write_pair

QUICK = {"PAYPATH_TIMEOUTS__DEFAULT": "2s"}


def _certs(lab: Lab, *words: str, **env: str) -> Finished:
    return paypath("certs", "--config", lab.config, *words, cwd=lab.directory, env={**QUICK, **env})


def fingerprint(file: pathlib.Path) -> str:
    """Of the first certificate in a file, as a service may write it."""
    return x509.load_pem_x509_certificate(file.read_bytes()).fingerprint(hashes.SHA256()).hex()


def _by_role(done: Finished) -> dict[str, dict[str, Any]]:
    for line in done.json_lines():
        jsonschema.validate(line, result_schema())
    return {str(line["role"]): line for line in done.json_lines()}


def _forecast(lab: Lab) -> dict[str, Any]:
    done = paypath("forecast", "--config", lab.config, "--format", "json", cwd=lab.directory, env=QUICK)
    assert done.status == 0, done
    (line,) = done.json_lines()
    jsonschema.validate(line, result_schema())
    return line


def test_every_certificate_of_a_healthy_path(lab: Lab) -> None:
    """Ours, theirs, the chain and the root, one entry each, with all the places where it was seen."""
    assert [run["warnings"] for run in lab.check("mtls-handshake", "--format", "json").json_lines()] == [[]]
    done = _certs(lab, "--format", "json")
    assert done.status == 0, done
    entries = _by_role(done)
    assert set(entries) == {"client", "server", "intermediate", "root"}
    assert len(done.json_lines()) == 4
    assert entries["client"]["reasons"] == ["certificate.unmanaged"]
    assert all(entries[role]["severity"] == "none" for role in ("server", "intermediate", "root"))
    assert entries["server"]["source"]["kind"] == "wire"
    assert {place["held"] for place in entries["intermediate"]["seen"]} == {"identity", "peer"}
    assert all(entry["relied_on"] for entry in entries.values())
    line = _forecast(lab)
    assert line["valid_until"] == min(entry["not_after"] for entry in entries.values())


def test_on_a_terminal_there_are_bars(lab: Lab) -> None:
    """What ends first on top, and how many need somebody below; a forecast in a sentence."""
    with Terminal("certs", "--config", lab.config, cwd=lab.directory) as screen:
        screen.wait_for(r"role +name +days left +where +managed +what to do")
        screen.wait_for(r"! client +billing +█{9}[█▉]+ \d+ days +\S+tls.crt +no +let something renew it")
        screen.wait_for(r"4 certificates: 1 to look at; the first ends in \d+ days")
    with Terminal("forecast", "--config", lab.config, cwd=lab.directory) as screen:
        screen.wait_for(r"billing  money can flow until \S+ \S+ UTC, in \d+ days")


def test_last_known_facts_stay_while_handshakes_fail(lab: Lab) -> None:
    """Unknown is not expired: status 0, the failure on stderr, and when they were seen."""
    before = _by_role(_certs(lab, "--format", "json"))
    lab.put("connector-down")
    try:
        done = _certs(lab, "--format", "json")
        assert "the handshake did not pass (tcp.refused)" in done.err
        after = _by_role(done)
        assert done.status == 0
        assert {role: entry["sha256"] for role, entry in after.items()} == {
            role: entry["sha256"] for role, entry in before.items()
        }
        assert after["server"]["seen"] == before["server"]["seen"]
        assert _forecast(lab)["valid_until"] is not None
    finally:
        lab.delete("connector-down")


def test_offline_connects_to_nothing_and_knows_what_was_known(lab: Lab) -> None:
    """Files and memory."""
    _certs(lab)
    lab.put("handshake-hang")
    try:
        done = _certs(lab, "--offline", "--format", "json")
        assert (done.status, done.err) == (0, "")
        assert set(_by_role(done)) == {"client", "server", "intermediate", "root"}
    finally:
        lab.delete("handshake-hang")


@pytest.mark.parametrize(("fault", "role"), [("client-cert-expired", "client"), ("server-cert-expired", "server")])
def test_an_expired_one_is_named_whether_or_not_the_handshake_works(lab: Lab, fault: str, role: str) -> None:
    """Status 1, severity page, and a forecast that lies in the past because of it."""
    _certs(lab)
    lab.put(fault)
    try:
        done = _certs(lab, "--format", "json")
        assert done.status == 1
        expired = [line for line in done.json_lines() if "certificate.expired" in line["reasons"]]  # type: ignore[operator]  # a list
        assert [(line["role"], line["severity"]) for line in expired] == [(role, "page")]
        line = _forecast(lab)
        assert line["because"]["sha256"] == expired[0]["sha256"]
        assert line["because"]["expires_in_s"] < 0
        assert _certs(lab, "--format", "nagios").status == 2
    finally:
        lab.delete(fault)
    _certs(lab)


def test_a_certificate_that_was_replaced_is_not_blamed_any_more(lab: Lab) -> None:
    """Also where the new one is refused: the handshake fails, and the expired one is nowhere."""
    lab.put("server-cert-expired")
    try:
        (expired,) = [
            line for line in _certs(lab, "--format", "json").json_lines() if "certificate.expired" in line["reasons"]
        ]  # type: ignore[operator]  # a list
        lab.delete("server-cert-expired")
        lab.put("server-cert-unknown-ca")
        done = _certs(lab, "--format", "json")
        assert done.status == 0
        assert expired["sha256"] not in [line["sha256"] for line in done.json_lines()]
        assert _forecast(lab)["because"]["sha256"] != expired["sha256"]
    finally:
        lab.delete("server-cert-expired")
        lab.delete("server-cert-unknown-ca")
    _certs(lab)


def test_a_check_fails_on_what_expires_only_where_that_is_asked_for(
    lab: Lab, pki: Material, tmp_path: pathlib.Path
) -> None:
    """Near expiry is not an outage: the runs pass all the same, and say so."""
    soon = pki.root.issue("upstream", not_before=pki.now - timedelta(days=300), not_after=pki.now + timedelta(days=5))
    (tmp_path / "upstream.pem").write_bytes(soon.certificate_pem)
    env = {"PAYPATH_CERTIFICATES__WATCH": json.dumps([str(tmp_path / "*.pem")])}
    words = ("mtls-handshake", "--format", "json")
    assert lab.check(*words, "--fail-on-expiring").status == 0
    assert lab.check(*words, env=env).status == 0
    done = lab.check(*words, "--fail-on-expiring", env=env)
    assert (done.status, [run["outcome"] for run in done.json_lines()]) == (1, ["passed"])
    assert "paypath: certificate.expiring: " in done.err
    plugin = lab.check("mtls-handshake", "--format", "nagios", "--fail-on-expiring", env=env)
    assert plugin.status == 2
    assert plugin.out.startswith("PAYPATH CRITICAL - certificate expires soon (5030 certificate.expiring): ")
    report = lab.check("mtls-handshake", "--format", "junit", "--fail-on-expiring", env=env)
    assert report.status == 1
    assert '<testsuite name="certificates" tests="1" failures="1"' in report.out
    assert '<failure type="certificate.expiring" message="The client certificate CN=upstream' in report.out
    (tmp_path / "upstream.pem").write_bytes(pki.clients["good"].issued.certificate_pem)
    assert lab.check(*words, "--fail-on-expiring", env=env).status == 0


def test_a_service_that_holds_another_certificate_than_the_file(pki: Material, tmp_path: pathlib.Path) -> None:
    """Also where paypath has never seen that one: only its fingerprint is known."""
    held = tmp_path / "held.sha256"
    held.write_text("ab" * 32)
    identity = {
        "certificate": str(pki.clients["good"].certificate),
        "in_use": {"kind": "file-sha256", "file": str(held)},
    }
    env = {"PAYPATH_IDENTITIES__BILLING": json.dumps(identity), "PAYPATH_STATE__DIRECTORY": str(tmp_path / "state")}
    done = paypath("certs", "--format", "json", cwd=tmp_path, env=env)
    (entry,) = [line for line in done.json_lines() if line["subject"] == ""]
    assert (done.status, entry["reasons"], entry["severity"]) == (0, ["certificate.rotated_but_not_used"], "ticket")
    assert "ab" * 32 in str(entry["summaries"])


def test_a_service_that_does_not_answer_after_a_rotation(pki: Material, tmp_path: pathlib.Path) -> None:
    """The old certificate counts until the new one is seen in use, and the table says that this may be so."""
    asked = {"kind": "file-sha256", "file": str(tmp_path / "held.sha256")}
    pair = write_pair(tmp_path, "identity", pki.issuing.issue("billing", not_after=pki.now + timedelta(days=20)))
    identity = {"certificate": str(pair.certificate), "in_use": asked}
    env = {"PAYPATH_IDENTITIES__BILLING": json.dumps(identity), "PAYPATH_STATE__DIRECTORY": str(tmp_path / "state")}
    paypath("certs", cwd=tmp_path, env=env)
    write_pair(tmp_path, "identity", pki.issuing.issue("billing", not_after=pki.now + timedelta(days=80)))
    for _ in range(2):
        done = paypath("certs", cwd=tmp_path, env=env)
        assert "(old one may be in use)" in done.out
        assert "held.sha256 cannot be read" in done.err
    (tmp_path / "held.sha256").write_text(fingerprint(pair.certificate))
    assert "may be in use" not in paypath("certs", cwd=tmp_path, env=env).out


def test_a_check_asks_what_the_service_holds(pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> None:
    """The files and the runs are fine, and the service holds a certificate that ends in five days: a check alone knows, and forgets."""
    running = start_nginx()
    old, new = (pki.issuing.issue("billing", not_after=pki.now + timedelta(days=days)) for days in (5, 200))
    pair = write_pair(tmp_path, "identity", old)
    config = write(
        tmp_path,
        {"billing": connector(running.port, trust=pki.trust, identity="billing")},
        identities={"billing": (pair.certificate, pair.private_key)},
    )
    held = tmp_path / "held.pem"
    where = "PAYPATH_IDENTITIES__BILLING__IN_USE__"
    env = {f"{where}KIND": "file-sha256", f"{where}FILE": str(held)}

    def check() -> Finished:
        return paypath("--config", config, "check", "mtls-handshake", "--fail-on-expiring", cwd=tmp_path, env=env)

    held.write_bytes(old.certificate_pem)
    write_pair(tmp_path, "identity", new)
    stale = check()
    assert (stale.status, "certificate.rotated_but_not_used" in stale.err) == (1, True), stale
    held.write_bytes(new.certificate_pem)
    used = check()
    assert (used.status, used.err) == (0, ""), used
    held.unlink()
    blind = check()
    assert (blind.status, "held.pem cannot be read" in blind.err) == (0, True), blind


def test_a_check_that_cannot_ask_the_service(pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> None:
    """After a rotation that was seen: the one of before counts, as in `paypath certs`."""
    running = start_nginx()
    pair = write_pair(tmp_path, "identity", pki.issuing.issue("billing", not_after=pki.now + timedelta(days=5)))
    config = write(
        tmp_path,
        {"billing": connector(running.port, trust=pki.trust, identity="billing")},
        identities={"billing": (pair.certificate, pair.private_key)},
    )
    where = "PAYPATH_IDENTITIES__BILLING__IN_USE__"
    env = {f"{where}KIND": "file-sha256", f"{where}FILE": str(tmp_path / "held.sha256")}
    words = ("--config", config, "check", "mtls-handshake", "--fail-on-expiring")
    paypath(*words, cwd=tmp_path, env=env)
    write_pair(tmp_path, "identity", pki.issuing.issue("billing", not_after=pki.now + timedelta(days=200)))
    done = paypath(*words, cwd=tmp_path, env=env)
    assert (done.status, "certificate.rotated_but_not_used" in done.err) == (1, True), done


def test_a_watched_file_that_cannot_be_read_any_more(pki: Material, tmp_path: pathlib.Path) -> None:
    """Is an entry that says so, beside what it held and until when that is good: a page stays a page."""
    file = tmp_path / "upstream.pem"
    soon = pki.root.issue("upstream", not_before=pki.now - timedelta(days=300), not_after=pki.now + timedelta(days=5))
    file.write_bytes(soon.certificate_pem)
    env = {"PAYPATH_CERTIFICATES__WATCH": json.dumps([str(file)]), "PAYPATH_STATE__DIRECTORY": str(tmp_path / "state")}
    words = ("certs", "--format", "json")
    before = paypath(*words, cwd=tmp_path, env=env)
    file.write_bytes(b"")
    after = paypath(*words, cwd=tmp_path, env=env)
    assert (before.status, after.status) == (1, 1)
    (known,) = before.json_lines()
    last, broken = after.json_lines()
    assert (last["sha256"], last["seen"], last["reasons"]) == (known["sha256"], known["seen"], ["certificate.expiring"])
    assert (broken["subject"], broken["reasons"], broken["severity"]) == ("", ["certificate.unreadable"], "ticket")
    for line in (last, broken):
        jsonschema.validate(line, result_schema())


@pytest.mark.server("nginx")
@pytest.mark.parametrize(("left", "status"), [(20, 0), (1, 1)])
def test_an_identity_near_its_end_fails_no_run(
    pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path, left: int, status: int
) -> None:
    """Inside every rung the run passes; `certs` and `--fail-on-expiring` give the status of the page."""
    issued = pki.issuing.issue(
        "near its end", not_before=pki.now - timedelta(days=300), not_after=pki.now + timedelta(days=left)
    )
    pair = write_pair(tmp_path, "identity", issued)
    server = start_nginx(tls="1.3")
    config = write(
        tmp_path,
        {"billing": connector(server.port, trust=pki.trust, identity="billing")},
        identities={"billing": (pair.certificate, pair.private_key)},
        scenarios={"enabled": ["mtls-handshake"]},
    )
    plain = paypath("check", "--config", config, "--format", "json", cwd=tmp_path)
    (run,) = plain.json_lines()
    assert (plain.status, run["outcome"]) == (0, "passed")
    (warning,) = run["warnings"]  # type: ignore[misc]  # of a line of JSON
    assert (warning["reason"], warning["certificate"]["subject"]) == ("certificate.expiring", "CN=near its end")
    assert paypath("check", "--config", config, "--fail-on-expiring", cwd=tmp_path).status == status
    assert paypath("certs", "--config", config, cwd=tmp_path).status == status


@pytest.mark.server("nginx")
def test_spare_cas_of_a_bundle_wake_nobody(pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> None:
    """A verified handshake shows which CA the path relies on: an expired one beside it is counted, and shown on request."""
    long_ago = pki.now - timedelta(days=800)
    spare = Authority.root("expired long ago", now=long_ago, lifetime=timedelta(days=400)).certificate_pem
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(pki.trust.read_bytes() + spare)
    good = pki.clients["good"]
    config = write(
        tmp_path,
        {"billing": connector(start_nginx(tls="1.3").port, trust=bundle, identity="billing")},
        identities={"billing": (good.certificate, good.private_key)},
    )
    done = paypath("certs", "--config", config, cwd=tmp_path)
    assert (done.status, "expired long ago" in done.out) == (0, False), done
    assert "and 1 in trust bundles that no path relies on (--all shows them)" in done.err
    assert "expired long ago" in paypath("certs", "--config", config, "--all", cwd=tmp_path).out
    lines = paypath("certs", "--config", config, "--format", "json", cwd=tmp_path).json_lines()
    (entry,) = [line for line in lines if line["subject"] == "CN=expired long ago"]
    assert (entry["relied_on"], entry["severity"], entry["reasons"]) == (False, "none", ["certificate.expired"])
    (told,) = paypath("forecast", "--config", config, "--format", "json", cwd=tmp_path).json_lines()
    assert "expired long ago" not in json.dumps(told)
