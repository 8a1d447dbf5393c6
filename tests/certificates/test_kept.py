"""What is read, and what is not read again."""

import errno
import os
import pathlib
import time
from collections.abc import Callable
from typing import BinaryIO

import pytest

from probe.certificates import files as pair_module
from probe.certificates import kept
from probe.certificates.kept import KeptFiles, kernel_now_ns, settled
from probe.certificates.scanner import Scanner
from probe.certificates.spots import source_of
from probe.model.identity import FileFault
from probe.model.path import Identity, Watch
from probe.model.secret import Secret
from tests.certificates.stock import NOW, Stock, subjects
from tests.certificates.test_pkcs12 import packed

MANY = 10_000


def test_ten_thousand_unchanged_files_are_not_read(stock: Stock) -> None:
    """Each is opened once; after that only the one that has changed, and the time of the sighting goes on."""
    pem = stock.root.certificate_pem
    for number in range(MANY):
        stock.write(f"certs/{number}.pem", b"# %d\n" % number + pem)
    inventory = stock.inventory(stock.directory / "certs")
    inventory.scan()
    assert inventory.reads == MANY
    inventory.scan()
    stock.clock.advance(60)
    inventory.scan()
    assert inventory.reads == MANY
    (entry,) = inventory.entries()
    assert len(entry.seen) == MANY
    assert (entry.seen[0].at - NOW).total_seconds() == 60
    stock.write("certs/77.pem", stock.issuing.certificate_pem)
    inventory.scan()
    assert inventory.reads == MANY + 1
    assert sorted(subjects(inventory.entries())) == ["CN=Issuing", "CN=Root"]


def test_unchanged_entries_are_not_made_anew(stock: Stock) -> None:
    """Two calls in a row give one and the same."""
    inventory = stock.inventory(stock.write("a.pem", stock.root.certificate_pem))
    inventory.scan()
    assert inventory.entries() is inventory.entries()


def _in_place(file: pathlib.Path, content: bytes) -> None:
    """Written over, and the mtime set back as `cp -p` and `rsync -t` do."""
    before = file.stat()
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _renamed(file: pathlib.Path, content: bytes) -> None:
    file.with_suffix(".new").write_bytes(content)
    file.with_suffix(".new").rename(file)


def _linked(file: pathlib.Path, content: bytes) -> None:
    file.with_suffix(".other").write_bytes(content)
    file.unlink()
    file.symlink_to(file.with_suffix(".other"))


def _none_left(file: pathlib.Path, *_longest: int) -> BinaryIO:
    raise OSError(errno.EMFILE, "Too many open files", str(file))


def test_no_descriptor_says_nothing_about_a_file(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it held last is what is known, without a fault; read again as soon as that can be."""
    file = stock.write("a.pem", stock.root.certificate_pem)
    files, source = KeptFiles(), source_of(str(file))
    before = files.contents(str(file), source)
    _renamed(file, stock.issuing.certificate_pem)
    with monkeypatch.context() as patched:
        patched.setattr(kept, "open_regular", _none_left)
        assert files.contents(str(file), source) is before
    assert files.contents(str(file), source) != before


def test_no_descriptor_says_nothing_about_an_identity(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Likewise; of one that was never read, that it cannot be read."""
    issued = stock.root.issue("billing")
    certificate, key = (stock.write(name, b"") for name in ("tls.crt", "tls.key"))
    issued.write(certificate, key)
    ours = Identity(name="ours", certificate=certificate, private_key=key)
    with monkeypatch.context() as patched:
        patched.setattr(pair_module, "read_regular", _none_left)
        facts = Scanner([], [ours], []).scan(NOW).identities["ours"]
    assert (facts.fault, "Too many open files" in facts.fault_detail) == (FileFault.CERTIFICATE_UNREADABLE, True)
    scanner = Scanner([], [ours], [], now_ns=lambda: kernel_now_ns() + 10**10)
    good = scanner.scan(NOW).identities["ours"]
    _renamed(certificate, stock.root.certificate_pem)
    monkeypatch.setattr(pair_module, "read_regular", _none_left)
    assert scanner.scan(NOW).identities["ours"] is good


@pytest.mark.parametrize("change", [_in_place, _renamed, _linked])
def test_every_change_is_seen(stock: Stock, change: Callable[[pathlib.Path, bytes], None]) -> None:
    """However the file is replaced, also by one of the same length, and whatever its mtime says."""
    one, two = (stock.issuing.issue(name, send_chain=False).certificate_pem for name in ("one", "two"))
    size = max(len(one), len(two))
    file = stock.write("a.pem", one.ljust(size, b"\n"))
    inventory = stock.inventory(file)
    inventory.scan()
    change(file, two.ljust(size, b"\n"))
    inventory.scan()
    assert subjects(inventory.entries()) == ["CN=two"]


def test_a_file_that_was_just_written_is_read_again(stock: Stock) -> None:
    """Within one tick of the file system's clock a second write leaves no trace in its times."""
    file = stock.write("a.pem", stock.root.certificate_pem)
    changed = file.stat().st_ctime_ns
    now = [changed + 1_000_000]
    inventory = stock.inventory(file, now_ns=lambda: now[0])
    inventory.scan()
    inventory.scan()
    assert inventory.reads == 2
    now[0] = changed + 5_000_000_000
    for _ in range(3):
        inventory.scan()
    assert inventory.reads == 3


@pytest.mark.parametrize(
    ("ctime_ns", "now_ns", "sure"),
    [
        (1_000_000_001, 1_000_000_002, False),
        (1_000_000_001, 1_200_000_000, True),
        (1_000_000_000, 1_200_000_000, False),
        (1_000_000_000, 4_000_000_000, True),
        (9_000_000_001, 1_000_000_000, True),
    ],
    ids=["same tick", "later", "seconds only", "seconds only, later", "another clock"],
)
def test_settled(ctime_ns: int, now_ns: int, sure: bool) -> None:  # noqa: FBT001 - a table's column
    """File systems that keep whole seconds need a longer wait."""
    assert settled((1, 2, 3, 4, ctime_ns), now_ns) is sure


def test_the_clock_of_the_file_systems() -> None:
    """Is the wall clock."""
    assert abs(kernel_now_ns() - time.clock_gettime_ns(time.CLOCK_REALTIME)) < 10**12


def test_what_went_and_came_back(stock: Stock) -> None:
    """A missing file is told, and read when it is there again."""
    file = stock.write("a.pem", stock.root.certificate_pem)
    inventory = stock.inventory(file)
    inventory.scan()
    stock.clock.advance(60)
    file.unlink()
    inventory.scan()
    assert subjects(inventory.entries()) == ["CN=Root", f"{file}: it does not exist"]
    stock.write("a.pem", stock.issuing.certificate_pem)
    inventory.scan()
    assert subjects(inventory.entries()) == ["CN=Issuing"]


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nMIIB", b"no certificate"])
@pytest.mark.parametrize("restarted", [False, True])
def test_what_a_file_held_last(stock: Stock, content: bytes | None, restarted: bool) -> None:  # noqa: FBT001 - a table's column
    """Stays, with when it was seen last, beside what is wrong with the file now."""
    file = stock.write("a.pem", stock.issuing.issue("leaf", send_chain=False).certificate_pem)
    inventory = stock.inventory(file)
    inventory.scan()
    stock.clock.advance(60)
    if restarted:
        inventory = stock.inventory(file, remembered=inventory.entries())
    else:
        inventory.scan()
    seen_s = 0 if restarted else 60
    stock.clock.advance(60)
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    for _ in range(2):
        inventory.scan()
        last, broken = inventory.entries()
        assert subjects([last]) == ["CN=leaf"]
        assert [(sighting.at - NOW).total_seconds() for sighting in last.seen] == [seen_s]
        assert last.unreadable is None
        assert (broken.certificate, str(file) in (broken.unreadable or "")) == (None, True)
    file.write_bytes(stock.root.certificate_pem)
    inventory.scan()
    assert subjects(inventory.entries()) == ["CN=Root"]


def test_files_that_are_no_longer_there_are_forgotten(stock: Stock) -> None:
    """A directory in which each renewal has a new name does not fill the memory."""
    inventory = stock.inventory(stock.directory / "certs")
    for number in range(5):
        file = stock.write(f"certs/{number}.pem", stock.root.certificate_pem)
        inventory.scan()
        file.unlink()
    assert len(inventory._scanner._files._kept) == 1


@pytest.mark.parametrize("passwords", [("pw", "other"), ("other", "pw"), (None, "pw")])
def test_one_file_with_two_passwords(stock: Stock, passwords: tuple[str | None, ...]) -> None:
    """Each watch reads it with its own."""
    file = stock.write("a.p12", packed(stock.issuing.issue("mine", send_chain=False)))
    watches = [Watch(files=str(file), password=Secret(one) if one else None) for one in passwords]
    said = subjects(stock.watched(*watches))
    assert "CN=mine" in said
    assert len(said) == 2
