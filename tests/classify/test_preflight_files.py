"""What a candidate's files tell by themselves, row by row."""

import dataclasses
from datetime import timedelta

import pytest

from probe.model.answer import HttpAnswer
from probe.model.certificate import Certificate
from probe.model.failure import Confidence, Severity
from probe.model.identity import FileFault
from probe.model.outcome import Failed
from probe.model.preflight import CandidateFacts, Preflight
from probe.model.watch import Care
from tests.classify import seen, tried

KEY = "/srv/new/tls.key"
OF_A_CERTIFICATE = ("key-matches", "dates", "usage", "key-strength", "signature-strength", "new-certificate")


def objected(found: Preflight, name: str) -> tuple[Certificate | None, Confidence]:
    """Against which certificate a check speaks, and how sure it is."""
    outcome = tried.check(found, name).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure.certificate, outcome.failure.confidence


def broken(fault: FileFault, *further: FileFault, **changes: object) -> CandidateFacts:
    """Files with a fault of which the certificates can be read all the same."""
    own = seen.identity(
        tried.LEAF,
        tried.ISSUER,
        certificate_path=tried.NEW,
        key_path=KEY,
        fault=fault,
        fault_path=KEY,
        fault_detail=f"{KEY} is wrong",
        further_faults=further,
    )
    return tried.candidate(**({"identity": own} | changes))


def test_what_was_read() -> None:
    """How many certificates, in which file."""
    assert tried.why(tried.judged(), "certificate-parses") == f"2 certificates in {tried.NEW}"
    alone = tried.judged(candidate=tried.candidate(tried.LEAF))
    assert tried.why(alone, "certificate-parses") == f"1 certificate in {tried.NEW}"


def test_a_candidate_that_fits_is_said_to_with_what_was_seen() -> None:
    """Whoever reads only passes learns which certificate it was, until when, and how strong."""
    found = tried.judged()
    assert {name: tried.why(found, name) for name in (*OF_A_CERTIFICATE, "same-subject", "same-names")} == {
        "key-matches": "the key is the certificate's",
        "dates": "CN=billing expires in 90 days, at 2026-04-15T14:30:00Z",
        "usage": "the certificate is not restricted: no extended key usage",
        "key-strength": "112 bits of security and more (level 2)",
        "signature-strength": "112 bits of security and more (level 2)",
        "new-certificate": "serial beef, in place of the current 4f1c",
        "same-subject": "CN=billing",
        "same-names": "none",
    }


def test_without_a_certificate_everything_else_waits_for_one() -> None:
    """One objection, and not one for each thing that cannot be looked at."""
    files = tried.unusable(fault=FileFault.CERTIFICATE_MISSING, fault_detail=f"{tried.NEW} does not exist")
    found = tried.judged(
        candidate=dataclasses.replace(files, identity=dataclasses.replace(files.identity, certificates=()))
    )
    assert [f.reason for f in found.objections] == ["tls.client_cert.file_missing"]
    assert {tried.why(found, name) for name in (*OF_A_CERTIFICATE, "chain-complete", "issuer-accepted")} == {
        "there is no certificate to look at"
    }


def test_another_format_is_named_with_its_conversion() -> None:
    """DER and PKCS#12 are what CAs hand out."""
    own = seen.identity(certificate_path=tried.NEW, fault=FileFault.CERTIFICATE_MALFORMED, fault_detail="no PEM")
    found = tried.judged(candidate=CandidateFacts(identity=own, format="it is DER: `openssl x509`"))
    assert tried.told(found, "certificate-parses") == ("failed", "tls.client_cert.file_malformed")
    assert tried.why(found, "certificate-parses") == "it is DER: `openssl x509`."


def test_a_key_in_another_format_is_named_with_its_conversion() -> None:
    """The certificate may be PEM and the key DER."""
    found = tried.judged(candidate=broken(FileFault.KEY_MALFORMED, format="it is DER: `openssl pkey`"))
    assert tried.told(found, "key-matches") == ("failed", "tls.client_key.malformed")
    assert tried.why(found, "key-matches") == "it is DER: `openssl pkey`."


def test_swapped_files_are_one_objection() -> None:
    """Both are malformed as what they were named; only one thing has to be mended."""
    own = seen.identity(
        certificate_path=tried.NEW,
        key_path=KEY,
        fault=FileFault.CERTIFICATE_MALFORMED,
        fault_detail="it holds a key",
        further_faults=(FileFault.KEY_MALFORMED,),
    )
    found = tried.judged(candidate=CandidateFacts(identity=own, swapped=True))
    assert "--cert and --key are swapped" in tried.why(found, "certificate-parses")
    assert tried.told(found, "key-matches") == ("skipped", None)
    assert tried.why(found, "key-matches") == "the two files are swapped"


@pytest.mark.parametrize("fault", [fault for fault in FileFault if fault.value.startswith("client_key.")])
def test_every_fault_of_the_key_is_an_objection(fault: FileFault) -> None:
    """With its own reason and the certificate that it should fit; a password can be given on the command line."""
    found = tried.judged(candidate=broken(fault))
    assert tried.told(found, "key-matches") == ("failed", f"tls.{fault.value}")
    assert objected(found, "key-matches") == (tried.LEAF, Confidence.PROVEN)
    asks = tried.why(found, "key-matches").endswith(" (--key-password-file FILE).")
    assert asks == (fault in {FileFault.KEY_ENCRYPTED, FileFault.KEY_BAD_PASSWORD})
    assert tried.told(found, "certificate-parses") == ("passed", None)


def test_a_further_fault_of_the_key_is_told_too() -> None:
    """Two faults of the two files are two objections, each with its file."""
    own = seen.identity(
        certificate_path=tried.NEW,
        key_path=KEY,
        certificates=(),
        fault=FileFault.CERTIFICATE_MALFORMED,
        fault_detail="cut off",
        further_faults=(FileFault.KEY_MISSING,),
    )
    found = tried.judged(candidate=CandidateFacts(identity=own))
    assert [f.reason for f in found.objections] == ["tls.client_cert.file_malformed", "tls.client_key.file_missing"]
    assert tried.why(found, "key-matches") == f"{KEY} does not exist."


def test_a_further_fault_of_the_certificate_names_its_file() -> None:
    """The faults of both files are found in one reading."""
    found = tried.judged(candidate=broken(FileFault.KEY_MISSING, FileFault.CERTIFICATE_UNREADABLE))
    assert tried.why(found, "certificate-parses") == f"{tried.NEW} cannot be read."


def test_a_certificate_that_is_too_weak_still_fits_its_key() -> None:
    """The fault of the strength is told where the strength is."""
    weak = seen.certificate(sha256="be" * 32, key_bits=80)
    own = seen.identity(weak, tried.ISSUER, fault=FileFault.CERTIFICATE_WEAK_KEY, fault_detail="too weak")
    found = tried.judged(candidate=CandidateFacts(identity=own, chain=(weak, tried.ISSUER)))
    assert tried.told(found, "key-matches") == ("passed", None)
    assert tried.told(found, "key-strength") == ("failed", "tls.client_cert.weak_key")


@pytest.mark.parametrize(
    ("chain", "reason", "named"),
    [
        ((seen.certificate(**seen.EXPIRED), tried.ISSUER), "tls.client_cert.expired", "CN=billing"),
        ((seen.certificate(**seen.EARLY), tried.ISSUER), "tls.client_cert.not_yet_valid", "CN=billing"),
        ((tried.LEAF, seen.issuer(**seen.EXPIRED)), "tls.client_cert.chain_expired", "CN=Issuing"),
    ],
)
def test_dates_of_every_certificate(chain: tuple[Certificate, ...], reason: str, named: str) -> None:
    """The leaf's own first; an expired intermediate is as bad."""
    found = tried.judged(candidate=tried.candidate(*chain))
    assert tried.told(found, "dates") == ("failed", reason)
    assert tried.why(found, "dates").startswith(named)
    assert objected(found, "dates") == (next(c for c in chain if c.subject == named), Confidence.PROVEN)


def test_dates_prove_nothing_where_the_clocks_disagree() -> None:
    """By the connector's clock the certificate is in date: who is right cannot be told here."""
    early = tried.candidate(seen.certificate(sha256="be" * 32, **seen.EARLY), tried.ISSUER)
    answer = HttpAnswer(status=200, headers={"date": "Thu, 15 Jan 2026 20:00:00 GMT"})
    found = tried.judged(
        candidate=early, lives=(tried.live(candidate=None, control=tried.passed(tried.CURRENT, http=answer)),)
    )
    assert tried.told(found, "dates") == ("unknown", "prober.clock_skew")
    assert "becomes valid only in" in tried.why(found, "dates")
    assert str(seen.ENDPOINT) in tried.why(found, "dates")


def test_dates_are_proven_where_the_clocks_agree() -> None:
    """A connector that says the same time, or none that disagrees about this certificate."""
    late = tried.candidate(seen.certificate(**seen.EXPIRED), tried.ISSUER)
    answer = HttpAnswer(status=200, headers={"date": "Thu, 15 Jan 2026 14:30:00 GMT"})
    found = tried.judged(candidate=late, lives=(tried.live(control=tried.passed(tried.CURRENT, http=answer)),))
    assert tried.told(found, "dates") == ("failed", "tls.client_cert.expired")


def test_an_end_before_that_of_the_current_one_is_worth_a_warning() -> None:
    """Mostly it is an old file; with a CA that now issues for shorter times it is meant."""
    sooner = seen.certificate(sha256="be" * 32, not_after=seen.NOW + 25 * seen.DAY)
    found = tried.judged(candidate=tried.candidate(sooner, tried.ISSUER))
    (warning,) = found.warnings
    assert (warning.reason, warning.severity) == ("certificate.expiring", Severity.TICKET)
    assert "before the current one" in warning.summary
    assert warning.certificate == sooner


def test_an_end_on_the_same_day_is_not_before_that_of_the_current_one() -> None:
    """A CA may give the same end to both."""
    same = seen.certificate(sha256="be" * 32, not_after=tried.LEAF.not_after)
    current = seen.identity(seen.certificate(not_after=tried.LEAF.not_after), tried.ISSUER)
    assert tried.judged(candidate=tried.candidate(same, tried.ISSUER), current=current).warnings == ()


@pytest.mark.parametrize(
    ("days", "gives", "severity", "rung"), [(12, "passed", "ticket", "30d"), (2, "failed", "page", "7d")]
)
def test_a_certificate_that_is_inside_its_ladder_already(days: int, gives: str, severity: str, rung: str) -> None:
    """Rolled out, it would be a ticket or a page at once: the second is an objection."""
    low = seen.certificate(sha256="be" * 32, not_after=seen.NOW + days * seen.DAY)
    found = tried.judged(candidate=tried.candidate(low, tried.ISSUER), current=None)
    assert tried.told(found, "dates")[0] == gives
    (said,) = found.warnings or found.objections
    assert (said.reason, said.severity.value) == ("certificate.expiring", severity)
    assert said.summary.endswith(f"already inside its threshold of {rung}.")


def test_the_rungs_are_those_of_the_current_identity() -> None:
    """What is renewed late may be shown late; an intermediate is nobody's of ours to renew."""
    low = seen.certificate(sha256="be" * 32, not_after=seen.NOW + 12 * seen.DAY)
    chain = (low, seen.issuer(not_after=seen.NOW + 12 * seen.DAY))
    care = Care(renew_before_s=5 * 86400.0)
    found = tried.judged(candidate=tried.candidate(*chain), current=None, care=care)
    assert [w.certificate for w in found.warnings] == [chain[1]]


def test_thresholds_of_the_operators_own_hold_for_an_intermediate_too() -> None:
    """Who has asked to be told five days before is not told twelve before."""
    chain = (tried.LEAF, seen.issuer(not_after=seen.NOW + 12 * seen.DAY))
    care = Care(thresholds_s=(5 * 86400.0, 86400.0))
    assert tried.judged(candidate=tried.candidate(*chain), current=None, care=care).warnings == ()


def test_an_expired_root_in_the_file_is_worth_a_warning() -> None:
    """Peers use roots of their own, so that it need not hurt."""
    chain = (tried.LEAF, tried.ISSUER, seen.root(**seen.EXPIRED))
    found = tried.judged(candidate=tried.candidate(*chain))
    (warning,) = found.warnings
    assert (warning.reason, warning.severity, warning.certificate) == ("certificate.expired", Severity.TICKET, chain[2])
    assert warning.summary.startswith("The root in the file, CN=Root (serial 4f1c) in ")
    assert warning.summary.endswith(", expired 2 minutes ago, at 2026-01-15T14:28:00Z; peers use roots of their own.")


@pytest.mark.parametrize(
    ("chain", "signs", "word"),
    [
        ((seen.certificate(extended_key_usage=(seen.SERVER_AUTH,)), tried.ISSUER), True, "clientAuth"),
        ((tried.LEAF, seen.issuer(extended_key_usage=(seen.SERVER_AUTH,))), True, "CN=Issuing"),
        ((tried.ISSUER,), True, "is a CA certificate"),
        ((tried.LEAF, tried.ISSUER), False, "digitalSignature"),
    ],
)
def test_a_certificate_that_is_not_for_clients(chain: tuple[Certificate, ...], word: str, *, signs: bool) -> None:
    """By its extended key usage, by that of a CA above it, by its key usage, or because it is a CA itself."""
    found = tried.judged(candidate=tried.candidate(*chain, signs=signs))
    assert tried.told(found, "usage") == ("failed", "tls.client_cert.wrong_eku")
    assert word in tried.why(found, "usage")
    about = next((c for c in chain if c.extended_key_usage), chain[0])
    assert objected(found, "usage") == (about, Confidence.PROVEN)


def test_a_certificate_for_clients() -> None:
    """By its extended key usage, or because it has none (RFC 5280 4.2.1.12)."""
    listed = seen.certificate(sha256="be" * 32, extended_key_usage=(seen.CLIENT_AUTH,))
    found = tried.judged(candidate=tried.candidate(listed, tried.ISSUER))
    assert tried.why(found, "usage") == "the certificate allows clientAuth"
    assert "not restricted" in tried.why(tried.judged(), "usage")


def test_a_public_ca_will_not_renew_it_for_clients() -> None:
    """It works today; a warning says that its renewal will not."""
    public = seen.certificate(sha256="be" * 32, publicly_trusted=True, not_after=seen.NOW + timedelta(days=60))
    found = tried.judged(candidate=tried.candidate(public, tried.ISSUER))
    (warning,) = found.warnings
    assert (warning.reason, warning.certificate) == ("certificate.renewal_loses_client_auth", public)
    assert warning.summary.endswith("comes from a public CA, whose renewals no longer allow client authentication.")


def test_strength_is_asked_of_the_whole_chain() -> None:
    """A weak intermediate is refused like a weak leaf; the level is the strictest of the paths."""
    chain = (tried.LEAF, seen.issuer(key_bits=80, signature_bits=63))
    found = tried.judged(candidate=tried.candidate(*chain))
    assert tried.told(found, "key-strength") == ("failed", "tls.client_cert.weak_key")
    assert tried.told(found, "signature-strength") == ("failed", "tls.client_cert.weak_signature")
    assert objected(found, "key-strength") == objected(found, "signature-strength") == (chain[1], Confidence.PROVEN)
    assert "gives 63 bits of security, and security level 2 asks for 112" in tried.why(found, "signature-strength")
    lenient = tried.judged(candidate=tried.candidate(*chain), security_level=0)
    assert tried.told(lenient, "signature-strength") == ("passed", None)
