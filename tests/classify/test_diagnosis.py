"""What a second connection adds, in sentences."""

from dataclasses import replace
from datetime import timedelta

import pytest

from probe.classify.diagnosis import Mark, remarks
from probe.model.network import Cause, Ended
from probe.model.observation import HandshakeObservation
from probe.model.staple import Staple, StapleSignature, StapleStatus
from probe.model.tls import DiagnosticFacts, SoughtIssuer, VerifyError
from tests.report import runs

AT = runs.STARTED
FACTS = DiagnosticFacts(
    address="192.0.2.7", started_at=AT, duration_s=0.01, ended=Ended.COMPLETED, presented=(runs.SERVER,)
)
STAPLE = Staple(
    response="successful",
    size=280,
    status=StapleStatus.GOOD,
    this_update=AT - timedelta(hours=1),
    next_update=AT + timedelta(days=6, hours=1),
    responder="CN=Example Billing CA",
    signature=StapleSignature.VERIFIED,
)


def seen(facts: DiagnosticFacts = FACTS, **changes: object) -> HandshakeObservation:
    """A handshake with these facts of a second connection."""
    return replace(runs.SHAKEN, diagnostics=facts, **changes)  # type: ignore[arg-type]  # the caller's keywords


def told(facts: DiagnosticFacts, **changes: object) -> list[tuple[str, str]]:
    """Marks and sentences, without the staple's, which is a good one."""
    found = remarks(seen(replace(facts, staple=STAPLE), **changes))
    return [(r.mark.value, r.text) for r in found if "OCSP" not in r.text]


def test_nothing_without_a_second_connection() -> None:
    """Most runs make none."""
    assert remarks(runs.SHAKEN) == ()


def test_all_is_well() -> None:
    """The commonest case is one line."""
    text = "No certificate of the chain has a verify error. No OCSP staple came, although we asked for one."
    assert [(r.mark, r.text) for r in remarks(seen())] == [(Mark.GOOD, text)]


def test_a_connection_that_told_nothing() -> None:
    """The reason, and nothing else."""
    facts = replace(FACTS, presented=(), ended=Ended.ERROR, causes=(Cause(kind="OSError", text="refused"),))
    assert told(facts) == [("plain", "A second connection told nothing more: refused.")]


@pytest.mark.parametrize(
    ("code", "certificate", "words"),
    [
        (10, runs.CLIENT, "expired 12 minutes ago (10)"),
        (10, runs.SERVER, "expired (10)"),
        (9, replace(runs.SERVER, not_before=AT + timedelta(days=3)), "valid only in 3 days (9)"),
        (20, runs.SERVER, "its issuer is neither sent along nor in our trust (20)"),
        (
            62,
            runs.SERVER,
            "not for the name that was asked for, but for billing-connector.internal (62)",
        ),
        (
            62,
            replace(runs.SERVER, subject="O=Shop", san=(), dns_names=()),
            "not for the name that was asked for, but for none (62)",
        ),
        (85, runs.SERVER, "breaks RFC 5280 (85)"),
        (999, runs.SERVER, "refused (999)"),
    ],
)
def test_the_words_for_a_code(code: int, certificate: object, words: str) -> None:
    """What the code means for this certificate, and the code itself."""
    error = VerifyError(code=code, depth=0, certificate=certificate)  # type: ignore[arg-type]  # a certificate
    (remark,) = told(replace(FACTS, verify_errors=(error,)))
    assert remark[0] == "bad"
    assert remark[1].endswith(f": {words}.")


def test_errors_are_told_by_certificate() -> None:
    """One sentence for each depth, leaf first; that a lone leaf cannot be checked follows from its missing issuer."""
    errors = (
        VerifyError(code=18, depth=1, certificate=runs.CLIENT),
        VerifyError(code=20, depth=0, certificate=runs.SERVER),
        VerifyError(code=21, depth=0, certificate=runs.SERVER),
    )
    assert told(replace(FACTS, verify_errors=errors)) == [
        (
            "bad",
            "Verify errors at depth 0, CN=billing-connector.internal: its issuer is neither sent along nor in our trust (20).",
        ),
        ("bad", "Verify errors at depth 1, CN=billing-service,O=Example: self-signed, and not in our trust (18)."),
    ]


def test_the_verdicts_own_error_is_not_repeated() -> None:
    """The summary has told it already."""
    facts = replace(FACTS, verify_errors=(VerifyError(code=10, depth=0, certificate=runs.CLIENT),))
    assert told(facts, verify_code=10) == [("plain", "The verify error above is the only kind that the chain has.")]


def test_two_connections_that_disagree() -> None:
    """Another certificate, or a chain that verifies only now, is said and not explained away."""
    other = replace(FACTS, presented=(replace(runs.SERVER, sha256="ef" * 32, serial="78"),))
    assert told(other, verify_code=10) == [
        (
            "bad",
            "A second connection met another certificate (serial 78): several servers stand behind this address.",
        ),
        ("plain", "No certificate of the chain has a verify error, although the first connection met one."),
    ]


@pytest.mark.parametrize(
    ("changes", "mark", "words"),
    [
        (
            {},
            "good",
            (
                "The OCSP staple says `good`; it is valid for 6 days more, until 2026-01-21T15:40:03Z; "
                "signed by CN=Example Billing CA, for the issuer."
            ),
        ),
        ({"next_update": AT - timedelta(hours=2)}, "bad", "it is out of date since 2026-01-15T12:40:03Z, 2 hours ago"),
        ({"this_update": AT + timedelta(hours=2)}, "bad", "it is valid only from 2026-01-15T16:40:03Z on"),
        ({"next_update": None}, "good", "it names no end"),
        ({"signature": StapleSignature.INVALID}, "bad", "its signature by CN=Example Billing CA is not the issuer's"),
        ({"signature": StapleSignature.UNCHECKED}, "plain", "its signature cannot be checked here"),
        ({"status": StapleStatus.UNKNOWN}, "bad", "the responder does not know CN=billing-connector.internal"),
        (
            {"status": StapleStatus.REVOKED, "revoked_at": AT, "revocation_reason": "key_compromise"},
            "bad",
            "that CN=billing-connector.internal was revoked at 2026-01-15T14:40:03Z (key compromise)",
        ),
        ({"status": None}, "bad", "The OCSP staple is not for the certificate CN=billing-connector.internal."),
        ({"response": "try_later"}, "bad", "The OCSP staple holds only the answer `try_later`."),
        ({"response": "malformed"}, "bad", "The OCSP staple cannot be read."),
    ],
)
def test_what_the_staple_says(changes: dict[str, object], mark: str, words: str) -> None:
    """Status, dates and signature, each of which can spoil it."""
    staple = replace(STAPLE, **changes)  # type: ignore[arg-type]  # named above
    (remark,) = [r for r in remarks(seen(replace(FACTS, staple=staple))) if "OCSP" in r.text]
    assert remark.mark.value == mark
    assert words in remark.text


def test_a_staple_that_must_be_there() -> None:
    """RFC 7633."""
    (remark,) = [r for r in remarks(seen(replace(FACTS, must_staple=True))) if "OCSP" in r.text]
    assert (remark.mark, "must come with an OCSP staple" in remark.text) == (Mark.BAD, True)


def test_no_staple_beside_other_remarks() -> None:
    """It is told plainly, in a sentence of its own, where the chain has something worse to tell."""
    (remark,) = [r for r in remarks(seen(verify_code=10)) if "OCSP" in r.text]
    assert (remark.mark, remark.text) == (Mark.PLAIN, "No OCSP staple came, although we asked for one.")


def test_accepted_authorities() -> None:
    """Told where the first connection did not hear them; and whether our own issuer is among them."""
    silent = replace(runs.TLS, acceptable_cas=())
    ours = replace(FACTS, acceptable_cas=("CN=Example Billing CA",))
    others = replace(FACTS, acceptable_cas=tuple(f"CN=CA {n}" for n in range(9)))
    assert told(ours, tls=silent)[1:] == [("plain", "It accepts client certificates of CN=Example Billing CA.")]
    assert [text for _, text in told(others, tls=silent)[1:]] == [
        "It accepts client certificates of CN=CA 0, CN=CA 1, CN=CA 2, CN=CA 3, CN=CA 4, CN=CA 5 and 3 more.",
        "No issuer in our file (CN=Example Billing CA) is among the CAs that it says it accepts.",
    ]
    assert told(ours) == [("good", "No certificate of the chain has a verify error.")]


def test_missing_issuers_that_were_sought() -> None:
    """Where they were found, what that proves, and where there was nothing."""
    middle = replace(runs.SERVER, subject="CN=Middle")
    top = replace(runs.SERVER, subject="CN=Top", self_issued=True)
    found = SoughtIssuer(url="http://ca.internal/m.crt", below="CN=leaf", certificate=middle)
    gone = SoughtIssuer(url="http://ca.internal/n.crt", below="CN=leaf", problem="it answers HTTP 404")
    named = (
        "CN=Middle, the issuer of CN=leaf, is not sent by the peer; it was found by AIA at http://ca.internal/m.crt."
    )
    complete = replace(FACTS, issuers=(gone, found), completed_by_issuers=True)
    assert told(complete)[1:] == [
        (
            "plain",
            "The issuer of CN=leaf was sought at http://ca.internal/n.crt, which its certificate names: it answers HTTP 404.",
        ),
        ("bad", f"{named} With it the chain leads to our trust: the peer must send it."),
    ]
    useless = told(replace(FACTS, issuers=(found, replace(found, certificate=top))))[1:]
    assert useless[0] == (
        "bad",
        f"{named} With it the chain does not lead to our trust either: its own issuer is not in our trust.",
    )
    assert useless[1][1].endswith("its root is not in our trust.")


def test_a_revoked_issuer_is_not_denied() -> None:
    """The second connection's OpenSSL is asked about the peer's own certificate alone; our own look at the lists counts here too."""
    revoked = VerifyError(code=23, depth=1, certificate=runs.CLIENT)
    text = "The verify error above is the only kind that the chain has."
    assert told(FACTS, verify_code=23, listed=(revoked,)) == [("plain", text)]
    other = replace(FACTS, verify_errors=(VerifyError(code=62, depth=0, certificate=runs.SERVER),))
    ((_, first), (mark, second)) = told(other, verify_code=62, listed=(revoked,))
    assert (mark, second) == ("bad", f"Verify errors at depth 1, {runs.CLIENT.subject}: revoked by our CRL (23).")
    assert "not for the name" in first


def test_of_many_names_the_one_next_to_the_one_asked_for_is_told_first() -> None:
    """Whoever looks for a slip of the pen finds it there."""
    names = (*(f"n{number}.example" for number in range(400)), "billing-connectors.internal")
    wrong = replace(runs.SERVER, san=names, dns_names=names)
    ((_, text),) = told(replace(FACTS, verify_errors=(VerifyError(code=62, depth=0, certificate=wrong),)))
    assert "not for the name that was asked for, but for billing-connectors.internal, n0.example, " in text


def test_what_nobody_could_read_is_told_all_the_same() -> None:
    """A certificate that the error does not show, a connection without a cause, an identity that is not configured."""
    for code, words in ((20, "its issuer is neither sent along nor in our trust"), (9, "not yet valid")):
        facts = replace(FACTS, verify_errors=(VerifyError(code=code, depth=0),))
        assert told(facts) == [
            ("bad", f"Verify errors at depth 0, a certificate that cannot be read: {words} ({code}).")
        ]
    nothing = replace(FACTS, presented=(), causes=())
    assert told(nothing) == [("plain", "A second connection told nothing more: it ended before the certificate came.")]
    accepting = replace(FACTS, acceptable_cas=("CN=Other",))
    assert all("No issuer in our file" not in text for _, text in told(accepting, identity=None))


def test_a_revocation_without_a_date_or_a_reason() -> None:
    """Both are optional in an OCSP answer."""
    staple = replace(STAPLE, status=StapleStatus.REVOKED)
    (remark,) = [r for r in remarks(seen(replace(FACTS, staple=staple))) if "OCSP" in r.text]
    assert "says that CN=billing-connector.internal was revoked; " in remark.text


@pytest.mark.parametrize(("count", "end"), [(6, "CN=CA 5"), (7, "CN=CA 5 and 1 more")])
def test_as_many_authorities_as_fit_are_listed(count: int, end: str) -> None:
    """Six, and how many more there are."""
    names = tuple(f"CN=CA {n}" for n in range(count))
    (_, text), *_ = told(replace(FACTS, acceptable_cas=names), tls=replace(runs.TLS, acceptable_cas=()))[1:]
    assert text == f"It accepts client certificates of {', '.join(names[:5])}, {end}."


def test_only_issuers_are_looked_up_in_our_lists_beside_the_second_connection() -> None:
    """Of the peer's own certificate OpenSSL has told everything, and a list that has ended is no revocation."""
    error = VerifyError(code=62, depth=0, certificate=runs.SERVER)
    listed = (
        VerifyError(code=23, depth=0, certificate=runs.SERVER),
        VerifyError(code=12, depth=1, certificate=runs.CLIENT),
    )
    words = "not for the name that was asked for, but for billing-connector.internal (62)"
    assert told(replace(FACTS, verify_errors=(error,)), verify_code=10, listed=listed) == [
        ("bad", f"Verify errors at depth 0, {runs.SERVER.subject}: {words}.")
    ]
    weak = VerifyError(code=85, depth=0, certificate=runs.SERVER)
    assert told(replace(FACTS, verify_errors=(error, weak)), verify_code=10) == [
        ("bad", f"Verify errors at depth 0, {runs.SERVER.subject}: {words}; breaks RFC 5280 (85).")
    ]
