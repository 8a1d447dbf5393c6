"""Certificates as they stand in the history: JSON, of which an older release passes over what it does not know."""

import json
from typing import Final

from pydantic import TypeAdapter, ValidationError

from probe.model.certificate import Certificate
from probe.model.watch import Held, WatchedCertificate
from probe.redact.leaving import leaving, leaving_value

_CERTIFICATE: Final = TypeAdapter(Certificate)
_ENTRY: Final = TypeAdapter(WatchedCertificate)
_LASTING: Final = (
    Held.IDENTITY,
    Held.IN_USE,
    Held.PEER,
    Held.PROXY,
    Held.UPSTREAM,
    Held.STAPLE,
    Held.CRL,
    Held.WATCHED,
)


class DamagedEntryError(ValueError):
    """What stands in the history is no certificate."""


def lasting(entry: WatchedCertificate) -> bool:
    """Whether it has to be remembered: also what files hold, which may be gone at the next start.

    Which CA of our trust counts, only a handshake shows; of the others there are too many.
    """
    elsewhere = entry.held_as(*_LASTING) or (entry.relied_on is True and entry.held_as(Held.TRUST))
    return entry.certificate is not None and elsewhere


def certificate_to_text(certificate: Certificate) -> str:
    """One certificate. Raises ValueError for one whose names are no text."""
    return _kept(_CERTIFICATE.dump_json(certificate).decode())


def certificate_from_text(text: str) -> Certificate:
    """The same back. Raises DamagedEntryError."""
    try:
        return _dated(_CERTIFICATE.validate_json(text))
    except ValidationError as error:
        raise DamagedEntryError("it is no certificate") from error


def entry_to_text(entry: WatchedCertificate) -> str:
    """One entry with its sightings. Raises ValueError for one whose names are no text."""
    return _kept(_ENTRY.dump_json(entry).decode())


def entry_from_text(text: str) -> WatchedCertificate:
    """The same back. Raises DamagedEntryError."""
    try:
        entry = _ENTRY.validate_json(text)
    except ValidationError as error:
        raise DamagedEntryError("it is no watched certificate") from error
    moments = (*(sighting.at for sighting in entry.seen), *([] if entry.not_in_use is None else [entry.not_in_use]))
    if entry.certificate is None or any(moment.tzinfo is None for moment in moments):
        raise DamagedEntryError("it is no watched certificate")
    _dated(entry.certificate)
    return entry


def _kept(text: str) -> str:
    """JSON without secrets: a stranger writes what stands in the names of his certificate."""
    return text if leaving(text) == text else json.dumps(leaving_value(json.loads(text)))


def _dated(certificate: Certificate) -> Certificate:
    if certificate.not_before.tzinfo is None or certificate.not_after.tzinfo is None:
        raise DamagedEntryError("a date of it has no time zone")
    return certificate
