"""One certificate in several places is one entry."""

from probe.model.certificate import CertificateRole
from probe.model.path import Watch
from probe.model.watch import Care
from tests.certificates.stock import THRESHOLDS, Stock, only, places, subjects


def test_a_file_of_ours_and_a_watched_one(stock: Stock) -> None:
    """Stand together on the path, under the identity's name; what the watch says of its care counts too."""
    identity = stock.identity(stock.issuing.issue("billing", send_chain=False), renew_before_s=9.0)
    copy = stock.write("copy.pem", identity.certificate.read_bytes())
    watch = Watch(files=str(copy), managed_by="ops", thresholds_s=(4.0,))
    inventory = stock.inventory(watch, paths=[stock.path(identity=identity)])
    inventory.scan()
    (entry,) = inventory.entries()
    assert (entry.path, entry.name, entry.ours) == ("billing", "billing", True)
    assert places(entry) == [("identity", str(identity.certificate)), ("watched", str(copy))]
    assert entry.care == Care(managed_by="ops", renew_before_s=9.0, thresholds_s=(4.0,))


def test_a_watched_file_and_the_wire(stock: Stock) -> None:
    """Our files stand before the wire, and the path gives the name."""
    file = stock.write("up.pem", stock.server.certificate_pem)
    inventory = stock.inventory(file, paths=[stock.path()])
    inventory.scan()
    assert [entry.path for entry in inventory.entries()] == [None, None]
    inventory.learn("billing", stock.handshake())
    entry = only(inventory.entries(), "CN=connector.test")
    assert (entry.path, entry.name) == ("billing", "connector.test")
    assert places(entry) == [("watched", str(file)), ("peer", "connector.test:8443")]


def test_a_watched_file_of_two_paths(stock: Stock) -> None:
    """Is a sighting on each of them."""
    file = stock.write("up.pem", stock.server.certificate_pem)
    inventory = stock.inventory(file, paths=[stock.path("eu"), stock.path("us")])
    inventory.scan()
    for name in ("eu", "us"):
        inventory.learn(name, stock.handshake())
    found = [entry for entry in inventory.entries() if subjects([entry]) == ["CN=connector.test"]]
    assert [(entry.path, len(entry.seen)) for entry in found] == [("eu", 2), ("us", 2)]


def test_an_issuer_that_everybody_has(stock: Stock) -> None:
    """In our chain, in the trust bundle and on the wire: one entry, its role known, relied on because one place shows it."""
    identity = stock.identity(stock.issuing.issue("billing"))
    trust = stock.write("ca.pem", stock.root.certificate_pem + stock.issuing.certificate_pem)
    inventory = stock.inventory(paths=[stock.path(identity=identity, trust=trust)])
    inventory.scan()
    before = only(inventory.entries(), "CN=Issuing")
    assert before.certificate is not None
    assert (before.certificate.role, before.relied_on) == (CertificateRole.INTERMEDIATE, None)
    inventory.learn("billing", stock.handshake())
    entry = only(inventory.entries(), "CN=Issuing")
    assert (entry.name, entry.relied_on, entry.care) == ("billing", True, Care(thresholds_s=THRESHOLDS))
    assert places(entry) == [
        ("identity", str(identity.certificate)),
        ("trust", str(trust)),
        ("peer", "connector.test:8443"),
    ]


def test_the_role_that_another_place_knows(stock: Stock) -> None:
    """A CA of a bundle that the peer presents is the intermediate that it is there, also before anything was verified."""
    trust = stock.write("ca.pem", stock.issuing.certificate_pem + stock.root.certificate_pem)
    inventory = stock.inventory(paths=[stock.path(trust=trust)])
    inventory.scan()
    inventory.learn("billing", stock.handshake(verified=False))
    found = {e.certificate.subject: e.certificate.role for e in inventory.entries() if e.certificate is not None}
    assert (found["CN=Issuing"], found["CN=Root"]) == (CertificateRole.INTERMEDIATE, CertificateRole.CA_BUNDLE)


def test_two_things_that_cannot_be_read(stock: Stock) -> None:
    """Are two entries, also in one file."""
    broken = stock.server.certificate_pem.replace(b"MII", b"!!!")
    assert len(stock.watched(stock.write("a.pem", broken))) == 2
