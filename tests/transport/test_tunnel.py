"""Handshakes through HTTP proxies: in the clear and behind mutual TLS, each leg with its own identity."""

import pathlib
import ssl
import time
from dataclasses import dataclass, replace

import pytest

from probe.catalogue.catalogue import load
from probe.certificates.identity import read_identity
from probe.classify.handshake import judge_handshake
from probe.lab.pki import SERVER_AUTH, Authority
from probe.model.clock import SystemClock
from probe.model.failure import Blame, Confidence, Failure, Phase
from probe.model.identity import LoadedIdentity
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Passed
from probe.model.path import Diagnostics, Identity, PhaseLimits, Proxy
from probe.model.secret import Secret
from probe.transport.diagnosis import Diagnosis
from probe.transport.dial import NetworkDialer
from probe.transport.handshake import HandshakeProbe
from probe.transport.tunnel import ProxyTunnels
from tests.servers.material import write_pair
from tests.support.connect_proxy import ConnectProxy, proxying
from tests.transport.hop import Hop, end
from tests.transport.test_handshake import StartServer


@dataclass
class Premises:
    """The proxy's own authority: nothing of it is known to the connector, nor the other way round."""

    directory: pathlib.Path

    def __post_init__(self) -> None:
        """Make its certificates."""
        now = SystemClock().now().replace(microsecond=0)
        self.authority = Authority.root("proxy root", now=now)
        server = self.authority.issue("localhost", san=["localhost"], usages=[SERVER_AUTH])
        self.server = write_pair(self.directory, "proxy", server)
        self.trust = self.directory / "proxy-root.pem"
        self.trust.write_bytes(self.authority.certificate_pem)
        self.client = write_pair(self.directory, "to-proxy", self.authority.issue("us, to the proxy"))

    def context(self, tls: str = "1.3") -> ssl.SSLContext:
        """The proxy's: it requires a client certificate of its own authority."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.trust))
        context.load_cert_chain(self.server.certificate, self.server.private_key)
        context.verify_mode = ssl.CERT_REQUIRED
        context.maximum_version = ssl.TLSVersion.TLSv1_2 if tls == "1.2" else ssl.TLSVersion.TLSv1_3
        return context

    def proxy(self, proxy: ConnectProxy, **changes: object) -> Proxy:
        """How a path names it."""
        endpoint = Endpoint(host="127.0.0.1", port=proxy.port, server_name="localhost")
        identity = Identity(name="to-proxy", certificate=self.client.certificate, private_key=self.client.private_key)
        tls = proxy.tls is not None
        named = Proxy(url=proxy.url, endpoint=endpoint, tls=tls, identity=identity if tls else None, trust=self.trust)
        return replace(named, **changes)  # type: ignore[arg-type]  # the caller's keywords


@pytest.fixture
def premises(tmp_path: pathlib.Path) -> Premises:
    """A proxy's certificates."""
    return Premises(tmp_path)


async def read(identity: Identity, security_level: int | None) -> LoadedIdentity:
    """An identity's files."""
    return read_identity(identity, security_level=security_level)


async def observe(
    hop: Hop,
    port: int,
    proxy: Proxy,
    client: str | None = "good",
    *,
    looking: Diagnostics = Diagnostics.OFF,
    host: str = "127.0.0.1",
    trust: pathlib.Path | None = None,
    **more: object,
) -> HandshakeObservation:
    """One pass through the proxy, and a second look where wanted."""
    dialer, clock = NetworkDialer(), SystemClock()
    tunnels = ProxyTunnels(dialer=dialer, contexts=hop.contexts, clock=clock, read=read)
    diagnosis = Diagnosis(dialer=dialer, clock=clock, tunnels=tunnels)
    probe = HandshakeProbe(dialer=dialer, contexts=hop.contexts, clock=clock, tunnels=tunnels, diagnosis=diagnosis)
    arguments: dict[str, object] = {"limits": PhaseLimits(default_s=30.0), "http_path": "/healthz"}
    return await probe.observe(
        hop.connector(
            port,
            proxy=proxy,
            diagnostics=looking,
            trust=trust or hop.material.trust,
            endpoint=Endpoint(host=host, port=port, server_name="localhost"),
        ),
        identity=hop.identity(client),
        deadline=time.monotonic() + 60.0,
        **(arguments | more),  # type: ignore[arg-type]  # the caller's keywords
    )


def failure(seen: HandshakeObservation) -> Failure:
    """Why it failed."""
    outcome = judge_handshake(seen, load(), at=seen.started_at, any_answer=True).outcome
    assert isinstance(outcome, Failed), outcome
    return outcome.failure


@pytest.mark.server("nginx")
async def test_in_the_clear(hop: Hop, premises: Premises, start_nginx: StartServer) -> None:
    """The connector is reached with all its facts; the leg to the proxy is told apart."""
    port = start_nginx().port
    with proxying() as proxy:
        seen = await observe(hop, port, premises.proxy(proxy))
    assert end(seen) == (Phase.RECEIVE, Ended.COMPLETED), seen.causes
    assert isinstance(judge_handshake(seen, load(), at=seen.started_at).outcome, Passed)
    assert seen.tls.client_certificate_sent
    assert seen.timings[0].phase is Phase.TCP
    assert seen.proxy is not None
    assert seen.proxy.http is not None
    assert (seen.proxy.http.status, seen.proxy.http_path, seen.proxy.tls.version) == (200, f"127.0.0.1:{port}", None)
    assert proxy.heads[0].startswith(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n")


@pytest.mark.server("nginx")
@pytest.mark.parametrize("outer", ["1.2", "1.3"])
@pytest.mark.parametrize("inner", ["1.2", "1.3"])
async def test_behind_mutual_tls(
    hop: Hop, premises: Premises, start_nginx: StartServer, outer: str, inner: str
) -> None:
    """TLS in TLS: the proxy sees the certificate that is for it, the connector the one that is for it."""
    port = start_nginx(tls=inner).port
    with proxying(tls=premises.context(outer)) as proxy:
        seen = await observe(hop, port, premises.proxy(proxy))
    assert end(seen) == (Phase.RECEIVE, Ended.COMPLETED), (seen.causes, seen.proxy)
    assert seen.proxy is not None
    assert (seen.proxy.tls.version, seen.tls.version) == (f"TLSv{outer}", f"TLSv{inner}")
    assert proxy.clients == [((("commonName", "us, to the proxy"),),)]
    assert "localhost" in seen.presented[0].subject
    assert seen.presented[0].sha256 != seen.proxy.presented[0].sha256
    assert isinstance(judge_handshake(seen, load(), at=seen.started_at).outcome, Passed)


@pytest.mark.server("haproxy")
@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
async def test_the_connectors_alert_comes_through(
    hop: Hop,
    premises: Premises,
    start_haproxy: StartServer,
    clear: bool,  # noqa: FBT001 - a parameter of the test
    tls: str,
) -> None:
    """An expired certificate is named as without a proxy, and as the connector's word."""
    port = start_haproxy(tls=tls).port
    with proxying(tls=None if clear else premises.context()) as proxy:
        seen = await observe(hop, port, premises.proxy(proxy), "expired")
    assert failure(seen).reason == "tls.client_cert.expired"
    assert "proxy" not in failure(seen).summary


REFUSALS = [
    (
        b"HTTP/1.1 403 Forbidden\r\nX-Smokescreen-Error: denied by rule\r\nContent-Length: 2\r\n\r\nno",
        "connector.proxy_refused",
    ),
    (
        b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
        "connector.proxy_auth_required",
    ),
    (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "connector.proxy_cannot_connect"),
    (b"SSH-2.0-OpenSSH\r\n", "connector.protocol_error"),
    (b"", "connector.proxy_hung_up"),
]


@pytest.mark.parametrize(("answer", "reason"), REFUSALS)
async def test_a_refused_connect(hop: Hop, premises: Premises, answer: bytes, reason: str) -> None:
    """Said to be the proxy's, with its own words, also where any answer of a connector's would pass."""
    with proxying(answer=answer) as proxy:
        seen = await observe(hop, 1, premises.proxy(proxy))
    found = failure(seen)
    assert (found.reason, found.proxy) == (reason, f"127.0.0.1:{proxy.port}")
    assert f"The proxy 127.0.0.1:{proxy.port}" in found.summary
    assert "The connector 127.0.0.1:1 was not reached." in found.summary
    if b"Smokescreen" in answer:
        assert "x-smokescreen-error: denied by rule" in found.summary
        assert found.evidence.http_status == 403


async def test_nobody_behind_the_proxy(hop: Hop, premises: Premises) -> None:
    """The proxy's word about the connector."""
    with proxying() as proxy:
        found = failure(await observe(hop, 1, premises.proxy(proxy)))
    assert found.reason == "connector.proxy_cannot_connect"
    assert "could not connect itself" in found.summary


BROKEN_TUNNELS = [
    (b"", False, "tls.closed_by_peer"),
    (b"", True, "tls.reset_by_peer"),
    (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", False, "tls.not_tls"),
    (b"no route\n", False, "tls.not_tls"),
    (bytes(range(128, 256)), False, "tls.not_tls"),
    (b"\x16\x03\x03\x00\x28" + b"\xff" * 40, False, "tls.protocol_error"),
    (b"\x15\x03\x03\x00\x02\x02\x28", False, "tls.no_shared_cipher_or_params"),
    (b"\x15\x03\x03\x00\x02\x02\x50", False, "tls.peer_internal_error"),
    (b"\x15\x03\x03\x00\x02\x02\x31", False, "tls.alert.access_denied"),
]
"""What comes after the proxy's 200, whether it resets, and the reason."""


@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize(("inside", "resets", "reason"), BROKEN_TUNNELS)
async def test_a_tunnel_that_breaks_before_a_certificate(
    hop: Hop,
    premises: Premises,
    clear: bool,  # noqa: FBT001 - a parameter of the test
    inside: bytes,
    resets: bool,  # noqa: FBT001 - likewise
    reason: str,
) -> None:
    """It may be the proxy that cannot get on after its 200, or the connector: neither is blamed, and both are named."""
    with proxying(tls=None if clear else premises.context(), inside=inside, resets=resets) as proxy:
        seen = await observe(hop, 1, premises.proxy(proxy))
    found = failure(seen)
    # A reset of the proxy's own TLS ends the tunnel without a word in it.
    expected = "tls.closed_by_peer" if resets and not clear else reason
    assert (found.reason, found.blame, found.confidence) == (expected, Blame.UNKNOWN, Confidence.INFERRED)
    both = f"the proxy 127.0.0.1:{proxy.port} may have done that after its HTTP 200, or the connector 127.0.0.1:1 behind it"
    assert both in found.summary
    assert "The connector 127.0.0.1:1" not in found.summary


async def test_a_tunnel_that_stays_silent(hop: Hop, premises: Premises) -> None:
    """The same of one in which nothing comes in time."""
    limits = PhaseLimits(default_s=30.0, by_phase={"tls": 0.2})
    with proxying(inside=b"", silent=True) as proxy:
        found = failure(await observe(hop, 1, premises.proxy(proxy), limits=limits))
    assert (found.reason, found.blame) == ("tls.handshake_timeout", Blame.UNKNOWN)
    assert f"the proxy 127.0.0.1:{proxy.port} may have done that" in found.summary


@pytest.mark.server("nginx")
async def test_a_certificate_that_the_proxy_may_have_made(
    hop: Hop, premises: Premises, start_nginx: StartServer
) -> None:
    """Of an unknown CA, it may be that of a proxy which opens TLS: the text says so, and nobody is blamed yet."""
    port = start_nginx().port
    with proxying() as proxy:
        found = failure(await observe(hop, port, premises.proxy(proxy), trust=premises.trust))
    assert (found.reason, found.blame) == ("tls.server_cert.incomplete_or_unknown_ca", Blame.UNKNOWN)
    assert "one that opens TLS to look inside shows a certificate of its own CA" in found.summary


async def test_no_proxy_there(hop: Hop, premises: Premises) -> None:
    """Refused at the proxy's address, and said of the proxy."""
    with proxying() as gone:
        pass
    found = failure(await observe(hop, 1, premises.proxy(gone)))
    assert (found.reason, found.phase) == ("tcp.refused", Phase.TCP)
    assert f"the proxy at 127.0.0.1:{gone.port}".lower() in found.summary.lower()


async def test_a_silent_proxy(hop: Hop, premises: Premises) -> None:
    """The limit of the phase holds for the proxy too."""
    with proxying(silent=True) as proxy:
        seen = await observe(hop, 1, premises.proxy(proxy), limits=PhaseLimits(default_s=30.0, by_phase={"wait": 0.05}))
    assert failure(seen).reason == "connector.timeout"
    assert "did not answer our CONNECT in time" in failure(seen).summary


@pytest.mark.parametrize("given", ["us:secret", None])
@pytest.mark.server("nginx")
async def test_credentials(hop: Hop, premises: Premises, start_nginx: StartServer, given: str | None) -> None:
    """Sent as Basic authentication where there are any; otherwise the proxy's 407 is told."""
    port = start_nginx().port
    with proxying(credentials="us:secret") as proxy:
        secret = Secret(given) if given else None
        seen = await observe(hop, port, premises.proxy(proxy, credentials=secret))
    if given:
        assert seen.ended is Ended.COMPLETED
        assert b"authorization" not in bytes(proxy.seen).lower()
    else:
        assert "wants credentials" in failure(seen).summary


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trust": None}, "tls.server_cert.untrusted_root"),
        ({"identity": None}, "tls.client_cert.missing"),
    ],
)
async def test_tls_with_the_proxy_fails(hop: Hop, premises: Premises, changes: dict[str, object], reason: str) -> None:
    """The reasons are those of any TLS; the words speak of the proxy."""
    with proxying(tls=premises.context()) as proxy:
        found = failure(await observe(hop, 1, premises.proxy(proxy, **changes)))
    assert found.reason == reason
    assert "way through the proxy" in found.summary
    assert "was not reached" in found.summary
    assert "the connector" not in found.summary.replace("The connector 127.0.0.1:1 was not reached", "").lower()


@pytest.mark.server("nginx")
async def test_a_proxy_that_asks_for_no_certificate(hop: Hop, premises: Premises, start_nginx: StartServer) -> None:
    """Our identity for it was not tested, which is a warning that names the proxy."""
    context = premises.context()
    context.verify_mode = ssl.CERT_NONE
    with proxying(tls=context) as proxy:
        seen = await observe(hop, start_nginx().port, premises.proxy(proxy))
    judged = judge_handshake(seen, load(), at=seen.started_at)
    assert isinstance(judged.outcome, Passed)
    (warning,) = judged.warnings
    assert (warning.reason, warning.proxy) == ("tls.client_cert.not_requested", f"127.0.0.1:{proxy.port}")


async def test_an_identity_for_the_proxy_that_cannot_be_used(hop: Hop, premises: Premises) -> None:
    """Proven by its own files, and named as the one for the proxy."""
    wrong = Identity(name="to-proxy", certificate=premises.client.certificate, private_key=premises.server.private_key)
    with proxying(tls=premises.context()) as proxy:
        found = failure(await observe(hop, 1, premises.proxy(proxy, identity=wrong)))
    assert found.reason == "tls.client_key.mismatch"
    assert f"identity to-proxy, which is for 127.0.0.1:{proxy.port}" in found.summary


@pytest.mark.server("nginx")
@pytest.mark.parametrize("clear", [True, False])
async def test_the_second_connection_takes_the_same_way(
    hop: Hop,
    premises: Premises,
    start_nginx: StartServer,
    clear: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Asked for at the same proxy, with our identity for the proxy and none for the connector."""
    port = start_nginx().port
    with proxying(tls=None if clear else premises.context()) as proxy:
        seen = await observe(hop, port, premises.proxy(proxy), looking=Diagnostics.ALWAYS)
    facts = seen.diagnostics
    assert facts is not None
    assert (facts.ended, facts.address) == (Ended.COMPLETED, "127.0.0.1"), facts.causes
    assert facts.presented == seen.presented
    assert facts.verify_errors == ()
    assert [head.split()[1] for head in proxy.heads] == [f"127.0.0.1:{port}"] * 2
    assert len(proxy.clients) == (0 if clear else 2)


@pytest.mark.server("nginx")
async def test_a_second_connection_that_the_proxy_refuses(
    hop: Hop, premises: Premises, start_nginx: StartServer
) -> None:
    """Written down, and the first one's verdict stays."""
    with proxying(tunnels=1) as proxy:
        seen = await observe(hop, start_nginx().port, premises.proxy(proxy), looking=Diagnostics.ALWAYS)
    assert isinstance(judge_handshake(seen, load(), at=seen.started_at).outcome, Passed)
    assert seen.diagnostics is not None
    assert seen.diagnostics.causes[0].text == f"the proxy 127.0.0.1:{proxy.port} did not let it through: HTTP 503"


@pytest.mark.server("nginx")
async def test_a_diagnosis_without_tunnels_does_not_go_around_the_proxy(
    hop: Hop, premises: Premises, start_nginx: StartServer
) -> None:
    """No second connection is better than one by another way."""
    with proxying() as proxy:
        seen = await observe(hop, start_nginx().port, premises.proxy(proxy))
        changed = hop.connector(1, proxy=premises.proxy(proxy), diagnostics=Diagnostics.ALWAYS)
        diagnosis = Diagnosis(dialer=NetworkDialer(), clock=SystemClock())
        found = await diagnosis.completed(seen, changed, limits=PhaseLimits(), deadline=time.monotonic() + 60.0)
    assert found.diagnostics is None


async def test_without_tunnels_it_is_our_own_mistake(hop: Hop, premises: Premises) -> None:
    """Better than to go around the proxy."""
    with pytest.raises(RuntimeError, match="behind a proxy"):
        await hop.observe(1, proxy=premises.proxy(ConnectProxy(port=1)))
