"""What a running service shows of the certificate that it holds, and which of ours that is."""

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from probe.model.certificate import Certificate

_HEX: Final = "[0-9A-Fa-f]"
_SHA256: Final = re.compile(
    rf"(?<!{_HEX})(?:{_HEX}{{64}}|(?<!{_HEX}:)(?:{_HEX}{{2}}:){{31}}{_HEX}{{2}})(?!{_HEX}|:{_HEX})"
)
_ALGORITHM: Final = re.compile("sha-?256[:=]", re.IGNORECASE)
"""Its last two digits and the colon would pass for the first octet of a longer fingerprint."""
_SERIAL: Final = re.compile(
    rf"(?:serial(?:[ _-]?number)?\s*[=:]\s*)?(?:0x)?({_HEX}{{1,40}}|(?:{_HEX}{{2}}:){{1,20}}{_HEX}{{2}}|[0-9]{{41,49}})",
    re.IGNORECASE,
)
"""RFC 5280 4.1.2.2: at most 20 octets, with a zero octet before the first where that is written out; 49 digits in decimal."""
_LONGEST_HEX: Final = 42
_LONGEST: Final = 64 * 1024
"""Characters that are searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One certificate as far as the service tells."""

    sha256: str | None = None
    serial: str | None = None
    """Lower-case hex without leading zeros."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    certificate: Certificate | None = None
    """The one of ours that it is; None: none that is known."""


def from_text(text: str, known: Sequence[Certificate] = ()) -> Shown | None:
    """The sha256 fingerprint somewhere in `text`, with or without colons; else the serial number that it is; None for neither.

    A serial of digits alone is read as decimal where `known` holds one of that number, else as hex.
    """
    text = _ALGORITHM.sub(" ", text[:_LONGEST]).strip()
    if found := _SHA256.search(text):
        return Shown(sha256=found[0].replace(":", "").lower())
    if serial := _SERIAL.fullmatch(text):
        return Shown(serial=_serial(serial[1].replace(":", ""), known))
    return None


def plain_serial(text: str) -> str:
    """A serial number in hex as `Certificate` has it: in lower case, without colons and leading zeros. Raises ValueError."""
    digits = text.replace(":", "")
    if not re.fullmatch(rf"{_HEX}{{1,{_LONGEST_HEX}}}", digits):
        raise ValueError("a serial number is not in hex")
    return f"{int(digits, 16):x}"


def recognised(shown: Shown, known: Iterable[Certificate]) -> Shown:
    """`shown` with all that is known of it, where it is one of `known`: by fingerprint, by serial, else by its end."""
    for certificate in known:
        if _is(shown, certificate):
            return dataclasses.replace(
                shown,
                sha256=certificate.sha256,
                serial=certificate.serial,
                not_before=certificate.not_before,
                not_after=certificate.not_after,
                certificate=certificate,
            )
    return shown


def oldest(shown: Iterable[Shown]) -> Shown | None:
    """The one that ends first; one whose end is not known could be any old one, and comes before all. None where there is none."""
    return min(shown, key=lambda one: one.not_after or datetime.min.replace(tzinfo=UTC), default=None)


def _serial(digits: str, known: Sequence[Certificate]) -> str:
    if digits.isdecimal():
        decimal = f"{int(digits):x}"
        if len(digits) > _LONGEST_HEX or any(certificate.serial == decimal for certificate in known):
            return decimal
    return f"{int(digits, 16):x}"


def _is(shown: Shown, certificate: Certificate) -> bool:
    if shown.sha256 is not None:
        return shown.sha256 == certificate.sha256
    if shown.serial is not None:
        return shown.serial == certificate.serial and shown.not_after in {None, certificate.not_after}
    return shown.not_after == certificate.not_after
