"""The handshake probe against servers made by others: nginx, haproxy and OpenSSL's own."""

import asyncio
import dataclasses
import pathlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from probe.certificates.identity import read_identity
from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.model.certificate import CertificateRole
from probe.model.failure import Phase
from probe.model.identity import FileFault
from probe.model.network import Ended
from probe.model.path import Identity, Verify
from probe.model.tls import AlertFrom
from tests.servers.material import Material, write_pair
from tests.servers.process import Server
from tests.transport.hop import Hop, end, peer_alerts, seen_kinds

StartServer = Callable[..., Server]

BOTH = pytest.mark.parametrize("tls", ["1.2", "1.3"])
NGINX = pytest.mark.server("nginx")
HAPROXY = pytest.mark.server("haproxy")
OPENSSL = pytest.mark.server("openssl")


@NGINX
@BOTH
async def test_a_good_path_gives_all_facts(hop: Hop, start_nginx: StartServer, tls: str) -> None:
    """A healthy nginx completes every phase, answers the health path, and leaves a full record."""
    seen = await hop.observe(start_nginx(tls=tls).port)
    assert end(seen) == (Phase.RECEIVE, Ended.COMPLETED), seen.causes
    assert seen.http is not None
    assert (seen.http.status, seen.http.body) == (200, "ok\n")
    assert seen.http_path == "/healthz"
    assert seen.tls.version == f"TLSv{tls}"
    assert seen.tls.client_certificate_requested
    assert seen.tls.client_certificate_sent
    assert seen.tls.acceptable_cas == ("CN=paypath test root",)
    assert not seen.tls.resumed
    assert [c.role for c in seen.presented[:2]] == [CertificateRole.SERVER, CertificateRole.INTERMEDIATE]
    assert seen.built[-1].role is CertificateRole.ROOT
    assert [c.source.location for c in seen.built] == [str(seen.endpoint)] * 2 + [str(hop.material.trust)]
    assert seen.presented[0].source.location == str(seen.endpoint)
    phases = [timing.phase for timing in seen.timings]
    accept = [Phase.ACCEPT] if tls == "1.3" else []
    assert phases == [Phase.DNS, Phase.TCP, Phase.TLS, *accept, Phase.SEND, Phase.WAIT, Phase.RECEIVE]
    assert all(timing.duration_s >= 0 for timing in seen.timings)
    assert [t.offset_s for t in seen.timings] == sorted(t.offset_s for t in seen.timings)
    assert seen.peer_address == "127.0.0.1"
    assert seen.request_span_id == "b7ad6b7169203331"
    assert seen.client_hello_sent
    assert seen.bytes_sent > 0
    assert seen.bytes_received > 0
    assert seen.verify_code is None


@NGINX
@BOTH
@pytest.mark.parametrize(
    ("client", "text"), [(None, "No required SSL certificate was sent"), ("expired", "The SSL certificate error")]
)
async def test_nginx_refuses_in_http(
    hop: Hop, start_nginx: StartServer, tls: str, client: str | None, text: str
) -> None:
    """Nginx completes the handshake with a bad client certificate; its 400 is read."""
    seen = await hop.observe(start_nginx(tls=tls).port, client)
    assert end(seen) == (Phase.RECEIVE, Ended.COMPLETED)
    assert seen.http is not None
    assert seen.http.status == 400
    assert text in seen.http.body
    assert seen.tls.client_certificate_sent is (client is not None)


ALERTS = {
    None: {"1.2": 40, "1.3": 116},
    "expired": {"1.2": 45, "1.3": 45},
    "not-yet-valid": {"1.2": 42, "1.3": 42},
    "unknown-ca": {"1.2": 48, "1.3": 48},
    "revoked": {"1.2": 44, "1.3": 44},
}


@HAPROXY
@OPENSSL
@BOTH
@pytest.mark.parametrize("start", ["start_haproxy", "start_s_server"])
async def test_a_refusal_keeps_its_alert(hop: Hop, request: pytest.FixtureRequest, start: str, tls: str) -> None:
    """Every wrong client certificate gives the peer's alert with its number, under TLS 1.3 as well."""
    server = request.getfixturevalue(start)(tls=tls, crl=True)
    for client, numbers in ALERTS.items():
        seen = await hop.observe(server.port, client)
        assert peer_alerts(seen) == [numbers[tls]], client
        assert end(seen) == (Phase.ACCEPT if tls == "1.3" else Phase.TLS, Ended.ERROR), client
        assert seen.http is None
        assert seen.request_span_id is None
        assert seen.tls.established is (tls == "1.3")
    good = await hop.observe(server.port, http_path="/")
    assert end(good) == (Phase.RECEIVE, Ended.COMPLETED), good.causes
    assert good.http is not None
    assert good.http.status == 200


@HAPROXY
async def test_a_hundred_at_once_do_not_mix(hop: Hop, start_haproxy: StartServer) -> None:
    """A hundred concurrent observations with five outcomes give a hundred right alerts."""
    server = start_haproxy(tls="1.3", crl=True)
    clients = [None, "expired", "unknown-ca", "revoked", "good"] * 20
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(hop.observe(server.port, client)) for client in clients]
    expected = [[] if client == "good" else [ALERTS[client]["1.3"]] for client in clients]
    assert [peer_alerts(task.result()) for task in tasks] == expected


def issue(pki: Material, fault: str) -> Issued:
    """A server certificate with one thing wrong."""
    day, names = timedelta(days=1), ("localhost",)
    match fault:
        case "expired":
            begun = pki.now - 30 * day
            return pki.issuing.issue("s", san=names, usages=(SERVER_AUTH,), not_before=begun, not_after=pki.now - day)
        case "not-yet-valid":
            return pki.issuing.issue("s", san=names, usages=(SERVER_AUTH,), not_before=pki.now + day)
        case "wrong-name":
            return pki.issuing.issue("s", san=("elsewhere",), usages=(SERVER_AUTH,))
        case "unknown-ca":
            return Authority.root("s", now=pki.now).issue("s", san=names, usages=(SERVER_AUTH,))
        case _:
            return pki.issuing.issue("s", san=names, usages=(SERVER_AUTH,), send_chain=False)


@OPENSSL
@BOTH
@pytest.mark.parametrize(
    ("fault", "code", "alert"),
    [
        ("expired", 10, "certificate expired"),
        ("not-yet-valid", 9, "bad certificate"),
        ("wrong-name", 62, "bad certificate"),
        ("unknown-ca", 20, "unknown ca"),
        ("no-intermediate", 20, "unknown ca"),
    ],
)
async def test_what_we_refuse(
    hop: Hop,
    pki: Material,
    start_s_server: StartServer,
    tmp_path: pathlib.Path,
    tls: str,
    fault: str,
    code: int,
    alert: str,
) -> None:
    """A bad server certificate gives the verify code and the presented chain, and the server's log names our alert."""
    server = start_s_server(tls=tls, server=write_pair(tmp_path, "server", issue(pki, fault)), more=["-no_cache"])
    seen = await hop.observe(server.port)
    assert end(seen) == (Phase.TLS, Ended.ERROR)
    assert seen.verify_code == code
    assert seen_kinds(seen)[0] == "SSLCertVerificationError"
    assert seen.causes[0].verify_code == code
    assert seen.presented[0].subject == "CN=s"
    assert seen.built[0].subject == "CN=s"
    assert [a.sender for a in seen.tls.alerts if a.fatal] == [AlertFrom.US]
    assert "alert " + alert in server.wait_for_log("alert ")


@OPENSSL
async def test_an_unusable_identity_is_left_out(hop: Hop, start_s_server: StartServer, tmp_path: pathlib.Path) -> None:
    """The handshake is made without it, for the evidence, and the fault of the file stays in the record."""
    pair = hop.material.clients["good"]
    broken = read_identity(Identity(name="b", certificate=pair.certificate, private_key=tmp_path / "gone.key"))
    seen = await hop.observe(start_s_server(tls="1.3").port, broken)
    assert seen.identity is not None
    assert seen.identity.fault is FileFault.KEY_MISSING
    assert not seen.tls.client_certificate_sent
    assert peer_alerts(seen) == [116]


@NGINX
async def test_each_observation_is_a_fresh_handshake(hop: Hop, start_nginx: StartServer) -> None:
    """No session is resumed on the same context: a resumed one hides an expired certificate."""
    server = start_nginx(tls="1.2")
    for _ in range(3):
        assert not (await hop.observe(server.port)).tls.resumed
    assert len(hop.contexts) == 1


@NGINX
async def test_without_a_path_nothing_is_asked(hop: Hop, start_nginx: StartServer) -> None:
    """Without a health path the pass ends with the acceptance."""
    seen = await hop.observe(start_nginx(tls="1.3").port, http_path=None)
    assert end(seen) == (Phase.ACCEPT, Ended.COMPLETED)
    assert seen.tls.session_ticket
    assert (seen.http, seen.http_path, seen.request_span_id) == (None, None, None)


async def test_a_context_that_cannot_be_built(hop: Hop, tmp_path: pathlib.Path) -> None:
    """Our own set-up in the way: nothing is sent, and the text names the file."""
    gone = tmp_path / "gone.pem"
    seen = await hop.observe(1, trust=gone)
    assert end(seen) == (Phase.TLS, Ended.NOT_STARTED)
    assert str(gone) in (seen.local_error or "")
    assert seen.timings == ()


@OPENSSL
async def test_a_protocol_version_that_is_not_shared(hop: Hop, start_s_server: StartServer) -> None:
    """A peer that speaks only TLS 1.2 refuses a path limited to 1.3 with alert 70."""
    seen = await hop.observe(start_s_server(tls="1.2").port, verify=Verify(tls_min="1.3"))  # type: ignore[arg-type]  # a StrEnum's value
    assert end(seen) == (Phase.TLS, Ended.ERROR)
    assert peer_alerts(seen) == [70]
    assert dataclasses.replace(seen.tls, alerts=()).version is None
