"""The forecast as people read it."""

from probe.catalogue.catalogue import load
from probe.classify.expiry import judge_all
from probe.model.certificate import CertificateRole
from probe.model.watch import Held, WatchedCertificate
from probe.report.forecast import render_forecasts
from probe.verdict.forecast import forecast
from tests.support.watched import DAY, NOW, WIRE, certificate, watched

LEAF = watched(certificate(not_after=NOW + 20 * DAY))
SERVER = certificate("CN=c", role=CertificateRole.SERVER, source=WIRE, not_after=NOW - DAY)


def _render(*entries: WatchedCertificate, paths: tuple[str, ...] = ("billing",), color: bool = False) -> str:
    told = [forecast(path, entries, at=NOW) for path in paths]
    return render_forecasts(told, judge_all(entries, load(), at=NOW), at=NOW, color=color, width=100)


def test_until_when_because_of_which_and_what_to_do() -> None:
    """Four lines that answer the question."""
    assert _render(LEAF).splitlines() == [
        "billing  money can flow until 2026-02-04 14:30:00 UTC, in 20 days",
        "  because of  client CN=billing (serial 4f1c)",
        "  where       /etc/billing/tls/tls.crt",
        "  what to do  see why vault has not renewed it",
    ]


def test_the_service_that_holds_the_old_one() -> None:
    """The file shown is the new one, so that the reader must be told why it ends so soon."""
    assert "may still hold" in _render(watched(certificate(), not_in_use=NOW + DAY, use_unseen=True))
    text = _render(watched(certificate(), not_in_use=NOW + DAY))
    assert "money can flow until 2026-01-16 14:30:00 UTC, in 24 hours" in text
    assert "but         the running service still holds the one before it, which ends then" in text


def test_the_old_one_that_is_known() -> None:
    """Is what ends; the file's newer one and what to do stand below it."""
    old = certificate(not_after=NOW + DAY, sha256="0d", serial="", subject="")
    text = _render(watched(certificate(), not_in_use=NOW + DAY), watched(old, Held.IN_USE, relied_on=True))
    assert "because of  client certificate\n" in text
    assert "/etc/billing/tls/tls.crt holds a newer one already: the running service still holds" in text
    assert "what to do  reload the billing service: it holds the old one" in text


def test_a_list_has_no_serial_number() -> None:
    """And none is shown."""
    found = certificate("CN=Issuing", role=CertificateRole.CRL, not_after=NOW + DAY, serial="")
    assert "because of  crl CN=Issuing\n" in _render(watched(found, Held.CRL))


def test_why_it_is_not_known() -> None:
    """A file of ours that cannot be read is named."""
    lost = watched(None, unreadable="/etc/billing/tls/tls.crt does not exist")
    assert _render(lost).splitlines() == ["billing  not known", "  /etc/billing/tls/tls.crt does not exist"]


def test_what_has_passed_what_is_to_come_and_what_is_not_known() -> None:
    """Nearest first; unknown last and never called expired."""
    late = watched(SERVER, Held.PEER, path="late", relied_on=True)
    early = watched(certificate(not_before=NOW + DAY), path="early")
    text = _render(LEAF, late, early, paths=("billing", "none", "late", "early"))
    assert [block.splitlines()[0] for block in text.split("\n\n")] == [
        "late  money cannot flow since 2026-01-14 14:30:00 UTC, 24 hours ago",
        "early  money cannot flow before 2026-01-16 14:30:00 UTC",
        "billing  money can flow until 2026-02-04 14:30:00 UTC, in 20 days",
        "none  not known",
    ]
    assert "what to do  tell the connector's owner" in text


def test_colours() -> None:
    """Red where it pages, yellow for a ticket, green where all is well."""
    shown = [_render(watched(certificate(not_after=NOW + days * DAY)), color=True) for days in (3, 20, 300)]
    assert [text.partition("  ")[2][:5] for text in shown] == ["\x1b[1;3", "\x1b[33m", "\x1b[32m"]
