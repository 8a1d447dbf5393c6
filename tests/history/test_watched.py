"""Rotations, and the last known facts of certificates, across restarts."""

import dataclasses
import pathlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from probe.history import schema, watched
from probe.history.store import FILE_NAME, History
from probe.history.trouble import HistoryError
from probe.model.certificate import CertificateRole, Source, SourceKind
from probe.model.watch import Care, Held, Proof, Rotation, Sighting, WatchedCertificate
from tests.classify.seen import certificate

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
FILE = Source(SourceKind.FILE, "/etc/billing/tls/tls.crt")
WIRE = Source(SourceKind.WIRE, "connector:8443")


@pytest.fixture
def history(tmp_path: pathlib.Path) -> Iterator[History]:
    """An empty one."""
    opened = History.open(tmp_path)
    yield opened
    opened.close()


def entry(
    sha256: str, *, held: Held = Held.PEER, at: datetime = NOW, path: str | None = "billing", name: str = "connector"
) -> WatchedCertificate:
    """One certificate, seen at one place."""
    source = FILE if held is Held.IDENTITY else WIRE
    return WatchedCertificate(
        path=path,
        name=name,
        certificate=certificate(sha256=sha256, role=CertificateRole.SERVER, san=("a.example", "10.0.0.1")),
        seen=(Sighting(source, at, held),),
    )


def later(known: WatchedCertificate, by: timedelta) -> WatchedCertificate:
    """The same, seen once more."""
    seen = tuple(dataclasses.replace(sighting, at=sighting.at + by) for sighting in known.seen)
    return dataclasses.replace(known, seen=seen)


def test_the_last_known_facts_survive_a_restart(tmp_path: pathlib.Path) -> None:
    """All of them, with the times when they were seen."""
    full = dataclasses.replace(
        entry("a", held=Held.IDENTITY),
        seen=(Sighting(FILE, NOW, Held.IDENTITY), Sighting(WIRE, NOW - timedelta(days=3), Held.IN_USE)),
        ours=True,
        relied_on=True,
        care=Care(
            managed_by="cert-manager", thresholds_s=(7.0,), proof=Proof(proven=None, detail="no answer", renewal_at=NOW)
        ),
        not_in_use=NOW + timedelta(days=3),
        half_rotated="the key is old",
    )
    entries = (full, entry("b"), entry("c", held=Held.PROXY), entry("d", held=Held.STAPLE), entry("e", path=None))
    first = History.open(tmp_path)
    assert first.remember(entries) == 5
    first.close()
    second = History.open(tmp_path)
    assert set(second.remembered()) == set(entries)
    second.close()


def test_what_is_not_remembered(history: History) -> None:
    """The rest of a bundle, and what is unreadable: there is nothing to keep."""
    broken = dataclasses.replace(entry("x", held=Held.IDENTITY), certificate=None, unreadable="it is empty")
    assert history.remember([entry("b", held=Held.TRUST), broken]) == 0
    assert history.remembered() == ()


def test_of_watched_files_those_that_end_first(history: History) -> None:
    """A directory of ten thousand is read anew at each start."""
    files = [entry(f"{number:05}", held=Held.WATCHED, path=None, name=f"/certs/{number}") for number in range(1100)]
    later_ones = [
        dataclasses.replace(
            one, certificate=dataclasses.replace(one.certificate, not_after=NOW + timedelta(days=1100 - number))
        )
        for number, one in enumerate(files)
        if one.certificate is not None
    ]
    assert history.remember([*later_ones, entry("peer"), entry("list", held=Held.CRL)]) == 1002
    kept = {one.certificate.sha256 for one in history.remembered() if one.certificate is not None}
    assert {"peer", "list", "01099", "00100"} <= kept
    assert "00099" not in kept


def test_which_ca_counts_is_remembered(history: History) -> None:
    """Only a handshake shows it: of the system's trust store nothing else would be known."""
    anchor = dataclasses.replace(entry("a", held=Held.TRUST), relied_on=True)
    rest = dataclasses.replace(entry("b", held=Held.TRUST), relied_on=False)
    assert history.remember([anchor, rest]) == 1
    assert history.remembered() == (anchor,)


def test_only_what_has_changed_is_written(history: History) -> None:
    """That it was seen once more is written once an hour; another fact at once."""
    entries = [entry("a"), entry("b")]
    assert history.remember(entries) == 2
    assert history.remember(entries) == 0
    assert history.remember([later(one, timedelta(minutes=59)) for one in entries]) == 0
    assert history.remember([later(one, timedelta(minutes=60)) for one in entries]) == 2
    assert (
        history.remember([dataclasses.replace(entries[0], relied_on=True), later(entries[1], timedelta(hours=1))]) == 1
    )


def test_a_path_loses_what_it_no_longer_has(history: History) -> None:
    """A renewed certificate replaces the old one, or a restart would bring that back; other paths keep theirs."""
    history.remember([entry("old"), entry("kept"), entry("other", path="else")])
    assert history.remember([entry("new"), entry("kept")]) == 2
    assert {one.certificate.sha256 for one in history.remembered() if one.certificate} == {"new", "kept", "other"}


def test_two_processes_remember_in_one_file(tmp_path: pathlib.Path) -> None:
    """What the other one has dropped is written again, where it is still known here."""
    one, other = History.open(tmp_path), History.open(tmp_path)
    one.remember([entry("a")])
    other.remember([entry("b")])
    assert one.remember([entry("a")]) == 2
    assert [known.certificate for known in other.remembered()] == [entry("a").certificate]
    one.close()
    other.close()


def test_a_path_that_is_gone_is_forgotten_in_the_end(history: History) -> None:
    """After the retention; a path that is still there keeps what it last saw, however long ago."""
    history.remember([entry("gone", path="former"), entry("failing")])
    much_later = NOW + watched.SIGHTINGS_KEPT + timedelta(seconds=1)
    history.remember([entry("failing"), entry("new", at=much_later)])
    assert {one.certificate.sha256 for one in history.remembered() if one.certificate} == {"failing", "new"}


def test_there_is_an_end_to_what_is_remembered(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those seen last stay, of whatever path."""
    monkeypatch.setattr(watched, "_MOST", 3)
    history.remember([entry("a", path="former"), entry("b", path="former", at=NOW + timedelta(seconds=1))])
    history.remember([entry(str(number), at=NOW + timedelta(minutes=number)) for number in range(2)])
    assert {one.certificate.sha256 for one in history.remembered() if one.certificate} == {"b", "0", "1"}
    history.remember([entry(str(number), at=NOW + timedelta(minutes=number)) for number in range(9)])
    assert {one.certificate.sha256 for one in history.remembered() if one.certificate} == {"6", "7", "8"}


def test_a_name_that_is_no_text_is_left_out(history: History) -> None:
    """Half of a character cannot be written; the rest is."""
    odd = dataclasses.replace(entry("a"), certificate=certificate(sha256="a", issuer="CN=\ud800"))
    assert history.remember([odd, entry("b")]) == 1
    assert len(history.remembered()) == 1


def test_rotations(tmp_path: pathlib.Path) -> None:
    """In their order, across a restart; the first certificate of all has none before it."""
    first = Rotation("billing", NOW, None, certificate(sha256="a"))
    second = Rotation("billing", NOW + timedelta(days=60), first.after, certificate(sha256="b"))
    history = History.open(tmp_path)
    assert (history.record_rotation(first), history.record_rotation(second)) == (True, True)
    history.close()
    history = History.open(tmp_path)
    assert history.rotations(since=NOW) == (first, second)
    assert history.rotations(since=NOW + timedelta(seconds=1)) == (second,)
    history.close()


def test_a_rotation_is_recorded_once(history: History) -> None:
    """Another process has noticed it a moment earlier; a rotation back is one of its own, and so is another identity's."""
    old, new = certificate(sha256="a"), certificate(sha256="b")
    assert history.record_rotation(Rotation("billing", NOW, old, new))
    assert not history.record_rotation(Rotation("billing", NOW + timedelta(seconds=1), old, new))
    assert history.record_rotation(Rotation("billing", NOW + timedelta(seconds=2), new, old))
    assert history.record_rotation(Rotation("other", NOW, old, new))


def test_old_rotations_are_forgotten(history: History) -> None:
    """Once a new one comes."""
    history.record_rotation(Rotation("billing", NOW, None, certificate(sha256="a")))
    newer = Rotation("billing", NOW + watched.ROTATIONS_KEPT + timedelta(days=1), None, certificate(sha256="b"))
    history.record_rotation(newer)
    assert history.rotations(since=NOW - timedelta(days=1)) == (newer,)


def test_a_file_of_the_release_before_is_brought_up_to_date(tmp_path: pathlib.Path) -> None:
    """Its runs stay."""
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.executescript(f"{schema.MIGRATIONS[0]} PRAGMA user_version = 1;")
    connection.execute("INSERT INTO latch VALUES ('billing', 'a', ?, 'because')", (NOW.isoformat(),))
    connection.commit()
    connection.close()
    history = History.open(tmp_path)
    assert history.latch("billing") is not None
    assert history.remember([entry("a")]) == 1
    history.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sighting SET entry = '{'",
        "UPDATE sighting SET entry = '[]'",
        "UPDATE sighting SET entry = replace(entry, '14:28:00Z', '14:28:00')",
        "UPDATE sighting SET entry = replace(entry, '2025-12-16T14:30:00Z', '2025-12-16T14:30:00')",
        "UPDATE rotation SET at = 'tomorrow'",
        "UPDATE rotation SET after = '{}'",
        "DROP TABLE rotation; DROP TABLE sighting",
    ],
)
def test_damage_is_one_clear_error(tmp_path: pathlib.Path, damage: str) -> None:
    """And never a certificate that is none."""
    history = History.open(tmp_path)
    history.remember([entry("a")])
    history.record_rotation(Rotation("billing", NOW, None, certificate(sha256="a")))
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.executescript(damage)
    connection.close()
    with pytest.raises(HistoryError, match=FILE_NAME):  # noqa: PT012 - either of the two finds it
        history.remembered()
        history.rotations(since=NOW - timedelta(days=1))
    history.close()
