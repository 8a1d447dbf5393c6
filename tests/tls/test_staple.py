"""Stapled OCSP responses, read and checked."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import given
from hypothesis import strategies as st

from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.model.staple import Staple, StapleSignature, StapleStatus
from probe.tls.staple import demands_staple, read_staple
from tests.servers.ocsp import RESPONDER_USAGE, Answer, refusal, response

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
ROOT = Authority.root("a root", now=NOW)
ISSUING = ROOT.intermediate("an issuing CA")
LEAF = ISSUING.issue("localhost", usages=(SERVER_AUTH,))
GOOD = response(LEAF, ISSUING, NOW)


def der(certificate: x509.Certificate) -> bytes:
    """As it comes over the wire."""
    return certificate.public_bytes(serialization.Encoding.DER)


def read(
    content: bytes, leaf: Issued = LEAF, chain: tuple[x509.Certificate, ...] = (ISSUING.issued.certificate,)
) -> Staple:
    """Read it as the staple of `leaf`."""
    return read_staple(content, der(leaf.certificate), [der(c) for c in chain], at=NOW)


def test_a_good_answer_of_the_issuer() -> None:
    """Status, dates, responder, and a signature that was checked."""
    staple = read(response(LEAF, ISSUING, NOW))
    assert (staple.response, staple.status, staple.signature) == (
        "successful",
        StapleStatus.GOOD,
        StapleSignature.VERIFIED,
    )
    assert (staple.this_update, staple.next_update) == (NOW - timedelta(hours=1), NOW + timedelta(days=7))
    assert staple.responder == "CN=an issuing CA"


def test_a_revoked_certificate() -> None:
    """When and why."""
    staple = read(response(LEAF, ISSUING, NOW, Answer(revoked_at=NOW - timedelta(hours=3))))
    assert staple.status is StapleStatus.REVOKED
    assert staple.revoked_at == NOW - timedelta(hours=3)
    assert staple.revocation_reason == "key_compromise"


def test_an_answer_about_nothing_known() -> None:
    """The responder does not know the certificate; no end is named."""
    staple = read(response(LEAF, ISSUING, NOW, Answer(unknown=True, lasts=None)))
    assert (staple.status, staple.next_update) == (StapleStatus.UNKNOWN, None)


def test_rsa_signs_too() -> None:
    """Most public responders sign with RSA."""
    responder = ISSUING.issue("an RSA responder", usages=(RESPONDER_USAGE,), rsa_bits=2048)
    assert read(response(LEAF, ISSUING, NOW, Answer(signer=responder))).signature is StapleSignature.VERIFIED


@pytest.mark.parametrize(
    ("signer", "signature"),
    [
        (ISSUING.issue("a responder", usages=(RESPONDER_USAGE,)), StapleSignature.VERIFIED),
        (ISSUING.issue("not a responder"), StapleSignature.INVALID),
        (ROOT.issue("of another issuer", usages=(RESPONDER_USAGE,)), StapleSignature.INVALID),
        (
            ISSUING.issue(
                "out of date",
                usages=(RESPONDER_USAGE,),
                not_before=NOW - timedelta(days=9),
                not_after=NOW - timedelta(days=1),
            ),
            StapleSignature.INVALID,
        ),
    ],
    ids=lambda value: value.certificate.subject.rfc4514_string() if isinstance(value, Issued) else str(value),
)
def test_who_may_sign(signer: Issued, signature: StapleSignature) -> None:
    """The issuer, or one whom it has named a responder, in date (RFC 6960 4.2.2.2)."""
    assert read(response(LEAF, ISSUING, NOW, Answer(signer=signer))).signature is signature


def test_a_changed_answer_is_not_the_issuers() -> None:
    """One bit of the signature makes it worthless."""
    content = bytearray(response(LEAF, ISSUING, NOW))
    content[-1] ^= 1
    assert read(bytes(content)).signature is not StapleSignature.VERIFIED


def test_without_the_issuer_nothing_is_checked() -> None:
    """A server that sends no chain leaves us without the key; nothing is claimed then."""
    assert read(response(LEAF, ISSUING, NOW), chain=()).signature is StapleSignature.UNCHECKED


def test_an_answer_about_another_certificate() -> None:
    """The right issuer and the wrong serial, and a twin of the issuer with the same name and another key."""
    other = ISSUING.issue("other")
    twin = ROOT.intermediate("an issuing CA")
    assert read(response(other, ISSUING, NOW)).status is None
    assert read(response(LEAF, twin, NOW)).status is None


def test_no_answer_in_it() -> None:
    """The responder was busy, and its refusal is stapled."""
    assert read(refusal()) == Staple(response="try_later", size=5)


@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    """What is no response is malformed, and nothing raises."""
    assert read(content).response in {
        "malformed",
        "try_later",
        "internal_error",
        "malformed_request",
        "sig_required",
        "unauthorized",
    }


@given(st.integers(min_value=0, max_value=len(GOOD) - 1), st.integers(1, 255))
def test_any_changed_byte(place: int, change: int) -> None:
    """No single changed byte raises, or leaves a response that is verified with another content."""
    content = bytearray(GOOD)
    content[place] ^= change
    staple = read(bytes(content))
    if staple.signature is StapleSignature.VERIFIED:
        assert staple.status in {StapleStatus.GOOD, None}


def test_must_staple() -> None:
    """RFC 7633; and anything that is no certificate demands nothing."""
    feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
    key = LEAF.key
    certificate = (
        x509.CertificateBuilder()
        .subject_name(LEAF.certificate.subject)
        .issuer_name(LEAF.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(feature, critical=False)
        .sign(key, hashes.SHA256())
    )
    assert demands_staple(der(certificate))
    assert not demands_staple(der(LEAF.certificate))
    assert not demands_staple(b"nothing")
