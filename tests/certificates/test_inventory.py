"""The inventory as a whole: rotations, order, threads, and that nothing that lies on a disk upsets it."""

import pathlib
import threading

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from probe.model.path import Watch
from probe.model.secret import Secret
from tests.certificates.stock import NOW, Stock, der, subjects
from tests.certificates.test_pkcs12 import packed


def test_a_rotation_is_told_once(stock: Stock) -> None:
    """With the leaf before and after, and when it was noticed."""
    identity = stock.identity(stock.issuing.issue("old"))
    inventory = stock.inventory(paths=[stock.path(identity=identity)], identities=[identity])
    assert inventory.scan() == ()
    stock.identity(stock.issuing.issue("new"))
    stock.clock.advance(60)
    (rotation,) = inventory.scan()
    assert rotation.before is not None
    assert (rotation.identity, rotation.before.subject, rotation.after.subject) == ("billing", "CN=old", "CN=new")
    assert (rotation.at - NOW).total_seconds() == 60
    assert inventory.scan() == ()


def test_a_chain_that_changes_is_no_rotation(stock: Stock) -> None:
    """Nor is a comment, or the same content put in place anew."""
    issued = stock.issuing.issue("billing", send_chain=False)
    identity = stock.identity(issued)
    inventory = stock.inventory(identities=[identity])
    inventory.scan()
    identity.certificate.write_bytes(b"# new\n" + issued.certificate_pem + stock.issuing.certificate_pem)
    assert inventory.scan() == ()
    assert subjects(inventory.entries()) == ["CN=billing", "CN=Issuing"]


def test_a_file_that_is_gone_for_a_while(stock: Stock) -> None:
    """The leaf of before is what a later one is compared with."""
    old = stock.issuing.issue("old")
    identity = stock.identity(old)
    inventory = stock.inventory(identities=[identity])
    inventory.scan()
    identity.certificate.write_bytes(b"")
    assert inventory.scan() == ()
    old.write(identity.certificate, identity.private_key or identity.certificate)
    assert inventory.scan() == ()
    identity.certificate.unlink()
    inventory.scan()
    stock.identity(stock.issuing.issue("new"))
    (rotation,) = inventory.scan()
    assert rotation.before is not None
    assert rotation.before.subject == "CN=old"


def test_a_file_that_was_never_readable(stock: Stock) -> None:
    """What comes then has nothing before it."""
    identity = stock.identity(stock.issuing.issue("new"))
    identity.certificate.write_bytes(b"")
    inventory = stock.inventory(identities=[identity])
    assert inventory.scan() == ()
    stock.identity(stock.issuing.issue("new"))
    (rotation,) = inventory.scan()
    assert (rotation.before, rotation.after.subject) == (None, "CN=new")


def test_an_unchanged_identity_is_not_read_again(stock: Stock) -> None:
    """Proving an RSA key costs 45 ms."""
    identity = stock.identity(stock.issuing.issue("billing"))
    inventory = stock.inventory(identities=[identity])
    for _ in range(3):
        inventory.scan()
    assert inventory.reads == 1


def test_the_order_is_fixed(stock: Stock) -> None:
    """Paths as configured, our files first; then the identities that no path uses; then what is watched, by name."""
    used, alone = (stock.identity(stock.issuing.issue(name, send_chain=False), name) for name in ("used", "alone"))
    trust = stock.write("ca.pem", stock.root.certificate_pem)
    for name in ("b", "a"):
        stock.write(f"certs/{name}.pem", stock.issuing.issue(name, send_chain=False).certificate_pem)
    inventory = stock.inventory(
        stock.directory / "certs",
        paths=[stock.path("z", identity=used, trust=trust), stock.path("y")],
        identities=[alone, used],
    )
    assert inventory.entries() == ()
    inventory.scan()
    inventory.learn("y", stock.handshake())
    inventory.learn("z", stock.handshake())
    found = [
        (entry.path, subject) for entry, subject in zip(inventory.entries(), subjects(inventory.entries()), strict=True)
    ]
    assert found == [
        ("z", "CN=used"),
        ("z", "CN=Root"),
        ("z", "CN=connector.test"),
        ("z", "CN=Issuing"),
        ("y", "CN=Root"),
        ("y", "CN=connector.test"),
        ("y", "CN=Issuing"),
        (None, "CN=alone"),
        (None, "CN=a"),
        (None, "CN=b"),
    ]


def test_where_a_change_matters(stock: Stock) -> None:
    """Both files of an identity, bundles, directories, what a pattern fits and where more may come, files that a file names."""
    identity = stock.identity(stock.server)
    stock.write("x/a/b/one.pem", stock.root.certificate_pem)
    stock.write("pki/ca.crt", stock.root.certificate_pem)
    text = b"kind: Config\nclusters: [{name: c, cluster: {certificate-authority: pki/ca.crt}}]\n"
    config, trust = stock.write("config", text), stock.write("ca.pem", stock.root.certificate_pem)
    pattern = stock.directory / "x/**/*.pem"
    inventory = stock.inventory(config, pattern, "/etc/*.none", paths=[stock.path(trust=trust, identity=identity)])
    before = [identity.certificate, identity.private_key, trust, config, stock.directory / "x", pathlib.Path("/etc")]
    assert list(inventory.places()) == before
    inventory.scan()
    assert [place for place in inventory.places() if place not in before] == [
        stock.directory / "pki/ca.crt",
        stock.directory / "x/a/b",
    ]


def test_from_several_threads(stock: Stock) -> None:
    """Scans, learning and reading at once: every snapshot is whole."""
    identity = stock.identity(stock.issuing.issue("billing", send_chain=False))
    inventory = stock.inventory(stock.write("a.pem", stock.root.certificate_pem), paths=[stock.path(identity=identity)])
    inventory.scan()
    seen: list[int] = []

    def work() -> None:
        for _ in range(50):
            inventory.scan()
            inventory.learn("billing", stock.handshake())
            seen.append(len(inventory.entries()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(seen), set(seen)) == (200, {4})


PIECES = st.sampled_from(
    [
        b"-----BEGIN CERTIFICATE-----\n",
        b"-----END CERTIFICATE-----\n",
        b"-----BEGIN TRUSTED CERTIFICATE-----\n",
        b"-----BEGIN X509 CRL-----\n",
        b"-----END X509 CRL-----\n",
        b"-----BEGIN RSA PRIVATE KEY-----\n",
        b"-----END RSA PRIVATE KEY-----\n",
        b"MIIBszCCAVmgAwIBAgIU",
        b"apiVersion: v1\nkind: Config\n",
        b"users: [{name: a, user: {client-certificate-data: LS0t}}]\n",
        b"\x30\x82\x01\x00",
        b"\x30\x80",
        b"\x02\x01\x03",
        b"\xfe\xed\xfe\xed",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES | st.binary(max_size=60), max_size=8).map(b"".join))
@example(b"\x30\x84\xff\xff\xff\xff\x02\x01\x03")
@example(b"\x30\x0a\x02\x01\x03\x30\x05\x06\x01\x2a\x00\x00")
def test_no_bytes_upset_a_scan(stock: Stock, content: bytes) -> None:
    """Whatever a file holds, there is an answer, and it is the same wherever the file is named."""
    file = stock.write("any", content)
    identity = stock.identity(stock.server)
    identity.certificate.write_bytes(content)
    inventory = stock.inventory(
        Watch(files=str(file), password=Secret("pw")),
        Watch(files=str(stock.directory / "*")),
        paths=[stock.path(trust=file, identity=identity)],
    )
    inventory.scan()
    assert all(entry.certificate is not None or entry.unreadable for entry in inventory.entries())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 3), st.integers(0, 2000), st.integers(0, 8), st.binary(max_size=8))
def test_no_damage_upsets_a_scan(stock: Stock, form: int, at: int, gone: int, new: bytes) -> None:
    """A good file of each format with some bytes of it changed, cut out or added."""
    good = [stock.server.certificate_pem, der(stock.server), stock.root.crl(), packed(stock.server)][form]
    at %= len(good) + 1
    file = stock.write("any", good[:at] + new + good[at + gone :])
    entries = stock.watched(Watch(files=str(file), password=Secret("pw")))
    assert entries
    assert all(entry.certificate is not None or entry.unreadable for entry in entries)


@pytest.mark.parametrize(
    "place", ["/", "/*", "/proc/self/mem", "/dev/zero", "//", "/**none", "/[", "relative/*.pem", ""]
)
def test_no_place_upsets_a_scan(stock: Stock, place: str) -> None:
    """Whatever is configured, there is an answer."""
    inventory = stock.inventory(Watch(files=place))
    inventory.scan()
    assert all(entry.name for entry in inventory.entries() if place)


def test_a_bundle_that_is_everything(stock: Stock) -> None:
    """One file may be trust, list, identity and watched at once."""
    file: pathlib.Path = stock.write("all.pem", stock.server.certificate_pem + stock.root.crl() + stock.server.key_pem)
    inventory = stock.inventory(file, paths=[stock.path(trust=file)])
    inventory.scan()
    assert subjects(inventory.entries()) == ["CN=connector.test", "CN=Issuing", "CN=Root"]
