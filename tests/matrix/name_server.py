"""A name server on loopback that gives one kind of answer (RFC 1035), over UDP."""

import asyncio
import struct
from typing import Final, cast

REFUSED, SERVFAIL, NXDOMAIN, FORMERR, NOTIMP = 5, 2, 3, 1, 4
CODES: Final = {
    "NXDOMAIN": NXDOMAIN,
    "NODATA": 0,
    "SERVFAIL": SERVFAIL,
    "REFUSED": REFUSED,
    "FORMERR": FORMERR,
    "NOTIMP": NOTIMP,
}
"""What is answered -> the response code in the header; NODATA is a success without any record."""
GARBAGE: Final = "a garbled answer"
SILENCE: Final = "silence"
ADDRESS: Final = "address"
"""127.0.0.1 for an A query, nothing for AAAA."""

_ANSWER: Final = 0x8180
_A: Final = 1
_AAAA: Final = 28


class NameServer(asyncio.DatagramProtocol):
    """Answers every question in the same way, or those for AAAA in another."""

    def __init__(self, says: str, to_aaaa: str | None = None) -> None:
        """Both are keys of `CODES`, or one of the words below it."""
        self._says, self._to_aaaa = says, says if to_aaaa is None else to_aaaa
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # which asyncio's own are not by class

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question."""
        assert self._transport is not None
        end = data.index(b"\0", 12) + 5
        (kind,) = struct.unpack("!H", data[end - 4 : end - 2])
        says = self._to_aaaa if kind == _AAAA else self._says
        if says != SILENCE:
            self._transport.sendto(_answer(data, end, kind, says), addr)


def _answer(query: bytes, end: int, kind: int, says: str) -> bytes:
    if says == GARBAGE:
        return query[:2] + b"\xff" * 5
    found = says == ADDRESS and kind == _A
    record = b"\xc0\x0c" + struct.pack("!HHIH", _A, 1, 60, 4) + bytes((127, 0, 0, 1)) if found else b""
    code = CODES.get(says, 0)
    return query[:2] + struct.pack("!HHHHH", _ANSWER | code, 1, int(found), 0, 0) + query[12:end] + record
