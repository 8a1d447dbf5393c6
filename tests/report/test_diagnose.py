"""One endpoint in depth."""

from dataclasses import replace

from probe.model.failure import Phase
from probe.model.observation import Ended, FileFault, HttpAnswer, TlsFacts
from probe.model.outcome import Failed, Passed
from probe.model.run import Run
from probe.model.scenario import StepKind
from probe.report import diagnose
from tests.report import runs


def test_everything_about_the_incident() -> None:
    """The verdict first, then what the peer said and every certificate with its days."""
    text = diagnose.render(runs.expired(), color=False, steps=lambda _reason: ("Rotate it.",))
    assert text.startswith("FAILED 5023 · client certificate expired · tls.client_cert.expired (proven)\n")
    assert "  1. Rotate it.\n" in text
    assert "  version                        TLSv1.3\n" in text
    assert "  asks for a client certificate  yes\n" in text
    assert "  alert from the peer             45 certificate_expired\n" in text
    assert "  accepts client certificates of  CN=Example Billing CA" in text
    assert "  ✓ server        CN=billing-connector.internal  serial 77\n" in text
    assert "      notAfter 2026-07-01 00:00:00 UTC, expires in 166 days\n" in text
    assert "  ✗ client        CN=billing-service,O=Example  serial 0a1b2c3d\n" in text
    assert "    key          /etc/billing/tls/tls.key" in text


def test_a_pass_shows_as_much() -> None:
    """Nobody runs it only to read `passed`."""
    text = diagnose.render(runs.passed(), color=False)
    assert text.startswith("PASSED handshake and answer\nbilling · ")
    assert "GET /healthz                    HTTP 200" in text
    assert "Presented by the peer" in text
    assert "What to do first" not in text


def observed(**changes: object) -> Run:
    """A run of one handshake with these facts changed."""
    observation = replace(runs.SHAKEN, **changes)  # type: ignore[arg-type]  # named by the callers below
    outcome = Failed(runs.EXPIRED) if observation.ended is not Ended.COMPLETED else Passed()
    return runs.run(outcome, runs.step("handshake", StepKind.HANDSHAKE, runs.attempt(outcome, observation)))


def test_a_peer_that_does_not_speak_tls() -> None:
    """Its first bytes are shown, harmless."""
    text = diagnose.render(
        observed(
            ended=Ended.ERROR, phase=Phase.TLS, tls=TlsFacts(), presented=(), http=None, first_bytes=b"HTTP/1.1 \x1b"
        ),
        color=False,
    )
    assert "first bytes  HTTP/1.1 �" in text
    assert "\nTLS\n" not in text


def test_the_text_of_a_refusal_over_http() -> None:
    """A connector (nginx) says only in the body of a 400 what it has against the certificate."""
    body = "<html>\r\n400 The SSL certificate error\r\n</html>"
    text = diagnose.render(observed(http=HttpAnswer(status=400, body=body)), color=False)
    assert "body begins                     <html> 400 The SSL certificate error </html>" in text


def test_a_long_list_of_acceptable_authorities_is_cut() -> None:
    """The first ones and how many more; the JSON result has them all."""
    names = tuple(f"CN=CA {n}" for n in range(40))
    text = diagnose.render(observed(tls=replace(runs.TLS, acceptable_cas=names)), color=False)
    assert "CN=CA 11; and 28 more" in " ".join(text.split())
    assert "CN=CA 12" not in text


def test_an_unusable_identity_is_named() -> None:
    """The fault stands beside the files."""
    identity = replace(runs.IDENTITY, certificates=(), fault=FileFault.KEY_MISMATCH)
    text = diagnose.render(observed(identity=identity), color=False)
    assert "cannot be used  client_key.mismatch" in text
    assert "– none" in text
