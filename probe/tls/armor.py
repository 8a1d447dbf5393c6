"""PEM as OpenSSL reads it, line by line (`PEM_read_bio_ex` in crypto/pem/pem_lib.c, the same in 3.0 and 4.0), and why it passes over the rest.

Other readers, that of `cryptography` among them, find a block wherever it stands. For OpenSSL each boundary begins its line, and only a line feed
ends one: what is indented, as pasted out of YAML, is not there for it.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

CERTIFICATE: Final = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----")
LIST: Final = re.compile(rb"-----BEGIN X509 CRL-----")
PRIVATE_KEY: Final = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
_BLOCK: Final = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}-----")
_BASE64: Final = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_LABEL: Final = re.compile(rb"[A-Z0-9 ]{1,40}")
_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "
_DASHES: Final = b"-----"
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_PIECE: Final = 254
"""Bytes that it takes of a line at once; the rest of a longer one is a line of its own."""
_AFTER_A_HEADER: Final = 64
"""Bytes of each line of base64 but the last, once an empty line has ended what may have been a header."""
_SHORTEST_HEADER: Final = 10
"""A key's of no more bytes it does not look at."""
_BLANKS: Final = b" \t\r"
_TRIMMED: Final = bytes((*range(0x21), *range(0x80, 0x100)))
"""What it takes off the end of a line: all that is at most a blank as a signed `char`."""


class ArmorError(ValueError):
    """A block that OpenSSL refuses, and with it the whole file; the message goes on from "this block", with the line and the way to mend it."""

    def __init__(self, message: str, *, label: bytes) -> None:
        """`label` is the block's, as `CERTIFICATE`."""
        super().__init__(message)
        self.label = label


@dataclass(frozen=True, slots=True)
class Block:
    """One block, whose boundaries and base64 are in order."""

    label: bytes
    header: tuple[bytes, ...]
    """Lines before the base64, as an encrypted key of the old form has them."""
    der: bytes = field(repr=False)
    parted: int | None = None
    """The number of the empty line behind the header."""

    def opens(self, opening: re.Pattern[bytes]) -> bool:
        """Whether it begins so."""
        return _opens(self.label, opening)

    def check_header(self) -> None:
        """Raise ArmorError where OpenSSL takes no such header (`PEM_get_EVP_CIPHER_INFO`). It looks at that of a block it has a use for, and at no other."""
        if self._odd():
            why = f"line {self.parted} is empty, and OpenSSL takes what stands before it for a header"
            message = f"cannot be read: {why}: remove the line, and what is no base64 before it"
            raise ArmorError(message, label=self.label)

    def _odd(self) -> bool:
        return self.halts if self.opens(PRIVATE_KEY) else bool(self.header) and self.opens(CERTIFICATE)

    @property
    def halts(self) -> bool:
        """Whether OpenSSL's newer reader of keys goes no further than its header, of whatever kind it is (`pem2der_decode`)."""
        header = b"".join(line + b"\n" for line in self.header)
        return len(header) > _SHORTEST_HEADER and not header.startswith(b"Proc-Type:")

    @property
    def pem(self) -> bytes:
        """The block alone, written as everybody reads it."""
        header = b"".join(line + b"\n" for line in self.header) + (b"\n" if self.header else b"")
        boundaries = [start + self.label + _DASHES + b"\n" for start in (_BEGIN, _END)]
        return boundaries[0] + header + base64.encodebytes(self.der) + boundaries[1]


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: bytes
    goes_on: bool
    """It is a further piece of a long line."""


def read_blocks(data: bytes) -> Iterator[Block]:
    """Every block that OpenSSL sees, in order. Raises ArmorError at one that it refuses. Time is linear in the file."""
    lines = _lines(data)
    while (label := _opened(lines)) is not None:
        try:
            yield _Reading(label).to_end(lines)
        except ArmorError as error:
            raise _in_one_line(error, data) from error


def _in_one_line(error: ArmorError, data: bytes) -> ArmorError:
    """The same, unless the whole block is in the line that begins it, and the key with it."""
    label, dashes, _ = error.label.partition(_DASHES)
    return ArmorError(f"cannot be read: {overlooked(data, _BLOCK)}", label=label) if dashes else error


def _opens(label: bytes, opening: re.Pattern[bytes]) -> bool:
    return opening.fullmatch(_BEGIN + label + _DASHES) is not None


def first_key(data: bytes) -> Block | None:
    """The private key that OpenSSL takes out of a file; None where it sees none. Raises ArmorError where it is broken.

    It is the first one. A broken block of another kind before it is passed over, unless no key is left behind it, or a header of another one
    makes OpenSSL read the file again in its older way, which passes over none.
    """
    lines = _lines(data)
    broken: ArmorError | None = None
    halted = False
    while (label := _opened(lines)) is not None:
        try:
            block = _Reading(label).to_end(lines)
        except ArmorError as error:
            if _opens(label, PRIVATE_KEY):
                raise
            broken = broken or _in_one_line(error, data)
            continue
        if block.opens(PRIVATE_KEY) and not (halted and broken):
            block.check_header()
            return block
        halted = halted or block.halts
    if broken is not None:
        raise broken
    return None


def unreadable_key(data: bytes) -> str | None:
    """Why OpenSSL reads no private key, as far as that is a matter of lines; None where it reads one."""
    try:
        return overlooked(data, PRIVATE_KEY) if first_key(data) is None else None
    except ArmorError as error:
        return f"a block of it {error}"


def unreadable(data: bytes, opening: re.Pattern[bytes]) -> str | None:
    """Why OpenSSL reads no trust file with blocks that begin with `opening`, as far as that is a matter of lines; None where it reads one.

    A broken block anywhere spoils it, and so does the header of a key, which it would take too.
    """
    seen = False
    try:
        for block in read_blocks(data):
            block.check_header()
            seen = seen or block.opens(opening)
    except ArmorError as error:
        return f"a block of it {error}"
    return None if seen else overlooked(data, opening)


def overlooked(data: bytes, opening: re.Pattern[bytes]) -> str | None:
    """Why OpenSSL does not see the first block with this `opening` that it passes over; None where it sees each."""
    if data.startswith(_UTF_16):
        return "it is UTF-16, and OpenSSL reads ASCII alone: write it as that"
    for found in opening.finditer(data):
        start, end = data.rfind(b"\n", 0, found.start()) + 1, data.find(b"\n", found.end())
        before, behind = data[start : found.start()], data[found.end() : end if end >= 0 else len(data)]
        if (not before or (start == 0 and before == _BOM)) and not behind.rstrip(_TRIMMED):
            continue
        if b"\r" in behind.rstrip(b"\r"):
            return "its lines end in carriage returns alone, and OpenSSL takes them all for one: `tr '\\r' '\\n' <OLD >NEW` mends it"
        if behind.startswith(rb"\n"):
            return r"its line breaks are written as \n, and OpenSSL takes all of it for one line: begin a new line in place of each"
        return _astray(data.count(b"\n", 0, start) + 1, before, "-----BEGIN")
    return None


def _astray(number: int, before: bytes, boundary: str) -> str:
    """What is wrong with the line of a boundary that OpenSSL does not take for one, by what stands `before` it."""
    if before and not before.strip(_BLANKS):
        stands, mend = f"blanks stand before {boundary}", "remove the indentation"
    elif before:
        stands, mend = f"something stands before {boundary}", "begin a new line there"
    else:
        stands, mend = f"something stands behind {boundary} and its dashes", "begin a new line there"
    return f"line {number}: {stands}, and OpenSSL does not read that: {mend}"


def _lines(data: bytes) -> Iterator[_Line]:
    """As `fgets` and `sanitize_line` give them: a NUL ends a line, and the file where it begins one."""
    number, start = 0, 0
    while start < len(data):
        number, end = number + 1, data.find(b"\n", start) + 1 or len(data)
        for piece in range(start, end, _PIECE):
            text = data[piece : min(piece + _PIECE, end)].partition(b"\0")[0]
            if not text:
                return
            yield _Line(number, text.rstrip(_TRIMMED), goes_on=piece > start)
        start = end


def _opened(lines: Iterator[_Line]) -> bytes | None:
    """The label of the next block; None at the end of the file."""
    for place, line in enumerate(lines):
        text = line.text.removeprefix(_BOM) if place == 0 else line.text
        if text.startswith(_BEGIN) and text.endswith(_DASHES) and len(text) >= len(_BEGIN + _DASHES):
            return text[len(_BEGIN) : -len(_DASHES)]
    return None


class _Reading:
    """One block while its lines are read."""

    def __init__(self, label: bytes) -> None:
        self._label = label
        self._header: list[bytes] = []
        self._body: list[bytes] = []
        self._colon = False
        """A line had one: all is header, until an empty line ends it."""
        self._empty: int | None = None
        """The number of the first empty line; what stood before it was the header."""
        self._short = False
        """A line was so short that it can only have been the last one."""
        self._astray: str | None = None
        """What keeps a line from being the END line that it looks like."""

    def to_end(self, lines: Iterator[_Line]) -> Block:
        for line in lines:
            if line.text.startswith(_END):
                return self._ended(line)
            if line.text:
                self._take(line)
            elif not line.goes_on:
                self._part(line.number)
        raise self._refused(f"is cut off: its END {self._name()} line is missing")

    def _take(self, line: _Line) -> None:
        before, end, _ = line.text.partition(_END)
        if end and self._astray is None:
            self._astray = _astray(line.number, before, "-----END")
        if self._empty is not None and (self._short or len(line.text) > _AFTER_A_HEADER):
            why = (
                f"line {self._empty} is empty, and behind it OpenSSL takes lines of {_AFTER_A_HEADER} characters alone"
            )
            raise self._refused(f"cannot be read: {why}: remove the empty line")
        self._colon = self._colon or (self._empty is None and b":" in line.text)
        self._short = self._empty is not None and len(line.text) < _AFTER_A_HEADER
        self._body.append(line.text)

    def _part(self, number: int) -> None:
        if self._empty is not None:
            raise self._refused(f"cannot be read: line {number} is empty, and OpenSSL does not read that: remove it")
        self._empty, self._colon = number, False
        self._header, self._body = self._body, []

    def _ended(self, line: _Line) -> Block:
        expected = _END + self._label + _DASHES
        if line.text.startswith(expected) and line.text != expected:
            raise self._refused(f"cannot be read: {_astray(line.number, b'', '-----END')}")
        if line.text != expected:
            raise self._refused(
                f"cannot be read: line {line.number} ends another block: write -----END {self._name()}----- there"
            )
        text = b"" if self._colon else b"".join(self._body).partition(b"-")[0].translate(None, _BLANKS)
        if not text or not _BASE64.fullmatch(text):
            raise self._refused("is not valid base64")
        return Block(self._label, tuple(self._header), base64.b64decode(text), self._empty)

    def _refused(self, message: str) -> ArmorError:
        message = message if self._astray is None else f"cannot be read: {self._astray}"
        return ArmorError(message, label=self._label)

    def _name(self) -> str:
        """No more of a strange one than can be no key."""
        return self._label.decode() if _LABEL.fullmatch(self._label) else "…"
