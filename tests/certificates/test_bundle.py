"""What a path relies on: of a bundle, of the system's trust store, of revocation lists."""

import dataclasses

import pytest

from probe.lab.pki import Authority
from probe.model.certificate import CertificateRole, Source, SourceKind
from probe.model.network import Endpoint
from probe.model.path import Proxy, Verify
from probe.model.watch import Held
from tests.certificates.stock import DAY, NOW, TRUST, WIRE, Stock, fact, only, places, subjects


def test_a_bundle_before_the_first_handshake(stock: Stock) -> None:
    """Every CA is listed, and nothing is claimed of any."""
    other = Authority.root("Other", now=NOW)
    file = stock.write("ca.pem", stock.root.certificate_pem + other.certificate_pem)
    inventory = stock.inventory(paths=[stock.path(trust=file)])
    inventory.scan()
    entries = inventory.entries()
    assert subjects(entries) == ["CN=Root", "CN=Other"]
    assert {(entry.path, entry.name, entry.relied_on) for entry in entries} == {("billing", "connector.test", None)}
    assert {entry.certificate.role for entry in entries if entry.certificate} == {CertificateRole.CA_BUNDLE}
    assert places(entries[0]) == [("trust", str(file))]


def test_a_bundle_after_a_verified_handshake(stock: Stock) -> None:
    """The chain that was built tells the CA that counts from the rest."""
    other = Authority.root("Other", now=NOW)
    file = stock.write("ca.pem", stock.root.certificate_pem + other.certificate_pem)
    inventory = stock.inventory(paths=[stock.path(trust=file)])
    inventory.scan()
    trust = dataclasses.replace(TRUST, location=str(file))
    seen = stock.handshake()
    inventory.learn(
        "billing", dataclasses.replace(seen, built=(*seen.presented, fact(stock.root.issued.certificate, trust)))
    )
    root, rest = only(inventory.entries(), "CN=Root"), only(inventory.entries(), "CN=Other")
    assert (root.relied_on, rest.relied_on) == (True, False)
    assert root.certificate is not None
    assert rest.certificate is not None
    assert (root.certificate.role, rest.certificate.role) == (CertificateRole.ROOT, CertificateRole.CA_BUNDLE)
    assert places(root) == [("trust", str(file))]


def test_a_broken_handshake_shows_nothing_of_a_bundle(stock: Stock) -> None:
    """It may have broken because the bundle is wrong."""
    file = stock.write("ca.pem", stock.root.certificate_pem)
    inventory = stock.inventory(paths=[stock.path(trust=file)])
    inventory.scan()
    inventory.learn("billing", stock.handshake(verified=False))
    root = only(inventory.entries(), "CN=Root")
    assert root.relied_on is None
    assert root.certificate is not None
    assert root.certificate.role is CertificateRole.ROOT


def test_a_directory_is_one_bundle(stock: Stock) -> None:
    """Each CA names its file, and the sighting the directory; what is no certificate is passed over."""
    stock.write("ca/root.pem", stock.root.certificate_pem)
    stock.write("ca/old.crt", Authority.root("Old", now=NOW - DAY).certificate_pem)
    stock.write("ca/notes.pem", b"none")
    inventory = stock.inventory(paths=[stock.path(trust=stock.directory / "ca")])
    inventory.scan()
    entries = inventory.entries()
    assert subjects(entries) == ["CN=Old", "CN=Root"]
    assert {tuple(places(entry)) for entry in entries} == {(("trust", f"{stock.directory}/ca"),)}
    assert entries[1].certificate is not None
    assert entries[1].certificate.source.location == f"{stock.directory}/ca/root.pem"


@pytest.mark.parametrize(
    ("before", "words"),
    [(b"  ", "line {}: blanks stand before -----BEGIN"), (b"see ", "line {}: something stands before -----BEGIN")],
)
def test_a_ca_that_openssl_passes_over(stock: Stock, before: bytes, words: str) -> None:
    """It is in the bundle for the eye, and not trusted: the bundle's place says so, with the line."""
    other = Authority.root("Other", now=NOW).certificate_pem
    file = stock.write("ca.pem", stock.root.certificate_pem + before + other)
    inventory = stock.inventory(paths=[stock.path(trust=file)])
    inventory.scan()
    (unreadable,) = [entry for entry in inventory.entries() if entry.certificate is None]
    line = stock.root.certificate_pem.count(b"\n") + 1
    assert unreadable.unreadable is not None
    assert f"{file}: {words.format(line)}" in unreadable.unreadable


def test_a_trusted_leaf(stock: Stock) -> None:
    """A self-signed server certificate in the bundle is a server's."""
    file = stock.write("ca.pem", stock.server.certificate_pem.partition(b"-----END CERTIFICATE-----\n")[0])
    file.write_bytes(file.read_bytes() + b"-----END CERTIFICATE-----\n")
    inventory = stock.inventory(paths=[stock.path(trust=file)])
    inventory.scan()
    (entry,) = inventory.entries()
    assert entry.certificate is not None
    assert entry.certificate.role is CertificateRole.SERVER


def test_the_system_trust_store(stock: Stock) -> None:
    """Only the CA that a built chain ended in, also where the peer sends it along."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.scan()
    assert inventory.entries() == ()
    seen = stock.handshake()
    inventory.learn("billing", seen)
    root = only(inventory.entries(), "CN=Root")
    assert places(root) == [("trust", "the system's trust store")]
    assert (root.relied_on, root.name) == (True, "connector.test")
    sent = (*seen.presented, fact(stock.root.issued.certificate, WIRE))
    inventory.learn("billing", dataclasses.replace(seen, presented=sent, built=sent))
    root = only(inventory.entries(), "CN=Root")
    assert places(root) == [("trust", "the system's trust store"), ("peer", "connector.test:8443")]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "it does not exist"), (b"", "it is empty"), (b"x", "it holds no certificate: neither PEM")],
)
def test_a_broken_bundle(stock: Stock, content: bytes | None, said: str) -> None:
    """Is one entry of its path."""
    file = stock.directory / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    inventory = stock.inventory(paths=[stock.path(trust=file)])
    inventory.scan()
    (entry,) = inventory.entries()
    assert (entry.path, entry.name, entry.certificate) == ("billing", "connector.test", None)
    assert (entry.unreadable or "").startswith(f"{file}: {said}")


def test_what_a_broken_bundle_held(stock: Stock) -> None:
    """Stays with when it was seen last, lists as well, also across a restart where a handshake has shown that it counts."""
    trust, lists = stock.write("ca.pem", stock.root.certificate_pem), stock.write("crl.pem", stock.issuing.crl())
    paths = [stock.path(trust=trust, verify=Verify(crl=lists))]
    inventory = stock.inventory(paths=paths)
    inventory.scan()
    inventory.learn("billing", stock.handshake(trust=Source(SourceKind.FILE, str(trust))))
    stock.clock.advance(60)
    trust.write_bytes(b"")
    lists.unlink()
    for known in (inventory, stock.inventory(paths=paths, remembered=inventory.entries())):
        known.scan()
        entries = known.entries()
        assert [entry.unreadable for entry in entries if entry.certificate is None] == [
            f"{trust}: it is empty",
            f"{lists}: it does not exist",
        ]
        held = [entry for entry in entries if entry.held_as(Held.TRUST, Held.CRL) and entry.certificate is not None]
        assert [(entry.relied_on, entry.seen[0].at) for entry in held] == [(True, NOW), (True, NOW)]


def test_an_empty_directory_of_trust(stock: Stock) -> None:
    """The same; and a bundle that holds revocation lists only."""
    (stock.directory / "ca").mkdir()
    lists = stock.write("lists.pem", stock.root.crl())
    inventory = stock.inventory(paths=[stock.path("a", trust=stock.directory / "ca"), stock.path("b", trust=lists)])
    inventory.scan()
    assert subjects(inventory.entries()) == [
        f"{stock.directory}/ca: it holds no certificate",
        f"{lists}: it holds no certificate",
    ]


def test_revocation_lists(stock: Stock) -> None:
    """The path relies on the list of its peer's issuer, which a verified handshake shows."""
    file = stock.write("crl.pem", stock.issuing.crl(next_update=NOW + DAY) + stock.root.crl())
    inventory = stock.inventory(paths=[stock.path(verify=Verify(crl=file))])
    inventory.scan()
    before = inventory.entries()
    assert [(s, entry.relied_on) for s, entry in zip(subjects(before), before, strict=True)] == [
        ("CN=Issuing", None),
        ("CN=Root", None),
    ]
    inventory.learn("billing", stock.handshake())
    lists = [e for e in inventory.entries() if e.certificate is not None and e.certificate.role is CertificateRole.CRL]
    assert [(entry.name, entry.relied_on) for entry in lists] == [("connector.test", True), ("connector.test", False)]
    assert places(lists[0]) == [("crl", str(file))]


def test_a_file_without_a_revocation_list(stock: Stock) -> None:
    """Is told."""
    file = stock.write("crl.pem", stock.root.certificate_pem)
    inventory = stock.inventory(paths=[stock.path(verify=Verify(crl=file))])
    inventory.scan()
    assert subjects(inventory.entries()) == [f"{file}: it holds no revocation list"]


def test_the_proxy_has_a_side_of_its_own(stock: Stock) -> None:
    """Its identity, trust and lists, under its own name."""
    files = {
        name: stock.write(name, content)
        for name, content in {
            "ca.pem": stock.root.certificate_pem,
            "proxy-ca.pem": Authority.root("Proxy CA", now=NOW).certificate_pem,
            "proxy.crl": stock.issuing.crl(),
        }.items()
    }
    outer = stock.identity(stock.issuing.issue("outer", send_chain=False), "outer")
    proxy = Proxy(
        url="https://proxy.test:3129",
        endpoint=Endpoint(host="proxy.test", port=3129, server_name="proxy.test"),
        tls=True,
        identity=outer,
        trust=files["proxy-ca.pem"],
        verify=Verify(crl=files["proxy.crl"]),
    )
    inventory = stock.inventory(paths=[stock.path(trust=files["ca.pem"], proxy=proxy)], identities=[outer])
    inventory.scan()
    entries = inventory.entries()
    assert [(entry.path, entry.name) for entry in entries] == [
        ("billing", "outer"),
        ("billing", "connector.test"),
        ("billing", "proxy proxy.test"),
        ("billing", "proxy proxy.test"),
    ]
    assert subjects(entries) == ["CN=outer", "CN=Root", "CN=Proxy CA", "CN=Issuing"]


def test_thresholds_of_the_connector(stock: Stock) -> None:
    """Hold for the trust and for the other side."""
    file = stock.write("ca.pem", stock.root.certificate_pem)
    inventory = stock.inventory(paths=[stock.path(trust=file, thresholds_s=(5.0,))])
    inventory.scan()
    inventory.learn("billing", stock.handshake())
    assert {entry.care.thresholds_s for entry in inventory.entries()} == {(5.0,)}
