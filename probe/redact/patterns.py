"""What a secret looks like when nobody told us that it is one.

Every pattern takes time linear in the text: no pattern has a repetition within a repetition that can match the same
characters, and each begins with a literal, so that a long hostile answer cannot hold up a probe.
"""

import base64
import re
from collections.abc import Iterator
from typing import Final

from probe.redact.card_numbers import mask_card_numbers

MASK: Final = "***"

_PRIVATE_KEY: Final = re.compile(
    # Up to the END line where there is one, else up to the end of the text: a truncated key is a key.
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:(?!-----END).)*(?:-----END[A-Z0-9 ]{0,60}-----)?",
    re.DOTALL,
)
_AUTHORIZATION: Final = re.compile(
    r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|digest|negotiate|token)\s+)?)[^\s\"',;]+"
)
_BEARER: Final = re.compile(
    # "Basic authentication failed" is prose: a bare token is long, or holds what words do not.
    r"(?i)((?:bearer|basic)(?:\s|%20)+)(?:[0-9a-z._~+/=-]{16,}|(?=[a-z._~-]*[0-9+/=])[0-9a-z._~+/=-]+)"
)
_STRIPE_KEY: Final = re.compile(
    # Between the two words Stripe puts others (`sk_org_live_`); only `org` is looked for within a word, such as `task_is_live_now`.
    r"((?:(?:sk|rk|pk|ek)_(?:org_)?|(?<![0-9A-Za-z])(?:sk|rk|pk|ek)_(?:[a-z0-9]{1,24}_){0,3})(?:live|test)_)[0-9A-Za-z_*]+"
)
_WEBHOOK_SECRET: Final = re.compile(r"(whsec_)[0-9A-Za-z_+/=*-]+")
_CLIENT_SECRET: Final = re.compile(
    r"((?:pi|seti|src|cs|vs|fcsess|ccsess|cuss|accs)_(?:live_|test_)?[0-9A-Za-z]+_secret_)[0-9A-Za-z_*]+"
)
_USERINFO: Final = re.compile(r"(://?)[^\s/?#]*@")
"""With one slash too: so a URL reads where the name of a file was wanted, and it was taken for one."""


_KEY_BEGINS: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")


def ends_within_key(text: str) -> bool:
    """Whether a private key has begun in `text` whose end is still to come."""
    begins = [found.end() for found in _KEY_BEGINS.finditer(text)]
    return bool(begins) and "-----END" not in text[begins[-1] :]


_PERHAPS_KEY: Final = re.compile(r"k_(?:[a-z0-9]{1,24}_){0,3}(?:live|test)_")
"""Stands in every Stripe key, and is found twenty times as fast: `latest_charge` is in every answer of Stripe's, and no key."""

_ESCAPE: Final = re.compile(
    r"%(?:25)*([2-7][0-9A-Fa-f])|(?<!\\)\\+(?:u00|x)([2-7][0-9A-Fa-f])|&#x0*([2-7][0-9A-Fa-f]);|&#0*([0-9]{2,3});"
)
"""One character as URLs, JSON, Python and XML escape it; of JSON within JSON, too."""
_ESCAPES: Final = ("%", "\\u00", "\\x", "&#")
"""One of them stands in whatever is escaped."""


def _written_in_base64(word: bytes) -> Iterator[str]:
    """What stands in the Base64 of any text that holds `word`, once for each place in a group of three bytes where it may begin."""
    for before in range(3):
        written = base64.b64encode(bytes(before) + word).decode()
        # A character at either end holds bits of the neighbours too.
        yield written[-(-before * 8 // 6) : (before + len(word)) * 8 // 6]


_SECRET_WORDS: Final = (b"_live_", b"_test_", b"whsec_", b"PRIVATE KEY-----")
_ENCODED_ONCE: Final = tuple(each for word in _SECRET_WORDS for each in _written_in_base64(word))
_ENCODED: Final = (*_ENCODED_ONCE, *(twice for once in _ENCODED_ONCE for twice in _written_in_base64(once.encode())))
"""Also of the Base64: who writes a Secret by hand often encodes what was encoded before."""
_ENCODED_SECRET: Final = re.compile(
    # The whole of what holds it, and the lines behind it where it was wrapped.
    rf"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]*?(?:{'|'.join(map(re.escape, _ENCODED))})[0-9A-Za-z+/_-]*=*"
    r"(?:(?:\s|\\[nr]){1,4}[0-9A-Za-z+/_-]{40,}=*)*"
)

_SHAPES: Final[tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...]] = (
    # Words of which one stands, in lower case, in whatever the pattern finds; to look for words is twenty times as fast.
    (("private key-----",), _PRIVATE_KEY, "***private key***"),
    (("authorization",), _AUTHORIZATION, rf"\1{MASK}"),
    (("bearer", "basic"), _BEARER, rf"\1{MASK}"),
    (("live_", "test_"), _STRIPE_KEY, rf"\1{MASK}"),
    (("whsec_",), _WEBHOOK_SECRET, rf"\1{MASK}"),
    (("_secret_",), _CLIENT_SECRET, rf"\1{MASK}"),
    ((":/",), _USERINFO, rf"\1{MASK}@"),
)


def mask_patterns(text: str) -> str:
    """`text` with everything masked that is shaped like a secret; the kind stays readable (`sk_live_***`)."""
    lower = text.lower()
    ascii_only = lower.isascii()  # `(?i)s` finds U+017F too, which no lower() makes an s
    for words, pattern, masked in _SHAPES:
        if not ascii_only or any(word in lower for word in words):
            if pattern is _STRIPE_KEY and not _PERHAPS_KEY.search(text):
                continue
            text = pattern.sub(masked, text)
    if holds_encoded(text):
        text = _ENCODED_SECRET.sub(MASK, text)
    return mask_card_numbers(text)


def holds_encoded(text: str) -> bool:
    """Whether a Stripe key, a webhook secret or a private key stands there in Base64, or in the Base64 of that."""
    return any(word in text for word in _ENCODED)


def unescaped(text: str) -> str:
    """`text` with what can be seen of it written as itself: `sk%5Flive` is `sk_live`. Control characters stay escaped."""
    return _ESCAPE.sub(_character, text) if any(mark in text for mark in _ESCAPES) else text


def _character(escape: re.Match[str]) -> str:
    code = int(escape[4]) if escape[4] else int(next(filter(None, escape.groups())), 16)
    return chr(code) if 0x20 <= code < 0x7F else escape.group()  # noqa: PLR2004 - printable ASCII
