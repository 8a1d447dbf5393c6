"""Proxies made by others: what each says for each fault, its reason, and that it was the proxy and not the connector."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from probe.catalogue.catalogue import load
from probe.classify.handshake import judge_handshake
from probe.lab.pki import SERVER_AUTH, Authority
from probe.model.failure import Blame, Failure
from probe.model.network import Endpoint
from probe.model.outcome import Passed
from probe.model.path import Identity, Proxy
from probe.model.secret import Secret
from tests.servers import envoy_proxy, squid, tinyproxy
from tests.servers.material import Material, Pair, write_pair
from tests.servers.process import Server, free_port
from tests.servers.squid import CREDENTIALS, DENIED
from tests.support.connect_proxy import proxying
from tests.transport.hop import Hop
from tests.transport.test_handshake import StartServer
from tests.transport.test_tunnel import failure, observe

WANTS, REFUSES, CANNOT = (f"connector.proxy_{what}" for what in ("auth_required", "refused", "cannot_connect"))
PROGRAMS: dict[str, Callable[..., Server]] = {
    "squid": squid.start,
    "tinyproxy": tinyproxy.start,
    "envoy": envoy_proxy.start,
}
SQUID, TINYPROXY, ENVOY = (pytest.param(name, marks=pytest.mark.server(name)) for name in PROGRAMS)
EACH = pytest.mark.parametrize("name", [SQUID, TINYPROXY, ENVOY])
WITH_CREDENTIALS = pytest.mark.parametrize("name", [SQUID, TINYPROXY])
WITH_TLS = pytest.mark.parametrize("name", [SQUID, ENVOY])
BOTH = pytest.mark.parametrize("tls", ["1.2", "1.3"])


@dataclass
class Others:
    """Starts the proxies of others, each kind once, and says how a path names them."""

    pki: Material
    directories: pytest.TempPathFactory
    running: ExitStack
    known: dict[str, Server] = field(default_factory=dict)

    def start(self, name: str, **options: object) -> Server:
        """One that runs until the module's tests are over."""
        key = f"{name} {options}"
        if key not in self.known:
            self.known[key] = self.start_anew(name, **options)
        return self.known[key]

    def start_anew(self, name: str, **options: object) -> Server:
        """One that may be stopped."""
        server = PROGRAMS[name](self.directories.mktemp(name), self.pki, **options)
        self.running.callback(server.stop)
        return server

    def clear(self, server: Server, credentials: str | None = None) -> Proxy:
        """Asked without TLS."""
        endpoint = Endpoint(host="127.0.0.1", port=server.port, server_name="127.0.0.1")
        secret = Secret(credentials) if credentials else None
        return Proxy(url=f"http://{server.address}", endpoint=endpoint, credentials=secret)

    def secure(self, server: Server, client: str | None = "good", trust: Pair | None = None) -> Proxy:
        """Behind mutual TLS, with one of the material's clients as our identity for it."""
        endpoint = Endpoint(host="127.0.0.1", port=server.port, server_name="localhost")
        pair = self.pki.clients[client] if client else None
        identity = Identity(name="egress", certificate=pair.certificate, private_key=pair.private_key) if pair else None
        trusted = trust.certificate if trust else self.pki.trust
        return Proxy(url=f"https://{server.address}", endpoint=endpoint, tls=True, identity=identity, trust=trusted)


@pytest.fixture(scope="module")
def others(pki: Material, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Others]:
    """The proxies of others."""
    with ExitStack() as running:
        yield Others(pki, tmp_path_factory, running)


def is_of_the_proxy(found: Failure, server: Server) -> None:
    """Whoever reads it looks at the proxy: no word says that the connector did it."""
    assert found.proxy == server.address
    assert f"proxy {server.address}" in found.summary or "way through the proxy" in found.summary
    assert "was not reached" in found.summary
    assert found.blame is not Blame.CONNECTOR or found.reason == CANNOT


@EACH
@pytest.mark.server("nginx")
async def test_each_makes_a_tunnel(hop: Hop, others: Others, start_nginx: StartServer, name: str) -> None:
    """The handshake behind it is as without a proxy."""
    seen = await observe(hop, start_nginx().port, others.clear(others.start(name)))
    assert isinstance(judge_handshake(seen, load(), at=seen.started_at).outcome, Passed), seen
    assert seen.tls.client_certificate_sent


@EACH
async def test_nobody_behind_it(hop: Hop, others: Others, name: str) -> None:
    """It says that it could not connect; squid says that it was the connector."""
    server = others.start(name)
    found = failure(await observe(hop, free_port(), others.clear(server)))
    is_of_the_proxy(found, server)
    assert (found.reason, found.blame) == (CANNOT, Blame.CONNECTOR if name == "squid" else Blame.UNKNOWN)


@EACH
async def test_a_name_that_it_does_not_know(hop: Hop, others: Others, name: str) -> None:
    """The proxy looks the name up, and its answer is no better than that."""
    server = others.start(name)
    found = failure(await observe(hop, 443, others.clear(server), host="nowhere.invalid"))
    is_of_the_proxy(found, server)
    assert found.reason == CANNOT
    assert found.blame is not Blame.CONNECTOR


@EACH
async def test_what_its_rules_deny(hop: Hop, others: Others, name: str) -> None:
    """403 by host (squid, Envoy) or by port (tinyproxy)."""
    server = others.start(name, **({"allowed_port": 443} if name == "tinyproxy" else {}))
    found = failure(await observe(hop, 8443, others.clear(server), host=DENIED))
    is_of_the_proxy(found, server)
    assert (found.reason, found.blame, found.evidence.http_status) == (REFUSES, Blame.NETWORK, 403)
    assert "its rules do not allow it" in found.summary


@WITH_CREDENTIALS
@pytest.mark.parametrize("given", [None, "us:wrong"])
async def test_credentials_that_it_does_not_know(hop: Hop, others: Others, name: str, given: str | None) -> None:
    """None, and others than it knows."""
    server = others.start(name, credentials=True)
    found = failure(await observe(hop, 8443, others.clear(server, given)))
    is_of_the_proxy(found, server)
    assert (found.reason, found.blame) == (WANTS, Blame.OURS)
    # tinyproxy up to 1.11.2 says 407 only where there are none at all
    assert found.evidence.http_status in ({401, 407} if given and name == "tinyproxy" else {407})


@WITH_CREDENTIALS
@pytest.mark.server("nginx")
async def test_credentials_that_it_knows(hop: Hop, others: Others, start_nginx: StartServer, name: str) -> None:
    """It lets us through."""
    server = others.start(name, credentials=True)
    seen = await observe(hop, start_nginx().port, others.clear(server, CREDENTIALS))
    assert isinstance(judge_handshake(seen, load(), at=seen.started_at).outcome, Passed), seen


@EACH
async def test_it_is_down(hop: Hop, others: Others, name: str) -> None:
    """Nothing listens at its address any more."""
    server = others.start_anew(name)
    server.stop()
    found = failure(await observe(hop, 8443, others.clear(server)))
    is_of_the_proxy(found, server)
    assert (found.reason, found.blame, found.code) == ("tcp.refused", Blame.NETWORK, 5022)


@BOTH
@WITH_TLS
@pytest.mark.server("nginx")
async def test_each_makes_a_tunnel_behind_mutual_tls(
    hop: Hop, others: Others, start_nginx: StartServer, name: str, tls: str
) -> None:
    """TLS in TLS, each with a client certificate."""
    seen = await observe(hop, start_nginx().port, others.secure(others.start(name, tls=tls)))
    assert isinstance(judge_handshake(seen, load(), at=seen.started_at).outcome, Passed), seen
    assert seen.proxy is not None
    assert (seen.proxy.tls.version, seen.proxy.tls.client_certificate_sent) == (f"TLSv{tls}", True)


@BOTH
@WITH_TLS
@pytest.mark.parametrize(
    ("client", "reason", "blame"),
    [
        (None, "tls.client_cert.missing", Blame.OURS),
        ("expired", "tls.client_cert.expired", Blame.OURS),
        ("unknown-ca", "tls.client_cert.unknown_ca", Blame.UNKNOWN),
    ],
)
async def test_it_does_not_take_our_identity(
    hop: Hop, others: Others, name: str, tls: str, client: str | None, reason: str, blame: Blame
) -> None:
    """The reasons of any hop, said of the one to the proxy, and of our identity for it."""
    server = others.start(name, tls=tls)
    found = failure(await observe(hop, 8443, others.secure(server, client)))
    is_of_the_proxy(found, server)
    assert (found.reason, found.blame, found.code) == (reason, blame, 5023)
    assert "the connector" not in found.summary.partition(" The connector 127")[0].lower()
    assert "for this path" not in found.summary


@BOTH
@WITH_TLS
async def test_its_certificate_has_expired(hop: Hop, others: Others, pki: Material, name: str, tls: str) -> None:
    """Proven by its own certificate; whoever runs the proxy has to act."""
    day = timedelta(days=1)
    dates = {"not_before": pki.now - 9 * day, "not_after": pki.now - 2 * day}
    leaf = pki.issuing.issue("localhost", san=["localhost"], usages=[SERVER_AUTH], **dates)
    server = others.start(name, tls=tls, server=write_pair(pki.directory, f"expired-{name}-{tls}", leaf))
    found = failure(await observe(hop, 8443, others.secure(server)))
    is_of_the_proxy(found, server)
    assert (found.reason, found.blame, found.code) == ("tls.server_cert.expired", Blame.NETWORK, 5023)
    assert found.certificate is not None
    assert found.certificate.source.location == server.address


@BOTH
@WITH_TLS
async def test_its_authority_is_unknown(hop: Hop, others: Others, pki: Material, name: str, tls: str) -> None:
    """We trust another authority for the proxy than the one that it has."""
    stranger = write_pair(pki.directory, "stranger", Authority.root("a stranger", now=pki.now).issued)
    server = others.start(name, tls=tls)
    found = failure(await observe(hop, 8443, others.secure(server, trust=stranger)))
    is_of_the_proxy(found, server)
    assert (found.reason, found.blame) == ("tls.server_cert.incomplete_or_unknown_ca", Blame.UNKNOWN)


SMOKESCREEN = [
    (
        "407 Request rejected by proxy",
        "Egress proxying is denied to host 'c.test:8443': default rule policy used.",
        REFUSES,
        Blame.NETWORK,
    ),
    ("407 Request rejected by proxy", "Client role cannot be determined.", REFUSES, Blame.NETWORK),
    (
        "502 Bad gateway",
        "Failed to connect to remote host: dial tcp 192.0.2.1:8443: connect: connection refused",
        CANNOT,
        Blame.UNKNOWN,
    ),
    ("504 Gateway timeout", "Timed out connecting to remote host: i/o timeout", CANNOT, Blame.UNKNOWN),
    ("500 Internal server error", "An unexpected error occurred: EOF", CANNOT, Blame.UNKNOWN),
]
"""Smokescreen's error answers, as its source writes them (`rejectResponse`); it is a Go program, and not in Debian."""


@pytest.mark.parametrize(("status", "error", "reason", "blame"), SMOKESCREEN)
async def test_smokescreen(hop: Hop, status: str, error: str, reason: str, blame: Blame) -> None:
    """Its 407 is a rule and no want of credentials; its own sentence is told."""
    body = f"{error}\n"
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nX-Smokescreen-Error: {error}\r\n"
    with proxying(answer=f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()) as proxy:
        endpoint = Endpoint(host="127.0.0.1", port=proxy.port, server_name="127.0.0.1")
        found = failure(await observe(hop, 8443, Proxy(url=proxy.url, endpoint=endpoint)))
    assert (found.reason, found.blame, found.proxy) == (reason, blame, f"127.0.0.1:{proxy.port}")
    assert f"x-smokescreen-error: {error[:100]}" in found.summary
