"""What an answer that lets us through shows against our certificate all the same: a warning."""

import pytest

from probe.classify.handshake import judge_handshake
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Failure, Severity
from probe.model.observation import IdentityFacts
from probe.model.outcome import Passed
from tests.classify.seen import CATALOGUE, EARLY, NOW, certificate, handshake, identity, tls
from tests.classify.told import EITHER, GONE, IN_DATE, NONE_SENT, OURS, answered

REVOKED = "FAILED:certificate revoked"


def warned(answer: HttpAnswer, own: IdentityFacts | None = IN_DATE, **changes: object) -> tuple[Failure, ...]:
    """The warnings of a handshake that passed with this answer."""
    seen = handshake(http=answer, identity=own, **({"tls": tls(session_ticket=True)} | changes))
    judged = judge_handshake(seen, CATALOGUE, at=NOW, any_answer=True)
    assert judged.outcome == Passed()
    return judged.warnings


@pytest.mark.parametrize("status", [200, 204, 302])
def test_a_fault_of_nobodys_by_name(status: int) -> None:
    """It may be of ours or of the connector's own: both are said, and nobody is blamed (measured, nginx with `error_page 495 =200`)."""
    (warning,) = warned(answered(status, x_ssl_client_verify=REVOKED))
    assert (warning.reason, warning.confidence) == ("tls.client_cert.revoked", Confidence.INFERRED)
    assert (warning.severity, warning.blame) == (Severity.TICKET, Blame.UNKNOWN)
    assert f"answered HTTP {status} ({REVOKED}): it says that the certificate is revoked." in warning.summary
    assert warning.summary.endswith(EITHER)


def test_a_fault_of_ours_by_name() -> None:
    """Then nobody else is meant."""
    (warning,) = warned(answered(200, f'{{"verify":"{REVOKED}",{OURS}}}'))
    assert (warning.reason, warning.confidence) == ("tls.client_cert.revoked", Confidence.PEER_HTTP)
    assert EITHER not in warning.summary
    assert "refused it" not in warning.summary


def test_beside_an_answer_to_the_request() -> None:
    """A 404 has its own warning too."""
    found = warned(answered(404, x_ssl_client_verify=REVOKED))
    assert [each.reason for each in found] == ["tls.client_cert.revoked", "connector.http_4xx"]


def test_beside_a_good_verdict() -> None:
    """Which of the two is on ours, it does not say."""
    (warning,) = warned(answered(200, x_ssl_client_verify=f"SUCCESS, {REVOKED}"))
    assert (warning.reason, warning.confidence) == ("tls.client_cert.rejected", Confidence.INFERRED)
    assert "It shows a good verdict on a client certificate beside it" in warning.summary


def test_our_dates_are_told_once() -> None:
    """The warning about them quotes what is shown."""
    told = answered(200, x_ssl_client_verify="FAILED:certificate has expired")
    assert [each.reason for each in warned(told, GONE)] == ["certificate.expired"]
    early = identity(certificate(**EARLY))
    told = answered(200, x_ssl_client_verify="FAILED:certificate is not yet valid")
    (warning,) = warned(told, early)
    assert warning.reason == "tls.client_cert.not_yet_valid"
    assert "HTTP 200 (FAILED:certificate is not yet valid)" in warning.summary


@pytest.mark.parametrize(
    ("answer", "changes"),
    [
        (answered(200, "ok"), {}),
        (answered(200, x_ssl_client_verify="SUCCESS"), {}),
        (answered(200, f'{{"ssl_client_verify":"{REVOKED}","ssl_client_s_dn":"CN=gateway"}}'), {}),
        (answered(200, f'{{"checks":{{"tls":"{REVOKED}"}}}}'), {}),
        (answered(200, '{"ssl":"on","verify":"FAILED:otp wrong"}'), {}),
        (answered(200, '{"upstreams":[{"name":"ledger","ssl_verify":"FAILED:certificate has expired"}]}'), {}),
        (answered(200, '{"database":{"tls_verify":"FAILED:certificate has expired"}}'), {}),
        (answered(200, x_ssl_client_verify=REVOKED), {"tls": NONE_SENT}),
        (answered(200, x_ssl_client_verify="NONE"), {}),
    ],
)
def test_what_is_no_fault_of_ours(answer: HttpAnswer, changes: dict[str, object]) -> None:
    """Nothing at all, another's, perhaps an application's, or of what was never sent."""
    assert warned(answer, **changes) == ()
