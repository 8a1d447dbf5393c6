"""Which files of a directory are to be certificates, whose keys lie beside them, and what is said of a watch."""

import pytest
from cryptography.hazmat.primitives import serialization

from probe.model.path import Watch
from probe.model.secret import Secret
from probe.model.watch import Care
from tests.certificates.stock import NOW, THRESHOLDS, Stock, only, subjects
from tests.certificates.test_pkcs12 import packed


@pytest.mark.parametrize(
    "name", ["tls.key", "README", "notes.txt", "openssl.cnf", ".gitkeep", "old.pem~", "ca.srl", "store.jks"]
)
def test_what_usually_lies_beside(stock: Stock, name: str) -> None:
    """Is no mistake, whatever it holds."""
    stock.write("certs/a.pem", stock.root.certificate_pem)
    stock.write(f"certs/{name}", b"no certificate")
    assert subjects(stock.watched(stock.directory / "certs")) == ["CN=Root"]


@pytest.mark.parametrize("name", ["store.jks", "store.bak", "store.old", "store.key", "keystore", ".store"])
def test_a_key_store_is_one_whatever_it_is_called(stock: Stock, name: str) -> None:
    """It is told that it cannot be read, since what it holds would expire unseen; one without a password is read."""
    stock.write("certs/a.pem", stock.root.certificate_pem)
    file = stock.write(f"certs/{name}", packed(stock.issuing.issue("mine", send_chain=False)))
    sealed = next(one for one in stock.watched(stock.directory / "certs") if one.certificate is None)
    assert "a PKCS#12 file with a password" in (sealed.unreadable or "")
    for magic in ("feedfeed", "cececece"):
        file.write_bytes(bytes.fromhex(magic) + bytes(200_000))
        java = next(one for one in stock.watched(stock.directory / "certs") if one.certificate is None)
        assert f"keytool -importkeystore -srckeystore {file} -destkeystore {file}.p12" in (java.unreadable or "")
    file.write_bytes(packed(stock.issuing.issue("mine", send_chain=False), serialization.NoEncryption()))
    assert "CN=mine" in subjects(stock.watched(stock.directory / "certs"))


@pytest.mark.parametrize("name", ["tls.crt", "client.pem", "upstream", "store.p12"])
@pytest.mark.parametrize("content", [b"", b"no certificate"])
def test_what_was_to_be_a_certificate(stock: Stock, name: str, content: bytes) -> None:
    """Is an entry, beside those that can be read."""
    stock.write("certs/a.pem", stock.root.certificate_pem)
    stock.write(f"certs/{name}", content)
    entries = stock.watched(stock.directory / "certs")
    assert [entry.certificate is None for entry in entries] == [False, True]
    assert entries[1].name == f"{stock.directory}/certs/{name}"


def test_keys_alone_are_no_mistakes(stock: Stock) -> None:
    """Neither keys nor requests nor parameters, under any name; but a directory of nothing else is told."""
    stock.write("certs/private.pem", stock.server.key_pem)
    stock.write("certs/dh.pem", b"-----BEGIN DH PARAMETERS-----\nMAo=\n-----END DH PARAMETERS-----\n")
    assert subjects(stock.watched(stock.directory / "certs")) == [f"{stock.directory}/certs: no certificate is in it"]
    stock.write("certs/a.pem", stock.root.certificate_pem)
    assert subjects(stock.watched(stock.directory / "certs")) == ["CN=Root"]


@pytest.mark.parametrize("place", ["certs", "certs/*"])
def test_a_key_beside(stock: Stock, place: str) -> None:
    """In a file of its own makes the leaf that it fits ours, and no other."""
    mine, other = stock.issuing.issue("mine", send_chain=False), stock.issuing.issue("other", send_chain=False)
    mine.write(stock.write("certs/mine.crt", b""), stock.write("certs/mine.key", b""))
    stock.write("certs/other.crt", other.certificate_pem)
    entries = stock.watched(stock.directory / place)
    assert (only(entries, "CN=mine").ours, only(entries, "CN=other").ours) == (True, False)


def test_care_of_a_watch(stock: Stock) -> None:
    """As configured for it; the thresholds of the configuration where it has none."""
    file = stock.write("up.pem", stock.server.certificate_pem)
    (entry, _) = stock.watched(
        Watch(files=str(file), path="billing", managed_by="ops", renew_before_s=9.0, thresholds_s=(3.0, 2.0))
    )
    assert entry.care == Care(managed_by="ops", renew_before_s=9.0, thresholds_s=(3.0, 2.0))
    assert (entry.path, entry.relied_on, entry.name) == ("billing", True, str(file))
    (entry, _) = stock.watched(file)
    assert (entry.care, entry.path) == (Care(thresholds_s=THRESHOLDS), None)


@pytest.mark.parametrize("place", ["certs", "certs/*"])
@pytest.mark.parametrize("first", [True, False])
def test_a_file_of_a_directory_with_a_password_of_its_own(stock: Stock, place: str, first: bool) -> None:  # noqa: FBT001 - a table's column
    """The watch that names it reads it; the directory's has nothing to add."""
    file = stock.write("certs/mine.p12", packed(stock.issuing.issue("mine", send_chain=False)))
    watches = [Watch(files=str(file), password=Secret("pw")), Watch(files=str(stock.directory / place))]
    (entry,) = stock.watched(*(watches if first else reversed(watches)))
    assert (subjects([entry]), entry.ours) == (["CN=mine"], True)


def test_two_watches_of_one_file(stock: Stock) -> None:
    """Make one entry; what one of them says of its care counts."""
    file = stock.write("certs/a.pem", stock.root.certificate_pem)
    (entry,) = stock.watched(stock.directory / "certs", Watch(files=str(file), managed_by="ops"))
    assert entry.care == Care(managed_by="ops", thresholds_s=THRESHOLDS)
    assert len(entry.seen) == 1
    assert entry.seen[0].at == NOW


def test_one_certificate_in_two_files(stock: Stock) -> None:
    """Is one entry with two sightings."""
    stock.write("certs/a.pem", stock.root.certificate_pem)
    stock.write("certs/b.pem", b"# copy\n" + stock.root.certificate_pem)
    (entry,) = stock.watched(stock.directory / "certs")
    assert entry.name.endswith("/a.pem")
    assert [sighting.source.location[-5:] for sighting in entry.seen] == ["a.pem", "b.pem"]
