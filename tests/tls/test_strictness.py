"""What X509_STRICT says of a chain, asked outside of a handshake."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from probe.lab.pki import Authority
from probe.model.clock import SystemClock
from probe.tls.strictness import strict_objection
from tests.matrix.material import without_authority_key

NOW = SystemClock().now().replace(microsecond=0)
ROOT = Authority.root("root", now=NOW)
ISSUING = ROOT.intermediate("issuing")


def _chain(*certificates: x509.Certificate) -> list[bytes]:
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def test_a_chain_that_strict_checks_take() -> None:
    """Whatever its dates are: those are the handshake's affair."""
    past = {"not_before": NOW - timedelta(days=9), "not_after": NOW - timedelta(days=1)}
    issued = ISSUING.issue("x", **past)
    whole = _chain(issued.certificate, *issued.chain, ROOT.issued.certificate)
    assert strict_objection(whole) is None
    assert strict_objection(whole[:2]) is None  # it ended in a trusted intermediate


def test_what_they_refuse_has_its_number_and_its_certificate() -> None:
    """RFC 5280 4.2.1.1."""
    leaf = without_authority_key(ISSUING, NOW).certificate
    whole = _chain(leaf, ISSUING.issued.certificate, ROOT.issued.certificate)
    found = strict_objection(whole)
    assert found is not None
    assert (found.code, found.text, found.der) == (85, "Missing Authority Key Identifier", whole[0])
    assert strict_objection(whole) is found


def test_what_is_wrong_without_them_too_is_not_theirs() -> None:
    """Another issuer's chain, and bytes that are no certificate."""
    leaf = without_authority_key(ISSUING, NOW).certificate
    stranger = Authority.root("stranger", now=NOW)
    assert strict_objection(_chain(leaf, stranger.issued.certificate)) is None
    assert strict_objection([b"no certificate", b"at all"]) is None
