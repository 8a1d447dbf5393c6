"""A connector with a hop behind it: Envoy, whose own client certificate has expired, and what both sides together show."""

import pathlib
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from cryptography.hazmat.primitives import serialization

from tests.e2e.processes import paypath
from tests.e2e.test_connectors import run, write
from tests.servers import envoy
from tests.servers.command import paypath_json
from tests.servers.material import Material, write_pair
from tests.servers.process import Server

StartServer = Callable[..., Server]

pytestmark = [pytest.mark.server("envoy"), pytest.mark.server("nginx")]


def connector_in_front_of(
    servers: ExitStack, directory: pathlib.Path, pki: Material, behind: Server, client: str
) -> dict[str, object]:
    """Envoy that shows one of the test clients to `behind`; its keys in the configuration."""
    server = envoy.start_terminating(directory, pki, pki.clients[client], upstream=behind.port)
    servers.callback(server.stop)
    url = f"https://localhost:{server.port}"
    return {"url": url, "trust": str(pki.trust), "identity": "billing", "health_path": "/healthz"}


def second_hop(pki: Material, behind: Server) -> dict[str, object]:
    """What stands behind it, with the connector's own identity."""
    return {"url": f"https://localhost:{behind.port}", "trust": str(pki.trust), "identity": "envoy"}


def own(pki: Material, client: str) -> dict[str, object]:
    """The connector's identity."""
    pair = pki.clients[client]
    return {"envoy": (pair.certificate, pair.private_key)}


@pytest.mark.server("openssl")
def test_the_fault_that_envoy_does_not_explain(
    pki: Material, start_s_server: StartServer, servers: ExitStack, tmp_path: pathlib.Path
) -> None:
    """503, flags UC, no reason: with the second hop probed too, the expired certificate is named, and who has to renew it."""
    behind = start_s_server(tls="1.3")
    connector = connector_in_front_of(servers, tmp_path, pki, behind, "expired")
    alone = run("check", "mtls-handshake", "--config", write(tmp_path, pki, connector))["failure"]
    assert (alone["reason"], alone["hop"]) == ("connector.http_5xx", "probe-connector")
    assert "flags UC" in alone["summary"]
    more = {"upstream": second_hop(pki, behind), "identities": own(pki, "expired"), "stripe": {"api_key": "sk_test_x"}}
    file = write(tmp_path, pki, connector, **more)
    for scenario in ("mtls-handshake", "card-charge"):
        result = run("check", scenario, "--config", file)
        failure = result["failure"]
        assert (failure["reason"], failure["code"], failure["hop"]) == (
            "tls.client_cert.expired",
            5023,
            "connector-stripe",
        )
        assert (failure["blame"], failure["confidence"]) == ("connector", "proven")
        assert failure["certificate"]["subject"] == "CN=expired client"
        assert failure["evidence"]["http_status"] == 503
        assert "connector.http_5xx" in failure["also"]
        assert result["upstream"]["identity"][0]["subject"] == "CN=expired client"
    done = paypath("diagnose", "--path", "billing", "--config", file, env={"COLUMNS": "100", "PYTHONUTF8": "1"})
    assert done.status == 1
    assert "The connector's identity  envoy: " in done.out
    assert "connector → Stripe" in done.out
    assert done.out.startswith("FAILED 5023 · behind the connector: the connector's client certificate expired")
    assert "Tell the connector's operators" in done.out
    assert "paypath preflight --identity envoy" in done.out


@pytest.mark.server("openssl")
def test_an_answer_that_has_nothing_to_do_with_it(
    pki: Material, start_s_server: StartServer, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """A wrong health path, and an expired certificate behind: both are told, the second as what is broken and not as why the first is a 404."""
    behind, front = start_s_server(tls="1.3"), start_nginx(answer="return 404;")
    connector = {"url": f"https://localhost:{front.port}", "trust": str(pki.trust), "identity": "billing"}
    more = {"upstream": second_hop(pki, behind), "identities": own(pki, "expired")}
    result = run("check", "mtls-handshake", "--config", write(tmp_path, pki, connector | {"health_path": "/x"}, **more))
    failure = result["failure"]
    assert (failure["reason"], failure["hop"]) == ("tls.client_cert.expired", "connector-stripe")
    assert "That is" not in failure["summary"]
    assert "Beside that, and perhaps for another cause: the connector" in failure["summary"]
    assert "refuses /x with HTTP 404" in failure["summary"]


def test_a_page_that_the_connector_passes_on(pki: Material, start_nginx: StartServer) -> None:
    """An nginx in front of nginx shows an expired certificate of its own: not ours is refused, and the screen does not say so."""
    behind = start_nginx(tls="1.2")
    front = start_nginx(upstream=(behind.port, pki.clients["expired"]))
    words = (f"localhost:{front.port}", "--ca", pki.trust, "--http-path", "/")
    good = pki.clients["good"]
    done = paypath(
        "diagnose",
        *words,
        "--cert",
        good.certificate,
        "--key",
        good.private_key,
        env={"COLUMNS": "120", "PYTHONUTF8": "1"},
    )
    assert done.status == 1
    assert done.out.startswith("FAILED 5024 · connector's own client certificate refused behind it")
    assert "our own certificate is not the cause" in " ".join(done.out.split())
    assert "connector → Stripe" in done.out
    assert "refused it" not in done.out


def test_an_expired_certificate_that_nobody_asks_for(
    pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """The connector fails by itself, and its upstream wants no certificate: that its own has expired is a warning, no cause."""
    behind, front = start_nginx(verify_client="off"), start_nginx(upstream_port=1)
    connector = {"url": f"https://localhost:{front.port}", "trust": str(pki.trust), "identity": "billing"}
    more = {"upstream": second_hop(pki, behind), "identities": own(pki, "expired")}
    result = run("check", "mtls-handshake", "--config", write(tmp_path, pki, connector | {"health_path": "/"}, **more))
    failure = result["failure"]
    assert (failure["reason"], failure["hop"], failure["evidence"]["http_status"]) == (
        "connector.http_5xx",
        "probe-connector",
        502,
    )
    assert "tls.client_cert.expired" not in failure["also"]
    warned = [(one["reason"], one["hop"]) for one in result["warnings"]]
    assert ("certificate.expired", "connector-stripe") in warned


def test_a_gateway_that_says_why(pki: Material, start_nginx: StartServer) -> None:
    """It names the certificate that it refuses, and that is not ours: whoever passes that on, the connector's is meant."""
    behind = start_nginx(tls="1.2", disclosing_pages=True)
    for keeps in (True, False):
        front = start_nginx(upstream=(behind.port, pki.clients["expired"]), keeps_connections=keeps)
        status, result = as_good_client(pki, front)
        failure = result["failure"]
        assert (status, failure["reason"], failure["hop"]) == (1, "connector.identity_refused", "connector-stripe")
        assert "it names another certificate than ours (CN=expired client)" in failure["summary"]


@pytest.mark.parametrize(
    ("behind", "front", "because"),
    [
        ({"tells_verdict": True}, {"tells_subject": True}, "would have closed the connection, which stays open"),
        ({"disclosing_pages": True}, {"tells_subject": True}, "another certificate than ours (CN=revoked client)"),
    ],
)
def test_a_connector_that_shows_whom_it_has_let_in(
    behind: dict[str, object],
    front: dict[str, object],
    because: str,
    pki: Material,
    start_nginx: StartServer,
) -> None:
    """Ours, in a header beside what its gateway says of the connector's own, which is revoked: not ours is refused."""
    gateway = start_nginx(tls="1.2", crl=True, **behind)
    status, result = as_good_client(pki, start_nginx(upstream=(gateway.port, pki.clients["revoked"]), **front))
    failure = result["failure"]
    assert (status, failure["reason"], failure["hop"]) == (1, "connector.identity_refused", "connector-stripe")
    assert because in failure["summary"]
    assert "FAILED:certificate revoked" in failure["summary"]


@pytest.mark.server("haproxy")
def test_an_expired_certificate_that_the_connector_has_let_in(
    pki: Material, start_nginx: StartServer, start_haproxy: StartServer
) -> None:
    """It hands over what its gateway says of its own, which has expired as well: ours explains that, and is not proven to be the one."""
    gateway = start_nginx(tls="1.2", disclosing_pages=True, tells_verdict=True)
    front = start_haproxy(upstream=(gateway.port, pki.clients["expired"]))
    named = as_client("good", pki, front)["failure"]
    assert (named["reason"], named["hop"]) == ("connector.identity_refused", "connector-stripe")
    unnamed = start_nginx(tls="1.2", tells_verdict=True)
    front = start_haproxy(upstream=(unnamed.port, pki.clients["expired"]))
    failure = as_client("expired", pki, front)["failure"]
    assert (failure["reason"], failure["confidence"]) == ("tls.client_cert.expired", "inferred")
    assert "or somebody behind it has, of the connector's own certificate" in failure["summary"]
    well = as_client("good", pki, front)["failure"]
    assert (well["reason"], well["confidence"], well["blame"]) == (
        "tls.client_cert.rejected",
        "inferred",
        "unknown",
    )


@pytest.mark.server("haproxy")
@pytest.mark.parametrize(
    "told", ['"x_ssl_client_s_dn":"$http_x_ssl_client_s_dn"', '"client":{"subject":"$http_x_ssl_client_s_dn"}']
)
def test_a_gateway_that_tells_whose_request_it_was(
    told: str, pki: Material, start_nginx: StartServer, start_haproxy: StartServer, tmp_path: pathlib.Path
) -> None:
    """It refuses the connector's own certificate, and names ours as that of the caller: no cause, and nobody's blame, unless the hop behind shows it."""
    words = f'{{"error":"refused","ssl_client_verify":"$ssl_client_verify",{told}}}'
    gateway = start_nginx(tls="1.2", crl=True, refuses=words, refuses_with=403)
    front = start_haproxy(upstream=(gateway.port, pki.clients["revoked"]))
    failure = as_client("good", pki, front)["failure"]
    assert "HTTP 403 (FAILED:certificate revoked)" in failure["summary"]
    assert (failure["reason"], failure["confidence"], failure["blame"]) == (
        "tls.client_cert.rejected",
        "inferred",
        "unknown",
    )
    url = f"https://localhost:{front.port}"
    connector = {"url": url, "trust": str(pki.trust), "identity": "billing", "health_path": "/"}
    for asked in ({}, {"health_path": "/"}):
        more = {"upstream": second_hop(pki, gateway) | asked, "identities": own(pki, "revoked")}
        found = run("check", "mtls-handshake", "--config", write(tmp_path, pki, connector, **more))["failure"]
        if asked:
            assert (found["reason"], found["hop"]) == ("tls.client_cert.revoked", "connector-stripe")
            assert found["certificate"]["subject"] == "CN=revoked client"
        else:
            assert found["reason"] == "tls.client_cert.rejected"
            assert "it was asked nothing (`upstream.health_path`)" in found["summary"]


@pytest.mark.server("haproxy")
def test_a_gateway_that_misses_the_connectors_own(
    pki: Material, start_nginx: StartServer, start_haproxy: StartServer
) -> None:
    """A page of nginx's says that none was sent, and ours was: passed on, it cannot be about ours. nginx itself says so where a rule turns ours away."""
    front = start_haproxy(upstream=(start_nginx(tls="1.2").port, None))
    failure = as_client("good", pki, front)["failure"]
    assert (failure["reason"], failure["hop"]) == ("connector.identity_refused", "connector-stripe")
    assert "it says that none was sent, and ours was" in failure["summary"]
    rule = 'if ($ssl_client_s_dn !~ "CN=another") { return 496; } return 200;'
    direct = as_client("good", pki, start_nginx(answer=rule))["failure"]
    assert (direct["reason"], direct["hop"]) == ("tls.client_cert.rejected", "probe-connector")
    assert "a rule of its own turns away (`return 496`)" in direct["summary"]


@pytest.mark.server("haproxy")
@pytest.mark.parametrize("named", [True, False])
def test_a_gateway_that_refuses_whom_the_connector_names(
    named: bool,  # noqa: FBT001 - a table's column
    pki: Material,
    start_nginx: StartServer,
    start_haproxy: StartServer,
) -> None:
    """It shows that the connector's own certificate is good, and refuses ours, as the connector has handed it on: that acquits neither, with our name or without."""
    words = '{"ssl_client_verify":"$http_x_ssl_client_verify"%s}' % (
        ',"ssl_client_s_dn":"$http_x_ssl_client_s_dn"' * named
    )
    answer = f"if ($http_x_ssl_client_verify != 0) {{ return 403 '{words}'; }} return 200;"
    gateway = start_nginx(tls="1.2", tells_verdict=True, answer=answer)
    front = start_haproxy(upstream=(gateway.port, pki.clients["good"]), crl=True)
    assert as_client("good", pki, front)["outcome"] == "passed"
    revoked = as_client("revoked", pki, front)["failure"]
    assert (revoked["reason"], revoked["confidence"]) == ("tls.client_cert.rejected", "inferred")
    assert (revoked["blame"], revoked["hop"]) == ("unknown", "probe-connector")
    failure = as_client("expired", pki, front)["failure"]
    assert (failure["reason"], failure["confidence"]) == ("tls.client_cert.rejected", "inferred")
    assert (failure["blame"], failure["also"]) == ("unknown", ["tls.client_cert.expired"])
    assert "It shows a good verdict on a client certificate beside it" in failure["summary"]


@pytest.mark.server("haproxy")
def test_a_gateway_that_names_whom_it_has_let_in(
    pki: Material, start_nginx: StartServer, start_haproxy: StartServer
) -> None:
    """The connector, in a header; what its text refuses without a name is ours, as the connector has handed it on: that blames neither."""
    words = '{"ssl_c_verify":$http_x_ssl_client_verify}'
    answer = f"if ($http_x_ssl_client_verify != 0) {{ return 403 '{words}'; }} return 200;"
    gateway = start_nginx(tls="1.2", tells_subject=True, answer=answer)
    front = start_haproxy(upstream=(gateway.port, pki.clients["good"]), crl=True)
    failure = as_client("revoked", pki, front)["failure"]
    assert (failure["reason"], failure["confidence"]) == ("tls.client_cert.rejected", "inferred")
    assert (failure["blame"], failure["hop"]) == ("unknown", "probe-connector")


def test_a_connector_that_closes_as_nginx_does(pki: Material, start_nginx: StartServer) -> None:
    """It keeps no connections and passes nginx's page on: that cannot be told from its own word on ours, and no more is claimed."""
    behind = start_nginx(tls="1.2")
    front = start_nginx(upstream=(behind.port, pki.clients["expired"]), keeps_connections=False)
    status, result = as_good_client(pki, front)
    failure = result["failure"]
    assert (status, failure["reason"], failure["confidence"]) == (1, "tls.client_cert.rejected", "peer_http")
    assert "or somebody behind it has, of the connector's own certificate" in failure["summary"]
    assert "refused it" not in failure["summary"]


def test_a_connector_that_makes_do_without_ours(pki: Material, start_nginx: StartServer) -> None:
    """It asks and need not have one, and the gateway behind misses the connector's own: word for word what nginx itself would say."""
    for pages in (False, True):
        behind = start_nginx(tls="1.2", disclosing_pages=pages)
        front = start_nginx(upstream=(behind.port, None), verify_client="optional", keeps_connections=False)
        failure = without_any(pki, front)
        assert (failure["reason"], failure["confidence"]) == ("tls.client_cert.missing", "peer_http")
        assert failure["summary"].endswith("misses the connector's own.")


def test_credentials_that_are_asked_for(pki: Material, start_nginx: StartServer) -> None:
    """A 401 with `WWW-Authenticate` misses those, and not the certificate whose absence it shows beside it."""
    challenge = (
        "add_header WWW-Authenticate 'Basic realm=x' always; add_header X-SSL-Client-Verify $ssl_client_verify always;"
    )
    for keeps in (True, False):
        server = start_nginx(verify_client="optional", answer=f"{challenge} return 401;", keeps_connections=keeps)
        failure = without_any(pki, server)
        assert failure["reason"] == "connector.http_4xx"
        assert "It asks for credentials (Basic), and says beside it that no client certificate" in failure["summary"]


def without_any(pki: Material, server: Server) -> dict:
    """Why `diagnose` without a client certificate fails there."""
    status, result = paypath_json("diagnose", f"localhost:{server.port}", "--ca", pki.trust, "--http-path", "/")
    assert status == 1
    return result["failure"]


def test_nobody_was_verified(pki: Material, start_nginx: StartServer) -> None:
    """Where a certificate is optional, `return 495` gives the page of a refusal to whom sent none: it is missing, and nobody's behind."""
    server = start_nginx(verify_client="optional", turns_away=True)
    failure = without_any(pki, server)
    assert (failure["reason"], failure["hop"]) == ("tls.client_cert.missing", "probe-connector")


def as_good_client(pki: Material, server: Server) -> tuple[int, dict]:
    """What `diagnose` with a certificate that is well says of it."""
    return diagnosed("good", pki, server)


def as_client(name: str, pki: Material, server: Server) -> dict:
    """The result of `diagnose` with the certificate of one of the test clients."""
    return diagnosed(name, pki, server)[1]


def diagnosed(name: str, pki: Material, server: Server) -> tuple[int, dict]:
    """Its status, too."""
    pair = pki.clients[name]
    identity = ("--cert", pair.certificate, "--key", pair.private_key, "--http-path", "/")
    return paypath_json("diagnose", f"localhost:{server.port}", "--ca", pki.trust, *identity)


def test_both_hops_are_well(
    pki: Material, start_nginx: StartServer, servers: ExitStack, tmp_path: pathlib.Path
) -> None:
    """It passes; what was seen behind the connector is in the inventory and decides the forecast."""
    behind, pair = start_nginx(), write_pair(tmp_path, "envoy", pki.issuing.issue("envoy"))
    connector = connector_in_front_of(servers, tmp_path, pki, behind, "good")
    more = {"upstream": second_hop(pki, behind), "identities": {"envoy": (pair.certificate, pair.private_key)}}
    file = write(tmp_path, pki, connector, **more)
    result = run("check", "mtls-handshake", "--config", file)
    assert result["outcome"] == "passed", result["failure"]
    assert result["upstream"]["tls"]["version"] == "TLSv1.3"
    listed = paypath("certs", "--config", file, "--format", "json").out
    assert f"localhost:{behind.port}" in listed
    assert '"name": "envoy"' in listed


def test_a_new_certificate_of_the_connectors_own(
    pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path
) -> None:
    """`preflight --identity envoy` tries it at the upstream, with nothing said of the first hop."""
    behind = start_s_server(tls="1.3")
    connector = {"url": "https://localhost:9", "trust": str(pki.trust), "identity": "billing"}
    more = {"upstream": second_hop(pki, behind), "identities": own(pki, "expired")}
    file = write(tmp_path, pki, connector, **more)
    good, bad = pki.clients["good"], pki.clients["unknown-ca"]
    words = ("preflight", "--config", file, "--identity", "envoy")
    _, result = paypath_json(*words, "--cert", bad.certificate, "--key", bad.private_key)
    assert any(one["reason"].startswith("tls.client_cert.") for one in result["objections"]), result
    _, result = paypath_json(*words, "--cert", good.certificate, "--key", good.private_key)
    live = [check for check in result["checks"] if check["name"] == "handshake"]
    assert [check["outcome"] for check in live] == ["passed"], result


def test_a_key_that_is_not_ours_to_open(
    pki: Material, start_nginx: StartServer, servers: ExitStack, tmp_path: pathlib.Path
) -> None:
    """The connector's key has a password that we need not know: no mistake, and a warning in each run."""
    behind, pair = start_nginx(), write_pair(tmp_path, "envoy", pki.issuing.issue("envoy"))
    connector = connector_in_front_of(servers, tmp_path, pki, behind, "good")
    key = serialization.load_pem_private_key(pair.private_key.read_bytes(), None)
    form, locked = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"hush")
    (tmp_path / "locked.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, locked))
    identities = {"envoy": (pair.certificate, tmp_path / "locked.key")}
    file = write(tmp_path, pki, connector, upstream=second_hop(pki, behind), identities=identities)
    assert paypath("validate", "--config", file).status == 0
    result = run("check", "mtls-handshake", "--config", file)
    assert result["outcome"] == "passed", result["failure"]
    (warning,) = [one for one in result["warnings"] if one["reason"] == "tls.client_key.encrypted"]
    assert (warning["hop"], warning["severity"], warning["blame"]) == ("connector-stripe", "ticket", "connector")
