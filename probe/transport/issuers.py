"""An issuer that the peer did not send, had from where the certificate below it says: proof of what is missing.

The peer names the address, so little is done for it: one GET over plain HTTP without anything of ours in it, no redirection, no
address that only this machine or its cloud can reach, one limit of time, one of size.
"""

import asyncio
import ipaddress
import socket
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiodns.error import DNSError

from probe.model.certificate import Source, SourceKind
from probe.model.network import Endpoint
from probe.model.path import Connector
from probe.model.tls import SoughtIssuer
from probe.tls.aia import certificates_in, issuer_urls
from probe.tls.certificate import certificates_from_ders
from probe.tls.completing import issued_by, top_of
from probe.transport.answer import AnswerParser, IncompleteAnswerError, NotHttpError
from probe.transport.dial import Address, Dialer, connect_first
from probe.transport.request import render_request

PATIENCE_S: Final = 2.0
"""For all of it: whoever is on call waits."""
_MOST_LEVELS: Final = 3
"""Intermediates that may be missing one above the other."""
_CHUNK: Final = 16 * 1024
_OK: Final = 200


class NoIssuerError(Exception):
    """The address gave no certificate; the message says why."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search gave."""

    issuers: tuple[SoughtIssuer, ...] = ()
    """Every address that was asked, in order."""
    complete: bool = False
    """With those that were found, the chain leads to our trust."""


class IssuerSearch:
    """Follows `caIssuers` upwards until the chain leads to our trust, or there is nothing more to follow."""

    def __init__(self, *, dialer: Dialer) -> None:
        """Names and connections by `dialer`."""
        self._dialer = dialer

    async def search(
        self, presented: Sequence[bytes], leads: Callable[[Sequence[bytes]], bool], until: float
    ) -> Sought:
        """Complete `presented` (DER, leaf first), until `until` in loop time; `leads` verifies a chain against our trust."""
        chain, issuers = list(presented), list[SoughtIssuer]()
        until = min(until, asyncio.get_running_loop().time() + PATIENCE_S)
        for _ in range(_MOST_LEVELS):
            top = top_of(chain)
            found = None if top is None else await self._above(top, issuers, until)
            if found is None or found in chain:
                break
            chain.append(found)
            if await asyncio.to_thread(leads, chain):  # the system's trust store takes some 8 ms
                return Sought(tuple(issuers), complete=True)
        return Sought(tuple(issuers))

    async def _above(self, below: bytes, issuers: list[SoughtIssuer], until: float) -> bytes | None:
        """The issuer of `below` from the first of its addresses that has it; each address is written down."""
        of = next(iter(certificates_from_ders([below], source=Source(SourceKind.WIRE, ""))), None)
        for url in issuer_urls(below):
            try:
                async with asyncio.timeout_at(until):
                    der = _issuer_in(await self._get(url), below)
            except (NoIssuerError, OSError, DNSError, UnicodeError) as error:
                why = "no whole answer came in time" if isinstance(error, TimeoutError) else _said(error)
                issuers.append(SoughtIssuer(url=url, below=of.subject if of else "", problem=why))
                continue
            found = next(iter(certificates_from_ders([der], source=Source(SourceKind.WIRE, url))), None)
            issuers.append(SoughtIssuer(url=url, below=of.subject if of else "", certificate=found))
            return der
        return None

    async def _get(self, url: str) -> bytes:
        """The body of a 200. Raises NoIssuerError, OSError, DNSError."""
        endpoint, request = _request(url)
        loop = asyncio.get_running_loop()
        addresses = [a for a in await self._dialer.resolve(endpoint.host, endpoint.port) if _may_be_asked(a)]
        if not addresses:
            raise NoIssuerError("its address is of this link alone, and is not asked")
        sock, _ = await connect_first(self._dialer, addresses, loop.time() + PATIENCE_S)
        try:
            await loop.sock_sendall(sock, request)
            return await _answer(sock)
        finally:
            sock.close()


def _issuer_in(body: bytes, below: bytes) -> bytes:
    """DER of the one that has signed `below`. Raises NoIssuerError."""
    found = next((one for one in certificates_in(body) if issued_by(below, one)), None)
    if found is None:
        raise NoIssuerError("what is there did not issue it")
    return found


async def _answer(sock: socket.socket) -> bytes:
    parser, loop = AnswerParser(), asyncio.get_running_loop()
    try:
        while not parser.done:
            data = await loop.sock_recv(sock, _CHUNK)
            if data:
                parser.feed(data)
            else:
                parser.end()
                break
    except (NotHttpError, IncompleteAnswerError) as error:
        raise NoIssuerError(f"its answer cannot be read: {error}") from error
    status = parser.answer.status if parser.answer else 0
    if status != _OK:
        raise NoIssuerError(f"it answers HTTP {status}")
    return parser.content


def _request(url: str) -> tuple[Endpoint, bytes]:
    """Where to ask, and what. Raises NoIssuerError for what is no plain address."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        if parts.scheme != "http" or not host or host.startswith("/") or "@" in parts.netloc:
            raise NoIssuerError("that is no address that can be asked")
        endpoint = Endpoint(host=host.encode("idna").decode(), port=port, server_name=host)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return endpoint, render_request(Connector(url=f"http://{parts.netloc}", endpoint=endpoint), "GET", target)
    except ValueError as error:  # UnicodeError too
        raise NoIssuerError("that is no address that can be asked") from error


def _may_be_asked(address: Address) -> bool:
    """Not where clouds keep what a machine may know of itself (169.254.169.254), nor everybody at once."""
    found = ipaddress.ip_address(address.host)
    found = getattr(found, "ipv4_mapped", None) or found
    return not (found.is_link_local or found.is_multicast or found.is_unspecified)


def _said(error: Exception) -> str:
    if isinstance(error, DNSError):
        return "its name cannot be looked up"
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__)
