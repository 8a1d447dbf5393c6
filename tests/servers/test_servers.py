"""The real servers themselves: what they accept, and how each refuses. Everything else in the tests stands on this."""

import ssl

import pytest

from tests.conftest import StartServer
from tests.servers.client import ask
from tests.servers.material import Material
from tests.servers.process import Server

VERSIONS = ["1.2", "1.3"]
ALERTS = {
    "expired": "ALERT_CERTIFICATE_EXPIRED",
    "not-yet-valid": "ALERT_BAD_CERTIFICATE",
    "unknown-ca": "ALERT_UNKNOWN_CA",
    "revoked": "ALERT_CERTIFICATE_REVOKED",
}
"""OpenSSL's choice of alert for each fault of a client certificate, on s_server and haproxy alike. (measured)"""


@pytest.mark.server("nginx")
@pytest.mark.parametrize("tls", VERSIONS)
def test_nginx_takes_the_good_client_and_names_no_reason_to_others(
    tls: str, pki: Material, start_nginx: StartServer
) -> None:
    """With a bad client certificate nginx finishes the handshake, and refuses in an HTTP 400."""
    nginx = start_nginx(tls=tls, crl=True)
    assert ask(nginx.port, trust=pki.trust, identity=pki.clients["good"]).endswith(b"ok\n")
    for name in ALERTS:
        answer = ask(nginx.port, trust=pki.trust, identity=pki.clients[name])
        assert answer.startswith(b"HTTP/1.1 400 "), name
        assert b"The SSL certificate error" in answer, name
    assert b"No required SSL certificate was sent" in ask(nginx.port, trust=pki.trust)


@pytest.mark.server("nginx")
def test_nginx_with_disclosing_pages_tells_its_verify_result(pki: Material, start_nginx: StartServer) -> None:
    """With `error_page 495 496` the answer says what is wrong with the certificate."""
    nginx = start_nginx(disclosing_pages=True)
    assert b'"verify":"FAILED:certificate has expired"' in ask(
        nginx.port, trust=pki.trust, identity=pki.clients["expired"]
    )
    assert b'"verify":"NONE"' in ask(nginx.port, trust=pki.trust)


@pytest.mark.server("haproxy", "openssl")
@pytest.mark.parametrize("tls", VERSIONS)
@pytest.mark.parametrize("program", ["haproxy", "s_server"])
def test_alerts(program: str, tls: str, pki: Material, request: pytest.FixtureRequest) -> None:
    """Both haproxy and s_server take the good client and give each bad one the alert of its fault."""
    server: Server = request.getfixturevalue(f"start_{program}")(tls=tls, crl=True)
    good = ask(server.port, trust=pki.trust, identity=pki.clients["good"])
    assert b" 200 ok" in good.lower()
    for name, alert in ALERTS.items():
        with pytest.raises(ssl.SSLError, match=alert):
            ask(server.port, trust=pki.trust, identity=pki.clients[name])
    missing = "ALERT_CERTIFICATE_REQUIRED" if tls == "1.3" else "ALERT_HANDSHAKE_FAILURE"
    with pytest.raises(ssl.SSLError, match=missing):
        ask(server.port, trust=pki.trust)


@pytest.mark.server("localstripe", "nginx")
def test_localstripe_behind_nginx_charges_a_test_card(pki: Material, localstripe_connector: Server) -> None:
    """A payment intent is confirmed through a connector that wants a client certificate, in test mode."""
    form = b"amount=100&currency=usd&payment_method=pm_card_visa&payment_method_types[]=card&confirm=true"
    head = (
        "POST /v1/payment_intents HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer sk_test_localstripe\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    answer = ask(
        localstripe_connector.port, trust=pki.trust, identity=pki.clients["good"], request=head.encode() + form
    )
    assert b'"status": "succeeded"' in answer
    assert b'"livemode": false' in answer


@pytest.mark.server("localstripe", "nginx")
def test_localstripe_behind_nginx_refuses_without_a_certificate(pki: Material, localstripe_connector: Server) -> None:
    """The connector in front of localstripe lets nobody through without a client certificate."""
    assert b"No required SSL certificate was sent" in ask(localstripe_connector.port, trust=pki.trust)
