"""What a connector may do once the handshake is done: answers in HTTP, no answers, and what is no HTTP at all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from probe.tls.stream import TlsStream
from tests.matrix.wire import reset

Answering = Callable[[TlsStream], Awaitable[None]]
_ROOM: Final = 65536


def http(status: int, body: str = "", *, reason: str = "Whatever", **headers: str) -> bytes:
    """One HTTP/1.1 answer; header names are written with `_` for `-`."""
    content = body.encode()
    lines = {"Content-Length": str(len(content)), "Connection": "close"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode() + content


def says(words: bytes) -> Answering:
    """Read the request, say this, and close."""

    async def answer(stream: TlsStream) -> None:
        await stream.read()
        await stream.write(words)

    return answer


def repeats(head: bytes, words: bytes) -> Answering:
    """Read the request, say `head`, and then the same words for as long as anybody listens."""

    async def answer(stream: TlsStream) -> None:
        await stream.read()
        await stream.write(head)
        while True:
            await stream.write(words)

    return answer


def drips(head: bytes, words: bytes, every_s: float = 0.05) -> Answering:
    """The same, but slowly."""

    async def answer(stream: TlsStream) -> None:
        await stream.read()
        await stream.write(head)
        while True:
            await stream.write(words)
            await asyncio.sleep(every_s)

    return answer


def then_silence(words: bytes = b"") -> Answering:
    """Read the request, say this, and nothing more until the client goes away."""

    async def answer(stream: TlsStream) -> None:
        await stream.read()
        if words:
            await stream.write(words)
        while await stream.read():
            pass

    return answer


def then_reset(words: bytes = b"") -> Answering:
    """Read the request, say this, and reset the connection once the client has had time to read it."""

    async def answer(stream: TlsStream) -> None:
        await stream.read()
        if words:
            await stream.write(words)
            await asyncio.sleep(_READ_S)
        reset(stream._socket)

    return answer


_READ_S: Final = 0.3
"""A reset destroys what has not been read yet: then there was no part of an answer."""


async def hangs_up_at_once(stream: TlsStream) -> None:
    """Close without having read the request."""
    del stream


_NGINX: Final = (
    "<html>\r\n<head><title>400 {text}</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n"
    "<center>{text}</center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
)
NGINX_MISSING: Final = http(400, _NGINX.format(text="No required SSL certificate was sent"))
NGINX_REFUSED: Final = http(400, _NGINX.format(text="The SSL certificate error"))
NGINX_PASSED_ON: Final = http(400, _NGINX.format(text="The SSL certificate error"), Connection="keep-alive")
NGINX_HANDED_ON: Final = NGINX_REFUSED.replace(b"Connection: close\r\n", b"")
"""As haproxy has it from another nginx, when it keeps connections."""
NGINX_BY_APACHE: Final = NGINX_REFUSED.replace(
    b"\r\nContent-Length", b"\r\nDate: Thu, 01 Jan 1970 00:00:00\r\nServer: nginx/1.22.1\r\nContent-Length", 1
)
"""As Apache has it: it closes as nginx does, and writes its headers in another order. Its clock is of no concern here."""

ENVOY: Final[Mapping[str, bytes]] = {
    "UF, certificate of the upstream": http(
        503,
        "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure "
        "reason: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end",
        server="envoy",
        x_envoy_response_flags="UF",
    ),
    "UC, without a cause": http(
        503,
        "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
        server="envoy",
        x_envoy_response_flags="UC",
    ),
    "UH, no upstream": http(503, "no healthy upstream", server="envoy"),
    "UT, upstream timeout": http(504, "upstream request timeout", server="envoy"),
}
"""Envoy's own pages (measured); the header is one that operators add: `%RESPONSE_FLAGS%`."""

BROKEN: Final[Mapping[str, Answering]] = {
    "an SSH banner": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "an HTTP/2 preface": says(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/2 settings": says(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)),
    "HTTP/0.9": says(b"<html>ok</html>"),
    "another HTTP version": says(b"HTTP/2.0 200 OK\r\n\r\n"),
    "a status that is no number": says(b"HTTP/1.1 abc OK\r\n\r\n"),
    "zeros": says(bytes(100)),
    "a header without a colon": says(b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"),
    "a length that is no number": says(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"),
    "a chunk that is none": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"),
    "one header of a megabyte": says(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n"),
    "headers without end": repeats(b"HTTP/1.1 200 OK\r\n", b"X-More: more\r\n" * 100),
    "half of the headers": says(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "half of the body": says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
    "half of a chunk": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf"),
}
"""Answers that are not HTTP, or not whole."""

TORN: Final = then_reset(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
"""Half of an answer, and a reset: which of the two a slow machine sees is a race."""
TORN_HEADERS: Final = then_reset(b"HTTP/1.1 200 OK\r\nContent-Le")

BOUNDED: Final[Mapping[str, Answering]] = {
    "a body without end": repeats(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * _ROOM),
    "a body of many gigabytes": repeats(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"x" * _ROOM),
    "chunks without end": repeats(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + b"x" * 16384 + b"\r\n"
    ),
}
"""Whole as far as anybody wants to know: the rest is not waited for."""

SLOW: Final[Mapping[str, Answering]] = {
    "silence": then_silence(),
    "silence in the headers": then_silence(b"HTTP/1.1 200 OK\r\n"),
    "silence in the body": then_silence(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
    "a drip of headers": drips(b"HTTP/1.1 200 OK\r\n", b"X-More: more\r\n"),
    "a drip of the body": drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
    "100 Continue for ever": drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}
"""Not answered in time."""
