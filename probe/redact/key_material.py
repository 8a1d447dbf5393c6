"""Private keys of our own, in whatever a text may hold of them: lines of their files, their numbers in Base64 or hexadecimal digits.

A key has no form of its own once its first line is gone, and is too long to look for as a whole: a pager that wraps it, or an answer that quotes a part
of it, gives it away as well. So short pieces are kept, as many for each key as its length asks for, and each run of such characters in a text is looked up
among them: what a text costs does not grow with the number of keys.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final

from probe.redact.patterns import MASK

_PIECE: Final = 16
"""Characters of a piece: 96 bits of a key in Base64, which no accident repeats."""
_CLOSE: Final = 96
"""Up to so many characters every piece is kept; of more, each `_STRIDE`th: whoever shows 47 characters in a row shows one of those."""
_STRIDE: Final = 32
_SHORTEST: Final = 24
"""Characters in a row from which on a text is looked at, and a line of a file is long enough to be no accident."""
_RUN: Final = re.compile(rf"[0-9A-Za-z+/_-]{{{_SHORTEST},}}=*")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_BLOCK: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?P<body>(?:(?!-----).)*)", re.DOTALL)
_ENCRYPTED: Final = re.compile(r"-----BEGIN ENCRYPTED|ENCRYPTED\s")


class KeyMaterial:
    """What is known of private keys. Only ever grows, so that it may be asked while another thread teaches it."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._pieces: dict[str, tuple[str, ...]] = {}
        """By piece, the lines that end with it: one of them must stand there in full. None of them: the piece itself is secret."""

    def __len__(self) -> int:
        """How many pieces are kept."""
        return len(self._pieces)

    def learn(self, numbers: Iterable[bytes], file: str) -> bool:
        """Keep the pieces of a key: its secret numbers, big-endian, and the lines of its file. Whether anything is new."""
        new = {piece for number in numbers for piece in _of_number(number)}.union(_of_file(file))
        new = {piece for piece in new if self._pieces.get(piece) != ()}
        self._pieces.update(dict.fromkeys(new, ()))
        lines = [line for line in _lines(file) if not self._known(line)]
        for line in lines:
            self._pieces[line[-_PIECE:]] = (*self._pieces.get(line[-_PIECE:], ()), line)
        return bool(new or lines)

    def _known(self, line: str) -> bool:
        ending = self._pieces.get(line[-_PIECE:])
        return ending is not None and (not ending or line in ending)

    def mask(self, text: str) -> str:
        """`text` with each run of characters masked that holds a piece of a key."""
        return _RUN.sub(self._shown, text) if self._pieces else text

    def _shown(self, run: re.Match[str]) -> str:
        written = run.group()
        read = written.translate(_URL_SAFE)
        pieces = [read[start : start + _PIECE] for start in range(len(read) - _PIECE + 1)]
        if self._pieces.keys().isdisjoint(pieces):  # nearly always, and three times as fast as looking at each
            return written
        ends = (start + _PIECE for start, piece in enumerate(pieces) if piece in self._pieces)
        return MASK if any(self._is_shown(read, end) for end in ends) else written

    def _is_shown(self, run: str, end: int) -> bool:
        """Whether the piece that ends there is secret, or ends the run with a line that stands there in full: within a run it may be public."""
        lines = self._pieces[run[end - _PIECE : end]]
        return not lines or (end == len(run.rstrip("=")) and any(run.endswith(line, 0, end) for line in lines))


def _of_file(file: str) -> Iterator[str]:
    """Pieces of an encrypted key's Base64: nothing of it is public. Of another one the head is the same in every file, and the modulus in the certificate too."""
    for block in _BLOCK.finditer(file):
        if _ENCRYPTED.search(block.group()):
            yield from _pieces("".join(_base64_lines(block["body"])))


def _lines(file: str) -> Iterator[str]:
    """The lines of each key in the file that are long enough to be no accident."""
    for block in _BLOCK.finditer(file):
        yield from (line for line in _base64_lines(block["body"]) if len(line) >= _SHORTEST)


def _base64_lines(body: str) -> list[str]:
    """Without headers (`DEK-Info: …`) and padding."""
    return [line.rstrip("=") for line in map(str.strip, body.splitlines()) if line and ":" not in line]


def _of_number(number: bytes) -> Iterator[str]:
    """As hexadecimal digits, and in Base64 wherever in a group of three bytes it begins."""
    yield from _pieces(number.hex())
    yield from _pieces(number.hex().upper())
    for before in range(3):
        written = base64.b64encode(bytes(before) + number).decode()
        # A character at either end holds bits of the neighbours too.
        yield from _pieces(written[-(-before * 8 // 6) : (before + len(number)) * 8 // 6])


def _pieces(text: str) -> Iterator[str]:
    """Every piece of a short text, some of a long one; the last one always."""
    last = len(text) - _PIECE
    stride = 1 if len(text) <= _CLOSE else _STRIDE
    yield from (text[start : start + _PIECE] for start in range(0, last + 1, stride))
    if last >= 0:
        yield text[last:]
