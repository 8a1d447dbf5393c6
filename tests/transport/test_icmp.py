"""What is read of the kernel's error queue. Real routers say real words in `tests/network`."""

import socket
import struct

import pytest

from probe.model.icmp import IcmpWord
from probe.transport import icmp
from probe.transport.icmp import IcmpError, decoded, heard, listen


def told(family: socket.AddressFamily, *, origin: int, kind: int, code: int, by: str) -> bytes:
    """A `sock_extended_err` with the address of its sender behind it (linux/errqueue.h)."""
    head = struct.pack("=IBBBxII", 113, origin, kind, code, 0, 0)
    port_and_flow = b"\0\0" if family is socket.AF_INET else b"\0" * 6
    return head + struct.pack("=H", family) + port_and_flow + socket.inet_pton(family, by)


def test_a_router_of_each_family() -> None:
    """With its address, and the numbers as they are."""
    with socket.socket() as four, socket.socket(socket.AF_INET6) as six:
        assert decoded(told(socket.AF_INET, origin=2, kind=3, code=13, by="198.18.1.1"), four) == IcmpWord(
            by="198.18.1.1", kind=3, code=13
        )
        assert decoded(told(socket.AF_INET6, origin=3, kind=1, code=1, by="fd00::1"), six) == IcmpWord(
            by="fd00::1", kind=1, code=1, v6=True
        )


def test_this_machine_itself() -> None:
    """Its own address stands there where nobody answers to ARP."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        word = decoded(told(socket.AF_INET, origin=2, kind=3, code=1, by="127.0.0.1"), sock)
    assert word is not None
    assert word.ours


@pytest.mark.parametrize(
    "content", [b"", told(socket.AF_INET, origin=1, kind=0, code=0, by="10.0.0.1"), b"\x71\0\0\0\x02" + b"\0" * 12]
)
def test_what_names_nobody(content: bytes) -> None:
    """Cut off, or not of ICMP."""
    with socket.socket() as sock:
        assert decoded(content, sock) is None


def test_nothing_was_said() -> None:
    """A socket that was never refused, and one of no network."""
    here, there = socket.socketpair()
    with here, there, socket.socket() as sock:
        for on in (True, False):
            listen(sock, on=on)
            listen(here, on=on)
        assert heard(sock) is None
        assert heard(here) is None


def test_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has no such queue: nothing is asked."""
    monkeypatch.setattr(icmp.sys, "platform", "darwin")
    with socket.socket() as sock:
        listen(sock, on=True)
        assert heard(sock) is None


def test_its_text() -> None:
    """Stands in the evidence."""
    assert str(IcmpError(IcmpWord(by="10.0.0.1", kind=3, code=1))) == (
        "10.0.0.1 says so: no route to that host, or it does not answer (ICMP 3/1)"
    )
