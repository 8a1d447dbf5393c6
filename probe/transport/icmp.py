"""Who on the way refused a connection by ICMP, and in which words: the kernel keeps that for a socket which asks for it (ip(7), IP_RECVERR)."""

import contextlib
import ipaddress
import socket
import struct
import sys
from typing import Final

from probe.model.icmp import IcmpWord

_ASK: Final = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
"""IP_RECVERR and IPV6_RECVERR (linux/in.h, linux/in6.h)."""
_QUEUE: Final = 0x2000
"""MSG_ERRQUEUE (linux/socket.h)."""
_ERROR: Final = struct.Struct("=IBBBxII")
"""sock_extended_err (linux/errqueue.h): errno, origin, type, code, info, data; behind it the address of who sent it."""
_OFFENDER: Final = {socket.AF_INET: (4, 4), socket.AF_INET6: (8, 16)}
"""Where the address stands in its sockaddr, and how long it is."""
_BY_ICMP: Final = frozenset({2, 3})
"""SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6."""
_MOST: Final = 512


class IcmpError(Exception):
    """Behind the OSError of a connection that ICMP refused."""

    def __init__(self, word: IcmpWord) -> None:
        """Its text is for people."""
        super().__init__(f"{word.by} says so: {word.means} (ICMP {word.kind}/{word.code})")
        self.icmp = word


def listen(sock: socket.socket, *, on: bool) -> None:
    """Let the kernel keep what ICMP says of this socket. Only while it connects: afterwards every passing trouble would end the connection."""
    asked = _ASK.get(sock.family) if sys.platform == "linux" else None
    if asked is not None:
        with contextlib.suppress(OSError):  # a sandbox that does not know it
            sock.setsockopt(*asked, int(on))


def heard(sock: socket.socket) -> IcmpError | None:
    """What was said last; None where nothing was, or nothing by ICMP."""
    if sock.family not in _ASK or sys.platform != "linux":
        return None
    try:
        _, told, _, _ = sock.recvmsg(_MOST, _MOST, _QUEUE | socket.MSG_DONTWAIT)
    except OSError:
        return None
    for level, kind, content in told:
        if (level, kind) == _ASK[sock.family] and (word := decoded(content, sock)) is not None:
            return IcmpError(word)
    return None


def decoded(content: bytes, sock: socket.socket) -> IcmpWord | None:
    """From the kernel's own structure."""
    if len(content) < _ERROR.size:
        return None
    _, origin, kind, code, _, _ = _ERROR.unpack_from(content)
    start, length = _OFFENDER[sock.family]
    offender = content[_ERROR.size + start : _ERROR.size + start + length]
    if origin not in _BY_ICMP or len(offender) != length:
        return None
    by = str(ipaddress.ip_address(offender))
    ours = by == str(sock.getsockname()[0])
    return IcmpWord(by=by, kind=kind, code=code, v6=sock.family is socket.AF_INET6, ours=ours)
