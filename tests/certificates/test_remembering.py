"""What an inventory knows of before a restart."""

from probe.model.certificate import Source, SourceKind
from probe.model.network import Ended, Endpoint
from probe.model.path import Identity, InUse, InUseKind
from probe.model.staple import Staple, StapleStatus
from probe.model.tls import DiagnosticFacts
from probe.model.watch import Held, InUseFound, WatchedCertificate
from tests.certificates.stock import DAY, ENDPOINT, NOW, WIRE, Stock, fact, only, subjects

ADMIN = InUse(kind=InUseKind.ENVOY_ADMIN, url="http://127.0.0.1:9901/certs")


def test_the_other_side(stock: Stock) -> None:
    """Is known from the first moment on, as it was seen last: also where it never answers again."""
    before = stock.inventory(paths=[stock.path()])
    staple = Staple(
        response="successful",
        size=1,
        status=StapleStatus.GOOD,
        this_update=NOW,
        next_update=NOW + DAY,
        sha256="cd" * 32,
    )
    seen = stock.handshake()
    diagnostics = DiagnosticFacts(
        address="x", started_at=NOW, duration_s=1, ended=Ended.COMPLETED, presented=seen.presented, staple=staple
    )
    before.learn("billing", stock.handshake(diagnostics=diagnostics))
    after = stock.inventory(paths=[stock.path()], remembered=before.entries())
    assert sorted(map(repr, after.entries())) == sorted(map(repr, before.entries()))
    stock.clock.advance(60)
    after.learn("billing", stock.handshake(verified=False, presented=(), built=()))
    assert sorted(map(repr, after.entries())) == sorted(map(repr, before.entries()))


def test_a_bundle(stock: Stock) -> None:
    """Which of its CAs counts, is known where that was remembered, and not claimed where it was not."""
    trust = stock.write("ca.pem", stock.root.certificate_pem + stock.issuing.certificate_pem)
    before = stock.inventory(paths=[stock.path(trust=trust)])
    before.scan()
    before.learn("billing", stock.handshake(trust=Source(SourceKind.FILE, str(trust))))
    entries = before.entries()
    after = stock.inventory(paths=[stock.path(trust=trust)], remembered=entries)
    after.scan()
    assert only(after.entries(), "CN=Root").relied_on is True
    peers = [entry for entry in entries if entry.held_as(Held.PEER)]
    after = stock.inventory(paths=[stock.path(trust=trust)], remembered=peers)
    after.scan()
    assert only(after.entries(), "CN=Root").relied_on is None


def test_another_endpoint(stock: Stock) -> None:
    """What was seen there says nothing of the one that is configured now; nor does another path's."""
    before = stock.inventory(paths=[stock.path()])
    before.learn("billing", stock.handshake())
    moved = stock.path(endpoint=Endpoint(host="moved.test", port=8443, server_name="moved.test"))
    assert stock.inventory(paths=[moved], remembered=before.entries()).entries() == ()
    assert stock.inventory(paths=[stock.path("other")], remembered=before.entries()).entries() == ()
    assert str(ENDPOINT) == WIRE.location


def used(stock: Stock, identity: Identity) -> tuple[WatchedCertificate, ...]:
    """The entries after a rotation that the service has not taken part in."""
    before = stock.inventory(paths=[stock.path(identity=identity)])
    before.scan()
    old = before.entries()[0].certificate
    assert old is not None
    stock.identity(stock.issuing.issue("billing", not_after=NOW + 90 * DAY, send_chain=False))
    before.scan()
    before.found_in_use("billing", InUseFound(at=NOW, source=WIRE, sha256=old.sha256))
    return before.entries()


def test_what_is_in_use(stock: Stock) -> None:
    """The old certificate keeps counting across a restart, as long as it is configured how to see it."""
    old = stock.issuing.issue("billing", not_after=NOW + 3 * DAY, send_chain=False)
    identity = stock.identity(old, in_use=ADMIN)
    entries = used(stock, identity)
    after = stock.inventory(paths=[stock.path(identity=identity)], remembered=entries)
    after.scan()
    assert after.entries() == entries
    assert entries[0].not_in_use == NOW + 3 * DAY
    without = stock.identity(stock.issuing.issue("billing", send_chain=False))
    after = stock.inventory(paths=[stock.path(identity=without)], remembered=entries)
    after.scan()
    assert after.entries()[0].not_in_use is None


def test_a_rotation_while_nobody_looked(stock: Stock) -> None:
    """Is noticed at the first look after the restart, and once."""
    identity = stock.identity(stock.issuing.issue("old", send_chain=False))
    before = stock.inventory(identities=[identity])
    assert before.scan() == ()
    stock.identity(stock.issuing.issue("new", send_chain=False))
    after = stock.inventory(identities=[identity], remembered=before.entries())
    (rotation,) = after.scan()
    assert rotation.before is not None
    assert (rotation.identity, rotation.before.subject, rotation.after.subject) == ("billing", "CN=old", "CN=new")
    assert after.scan() == ()


def test_a_fingerprint_of_before_the_restart(stock: Stock) -> None:
    """Is recognised among everything that was ever seen."""
    old = stock.issuing.issue("billing", not_after=NOW + 3 * DAY, send_chain=False)
    identity = stock.identity(old)
    before = stock.inventory(paths=[stock.path(identity=identity)])
    before.scan()
    entries = before.entries()
    stock.identity(stock.issuing.issue("billing", send_chain=False))
    after = stock.inventory(paths=[stock.path(identity=identity)], remembered=entries)
    after.scan()
    sha256 = fact(old.certificate, WIRE).sha256
    after.found_in_use("billing", InUseFound(at=NOW, source=WIRE, sha256=sha256))
    assert after.entries()[0].not_in_use == NOW + 3 * DAY


def test_a_half_done_rotation_across_a_restart(stock: Stock) -> None:
    """The key that fits the remembered certificate proves it."""
    identity = stock.identity(stock.issuing.issue("billing", send_chain=False))
    before = stock.inventory(identities=[identity])
    before.scan()
    identity.certificate.write_bytes(stock.issuing.issue("billing", send_chain=False).certificate_pem)
    after = stock.inventory(identities=[identity], remembered=before.entries())
    after.scan()
    (entry,) = after.entries()
    assert subjects([entry]) == ["CN=billing"]
    assert "still fits the certificate that was in" in (entry.half_rotated or "")
