"""What a text says when it is read as those read it to whom it is sent: a key or a card number may be written in disguise."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, unquote_plus

_BASE64: Final = re.compile(r"[0-9A-Za-z+/_-]{12,}={0,2}")
_ESCAPED: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")


def readings(text: str) -> Iterator[str]:
    """`text` itself, and percent-decoded, with JSON's escapes resolved, in plain digits and letters, and each part of it from Base64."""
    yield text
    if "%" in text:
        yield unquote(text)
    if "+" in text:
        yield unquote_plus(text)
    if "\\" in text:
        yield _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    if not text.isascii():
        yield unicodedata.normalize("NFKC", text)
    for found in _BASE64.finditer(text):
        decoded = _decoded(found.group())
        if decoded:
            yield decoded


def _decoded(token: str) -> str:
    """What a token means as Base64 of text; empty where it is none."""
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
