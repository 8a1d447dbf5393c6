"""Which client certificate an HTTP answer says it has looked at, and whether that is ours.

nginx writes `$ssl_client_s_dn` (RFC 2253) or `$ssl_client_s_dn_legacy`, haproxy `ssl_c_s_dn` (both with slashes), and either a
serial in hexadecimal digits. Types of attributes are left out of the comparison: libraries name the rarer ones differently.

A name in the text, beside a verdict and of its kin, is that of the certificate which whoever wrote the text has looked at; any other is that of whose request it was, as the writer was told.
A connector that adds ours in a header says only whose request it is, and does so with the answers of others too.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Final

from probe.classify.kin import ahead_of, kin_of
from probe.model.answer import HttpAnswer
from probe.model.certificate import Certificate

_NAME: Final = r"(?:^|[^A-Za-z])(?P<name>s[_-]dn|subject)(?:[_-](?:dn|legacy))?"
_SUBJECT: Final = re.compile(
    _NAME
    + r"[\"']?\s*[:=]\s*(?:\"((?:[^\"\\\r\n]|\\.){1,600})\"|'([^'\r\n]{1,600})'|([^\s\"'<>{}](?:[^\"'<>{}\r\n]|(?<=\w)'(?=\w)){0,600}))",
    re.IGNORECASE,
)
_SERIAL: Final = re.compile(
    r"(?P<name>(?:m[_-])?serial)(?:_?number)?[\"']?\s*[:=]\s*[\"']?([0-9A-Fa-f:]{2,80})\b", re.IGNORECASE
)
_NEXT_FIELD: Final = re.compile(r"(?<![\s,+/;])\s++\w++=.*")
"""What stands behind an unquoted name on the same line."""
_SUBJECT_HEADER: Final = re.compile(r"(?:^|[-_])(?:s[-_]?dn|subject|client[-_]dn)(?:[-_]dn)?$")
"""`X-SSL-Client-S-DN`, haproxy's `X-SSL-Client-DN`, `X-Amzn-Mtls-Clientcert-Subject`."""
_OF_OTHERS: Final = re.compile(
    r"(?<![A-Za-z])(?:server|issuer|ca|f|i|user|account|principal|token|jwt)[^A-Za-z,;}]{0,12}$", re.IGNORECASE
)
"""Ahead of a field's name, in one word with it or as what it stands in: Apache's `SSL_SERVER_S_DN`, haproxy's `ssl_f_s_dn`, `issuer_subject`, the `subject` of a user or token."""
_LOOKED_AT_CLOSELY: Final = 16
"""Of names and of headers, the first so many."""
_LONGEST_NAME: Final = 1024
"""Characters of a header that are read as a name."""
_ESCAPED: Final = re.compile(r"(?:\\x?[0-9A-Fa-f]{2})+|\\(.?)")
"""Bytes of UTF-8 that OpenSSL has written as `\\C3\\BC` or `\\xC3\\xBC`, or one sign that means nothing but itself."""
_IN_JSON: Final = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+|\\[\"/\\]")
_PART: Final = r"(?:\"(?:[^\"\\]|\\.)*\"|\\.|[^\",;+\\])+"
_NAME_BY_COMMAS: Final = re.compile(f"{_PART}(?:[,+]{_PART})*")
"""RFC 2253: a comma within a value is escaped, or stands in quotes."""
_ATTRIBUTE: Final = re.compile(_PART)
_SLASH: Final = re.compile(r"/(?=[A-Za-z0-9.]+=)")
"""What begins an attribute of a name with slashes, where a comma is a sign like any other."""
_UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
_TYPE: Final = re.compile(r"[a-z][a-z0-9]*|\d+(?:\.\d+)+")
"""Of an attribute, in lower case: a name (RFC 4512 1.4), or dotted numbers. `ssl_client_i_dn` is the next field."""
_HIDDEN: Final = re.compile(
    r"\*\*|^\*$|\?|\.\.\.|\N{HORIZONTAL ELLIPSIS}|[\[(<](?:redacted|masked|hidden|filtered)|[|{}<>\r\n]"
)
"""A value that is masked, cut off, or has lost a sign, or one with what stands behind the name."""
_COMMON_NAME: Final = frozenset({"cn", "commonname", "2.5.4.3"})


def named_in_text(
    leaf: Certificate, answer: HttpAnswer, others: frozenset[str] = frozenset()
) -> frozenset[bool | None]:
    """Whether the certificates that the body has a verdict on are `leaf`; None for a name that may be, empty where it names none.

    `others`: names (RFC 4514) of certificates that nobody refuses as a client's, as the server's own: the body names nobody by them.
    """
    serial, names = serial_in(answer), _names(answer, others)
    found = {is_ours(leaf, name, serial) if beside else None for name, beside in names if beside is not False}
    by_serial = is_ours(leaf, None, serial)
    return frozenset(found if by_serial is None or None in found else {*found, by_serial})


def another(leaf: Certificate, answer: HttpAnswer, others: frozenset[str] = frozenset()) -> str | None:
    """The name of a certificate that is not `leaf`, where the answer shows one: in a text that does not name `leaf`, or perhaps, or in a header."""
    in_text = () if named_in_text(leaf, answer, others) & {True, None} else _names(answer, others)
    in_headers = (name for name in _in_headers(answer) if not _is_one_of(others, name))
    shown = (*(name for name, beside in in_text if beside), *in_headers)
    return next((name for name in shown if is_ours(leaf, name, None) is False), None)


def tells_of_a_caller(answer: HttpAnswer, others: frozenset[str] = frozenset()) -> bool:
    """Whether the body names somebody of whom whoever wrote it was told, or has written it of another connection than its verdict."""
    return any(beside is False for _, beside in _names(answer, others))


def _is_one_of(others: frozenset[str], name: str) -> bool:
    read = [_values(attributes) for spelt in _spellings(name) if (attributes := _attributes(spelt))]
    return any(_values(_attributes(other)) in read for other in others)


def _names(answer: HttpAnswer, others: frozenset[str]) -> tuple[tuple[str, bool | None], ...]:
    """Those in the body, each with `Kin.owns`."""
    kin = kin_of(answer)
    return tuple((name, kin.owns(at)) for name, at in _subjects(kin.text) if not _is_one_of(others, name))


def _subjects(text: str) -> Iterator[tuple[str, int]]:
    """Names, and where the last part of the name of each field begins."""
    for found in islice(_SUBJECT.finditer(text), _LOOKED_AT_CLOSELY):
        if ahead_of(_OF_OTHERS, text, found.start()):
            continue
        quoted = found.group(2) or found.group(3)
        value = quoted or _NEXT_FIELD.sub("", found.group(4))
        if "=" in value:
            yield value, found.start("name")


def _in_headers(answer: HttpAnswer) -> Iterator[str]:
    """All values of those that hold a name."""
    found = ((_SUBJECT_HEADER.search(name), name, value) for name, value in answer.headers.items())
    headers = ((name, value) for field, name, value in found if field and not ahead_of(_OF_OTHERS, name, field.start()))
    for name, joined in islice(headers, _LOOKED_AT_CLOSELY):
        for value in islice(answer.repeated.get(name, (joined,)), _LOOKED_AT_CLOSELY):
            in_quotes = value.startswith('"') and value.endswith('"')
            yield (value[1:-1] if in_quotes else value)[:_LONGEST_NAME]


def serial_in(answer: HttpAnswer) -> str | None:
    """The serial that the body tells beside its verdict, as `Certificate.serial` has it."""
    kin = kin_of(answer)
    fields = islice(_SERIAL.finditer(kin.text), _LOOKED_AT_CLOSELY)
    return next((_digits(found.group(2)) for found in fields if kin.owns(found.start("name"))), None)


def is_ours(leaf: Certificate, name: str | None, serial: str | None) -> bool | None:
    """Whether a certificate of that name and serial is `leaf`; None where that cannot be told."""
    if serial is not None and _digits(leaf.serial) in _readings(serial):
        return True
    ours, read = _attributes(leaf.subject), [_attributes(spelt) for spelt in _spellings(name or "")]
    if any(attributes and _values(attributes) == _values(ours) for attributes in read):
        return True if serial is None else None  # an older one of the same name
    unclear = (leaf.subject and not ours) or ("/" in leaf.subject and (name or "").startswith("/"))
    return False if read and not unclear and all(_differs(attributes, ours) for attributes in read) else None


def _differs(theirs: list[tuple[str, str]], ours: list[tuple[str, str]]) -> bool:
    """Whether a name is surely another's: whole, and with a common name that is not ours cut off, masked, with words behind it, or written in another way."""
    whole = all(_TYPE.fullmatch(kind) and not _HIDDEN.search(value) for kind, value in theirs)
    names, known = (frozenset(map(_letters, _common_names(name))) for name in (theirs, ours))
    alike = any(one.startswith(own) or own.startswith(one) for one in names for own in known)
    return whole and bool(names) and not alike


def _letters(value: str) -> str:
    """Letters and digits alone, without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", value) if sign.isalnum())


def _readings(serial: str) -> frozenset[str]:
    """As hexadecimal digits, and as a number in decimal ones."""
    decimal = {f"{int(serial):x}"} if serial.isascii() and serial.isdecimal() else set()
    return frozenset({serial, *decimal})


def _digits(serial: str) -> str:
    return serial.replace(":", "").lower().lstrip("0")


def _spellings(name: str) -> frozenset[str]:
    """A name as it stands there, as it was before it was put into JSON or HTML, and as UTF-8: headers are read as Latin-1."""
    utf8 = name.encode("latin-1", "replace").decode("utf-8", "replace")
    spelt = {name, html.unescape(_IN_JSON.sub(_out_of_json, name))}
    return frozenset(spelt if _UNREADABLE in utf8 else {*spelt, utf8})


def _out_of_json(escaped: re.Match[str]) -> str:
    sign = escaped.group(0)
    if sign.startswith("\\u"):
        return bytes.fromhex(sign.replace("\\u", "")).decode("utf-16-be", "replace")
    return sign[1:]


def _attributes(name: str) -> list[tuple[str, str]]:
    """Types and values, in lower case; empty where the name cannot be taken apart for certain."""
    if name.startswith("/"):
        parts = [part for part in _SLASH.split(name) if part]
    else:
        parts = _ATTRIBUTE.findall(name) if _NAME_BY_COMMAS.fullmatch(name) else []
    found = [_attribute(part) for part in parts]
    return found if all(value and _UNREADABLE not in value for _, value in found) else []


def _attribute(part: str) -> tuple[str, str]:
    kind, _, value = part.partition("=")
    value = value.strip()
    bare = value[1:-1] if value.startswith('"') and value.endswith('"') else value
    return kind.strip().lower(), _ESCAPED.sub(_plain, bare).strip().lower()


def _plain(escaped: re.Match[str]) -> str:
    sign = escaped.group(1)
    if sign is not None:
        return sign
    return bytes.fromhex(re.sub(r"\\x?", "", escaped.group(0))).decode("utf-8", "replace")


def _values(name: list[tuple[str, str]]) -> list[str]:
    """Values of the attributes, in any order."""
    return sorted(value for _, value in name)


def _common_names(name: list[tuple[str, str]]) -> frozenset[str]:
    return frozenset(value for kind, value in name if kind in _COMMON_NAME)
