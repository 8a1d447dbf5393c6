"""The handshake messages that we read ourselves, and what is no such message."""

import zlib

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


def compressed(content: bytes) -> bytes:
    """A CompressedCertificate of zlib (RFC 8879 4), as OpenSSL 3.5 writes it: its type, lengths, and a packed Certificate without its header."""
    packed = zlib.compress(content)
    return b"\x19\0\0\0\x00\x01" + len(content).to_bytes(3, "big") + vector(3, packed)


def test_a_compressed_certificate() -> None:
    """What it unpacks to tells whether it holds any."""
    assert not messages.has_compressed_certificate(compressed(b"\0" + vector(3, b"")))
    assert messages.has_compressed_certificate(compressed(b"\0" + vector(3, vector(3, b"certificate") + b"\0\0")))


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        (b"\x0b\0\0\0\0" + vector(3, vector(3, b"certificate") + b"\0\0"), True),
        (compressed(b"\0" + vector(3, vector(3, b"certificate") + b"\0\0")), True),
        (b"\x0b\0\0\0\0\0\0\0", False),
        (compressed(b"\0\0\0\0"), False),
    ],
    ids=["plain", "compressed", "empty", "compressed and empty"],
)
def test_our_certificate_is_seen_however_it_goes_out(message: bytes, *, sent: bool) -> None:
    """OpenSSL of Debian 13 packs ours where the server takes that: it was not seen, and we said that none had been sent."""
    evidence = Evidence()
    evidence._version = messages.TLS_1_3
    evidence.message(AlertFrom.US, message)
    facts = evidence.facts()
    assert (facts.client_certificate_answered, facts.client_certificate_sent) == (True, sent)


def test_a_servers_compressed_certificate_ends_the_requests() -> None:
    """Under TLS 1.3 a request comes before the server's certificate, or not at all."""
    evidence = Evidence()
    evidence._version = messages.TLS_1_3
    evidence.message(AlertFrom.PEER, compressed(b"\0" + vector(3, vector(3, b"certificate") + b"\0\0")))
    assert evidence.certificate_requested is False


def test_a_length_that_points_outside() -> None:
    """A length beyond the message is refused."""
    with pytest.raises(messages.MalformedMessageError):
        messages.acceptable_names(HEADER + b"\xff", 0x0303)


@given(st.binary(min_size=1, max_size=100), st.sampled_from([0x0303, 0x0304]))
def test_noise_never_raises(noise: bytes, version: int) -> None:
    """The callback inside of OpenSSL must not raise, whatever the peer sends."""
    for kind in (2, 4, 8, 11, 12, 13, 14, 20, 25):
        evidence = Evidence()
        evidence._version = version
        evidence.message(AlertFrom.PEER, bytes((kind,)) + noise)
        evidence.message(AlertFrom.US, bytes((kind,)) + noise)
        evidence.alert(AlertFrom.PEER, noise)
        evidence.facts()
