"""What the kernel knows of a connection on which we waited in vain: whether our packets got there, and any came back (tcp(7), TCP_INFO)."""

import socket
import struct
from typing import Final

from probe.model.network import TcpFacts

_LAYOUT: Final = struct.Struct("=2xB13xI8xI88xQQ64xQQ8xI4x")
"""Of `struct tcp_info` (linux/tcp.h, 5.4): retransmits, snd_mss, sacked, bytes_acked, bytes_received, bytes_sent, bytes_retrans, rcv_ooopack."""
_TCP_INFO: Final[int | None] = getattr(socket, "TCP_INFO", None)


def tcp_facts(sock: socket.socket) -> TcpFacts | None:
    """The facts; None where the system does not tell, or it is no TCP connection."""
    if _TCP_INFO is None:
        return None
    try:
        told = sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _LAYOUT.size)
    except OSError:
        return None
    return decoded(told)


def decoded(told: bytes) -> TcpFacts | None:
    """From the kernel's own structure; None where it is that of an older kernel."""
    if len(told) < _LAYOUT.size:
        return None
    tries, largest, beyond, acknowledged, received, sent, sent_again, out_of_order = _LAYOUT.unpack(told)
    acknowledged = max(acknowledged - 1, 0)  # our SYN is counted
    return TcpFacts(
        acknowledged=acknowledged,
        unacknowledged=max(sent - sent_again - acknowledged, 0),
        tries_in_vain=tries,
        acknowledged_beyond=beyond > 0,
        largest_segment=largest,
        received=received,
        gap=out_of_order > 0 and received == 0,
    )
