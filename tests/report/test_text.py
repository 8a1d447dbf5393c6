"""What a tired person reads."""

from dataclasses import replace
from datetime import timedelta

from probe.model.failure import Evidence, Phase
from probe.model.network import Ended, Endpoint
from probe.model.outcome import Failed
from probe.model.scenario import StepKind
from probe.report.text import render_run
from tests.report import runs


def first_steps(reason: str) -> tuple[str, ...]:
    """A catalogue of one entry."""
    return (
        (
            "Issue a new client certificate from the billing CA, with clientAuth, for the same subject and names as the old one.",
        )
        if "client_cert" in reason
        else ()
    )


EXPIRED = """\
FAILED 5023 · client certificate expired · tls.client_cert.expired (proven)
card-charge on billing · staging from eu-west-1a · 2026-01-15 14:40:03 UTC · 410 ms

  The client certificate CN=billing-service,O=Example in /etc/billing/tls/tls.crt expired 12 minutes
  ago.

  certificate         CN=billing-service,O=Example
  serial              0a1b2c3d
  issuer              CN=Example Billing CA
  file                /etc/billing/tls/tls.crt
  notAfter            2026-01-15 14:28:00 UTC, expired 12 minutes ago
  who acts            we do
  hop                 probe → connector, in phase accept
  evidence            TLS alert 45, bytes received 2100
  shown to customers  5023 “Billing connector timeout”

What to do first
  1. Issue a new client certificate from the billing CA, with clientAuth, for the same subject and
     names as the old one.
  runbook  docs/runbooks/client-certificate.md#expired

probe → connector  billing-connector.internal:8443 (192.0.2.7:8443)
  ✓ dns 2.0 ms  ✓ tcp 2.0 ms  ✓ tls 2.0 ms  ✗ accept 2.0 ms  – send  – wait  – receive

Steps
  ✗ handshake  40 ms · tls.client_cert.expired
  – charge     skipped: an earlier step failed

trace 4bf92f3577b34da6a3ce929d0e0e4736"""


def test_the_incident_on_one_screen() -> None:
    """Which certificate, which file, since when, who acts and what to do; the code's title comes last."""
    assert render_run(runs.expired(), color=False, steps=first_steps) == EXPIRED


def test_a_pass_is_one_line() -> None:
    """A run that passed is told in a line, with its timings."""
    assert render_run(runs.passed(), color=False) == (
        "PASSED card-charge on billing · 410 ms (dns 2.0 ms, tcp 2.0 ms, tls 2.0 ms, accept 2.0 ms, send 2.0 ms, "
        "wait 2.0 ms, receive 2.0 ms)"
    )


def test_a_pass_on_the_second_try_is_visible() -> None:
    """The tries stand in the line, and the warning below it."""
    first, second = render_run(runs.second_try(), color=False).splitlines()
    assert "· 2 tries" in first
    assert second == "  ! certificate.expiring: The certificate CN=billing-connector.internal expires in 20 days."


def test_a_charge_explained_by_a_handshake() -> None:
    """The failed charge names the certificate, and the hop is told by the handshake that explains it."""
    text = render_run(runs.reconciled(), color=False)
    assert text.startswith("FAILED 5023 · client certificate expired · tls.client_cert.expired (proven)\n")
    assert "✗ accept 2.0 ms" in text
    assert "connector → Stripe  – not reached" in text
    assert "✗ charge     40 ms · tls.client_cert.expired" in text


def test_a_failure_beyond_the_connector() -> None:
    """The first hop stays whole where the second one is broken; earlier tries are told."""
    text = render_run(runs.stripe_down(), color=False)
    assert "who acts            Stripe, or it passes by itself" in text
    assert "✓ wait 2.0 ms" in text
    assert "connector → Stripe  ✗ Stripe answers with an error of its own" in text
    assert "2 tries (before: stripe.api_error) · req_123" in text
    assert "evidence            HTTP 500, Stripe api_error" in text


def test_unknown_never_reads_as_failed() -> None:
    """What could not be told says so, and names no hop."""
    text = render_run(runs.unknown(), color=False)
    assert text.startswith("COULD NOT TELL 5029 · the probe itself was too slow · prober.deadline (inferred)")
    assert "FAILED" not in text
    assert "hop" not in text


def test_a_skipped_run_says_why() -> None:
    """One line, with the sentence."""
    assert render_run(runs.not_begun(), color=False) == "SKIPPED card-charge on billing · no writable state directory"


def test_colour_only_when_asked_for() -> None:
    """No escape sequence without colour; with it, the same text between the sequences."""
    plain, painted = (render_run(runs.expired(), color=color) for color in (False, True))
    assert "\x1b" not in plain
    assert "\x1b[1;31mFAILED\x1b[0m" in painted


def test_a_peer_cannot_steer_the_terminal() -> None:
    """Control and direction characters of a peer's text are replaced, and it stays on its line."""
    hostile = replace(
        runs.EXPIRED, evidence=Evidence(detail="bad\x1b[2J\r\nFAILED \u202egnp"), summary="A\x07 sentence."
    )
    text = render_run(runs.run(Failed(hostile)), color=False)
    assert "detail              bad�[2J FAILED �gnp" in text
    assert not any(char in text for char in "\x1b\x07\r\u202e")


def test_width_is_kept_and_paths_stay_whole() -> None:
    """Prose is wrapped to the terminal; a path is never broken, so that it can be copied."""
    text = render_run(runs.expired(), color=False, steps=first_steps, width=60)
    assert "/etc/billing/tls/tls.crt" in text
    assert max(len(line) for line in text.splitlines() if line.startswith("     ")) <= 60


def test_age_grows_with_the_run() -> None:
    """The age counts from the run's own start, not from when it is printed."""
    later = runs.with_text(runs.expired(), summary="It expired.", since=timedelta(hours=2, minutes=30))
    assert "expired 2 hours 42 minutes ago" in render_run(later, color=False)


def test_nothing_was_sent() -> None:
    """Where our own files stood in the way no phase is blamed."""
    stuck = replace(runs.REFUSED, ended=Ended.NOT_STARTED, phase=Phase.TLS, timings=())
    run = runs.run(
        Failed(runs.EXPIRED), runs.step("handshake", StepKind.HANDSHAKE, runs.attempt(Failed(runs.EXPIRED), stuck))
    )
    text = render_run(run, color=False)
    assert "  ✗ nothing was sent: our own set-up stood in the way\n" in text
    assert "– dns" not in text


def test_a_literal_address_is_told_once() -> None:
    """The peer's address is worth saying only where a name stood for it."""
    there = replace(
        runs.SHAKEN, endpoint=Endpoint(host="192.0.2.7", port=8443, server_name="192.0.2.7"), peer_address="192.0.2.7"
    )
    broken = replace(there, ended=Ended.EOF)
    run = runs.run(
        Failed(runs.EXPIRED), runs.step("handshake", StepKind.HANDSHAKE, runs.attempt(Failed(runs.EXPIRED), broken))
    )
    assert "probe → connector  192.0.2.7:8443\n" in render_run(run, color=False)
