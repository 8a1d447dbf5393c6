"""The inventory as people see it: sorted by what ends first, at every width, in a pipe, and as a plugin's line."""

import re
from datetime import timedelta

import pytest

from probe.catalogue.catalogue import load
from probe.classify.expiry import Judged, judge_all
from probe.model.certificate import CertificateRole
from probe.model.failure import Confidence, Severity
from probe.model.watch import Care, Held, Proof, Sighting, WatchedCertificate
from probe.report import certs_nagios
from probe.report.advice import advice
from probe.report.certs import by_end, certificates_status, render_certs, summed_up
from probe.report.paint import BAD_MARK, OK_MARK, WARN_MARK
from tests.support.watched import DAY, MANAGED, NOW, WIRE, authority, certificate, watched

SERVER = certificate("CN=connector", role=CertificateRole.SERVER, source=WIRE, not_after=NOW + 90 * DAY)
ENTRIES = (
    watched(None, Held.WATCHED, path=None, name="/etc/x.pem", unreadable="/etc/x.pem does not exist"),
    watched(authority("CN=Root", 900, root=True), Held.TRUST, name="connector.internal", relied_on=True),
    watched(certificate(not_after=NOW + 12 * DAY), care=Care()),
    watched(SERVER, Held.PEER, name="connector.internal", relied_on=True),
    watched(certificate("CN=old", not_after=NOW - 3 * DAY), path=None, name="old"),
)


def _judged(*entries: WatchedCertificate) -> tuple[Judged, ...]:
    return judge_all(entries, load(), at=NOW)


def _rendered(width: int | None, *entries: WatchedCertificate, color: bool = False) -> list[str]:
    return render_certs(_judged(*(entries or ENTRIES)), at=NOW, color=color, width=width).splitlines()


def test_what_ends_first_stands_first() -> None:
    """Ours before theirs where they end together; what is not known stands last, next to the prompt."""
    assert [entry.name for entry, _ in by_end(_judged(*ENTRIES))] == [
        "old",
        "billing",
        "connector.internal",
        "connector.internal",
        "/etc/x.pem",
    ]
    theirs, ours = watched(certificate(), Held.PEER, name="a"), watched(certificate(), name="b")
    assert [entry.name for entry, _ in by_end(_judged(theirs, ours))] == ["b", "a"]


def test_in_a_pipe_one_line_each_and_nothing_is_cut_or_drawn() -> None:
    """For `grep` and `column`: the six columns, with two spaces at least between them."""
    heading, *lines = _rendered(None)
    assert re.split(r"\s{2,}", heading.strip()) == ["role", "name", "days left", "where", "managed", "what to do"]
    assert [re.split(r"\s{2,}", line) for line in lines] == [
        [f"{BAD_MARK} client", "old", "expired 3 days ago", "/etc/billing/tls/tls.crt", "vault", "replace it now: docs/runbooks/rotation.md"],
        [f"{WARN_MARK} client", "billing", "12 days", "/etc/billing/tls/tls.crt", "no", "renew it: docs/runbooks/rotation.md; let something renew it"],
        [f"{OK_MARK} server", "connector.internal", "90 days", "connector.internal:8443", "–"],
        [f"{OK_MARK} root", "connector.internal: CN=Root", "900 days", "/etc/billing/tls/tls.crt", "–"],
        [f"{WARN_MARK} ?", "/etc/x.pem", "not known", "/etc/ssl/billing/upstream.pem", "–", "mend the file: /etc/x.pem does not exist"],
    ]  # fmt: skip
    assert not any("█" in line for line in lines)


@pytest.mark.parametrize("width", [200, 130, 100, 80, 60, 40])
def test_it_fits_every_terminal(width: int) -> None:
    """Bars are drawn; what to do goes below its line, then all in two lines; only names and paths may be longer."""
    lines = _rendered(width)
    assert sum("█" in line or "░" in line for line in lines) == 4
    assert " ".join(" ".join(lines).split()).count("renew it: docs/runbooks/rotation.md") == 1
    assert all(len(line) <= width or " " not in line.strip() for line in lines)
    assert len(lines) > len(ENTRIES) + 1 or width >= 200


def test_bars_show_what_is_left_of_a_life() -> None:
    """In eighths of a cell; never longer than the whole, never shorter than nothing."""
    lives = [
        watched(certificate(not_before=NOW - 90 * DAY, not_after=NOW + 10 * DAY)),
        watched(certificate(not_before=NOW - 48 * DAY, not_after=NOW + 52 * DAY)),
        watched(certificate(not_before=NOW - 0 * DAY, not_after=NOW + 100 * DAY)),
        watched(certificate(not_before=NOW + 5 * DAY, not_after=NOW + 105 * DAY)),
        watched(certificate(not_before=NOW + 300 * DAY, not_after=NOW + 300 * DAY)),
    ]
    bars = [re.search(r"[█▏▎▍▌▋▊▉░]+", line) for line in _rendered(300, *lives)[1:]]
    assert [bar[0] if bar else None for bar in bars] == [
        "█░░░░░░░░░",
        "█████▎░░░░",
        "██████████",
        "██████████",
        "░░░░░░░░░░",
    ]
    assert "valid in 5 days" in _rendered(300, lives[3])[1]


def test_facts_of_an_earlier_time_say_when_they_were_seen() -> None:
    """While handshakes fail."""
    stale = watched(SERVER, Held.PEER, seen=(Sighting(WIRE, NOW - 3 * DAY, Held.PEER),))
    assert "connector.internal:8443 (seen 3 days ago)" in _rendered(None, stale)[1]


def test_what_a_failed_handshake_did_not_show_has_its_age_however_young() -> None:
    """Of the path that could not be reached, and of the other side alone."""
    recent = watched(SERVER, Held.PEER, seen=(Sighting(WIRE, NOW - timedelta(minutes=2), Held.PEER),))
    told = render_certs(_judged(recent, watched(certificate())), at=NOW, color=False, width=None, unreached={"billing"})
    assert told.count("(seen ") == 1
    assert "connector.internal:8443 (seen 2 minutes ago)" in told
    assert "(seen " not in _rendered(None, recent)[1]


def test_the_old_one_in_use_counts() -> None:
    """The file is not the service."""
    unseen = watched(certificate(), not_in_use=NOW + 3 * DAY, use_unseen=True)
    assert "3 days (old one may be in use)" in _rendered(None, unseen)[1]
    assert "3 days (old one in use)" in _rendered(None, watched(certificate(), not_in_use=NOW + 3 * DAY))[1]


def test_managed_or_not() -> None:
    """A claim without proof has a question mark."""
    claims = [
        Care(),
        Care(managed_by="vault"),
        MANAGED,
        Care(managed_by="vault", proof=Proof(proven=False, detail="no")),
    ]
    shown = [_rendered(None, watched(certificate(), care=care))[1] for care in claims]
    assert [re.split(r"\s{2,}", line)[4] for line in shown] == ["no", "vault?", "vault", "vault?"]


def test_several_paths_are_told_apart_and_long_names_are_cut() -> None:
    """Only where there is more than one."""
    lines = _rendered(None, watched(certificate()), watched(certificate(), path="other", name="shared"))
    assert [re.split(r"\s{2,}", line)[1] for line in lines[1:]] == ["billing", "other / shared"]
    (line,) = _rendered(None, watched(certificate(), name="a" * 30 + "z" * 30))[1:]
    assert f"  {'a' * 22}…{'z' * 21}  " in line


def test_text_of_others_does_not_steer_the_terminal() -> None:
    """A subject may hold anything."""
    line = _rendered(None, watched(authority("CN=\x1b[31mred\r\n", 9, root=True), Held.PEER, relied_on=True))[1]
    assert "\x1b" not in line
    assert "\r" not in line


def test_colours_follow_the_severity() -> None:
    """Red for a page, yellow for a ticket, none for what is well."""
    lines = _rendered(300, color=True)
    assert [line[:7] for line in lines[1:4]] == ["\x1b[1;31m", "\x1b[33m! ", f"{OK_MARK} serve"]


def test_the_sentence_below_the_table() -> None:
    """How many, how many need somebody, what ends first."""
    assert summed_up(_judged(*ENTRIES), NOW) == "5 certificates: 1 urgent, 2 to look at; the first ended 3 days ago"
    assert summed_up(_judged(ENTRIES[3]), NOW) == "1 certificate; the first ends in 90 days"
    assert summed_up((), NOW) == "0 certificates"


def test_the_exit_status() -> None:
    """By the contract; a ticket is none, and what is not shown does not count."""
    everything = _judged(*ENTRIES)
    unusable = everything[4][1].failures[:1]
    assert certificates_status(everything, everything) == 1
    assert certificates_status(everything[:4], everything) == 0
    assert certificates_status((), everything) == 0
    assert certificates_status((), everything, unusable) == 1
    assert certificates_status(everything[:1], everything[:1]) == 3
    assert certificates_status((), ()) == 3


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (ENTRIES[3], ""),
        (watched(certificate(not_after=NOW + DAY)), "see why vault has not renewed it"),
        (watched(certificate(), not_in_use=NOW + DAY), "reload the billing service: it holds the old one"),
        (
            watched(certificate(), not_in_use=NOW + DAY, use_unseen=True),
            "see what the billing service holds (`in_use`), or reload it",
        ),
        (watched(certificate(not_after=NOW + DAY), Held.IN_USE), "reload the billing service with the new one"),
        (watched(certificate(), half_rotated="no"), "put both files of one issue in place"),
        (watched(None, Held.IN_USE, unreadable="no"), "reload the billing service: it holds another one"),
        (watched(certificate(), care=Care(managed_by="vault")), "prove that vault renews it"),
        (watched(certificate(not_before=NOW + DAY)), "check the clock, or put the one before it back"),
        (watched(authority("CN=I", 9), Held.IDENTITY), "put the CA's successor into the file"),
        (watched(authority("CN=I", 9), Held.PEER), "tell the connector's owner"),
        (watched(authority("CN=I", 9), Held.PROXY), "tell the proxy's owner"),
        (watched(authority("CN=I", 9), Held.UPSTREAM), "tell Stripe, or whoever stands behind the connector"),
        (watched(authority("CN=R", 9, root=True), Held.TRUST), "put its successor into the bundle"),
        (watched(authority("CN=R", 9, root=True), Held.TRUST, relied_on=False), ""),
        (watched(certificate(not_after=NOW + DAY), Held.WATCHED), "renew it, or tell its owner"),
        (watched(certificate(not_after=NOW - DAY, role=CertificateRole.CRL), Held.CRL), "fetch a new list"),
        (watched(certificate(not_after=NOW + DAY), Held.IN_USE, seen=()), "renew it, or tell its owner"),
        (
            watched(certificate(publicly_trusted=True, extended_key_usage=("1.3.6.1.5.5.7.3.2",))),
            "move it to a private CA",
        ),
        (
            watched(certificate(not_before=NOW - 70 * DAY, not_after=NOW + 28 * DAY), care=Care(managed_by="cert-manager", renew_before_s=30 * 86400, proof=MANAGED.proof)),
            "see why cert-manager has not renewed it",
        ),
    ],
)  # fmt: skip
def test_what_to_do(entry: WatchedCertificate, says: str) -> None:
    """In a few words; nothing where nobody has to act."""
    assert advice(entry, _judged(entry)[0][1]) == says


LINE = re.compile(r"PAYPATH (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| ('[^'=|]+'=-?\d+s;\d+:;\d+: ?)+)?")


@pytest.mark.parametrize(
    ("entries", "known", "status"),
    [
        (ENTRIES, True, 2),
        (ENTRIES[:4], True, 1),
        (ENTRIES[3:4], True, 0),
        ((), True, 0),
        ((), False, 3),
        (ENTRIES[:1], False, 1),
    ],
)
def test_the_plugins_line(entries: tuple[WatchedCertificate, ...], known: bool, status: int) -> None:  # noqa: FBT001 - a case
    """A page is critical, a ticket a warning, nothing known unknown; the performance data are valid."""
    line, found = certs_nagios.render(_judged(*entries), at=NOW, known=known)
    assert found == status
    assert LINE.fullmatch(line), line


def test_the_plugins_words_and_ranges() -> None:
    """The gravest in words, three at most; seconds left, the first rung, the first rung that pages."""
    line, _ = certs_nagios.render(_judged(*ENTRIES), at=NOW, known=True)
    assert line.startswith(
        "PAYPATH CRITICAL - certificate expired (5030 certificate.expired): The client certificate CN=old"
    )
    assert "'client old'=-259200s;2592000:;604800: 'client billing@billing'=1036800s;2592000:;604800:" in line
    unusable = _judged(ENTRIES[4])[0][1].failures
    assert certs_nagios.render(_judged(ENTRIES[3]), at=NOW, known=True, unusable=unusable)[1] == 2
    for entries, state in ((ENTRIES, 2), (ENTRIES[:4], 3), (ENTRIES[3:4], 3)):
        assert certs_nagios.render(_judged(*entries), at=NOW, known=True, interrupted=True)[1] == state
        ours = load().failure("prober.failed", phase=None, confidence=Confidence.PROVEN, summary="No descriptor.")
        assert certs_nagios.render(_judged(*entries), at=NOW, known=True, hindered=ours)[1] == state
    many = [watched(certificate(f"CN={n}", not_after=NOW - DAY), name=f"it's={n}") for n in range(60)]
    line, _ = certs_nagios.render(_judged(*many), at=NOW, known=True)
    assert "; and 57 more | " in line
    assert line.count("'client it_s_") == 50


def test_severities_are_those_of_the_standing() -> None:
    """The marks above are what the judgement says."""
    assert [standing.severity for _, standing in by_end(_judged(*ENTRIES))] == [
        Severity.PAGE,
        Severity.TICKET,
        Severity.NONE,
        Severity.NONE,
        Severity.TICKET,
    ]
