"""What is said of a watched certificate: reasons, whom they wake, who has to act, and in which words."""

from datetime import timedelta

import pytest

from probe.catalogue.catalogue import load
from probe.classify.expiry import Standing, judge_all, judge_certificate
from probe.model.certificate import CertificateRole
from probe.model.failure import Blame, Confidence, Failure, Severity
from probe.model.watch import Care, Held, Proof, Sighting, WatchedCertificate
from tests.support.watched import CLIENT_AUTH, DAY, MANAGED, NOW, WIRE, authority, certificate, watched

SOON = {"not_after": NOW + 12 * DAY}
GONE = {"not_after": NOW - timedelta(minutes=2)}


def _judge(entry: WatchedCertificate) -> Standing:
    return judge_certificate(entry, load(), at=NOW)


def _only(entry: WatchedCertificate) -> Failure:
    (failure,) = _judge(entry).failures
    return failure


def _reasons(standing: Standing) -> list[str]:
    return [failure.reason for failure in standing.failures]


def test_a_healthy_one() -> None:
    """Ours, managed, proven, far from its end."""
    assert _judge(watched(certificate())) == Standing(threshold=None, severity=Severity.NONE, failures=())


def test_one_that_expires_soon() -> None:
    """Which certificate, which file, when, and which rung."""
    entry = watched(certificate(**SOON))
    failure = _only(entry)
    assert _judge(entry).threshold == "14d"
    assert (failure.code, failure.reason, failure.severity) == (5030, "certificate.expiring", Severity.TICKET)
    assert (failure.certificate, failure.confidence, failure.phase) == (entry.certificate, Confidence.PROVEN, None)
    assert failure.summary == (
        "The client certificate CN=billing (serial 4f1c) in /etc/billing/tls/tls.crt expires in 12 days, "
        "at 2026-01-27T14:30:00Z: inside its threshold of 14d."
    )


def test_the_last_second_still_counts() -> None:
    """A certificate is good at its notAfter (RFC 5280 4.1.2.5), in the words too."""
    failure = _only(watched(certificate(not_after=NOW)))
    assert failure.reason == "certificate.expiring"
    assert "expires in less than a second, at 2026-01-15T14:30:00Z" in failure.summary


def test_a_scaled_rung_is_explained() -> None:
    """`48h` for a certificate of six days is less than three hours: nobody should have to work that out at night."""
    entry = watched(certificate(not_before=NOW - 143 * DAY / 24, not_after=NOW + DAY / 24))
    assert "expires in 1 hour" in _only(entry).summary
    assert _only(entry).summary.endswith("inside its threshold of 48h, which is 2 hours for one that lives for 6 days.")


def test_an_expired_one() -> None:
    """A page, and no rung: it is below all of them."""
    standing = _judge(watched(certificate(**GONE)))
    assert (standing.threshold, standing.severity, _reasons(standing)) == (None, Severity.PAGE, ["certificate.expired"])
    assert "in /etc/billing/tls/tls.crt expired 2 minutes ago, at 2026-01-15T14:28:00Z." in standing.failures[0].summary


@pytest.mark.parametrize(
    ("entry", "severity"),
    [
        (watched(certificate(not_before=NOW + DAY)), Severity.PAGE),
        (watched(certificate("CN=next", not_before=NOW + DAY), Held.WATCHED), Severity.TICKET),
        (watched(certificate("CN=next", not_before=NOW + DAY), Held.WATCHED, path=None), Severity.TICKET),
        (watched(authority("CN=x", 9, not_before=NOW + DAY), Held.TRUST, relied_on=False), Severity.NONE),
    ],
)
def test_one_of_the_future(entry: WatchedCertificate, severity: Severity) -> None:
    """What the path shows now is refused now; what lies beside it for later is not. It is inside no rung."""
    standing = _judge(entry)
    assert (standing.threshold, standing.severity) == (None, severity)
    assert _reasons(standing) == ["certificate.not_yet_valid"]
    assert "becomes valid only in 24 hours, at 2026-01-16T14:30:00Z" in standing.failures[0].summary


@pytest.mark.parametrize(
    ("entry", "blame", "proxy"),
    [
        (watched(certificate(**SOON)), Blame.OURS, None),
        (watched(authority("CN=Issuing", 5), Held.IDENTITY), Blame.OURS, None),
        (watched(certificate(**SOON), Held.IN_USE), Blame.OURS, None),
        (watched(certificate(**SOON, source=WIRE), Held.PEER), Blame.CONNECTOR, None),
        (watched(authority("CN=Issuing", 5), Held.PEER, Held.TRUST), Blame.CONNECTOR, None),
        (watched(certificate(**SOON, source=WIRE), Held.UPSTREAM), Blame.STRIPE, None),
        (watched(authority("CN=Root", 5, root=True), Held.PEER), Blame.OURS, None),
        (watched(authority("CN=Root", 5, root=True), Held.TRUST), Blame.OURS, None),
        (watched(certificate(**SOON), Held.PROXY), Blame.NETWORK, "proxy.internal:3128"),
        (watched(certificate(**SOON), Held.UPSTREAM), Blame.STRIPE, None),
        (watched(certificate(**SOON), Held.WATCHED), Blame.OURS, None),
        # What we hold ourselves is ours to replace, also where the connector holds the same.
        (watched(authority("CN=Issuing", 5), Held.IDENTITY, Held.PEER), Blame.OURS, None),
        (watched(authority("CN=Issuing", 5), Held.IN_USE, Held.PEER), Blame.OURS, None),
        (watched(certificate(**SOON), Held.WATCHED, Held.PEER, ours=True, care=MANAGED), Blame.OURS, None),
        (watched(authority("CN=Issuing", 5), Held.PEER, Held.PROXY), Blame.CONNECTOR, None),
        (
            watched(certificate(**SOON, not_before=NOW - 600 * DAY, role=CertificateRole.CRL), Held.CRL),
            Blame.OURS,
            None,
        ),
        (
            watched(certificate(**SOON, not_before=NOW - 600 * DAY, role=CertificateRole.OCSP), Held.STAPLE),
            Blame.CONNECTOR,
            None,
        ),
    ],
)
def test_who_has_to_act(entry: WatchedCertificate, blame: Blame, proxy: str | None) -> None:
    """What stands in our files is ours to replace there, what is presented to us is theirs. Theirs are never unmanaged."""
    failure = _only(entry)
    assert (failure.reason, failure.blame, failure.proxy) == ("certificate.expiring", blame, proxy)


def test_facts_of_an_earlier_time_say_so() -> None:
    """While handshakes fail, what is known is as old as the last one."""
    seen = (Sighting(WIRE, NOW - timedelta(hours=30), Held.PEER),)
    entry = watched(certificate("CN=connector", **SOON, source=WIRE, role=CertificateRole.SERVER), Held.PEER, seen=seen)
    assert _only(entry).summary.startswith(
        "The server certificate CN=connector (serial 4f1c) presented by connector.internal:8443 (last seen 30 hours ago) expires"
    )


def test_a_ca_that_the_path_does_not_rely_on_wakes_nobody() -> None:
    """A system bundle has a hundred of them. What is wrong is still said."""
    for left, reason in ((-3.0, "certificate.expired"), (3.0, "certificate.expiring")):
        entry = watched(authority("CN=Old", left, root=True), Held.TRUST, relied_on=False)
        standing = _judge(entry)
        assert (standing.severity, _reasons(standing)) == (Severity.NONE, [reason])
        relied = watched(authority("CN=Old", left, root=True), Held.TRUST, relied_on=True)
        assert _judge(relied).severity is Severity.PAGE


def test_of_a_bundle_that_nothing_was_verified_with_the_one_that_ends_last_is_needed() -> None:
    """Offline, an old CA beside its successor is no alarm; a bundle that is expired altogether is."""
    old, new = (watched(authority("CN=Root", left, root=True, sha256=str(left)), Held.TRUST) for left in (-30, 900))
    leaf = watched(certificate(**SOON))
    judged = judge_all([leaf, old, new], load(), at=NOW)
    assert [entry for entry, _ in judged] == [leaf, old, new]
    assert [standing.severity.value for _, standing in judged] == ["ticket", "none", "none"]
    assert [standing.severity.value for _, standing in judge_all([old], load(), at=NOW)] == ["page"]
    elsewhere = watched(authority("CN=Root", -30, root=True), Held.WATCHED, path=None)
    assert [standing.severity.value for _, standing in judge_all([elsewhere], load(), at=NOW)] == ["page"]


def test_lists_and_answers_are_named_for_what_they_are() -> None:
    """Nobody looks for a certificate when a list has to be fetched. A stale answer is never a page."""
    long = {"not_before": NOW - 600 * DAY}
    crl = watched(certificate("CN=Issuing", role=CertificateRole.CRL, **long, **GONE), Held.CRL, care=Care())
    failure = _only(crl)
    assert (failure.reason, failure.severity) == ("certificate.expired", Severity.PAGE)
    assert failure.summary == (
        "The revocation list of CN=Issuing in /etc/billing/tls/tls.crt ended 2 minutes ago, at 2026-01-15T14:28:00Z."
    )
    soon = certificate("", issuer="", role=CertificateRole.CRL, **long, **SOON)
    summary = _only(watched(soon, Held.CRL)).summary
    assert summary.startswith(
        "The revocation list of an unnamed issuer in /etc/billing/tls/tls.crt ends in 12 days, at "
    )
    staple = watched(certificate("CN=r", role=CertificateRole.OCSP, source=WIRE, **long, **GONE), Held.STAPLE)
    assert _only(staple).severity is Severity.TICKET
    assert _only(staple).summary.startswith("The OCSP answer that connector.internal:8443 staples ended 2 minutes ago")


def test_nothing_renews_it() -> None:
    """The incident's root cause; only ours, and whatever else is wrong."""
    failure = _only(watched(certificate(), care=Care()))
    assert (failure.reason, failure.severity) == ("certificate.unmanaged", Severity.TICKET)
    assert failure.summary == (
        "Nothing is known to renew it: the client certificate CN=billing (serial 4f1c) in /etc/billing/tls/tls.crt "
        "has no `managed_by`."
    )
    unreadable = watched(None, unreadable="/etc/billing/tls/tls.crt does not exist", ours=True)
    assert _reasons(_judge(unreadable)) == ["certificate.unreadable", "certificate.unmanaged"]
    assert (
        _judge(unreadable).failures[1].summary == "Nothing is known to renew it: identity billing has no `managed_by`."
    )


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        (None, "nothing is configured that could prove it: set `managed_proof` of the identity."),
        (Proof(proven=None, detail="connection refused."), "whether it is could not be asked: connection refused."),
        (Proof(proven=False, detail="no such Certificate."), "it is not: no such Certificate."),
    ],
)
def test_a_claim_is_no_proof(proof: Proof | None, says: str) -> None:
    """That is what the incident began with."""
    failure = _only(watched(certificate(), care=Care(managed_by="cert-manager", proof=proof)))
    assert (failure.reason, failure.severity) == ("certificate.management_unproven", Severity.TICKET)
    assert failure.summary.endswith(f"is said to be renewed by cert-manager, and {says}")
    assert failure.evidence.detail == (proof.detail if proof else "")


def test_a_renewal_that_did_not_come() -> None:
    """By how much, and by whose word it should have."""
    found = certificate(not_before=NOW - 60 * DAY, not_after=NOW + 27.5 * DAY)
    said = _only(watched(found, care=Care(managed_by="vault", renew_before_s=30 * 86400, proof=MANAGED.proof)))
    assert (said.reason, said.severity, said.confidence) == (
        "certificate.renewal_overdue",
        Severity.TICKET,
        Confidence.PROVEN,
    )
    assert said.summary.endswith(
        "should have been renewed by vault before 2026-01-14T14:30:00Z, 24 hours ago; it ends at 2026-02-12T02:30:00Z."
    )
    default = _only(watched(found, care=Care(managed_by="cert-manager", proof=MANAGED.proof)))
    assert default.confidence is Confidence.INFERRED
    assert "(cert-manager's default: `renew_before` is not set)" in default.summary


def test_a_public_ca_will_not_renew_the_usage() -> None:
    """Before its renewal breaks it (Let's Encrypt, since 2026). Not a private CA's, not a server's, not theirs."""
    public = certificate(publicly_trusted=True, extended_key_usage=(CLIENT_AUTH,), issuer="CN=E7,O=Let's Encrypt,C=US")
    failure = _only(watched(public))
    assert (failure.reason, failure.severity) == ("certificate.renewal_loses_client_auth", Severity.TICKET)
    assert failure.confidence is Confidence.INFERRED
    assert failure.summary.endswith(
        "comes from a public CA, CN=E7,O=Let's Encrypt,C=US: its renewal will not have the usage clientAuth any more, "
        "and will be refused."
    )
    for entry in (
        watched(certificate(extended_key_usage=(CLIENT_AUTH,))),
        watched(certificate(publicly_trusted=True)),
        watched(public, Held.PEER),
    ):
        assert _judge(entry).failures == ()


@pytest.mark.parametrize(
    ("left", "threshold", "severity", "says"),
    [
        (timedelta(days=60), None, Severity.TICKET, "one that expires in 60 days, at 2026-03-16T14:30:00Z."),
        (timedelta(days=20), "30d", Severity.TICKET, "one that expires in 20 days"),
        (timedelta(days=6), "7d", Severity.PAGE, "one that expires in 6 days"),
        (timedelta(hours=-3), None, Severity.PAGE, "one that expired 3 hours ago, at 2026-01-15T11:30:00Z: its next"),
    ],
)
def test_the_file_is_not_the_service(left: timedelta, threshold: str | None, severity: Severity, says: str) -> None:
    """The old end keeps counting, on the ladder too, until the new one is seen in use."""
    standing = _judge(watched(certificate(), not_in_use=NOW + left))
    assert (standing.threshold, standing.severity) == (threshold, severity)
    assert _reasons(standing) == ["certificate.rotated_but_not_used"]
    assert standing.failures[0].confidence is Confidence.PROVEN
    assert standing.failures[0].summary.startswith(
        "/etc/billing/tls/tls.crt holds a new certificate (serial 4f1c), but "
    )
    assert says in standing.failures[0].summary


def test_a_service_that_never_answered() -> None:
    """What it holds may be the one before: inferred, with its end, and no longer than to it."""
    entry = watched(certificate(), not_in_use=NOW + 6 * DAY, use_unseen=True)
    failure = _only(entry)
    assert (failure.reason, failure.severity, failure.confidence) == (
        "certificate.rotated_but_not_used",
        Severity.PAGE,
        Confidence.INFERRED,
    )
    assert "could never be seen: it may still be the one before it, which expires in 6 days" in failure.summary
    assert _reasons(judge_certificate(entry, load(), at=NOW + 7 * DAY)) == []


def test_a_rotation_that_stopped_half_way() -> None:
    """In the words of whoever found it."""
    failure = _only(watched(certificate(), half_rotated="/etc/billing/tls/tls.key is of another issue"))
    assert (failure.reason, failure.severity) == ("certificate.half_rotated", Severity.TICKET)
    assert failure.summary == "/etc/billing/tls/tls.key is of another issue."


def test_an_unreadable_file() -> None:
    """A ticket, never an expiry: unknown is not expired."""
    entry = watched(None, Held.WATCHED, path=None, unreadable="/etc/ssl/billing/x.pem: permission denied")
    standing = _judge(entry)
    assert (standing.threshold, standing.severity) == (None, Severity.TICKET)
    assert _reasons(standing) == ["certificate.unreadable"]
    assert (standing.failures[0].summary, standing.failures[0].certificate) == (f"{entry.unreadable}.", None)


def test_a_service_that_holds_what_nobody_knows() -> None:
    """Its fingerprint is not that of the file: the file's certificate is not in use, until when is not known."""
    entry = watched(None, Held.IN_USE, unreadable="10.0.0.1:80: the service holds another one")
    standing = _judge(entry)
    assert (_reasons(standing), standing.severity) == (["certificate.rotated_but_not_used"], Severity.TICKET)


def test_how_the_leaf_is_renewed_says_nothing_of_the_rest_of_its_file() -> None:
    """An intermediate beside a leaf of hours keeps its own ladder."""
    chain = watched(
        authority("CN=Issuing", 12), Held.IDENTITY, care=Care(managed_by="cert-manager", renew_before_s=3600)
    )
    assert _judge(chain).threshold == "14d"


def test_the_configured_rungs_are_for_what_others_present_too() -> None:
    """Whoever wants to know of everything that ends within 60 days."""
    theirs = certificate(not_after=NOW + 50 * DAY, source=WIRE)
    care = Care(thresholds_s=(60 * 86400.0, 86400.0))
    assert _judge(watched(theirs, Held.PEER, care=care)).threshold == "60d"
    assert _judge(watched(theirs, Held.PEER)).threshold is None
