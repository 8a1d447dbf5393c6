"""The certificate that the running billing service really holds: the file is not the service."""

import asyncio
import dataclasses
import math
import pathlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from probe.certificates import envoy
from probe.certificates.fetch import FetchError, Page, fetch, shown
from probe.certificates.parse import MalformedPemError, certificates_from_pem
from probe.certificates.series import SelectorError, select
from probe.certificates.shown import Shown, from_text, oldest, recognised
from probe.documents.files import read_regular
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.clock import Clock
from probe.model.path import InUse, InUseKind
from probe.model.watch import InUseFound

_OK: Final = 200
_LONGEST_FILE: Final = 64 * 1024
_PORTS: Final = {"https": 443}
_SECONDS: Final = range(1_000_000_000, 100_000_000_000)
"""2001 to 5138: less is a time that is left, more are milliseconds."""
_FIRST_LINE: Final = b"-----BEGIN "


class _NotFoundError(Exception):
    """Nothing could be found out; the message says why, for people."""


async def look(
    in_use: InUse,
    *,
    clock: Clock,
    limit_s: float,
    certificate: pathlib.Path | None = None,
    known: Sequence[Certificate] = (),
) -> InUseFound:
    """What the service shows now. Never raises for what it finds: what stands in the way is the answer's `error`.

    `certificate` is the identity's file and `known` are its leaves, that of the file and those of before: Envoy holds other certificates
    too, and a fingerprint tells no date. Where several could be ours, the one that ends first counts.
    """
    source = _source(in_use)
    try:
        found = oldest(recognised(one, known) for one in await _shown(in_use, limit_s, certificate, known))
    except (_NotFoundError, FetchError, envoy.CertsPageError, SelectorError) as error:
        return InUseFound(at=clock.now(), source=source, error=str(error))
    if found is None:
        return InUseFound(at=clock.now(), source=source, error=f"{source.location} shows no certificate")
    return InUseFound(
        at=clock.now(),
        source=source,
        sha256=found.sha256,
        serial=found.serial,
        certificate=found.certificate,
        not_after=found.not_after,
        not_before=found.not_before,
        subject=found.certificate.subject if found.certificate else None,
    )


def _source(in_use: InUse) -> Source:
    if in_use.kind is InUseKind.FILE_SHA256:
        return Source(SourceKind.FILE, str(in_use.file))
    parts = urlsplit(in_use.url or "")
    return Source(SourceKind.WIRE, f"{parts.hostname}:{parts.port or _PORTS.get(parts.scheme, 80)}")


async def _shown(
    in_use: InUse, limit_s: float, certificate: pathlib.Path | None, known: Sequence[Certificate]
) -> Sequence[Shown]:
    if in_use.kind is InUseKind.FILE_SHA256:
        return await _of_file(in_use.file or pathlib.Path(), limit_s, known)
    page = await fetch(_address(in_use), limit_s=limit_s)
    if in_use.kind is InUseKind.HTTP_HEADER:
        return _of_header(page, in_use, known)
    if page.status != _OK:
        raise _NotFoundError(f"{shown(_address(in_use))} answered with HTTP {page.status}")
    if in_use.kind is InUseKind.METRIC:
        return _of_metric(page, in_use)
    return envoy.ours(page.body, file=in_use.file or certificate, known=known)


def _address(in_use: InUse) -> str:
    """The URL; `/certs` of Envoy's admin address where no page is named."""
    url = in_use.url or ""
    return (
        f"{url.rstrip('/')}/certs"
        if in_use.kind is InUseKind.ENVOY_ADMIN and not urlsplit(url).path.strip("/")
        else url
    )


async def _of_file(file: pathlib.Path, limit_s: float, known: Sequence[Certificate]) -> Sequence[Shown]:
    try:
        async with asyncio.timeout(limit_s):
            content = await asyncio.to_thread(read_regular, file, _LONGEST_FILE)
    except TimeoutError as error:
        raise _NotFoundError(f"{file} could not be read within {limit_s:g} s") from error
    except (OSError, ValueError) as error:
        raise _NotFoundError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if _FIRST_LINE in content:
        return _of_pem(content, file)
    found = from_text(content.decode("utf-8", "replace"), known)
    if found is None:
        raise _NotFoundError(f"{file} holds no sha256 fingerprint, serial number or PEM certificate")
    return (found,)


def _of_pem(content: bytes, file: pathlib.Path) -> Sequence[Shown]:
    try:
        leaf = certificates_from_pem(content, source=Source(SourceKind.FILE, str(file)))[0]
    except MalformedPemError as error:
        raise _NotFoundError(f"{file}: {error}") from error
    return (recognised(Shown(sha256=leaf.sha256), (leaf,)),)


def _of_header(page: Page, in_use: InUse, known: Sequence[Certificate]) -> Sequence[Shown]:
    name = in_use.header or ""
    value = page.headers.get(name.lower())
    if value is None:
        raise _NotFoundError(
            f"{shown(in_use.url or '')} answered with HTTP {page.status} and without the header {name}"
        )
    found = from_text(value, known)
    if found is None:
        raise _NotFoundError(
            f"the header {name} of {shown(in_use.url or '')} is neither a sha256 fingerprint nor a serial number"
        )
    return (found,)


def _of_metric(page: Page, in_use: InUse) -> Sequence[Shown]:
    name = in_use.metric or ""
    series = tuple(select(page.body.decode("utf-8", "replace"), name))
    if not series:
        raise _NotFoundError(f"{shown(in_use.url or '')} has no series {name}")
    return tuple(one for labels, value in series if (one := _of_series(labels, value, name)) is not None)


def _of_series(labels: Mapping[str, str], value: float, name: str) -> Shown | None:
    """One series: it has the label `sha256` or `serial`, and is not 0; else its value is the notAfter."""
    ends = datetime.fromtimestamp(value, UTC) if math.isfinite(value) and int(value) in _SECONDS else None
    text = labels.get("sha256") or labels.get("serial")
    if text is None and ends is None:
        raise _NotFoundError(f"{name} is {value:g}: no notAfter in unix seconds, and it has no label sha256 or serial")
    if text is None:
        return Shown(not_after=ends)
    found = from_text(text)
    if found is None:
        raise _NotFoundError(f"the label of {name} is neither a sha256 fingerprint nor a serial number")
    return dataclasses.replace(found, not_after=ends) if value else None
