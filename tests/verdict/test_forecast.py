"""Until when money can flow, and because of which certificate."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from probe.model.certificate import CertificateRole
from probe.model.watch import Held
from probe.verdict.forecast import Forecast, forecast, forecasts
from tests.support.watched import DAY, NOW, authority, certificate, watched

LEAF = watched(certificate(not_after=NOW + 90 * DAY))
CHAIN = watched(authority("CN=Issuing", 400), Held.IDENTITY)
PEER = watched(certificate("CN=connector", not_after=NOW + 60 * DAY), Held.PEER, relied_on=True)
ROOT = watched(authority("CN=Root", 2000, root=True), Held.TRUST, Held.PEER, relied_on=True)
OTHER = watched(authority("CN=Other", 1, root=True), Held.TRUST, relied_on=False)
PATH = (LEAF, CHAIN, PEER, ROOT, OTHER)


def test_the_first_to_end_decides() -> None:
    """Minimum over leaf, chain, what they present and trust; not the rest of the bundle."""
    found = forecast("billing", PATH, at=NOW)
    assert (found.path, found.valid_until, found.because) == ("billing", NOW + 60 * DAY, PEER)


def test_each_part_can_be_the_one() -> None:
    """Lists that the path verifies with, and certificates further upstream, too."""
    soon = NOW + 5 * DAY
    for entry in (
        watched(certificate(not_after=soon)),
        watched(authority("CN=Issuing 2", 5), Held.IDENTITY),
        watched(authority("CN=Root", 5, root=True), Held.TRUST, relied_on=True),
        watched(certificate("CN=Issuing", role=CertificateRole.CRL, not_after=soon), Held.CRL),
        watched(certificate("CN=upstream", not_after=soon), Held.WATCHED),
        watched(certificate("CN=proxy", not_after=soon), Held.PROXY),
    ):
        found = forecast("billing", (*PATH, entry), at=NOW)
        assert (found.valid_until, found.because) == (soon, entry)


def test_what_the_service_still_holds_counts() -> None:
    """The incident: the file is new, the service holds the old certificate."""
    stale = watched(certificate(), not_in_use=NOW + timedelta(hours=3))
    found = forecast("billing", (stale, PEER), at=NOW)
    assert (found.valid_until, found.because) == (NOW + timedelta(hours=3), stale)


def test_a_new_one_of_the_future_moves_no_end() -> None:
    """It lets nothing through now; where the service holds one that has ended before, that is when it stopped."""
    early = {"not_before": NOW + DAY}
    assert forecast("billing", (watched(certificate(**early)), PEER), at=NOW).valid_until == NOW
    stale = watched(certificate(**early), not_in_use=NOW - DAY)
    assert forecast("billing", (stale, PEER), at=NOW).valid_until == NOW - DAY


def test_the_old_one_is_blamed_where_it_is_known() -> None:
    """And not the new one, which ends much later."""
    stale = watched(certificate(), not_in_use=NOW + DAY)
    old = watched(certificate(not_after=NOW + DAY, sha256="0d"), Held.IN_USE, relied_on=True)
    for entries in ((stale, old), (old, stale)):
        assert forecast("billing", entries, at=NOW).because == old


def test_a_file_of_ours_of_which_nothing_is_known() -> None:
    """Promises nothing, whatever the others let through; of what it held before, or what is in use, the end is known."""
    lost = watched(None, unreadable="/etc/billing/tls/tls.crt does not exist")
    bundle = watched(None, Held.TRUST, unreadable="/etc/paypath/ca.pem is empty")
    used = watched(certificate(not_after=NOW + 9 * DAY), Held.IN_USE)
    for missing, others in ((lost, (PEER, ROOT)), (bundle, (LEAF, PEER))):
        found = forecast("billing", (*others, missing), at=NOW)
        assert (found.valid_until, found.because, found.missing) == (None, None, missing)
    for missing, known in ((lost, LEAF), (lost, used), (bundle, ROOT)):
        found = forecast("billing", (PEER, missing, known), at=NOW)
        assert (found.valid_until, found.missing) == (min(PEER.ends or NOW, known.ends or NOW), None)
    ended = watched(certificate("CN=connector", not_after=NOW - DAY), Held.PEER, relied_on=True)
    assert forecast("billing", (lost, ended), at=NOW).valid_until == NOW - DAY


def test_what_has_ended_is_a_moment_that_has_passed() -> None:
    """Not None: it is known that money cannot flow."""
    gone = watched(certificate(not_after=NOW - DAY))
    assert forecast("billing", (gone, PEER), at=NOW).valid_until == NOW - DAY


def test_nothing_is_known() -> None:
    """No entry, none of this path, none that could be read."""
    unreadable = watched(None, unreadable="/etc/billing/tls/tls.crt does not exist")
    for entries in ((), (LEAF,), (unreadable,)):
        found = forecast("other" if entries == (LEAF,) else "billing", entries, at=NOW)
        assert (found.valid_until, found.because) == (None, None)


def test_a_certificate_of_the_future_lets_nothing_through_now() -> None:
    """Money does not flow at this moment, whatever its notAfter says."""
    early = watched(certificate(not_before=NOW + DAY))
    assert forecast("billing", (early, PEER), at=NOW).valid_until == NOW
    assert forecast("billing", (early, PEER), at=NOW + DAY).valid_until == NOW + 60 * DAY


def test_all_paths_at_once() -> None:
    """In the order asked for; one of which nothing is known as well."""
    other = watched(certificate(not_after=NOW + 3 * DAY), path="other")
    nowhere = watched(certificate(not_after=NOW), path=None)
    found = forecasts(("other", "none", "billing"), (LEAF, nowhere, other), at=NOW)
    assert [each.valid_until for each in found] == [NOW + 3 * DAY, None, NOW + 90 * DAY]
    assert found[0] == forecast("other", (LEAF, other), at=NOW)


@given(st.lists(st.integers(-400, 4000), min_size=1, max_size=8))
def test_more_knowledge_never_lengthens_it(days: list[int]) -> None:
    """Each further leaf that the path needs can only bring the end nearer."""
    entries = [watched(certificate(f"CN={n}", not_after=NOW + left * DAY)) for n, left in enumerate(days)]
    ends = [forecast("billing", entries[:count], at=NOW).valid_until for count in range(1, len(entries) + 1)]
    assert all(later <= earlier for earlier, later in pairwise(ends) if earlier and later)
    assert ends[-1] == NOW + min(days) * DAY


def test_a_file_that_tells_nothing_is_named_whatever_else_is_known() -> None:
    """With the path, without any end, with an end at this very moment, and with one that has passed."""
    lost = watched(None, unreadable="/etc/billing/tls/tls.crt does not exist")
    now = watched(certificate("CN=connector", not_after=NOW), Held.PEER, relied_on=True)
    for entries, end, because in (
        ((lost,), None, None),
        ((lost, PEER), None, None),
        ((lost, now), NOW, now),
    ):
        assert forecast("billing", entries, at=NOW) == Forecast(
            path="billing", valid_until=end, because=because, missing=lost
        )
