"""The contract's `paypath.run/1`."""

import json

import pytest

from probe.report.json import dump, run_to_dict
from tests.report import runs


def test_the_failure_as_the_contract_has_it() -> None:
    """Every key of the contract's failure, with the certificate and its distance from the run's start."""
    failure = run_to_dict(runs.expired())["failure"]
    assert failure == {
        "code": 5023,
        "title": "Billing connector timeout",
        "reason": "tls.client_cert.expired",
        "hop": "probe-connector",
        "phase": "accept",
        "blame": "ours",
        "confidence": "proven",
        "retryable": False,
        "severity": "page",
        "summary": runs.EXPIRED.summary,
        "certificate": {
            "role": "client",
            "subject": "CN=billing-service,O=Example",
            "issuer": "CN=Example Billing CA",
            "serial": "0a1b2c3d",
            "not_before": "2025-01-15T14:28:00.000Z",
            "not_after": "2026-01-15T14:28:00.000Z",
            "sha256": "ab" * 32,
            "san": [],
            "source": {"kind": "file", "path": "/etc/billing/tls/tls.crt"},
            "expires_in_s": -723,
        },
        "evidence": {
            "verify_code": None,
            "alert": 45,
            "errno": None,
            "http_status": None,
            "observed_code": None,
            "stripe": None,
            "bytes_received": 2100,
            "detail": "",
        },
        "also": [],
        "runbook": "docs/runbooks/client-certificate.md#expired",
        "proxy": None,
    }


def test_a_run_around_its_failure() -> None:
    """Ids, moments, phases, what was negotiated and said, both chains and the steps."""
    result = run_to_dict(runs.expired())
    assert result["schema"] == "paypath.run/1"
    assert result["trace_id"] == result["run_id"] == runs.RUN_ID
    assert (result["started_at"], result["outcome"]) == ("2026-01-15T14:40:03.120Z", "failed")
    assert result["phases"] == {"dns": 0.002, "tcp": 0.002, "tls": 0.002, "accept": 0.002}
    assert result["tls"] == {
        "version": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "group": "x25519",
        "alpn": None,
        "resumed": False,
        "client_certificate_requested": True,
        "acceptable_cas": ["CN=Example Billing CA"],
        "alerts": [{"from": "peer", "number": 45, "name": "certificate_expired"}],
    }
    assert [c["source"] for c in result["peer_chain"]] == [  # type: ignore[attr-defined]  # a list in the contract
        {"kind": "wire", "endpoint": "billing-connector.internal:8443"}
    ]
    assert [c["serial"] for c in result["identity"]] == ["0a1b2c3d"]  # type: ignore[attr-defined]  # likewise
    assert [(s["step"], s["outcome"], s["attempts"]) for s in result["steps"]] == [  # type: ignore[attr-defined]  # likewise
        ("handshake", "failed", 1),
        ("charge", "skipped", 0),
    ]


def test_tries_and_request_ids() -> None:
    """`attempts` is the most that any step needed; a Stripe step carries its request id; warnings keep their shape."""
    result = run_to_dict(runs.second_try())
    assert (result["outcome"], result["attempts"], result["failure"]) == ("passed", 2, None)
    assert result["steps"][1]["request_id"] == "req_123"  # type: ignore[index]  # a list in the contract
    assert [w["reason"] for w in result["warnings"]] == ["certificate.expiring"]  # type: ignore[attr-defined]  # likewise


def test_stripe_error_in_the_evidence() -> None:
    """Type, code and decline code; null where Stripe did not say."""
    failure = run_to_dict(runs.stripe_down())["failure"]
    assert failure["evidence"]["stripe"] == {  # type: ignore[index]  # an object in the contract
        "type": "api_error",
        "code": None,
        "decline_code": None,
    }


def test_the_reconciling_handshake_explains() -> None:
    """Alerts and phases are those of the handshake that explains the charge, not of the first one."""
    result = run_to_dict(runs.reconciled())
    assert result["tls"]["alerts"] == [{"from": "peer", "number": 45, "name": "certificate_expired"}]  # type: ignore[index]  # an object in the contract
    assert "accept" in result["phases"]  # type: ignore[operator]  # likewise


def test_a_call_that_failed_on_its_way_is_told_by_its_own_phases() -> None:
    """The handshake after it got through: its fast phases are not those of a call that waited in vain."""
    result = run_to_dict(runs.timed_out())
    assert result["failure"]["phase"] == "wait"  # type: ignore[index]  # likewise
    assert result["phases"]["wait"] == pytest.approx(2.99)  # type: ignore[index]  # likewise
    assert result["tls"] is not None


def test_nothing_observed() -> None:
    """A run without any observation has empty places, not missing ones."""
    result = run_to_dict(runs.unknown())
    assert (result["phases"], result["tls"], result["peer_chain"], result["identity"]) == ({}, None, [], [])


def test_one_line_of_ascii() -> None:
    """Line separators and names of other scripts cannot break a reader of lines."""
    hostile = runs.with_text(runs.expired(), summary="Zertifikat für\u2028Zürich\nabgelaufen")
    line = dump(run_to_dict(hostile))
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["failure"]["summary"] == "Zertifikat für\u2028Zürich\nabgelaufen"


def test_the_leg_to_a_proxy_has_its_own_chain_and_identity() -> None:
    """What the proxy presented and what we have for it alone; the failure names the proxy."""
    result = run_to_dict(runs.refused_by_the_proxy())
    assert result["failure"]["proxy"] == "egress.internal:3129"
    assert result["proxy"]["endpoint"] == "egress.internal:3129"
    assert [c["subject"] for c in result["proxy"]["peer_chain"]] == ["CN=egress.internal"]
    assert [c["subject"] for c in result["proxy"]["identity"]] == ["CN=us-to-the-proxy"]
    assert (result["peer_chain"], result["proxy"]["http_status"]) == ([], 407)
