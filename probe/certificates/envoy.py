"""Envoy's admin page `/certs`: which of the certificates that it holds could be ours (measured with Envoy 1.40).

It lists a chain for each listener and each cluster, the same one again where they share it, and of a chain only the leaf: with serial,
dates and SANs, without subject and fingerprint. `path` is the file that the configuration names; `<inline>` stands for a certificate in
the configuration itself, and for every one that came over SDS, also where that read it from a file.
"""

import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from probe.certificates.shown import Shown, plain_serial, recognised
from probe.model.certificate import Certificate

INLINE: Final = "<inline>"
_NAMES: Final = ("dns", "uri", "ip_address")


class CertsPageError(Exception):
    """The page does not say which certificate is ours; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class _Listed:
    path: str
    names: frozenset[str]
    shown: Shown


def ours(body: bytes, *, file: pathlib.Path | None, known: Sequence[Certificate]) -> tuple[Shown, ...]:
    """Every certificate of the page that could be the identity's. Raises CertsPageError where none is found.

    Ours is what comes from `file` or is one of `known`, and what comes from no file and has the SANs of one of `known`. Where
    nothing is: what has those SANs, else the only certificate that there is.
    """
    listed = tuple(_listed(body, known))
    sure = tuple(one for one in listed if one.path == str(file) or one.shown.certificate is not None)
    names = {frozenset(certificate.san) for certificate in known if certificate.san}
    alike = tuple(one for one in listed if one.names in names)
    found = (*sure, *(one for one in alike if one.path == INLINE)) if sure else alike
    if not found and len({one.shown.serial for one in listed}) == 1:
        found = listed
    if not found:
        raise CertsPageError(_none_of(listed, file))
    return tuple(one.shown for one in found)


def _none_of(listed: Sequence[_Listed], file: pathlib.Path | None) -> str:
    if not listed:
        return "Envoy lists no certificate that it presents"
    return (
        f"none of the {len(listed)} certificates that Envoy lists is known as ours by file ({file}), serial or SANs; "
        "name the file as Envoy does in `in_use.file`"
    )


def _listed(body: bytes, known: Sequence[Certificate]) -> Iterator[_Listed]:
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CertsPageError("its answer is not the JSON of Envoy's /certs") from error
    if not isinstance(page, Mapping) or not isinstance(page.get("certificates"), list):
        raise CertsPageError("its answer is not that of Envoy's /certs: it has no list of certificates")
    for entry in page["certificates"]:
        chain = entry.get("cert_chain") if isinstance(entry, Mapping) else None
        for leaf in chain if isinstance(chain, list) else ():
            if isinstance(leaf, Mapping):
                yield _one(leaf, known)


def _one(leaf: Mapping[str, object], known: Sequence[Certificate]) -> _Listed:
    try:
        shown = Shown(
            serial=plain_serial(_text(leaf, "serial_number")),
            not_before=_moment(leaf, "valid_from"),
            not_after=_moment(leaf, "expiration_time"),
        )
    except ValueError as error:
        raise CertsPageError(f"its answer is not that of Envoy's /certs: {error}") from error
    return _Listed(_text(leaf, "path"), frozenset(_names(leaf)), recognised(shown, known))


def _names(leaf: Mapping[str, object]) -> Iterator[str]:
    listed = leaf.get("subject_alt_names")
    for name in listed if isinstance(listed, list) else ():
        if isinstance(name, Mapping):
            yield from (str(name[kind]) for kind in _NAMES if kind in name)


def _text(leaf: Mapping[str, object], key: str) -> str:
    text = leaf.get(key)
    if not isinstance(text, str):
        raise CertsPageError(f"its answer is not that of Envoy's /certs: a certificate has no {key}")
    return text


def _moment(leaf: Mapping[str, object], key: str) -> datetime:
    moment = datetime.fromisoformat(_text(leaf, key))
    if moment.tzinfo is None:
        raise ValueError(f"{key} has no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{key} is out of all time") from error
