"""A rotation that stopped half-way: named where it can be shown, and the pair before it is never used in its place."""

import os
import pathlib

import pytest

from probe.certificates import halves
from probe.certificates.identity import read_identity
from probe.certificates.parse import certificates_from_pem
from probe.lab.pki import Authority, Issued
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.clock import SystemClock
from probe.model.identity import FileFault, LoadedIdentity
from probe.model.path import Identity

ISSUING = Authority.root("Root", now=SystemClock().now().replace(microsecond=0)).intermediate("Issuing")
LONG_AGO = 1_700_000_000


class Pair:
    """A certificate and a key on disk, each replaced by itself."""

    def __init__(self, directory: pathlib.Path) -> None:
        """Nothing is there yet."""
        self.identity = Identity(name="billing", certificate=directory / "tls.crt", private_key=directory / "tls.key")

    def write(self, *, certificate: Issued | None = None, key: Issued | None = None) -> None:
        """Replace what is given. Both files are of one time, as in a mounted Secret."""
        assert self.identity.private_key is not None
        if certificate is not None:
            self.identity.certificate.write_bytes(certificate.certificate_pem)
        if key is not None:
            self.identity.private_key.write_bytes(key.key_pem)
        for file in (self.identity.certificate, self.identity.private_key):
            os.utime(file, (LONG_AGO, LONG_AGO))

    def read(self) -> LoadedIdentity:
        """As a run reads it."""
        return read_identity(self.identity, pause=lambda _: None)

    def half(self) -> str | None:
        """What is said of a pair that does not fit; it is never one that could be used."""
        loaded = self.read()
        assert (loaded.usable, loaded.facts.fault) == (False, FileFault.KEY_MISMATCH)
        return loaded.facts.half_rotated


@pytest.fixture
def pair(tmp_path: pathlib.Path) -> Pair:
    """Two files."""
    return Pair(tmp_path)


def leaf(issued: Issued) -> Certificate:
    """Its facts."""
    return certificates_from_pem(issued.certificate_pem, source=Source(SourceKind.FILE, "x"))[0]


def test_the_key_of_the_certificate_before(pair: Pair) -> None:
    """The new certificate came, its key did not: proven by the public key of what was there before."""
    old, new = ISSUING.issue("billing"), ISSUING.issue("billing")
    pair.write(certificate=old, key=old)
    assert pair.read().facts.half_rotated is None
    pair.write(certificate=new)
    said = (
        f"tls.key still fits the certificate that was in {pair.identity.certificate} before (serial {leaf(old).serial})"
    )
    assert str(pair.half()).endswith(said)
    pair.write(key=new)
    assert pair.read().facts.half_rotated is None
    assert pair.read().usable


def test_the_key_came_first(pair: Pair) -> None:
    """The certificate is still the one whose key lay beside it; also after a rotation and back."""
    old, new = ISSUING.issue("billing"), ISSUING.issue("billing")
    for issued in (old, new, old):
        pair.write(certificate=issued, key=issued)
        assert pair.read().usable
    pair.write(key=ISSUING.issue("billing"))
    assert str(pair.half()).endswith("tls.crt still holds the certificate of the key before it")


def test_what_was_remembered_proves_it_after_a_restart(pair: Pair) -> None:
    """The history knows the leaf; this process has never read it."""
    old, new = ISSUING.issue("billing"), ISSUING.issue("billing")
    pair.write(certificate=new, key=old)
    assert pair.half() is None
    halves.remember_leaf(pair.identity.certificate, leaf(old))
    assert "still fits the certificate" in str(pair.half())


def test_times_show_it_where_nothing_is_remembered(pair: Pair) -> None:
    """One file was written much later than the other; where both are of one time, as in a mounted Secret, nothing is said."""
    pair.write(certificate=ISSUING.issue("billing"), key=ISSUING.issue("billing"))
    assert pair.half() is None
    os.utime(pair.identity.certificate, (LONG_AGO + 60, LONG_AGO + 60))
    said = f"{pair.identity.certificate} was written at 2023-11-14T22:14:20Z, and {pair.identity.private_key} at 2023-11-14T22:13:20Z"
    assert pair.half() == said


def test_a_file_in_the_wrong_order_is_no_rotation(pair: Pair) -> None:
    """The key is that of another certificate of the same file."""
    issued = ISSUING.issue("billing")
    pair.write(certificate=issued, key=ISSUING.issued)
    os.utime(pair.identity.certificate, (LONG_AGO + 60, LONG_AGO + 60))
    assert pair.half() is None


def test_little_is_remembered(pair: Pair) -> None:
    """The latest leaves of a file."""
    issues = [ISSUING.issue("billing") for _ in range(10)]
    for issued in issues:
        halves.remember_leaf(pair.identity.certificate, leaf(issued))
    pair.write(certificate=ISSUING.issue("billing"), key=issues[0])
    assert pair.half() is None
    pair.write(key=issues[2])
    assert pair.half() is not None
