"""Identities read from files: every fault a fact, and no fault an exception."""

import os
import pathlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from probe.certificates.identity import read_checked_identity, read_identity
from probe.documents import lately
from probe.documents.lately import MOMENTS_S
from probe.lab.pki import Authority, Issued
from probe.model.clock import SystemClock
from probe.model.identity import FileFault
from probe.model.path import Identity, Verify
from probe.model.secret import Secret
from probe.tls.contexts import ContextCache

NOW = SystemClock().now().replace(microsecond=0)


@pytest.fixture(scope="module")
def root() -> Authority:
    """An authority."""
    return Authority.root("Root", now=NOW)


class Files:
    """Two files, and the identity that names them."""

    def __init__(self, directory: pathlib.Path, issued: Issued) -> None:
        """Write a good pair into `directory`."""
        self.issued = issued
        self.certificate, self.key = directory / "tls.crt", directory / "tls.key"
        issued.write(self.certificate, self.key)

    def identity(self, password: str | None = None) -> Identity:
        """The identity, with a password for its key where given."""
        return Identity(
            name="billing",
            certificate=self.certificate,
            private_key=self.key,
            private_key_password=None if password is None else Secret(password),
        )


@pytest.fixture
def files(tmp_path: pathlib.Path, root: Authority) -> Files:
    """A good pair."""
    return Files(tmp_path, root.intermediate("Issuing").issue("billing"))


def test_a_good_pair(files: Files) -> None:
    """The facts, and the bytes that were checked, which nothing prints."""
    loaded = read_identity(files.identity())
    assert loaded.usable
    assert loaded.facts.fault is None
    assert [c.subject for c in loaded.facts.certificates] == ["CN=billing", "CN=Issuing"]
    assert loaded.certificate_pem == files.issued.certificate_pem
    assert loaded.key_pem == files.issued.key_pem
    assert "PRIVATE" not in repr(loaded)
    assert repr(loaded.key_pem)[2:60] not in repr(loaded)


def test_an_expired_certificate_is_no_file_fault(tmp_path: pathlib.Path, root: Authority) -> None:
    """Dates are judged elsewhere: the pair loads, and its dates are there."""
    expired = root.issue("x", not_before=NOW - timedelta(days=9), not_after=NOW - timedelta(days=1))
    loaded = read_identity(Files(tmp_path, expired).identity())
    assert loaded.usable
    assert loaded.facts.certificates[0].expired(NOW)


def indented(pem: bytes) -> bytes:
    """With blanks before each line."""
    return b"".join(b"  " + line for line in pem.splitlines(keepends=True))


def empty_certificate(files: Files) -> None:
    """An empty file."""
    files.certificate.write_bytes(b"")


def der_certificate(files: Files) -> None:
    """The right certificate in the wrong form."""
    files.certificate.write_bytes(files.issued.certificate.public_bytes(serialization.Encoding.DER))


def cut_certificate(files: Files) -> None:
    """A copy that was cut off."""
    files.certificate.write_bytes(files.issued.certificate_pem[:300])


def indented_certificate(files: Files) -> None:
    """As pasted out of YAML."""
    files.certificate.write_bytes(indented(files.issued.certificate_pem))


def returned_certificate(files: Files) -> None:
    """Carriage returns alone between its lines."""
    files.certificate.write_bytes(files.issued.certificate_pem.replace(b"\n", b"\r"))


def no_certificate(files: Files) -> None:
    """A file that is not there."""
    files.certificate.unlink()


def directory_certificate(files: Files) -> None:
    """A directory in its place."""
    files.certificate.unlink()
    files.certificate.mkdir()


def no_key(files: Files) -> None:
    """A key that is not there."""
    files.key.unlink()


def directory_key(files: Files) -> None:
    """A directory in its place."""
    files.key.unlink()
    files.key.mkdir()


def empty_key(files: Files) -> None:
    """An empty key file."""
    files.key.write_bytes(b"")


def certificate_as_key(files: Files) -> None:
    """The certificate where the key belongs."""
    files.key.write_bytes(files.issued.certificate_pem)


def broken_key(files: Files) -> None:
    """A key with damaged base64."""
    files.key.write_bytes(files.issued.key_pem.replace(b"M", b"!"))


def indented_key(files: Files) -> None:
    """As pasted out of YAML."""
    files.key.write_bytes(indented(files.issued.key_pem))


def quoted_leaf_key(files: Files) -> None:
    """A certificate whose first line is not alone: OpenSSL takes the issuer for the leaf."""
    files.certificate.write_bytes(b'"' + files.issued.certificate_pem)


def other_key(files: Files) -> None:
    """A key of another issue."""
    files.key.write_bytes(Authority.root("Other", now=NOW).issue("x").key_pem)


def other_kind_of_key(files: Files) -> None:
    """A key of another type."""
    files.key.write_bytes(Authority.root("Other", now=NOW).issue("x", rsa_bits=2048).key_pem)


def encrypted_key(files: Files) -> None:
    """A key that needs a password."""
    files.key.write_bytes(files.issued.encrypted_key_pem(b"right"))


FAULTS: list[tuple[Callable[[Files], None], FileFault, str]] = [
    (empty_certificate, FileFault.CERTIFICATE_MALFORMED, "empty"),
    (der_certificate, FileFault.CERTIFICATE_MALFORMED, "DER"),
    (cut_certificate, FileFault.CERTIFICATE_MALFORMED, "cut off"),
    (indented_certificate, FileFault.CERTIFICATE_MALFORMED, "line 1: blanks stand before -----BEGIN"),
    (returned_certificate, FileFault.CERTIFICATE_MALFORMED, "carriage returns alone"),
    (no_certificate, FileFault.CERTIFICATE_MISSING, "does not exist"),
    (directory_certificate, FileFault.CERTIFICATE_UNREADABLE, "directory"),
    (no_key, FileFault.KEY_MISSING, "does not exist"),
    (directory_key, FileFault.KEY_UNREADABLE, "directory"),
    (empty_key, FileFault.KEY_MALFORMED, "empty"),
    (certificate_as_key, FileFault.KEY_MALFORMED, "no readable PEM private key"),
    (broken_key, FileFault.KEY_MALFORMED, "no readable PEM private key"),
    (indented_key, FileFault.KEY_MALFORMED, "line 1: blanks stand before -----BEGIN"),
    (quoted_leaf_key, FileFault.KEY_MISMATCH, "line 1: something stands before -----BEGIN"),
    (other_key, FileFault.KEY_MISMATCH, "different issues"),
    (other_kind_of_key, FileFault.KEY_MISMATCH, "different issues"),
    (encrypted_key, FileFault.KEY_ENCRYPTED, "no password"),
]


@pytest.mark.parametrize(("damage", "fault", "words"), FAULTS, ids=[damage.__name__ for damage, _, _ in FAULTS])
def test_faults(files: Files, damage: Callable[[Files], None], fault: FileFault, words: str) -> None:
    """Each fault has its kind, the path of the file at fault, and words for people."""
    damage(files)
    loaded = read_identity(files.identity())
    assert loaded.facts.fault is fault
    at_fault = files.certificate if "certificate" in damage.__name__ and damage is not certificate_as_key else files.key
    assert loaded.facts.fault_path == str(at_fault)
    assert str(at_fault) in loaded.facts.fault_detail
    assert words.lower() in loaded.facts.fault_detail.lower()
    assert not loaded.usable


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_permission(files: Files) -> None:
    """A key that we may not read is unreadable, not missing."""
    files.key.chmod(0)
    assert read_identity(files.identity()).facts.fault is FileFault.KEY_UNREADABLE


def test_passwords(files: Files) -> None:
    """The right one opens the key, a wrong one is named, and one for an open key does no harm."""
    encrypted_key(files)
    assert read_identity(files.identity("wrong")).facts.fault is FileFault.KEY_BAD_PASSWORD
    facts = read_identity(files.identity("")).facts
    assert facts.fault is FileFault.KEY_ENCRYPTED
    assert facts.fault_detail.endswith("the key is encrypted, and the configured password is empty")
    right = read_identity(files.identity("right"))
    assert right.usable
    ContextCache().client(Verify(), None, right.certificate_pem, right.key_pem, right.key_password)
    files.key.write_bytes(files.issued.key_pem)
    assert read_identity(files.identity("needless")).usable


def test_a_password_never_shows(files: Files) -> None:
    """No text of a faulty identity holds its password."""
    encrypted_key(files)
    assert "hunter2" not in repr(read_identity(files.identity("hunter2")))


def test_the_wrong_order_is_explained(files: Files) -> None:
    """A leaf behind its issuer is a mismatch that says what to do."""
    leaf, issuing = files.issued.certificate_pem.split(b"-----END CERTIFICATE-----\n")[:2]
    end = b"-----END CERTIFICATE-----\n"
    files.certificate.write_bytes(issuing + end + leaf + end)
    facts = read_identity(files.identity()).facts
    assert facts.fault is FileFault.KEY_MISMATCH
    assert "fits certificate 2" in facts.fault_detail


@pytest.mark.parametrize(
    ("bits", "level", "weak"), [(1024, None, True), (1024, 1, False), (2048, None, False), (2048, 3, True)]
)
def test_weak_keys_by_level(tmp_path: pathlib.Path, root: Authority, bits: int, level: int | None, weak: bool) -> None:  # noqa: FBT001 - a column of the table
    """A key is as weak as OpenSSL finds it at the path's level: the same pair is then loaded to prove it."""
    loaded = read_identity(Files(tmp_path, root.issue("x", rsa_bits=bits)).identity(), security_level=level)
    assert (loaded.facts.fault is FileFault.CERTIFICATE_WEAK_KEY) is weak
    if not weak:
        ContextCache().client(Verify(security_level=level), None, loaded.certificate_pem, loaded.key_pem)


def test_a_weak_issuer_behind_the_leaf(tmp_path: pathlib.Path, root: Authority) -> None:
    """OpenSSL has the last word: what it has against the rest of the chain is said as it says it."""
    weak = Files(tmp_path, root.issue("x", rsa_bits=1024))
    leaf = Files(tmp_path, root.issue("y"))
    leaf.certificate.write_bytes(leaf.issued.certificate_pem + weak.issued.certificate_pem)
    facts = read_identity(leaf.identity()).facts
    assert facts.fault is FileFault.CERTIFICATE_WEAK_KEY
    assert facts.fault_detail.endswith("OpenSSL refuses the client certificate or key: CA_KEY_TOO_SMALL")
    assert read_identity(leaf.identity(), security_level=1).usable


def test_a_trusted_certificate_of_openssl(files: Files) -> None:
    """Its own kind of block, which it loads in the first place, with the issuer behind it."""
    leaf, rest = files.issued.certificate_pem.split(b"-----BEGIN CERTIFICATE-----\n", 2)[1:]
    begin = b"-----BEGIN CERTIFICATE-----\n"
    trusted = (begin + leaf).replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE")
    files.certificate.write_bytes(trusted + begin + rest)
    loaded = read_identity(files.identity())
    assert loaded.usable
    assert [one.subject for one in loaded.facts.certificates] == ["CN=billing", "CN=Issuing"]


def test_without_a_key_the_certificate_is_watched(files: Files) -> None:
    """No key configured: facts, no fault, and nothing to offer."""
    loaded = read_identity(Identity(name="watched", certificate=files.certificate))
    assert loaded.facts.fault is None
    assert loaded.facts.certificates
    assert not loaded.usable


def test_a_rotation_half_done_is_read_again(files: Files, root: Authority) -> None:
    """Where the key was replaced a moment after the certificate, the second reading is what counts."""
    renewed = root.issue("renewed")
    files.certificate.write_bytes(renewed.certificate_pem)
    loaded = read_identity(files.identity(), pause=lambda _: files.key.write_bytes(renewed.key_pem) and None)
    assert loaded.usable
    assert loaded.facts.certificates[0].subject == "CN=renewed"


@pytest.mark.parametrize("name", ["certificate", "key"])
@pytest.mark.parametrize("part", [0.0, 0.5])
def test_what_is_being_written_in_place_is_read_again(files: Files, name: str, part: float) -> None:
    """Empty, or half of it: what counts is what stands there a few moments later."""
    file: pathlib.Path = getattr(files, name)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    moments: list[float] = []

    def pause(moment_s: float) -> None:
        moments.append(moment_s)
        if len(moments) == 3:
            file.write_bytes(whole)

    assert read_identity(files.identity(), pause=pause).usable
    assert moments == [*MOMENTS_S[:3]]


def test_each_file_that_is_being_written_has_its_own_moments(files: Files) -> None:
    """Whoever writes the key after the certificate, each as slowly as may be, is waited for to the end of both."""
    certificate, key = files.certificate.read_bytes(), files.key.read_bytes()
    files.certificate.write_bytes(certificate[: len(certificate) // 3])
    moments: list[float] = []

    def pause(moment_s: float) -> None:
        moments.append(moment_s)
        if len(moments) == len(MOMENTS_S):
            files.certificate.write_bytes(certificate)
            files.key.write_bytes(key[: len(key) // 3])
        elif len(moments) == 2 * len(MOMENTS_S):
            files.key.write_bytes(key)

    assert read_identity(files.identity(), pause=pause).usable
    assert moments == [*MOMENTS_S, *MOMENTS_S]


def test_what_nobody_has_written_lately_is_what_it_is(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that lasts costs no run a moment; half a rotation costs it one."""
    monkeypatch.setattr(lately, "LATELY_S", 0.0)
    moments: list[float] = []
    whole = files.certificate.read_bytes()
    files.certificate.write_bytes(b"")
    assert read_identity(files.identity(), pause=moments.append).facts.fault is FileFault.CERTIFICATE_MALFORMED
    assert moments == []
    files.certificate.write_bytes(whole)
    files.key.unlink()
    assert read_identity(files.identity(), pause=moments.append).facts.fault is FileFault.KEY_MISSING
    assert moments == [MOMENTS_S[0]]


def test_what_is_never_whole_is_given_up(files: Files) -> None:
    """A file that somebody has just broken for good."""
    moments: list[float] = []
    files.key.write_bytes(b"no key")
    assert read_identity(files.identity(), pause=moments.append).facts.fault is FileFault.KEY_MALFORMED
    assert moments == [*MOMENTS_S]


def test_one_version_of_a_kubernetes_secret(tmp_path: pathlib.Path, root: Authority) -> None:
    """Both files come out of the directory that `..data` leads to when they are read."""
    for version in ("one", "two"):
        (tmp_path / f"..{version}").mkdir()
        Files(tmp_path / f"..{version}", root.issue(version))
    (tmp_path / "..data").symlink_to("..one")
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    identity = Identity(name="k", certificate=tmp_path / "tls.crt", private_key=tmp_path / "tls.key")
    assert read_identity(identity).facts.certificates[0].subject == "CN=one"
    (tmp_path / "..next").symlink_to("..two")
    (tmp_path / "..next").rename(tmp_path / "..data")
    loaded = read_identity(identity)
    assert loaded.usable
    assert loaded.facts.certificates[0].subject == "CN=two"
    assert loaded.facts.certificate_path == str(tmp_path / "tls.crt")


def test_what_was_checked_is_known_by_its_content(files: Files) -> None:
    """The quick way knows what was checked before, and nothing else: not other content, path, password or level."""
    identity = files.identity()
    assert read_checked_identity(identity) is None
    checked = read_identity(identity)
    assert read_checked_identity(identity) == checked
    assert read_checked_identity(identity, security_level=5) is None
    assert read_checked_identity(files.identity("another password")) is None
    files.certificate.write_bytes(files.certificate.read_bytes() + b"\n")
    assert read_checked_identity(identity) is None
    assert read_identity(identity).certificate_pem == files.issued.certificate_pem + b"\n"
    assert read_checked_identity(identity) is not None


def test_a_fault_is_never_known(files: Files, root: Authority) -> None:
    """What is wrong is read again the patient way, since half a rotation looks the same."""
    files.key.write_bytes(root.issue("other").key_pem)
    identity = files.identity()
    assert read_identity(identity, pause=lambda _: None).facts.fault is FileFault.KEY_MISMATCH
    assert read_checked_identity(identity) is None
    files.key.write_bytes(files.issued.key_pem)
    assert read_identity(identity).usable


def test_everything_that_is_wrong_is_told(tmp_path: pathlib.Path, root: Authority) -> None:
    """Issue: several at once. The first fault leads, and each further one stands beside it once."""
    weak = Files(tmp_path, root.issue("weak", rsa_bits=1024))
    other_key(weak)
    facts = read_identity(weak.identity()).facts
    assert (facts.fault, facts.further_faults) == (FileFault.KEY_MISMATCH, (FileFault.CERTIFICATE_WEAK_KEY,))
    weak.key.unlink()
    facts = read_identity(weak.identity()).facts
    assert (facts.fault, facts.further_faults) == (FileFault.KEY_MISSING, (FileFault.CERTIFICATE_WEAK_KEY,))
    weak.certificate.write_bytes(b"")
    facts = read_identity(weak.identity()).facts
    assert (facts.fault, facts.further_faults) == (FileFault.CERTIFICATE_MALFORMED, (FileFault.KEY_MISSING,))
    weak.certificate.unlink()
    facts = read_identity(weak.identity()).facts
    assert (facts.fault, facts.further_faults) == (FileFault.CERTIFICATE_MISSING, (FileFault.KEY_MISSING,))
