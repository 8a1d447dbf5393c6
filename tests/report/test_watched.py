"""Certificates and forecasts as JSON: the contract's keys, and the published schema."""

import json
from datetime import timedelta

import jsonschema
import pytest

from probe.catalogue.catalogue import load
from probe.classify.expiry import judge_certificate
from probe.model.certificate import CertificateRole
from probe.model.watch import Care, Held, WatchedCertificate
from probe.report.json import dump
from probe.report.schema import result_schema
from probe.report.watched import forecast_to_dict, watched_to_dict
from probe.verdict.forecast import forecast
from tests.support.watched import DAY, NOW, WIRE, authority, certificate, watched

SCHEMA = result_schema()
ENTRIES = {
    "healthy": watched(certificate()),
    "expiring": watched(certificate(not_after=NOW + 12 * DAY), care=Care()),
    "expired": watched(certificate(not_after=NOW - DAY)),
    "theirs": watched(certificate("CN=connector", role=CertificateRole.SERVER, source=WIRE), Held.PEER, relied_on=True),
    "crl": watched(certificate("CN=Issuing", role=CertificateRole.CRL), Held.CRL),
    "bundled": watched(authority("CN=Root", 9, root=True), Held.TRUST, relied_on=False),
    "not in use": watched(certificate(), not_in_use=NOW + DAY),
    "unreadable": watched(None, Held.WATCHED, path=None, name="/etc/x.pem", unreadable="/etc/x.pem does not exist"),
    "never seen": watched(None, path=None, name="/etc/x.pem", unreadable="/etc/x.pem does not exist", seen=()),
}


def _line(entry: WatchedCertificate) -> dict[str, object]:
    line = dump(watched_to_dict(entry, judge_certificate(entry, load(), at=NOW), NOW))
    assert "\n" not in line
    found: dict[str, object] = json.loads(line)
    return found


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_every_kind_fits_the_published_schema(entry: WatchedCertificate) -> None:
    """Each key of the schema, and no other one; it fits no other shape."""
    line = _line(entry)
    jsonschema.validate(line, {**SCHEMA, "anyOf": [{"$ref": "#/$defs/watched"}]})
    jsonschema.validate(line, SCHEMA)
    assert set(line) == set(SCHEMA["$defs"]["watched"]["required"])  # type: ignore[index]  # a schema is a dict of dicts


def test_one_that_expires_and_that_nothing_renews() -> None:
    """The contract's words."""
    line = _line(ENTRIES["expiring"])
    assert (line["role"], line["subject"], line["expires_in_s"]) == ("client", "CN=billing", 12 * 86400)
    assert (line["path"], line["name"], line["managed_by"]) == ("billing", "billing", None)
    assert (line["threshold"], line["severity"]) == ("14d", "ticket")
    assert line["reasons"] == ["certificate.expiring", "certificate.unmanaged"]
    assert [str(text).split(" ")[0] for text in line["summaries"]] == ["The", "Nothing"]  # type: ignore[attr-defined]  # a list
    place = {"kind": "file", "path": "/etc/billing/tls/tls.crt"}
    assert line["seen"] == [{"source": place, "at": "2026-01-15T14:30:00.000Z", "held": "identity"}]


def test_an_expired_one() -> None:
    """By the contract: its reason, and a page."""
    line = _line(ENTRIES["expired"])
    assert (line["reasons"], line["severity"], line["expires_in_s"]) == (["certificate.expired"], "page", -86400)


@pytest.mark.parametrize("kind", ["unreadable", "never seen"])
def test_an_unreadable_file_is_one_entry(kind: str) -> None:
    """By the contract: no subject, a ticket, and the path; what is unknown is null, not long ago."""
    line = _line(ENTRIES[kind])
    assert (line["subject"], line["reasons"], line["severity"]) == ("", ["certificate.unreadable"], "ticket")
    assert (line["not_after"], line["expires_in_s"], line["role"], line["path"]) == (None, None, None, None)
    assert (line["name"], line["summaries"]) == ("/etc/x.pem", ["/etc/x.pem does not exist."])


def test_a_forecast() -> None:
    """One line for each path; unknown is null."""
    leaf = watched(certificate(not_after=NOW - timedelta(hours=1)))
    line = forecast_to_dict(forecast("billing", [leaf], at=NOW), NOW)
    jsonschema.validate(line, {**SCHEMA, "anyOf": [{"$ref": "#/$defs/forecast"}]})
    because = line["because"]
    assert isinstance(because, dict)
    assert (line["valid_until"], because["subject"], because["expires_in_s"]) == (
        "2026-01-15T13:30:00.000Z",
        "CN=billing",
        -3600,
    )
    unknown = forecast_to_dict(forecast("other", [leaf], at=NOW), NOW)
    jsonschema.validate(unknown, SCHEMA)
    assert unknown == {"schema": "paypath.forecast/1", "path": "other", "valid_until": None, "because": None}
