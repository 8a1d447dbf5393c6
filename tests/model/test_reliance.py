"""On which certificates a path's money depends, as far as is known."""

from dataclasses import replace

from probe.model import reliance
from probe.model.certificate import CertificateRole
from probe.model.reliance import needed
from probe.model.watch import Held, Sighting, WatchedCertificate
from tests.support.watched import DAY, NOW, WIRE, authority, certificate, watched


def _needed(*entries: WatchedCertificate) -> list[str]:
    return [entry.certificate.subject for entry in needed("billing", entries) if entry.certificate]


def test_what_a_handshake_has_shown_counts_and_nothing_else_does() -> None:
    """The rest of a bundle does not."""
    shown = watched(authority("CN=Root", 900, root=True), Held.TRUST, relied_on=True)
    rest = watched(authority("CN=Other", 10, root=True), Held.TRUST, relied_on=False)
    later = watched(authority("CN=Later", 2000, root=True), Held.TRUST)
    assert _needed(shown, rest, later) == ["CN=Root"]


def test_of_a_bundle_that_nothing_was_verified_with_the_last_to_end_counts() -> None:
    """One of them will be needed, and which one is not known: the path ends when the last of them has ended."""
    bundle = [watched(authority(f"CN=Root {days}", days, root=True), Held.TRUST) for days in (30, 900, 400)]
    assert _needed(*bundle) == ["CN=Root 900"]
    assert _needed(bundle[0]) == ["CN=Root 30"]


def test_roots_of_the_last_century_do_not_say_that_they_are_cas() -> None:
    """X.509 version 1 has no extensions; their place in a bundle says enough."""
    for role in (CertificateRole.CA_BUNDLE, CertificateRole.SERVER):
        old, new = (certificate(f"CN={n}", role=role, not_after=NOW + n * DAY) for n in (3, 300))
        assert _needed(watched(old, Held.TRUST), watched(new, Held.TRUST)) == ["CN=300"]
    assert not reliance.authority(watched(None, Held.TRUST, unreadable="no"))


def test_each_bundle_for_itself() -> None:
    """The connector's trust and its proxy's are two."""
    mine = watched(authority("CN=A", 900, root=True), Held.TRUST, relied_on=True)
    other = watched(authority("CN=B", 30, root=True), Held.TRUST, seen=(Sighting(WIRE, NOW, Held.TRUST),))
    assert _needed(mine, other) == ["CN=A", "CN=B"]


def test_leaves_count_wherever_they_were_seen() -> None:
    """Ours, theirs, the proxy's, what is in use, what stands further upstream."""
    held = (Held.IDENTITY, Held.PEER, Held.PROXY, Held.IN_USE, Held.WATCHED)
    assert _needed(*(watched(certificate(f"CN={kind}"), kind) for kind in held)) == [f"CN={kind}" for kind in held]


def test_of_intermediates_of_one_name_the_last_to_end_counts() -> None:
    """A file may hold the old one beside its successor; so may a chain that was presented and not verified."""
    old, new = (watched(authority("CN=Issuing", days, sha256=str(days)), Held.IDENTITY) for days in (3, 300))
    assert needed("billing", [old, new]) == needed("billing", [new, old]) == (new,)


def test_of_intermediates_that_end_together_the_first_one_counts() -> None:
    """One of them, and the same one each time: nobody is told of two."""
    first, second = (watched(authority("CN=Issuing", 30, sha256=each), Held.IDENTITY) for each in ("a", "b"))
    assert needed("billing", [first, second]) == (first,)


def test_roots_that_are_presented_do_not_count() -> None:
    """Who verifies a chain has roots of his own."""
    assert _needed(watched(authority("CN=Root", 3, root=True), Held.PEER, Held.IDENTITY)) == []


def test_a_ca_that_is_watched_for_the_path_counts() -> None:
    """Somebody wrote `path:` beside it."""
    assert _needed(watched(authority("CN=Upstream", 3, root=True), Held.WATCHED)) == ["CN=Upstream"]
    bundle = [watched(authority(f"CN={days}", days, root=True), Held.TRUST, Held.WATCHED) for days in (3, 300)]
    assert _needed(*bundle) == ["CN=300"], "a bundle that is watched as well stays a bundle"


def test_a_self_signed_identity_counts() -> None:
    """`openssl req -x509` sets the CA flag."""
    assert _needed(watched(authority("CN=billing", 3, root=True), Held.IDENTITY, ours=True)) == ["CN=billing"]


def test_lists_count_and_staples_do_not() -> None:
    """The next handshake brings a new staple; nothing brings a new list but its file."""
    crl = watched(certificate("CN=Issuing", role=CertificateRole.CRL), Held.CRL)
    staple = watched(certificate("CN=Responder", role=CertificateRole.OCSP), Held.STAPLE)
    assert _needed(crl, staple) == ["CN=Issuing"]


def test_other_paths_and_unreadable_files_do_not_count() -> None:
    """Nothing is known of the one, and the other is no business of this path."""
    assert _needed(watched(certificate(), path="other"), watched(None, unreadable="no"), watched(None, path=None)) == []


def test_each_path_with_its_entries() -> None:
    """In their order; what belongs to no path is left out."""
    one, two = watched(certificate("CN=one")), watched(certificate("CN=two"))
    alone, other = replace(one, path=None), replace(two, path="other")
    assert reliance.by_path((one, alone, two, other)) == {"billing": [one, two], "other": [other]}


def test_a_root_in_a_chain_hides_no_intermediate_behind_it() -> None:
    """Of each name the last to end counts, wherever roots stand between them."""
    chain = [
        watched(authority("CN=Root", 900, root=True), Held.PEER),
        watched(authority("CN=One", 30), Held.PEER),
        watched(authority("CN=Two", 400), Held.PEER),
    ]
    assert _needed(*chain) == ["CN=One", "CN=Two"]
