"""Names from the wire are spelled as in our certificates."""

from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from probe.tls.names import rfc4514

WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=60)


@given(WORDS, WORDS)
def test_the_same_spelling_as_a_certificates(organization: str, common: str) -> None:
    """Any name of two parts comes out as `cryptography` writes it."""
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )
    assert rfc4514(name.public_bytes()) == name.rfc4514_string()


@given(st.binary(max_size=40))
def test_noise_is_shown_as_hex(noise: bytes) -> None:
    """What is no name is shown, and raises nothing."""
    assert isinstance(rfc4514(noise), str)


def test_a_long_name() -> None:
    """Lengths beyond 127 bytes take DER's long form."""
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "x" * 60) for _ in range(9)])
    assert rfc4514(name.public_bytes()) == name.rfc4514_string()
