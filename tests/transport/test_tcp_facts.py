"""What is read of the kernel's own structure, and of real connections."""

import os
import socket
import struct

import pytest

from probe.model.network import TcpFacts
from probe.transport import tcp_facts as module
from probe.transport.tcp_facts import decoded, tcp_facts


def told(**numbers: int) -> bytes:
    """A `struct tcp_info` (linux/tcp.h) with these fields."""
    places = {
        "retransmits": ("B", 2), "snd_mss": ("I", 16), "sacked": ("I", 28), "bytes_acked": ("Q", 120),
        "bytes_received": ("Q", 128), "bytes_sent": ("Q", 200), "bytes_retrans": ("Q", 208), "rcv_ooopack": ("I", 224),
    }  # fmt: skip
    content = bytearray(232)
    for name, number in numbers.items():
        kind, offset = places[name]
        struct.pack_into(kind, content, offset, number)
    return bytes(content)


def test_a_connection_that_was_cut_off() -> None:
    """Measured in a namespace: 517 bytes, sent six times, and only our SYN acknowledged."""
    found = decoded(told(retransmits=4, snd_mss=1448, bytes_acked=1, bytes_sent=3102, bytes_retrans=2585))
    assert found == TcpFacts(acknowledged=0, unacknowledged=517, tries_in_vain=4, largest_segment=1448)


def test_a_gap_is_one_only_while_nothing_came_in_order() -> None:
    """Packets that overtook others once say nothing later on."""
    first, later = decoded(told(rcv_ooopack=1)), decoded(told(rcv_ooopack=1, bytes_received=10))
    assert first is not None
    assert later is not None
    assert (first.gap, later.gap) == (True, False)
    beyond = decoded(told(sacked=1))
    assert beyond is not None
    assert beyond.acknowledged_beyond


def test_an_older_kernel_tells_less() -> None:
    """Then nothing is said."""
    assert decoded(bytes(104)) is None


def test_no_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unix socket, and a system without TCP_INFO."""
    here, there = socket.socketpair()
    with here, there:
        assert tcp_facts(here) is None
        monkeypatch.setattr(module, "_TCP_INFO", None)
        assert tcp_facts(here) is None


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="the structure is Linux's")
def test_a_real_connection() -> None:
    """On loopback everything is acknowledged at once."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as here:
        here.sendall(b"x" * 100)
        there, _ = server.accept()
        with there:
            there.recv(100)
            found = tcp_facts(here)
    assert found is not None
    assert (found.acknowledged, found.unacknowledged, found.tries_in_vain) == (100, 0, 0)
