"""Read one HTTP/1.x answer: bounded, without I/O, and telling "not HTTP" from "cut off".

By hand, because a probe wants what libraries hide: the status of an answer that was cut off in its body, the first
bytes of what is no HTTP at all, and a bound on everything. aiohttp's parser is tied to its transport and streams.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from probe.model.answer import HttpAnswer
from probe.redact.leaving import leaving

HEAD_LIMIT: Final = 32 * 1024
"""Bytes of status line and headers."""
BODY_LIMIT: Final = 64 * 1024
"""Bytes of a body that are kept; the rest is not waited for."""

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] +([1-9]\d\d)(?: .*)?")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_LINE_END: Final = re.compile(rb"\r?\n")
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
"""A length that fits into 64 bits, as every HTTP program holds it; Python itself refuses to read 4301 digits."""
_PREFIX: Final = b"HTTP/"
_LONGEST_HEAD_END: Final = 4
_SAMPLE: Final = 48
_CONTINUE_BELOW: Final = 200
_REDIRECTION: Final = 300
_BODILESS: Final = frozenset({204, 304})
_LONGEST_CHUNK_LINE: Final = 1024


class NotHttpError(Exception):
    """The peer's bytes are no HTTP/1.x answer."""


class IncompleteAnswerError(EOFError):
    """The peer closed before its answer was whole."""


class AnswerParser:
    """Feed it bytes until `done`; `answer` is what is known by then."""

    def __init__(self, method: str = "GET") -> None:
        """`method` of the request: an answer to HEAD has no body, nor has a good one to CONNECT (RFC 9112 6.3)."""
        self._method = method
        self._pending = b""
        self._searched = 0
        """Pending bytes that hold no end of the head or of a line: a drip of single bytes must not cost their square."""
        self._head: HttpAnswer | None = None
        self._body = bytearray()
        self._left: int | None = None
        """Body bytes (of this chunk, where chunked) still to come; None: until the peer closes."""
        self._chunked = False
        self._trailer = False
        self.done = False

    @property
    def answer(self) -> HttpAnswer | None:
        """The answer as far as it came; None before its head is whole."""
        if self._head is None:
            return None
        return replace(self._head, body=self._body.decode("utf-8", "replace"))

    @property
    def content(self) -> bytes:
        """The body as it came, at most `BODY_LIMIT` bytes of it."""
        return bytes(self._body)

    @property
    def rest(self) -> bytes:
        """What came after the answer: of a CONNECT, the first bytes of the tunnel."""
        return self._pending if self.done else b""

    def feed(self, data: bytes) -> None:
        """Take more bytes. Raises NotHttpError."""
        self._pending += data
        while not self.done and self._step():
            pass

    def end(self) -> None:
        """The peer has closed. Raises IncompleteAnswerError where more was promised, NotHttpError where nothing was HTTP."""
        if self.done:
            return
        if self._head is None:
            raise IncompleteAnswerError(f"closed after {len(self._pending)} bytes, inside of the headers")
        if self._chunked or self._left is not None:
            raise IncompleteAnswerError(f"closed after {len(self._body)} bytes of the body; more was announced")
        self.done = True

    def _step(self) -> bool:
        """Read one part of the answer out of what is pending; False where more is needed first."""
        if self._head is None:
            return self._read_head()
        if self._trailer:
            return self._read_trailer()
        if self._chunked and self._left is None:
            return self._read_chunk_line()
        return self._read_body()

    def _read_head(self) -> bool:
        start = self._pending[: len(_PREFIX)]
        if not _PREFIX.startswith(start):
            raise NotHttpError(f"the answer is not HTTP/1.x, it starts with {_sample(self._pending)}")
        end = _HEAD_END.search(self._pending, self._searched, HEAD_LIMIT)
        if end is None:
            self._searched = max(len(self._pending) - _LONGEST_HEAD_END, 0)
            if len(self._pending) >= HEAD_LIMIT:
                raise NotHttpError(f"the headers are longer than {HEAD_LIMIT} bytes")
            return False
        head = _parse_head(self._pending[: end.start()])
        self._pending, self._searched = self._pending[end.end() :], 0
        if head.status >= _CONTINUE_BELOW:
            self._head = head
            self._expect_body(head.status, head.headers)
        return True

    def _expect_body(self, status: int, headers: Mapping[str, str]) -> None:
        tunnel = self._method == "CONNECT" and status < _REDIRECTION
        if self._method == "HEAD" or status in _BODILESS or tunnel:
            self.done = True
        elif "chunked" in headers.get("transfer-encoding", "").lower():
            self._chunked = True
        elif "content-length" in headers:
            length = headers["content-length"]
            if not _LENGTH.fullmatch(length):
                raise NotHttpError(f"content-length is {leaving(length)[:_SAMPLE]!r}, not a number")
            self._left = int(length)
            self.done = self._left == 0

    def _read_body(self) -> bool:
        taken = self._pending if self._left is None else self._pending[: self._left]
        self._pending = self._pending[len(taken) :]
        self._body += taken[: BODY_LIMIT - len(self._body)]
        if self._left is not None:
            self._left -= len(taken)
        if len(self._body) >= BODY_LIMIT or (self._left == 0 and not self._chunked):
            self.done = True
        elif self._left == 0:
            return self._read_chunk_end()
        return bool(taken)

    def _read_chunk_end(self) -> bool:
        """The line end behind a chunk's bytes."""
        end = _LINE_END.match(self._pending)
        if end is None:
            if len(self._pending) >= 2 or self._pending[:1] not in {b"", b"\r"}:  # noqa: PLR2004 - CR and LF
                raise NotHttpError("a chunk of the body is longer than it said")
            return False
        self._pending = self._pending[end.end() :]
        self._left = None
        return True

    def _read_chunk_line(self) -> bool:
        end = _LINE_END.search(self._pending, 0, _LONGEST_CHUNK_LINE)
        if end is None:
            if len(self._pending) >= _LONGEST_CHUNK_LINE:
                raise NotHttpError("the body is not chunked as the headers say")
            return False
        size = self._pending[: end.start()].split(b";", 1)[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,15}", size):
            raise NotHttpError("the body is not chunked as the headers say")
        self._pending = self._pending[end.end() :]
        self._left = int(size, 16)
        self._trailer = self._left == 0
        return True

    def _read_trailer(self) -> bool:
        end = _LINE_END.search(self._pending, self._searched)
        if end is None:
            self._searched = max(len(self._pending) - 1, 0)
            if len(self._pending) >= HEAD_LIMIT:
                raise NotHttpError(f"the trailers are longer than {HEAD_LIMIT} bytes")
            return False
        self.done = end.start() == 0
        self._pending, self._searched = self._pending[end.end() :], 0
        return True


def _sample(data: bytes) -> str:
    """How something begins; nothing secret is cut in two."""
    return repr(leaving(data[:HEAD_LIMIT].decode("latin-1"))[:_SAMPLE].encode("latin-1", "replace"))


def _parse_head(head: bytes) -> HttpAnswer:
    """Status and headers, names in lower case, as an answer that has no body yet."""
    first, *lines = _LINE_END.split(head)
    status = _STATUS_LINE.fullmatch(first)
    if status is None:
        raise NotHttpError(f"the answer is not HTTP/1.x, it starts with {_sample(first)}")
    values: dict[str, list[str]] = {}
    lower = bool(lines)
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        lower = lower and name == name.lower()
        if not colon:
            raise NotHttpError(f"a header line has no colon: {_sample(line)}")
        values.setdefault(name.strip().lower(), []).append(value.strip())
    return HttpAnswer(
        status=int(status[1]),
        headers={name: ", ".join(each) for name, each in values.items()},
        repeated={name: tuple(each) for name, each in values.items() if len(each) > 1},
        in_lower_case=lower,
    )
