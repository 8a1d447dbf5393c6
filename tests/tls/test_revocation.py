"""What revocation lists say of a chain, by depth."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from probe.lab.pki import Authority
from probe.model.clock import SystemClock
from probe.tls.revocation import NO_LIST, NOT_YET_VALID, OUT_OF_DATE, REVOKED, Lists

NOW = SystemClock().now().replace(microsecond=0)
DAY = timedelta(days=1)
ROOT = Authority.root("root", now=NOW)
ISSUING = ROOT.intermediate("issuing")
LEAF = ISSUING.issue("leaf")


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


CHAIN = [_der(LEAF.certificate), _der(ISSUING.issued.certificate), _der(ROOT.issued.certificate)]
GOOD = ISSUING.crl() + ROOT.crl()


@pytest.mark.parametrize(
    ("pem", "said"),
    [
        (GOOD, []),
        (ISSUING.crl([LEAF.certificate]) + ROOT.crl(), [(REVOKED, 0)]),
        (ISSUING.crl() + ROOT.crl([ISSUING.issued.certificate]), [(REVOKED, 1)]),
        (ISSUING.crl(), [(NO_LIST, 1)]),
        (ROOT.crl(), [(NO_LIST, 0)]),
        (b"", [(NO_LIST, 0), (NO_LIST, 1)]),
        (ISSUING.crl() + ROOT.crl(next_update=NOW - DAY), [(OUT_OF_DATE, 1)]),
        (ISSUING.crl(last_update=NOW + DAY) + ROOT.crl(), [(NOT_YET_VALID, 0)]),
        (GOOD + ROOT.crl(next_update=NOW - DAY), []),
        (ISSUING.crl([LEAF.certificate], next_update=NOW - DAY) + ROOT.crl(), [(REVOKED, 0), (OUT_OF_DATE, 0)]),
        # Of another CA with the same name: nobody here has signed it.
        (ISSUING.crl() + Authority.root("root", now=NOW).crl([ISSUING.issued.certificate]), [(NO_LIST, 1)]),
        (GOOD + b"-----BEGIN X509 CRL-----\naGVsbG8=\n-----END X509 CRL-----\n", []),
    ],
)
def test_each_thing_that_lists_say(pem: bytes, said: list[tuple[int, int]]) -> None:
    """By OpenSSL's number and the depth; asked twice, the same."""
    lists = Lists(pem)
    for _ in range(2):
        found = lists.said_of(CHAIN, NOW)
        assert [(one.code, one.depth) for one in found] == said
        assert [one.der for one in found] == [CHAIN[depth] for _, depth in said]


def test_a_chain_that_ends_early_or_cannot_be_read() -> None:
    """Nothing is said of a certificate whose issuer is not there."""
    lists = Lists(GOOD)
    assert lists.said_of(CHAIN[:1], NOW) == ()
    assert lists.said_of([], NOW) == ()
    assert lists.said_of([b"no certificate", *CHAIN], NOW) == ()
