"""Whether a certificate is for a name: as OpenSSL has it (X509_check_host, X509_check_ip) with the flags that Python sets."""

import ipaddress
import re
from collections.abc import Callable, Collection, Sequence
from typing import Final

from probe.classify.wording import listed
from probe.model.certificate import Certificate

_COMMON_NAME: Final = re.compile(r"(?:^|(?<!\\)[,+])CN=((?:\\.|[^,+\\])+)")
_ESCAPED: Final = re.compile(r"\\(.)")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_WILDCARD: Final = re.compile(rf"\*((?:\.{_LABEL}){{2,}})")
"""A whole left-most label, with at least two more behind it: OpenSSL takes `*.internal` for no wildcard."""
_HOST: Final = re.compile(r"(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_FEW: Final = 3
"""Names that are told of a certificate that has more."""
_ANY_LABEL: Final = re.compile(r"[a-z0-9-]+")
"""What a wildcard stands for: no underscore."""


def covers(certificate: Certificate, name: str) -> bool:
    """Whether an alternative name of the right kind is `name`; so it is taken where the names cannot be read.

    An address is no DNS name, whatever that looks like, and a DNS name is none of the URIs (RFC 6125 6.4, RFC 9525 6.3).
    """
    address = _address(name)
    if address is not None:
        return certificate.dns_names is None or address in certificate.addresses
    return certificate.dns_names is None or any(_is_for(pattern, _sent(name)) for pattern in certificate.dns_names)


def answers_to(certificate: Certificate, name: str) -> bool:
    """Whether OpenSSL takes it for `name`: without a DNS name of its own, a certificate is known by its common name.

    An address is looked for among the alternative names alone (X509_check_ip).
    """
    if covers(certificate, name):
        return True
    if _address(name) is not None or certificate.dns_names:
        return False
    return any(_is_for(common, _sent(name)) for common in _common_names(certificate))


def told_names(certificate: Certificate, asked: str) -> str:
    """What it is for, for people: its alternative names, and where no DNS name is among them, its common name.

    Of many those next to the one that was asked for; empty where it is for no host at all.
    """
    if certificate.dns_names is None:
        return "names that cannot be read"
    common = (name for name in _common_names(certificate) if _HOST.fullmatch(name) and _address(name) is None)
    by_common = () if certificate.dns_names else common
    names = (*_alternatives(certificate), *(f"{name} by its common name" for name in by_common))
    return listed(names, _distance(asked), at_most=_FEW)


def told_alternatives(certificate: Certificate, asked: str) -> str:
    """Its alternative names, for people: with their kind where they could be taken for the name that they are not."""
    return listed(_alternatives(certificate), _distance(asked))


def nearest(names: tuple[str, ...], asked: str) -> str:
    """Names of a certificate as they are, for a table; of many the one next to the one that was asked for."""
    return listed(names, _distance(asked), at_most=1 if len(names) > _FEW else _FEW)


def _distance(asked: str) -> Callable[[str], tuple[int, int]]:
    """Less for a name that ends in more of the same labels, and then for one that begins with more of the same characters."""
    ours = asked.lower()
    labels = [] if _address(asked) is not None else ours.split(".")[::-1]

    def of(name: str) -> tuple[int, int]:
        theirs = name.partition(" ")[0].lower()
        return -_alike(labels, theirs.split(".")[::-1]), -_alike(ours, theirs)

    return of


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many of the first are the same in both."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, yours) in pairs if mine != yours), min(len(one), len(other)))


def _alternatives(certificate: Certificate) -> tuple[str, ...]:
    dns_names, addresses = frozenset(certificate.dns_names or ()), frozenset(certificate.addresses)
    return tuple(_told(name, dns_names, addresses) for name in certificate.san)


def _told(name: str, dns_names: Collection[str], addresses: Collection[str]) -> str:
    if name in dns_names:
        if _address(name) is not None:
            return f"{name} as a DNS name"
        return f"{name} with a dot at its end" if name.endswith(".") else name
    return name if name in addresses else f"{name} as a URI"


def _is_for(pattern: str, name: str) -> bool:
    """Whether a DNS name of a certificate is `name`, in lower case: exact, or `*.` for one left-most label."""
    written = pattern.lower()
    wildcard = _WILDCARD.fullmatch(written)
    if wildcard is None:
        return written == name
    label, _, _ = name.partition(".")
    return _ANY_LABEL.fullmatch(label) is not None and f"{label}{wildcard.group(1)}" == name


def _common_names(certificate: Certificate) -> tuple[str, ...]:
    return tuple(_ESCAPED.sub(r"\1", common) for common in _COMMON_NAME.findall(certificate.subject))


def _sent(name: str) -> str:
    """The name as TLS has it: IDNA, in lower case."""
    try:
        return name.encode("idna").decode().lower()
    except UnicodeError:
        return name.lower()


def _address(name: str) -> str | None:
    """An IP address as certificates have it; None where it is none."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return None
