"""What a stricter verifier would refuse, as a warning on a path that passes."""

from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.model.failure import Confidence, Failure, Severity
from probe.model.outcome import Passed
from probe.model.tls import VerifyError
from tests.classify.seen import AUTHORITY, CATALOGUE, NOW, handshake, wire

MIDDLE = wire("CN=Issuing", **AUTHORITY, san=(), key_bits=128, signature_bits=128)


def _warnings(**changes: object) -> tuple[Failure, ...]:
    judgement = judge_handshake(handshake(**changes), CATALOGUE, at=NOW)
    assert judgement.outcome == Passed()
    return judgement.warnings


def test_what_only_strict_checks_refuse_is_named() -> None:
    """Python 3.13 refuses it by default; the billing service of today does not."""
    objection = VerifyError(code=85, depth=0, certificate=MIDDLE, text="Missing Authority Key Identifier")
    (warning,) = _warnings(strict_objection=objection)
    assert (warning.reason, warning.severity) == ("tls.server_cert.malformed", Severity.NONE)
    assert "Missing Authority Key Identifier, OpenSSL code 85" in warning.summary
    assert "`verify.strict: false`" in warning.summary
    assert warning.certificate == MIDDLE
    assert (warning.confidence, warning.evidence.bytes_received) == (Confidence.PROVEN, 1200)


@pytest.mark.parametrize("presented", [(wire(),), ()])
def test_a_certificate_that_cannot_be_read_is_told_all_the_same(presented: tuple) -> None:
    """By its number."""
    (warning,) = _warnings(strict_objection=VerifyError(code=92, depth=0), presented=presented)
    assert "see its number, OpenSSL code 92" in warning.summary
    assert warning.certificate == next(iter(presented), None)


def test_what_a_lowered_security_level_lets_through_is_named() -> None:
    """Level 2 is what everybody else has."""
    weak = wire(key_bits=80, signature_bits=63)
    found = _warnings(security_level=0, built=(weak, MIDDLE), presented=(weak, MIDDLE))
    assert [w.reason for w in found] == ["tls.server_cert.weak_key", "tls.server_cert.weak_signature"]
    assert {w.severity for w in found} == {Severity.NONE}
    assert "`verify.security_level: 0`" in found[0].summary
    assert _warnings(security_level=2, built=(weak, MIDDLE)) == ()
    assert _warnings(built=(weak, MIDDLE)) == ()
    assert _warnings(security_level=1, built=(MIDDLE,)) == ()


def test_a_certificate_without_names_is_told() -> None:
    """OpenSSL falls back on the common name; most others have given that up (RFC 9525)."""
    (warning,) = _warnings(presented=(wire("CN=connector.internal", san=()),))
    assert (warning.reason, warning.severity) == ("tls.server_cert.name_mismatch", Severity.NONE)
    assert "known by its common name alone" in warning.summary
    assert warning.certificate == wire("CN=connector.internal", san=())


@pytest.mark.parametrize(
    ("code", "reason", "lacks"),
    [
        (3, "tls.crl.unavailable", "has no list of its issuer, CN=Root"),
        (11, "tls.crl.not_yet_valid", "not yet valid, CN=Root"),
        (12, "tls.crl.expired", "out of date, CN=Root"),
    ],
)
def test_an_issuer_that_our_lists_do_not_cover(code: int, reason: str, lacks: str) -> None:
    """Whoever checks whole chains refuses it; this path checks what there are lists for."""
    listed = tuple(VerifyError(code=code, depth=depth, certificate=MIDDLE) for depth in (0, 1))
    (warning,) = _warnings(listed=(*listed, VerifyError(code=code, depth=1)))
    assert (warning.reason, warning.severity, warning.certificate) == (reason, Severity.NONE, MIDDLE)
    assert lacks in warning.summary


@pytest.mark.parametrize(("san", "names"), [((), ""), (("10.0.0.1", "urn:x:y"), " (10.0.0.1, urn:x:y as a URI)")])
def test_a_name_that_only_the_common_name_has(san: tuple[str, ...], names: str) -> None:
    """An address or a URI beside it is no name of a host, and is not denied; nor is a mail address, which is not kept."""
    (warning,) = _warnings(presented=(wire(san=san),))
    assert warning.reason == "tls.server_cert.name_mismatch"
    assert f"has no DNS name among its subject alternative names{names}: it is known by its common" in warning.summary
    assert _warnings(presented=(wire(san=(), dns_names=None),)) == ()


def test_of_many_addresses_the_ones_next_to_the_name_are_told() -> None:
    """As of the names of a certificate that is for another host."""
    uris = (*(f"urn:n{number}:x" for number in range(400)), "connector.internal.example")
    (warning,) = _warnings(presented=(wire(san=uris, dns_names=()),))
    told = "(connector.internal.example as a URI, urn:n0:x as a URI, "
    assert f"among its subject alternative names {told}" in warning.summary


def test_the_sentences() -> None:
    """Whose certificate, by its name, and what others have against it; without one, of the chain."""
    weak, weaker = wire(key_bits=80, signature_bits=63), replace(MIDDLE, key_bits=80)
    key, signature = _warnings(security_level=0, built=(weak, weaker), presented=(weak, weaker))
    assert (key.certificate, signature.certificate) == (weak, weak)
    assert key.summary.startswith("The certificate CN=connector.internal ")
    for failure, what in ((key, "a key too small"), (signature, "a signature too weak")):
        assert failure.summary.endswith(
            f" has {what} for most, which this path allows with `verify.security_level: 0`; "
            "at level 2, the default of Python and Debian, it is refused."
        )
    (unread,) = _warnings(strict_objection=VerifyError(code=92, depth=0), presented=())
    assert unread.summary.startswith("A certificate of the connector's chain is accepted here, and ")
    assert (unread.phase, unread.confidence) == (key.phase, key.confidence)
    assert unread.phase is not None
