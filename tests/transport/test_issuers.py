"""Issuers that the peer did not send, sought where its certificate says they are (RFC 5280 4.2.2.1)."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from aiodns.error import ARES_ENOTFOUND, DNSError
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.tls.aia import issuer_urls
from probe.transport import issuers
from probe.transport.dial import Address, Dialer, FakeDialer, NetworkDialer
from probe.transport.issuers import IssuerSearch, Sought
from tests.support.pages import Answer, serving

NOW = datetime(2026, 1, 15, tzinfo=UTC)
ROOT = Authority.root("Root", now=NOW)
ISSUING = ROOT.intermediate("Issuing")
OTHER = ROOT.intermediate("Other")


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _leaf(url: str, issuing: Authority = ISSUING) -> Issued:
    return issuing.issue("leaf", usages=(SERVER_AUTH,), send_chain=False, issuer_url=url)


def _trusts(authority: Authority) -> Callable[[Sequence[bytes]], bool]:
    """Whether the last certificate of a chain was issued by this one."""

    def leads(chain: Sequence[bytes]) -> bool:
        return x509.load_der_x509_certificate(chain[-1]).issuer == authority.issued.certificate.subject

    return leads


async def _search(leaf: Issued, dialer: Dialer | None = None, within_s: float = 30.0) -> Sought:
    search = IssuerSearch(dialer=dialer or NetworkDialer())
    until = asyncio.get_running_loop().time() + within_s
    return await search.search([_der(leaf.certificate)], _trusts(ROOT), until)


def _says(body: bytes, status: int = 200, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    return answer


def _problem(sought: Sought) -> str:
    """Why the one address that was asked had nothing."""
    (one,) = sought.issuers
    assert (one.certificate, sought.complete) == (None, False)
    return one.problem


_CERTIFICATE = ISSUING.issued.certificate
BODIES = {
    "DER": _der(_CERTIFICATE),
    "PEM": _CERTIFICATE.public_bytes(Encoding.PEM),
    "PKCS#7": pkcs7.serialize_certificates([OTHER.issued.certificate, _CERTIFICATE], Encoding.DER),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_the_missing_intermediate_is_found(body: bytes) -> None:
    """In each form in which CAs publish it; nothing of ours is in the request."""
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        return web.Response(body=body)

    async with serving(answer) as url:
        sought = await _search(_leaf(f"{url}/ca/issuing.crt?v=1"))
        assert sought.complete
        (found,) = sought.issuers
        assert (found.url, found.below, found.problem) == (f"{url}/ca/issuing.crt?v=1", "CN=leaf", "")
        assert found.certificate is not None
        assert found.certificate.subject == "CN=Issuing"
    (request,) = asked
    assert (request.method, request.path_qs, request.host) == ("GET", "/ca/issuing.crt?v=1", url[7:])
    assert set(request.headers) == {"Host", "User-Agent", "Accept", "Connection"}


async def test_the_search_ends_where_no_further_address_is_named() -> None:
    """What was found is told, and that it does not suffice."""
    async with serving(_says(_der(_CERTIFICATE))) as url:
        until = asyncio.get_running_loop().time() + 30
        leaf = _der(_leaf(url).certificate)
        sought = await IssuerSearch(dialer=NetworkDialer()).search([leaf], lambda _: False, until)
    assert [one.certificate.subject for one in sought.issuers if one.certificate] == ["CN=Issuing"]
    assert not sought.complete


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (_der(OTHER.issued.certificate), 200, "what is there did not issue it"),
        (b"<html>no</html>", 200, "what is there did not issue it"),
        (b"", 200, "what is there did not issue it"),
        (bytes(200_000), 200, "what is there did not issue it"),
        (_der(_CERTIFICATE), 404, "it answers HTTP 404"),
    ],
    ids=["another CA", "a page", "nothing", "too much", "an error page"],
)
async def test_what_is_no_issuer_is_said_to_be_none(body: bytes, status: int, says: str) -> None:
    """Name and signature are checked; an answer is cut off at its limit."""
    async with serving(_says(body, status)) as url:
        assert _problem(await _search(_leaf(url))) == says


async def test_no_redirection_is_followed() -> None:
    """Where it would lead is nobody's promise."""
    async with serving(_says(_der(_CERTIFICATE))) as there, serving(_says(b"", 302, Location=there)) as url:
        assert _problem(await _search(_leaf(url))) == "it answers HTTP 302"


async def test_an_address_that_keeps_silent_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the search has one limit."""
    monkeypatch.setattr(issuers, "PATIENCE_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert _problem(await _search(_leaf(f"http://127.0.0.1:{port}/"))) == "no whole answer came in time"


async def test_an_answer_that_is_no_http() -> None:
    """Whatever listens there."""

    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.internal ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert "its answer cannot be read" in _problem(await _search(_leaf(f"http://127.0.0.1:{port}/")))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://169.254.169.254/latest/meta-data/", "of this link alone"),
        ("http://[fe80::1]/", "of this link alone"),
        ("http://[::ffff:169.254.169.254]/", "of this link alone"),
        ("http://0.0.0.0/", "of this link alone"),
        ("http://name:password@127.0.0.1/", "no address that can be asked"),
        ("http:///etc/passwd", "no address that can be asked"),
        ("http://host:port/", "no address that can be asked"),
        ("http://host:0x50/", "no address that can be asked"),
    ],
)
async def test_addresses_that_are_not_asked(url: str, says: str) -> None:
    """The peer chooses the address: what only this machine may ask is not asked for it."""
    assert says in _problem(await _search(_leaf(url)))


async def test_a_name_that_leads_to_the_link_is_not_asked_either() -> None:
    """What counts is where the name leads."""
    dialer = FakeDialer({"ca.internal": (Address("169.254.169.254", 80),)})
    assert "of this link alone" in _problem(await _search(_leaf("http://ca.internal/"), dialer))


async def test_names_and_connections_that_fail() -> None:
    """Said in words."""
    unknown = FakeDialer({"ca.internal": DNSError(ARES_ENOTFOUND, "Domain name not found")})
    assert _problem(await _search(_leaf("http://ca.internal/"), unknown)) == "its name cannot be looked up"
    address = Address("127.0.0.1", 80)
    refused = FakeDialer({"ca.internal": (address,)}, {address: OSError(errno.ECONNREFUSED, "Connection refused")})
    assert _problem(await _search(_leaf("http://ca.internal/"), refused)) == "Connection refused"


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "ldap://127.0.0.1/", "file:///etc/passwd", "http://" + 3000 * "x"]
)
async def test_other_schemes_are_not_asked(url: str) -> None:
    """RFC 5280 names http and ldap; https would need a chain of its own to be trusted."""
    leaf = _leaf(url)
    assert issuer_urls(_der(leaf.certificate)) == ()
    assert await _search(leaf) == Sought()


async def test_a_certificate_that_names_no_address_and_one_that_is_none() -> None:
    """Nothing is asked."""
    leaf = ISSUING.issue("leaf")
    assert await _search(leaf) == Sought()
    assert issuer_urls(b"no certificate") == ()
    until = asyncio.get_running_loop().time() + 30
    assert await IssuerSearch(dialer=NetworkDialer()).search([b"?"], _trusts(ROOT), until) == Sought()
