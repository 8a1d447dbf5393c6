"""Which certificate of a chain is refused, asked outside of a handshake."""

from datetime import timedelta

from cryptography.hazmat.primitives.serialization import Encoding

from probe.lab.pki import Authority
from probe.model.clock import SystemClock
from probe.tls.refused import refused
from tests.matrix.material import below_a_leaf, too_deep

NOW = SystemClock().now().replace(microsecond=0)
ROOT = Authority.root("root", now=NOW)
TRUSTED = [ROOT.issued.certificate.public_bytes(Encoding.DER)]
TRUSTED_FIRST = 0x8000


def _presented(issued) -> list[bytes]:  # noqa: ANN001 - an Issued of whatever kind
    return [c.public_bytes(Encoding.DER) for c in (issued.certificate, *issued.chain)]


def test_the_depth_of_what_is_refused() -> None:
    """A CA below one that allows none (25), and a leaf that plays CA (79)."""
    for issued, code, depth in ((too_deep(ROOT, NOW), 25, 2), (below_a_leaf(ROOT, NOW), 79, 1)):
        presented = _presented(issued)
        found = refused(code, presented, TRUSTED, TRUSTED_FIRST)
        assert found is not None
        assert (found.depth, found.der, bool(found.text)) == (depth, presented[depth], True)
        assert refused(code + 1, presented, TRUSTED, TRUSTED_FIRST) is None


def test_what_cannot_be_told() -> None:
    """Nothing is wrong, nothing was presented, or it is no certificate."""
    good = ROOT.issue("good", not_after=NOW + timedelta(days=1))
    assert refused(25, _presented(good), TRUSTED, TRUSTED_FIRST) is None
    assert refused(25, [], TRUSTED, TRUSTED_FIRST) is None
    assert refused(25, [b"no certificate"], TRUSTED, TRUSTED_FIRST) is None
