"""The handshake messages that we read ourselves, and what is no such message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.model.tls import AlertFrom
from probe.tls import messages
from probe.tls.evidence import Evidence

HEADER = b"\x00\x00\x00\x00"


def vector(size: int, content: bytes) -> bytes:
    """A vector behind its length."""
    return len(content).to_bytes(size, "big") + content


NAMES = vector(2, b"one") + vector(2, b"two")


def test_the_cas_of_tls_1_2() -> None:
    """RFC 5246 7.4.4: certificate types, signature algorithms, names."""
    request = HEADER + vector(1, b"\x40") + vector(2, b"\x04\x03") + vector(2, NAMES)
    assert messages.acceptable_names(request, 0x0303) == (b"one", b"two")


def test_the_cas_of_tls_1_3() -> None:
    """RFC 8446 4.3.2: a context and extensions, of which certificate_authorities is one."""
    extensions = b"\x00\x0d" + vector(2, b"??") + b"\x00\x2f" + vector(2, vector(2, NAMES))
    assert messages.acceptable_names(HEADER + vector(1, b"") + vector(2, extensions), 0x0304) == (b"one", b"two")
    assert messages.acceptable_names(HEADER + vector(1, b"") + vector(2, b""), 0x0304) == ()


def test_a_server_hello() -> None:
    """The version is that of supported_versions where it is there; the group that of key_share."""
    old = HEADER + b"\x03\x03" + bytes(32) + vector(1, b"") + b"\xc0\x2b\x00"
    assert messages.server_hello(old) == messages.ServerHello(0x0303, None)
    extensions = b"\x00\x2b" + vector(2, b"\x03\x04") + b"\x00\x33" + vector(2, b"\x00\x1d" + vector(2, b"k"))
    assert messages.server_hello(old + vector(2, extensions)) == messages.ServerHello(0x0304, 29)


def test_the_group_of_tls_1_2() -> None:
    """RFC 8422 5.4: a named curve; anything else is no group."""
    assert messages.key_exchange_group(HEADER + b"\x03\x00\x17") == 23
    assert messages.key_exchange_group(HEADER + b"\x00\x01\x02") is None


def test_an_empty_certificate_message() -> None:
    """A client that has no certificate says so with an empty list."""
    assert not messages.has_certificate(HEADER + b"\0\0\0", 0x0303)
    assert not messages.has_certificate(HEADER + b"\0\0\0\0", 0x0304)
    assert messages.has_certificate(HEADER + b"\0\0\0\x04cert", 0x0304)


def test_a_length_that_points_outside() -> None:
    """A length beyond the message is refused."""
    with pytest.raises(messages.MalformedMessageError):
        messages.acceptable_names(HEADER + b"\xff", 0x0303)


@given(st.binary(min_size=1, max_size=100), st.sampled_from([0x0303, 0x0304]))
def test_noise_never_raises(noise: bytes, version: int) -> None:
    """The callback inside of OpenSSL must not raise, whatever the peer sends."""
    for kind in (2, 4, 8, 11, 12, 13, 14, 20):
        evidence = Evidence()
        evidence._version = version
        evidence.message(AlertFrom.PEER, bytes((kind,)) + noise)
        evidence.alert(AlertFrom.PEER, noise)
        evidence.facts()
