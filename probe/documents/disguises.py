"""What a text says when it is read as those read it to whom it is sent: a key or a card number may be written in disguise."""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, unquote_plus

_BASE64: Final = re.compile(r"[0-9A-Za-z+/_-]{12,}={0,2}")
_BETWEEN: Final = re.compile(r"[/_-]")
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){12,}(?![0-9A-Za-z])")
_LAYERS: Final = 3
"""What is encoded in what is encoded in what is encoded: nobody reads further by accident."""
_MOST: Final = 1000
"""Readings of one text that are looked at."""
_ESCAPED: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")


def readings(text: str) -> Iterator[str]:
    """`text` itself, and all that it may be read as, one encoding within another.

    Percent-decoded, with JSON's or XML's escapes resolved, in plain digits and letters, and each part of it from Base64 and from hexadecimal digits.
    """
    known, layer = {text}, [text]
    yield text
    for _ in range(_LAYERS):
        layer = [new for each in layer for new in dict.fromkeys(_once(each)) if new not in known]
        layer = layer[: _MOST - len(known)]
        known.update(layer)
        yield from layer


def _once(text: str) -> Iterator[str]:
    """One encoding undone."""
    if "%" in text:
        yield unquote(text)
    if "+" in text:
        yield unquote_plus(text)
    if "\\" in text:
        yield _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    if "&" in text:
        yield html.unescape(text)
    if not text.isascii():
        yield unicodedata.normalize("NFKC", text)
    for found in _BASE64.finditer(text):
        yield from filter(None, map(_decoded, (found.group(), *_parts(found.group()))))
    for found in _HEX.finditer(text):
        plain = bytes.fromhex(found.group())
        if plain.isascii():
            yield plain.decode()


def _parts(token: str) -> Iterator[str]:
    """Between the parts of a path, or behind a prefix such as `whsec_`, stands what Base64 has for letters."""
    return (part for part in _BETWEEN.split(token) if part != token and _BASE64.fullmatch(part))


def _decoded(token: str) -> str:
    """What a token means as Base64 of text; empty where it is none."""
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
