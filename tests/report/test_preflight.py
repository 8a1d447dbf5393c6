"""The judgement on a new identity for people and for monitoring."""

import re

import pytest

from probe.model.answer import HttpAnswer
from probe.model.failure import Phase
from probe.model.identity import FileFault
from probe.model.network import Ended
from probe.model.preflight import Preflight
from probe.report import nagios
from probe.report.preflight import preflight_line, preflight_status, render_preflight
from tests.classify import seen, tried

SCREEN = 40
"""Lines of a terminal that nobody has enlarged."""
REFUSED = {"phase": Phase.ACCEPT, "ended": Ended.ERROR, "http": None}
DOWN = seen.ended(Phase.TCP, Ended.ERROR, causes=(seen.cause("ConnectionRefusedError", errno=111),), tls=seen.NOTHING)
EXPIRED = seen.identity(seen.certificate(**seen.EXPIRED), tried.ISSUER)
OTHER = tried.candidate(seen.certificate("CN=other", serial="beef", sha256="be" * 32, san=("a.b",)), tried.ISSUER)


def mends() -> Preflight:
    """The current certificate has expired, the candidate passes."""
    control = tried.passed(EXPIRED, tls=seen.tls(45, acceptable_cas=tried.ACCEPTED), **REFUSED)
    return tried.judged(current=EXPIRED, lives=(tried.live(control=control),))


def down() -> Preflight:
    """Nobody listens there."""
    return tried.judged(lives=(tried.live(control=DOWN, candidate=DOWN),))


def refused() -> Preflight:
    """Another name, and the connector does not permit it; on two paths."""
    no = tried.passed(OTHER.identity, tls=seen.tls(49, acceptable_cas=tried.ACCEPTED), **REFUSED)
    return tried.judged(candidate=OTHER, lives=tuple(tried.live(path=p, candidate=no) for p in ("billing", "refunds")))


def mismatched() -> Preflight:
    """The key is another's."""
    own = seen.identity(
        tried.LEAF,
        tried.ISSUER,
        certificate_path=tried.NEW,
        key_path="/srv/new/tls.key",
        fault=FileFault.KEY_MISMATCH,
        fault_path="/srv/new/tls.key",
        fault_detail="/srv/new/tls.key is not the key of it",
    )
    return tried.judged(candidate=tried.candidate(identity=own), lives=(tried.live(candidate=None),))


def unread() -> Preflight:
    """There is no file."""
    files = tried.unusable(certificates=(), fault=FileFault.CERTIFICATE_MISSING, fault_detail=f"{tried.NEW} is gone")
    return tried.judged(candidate=files, lives=(tried.live(candidate=None),))


def warned() -> Preflight:
    """Accepted, from a public CA."""
    public = seen.certificate(sha256="be" * 32, publicly_trusted=True, not_after=seen.NOW + 90 * seen.DAY)
    return tried.judged(candidate=tried.candidate(public, tried.ISSUER))


EVERY = {
    "READY to roll out\n": (tried.judged, 0, nagios.OK),
    "READY to roll out with warnings\n": (warned, 0, nagios.WARNING),
    "NOT READY · client key does not fit the certificate · tls.client_key.mismatch (proven)\n": (mismatched, 1, 2),
    "NOT READY · client certificate file missing": (unread, 1, nagios.CRITICAL),
    "NOT READY · client certificate valid but not authorised": (refused, 1, nagios.CRITICAL),
    "COULD NOT TELL · connector refuses connections · tcp.refused": (down, 3, nagios.UNKNOWN),
    "COULD NOT TELL · no connector was asked": (lambda: tried.judged(lives=()), 3, nagios.UNKNOWN),
}


@pytest.mark.parametrize("first", EVERY)
def test_the_verdict_comes_first_on_one_screen_and_agrees_with_the_status(first: str) -> None:
    """Text, exit status and the plugin's line and status say the same."""
    made, status, plugin = EVERY[first]
    found = made()
    text = render_preflight(found, color=False)
    assert text.startswith(first)
    assert all(len(render_preflight(found, color=False, width=width).splitlines()) <= SCREEN for width in (80, 100))
    assert preflight_status(found) == status
    line, state = preflight_line(found)
    assert state == plugin
    assert "\n" not in line


def test_what_stands_against_it_is_followed_by_what_to_do_with_the_actual_files() -> None:
    """No placeholder for what is known here."""
    text = render_preflight(mismatched(), color=False)
    assert (
        text.index("/srv/new/tls.key is not the key of it.") < text.index("What to do first") < text.index("\nChecks")
    )
    assert f"`openssl x509 -in {tried.NEW} -noout -pubkey | sha256sum`" in text
    assert re.findall(r"-in (?:CRT|KEY)\b", text) == []


def test_each_objection_is_told_once() -> None:
    """The first leads; what two paths say of one certificate, and a reason that is proven already, stand once."""
    text = render_preflight(refused(), color=False)
    assert ", and 1 more objection\n" in text
    text = " ".join(text.split())
    assert text.count("a connector may authorise by name") == 2, "subject and alternative names"
    assert "certificate.name_changed: The new subject is CN=other, and the current one CN=billing" in text
    late = tried.candidate(seen.certificate(sha256="be" * 32, **seen.EXPIRED), tried.ISSUER)
    no = tried.passed(late.identity, tls=seen.tls(45, acceptable_cas=tried.ACCEPTED), **REFUSED)
    both = render_preflight(tried.judged(candidate=late, lives=(tried.live(candidate=no),)), color=False)
    assert both.startswith("NOT READY · client certificate expired · tls.client_cert.expired (proven)\n")
    assert " ".join(both.split()).count("expired 2 minutes ago, at 2026-01-15T14:28:00Z") == 1


def test_a_candidate_that_mends_a_broken_path_says_so() -> None:
    """Before anything else: that is what the person at the screen wants to know."""
    text = render_preflight(mends(), color=False)
    assert text.startswith("READY to roll out\n")
    said = "does not work with the current identity now (client certificate expired, tls.client_cert.expired)"
    assert said in " ".join(text.split())
    assert "with this one it does." in " ".join(text.split())
    assert "What to do next" in text


def test_a_path_that_is_down_anyhow_says_so() -> None:
    """So that nobody looks for the fault in the candidate."""
    text = " ".join(render_preflight(down(), color=False).split())
    assert (
        "billing does not work with the current identity now (connector refuses connections, tcp.refused) either"
        in text
    )
    assert "✗ current-works" in text
    assert "? handshake" in text


def test_what_was_skipped_for_one_cause_is_one_line() -> None:
    """A file that is not there leaves nothing to look at."""
    text = render_preflight(unread(), color=False)
    assert text.count("there is no certificate to look at") == 2, "the files' checks, and the path's"


def test_where_something_is_wrong_what_is_right_is_brief() -> None:
    """Each check by its name, and those that count with what they found; all of them have it where nothing is wrong."""
    text = render_preflight(refused(), color=False, width=80)
    assert "  ✓ certificate-parses, key-matches, dates, usage, key-strength" in text
    assert "✗ same-subject        certificate.name_changed\n" in text
    assert "✓ key-matches         the key is" in render_preflight(tried.judged(), color=False)


def test_each_path_is_told_by_its_name() -> None:
    """With several, each has its four lines."""
    text = render_preflight(refused(), color=False)
    assert "On the path billing\n" in text
    assert "On the path refunds\n" in text
    assert text.count("✗ handshake") == 2


def test_what_the_other_side_wrote_cannot_steer_the_terminal() -> None:
    """A body with control characters, and colours only where they are wanted."""
    odd = tried.passed(http=HttpAnswer(status=400, body="<title>No \x1b[2J required SSL certificate was sent</title>"))
    found = tried.judged(lives=(tried.live(candidate=odd),))
    assert "\x1b" not in render_preflight(found, color=False)
    assert "\x1b[2J" not in render_preflight(found, color=True)
    assert "\x1b[1;31mNOT READY" in render_preflight(found, color=True)
