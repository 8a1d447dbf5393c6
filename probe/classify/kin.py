"""Which fields of a text were written by one hand, of one certificate: a name beside a verdict, or one of which the writer was told.

Servers name their fields alike: nginx and Apache write `ssl_client_verify` and `ssl_client_s_dn`, haproxy `ssl_c_verify` and `ssl_c_s_dn`,
operators `verify` and `s_dn`. A gateway that tells whose request it has refused writes that elsewhere: `x_ssl_client_s_dn`, or in a `client` or `caller`.
"""

import re
from dataclasses import dataclass
from typing import Final

from probe.classify.verdicts import LOOKED_AT, Kind, in_headers, in_text
from probe.model.answer import HttpAnswer

_LONGEST_AHEAD: Final = 48
_APART: Final = re.compile(r"[^\w.$\[\]-]")
"""What ends the name of a field, on either side."""
_BRACE: Final = re.compile(r"[{}]")
_OF_A_CALLER: Final = re.compile(
    r"(?<![A-Za-z])(?:caller|forwarded|on[_ -]behalf[_ -]of|requested[_ -]by)[^,;}\r\n]{0,24}$", re.IGNORECASE
)
"""There, in other words: a name that somebody else has told to who writes it, of whom the request comes from."""


@dataclass(frozen=True, slots=True)
class Kin:
    """The verdicts of a text that are against a certificate, or miss one, as far as they stand in fields."""

    text: str
    fields: tuple[tuple[str, int], ...]
    """How the name of each begins, and which object (`_object`) it is in; empty where none stands in the text."""
    elsewhere: bool
    """One stands in a header."""

    def owns(self, at: int) -> bool | None:
        """Whether a name, whose field ends in what begins at `at`, is on the certificate of one of them; None for a field of that one word, as anybody calls his."""
        if ahead_of(_OF_A_CALLER, self.text, at):
            return False
        if not self.fields and not self.elsewhere:
            return True
        stem, inside = _stem(self.text, at), _object(self.text, at)
        beside = {other for other, there in self.fields if there == inside}
        return True if stem in beside else None if not stem and (beside or not self.fields) else False


def kin_of(answer: HttpAnswer) -> Kin:
    """Those of an answer."""
    text, shown = answer.body[:LOOKED_AT], in_text(answer)
    fields = tuple((v.stem, _object(text, v.at)) for v in shown if v.stem is not None and v.kind is not Kind.GOOD)
    elsewhere = any(verdict.kind is Kind.BAD for verdict in in_headers(answer))
    return Kin(text, fields, elsewhere)


def ahead_of(words: re.Pattern[str], text: str, at: int) -> bool:
    """Whether they stand ahead of what begins at `at`."""
    return words.search(text[max(0, at - _LONGEST_AHEAD) : at]) is not None


def _stem(text: str, at: int) -> str:
    """`ssl_client_` of `SSL-Client-S-DN`, whose last part begins at `at`."""
    ahead = _APART.split(text[max(0, at - _LONGEST_AHEAD) : at])[-1]
    return ahead.lower().replace("-", "_").lstrip("_.$[]")


def _object(text: str, at: int) -> int:
    """Where the innermost object begins that is still open at `at`; -1 where none is."""
    opened: list[int] = []
    for found in _BRACE.finditer(text, 0, at):
        if found.group() == "{":
            opened.append(found.start())
        elif opened:
            opened.pop()
    return opened[-1] if opened else -1
