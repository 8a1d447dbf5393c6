"""What a run saw of the other side: what replaces, what adds, and what stays."""

import dataclasses

import pytest

from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.model.certificate import CertificateRole, Source, SourceKind
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import HttpObservation, StripeObservation, WaitObservation
from probe.model.path import Proxy
from probe.model.staple import Staple, StapleStatus
from probe.model.tls import DiagnosticFacts, TlsFacts
from probe.model.watch import Held
from tests.certificates.stock import DAY, ENDPOINT, NOW, WIRE, Stock, fact, only, places, subjects
from tests.servers.material import Material
from tests.servers.process import Server
from tests.transport.hop import Hop

PROXY = Endpoint(host="proxy.test", port=3129, server_name="proxy.test")
AT_PROXY = Source(SourceKind.WIRE, str(PROXY))
RESPONDER = Staple(
    response="successful",
    size=9,
    status=StapleStatus.GOOD,
    this_update=NOW - DAY,
    next_update=NOW + 3 * DAY,
    responder="CN=OCSP",
    sha256="cd" * 32,
)


def renewed(stock: Stock) -> Issued:
    """The connector's next certificate."""
    return stock.issuing.issue("renewed", san=["connector.test"], usages=[SERVER_AUTH])


def diagnosed(stock: Stock, staple: Staple | None, **changes: object) -> DiagnosticFacts:
    """A second connection that saw the same server."""
    facts: dict[str, object] = {
        "address": "127.0.0.1",
        "started_at": NOW,
        "duration_s": 0.1,
        "ended": Ended.COMPLETED,
        "presented": stock.handshake().presented,
        "staple": staple,
    }
    return DiagnosticFacts(**(facts | changes))  # type: ignore[arg-type]  # a test's shorthand


def test_a_verified_handshake(stock: Stock) -> None:
    """The leaf, its issuer and the root, each relied on, under the server name; none of them ours."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", stock.handshake())
    entries = inventory.entries()
    assert sorted(subjects(entries)) == ["CN=Issuing", "CN=Root", "CN=connector.test"]
    assert {(entry.path, entry.name, entry.ours, entry.relied_on) for entry in entries} == {
        ("billing", "connector.test", False, True)
    }
    assert places(only(entries, "CN=connector.test")) == [("peer", "connector.test:8443")]


def test_what_was_sent_and_is_not_needed(stock: Stock) -> None:
    """A certificate that the chain was not built with is told from those that it was."""
    extra = fact(stock.root.intermediate("Extra").issued.certificate, WIRE)
    seen = stock.handshake()
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", dataclasses.replace(seen, presented=(*seen.presented, extra)))
    assert only(inventory.entries(), "CN=Extra").relied_on is False


def test_a_verified_handshake_replaces(stock: Stock) -> None:
    """The old certificate is gone with the first handshake that verifies the new one."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", stock.handshake())
    inventory.learn("billing", stock.handshake(server=renewed(stock)))
    assert sorted(subjects(inventory.entries())) == ["CN=Issuing", "CN=Root", "CN=renewed"]


def test_a_broken_handshake_adds(stock: Stock) -> None:
    """What was known stays, with the time when it was seen last."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", stock.handshake())
    stock.clock.advance(60)
    inventory.learn("billing", stock.handshake(verified=False))
    entries = inventory.entries()
    assert sorted(subjects(entries)) == ["CN=Issuing", "CN=Root", "CN=connector.test"]
    ages = {subject: (only(entries, subject).seen[-1].at - NOW).total_seconds() for subject in subjects(entries)}
    assert ages == {"CN=connector.test": 60, "CN=Root": 0, "CN=Issuing": 60}
    assert {entry.relied_on for entry in entries} == {True}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_broken_handshake_with_another_leaf(stock: Stock, restarted: bool) -> None:  # noqa: FBT001 - a table's column
    """Nobody presents the old one any more, so that nothing is said because of it; the chain of the same issuer still holds."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", stock.handshake())
    if restarted:
        inventory = stock.inventory(paths=[stock.path()], remembered=inventory.entries())
    stock.clock.advance(60)
    new = renewed(stock)
    alone = (fact(new.certificate, WIRE),)
    inventory.learn("billing", stock.handshake(verified=False, server=new, presented=alone))
    entries = inventory.entries()
    assert {subject: only(entries, subject).relied_on for subject in subjects(entries)} == {
        "CN=renewed": True,
        "CN=Issuing": True,
        "CN=Root": True,
    }


def test_a_broken_handshake_with_another_leaf_of_another_issuer(stock: Stock) -> None:
    """The intermediate that came with the old one is presented no more either; what the path trusts is as it was."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", stock.handshake())
    other = stock.root.intermediate("Other").issue("renewed", usages=[SERVER_AUTH])
    inventory.learn("billing", stock.handshake(verified=False, server=other))
    assert sorted(subjects(inventory.entries())) == ["CN=Other", "CN=Root", "CN=renewed"]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_leaf_that_is_its_own_issuer(stock: Stock, restarted: bool) -> None:  # noqa: FBT001 - a table's column
    """`openssl req -x509` makes one with a CA flag: it is superseded all the same."""
    inventory = stock.inventory(paths=[stock.path()])
    old, new = (fact(Authority.root(name, now=NOW).issued.certificate, WIRE) for name in ("old", "new"))
    inventory.learn("billing", stock.handshake(presented=(old,), built=(old,)))
    if restarted:
        inventory = stock.inventory(paths=[stock.path()], remembered=inventory.entries())
    inventory.learn("billing", stock.handshake(verified=False, presented=(new,), built=(new,)))
    assert subjects(inventory.entries()) == ["CN=new"]


def test_several_servers_behind_one_address(stock: Stock) -> None:
    """A leaf that comes back was not replaced: both count, as long as each is seen within a quarter of an hour."""
    inventory = stock.inventory(paths=[stock.path()])
    new = renewed(stock)

    def known_after(server: Issued | None, seconds: float) -> list[str]:
        stock.clock.advance(seconds)
        inventory.learn("billing", stock.handshake(server=server))
        return [
            subject for subject in sorted(subjects(inventory.entries())) if subject not in {"CN=Issuing", "CN=Root"}
        ]

    assert known_after(None, 0) == ["CN=connector.test"]
    assert known_after(new, 60) == ["CN=renewed"]
    for _ in range(20):
        assert known_after(None, 60) == ["CN=connector.test", "CN=renewed"]
        assert known_after(new, 60) == ["CN=connector.test", "CN=renewed"]
    assert known_after(new, 800) == ["CN=connector.test", "CN=renewed"]
    assert known_after(new, 200) == ["CN=renewed"]


def test_one_of_several_servers_shows_an_expired_one(stock: Stock) -> None:
    """Its runs fail; those that meet the other do not warn of it, and no longer once it is mended."""
    inventory = stock.inventory(paths=[stock.path()])
    old = stock.issuing.issue("old", usages=[SERVER_AUTH], not_before=NOW - 9 * DAY, not_after=NOW - DAY)
    for _ in range(3):
        inventory.learn("billing", stock.handshake(verified=False, server=old))
        assert "CN=old" in subjects(inventory.entries())
        inventory.learn("billing", stock.handshake())
        assert "CN=old" not in subjects(inventory.entries())


def test_a_handshake_that_saw_nothing(stock: Stock) -> None:
    """A peer that answers nothing has not lost its certificates."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", stock.handshake())
    before = inventory.entries()
    stock.clock.advance(60)
    inventory.learn("billing", stock.handshake(verified=False, presented=(), built=()))
    assert inventory.entries() == before


def test_never_verified(stock: Stock) -> None:
    """The leaf counts, and nothing is claimed of its issuer."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", stock.handshake(verified=False))
    entries = inventory.entries()
    assert {subject: only(entries, subject).relied_on for subject in subjects(entries)} == {
        "CN=connector.test": True,
        "CN=Issuing": None,
    }


def test_a_resumed_session(stock: Stock) -> None:
    """Builds no chain, so that the one before it still holds."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", stock.handshake())
    inventory.learn("billing", stock.handshake(built=(), tls=TlsFacts(established=True, resumed=True)))
    assert only(inventory.entries(), "CN=Root").relied_on is True


def test_every_address(stock: Stock) -> None:
    """All that any address shows is there; one that is broken keeps what was known."""
    inventory = stock.inventory(paths=[stock.path()])
    first, second = stock.handshake(), stock.handshake(server=renewed(stock))
    inventory.learn("billing", dataclasses.replace(first, addresses=(first, second)))
    assert sorted(subjects(inventory.entries())) == ["CN=Issuing", "CN=Root", "CN=connector.test", "CN=renewed"]
    broken = stock.handshake(verified=False, presented=(), built=())
    inventory.learn("billing", dataclasses.replace(broken, addresses=(first, broken)))
    assert len(inventory.entries()) == 4
    inventory.learn("billing", dataclasses.replace(first, addresses=(first, first)))
    assert len(inventory.entries()) == 3


def test_a_call_of_stripe(stock: Stock) -> None:
    """It shows what was presented, and no more: another leaf takes the place of the old one, and nothing is said of the chain."""
    inventory = stock.inventory(paths=[stock.path()])
    seen = stock.handshake(server=renewed(stock))
    call = StripeObservation(
        endpoint=ENDPOINT,
        started_at=NOW,
        method="v1.balance.retrieve",
        writes=False,
        ended=Ended.COMPLETED,
        phase=Phase.RECEIVE,
        presented=seen.presented,
    )
    inventory.learn("billing", stock.handshake())
    inventory.learn("billing", call)
    inventory.learn("billing", dataclasses.replace(call, presented=()))
    assert sorted(subjects(inventory.entries())) == ["CN=Issuing", "CN=Root", "CN=renewed"]
    inventory.learn("billing", stock.handshake())
    assert "CN=connector.test" in subjects(inventory.entries())


def test_what_shows_no_certificate(stock: Stock) -> None:
    """A wait, an HTTP request, a path that is not configured."""
    inventory = stock.inventory(paths=[stock.path()])
    request = HttpObservation(
        endpoint=ENDPOINT, started_at=NOW, method="GET", path="/", ended=Ended.COMPLETED, phase=Phase.RECEIVE
    )
    inventory.learn("billing", WaitObservation(started_at=NOW, waited_s=1.0))
    inventory.learn("billing", request)
    inventory.learn("other", stock.handshake())
    assert inventory.entries() == ()


def test_the_leg_to_the_proxy(stock: Stock) -> None:
    """Is a peer of its own, whatever kind of step went through it."""
    proxy = Proxy(url="https://proxy.test:3129", endpoint=PROXY, tls=True)
    inventory = stock.inventory(paths=[stock.path(proxy=proxy)])
    shown = fact(stock.issuing.issue("proxy.test", usages=[SERVER_AUTH]).certificate, AT_PROXY)
    leg = stock.handshake(endpoint=PROXY, presented=(shown,), built=(shown,))
    request = HttpObservation(
        endpoint=ENDPOINT, started_at=NOW, method="GET", path="/", ended=Ended.COMPLETED, phase=Phase.RECEIVE, proxy=leg
    )
    inventory.learn("billing", request)
    inventory.learn("billing", stock.handshake())
    entry = only(inventory.entries(), "CN=proxy.test")
    assert (entry.name, places(entry)) == (
        "proxy proxy.test",
        [("trust", "the system's trust store"), ("proxy", "proxy.test:3129")],
    )
    assert only(inventory.entries(), "CN=connector.test").name == "connector.test"


@pytest.mark.parametrize("must", [False, True])
def test_a_staple(stock: Stock, must: bool) -> None:  # noqa: FBT001 - a table's column
    """Its end is its nextUpdate; the path relies on it where the certificate demands one."""
    inventory = stock.inventory(paths=[stock.path()])
    diagnostics = diagnosed(stock, RESPONDER, must_staple=must)
    inventory.learn("billing", stock.handshake(diagnostics=diagnostics))
    (entry,) = [entry for entry in inventory.entries() if entry.held_as(Held.STAPLE)]
    assert entry.certificate is not None
    assert (entry.certificate.role, entry.certificate.subject, entry.certificate.issuer) == (
        CertificateRole.OCSP,
        "CN=connector.test",
        "CN=OCSP",
    )
    assert (entry.certificate.not_after, entry.relied_on, entry.name) == (NOW + 3 * DAY, must, "connector.test")
    newer = dataclasses.replace(RESPONDER, next_update=NOW + 4 * DAY, sha256="ef" * 32)
    inventory.learn("billing", stock.handshake(diagnostics=diagnosed(stock, newer)))
    inventory.learn("billing", stock.handshake(diagnostics=diagnosed(stock, None)))
    (entry,) = [entry for entry in inventory.entries() if entry.held_as(Held.STAPLE)]
    assert entry.certificate is not None
    assert entry.certificate.not_after == NOW + 4 * DAY


@pytest.mark.parametrize(
    "staple",
    [
        dataclasses.replace(RESPONDER, next_update=None),
        dataclasses.replace(RESPONDER, this_update=None),
        dataclasses.replace(RESPONDER, status=StapleStatus.REVOKED),
        Staple(response="malformed", size=3),
    ],
)
def test_a_staple_without_an_end(stock: Stock, staple: Staple) -> None:
    """Or one that says nothing good: there is nothing that could expire unseen."""
    inventory = stock.inventory(paths=[stock.path()])
    inventory.learn("billing", stock.handshake(diagnostics=diagnosed(stock, staple)))
    assert not any(entry.held_as(Held.STAPLE) for entry in inventory.entries())


def test_a_second_connection_meets_another_server(stock: Stock) -> None:
    """What it saw is added."""
    inventory = stock.inventory(paths=[stock.path()])
    other = stock.handshake(server=renewed(stock)).presented
    inventory.learn("billing", stock.handshake(diagnostics=diagnosed(stock, None, presented=other)))
    assert only(inventory.entries(), "CN=renewed").relied_on is None
    assert only(inventory.entries(), "CN=connector.test").relied_on is True


def test_a_peer_that_shows_another_one_each_time(stock: Stock) -> None:
    """Does not fill the memory; the latest are kept."""
    inventory = stock.inventory(paths=[stock.path()])
    for number in range(80):
        stock.clock.advance(1)
        seen = (fact(stock.root.issue(f"n{number}", usages=[SERVER_AUTH]).certificate, WIRE),)
        diagnostics = diagnosed(stock, None, presented=seen, started_at=stock.clock.now())
        inventory.learn("billing", stock.handshake(verified=False, presented=(), built=(), diagnostics=diagnostics))
    found = subjects(inventory.entries())
    assert (len(found), found[-1]) == (64, "CN=n79")


@pytest.mark.server("nginx")
async def test_a_real_handshake(stock: Stock, pki: Material, start_nginx: object) -> None:
    """The chain of an nginx: the root of our trust file is the one that counts, the other in it is not."""
    hop = Hop(pki)
    server: Server = start_nginx()  # type: ignore[operator]  # the fixture
    both = stock.write("ca.pem", pki.root.certificate_pem + stock.root.certificate_pem)
    seen = await hop.observe(server.port, trust=both)
    path = dataclasses.replace(stock.path(), connector=hop.connector(server.port, trust=both))
    inventory = stock.inventory(paths=[path])
    inventory.scan()
    inventory.learn("billing", seen)
    entries = inventory.entries()
    assert {subject: only(entries, subject).relied_on for subject in subjects(entries)} == {
        "CN=paypath test root": True,
        "CN=Root": False,
        "CN=localhost": True,
        "CN=paypath test issuing CA": True,
    }
    assert places(only(entries, "CN=paypath test root")) == [("trust", str(both))]
