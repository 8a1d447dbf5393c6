"""Which client certificate an HTTP answer says it has looked at, and whether that is ours.

nginx writes `$ssl_client_s_dn` (RFC 2253) or `$ssl_client_s_dn_legacy`, haproxy `ssl_c_s_dn` (both with slashes), and either a
serial in hexadecimal digits. Types of attributes are left out of the comparison: libraries name the rarer ones differently.
"""

import re
from typing import Final

from probe.classify.disclosures import LOOKED_AT
from probe.model.certificate import Certificate
from probe.model.observation import HttpAnswer

_NAME: Final = r"(?:^|[^A-Za-z])(?:s[_-]dn|subject)(?:[_-](?:dn|legacy))?"
_SUBJECT: Final = re.compile(
    _NAME + r"[\"']?\s*[:=]\s*(?:\"([^\"\r\n]{1,600})\"|'([^'\r\n]{1,600})'|([^\s\"'<>{}][^\"'<>{}\r\n]{0,600}))",
    re.IGNORECASE,
)
_SERIAL: Final = re.compile(r"serial(?:_?number)?[\"']?\s*[:=]\s*[\"']?([0-9A-Fa-f:]{2,80})\b", re.IGNORECASE)
_NEXT_FIELD: Final = re.compile(r"(?<![,+/;])\s+\w+=.*")
"""What stands behind an unquoted name on the same line."""
_SUBJECT_HEADER: Final = re.compile(r"(?:^|-)(?:s-?dn|subject)(?:-dn)?$")
_SERIAL_HEADER: Final = re.compile(r"(?:ssl|client|cert).*serial$")
_BYTE: Final = re.compile(r"(?:\\x?[0-9A-Fa-f]{2})+")


def subject_in(answer: HttpAnswer) -> str | None:
    """The name of the certificate that the answer says it has looked at; None where it names none."""
    for name, value in answer.headers.items():
        if _SUBJECT_HEADER.search(name) and "=" in value:
            return value
    for found in _SUBJECT.finditer(answer.body[:LOOKED_AT]):
        quoted = found.group(1) or found.group(2)
        value = quoted or _NEXT_FIELD.sub("", found.group(3) or "")
        if "=" in value:
            return value
    return None


def serial_in(answer: HttpAnswer) -> str | None:
    """The serial that the answer tells, as `Certificate.serial` has it."""
    headers = (value for name, value in answer.headers.items() if _SERIAL_HEADER.search(name))
    found = _SERIAL.search(answer.body[:LOOKED_AT])
    told = next(headers, found.group(1) if found else None)
    return None if told is None else _digits(told)


def is_ours(leaf: Certificate, answer: HttpAnswer) -> bool | None:
    """Whether the certificate that the answer names is `leaf`; None where it names none, or not clearly."""
    told, serial = subject_in(answer), serial_in(answer)
    if serial is not None and _digits(leaf.serial) in _readings(serial):
        return True
    if told is not None and _values(told) == _values(leaf.subject):
        return True if serial is None else None  # an older one of the same name
    common = _common_names(told or "")
    return False if common and not common & _common_names(leaf.subject) else None


def _readings(serial: str) -> frozenset[str]:
    """As hexadecimal digits, and as a number in decimal ones."""
    decimal = {f"{int(serial):x}"} if serial.isascii() and serial.isdecimal() else set()
    return frozenset({serial, *decimal})


def _digits(serial: str) -> str:
    return serial.replace(":", "").lower().lstrip("0")


def _parts(name: str) -> list[str]:
    plain = _BYTE.sub(_decoded, name.replace("\\\\", "\\"))
    return [part.strip().replace("\\", "").lower() for part in re.split(r"(?<!\\)[,+/]", plain) if part.strip()]


def _decoded(escaped: re.Match[str]) -> str:
    r"""Bytes of UTF-8 that OpenSSL has written as `\C3\BC` or `\xC3\xBC`."""
    digits = re.sub(r"\\x?", "", escaped.group(0))
    return bytes.fromhex(digits).decode("utf-8", "replace")


def _values(name: str) -> list[str]:
    """Values of the attributes, in any order."""
    return sorted(part.partition("=")[2] or part for part in _parts(name))


def _common_names(name: str) -> frozenset[str]:
    return frozenset(part.removeprefix("cn=") for part in _parts(name) if part.startswith("cn="))
