"""One endpoint in depth."""

import re
from dataclasses import replace

import pytest

from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Phase
from probe.model.identity import FileFault
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Passed
from probe.model.run import Run
from probe.model.scenario import StepKind
from probe.model.tls import Alert, AlertFrom, DiagnosticFacts, TlsFacts, VerifyError
from probe.report import diagnose
from tests.report import runs

INCIDENT = """\
FAILED 5023 · client certificate expired · tls.client_cert.expired (proven)
billing · 2026-01-15 14:40:03 UTC · 410 ms

  The client certificate CN=billing-service,O=Example in /etc/billing/tls/tls.crt expired 12 minutes
  ago.
  who acts  we do; customers see 5023 “Billing connector timeout”

probe → connector  billing-connector.internal:8443 (192.0.2.7:8443)
  ✓ dns 2.0 ms  ✓ tcp 2.0 ms  ✓ tls 2.0 ms  ✗ accept 2.0 ms  – send  – wait  – receive
  TLSv1.3 · TLS_AES_256_GCM_SHA384 · x25519 · client certificate asked for, sent

Presented by the peer
  ✓ server        CN=billing-connector.internal  expires in 166 days (2026-07-01 00:00:00 UTC)
      serial 77 · issued by CN=Example Billing CA · for billing-connector.internal
Our identity  billing: /etc/billing/tls/tls.crt with /etc/billing/tls/tls.key
  ✗ client        CN=billing-service,O=Example  expired 12 minutes ago (2026-01-15 14:28:00 UTC)
      serial 0a1b2c3d · issued by CN=Example Billing CA

What the peer said
  alert from the peer  45 certificate_expired
  accepts clients of   CN=Example Billing CA

What to do first  docs/runbooks/client-certificate.md#expired
  1. Look: `openssl x509 -in /etc/billing/tls/tls.crt -noout -enddate`."""


def test_the_incident_on_one_screen() -> None:
    """The verdict first, then the hop, every certificate with its days, what the peer said, and what to type."""
    steps = ("Look: `openssl x509 -in FILE -noout -enddate`.",)
    assert diagnose.render(runs.expired(), color=False, steps=lambda _reason: steps) == INCIDENT


def test_a_pass_shows_as_much() -> None:
    """Nobody runs it only to read `passed`."""
    text = diagnose.render(runs.passed(), color=False)
    assert text.startswith("PASSED handshake and answer\nbilling · ")
    assert "GET /healthz        HTTP 200" in text
    assert "Presented by the peer" in text
    assert "What to do first" not in text
    assert "second connection" not in text


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
    assert "client certificate asked for" not in text


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "<html>\r\n<title>400 The SSL certificate error</title>\r\n<h1>x</h1>",
            "HTTP 400: 400 The SSL certificate error",
        ),
        ("<p>refused</p>: <b>expired</b>", "HTTP 400: refused : expired"),
        ("expired\x1b[2J", "HTTP 400: expired�[2J"),
        ("", "HTTP 400"),
        ("x" * 1000, f"HTTP 400: {'x' * 320}…"),
    ],
)
def test_the_text_of_a_refusal_over_http(body: str, told: str) -> None:
    """A connector (nginx) says only in the page of a 400 what it has against the certificate: its title, else its text."""
    text = diagnose.render(observed(http=HttpAnswer(status=400, body=body)), color=False, width=400)
    assert f"  GET /healthz        {told}\n" in f"{text}\n"


def test_a_healthy_goodbye_is_not_told() -> None:
    """close_notify ends every good connection; other alerts are told with both their names."""
    goodbye = Alert(AlertFrom.PEER, 0, "close_notify", fatal=False)
    alerts = (goodbye, Alert(AlertFrom.US, 48, "unknown_ca"))
    text = diagnose.render(observed(tls=replace(runs.TLS, alerts=alerts)), color=False)
    assert "close_notify" not in text
    assert "alert that we sent  48 unknown_ca" in text


def test_no_certificate_is_told_twice() -> None:
    """An intermediate that both sides hold stands in the peer's chain; a leaf that the server sends twice stands once."""
    issuing = replace(runs.SERVER, subject="CN=Example Billing CA", sha256="ee" * 32)
    both = replace(runs.IDENTITY, certificates=(runs.CLIENT, issuing))
    text = diagnose.render(observed(presented=(runs.SERVER, runs.SERVER, issuing), identity=both), color=False)
    assert text.count("  CN=Example Billing CA  ") == 1
    assert text.count("serial 77") == 1


def test_a_long_list_of_acceptable_authorities_is_cut() -> None:
    """The first ones and how many more; the JSON result has them all."""
    names = tuple(f"CN=CA {n}" for n in range(40))
    text = diagnose.render(observed(tls=replace(runs.TLS, acceptable_cas=names)), color=False)
    assert "CN=CA 5; and 34 more" in " ".join(text.split())
    assert "CN=CA 6" not in text


def test_an_unusable_identity_is_named() -> None:
    """The fault stands beside the files."""
    identity = replace(runs.IDENTITY, certificates=(), fault=FileFault.KEY_MISMATCH)
    text = diagnose.render(observed(identity=identity), color=False)
    assert "/tls.key\n  ✗ cannot be used: client_key.mismatch\n  – none\n" in text


def test_what_else_we_saw() -> None:
    """A second connection has a block of its own, and no say in the verdict."""
    facts = DiagnosticFacts(
        address="192.0.2.7",
        started_at=runs.STARTED,
        duration_s=0.01,
        ended=Ended.COMPLETED,
        presented=(runs.SERVER,),
        verify_errors=(VerifyError(code=26, depth=0, certificate=runs.SERVER),),
    )
    text = diagnose.render(observed(diagnostics=facts), color=False)
    assert text.startswith("PASSED handshake and answer\n")
    assert text.endswith(
        "What else we saw on a second connection\n"
        "  ! Verify errors at depth 0, CN=billing-connector.internal: its extended key usage does not allow\n"
        "    it to be a server (26).\n"
        "  – No OCSP staple came, although we asked for one."
    )
    painted = diagnose.render(observed(diagnostics=facts), color=True)
    assert "  \x1b[33m!\x1b[0m Verify errors" in painted


PROXY = """\
probe → connector  billing-connector.internal:8443
  ✗ through the proxy egress.internal:3129, HTTP 407, 14 ms
      ✓ dns 2.0 ms  ✓ tcp 2.0 ms  ✓ tls 2.0 ms  ✓ accept 2.0 ms  ✓ send 2.0 ms  ✓ wait 2.0 ms  ✗ receive 2.0 ms
  – the connector itself was not reached

Our identity  billing: /etc/billing/tls/tls.crt with /etc/billing/tls/tls.key
  ✗ client        CN=billing-service,O=Example  expired 12 minutes ago (2026-01-15 14:28:00 UTC)
      serial 0a1b2c3d · issued by CN=Example Billing CA

TLS with the proxy
  TLSv1.3 · TLS_AES_256_GCM_SHA384 · x25519 · client certificate asked for, sent
Presented by the proxy
  ✓ server        CN=egress.internal  expires in 166 days (2026-07-01 00:00:00 UTC)
      serial 77 · issued by CN=Example Billing CA · for egress.internal
Our identity for the proxy  egress: /etc/egress/tls.crt with /etc/egress/tls.key
  ✓ client        CN=us-to-the-proxy  expires in 166 days (2026-07-01 00:00:00 UTC)
      serial 0a1b2c3d · issued by CN=Example Billing CA

What the proxy said
  accepts clients of                       CN=Example Billing CA
  CONNECT billing-connector.internal:8443  HTTP 407: Who are you?"""


def test_the_leg_to_a_proxy_is_told_apart() -> None:
    """Its phases, its chain, our identity for it and its words, each by its own name; the connector was not reached."""
    text = diagnose.render(runs.refused_by_the_proxy(), color=False, steps=lambda _reason: (), width=120)
    assert PROXY in text
    assert text.startswith("FAILED 5024 · proxy wants other credentials than ours · connector.proxy_auth_required")


def test_of_a_connector_that_was_not_reached_nothing_is_shown_that_is_well() -> None:
    """What the on-call engineer needs then is the proxy; the result has the rest."""
    blocked = runs.refused_by_the_proxy()
    seen = blocked.steps[0].observation
    assert isinstance(seen, HandshakeObservation)
    well = replace(seen, identity=runs.TO_PROXY)
    attempt = replace(blocked.steps[0].attempts[0], observation=well)
    text = diagnose.render(replace(blocked, steps=(replace(blocked.steps[0], attempts=(attempt,)),)), color=False)
    assert "Our identity for the proxy" in text
    assert "Our identity  " not in text


def test_behind_a_proxy_that_let_us_through() -> None:
    """Both ends are shown, and what failed beyond the proxy is not marked on its leg."""
    leg = replace(runs.LEG, http=HttpAnswer(status=200))
    text = diagnose.render(runs.through_the_proxy(leg, None), color=False)
    assert "✓ through the proxy egress.internal:3129, HTTP 200" in text
    assert "Presented by the peer" in text
    assert "Presented by the proxy" in text
    assert "✗ receive" not in text


def test_the_first_steps_speak_of_the_proxy() -> None:
    """Where a connector would be asked for restarts, on this leg it is the proxy; the proxy's own reasons say it themselves."""
    refused = replace(runs.BY_PROXY, reason="tcp.refused", blame=Blame.NETWORK)
    step = "Ask the connector's owner: `nc -vz HOST PORT`."
    text = diagnose.render(runs.through_the_proxy(runs.LEG, refused), color=False, steps=lambda _reason: (step,))
    assert "1. Ask the proxy's owner: `nc -vz egress.internal 3129`." in text
    text = diagnose.render(runs.refused_by_the_proxy(), color=False, steps=lambda _reason: (step,))
    assert "1. Ask the connector's owner" in text


@pytest.mark.parametrize("run", [runs.expired(), runs.passed(), runs.refused_by_the_proxy(), runs.second_try()])
@pytest.mark.parametrize("color", [False, True])
def test_no_line_is_wider_than_the_terminal(run: Run, color: bool) -> None:  # noqa: FBT001 - a table's column
    """But for names and commands, which stay whole so that they can be copied; colours take no room."""
    for line in diagnose.render(run, color=color, width=72).splitlines():
        shown = re.sub(r"\x1b\[[0-9;]*m", "", line)
        assert len(shown) <= 72 or "`" in shown or len(shown.split()) <= 3, shown


def test_a_second_try_is_told() -> None:
    """How many there were, and what the one before had failed for."""
    head = diagnose.render(runs.second_try(), color=False).splitlines()[1]
    assert head.endswith(" · 2 tries (before: stripe.api_error)"), head


def test_without_a_configuration_nothing_of_it_is_spoken_of() -> None:
    """What was typed stands for its keys."""
    bare = replace(runs.expired(), environment="diagnose")
    steps = ("Check `server_name` (default: the URL's host) of the path.", "Compare with `git log -p -- paypath.yaml`.")
    text = diagnose.render(bare, color=False, steps=lambda _reason: steps)
    assert text.endswith("  1. Check `--server-name` (default: HOST).")


def test_a_certificate_that_was_not_shown_is_no_missing_one() -> None:
    """We had refused the peer's before."""
    unsent = replace(runs.TLS, client_certificate_sent=False)
    text = diagnose.render(observed(tls=unsent, verify_code=20, ended=Ended.ERROR, phase=Phase.TLS), color=False)
    assert "asked for, and not shown, as we refused the peer's" in " ".join(text.split())
    assert "asked for, none sent" in " ".join(diagnose.render(observed(tls=unsent), color=False).split())
    early = observed(tls=replace(unsent, established=False), ended=Ended.RESET, phase=Phase.TLS)
    assert "asked for, and not answered yet" in " ".join(diagnose.render(early, color=False).split())
