"""Files that are no files: what stands where a certificate, key, trust file, CRL or scenario is read never holds us up."""

import os
import pathlib
import socket
from collections.abc import Callable

import pytest

from probe.certificates.identity import read_identity
from probe.documents.files import read_regular
from probe.documents.mistakes import SetupError
from probe.history import uncounted
from probe.history.latches import FILE_NAME as LATCHES
from probe.history.latches import Latch
from probe.history.store import FILE_NAME as HISTORY
from probe.history.store import History
from probe.history.trouble import HistoryError
from probe.model.clock import SystemClock
from probe.model.identity import FileFault
from probe.model.path import Identity, Verify
from probe.scenario.load import load_scenarios
from probe.tls.contexts import ContextCache, ContextError
from tests.fuzz.material import made
from tests.fuzz.peer_targets import judge, seen

GIANT = 1 << 33
"""Bytes of a sparse file: more than any memory here, and none on the disk."""


def pipe(path: pathlib.Path) -> None:
    """A named pipe into which nobody writes."""
    os.mkfifo(path)


def device(path: pathlib.Path) -> None:
    """A device without end."""
    path.symlink_to("/dev/zero")


def listener(path: pathlib.Path) -> None:
    """A socket that nobody serves any more."""
    with socket.socket(socket.AF_UNIX) as sock, pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)  # the name of a socket may have 107 bytes
        sock.bind(path.name)


def giant(path: pathlib.Path) -> None:
    """A file larger than the memory."""
    with path.open("wb") as file:
        file.truncate(GIANT)


def directory(path: pathlib.Path) -> None:
    """A directory in a file's place."""
    path.mkdir()


ODD = pytest.mark.parametrize("make", [pipe, device, listener, giant, directory])
Make = Callable[[pathlib.Path], None]


@ODD
def test_in_place_of_a_certificate(tmp_path: pathlib.Path, make: Make) -> None:
    """A fault of the identity, with its reason."""
    make(tmp_path / "tls.crt")
    (tmp_path / "tls.key").write_bytes(made().client.key_pem)
    assert _fault(tmp_path) is FileFault.CERTIFICATE_UNREADABLE


@ODD
def test_in_place_of_a_key(tmp_path: pathlib.Path, make: Make) -> None:
    """A fault of the identity, with its reason."""
    (tmp_path / "tls.crt").write_bytes(made().client.certificate_pem)
    make(tmp_path / "tls.key")
    assert _fault(tmp_path) is FileFault.KEY_UNREADABLE


@pytest.mark.parametrize("make", [pipe, device, listener, giant])
def test_in_place_of_a_trust_file(tmp_path: pathlib.Path, make: Make) -> None:
    """No context, and a sentence with the file's name."""
    make(tmp_path / "ca.pem")
    with pytest.raises(ContextError, match=r"ca\.pem cannot be read: ") as caught:
        ContextCache().client(Verify(), tmp_path / "ca.pem")
    assert caught.value.what == "trust"


@ODD
def test_in_place_of_a_revocation_list(tmp_path: pathlib.Path, make: Make) -> None:
    """No context, and a sentence with the file's name."""
    (tmp_path / "ca.pem").write_bytes(made().root.certificate_pem)
    make(tmp_path / "crl.pem")
    with pytest.raises(ContextError, match=r"crl\.pem cannot be read: ") as caught:
        ContextCache().client(Verify(crl=tmp_path / "crl.pem"), tmp_path / "ca.pem")
    assert caught.value.what == "crl"


@pytest.mark.parametrize("make", [pipe, device, listener])
def test_in_a_directory_of_trusted_certificates(tmp_path: pathlib.Path, make: Make) -> None:
    """Only files are read there."""
    (tmp_path / "ca.pem").write_bytes(made().root.certificate_pem)
    make(tmp_path / "odd.pem")
    assert ContextCache().client(Verify(), tmp_path).get_ca_certs()


@ODD
def test_in_place_of_a_scenario(tmp_path: pathlib.Path, make: Make) -> None:
    """A mistake at the file."""
    make(tmp_path / "a.yaml")
    with pytest.raises(SetupError, match=r"a\.yaml"):
        load_scenarios(tmp_path)


@ODD
@pytest.mark.parametrize("name", [HISTORY, f"{HISTORY}-wal", f"{HISTORY}-shm", f"{HISTORY}-journal", LATCHES])
def test_in_place_of_what_the_history_is_in(tmp_path: pathlib.Path, name: str, make: Make) -> None:
    """It cannot be used, and the message says what to do; a large file is set aside, or none of SQLite's business."""
    make(tmp_path / name)
    if make is giant and name != LATCHES:
        History.open(tmp_path).close()
        return
    with pytest.raises(HistoryError, match=r"(not a regular file|Is a directory|larger than).*; remove it"):
        History.open(tmp_path)


@pytest.mark.parametrize("make", [pipe, device, listener, giant])
@pytest.mark.parametrize("name", [f"{LATCHES}.new", f"{LATCHES}.spare-1"])
def test_in_place_of_what_a_latch_is_written_into(tmp_path: pathlib.Path, name: str, make: Make) -> None:
    """It is replaced, and nothing is written through it."""
    make(tmp_path / name)
    history = History.open(tmp_path)
    history.set_latch(Latch(path="billing", run_id="a", set_at=SystemClock().now(), because="live"))
    history.close()
    assert "billing" in read_regular(tmp_path / LATCHES, 1000).decode()


@ODD
def test_in_place_of_what_a_run_under_cron_has_left(
    tmp_path: pathlib.Path, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """That it cannot be read is said."""
    make(tmp_path / "uncounted-a.json")
    assert uncounted.taken(tmp_path)[0] == []
    assert "uncounted-a.json cannot be read" in caplog.text


def test_the_message_names_the_kind(tmp_path: pathlib.Path) -> None:
    """Whoever reads it knows what to look for."""
    pipe(tmp_path / "pipe")
    with pytest.raises(OSError, match="it is a named pipe, not a regular file"):
        read_regular(tmp_path / "pipe", 10)
    with pytest.raises(OSError, match="it is a device, not a regular file"):
        read_regular(pathlib.Path("/dev/null"), 10)
    (tmp_path / "long").write_bytes(b"x" * 11)
    with pytest.raises(OSError, match="it is larger than 10 bytes"):
        read_regular(tmp_path / "long", 10)


def test_contexts_are_kept_within_a_budget(tmp_path: pathlib.Path) -> None:
    """A trust file that changes all the time does not fill the memory; what was used last stays."""
    cache, trust = ContextCache(budget=3000), tmp_path / "ca.pem"
    for number in range(20):
        trust.write_bytes(made().root.certificate_pem + b"# %d\n" % number)
        last = cache.client(Verify(), trust)
    assert 1 < len(cache) < 6
    assert cache.client(Verify(), trust) is last


def _fault(directory: pathlib.Path) -> FileFault | None:
    """The fault of an identity, judged."""
    wanted = Identity(name="billing", certificate=directory / "tls.crt", private_key=directory / "tls.key")
    facts = read_identity(wanted, pause=lambda _: None).facts
    judge(seen(identity=facts))
    return facts.fault
