"""Complaints about our certificate against our own files, and doubts about clocks."""

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.refusal_rules import RULES, Complaint, Fact
from probe.model.answer import HttpAnswer
from probe.model.certificate import Certificate
from probe.model.failure import Blame, Confidence, Failure, Phase
from probe.model.network import Ended
from probe.model.outcome import Failed
from tests.classify.seen import (
    AUTHORITY,
    CATALOGUE,
    EARLY,
    EXPIRED,
    NOW,
    SERVER_AUTH,
    certificate,
    ended,
    handshake,
    identity,
    issuer,
    request,
    root,
    tls,
    wire,
)


def _refused(answer: HttpAnswer, **changes: object) -> Failure:
    outcome = judge_handshake(handshake(http=answer, **changes), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


def _page(date: str = "") -> HttpAnswer:
    body = "<center>The SSL certificate error</center>"
    return HttpAnswer(status=400, body=body, headers={"connection": "close"} | ({"date": date} if date else {}))


@pytest.mark.parametrize("complaint", Complaint)
def test_each_complaint_has_a_last_row_that_fits_always(complaint: Complaint) -> None:
    """Whatever our files say, there is an answer."""
    rows = [rule for rule in RULES if rule.complaint is complaint]
    assert [row.fact for row in rows].index(Fact.ANYTHING) == len(rows) - 1
    assert all(rule.gives in CATALOGUE for rule in rows)


def _unknown_ca(accepted: tuple[str, ...], *own: object, **changes: object) -> Failure:
    middle = wire("CN=Issuing", **AUTHORITY, san=())
    facts = {"built": (wire(), middle), "identity": identity(*own), "tls": tls(48, acceptable_cas=accepted)}
    outcome = judge_handshake(ended(Phase.ACCEPT, Ended.ERROR, **(facts | changes)), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


def test_an_incomplete_chain_is_told_from_an_unknown_ca_where_the_peers_own_chain_shows_it() -> None:
    """Our issuer is an intermediate that the peer itself uses, below a root that it accepts, and our file lacks it."""
    failure = _unknown_ca(("CN=Root",), certificate())
    assert (failure.reason, failure.confidence) == ("tls.client_cert.chain_incomplete", Confidence.INFERRED)
    assert failure.certificate == certificate()


@pytest.mark.parametrize(
    ("accepted", "own", "changes"),
    [
        ((), (certificate(),), {}),
        (("CN=Other",), (certificate(),), {}),
        (("CN=Other",), (certificate(), issuer()), {}),
        (("CN=Root",), (certificate(),), {"built": (), "presented": ()}),
        (("CN=Root",), (certificate(issuer="CN=billing", self_issued=True),), {}),
        # Its issuer has another key than the intermediate of that name that the peer shows.
        (("CN=Root",), (certificate(issuer_key_id="b2"),), {"built": (wire("CN=Issuing", **AUTHORITY, key_id="a1"),)}),
    ],
)
def test_anything_less_stays_an_unknown_ca(
    accepted: tuple[str, ...], own: tuple[object, ...], changes: dict[str, object]
) -> None:
    """A wrong specific reason is worse than a general one."""
    failure = _unknown_ca(accepted, *own, **changes)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.unknown_ca", Confidence.PEER_ALERT)


@pytest.mark.parametrize(
    ("accepted", "own"),
    [
        (("CN=Issuing", "CN=Root"), (certificate(),)),
        (("CN=Root",), (certificate(), issuer())),
        (("CN=Other", "CN=Root"), (certificate(), issuer(), root())),
    ],
)
def test_an_unknown_ca_that_the_peer_itself_lists_is_not_believed(
    accepted: tuple[str, ...], own: tuple[object, ...]
) -> None:
    """OpenSSL sends the same alert for want of a CRL (measured): the general reason, and the contradiction in words."""
    failure = _unknown_ca(accepted, *own)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.rejected", Confidence.PEER_ALERT)
    assert "and yet names it among the CAs that it accepts" in failure.summary


@pytest.mark.parametrize(
    ("own", "also"),
    [
        ((certificate(**EXPIRED), issuer()), "tls.client_cert.expired"),
        ((certificate(**EARLY), issuer()), "tls.client_cert.not_yet_valid"),
        ((certificate(), issuer(**EXPIRED)), "tls.client_cert.chain_expired"),
    ],
)
def test_our_own_dates_do_not_explain_what_the_peer_says_before_it_looks_at_any(
    own: tuple[object, ...], also: str
) -> None:
    """It lacks a CRL, and would refuse a certificate that is in date all the same (measured): said beside it."""
    failure = _unknown_ca(("CN=Root",), *own)
    assert (failure.reason, failure.confidence, failure.also) == (
        "tls.client_cert.rejected",
        Confidence.PEER_ALERT,
        (also,),
    )


@pytest.mark.parametrize(("own", "blame"), [({}, Blame.CONNECTOR), (EXPIRED, Blame.UNKNOWN)])
def test_a_complaint_about_usage_is_not_about_dates(own: dict[str, object], blame: Blame) -> None:
    """Haproxy refuses a key usage without signatures (43), also where that certificate has expired: renewed as it is, it fails again."""
    seen = ended(Phase.ACCEPT, Ended.ERROR, identity=identity(certificate(**own)), tls=tls(43))
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    failure = outcome.failure
    assert (failure.reason, failure.confidence, failure.blame) == (
        "tls.client_cert.rejected",
        Confidence.PEER_ALERT,
        blame,
    )
    assert "not about its dates: compare its key usage" in failure.summary
    assert failure.also == (("tls.client_cert.expired",) if own else ())
    assert failure.summary.endswith("renew it too.") == bool(own)


def test_a_refusal_without_cause_of_a_certificate_that_the_peer_could_not_build_a_chain_for() -> None:
    """Nginx's own page and Go's alert 42 say nothing: our file without its intermediate explains it."""
    facts = {"built": (wire(), wire("CN=Issuing", **AUTHORITY, san=())), "tls": tls(acceptable_cas=("CN=Root",))}
    failure = _refused(_page(), **facts)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.chain_incomplete", Confidence.INFERRED)
    assert _refused(_page(), **facts, identity=identity(certificate(), issuer())).reason == "tls.client_cert.rejected"


@pytest.mark.parametrize(
    ("accepted", "reason"),
    [
        (("CN=Root",), "tls.client_cert.unknown_ca"),
        (("CN=billing", "CN=Root"), "tls.client_cert.rejected"),
        ((), "tls.client_cert.rejected"),
    ],
)
def test_a_refusal_without_cause_of_a_certificate_that_signed_itself(accepted: tuple[str, ...], reason: str) -> None:
    """It can be trusted only by itself, and the peer's list of CAs shows whether it is."""
    own = identity(certificate(issuer="CN=billing", self_issued=True))
    failure = _refused(_page(), identity=own, tls=tls(acceptable_cas=accepted))
    assert failure.reason == reason
    assert ("it signed itself" in failure.summary) == (reason == "tls.client_cert.unknown_ca")


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (certificate(), "tls.client_cert.chain_incomplete"),
        (certificate(issuer="CN=billing", self_issued=True), "tls.client_cert.unknown_ca"),
    ],
)
def test_what_our_files_explain_of_an_alert_that_gives_no_cause_is_inferred(own: object, reason: str) -> None:
    """The peer's word is only that it refuses."""
    failure = _unknown_ca(("CN=Root",), own, tls=tls(42, acceptable_cas=("CN=Root",)))
    assert (failure.reason, failure.confidence) == (reason, Confidence.INFERRED)


def test_nobody_knows_who_issued_what_was_not_read() -> None:
    """A request knows nothing of our files: the peer's word stands."""
    answer = HttpAnswer(status=495)
    seen = request(answer=answer, tls=tls(acceptable_cas=("CN=Root",)))
    outcome = judge_http(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "tls.client_cert.rejected"
    assert outcome.failure.summary.startswith("Our client certificate was offered; the connector")


def test_a_proof_by_date_holds_only_with_a_sane_clock() -> None:
    """The peer's `Date` says that our certificate has not expired yet: one of the clocks is wrong."""
    gone = {"identity": identity(certificate(**EXPIRED))}
    sure = _refused(_page("Thu, 15 Jan 2026 14:30:02 GMT"), **gone)
    assert (sure.reason, sure.confidence) == ("tls.client_cert.expired", Confidence.PROVEN)
    doubted = _refused(_page("Thu, 15 Jan 2026 11:00:00 GMT"), **gone)
    assert (doubted.reason, doubted.confidence) == ("tls.client_cert.expired", Confidence.INFERRED)
    assert "The peer's clock says 2026-01-15T11:00:00Z, ours 2026-01-15T14:30:00Z" in doubted.summary


@pytest.mark.parametrize(
    ("says", "date", "reason"),
    [
        ("certificate has expired", "Sat, 15 Jan 2028 14:30:00 GMT", "tls.client_cert.rejected_as_expired"),
        ("certificate is not yet valid", "Wed, 15 Jan 2020 14:30:00 GMT", "tls.client_cert.rejected"),
    ],
)
def test_a_peer_whose_clock_is_wrong_is_told_so(says: str, date: str, reason: str) -> None:
    """By its own `Date` our certificate is out of date, by ours it is not: the same reason, with both clocks in the text."""
    body = f'{{"verify":"FAILED:{says}","s_dn":"CN=billing"}}'
    failure = _refused(HttpAnswer(status=400, body=body, headers={"date": date}))
    assert (failure.reason, failure.confidence) == (reason, Confidence.PEER_HTTP)
    assert "ours 2026-01-15T14:30:00Z: check both before acting on dates." in failure.summary


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 15 Jan 2026 11:00:00 -0000", "Thu, 99 Jan 2026 11:00:00 GMT"])
def test_a_date_that_cannot_be_read_casts_no_doubt(date: str) -> None:
    """Nor one without a zone."""
    assert _refused(_page(date), identity=identity(certificate(**EXPIRED))).confidence is Confidence.PROVEN


def test_all_certificates_not_yet_valid_cast_doubt_on_our_clock() -> None:
    """Theirs looks early too."""
    early = {"identity": identity(certificate(**EARLY))}
    assert _refused(_page(), **early).confidence is Confidence.PROVEN
    doubted = _refused(_page(), presented=(wire(**EARLY),), **early)
    assert doubted.confidence is Confidence.INFERRED
    assert "this machine's clock is probably behind" in doubted.summary


@pytest.mark.parametrize(
    ("accepted", "shown", "reason"),
    [
        (("CN=Root",), (), "tls.client_cert.chain_expired"),
        ((), (), "tls.client_cert.chain_expired"),
        (("CN=Issuing", "CN=Root"), (), "tls.client_cert.rejected"),
        (("CN=Elsewhere",), (), "tls.client_cert.rejected"),
        ((), (wire("CN=Issuing", **AUTHORITY),), "tls.client_cert.rejected"),
    ],
)
def test_an_expired_issuer_in_our_file_explains_only_a_peer_that_needs_it(
    accepted: tuple[str, ...], shown: tuple[Certificate, ...], reason: str
) -> None:
    """It may be superseded: a peer that holds the renewed one refuses for another cause. Never proven, and always said."""
    own = identity(certificate(), issuer(**EXPIRED))
    failure = _refused(_page(), identity=own, presented=(wire(), *shown), tls=tls(acceptable_cas=accepted))
    assert failure.reason == reason
    assert failure.confidence is not Confidence.PROVEN
    assert "tls.client_cert.chain_expired" in (failure.reason, *failure.also)
    assert ("expired 2 minutes ago" in failure.summary) is True


_SAYS_EXPIRED = HttpAnswer(status=400, body='{"verify":"FAILED:certificate has expired","s_dn":"CN=billing"}')


@pytest.mark.parametrize(
    ("answer", "accepted", "what_follows"),
    [
        (
            _page(),
            ("CN=Issuing", "CN=Root"),
            "it names that CA among its own. Replace it, and look for the cause in the peer's log.",
        ),
        (
            _page(),
            ("CN=Elsewhere",),
            "it may hold a renewed one itself. Replace it, and look for the cause in the peer's log.",
        ),
        (
            _SAYS_EXPIRED,
            ("CN=Issuing", "CN=Root"),
            "it names that CA among its own. Replace it, and look for the cause on its side: its clock, its CRL, or its own copy of that CA.",
        ),
    ],
)
def test_an_expired_issuer_that_the_peer_need_not_use_is_to_be_replaced_and_not_the_end_of_the_search(
    answer: HttpAnswer, accepted: tuple[str, ...], what_follows: str
) -> None:
    """Which issuer, why it explains nothing, and where to look instead: in its dates only where it spoke of dates."""
    own = identity(certificate(), issuer(**EXPIRED))
    summary = _refused(answer, identity=own, tls=tls(acceptable_cas=accepted)).summary
    old = "our file holds an issuer that expired 2 minutes ago, at 2026-01-15T14:28:00Z (CN=Issuing)"
    assert f"{old}, but the peer need not use that one: {what_follows}" in summary


def test_an_expired_issuer_of_a_foreign_ca_that_a_peer_calls_expired() -> None:
    """Go looks at the dates of our issuers before it looks for their CA (measured): its clock and its lists are beside the point."""
    own = identity(certificate(), issuer(**EXPIRED))
    failure = _refused(_SAYS_EXPIRED, identity=own, tls=tls(acceptable_cas=("CN=Elsewhere",)))
    assert (failure.reason, failure.confidence) == ("tls.client_cert.chain_expired", Confidence.INFERRED)
    assert failure.blame is Blame.OURS
    assert "names none of our issuers among the CAs that it accepts (CN=Elsewhere)" in failure.summary


def test_a_refusal_that_nothing_explains_sends_to_the_peers_log() -> None:
    """Our issuer is among those that it accepts: its list is no explanation, and is not told as one."""
    failure = _refused(_page(), identity=identity(certificate(), issuer()), tls=tls(acceptable_cas=("CN=Root",)))
    assert failure.reason == "tls.client_cert.rejected"
    assert ": it does not say why, and nor do our own files: its log will." in failure.summary


def test_an_issuer_from_the_future_is_no_proof_either() -> None:
    """The same the other way round."""
    own = identity(certificate(), issuer(**EARLY))
    early = _refused(_page(), identity=own, tls=tls(acceptable_cas=("CN=Root",)))
    assert (early.reason, early.confidence) == ("tls.client_cert.not_yet_valid", Confidence.INFERRED)
    held = _refused(_page(), identity=own, tls=tls(acceptable_cas=("CN=Issuing",)))
    assert held.reason == "tls.client_cert.rejected"


def test_a_peer_that_names_none_of_our_issuers() -> None:
    """It does not say why; that its list leaves us out is said, and nobody is blamed before the two were compared."""
    others = ("CN=One", "CN=Two", "CN=Three", "CN=Four")
    failure = _refused(_page(), identity=identity(certificate(), issuer()), tls=tls(acceptable_cas=others))
    assert (failure.reason, failure.blame) == ("tls.client_cert.rejected", Blame.UNKNOWN)
    assert "none of the issuers in our file (CN=Issuing, CN=Root)" in failure.summary
    assert "(CN=One, CN=Two, CN=Three and 1 more)." in failure.summary
    three = _refused(_page(), identity=identity(certificate(), issuer()), tls=tls(acceptable_cas=others[:3]))
    assert "(CN=One, CN=Two, CN=Three)." in three.summary


@pytest.mark.parametrize(
    "answer", [_page(), HttpAnswer(status=400, body='"verify":"FAILED:CRL has expired","s_dn":"CN=billing"')]
)
def test_a_usage_does_not_explain_a_peer_that_names_none_of_our_issuers(answer: HttpAnswer) -> None:
    """Nginx says the same of a certificate whose issuer it does not know: the usage stands beside it, and in the text."""
    server = identity(certificate(extended_key_usage=(SERVER_AUTH,)), issuer())
    others = tls(acceptable_cas=("CN=Other",))
    failure = _refused(answer, identity=server, tls=others)
    assert (failure.reason, failure.also, failure.blame) == (
        "tls.client_cert.rejected",
        ("tls.client_cert.wrong_eku",),
        Blame.UNKNOWN,
    )
    for accepted in ((), ("CN=Root",)):
        known = _refused(answer, identity=server, tls=tls(acceptable_cas=accepted))
        assert (known.reason, known.confidence) == ("tls.client_cert.wrong_eku", Confidence.INFERRED)
    plain = _refused(_page(), identity=server, tls=others)
    assert (
        "(CN=Issuing, CN=Root) is among the CAs that it accepts (CN=Other); nor does the extended key usage of ours"
        in plain.summary
    )


def test_a_hang_up_after_a_ticket_is_a_refusal_only_where_dates_explain_it() -> None:
    """The peer that names our issuer needs no issuer out of our file."""
    own = identity(certificate(), issuer(**EXPIRED))
    named = tls(session_ticket=True, acceptable_cas=("CN=Issuing",))
    outcome = judge_handshake(ended(Phase.ACCEPT, Ended.EOF, identity=own, tls=named), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "connector.closed_after_handshake"


def test_an_unknown_ca_that_the_peers_list_bears_out() -> None:
    """Then it is no missing CRL, and the list is said."""
    failure = _unknown_ca(("CN=Elsewhere",), certificate(), issuer())
    assert failure.reason == "tls.client_cert.unknown_ca"
    assert failure.summary.endswith("names none of ours among the CAs that it accepts (CN=Elsewhere).")
    assert "lacks a CRL" in _unknown_ca((), certificate(), issuer()).summary


@pytest.mark.parametrize(
    ("accepted", "own", "said"),
    [
        (("CN=Other",), (certificate(**EXPIRED), issuer()), True),
        (("CN=Other",), (certificate(**EXPIRED),), False),
        (("CN=Root",), (certificate(**EXPIRED), issuer()), False),
        ((), (certificate(**EXPIRED), issuer()), False),
    ],
)
def test_a_foreign_issuer_is_said_beside_our_dates(accepted: tuple[str, ...], own: object, *, said: bool) -> None:
    """Who renews an expired certificate must know; but nginx trusts CAs that it does not name (measured): true it need not be."""
    failure = _refused(_page(), identity=identity(*own), tls=tls(acceptable_cas=accepted))
    assert (failure.reason, failure.also) == ("tls.client_cert.expired", ())
    assert ("names none of our issuers among the CAs that it accepts (CN=Other)" in failure.summary) == said


@pytest.mark.parametrize(("accepted", "said"), [(("CN=Other",), True), (("CN=Root",), True), (("CN=Issuing",), False)])
def test_an_issuer_that_neither_our_file_nor_their_list_has(accepted: tuple[str, ...], *, said: bool) -> None:
    """Whether it stands below one that they accept cannot be seen from a leaf alone: a renewal may not do, and no more is claimed."""
    failure = _refused(_page(), identity=identity(certificate(**EXPIRED)), tls=tls(acceptable_cas=accepted))
    assert (failure.reason, failure.also) == ("tls.client_cert.expired", ())
    words = f"(CN=Issuing) is not among the CAs that the peer accepts ({accepted[0]}): a renewal alone may not do."
    assert failure.summary.endswith(words) == said


def test_a_foreign_list_takes_no_blame_from_what_our_dates_prove() -> None:
    """Only a refusal that nothing explains is nobody's yet."""
    elsewhere = tls(acceptable_cas=("CN=Other",))
    failure = _refused(_page(), identity=identity(certificate(**EXPIRED), issuer()), tls=elsewhere)
    assert (failure.reason, failure.blame) == ("tls.client_cert.expired", Blame.OURS)


def test_a_peer_that_accepts_our_issuer_itself_needs_no_intermediate() -> None:
    """It names the intermediate beside its root: that our file lacks it explains nothing."""
    facts = {"built": (wire(), wire("CN=Issuing", **AUTHORITY, san=()))}
    failure = _refused(_page(), tls=tls(acceptable_cas=("CN=Issuing", "CN=Root")), **facts)
    assert failure.reason == "tls.client_cert.rejected"


def test_clocks_are_no_matter_where_nobody_speaks_of_dates() -> None:
    """A certificate that is revoked is so by every clock."""
    answer = HttpAnswer(
        status=400,
        body='{"verify":"FAILED:certificate revoked","s_dn":"CN=billing"}',
        headers={"date": "Sat, 15 Jan 2028 14:30:00 GMT"},
    )
    failure = _refused(answer)
    assert failure.reason == "tls.client_cert.revoked"
    assert "The peer's clock" not in failure.summary
