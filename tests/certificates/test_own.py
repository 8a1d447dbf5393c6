"""Our identities, and what the running service really holds."""

import dataclasses
from datetime import timedelta

import pytest

from probe.certificates.inventory import Inventory
from probe.lab.pki import Issued
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.path import Identity, InUse, InUseKind
from probe.model.secret import Secret
from probe.model.watch import Care, InUseFound, Proof
from tests.certificates.stock import DAY, NOW, THRESHOLDS, Stock, fact, places, subjects

ADMIN = Source(SourceKind.WIRE, "127.0.0.1:9901")


def leaf_of(issued: Issued) -> Certificate:
    """As the service's own page may show it."""
    return fact(issued.certificate, ADMIN)


def found(issued: Issued | None = None, **changes: object) -> InUseFound:
    """What the service holds, seen now, by its fingerprint."""
    facts: dict[str, object] = {"at": NOW, "source": ADMIN}
    if issued is not None:
        facts["sha256"] = leaf_of(issued).sha256
    return InUseFound(**(facts | changes))  # type: ignore[arg-type]  # a test's shorthand


def test_all_certificates_of_the_file(stock: Stock) -> None:
    """The leaf is ours; the chain that comes with it is shown beside, and is nobody's to renew."""
    identity = stock.identity(stock.issuing.issue("billing"), managed_by="cert-manager", renew_before_s=9.0)
    inventory = stock.inventory(paths=[stock.path(identity=identity)], identities=[identity])
    inventory.scan()
    leaf, issuer = inventory.entries()
    assert subjects([leaf, issuer]) == ["CN=billing", "CN=Issuing"]
    assert (leaf.path, leaf.name, leaf.ours, leaf.relied_on) == ("billing", "billing", True, True)
    assert (issuer.ours, issuer.relied_on) == (False, None)
    assert leaf.care == Care(managed_by="cert-manager", renew_before_s=9.0, thresholds_s=THRESHOLDS)
    assert issuer.care == Care(thresholds_s=THRESHOLDS)
    assert places(leaf) == [("identity", str(identity.certificate))]


def test_an_identity_that_no_path_uses(stock: Stock) -> None:
    """Has no path; one that two paths use has an entry in each."""
    one, two = (stock.identity(stock.issuing.issue(name, send_chain=False), name) for name in ("one", "two"))
    paths = [stock.path(name, identity=two) for name in ("eu", "us")]
    inventory = stock.inventory(paths=paths, identities=[one, two])
    inventory.scan()
    assert [(entry.path, entry.name) for entry in inventory.entries()] == [("eu", "two"), ("us", "two"), (None, "one")]
    assert inventory.reads == 2


def test_an_identity_without_its_key(stock: Stock) -> None:
    """Is watched without being held."""
    identity = stock.identity(stock.issuing.issue("billing", send_chain=False), private_key=None)
    inventory = stock.inventory(identities=[identity])
    inventory.scan()
    (entry,) = inventory.entries()
    assert (entry.ours, entry.half_rotated, entry.path) == (True, None, None)


@pytest.mark.parametrize(
    ("version", "kind"), [("..2026_11_23_01_02_03.0123456789", SourceKind.SECRET), ("..7", SourceKind.FILE)]
)
def test_a_mounted_secret(stock: Stock, version: str, kind: SourceKind) -> None:
    """The place is a Secret where the kubelet wrote it; others swap a link `..data` too."""
    issued = stock.issuing.issue("billing", send_chain=False)
    issued.write(stock.write(f"s/{version}/tls.crt", b""), stock.write(f"s/{version}/tls.key", b""))
    (stock.directory / "s/..data").symlink_to(version)
    for name in ("tls.crt", "tls.key"):
        (stock.directory / "s" / name).symlink_to(f"..data/{name}")
    files = {"certificate": stock.directory / "s/tls.crt", "private_key": stock.directory / "s/tls.key"}
    inventory = stock.inventory(identities=[Identity(name="billing", **files)])
    inventory.scan()
    (entry,) = inventory.entries()
    assert entry.certificate is not None
    assert {entry.certificate.source.kind, entry.seen[0].source.kind} == {kind}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "does not exist"), (b"", "the file is empty"), (b"-----BEGIN CERTIFICATE-----\nM", "is cut off")],
)
def test_an_unreadable_file(stock: Stock, content: bytes | None, said: str) -> None:
    """Is one entry under the identity's name, with its path and its care."""
    identity = stock.identity(stock.issuing.issue("billing"), managed_by="ops")
    if content is None:
        identity.certificate.unlink()
    else:
        identity.certificate.write_bytes(content)
    inventory = stock.inventory(paths=[stock.path(identity=identity)])
    inventory.scan()
    (entry,) = inventory.entries()
    assert (entry.path, entry.name, entry.certificate, entry.care.managed_by) == ("billing", "billing", None, "ops")
    assert str(identity.certificate) in (entry.unreadable or "")
    assert said in (entry.unreadable or "")


@pytest.mark.parametrize("restarted", [False, True])
def test_the_leaf_that_an_unreadable_file_held(stock: Stock, restarted: bool) -> None:  # noqa: FBT001 - a table's column
    """Still counts, with its care and when it was seen last: the service holds it in memory, and nobody has renewed it."""
    identity = stock.identity(stock.issuing.issue("billing", send_chain=False), managed_by="ops")
    paths = [stock.path(identity=identity)]
    inventory = stock.inventory(paths=paths)
    inventory.scan()
    if restarted:
        inventory = stock.inventory(paths=paths, remembered=inventory.entries())
    stock.clock.advance(60)
    identity.certificate.unlink()
    assert inventory.scan() == ()
    broken, leaf = inventory.entries()
    assert (broken.certificate, leaf.unreadable, leaf.half_rotated) == (None, None, None)
    assert (subjects([leaf]), leaf.ours, leaf.relied_on, leaf.care.managed_by) == (["CN=billing"], True, True, "ops")
    assert [sighting.at for sighting in leaf.seen] == [NOW]
    moved = stock.path(identity=Identity(name="billing", certificate=stock.directory / "elsewhere.crt"))
    inventory = stock.inventory(paths=[moved], remembered=inventory.entries())
    inventory.scan()
    assert [entry.certificate for entry in inventory.entries()] == [None]


def test_certificate_and_key_of_two_issues(stock: Stock) -> None:
    """A rotation that stopped half-way is named, on the leaf alone."""
    identity = stock.identity(stock.issuing.issue("billing"))
    identity.certificate.write_bytes(stock.issuing.issue("billing").certificate_pem)
    inventory = stock.inventory(identities=[identity])
    inventory.scan()
    leaf, issuer = inventory.entries()
    assert str(identity.private_key) in (leaf.half_rotated or "")
    assert issuer.half_rotated is None


def test_a_file_in_the_wrong_order_is_no_rotation(stock: Stock) -> None:
    """The issuer stands first, and its key is nobody's concern."""
    issued = stock.issuing.issue("billing", send_chain=False)
    identity = stock.identity(issued)
    identity.certificate.write_bytes(stock.issuing.certificate_pem + issued.certificate_pem)
    inventory = stock.inventory(identities=[identity])
    inventory.scan()
    assert {entry.half_rotated for entry in inventory.entries()} == {None}


def test_a_sealed_key_whose_password_is_wrong(stock: Stock) -> None:
    """Does not hide the certificate, nor show the password."""
    issued = stock.issuing.issue("billing", send_chain=False)
    identity = stock.identity(issued, private_key_password=Secret("hunter2"))
    assert identity.private_key is not None
    identity.private_key.write_bytes(issued.encrypted_key_pem(b"pw"))
    inventory = stock.inventory(identities=[identity])
    inventory.scan()
    (entry,) = inventory.entries()
    assert subjects([entry]) == ["CN=billing"]
    assert "hunter2" not in repr(entry)


def test_proof_of_its_management(stock: Stock) -> None:
    """Stands with the leaf."""
    identity = stock.identity(stock.issuing.issue("billing"), managed_by="cert-manager")
    inventory = stock.inventory(identities=[identity])
    inventory.scan()
    inventory.proved("billing", Proof(proven=False, detail="no such Certificate"))
    leaf, issuer = inventory.entries()
    assert leaf.care.proof == Proof(proven=False, detail="no such Certificate")
    assert issuer.care.proof is None


def rotated(stock: Stock, old: Issued, new: Issued, **changes: object) -> tuple[Inventory, Identity]:
    """An inventory that has seen the file change."""
    identity = stock.identity(old, **changes)
    inventory = stock.inventory(paths=[stock.path(identity=identity)])
    inventory.scan()
    stock.identity(new)
    inventory.scan()
    return inventory, identity


def test_the_service_holds_the_old_one(stock: Stock) -> None:
    """The file is not the service: until use of the new one is seen, the old end keeps counting."""
    old = stock.issuing.issue("billing", not_after=NOW + 3 * DAY, send_chain=False)
    new = stock.issuing.issue("billing", not_after=NOW + 90 * DAY, send_chain=False)
    inventory, identity = rotated(stock, old, new)
    inventory.found_in_use("billing", found(old))
    leaf, used = inventory.entries()
    assert (leaf.not_in_use, leaf.ends) == (NOW + 3 * DAY, NOW + 3 * DAY)
    assert places(leaf) == [("identity", str(identity.certificate))]
    assert places(used) == [("in_use", "127.0.0.1:9901")]
    assert used.certificate is not None
    assert (used.name, used.ours, used.relied_on, used.certificate.not_after) == (
        "billing",
        False,
        True,
        NOW + 3 * DAY,
    )
    inventory.found_in_use("billing", found(new))
    (leaf,) = inventory.entries()
    assert leaf.not_in_use is None
    assert places(leaf) == [("identity", str(identity.certificate)), ("in_use", "127.0.0.1:9901")]


def test_a_service_that_was_asked_in_vain(stock: Stock) -> None:
    """Use of the new one was never seen, so that the one before it counts to its end: as what may be, not as what is."""
    old, new = (stock.issuing.issue("billing", not_after=NOW + days * DAY, send_chain=False) for days in (3, 90))
    asked = InUse(kind=InUseKind.ENVOY_ADMIN, url="http://127.0.0.1:9901/certs")
    silent = found(error="cannot be reached")
    inventory, _ = rotated(stock, old, new, in_use=asked)
    assert inventory.entries()[0].not_in_use is None
    inventory.found_in_use("billing", silent)
    (leaf,) = inventory.entries()
    assert (leaf.not_in_use, leaf.use_unseen) == (NOW + 3 * DAY, True)
    inventory.found_in_use("billing", found(new))
    inventory.found_in_use("billing", silent)
    assert (inventory.entries()[0].not_in_use, inventory.entries()[0].use_unseen) == (None, False)
    inventory, _ = rotated(stock, old, new, in_use=asked)
    inventory.found_in_use("billing", silent)
    stock.clock.advance(4 * 86400)
    inventory.scan()
    assert inventory.entries()[0].not_in_use is None


def test_it_counts_from_the_moment_of_the_rotation(stock: Stock) -> None:
    """What was last seen in use is the old one until something else is seen."""
    old, new = (stock.issuing.issue("billing", not_after=NOW + days * DAY, send_chain=False) for days in (3, 90))
    identity = stock.identity(old)
    inventory = stock.inventory(paths=[stock.path(identity=identity)])
    inventory.scan()
    inventory.found_in_use("billing", found(old))
    assert inventory.entries()[0].not_in_use is None
    stock.identity(new)
    inventory.scan()
    assert inventory.entries()[0].not_in_use == NOW + 3 * DAY


def test_an_answer_that_says_nothing(stock: Stock) -> None:
    """Is not "not in use": neither an error nor an answer without any mark."""
    old, new = (stock.issuing.issue("billing", send_chain=False) for _ in range(2))
    inventory, _ = rotated(stock, old, new)
    inventory.found_in_use("billing", found(error="connection refused"))
    inventory.found_in_use("billing", found())
    (leaf,) = inventory.entries()
    assert leaf.not_in_use is None
    inventory.found_in_use("billing", found(old))
    inventory.found_in_use("billing", found(new, error="connection refused"))
    assert inventory.entries()[0].not_in_use is not None


@pytest.mark.parametrize("by", ["sha256", "certificate", "serial", "not_after"])
def test_by_what_it_is_recognised(stock: Stock, by: str) -> None:
    """A fingerprint, the certificate itself, its serial number, or its end to the second."""
    old = stock.issuing.issue("billing", not_after=NOW + 3 * DAY, send_chain=False)
    new = stock.issuing.issue("billing", not_after=NOW + 90 * DAY, send_chain=False)
    inventory, _ = rotated(stock, old, new)
    for issued, ends in ((new, None), (old, NOW + 3 * DAY)):
        leaf = leaf_of(issued)
        marks = {
            "sha256": leaf.sha256,
            "certificate": leaf,
            "serial": f"00{leaf.serial}",
            "not_after": leaf.not_after + timedelta(milliseconds=300),
        }
        inventory.found_in_use("billing", found(**{by: marks[by]}))
        assert inventory.entries()[0].not_in_use == ends


def test_of_what_nobody_has_seen_before(stock: Stock) -> None:
    """A foreign fingerprint has no end, which is told; one with its end has all that the place tells of it."""
    identity = stock.identity(stock.issuing.issue("billing", send_chain=False))
    inventory = stock.inventory(paths=[stock.path(identity=identity)])
    inventory.scan()
    inventory.found_in_use("billing", found(sha256="ab" * 32))
    leaf, used = inventory.entries()
    assert leaf.not_in_use is None
    assert (used.name, used.certificate) == ("billing", None)
    assert "nothing tells when it ends" in (used.unreadable or "")
    assert "ab" * 32 in (used.unreadable or "")
    inventory.found_in_use("billing", found(serial="4f1c"))
    assert "serial number 4f1c" in (inventory.entries()[1].unreadable or "")
    told = found(sha256="ab" * 32, not_after=NOW + DAY, not_before=NOW - 9 * DAY, subject="CN=older")
    inventory.found_in_use("billing", told)
    leaf, used = inventory.entries()
    assert leaf.not_in_use == NOW + DAY
    assert used.certificate is not None
    assert (used.certificate.subject, used.certificate.not_before) == ("CN=older", NOW - 9 * DAY)


def test_the_service_is_ahead_of_the_file(stock: Stock) -> None:
    """A newer one in use than the file holds is no old one."""
    newer = stock.issuing.issue("billing", not_before=NOW, not_after=NOW + 200 * DAY)
    identity = stock.identity(stock.issuing.issue("billing", send_chain=False))
    inventory = stock.inventory(paths=[stock.path(identity=identity)])
    inventory.scan()
    inventory.found_in_use("billing", found(certificate=leaf_of(newer)))
    assert inventory.entries()[0].not_in_use is None
    inventory.found_in_use("billing", found(not_after=NOW + 300 * DAY))
    assert inventory.entries()[0].not_in_use is None


def test_in_use_while_the_file_is_gone(stock: Stock) -> None:
    """What the service holds stays known."""
    old = stock.issuing.issue("billing", send_chain=False)
    identity = stock.identity(old)
    inventory = stock.inventory(paths=[stock.path(identity=identity)])
    inventory.scan()
    inventory.found_in_use("billing", found(old))
    identity.certificate.unlink()
    inventory.scan()
    gone, used = inventory.entries()
    assert gone.certificate is None
    assert subjects([used]) == ["CN=billing"]
    assert dataclasses.replace(used).relied_on


def test_the_leaves_that_a_service_may_hold(stock: Stock) -> None:
    """The file's own first, then those of before, the latest first."""
    issued = [stock.issuing.issue("billing", send_chain=False) for _ in range(3)]
    identity = stock.identity(issued[0])
    inventory = stock.inventory(identities=[identity])
    assert inventory.leaves("billing") == ()
    inventory.scan()
    for one in issued[1:]:
        stock.identity(one)
        inventory.scan()
    assert [leaf.sha256 for leaf in inventory.leaves("billing")] == [leaf_of(one).sha256 for one in reversed(issued)]
