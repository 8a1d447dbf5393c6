"""Every row of the rules for our own refusal of the connector's certificate."""

from dataclasses import replace
from datetime import timedelta

import pytest

from probe.classify.attempt import from_handshake
from probe.classify.handshake import judge_handshake
from probe.classify.server_certificate import VERIFY_CODES, also_true
from probe.classify.server_names import answers_to, covers, nearest
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.failure import Blame, Confidence, Failure, Phase
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed
from probe.model.tls import DiagnosticFacts, VerifyError
from tests.classify.seen import (
    AUTHORITY,
    CATALOGUE,
    CLIENT_AUTH,
    EARLY,
    ENDPOINT,
    EXPIRED,
    NOW,
    SERVER_AUTH,
    cause,
    certificate,
    ended,
    identity,
    tls,
    wire,
)

MIDDLE = wire("CN=Issuing", **AUTHORITY, san=())
ROOT = wire("CN=Root", **(AUTHORITY | {"issuer": "CN=Root", "self_issued": True}), san=())


def _seen(code: int, *presented: Certificate, **changes: object) -> HandshakeObservation:
    facts = {
        "verify_code": code,
        "presented": presented,
        "built": presented,
        "tls": tls(established=False, client_certificate_sent=False),
        "causes": (cause("SSLCertVerificationError", verify_code=code),),
    }
    return ended(Phase.TLS, Ended.ERROR, **(facts | changes))


def _judged(code: int, *presented: Certificate, **changes: object) -> Failure:
    outcome = judge_handshake(_seen(code, *presented, **changes), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


@pytest.mark.parametrize(("code", "reason"), VERIFY_CODES.items())
def test_each_code_that_decides_alone(code: int, reason: str) -> None:
    """Proven by our own verification, with the code in the evidence."""
    failure = _judged(code, wire(), MIDDLE)
    assert (failure.reason, failure.confidence, failure.evidence.verify_code) == (reason, Confidence.PROVEN, code)
    assert failure.certificate == wire()


@pytest.mark.parametrize("code", [1, 5, 7, 17, 22, 25, 27, 28, 32, 63, 79, 95, 999])
def test_any_other_code_is_the_general_reason(code: int) -> None:
    """A wrong specific reason is worse."""
    failure = _judged(code, wire())
    assert failure.reason == "tls.server_cert.invalid"
    assert failure.summary.endswith(f"; it was refused by our verification (OpenSSL code {code}).")


def test_code_10_names_the_certificate_that_has_expired() -> None:
    """Leaf, intermediate and root share the code: only the chain tells (measured)."""
    leaf, middle, top = wire(**EXPIRED), wire("CN=Issuing", **AUTHORITY, **EXPIRED), ROOT
    assert _judged(10, leaf, MIDDLE).reason == "tls.server_cert.expired"
    failure = _judged(10, wire(), middle)
    assert (failure.reason, failure.certificate) == ("tls.server_cert.chain_expired", middle)
    assert "So has" not in failure.summary
    old = wire("CN=Root", **(AUTHORITY | {"issuer": "CN=Root", "self_issued": True}), **EXPIRED)
    failure = _judged(10, wire(), MIDDLE, built=(wire(), MIDDLE, old))
    assert (failure.reason, failure.certificate, failure.blame) == ("tls.server_cert.root_expired", old, Blame.OURS)
    failure = _judged(10, leaf, middle, top)
    assert (failure.reason, failure.also) == ("tls.server_cert.expired", ("tls.server_cert.chain_expired",))


def test_code_10_below_a_root_of_ours_that_has_expired_too() -> None:
    """A cross-signed root, and the old one that signed it: only another root here mends that, whatever the connector sends."""
    old = wire("CN=Root", **(AUTHORITY | {"issuer": "CN=Root", "self_issued": True}), **EXPIRED)
    crossed = wire("CN=Issuing", **AUTHORITY, **EXPIRED)
    failure = _judged(10, wire(), crossed, built=(wire(), crossed, old))
    assert (failure.reason, failure.certificate, failure.blame) == ("tls.server_cert.root_expired", old, Blame.OURS)
    assert failure.also == ("tls.server_cert.chain_expired",)
    assert "So has CN=Issuing below it, which the connector sends" in failure.summary
    leaf = wire(**EXPIRED)
    failure = _judged(10, leaf, MIDDLE, built=(leaf, MIDDLE, old))
    assert (failure.reason, failure.also) == ("tls.server_cert.expired", ("tls.server_cert.root_expired",))


def test_a_stray_certificate_beside_a_chain_that_leads_nowhere() -> None:
    """It issued none of it, so what is wrong with it is no fault of the chain; one that stands in it counts."""
    stray = wire("CN=Old Root", **(AUTHORITY | {"issuer": "CN=Old Root", "self_issued": True}), **EXPIRED)
    assert _judged(20, wire(), stray, built=(wire(),)).also == ()
    assert _judged(20, wire(), stray, built=(wire(),), completing=(MIDDLE,)).also == ()
    middle = wire("CN=Issuing", **(AUTHORITY | {"issuer": "CN=Old Root"}), **EXPIRED)
    assert _judged(20, wire(), middle, stray, built=(wire(),)).also == (
        "tls.server_cert.chain_expired",
        "tls.server_cert.root_expired",
    )


def test_code_10_with_the_expired_one_only_among_what_was_presented() -> None:
    """The built chain ended before it."""
    middle = wire("CN=Issuing", **AUTHORITY, **EXPIRED)
    assert _judged(10, wire(), middle, built=(wire(),)).reason == "tls.server_cert.chain_expired"


def test_code_10_a_moment_before_our_clock_says_so() -> None:
    """OpenSSL looks at the clock later than we do."""
    leaf = wire(not_after=NOW + timedelta(seconds=5))
    assert _judged(10, leaf).reason == "tls.server_cert.expired"


def test_code_10_without_any_certificate_that_shows_it() -> None:
    """Which one cannot be told, so none is named."""
    assert _judged(10, wire()).reason == "tls.server_cert.invalid"
    failure = _judged(10)
    assert (failure.reason, failure.certificate) == ("tls.server_cert.invalid", None)
    assert failure.summary == (
        f"The certificate of the connector {ENDPOINT} was refused by our verification (OpenSSL code 10); it could not be read."
    )


def test_code_9_is_not_yet_valid_and_doubts_our_clock_where_all_are() -> None:
    """One early certificate is theirs; when ours looks early too, the clock here is behind."""
    failure = _judged(9, wire(**EARLY))
    assert (failure.reason, failure.confidence) == ("tls.server_cert.not_yet_valid", Confidence.PROVEN)
    assert failure.blame is Blame.CONNECTOR
    failure = _judged(9, wire(**EARLY), identity=identity(certificate(**EARLY)))
    assert (failure.confidence, failure.blame) == (Confidence.INFERRED, Blame.UNKNOWN)
    assert failure.summary.endswith(". All certificates look not yet valid: this machine's clock is probably behind.")
    assert "tls.client_cert.not_yet_valid" in failure.also


def test_early_certificates_without_one_of_ours_doubt_our_clock_too() -> None:
    """Two of theirs are enough, one is not; and only where that is what our verification has against them."""
    leaf, middle = wire(**EARLY), wire("CN=Issuing", **AUTHORITY, **EARLY)
    for code, presented, how_sure in (
        (9, (leaf, middle), Confidence.INFERRED),
        (9, (leaf,), Confidence.PROVEN),
        (20, (leaf, middle), Confidence.PROVEN),
    ):
        assert _judged(code, *presented, identity=None).confidence is how_sure
    assert _judged(9, wire(), identity=None).certificate == wire()  # by OpenSSL's clock alone


def test_two_early_certificates_doubt_our_clock_below_an_old_root() -> None:
    """The server's and our own, both issued lately (measured with a clock two days behind); the CA is older than that."""
    leaf, middle = wire(**EARLY), wire("CN=Issuing", **AUTHORITY)
    failure = _judged(9, leaf, middle, identity=identity(certificate(**EARLY)))
    assert (failure.confidence, failure.blame) == (Confidence.INFERRED, Blame.UNKNOWN)
    assert failure.summary.endswith(
        ". Our own certificate looks not yet valid too: this machine's clock is probably behind."
    )
    alone = _judged(9, leaf, middle)
    assert (alone.confidence, alone.blame) == (Confidence.PROVEN, Blame.CONNECTOR)


def test_two_expired_certificates_call_for_a_look_at_the_clock() -> None:
    """What was issued together ends together, so it stays proven."""
    failure = _judged(10, wire(**EXPIRED), identity=identity(certificate(**EXPIRED)))
    assert (failure.reason, failure.confidence) == ("tls.server_cert.expired", Confidence.PROVEN)
    assert failure.summary.endswith(
        ". Our own certificate has expired too, if this machine's clock is right: check that first."
    )
    assert "too" not in _judged(10, wire(**EXPIRED)).summary


def test_code_9_of_an_intermediate_names_it() -> None:
    """The leaf is in date."""
    middle = wire("CN=Issuing", **AUTHORITY, **EARLY)
    assert _judged(9, wire(), middle).certificate == middle
    assert _judged(9, identity=None).certificate is None


def test_code_10_doubts_our_clock_where_all_have_expired_up_to_the_root() -> None:
    """A root that has expired together with everything below it: the clock here is ahead."""
    leaf, middle = wire(**EXPIRED), wire("CN=Issuing", **AUTHORITY, **EXPIRED)
    old = wire("CN=Root", **(AUTHORITY | {"issuer": "CN=Root", "self_issued": True}), **EXPIRED)
    ours = {"identity": identity(certificate(**EXPIRED))}
    failure = _judged(10, leaf, middle, built=(leaf, middle, old), **ours)
    assert (failure.reason, failure.confidence) == ("tls.server_cert.expired", Confidence.INFERRED)
    assert failure.blame is Blame.UNKNOWN
    assert failure.summary.endswith(
        ". All certificates look expired, the root too: this machine's clock is probably ahead."
    )
    assert _judged(10, leaf, middle, built=(leaf, middle, old)).confidence is Confidence.PROVEN
    assert _judged(10, leaf, middle, **ours).confidence is Confidence.PROVEN
    assert _judged(10, leaf, middle, ROOT, **ours).confidence is Confidence.PROVEN


@pytest.mark.parametrize("code", [2, 20, 21])
def test_a_chain_that_our_own_intermediate_completes_is_incomplete(code: int) -> None:
    """Told from an unknown CA by an intermediate that we have and the connector does not send."""
    known = certificate("CN=Issuing", **AUTHORITY)
    failure = _judged(code, wire(), completing=(known,))
    assert (failure.reason, failure.confidence) == ("tls.server_cert.chain_incomplete", Confidence.PROVEN)
    assert (failure.certificate, failure.blame) == (wire(), Blame.CONNECTOR)
    assert "only by way of CN=Issuing (serial 4f1c) in /etc/billing/tls/tls.crt, which" in failure.summary
    assert _judged(18, wire(), completing=(known,)).reason == "tls.server_cert.self_signed"


def test_code_26_names_the_certificate_whose_usage_shows_it() -> None:
    """The code may speak of a CA, or of the key usage."""
    middle = wire("CN=Issuing", **AUTHORITY, extended_key_usage=(CLIENT_AUTH,))
    failure = _judged(26, wire(), middle)
    assert (failure.reason, failure.certificate) == ("tls.server_cert.wrong_eku", middle)
    assert _judged(26, wire(extended_key_usage=(CLIENT_AUTH,))).reason == "tls.server_cert.wrong_eku"
    assert _judged(26, wire()).reason == "tls.server_cert.invalid"
    assert _judged(26).reason == "tls.server_cert.wrong_eku"


def test_a_usage_that_allows_servers_is_not_accused() -> None:
    """Nearly every certificate of a public CA names it."""
    fine = {"extended_key_usage": (SERVER_AUTH,)}
    assert _judged(10, wire(**fine, **EXPIRED), MIDDLE).also == ()
    clients = wire("CN=Issuing", **AUTHORITY, san=(), extended_key_usage=(CLIENT_AUTH,))
    assert _judged(26, wire(**fine), clients).certificate == clients


def test_a_wrong_name_shows_the_names_and_what_it_masks() -> None:
    """OpenSSL reports 62 before 10 (measured)."""
    failure = _judged(62, wire(san=("other.internal", "10.0.0.1"), extended_key_usage=(CLIENT_AUTH,), **EXPIRED))
    assert failure.reason == "tls.server_cert.name_mismatch"
    assert "it is for other.internal, 10.0.0.1, not for connector.internal" in failure.summary
    assert failure.also == ("tls.server_cert.expired", "tls.server_cert.wrong_eku")
    assert "it is for no host at all, not" in _judged(62, wire("O=Example", san=())).summary


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            "connector.internal",
            "connectors.internal, c.internal, n0.internal and 404 more",
        ),
        ("a.b.example", "b.example, x.b.example, "),
        ("10.0.0.77", "10.0.0.7, 10.0.0.9, "),
        ("localhost", "n0.internal, "),
    ],
)
def test_of_hundreds_of_names_the_nearest_are_told(asked: str, told: str) -> None:
    """Who has asked for the wrong one, or misses one, looks for it among its like; the certificate beside it has them all."""
    many = tuple(f"n{number}.internal" for number in range(400))
    rest = ("10.0.0.9", "10.0.0.7", "b.example", "x.b.example", "c.internal", "connectors.internal", "urn:x:y")
    failure = _judged(62, wire(san=(*many, *rest)), endpoint=replace(ENDPOINT, server_name=asked))
    assert f"; it is for {told}" in failure.summary
    assert failure.summary.endswith(f" and 404 more, not for {asked}.")
    assert failure.certificate is not None
    assert len(failure.certificate.san) == 407
    assert nearest(failure.certificate.san, "c.internal") == "c.internal and 406 more"
    assert nearest(rest[:3], asked) == "10.0.0.9, 10.0.0.7, b.example"


@pytest.mark.parametrize(
    ("leaf", "told"),
    [
        (wire("CN=other.internal", san=()), "other.internal by its common name"),
        (wire("CN=Some connector,O=Example", san=("urn:x:y",)), "urn:x:y as a URI"),
        (wire("CN=other.internal", san=("urn:x:y",)), "urn:x:y as a URI, other.internal by its common name"),
        (wire("CN=x.y/z", san=("127.0.0.1",), dns_names=(), addresses=()), "127.0.0.1 as a URI"),
        (wire(san=("other.internal.",), dns_names=("other.internal.",)), "other.internal. with a dot at its end"),
        (wire("CN=10.0.0.1", san=()), "no host at all"),
        (wire(san=("127.0.0.1",), dns_names=("127.0.0.1",), addresses=()), "127.0.0.1 as a DNS name"),
        (wire(san=("other.internal", "10.0.0.1")), "other.internal, 10.0.0.1"),
        (wire(san=(), dns_names=None), "names that cannot be read"),
    ],
)
def test_what_a_certificate_is_for_is_told_by_kind(leaf: Certificate, told: str) -> None:
    """A DNS name that looks like the address that was asked for is not that address."""
    assert (
        f"; it is for {told}, not for 127.0.0.1."
        in _judged(64, leaf, endpoint=replace(ENDPOINT, server_name="127.0.0.1")).summary
    )


def test_names_that_cannot_be_read_are_not_accused() -> None:
    """OpenSSL may read what we cannot."""
    leaf = wire("CN=other.internal", san=(), dns_names=None, **EXPIRED)
    assert answers_to(leaf, "connector.internal")
    assert answers_to(leaf, "127.0.0.1")
    assert "tls.server_cert.name_mismatch" not in _judged(10, leaf).also


def test_an_untrusted_root_is_the_one_to_look_at() -> None:
    """Not the leaf."""
    assert _judged(19, wire(), MIDDLE, ROOT).certificate == ROOT
    assert _judged(19, wire(), MIDDLE).certificate == wire()


def test_the_summary_names_certificate_place_and_date() -> None:
    """What the connector's owner must be told."""
    summary = _judged(10, wire(**EXPIRED)).summary
    assert summary == (
        "The certificate CN=connector.internal (serial 4f1c) presented by connector.internal:8443 expired 2 minutes ago, "
        "at 2026-01-15T14:28:00Z; it is not accepted (OpenSSL code 10)."
    )


def test_the_code_may_come_from_the_chain_of_causes() -> None:
    """Where the driver itself names none."""
    assert _judged(18, wire(), verify_code=None).reason == "tls.server_cert.self_signed"
    assert _judged(
        18, wire(), verify_code=None, causes=(cause(), cause(verify_code=0), cause(verify_code=23))
    ).reason == ("tls.server_cert.revoked")


@pytest.mark.parametrize(
    ("names", "asked", "covered"),
    [
        (("connector.internal",), "connector.internal", True),
        (("Connector.Internal",), "connector.internal", True),
        (("connector.internal.",), "connector.internal", False),
        (("connector.internal",), "Connector.Internal", True),
        (("xn--bcher-kva.test",), "b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.test", True),
        (("connector.internal",), f"{'x' * 64}.internal", False),
        (("connector.internalx",), "connector.internal", False),
        (("connector.internal",), "connector.internalx", False),
        (("*.internal",), "connector.internal", False),
        (("*.connector.internal",), "a.connector.internal", True),
        (("*.connector.internal",), "a.b.connector.internal", False),
        (("*.connector.internal",), "a_b.connector.internal", False),
        (("*.connector.internal",), "connector.internal", False),
        (("127.0.0.1",), "127.0.0.1", True),
        (("::1",), "0:0:0:0:0:0:0:1", True),
        (("*.0.0.1",), "127.0.0.1", False),
        ((), "connector.internal", False),
    ],
)
def test_names_that_a_certificate_covers(names: tuple[str, ...], asked: str, *, covered: bool) -> None:
    """One left-most label, with two more behind it, and never an address: as OpenSSL has it, which tests/tls/test_server_names.py asks."""
    assert covers(wire(san=names), asked) is covered


def test_nothing_else_is_said_of_a_chain_that_was_not_seen() -> None:
    """No certificate, no further reason."""
    assert tuple(also_true(from_handshake(_seen(20), NOW))) == ()


WEAK = {"key_bits": 80, "signature_bits": 63}
"""RSA of 1024 bits, signed with SHA-1."""


def test_several_at_once_are_all_told_whatever_openssl_named_first() -> None:
    """Issue: all listed in `also`. An unknown CA hides every other check of OpenSSL's, and 26 hides keys, names and dates."""
    leaf = wire(**WEAK, **EXPIRED, san=("other.internal",), extended_key_usage=(CLIENT_AUTH,))
    everything = (
        "tls.server_cert.expired",
        "tls.server_cert.name_mismatch",
        "tls.server_cert.wrong_eku",
        "tls.server_cert.weak_key",
        "tls.server_cert.weak_signature",
    )
    unknown = _judged(20, leaf, security_level=2)
    assert (unknown.reason, unknown.also) == ("tls.server_cert.incomplete_or_unknown_ca", everything)
    for code in (26, 66, 68, 62, 10):
        failure = _judged(code, leaf, MIDDLE, security_level=2)
        assert {failure.reason, *failure.also} == set(everything)


def test_weakness_is_judged_at_the_level_of_the_path() -> None:
    """What level 1 allows is not accused there; where the level is not known, nothing is."""
    middle = wire("CN=Issuing", **AUTHORITY, **EXPIRED, key_bits=80, signature_bits=None)
    assert _judged(10, wire(key_bits=128, signature_bits=128), middle, security_level=1).also == ()
    assert _judged(10, wire(), middle).also == ()
    strong = _judged(10, wire(key_bits=256, signature_bits=256), middle, security_level=9)
    assert strong.also == ("tls.server_cert.weak_key",)
    for level, weak in ((4, ()), (5, ("tls.server_cert.weak_key", "tls.server_cert.weak_signature"))):
        enough_for_4 = wire("CN=Issuing", **AUTHORITY, **EXPIRED, key_bits=192, signature_bits=192)
        leaf = wire(key_bits=256, signature_bits=256)
        assert _judged(10, leaf, enough_for_4, security_level=level).also == weak
    assert _judged(67, wire(key_bits=128), middle, security_level=2).certificate == middle
    old = wire("CN=Root", **(AUTHORITY | {"issuer": "CN=Root", "self_issued": True}), signature_bits=63)
    assert _judged(10, wire(**EXPIRED), old, security_level=2).also == ()


def test_an_intermediate_that_aia_found_is_told_with_its_address() -> None:
    """A file of ours is named as a file, what was fetched by its address."""
    url = "http://ca.internal/ca.crt"
    fetched = wire("CN=Issuing", **AUTHORITY, source=Source(SourceKind.WIRE, url))
    failure = _judged(20, wire(), completing=(fetched,))
    assert failure.reason == "tls.server_cert.chain_incomplete"
    assert (
        f"by way of CN=Issuing (serial 4f1c), found by AIA at {url}, which the connector does not send"
        in failure.summary
    )
    above = wire("CN=Above", **AUTHORITY, source=Source(SourceKind.FILE, "/etc/paypath/ca.pem"))
    two = _judged(20, wire(), completing=(fetched, above)).summary
    assert f"found by AIA at {url}, CN=Above (serial 4f1c) in /etc/paypath/ca.pem, which the connector does not" in two


def test_a_broken_form_that_openssl_points_at_nothing_for_is_somewhere_in_the_chain() -> None:
    """What is refused may stand above the certificate that is named."""
    code = next(number for number, reason in VERIFY_CODES.items() if reason == "tls.server_cert.malformed")
    said = f"; it has, or stands below, a certificate that breaks RFC 5280 (OpenSSL code {code})."
    assert _judged(code, wire(), MIDDLE).summary.endswith(said)


@pytest.mark.parametrize(
    ("asked", "leaf", "first"),
    [
        # Labels from the end on, the whole of them, before the beginning; of an address only that.
        ("a.b.example", {"san": ("a.c.example", "b.example")}, "b.example, a.c.example, "),
        ("10.0.0.77", {"san": ("9.9.0.77", "10.0.0.9")}, "10.0.0.9, "),
        ("a.internal", {"subject": "CN=z.internal", "dns_names": ()}, "z.internal by its common name, "),
    ],
)
def test_what_is_next_to_the_name_that_was_asked_for(asked: str, leaf: dict[str, object], first: str) -> None:
    """As the owner of the name would look for it among hundreds."""
    many = tuple(f"urn:n{number}:x" for number in range(400))
    shown = wire(**leaf | {"san": (*many, *leaf.get("san", ()))})
    failure = _judged(62, shown, endpoint=replace(ENDPOINT, server_name=asked))
    assert f"; it is for {first}" in failure.summary


@pytest.mark.parametrize(
    ("subject", "san", "known"),
    [
        ("CN=connector.internal", (), True),
        ("CN=connector.internal,O=Example", (), True),
        ("O=Example,CN=*.connector.internal", (), False),
        ("O=Example\\,CN=connector.internal", (), False),
        ("CN=connector.internal", ("urn:uuid:1f0e",), True),
        ("CN=other.internal", (), False),
        ("O=Example", (), False),
        ("CN=connector.internal", ("10.0.0.1", "spiffe://example/connector"), True),
        ("CN=connector.internal", ("other.internal",), False),
        ("CN=other.internal", ("connector.internal",), True),
    ],
)
def test_a_common_name_counts_where_no_dns_name_stands(subject: str, san: tuple[str, ...], known: bool) -> None:  # noqa: FBT001 - a column of the table
    """As OpenSSL has it (measured, X509_check_host): `also` must not accuse what it accepts."""
    leaf = wire(subject, san=san)
    assert answers_to(leaf, "connector.internal") is known
    assert ("tls.server_cert.name_mismatch" in _judged(10, wire(subject, san=san, **EXPIRED)).also) is not known


def test_a_common_name_never_counts_for_an_address() -> None:
    """As OpenSSL has it (measured, X509_check_ip): only an alternative name does."""
    assert not answers_to(wire("CN=10.0.0.1", san=()), "10.0.0.1")
    assert answers_to(wire("CN=other", san=("10.0.0.1",)), "10.0.0.1")
    assert not answers_to(wire("CN=::1", san=()), "::1")
    named = wire("CN=10.0.0.1", san=("10.0.0.1",), dns_names=("10.0.0.1",), addresses=())
    assert not answers_to(named, "10.0.0.1")
    assert (
        "tls.server_cert.name_mismatch"
        in _judged(10, replace(named, **EXPIRED), endpoint=replace(ENDPOINT, server_name="10.0.0.1")).also
    )


@pytest.mark.parametrize(
    ("presented", "completing", "reason"),
    [
        ((wire(key_bits=80),), (), "incomplete_or_unknown_ca"),
        ((wire(key_bits=80),), (MIDDLE,), "chain_incomplete"),
        ((wire(key_bits=80), MIDDLE, ROOT), (), "untrusted_root"),
        ((wire(key_bits=80, self_issued=True),), (), "self_signed"),
    ],
)
def test_a_weak_key_does_not_hide_a_chain_that_leads_nowhere(
    presented: tuple[Certificate, ...], completing: tuple[Certificate, ...], reason: str
) -> None:
    """OpenSSL refuses the key (66) before it builds a chain."""
    failure = _judged(66, *presented, completing=completing, unlinked=True, security_level=2)
    assert (failure.reason, failure.also) == ("tls.server_cert.weak_key", (f"tls.server_cert.{reason}",))


def test_the_certificate_that_openssl_has_refused_is_pointed_at() -> None:
    """By its depth, where it could be asked once more; its own words say why."""
    about = VerifyError(code=25, depth=1, certificate=MIDDLE, text="path length constraint exceeded")
    failure = _judged(25, wire(), MIDDLE, refused=about)
    assert (failure.reason, failure.certificate) == ("tls.server_cert.invalid", MIDDLE)
    assert "refused by our verification: path length constraint exceeded (OpenSSL code 25)" in failure.summary
    strict = VerifyError(code=85, depth=1, certificate=MIDDLE, text="Missing Authority Key Identifier")
    failure = _judged(85, wire(), MIDDLE, refused=strict)
    assert (failure.reason, failure.certificate) == ("tls.server_cert.malformed", MIDDLE)
    assert "it breaks RFC 5280: Missing Authority Key Identifier" in failure.summary
    unread = VerifyError(code=25, depth=1)
    assert _judged(25, wire(), MIDDLE, refused=unread).certificate == wire()


def test_an_issuer_that_our_list_revokes_is_pointed_at() -> None:
    """Not the certificate below it."""
    failure = _judged(23, wire(), MIDDLE, listed=(VerifyError(code=23, depth=1, certificate=MIDDLE),))
    assert (failure.reason, failure.certificate) == ("tls.server_cert.revoked", MIDDLE)


def test_what_our_lists_say_stands_beside_a_wrong_name() -> None:
    """OpenSSL compares names first. Of issuers, a missing or old list refuses nothing."""
    other = wire(san=("other.internal",))
    listed = tuple(
        VerifyError(code=code, depth=depth, certificate=found)
        for code, depth, found in ((23, 0, other), (12, 0, other), (3, 1, MIDDLE), (12, 1, MIDDLE))
    )
    failure = _judged(62, other, MIDDLE, listed=listed)
    assert failure.also == ("tls.server_cert.revoked", "tls.crl.expired")
    assert _judged(62, other, MIDDLE, listed=listed[2:]).also == ()


@pytest.mark.parametrize(
    ("errors", "also"),
    [
        ((VerifyError(code=10, depth=1, certificate=MIDDLE),), ("tls.server_cert.chain_expired",)),
        ((VerifyError(code=10, depth=1),), ()),
        ((VerifyError(code=9, depth=0), VerifyError(code=26, depth=0)), ("not_yet_valid", "wrong_eku")),
        ((VerifyError(code=23, depth=0), VerifyError(code=62, depth=0)), ("tls.server_cert.revoked",)),
        ((VerifyError(code=20, depth=0), VerifyError(code=21, depth=0), VerifyError(code=25, depth=1)), ()),
        ((VerifyError(code=66, depth=0), VerifyError(code=68, depth=0), VerifyError(code=85, depth=1)), ()),
    ],
)
def test_what_a_second_connection_has_against_the_same_certificate_is_true_too(
    errors: tuple[VerifyError, ...], also: tuple[str, ...]
) -> None:
    """What has no reason of its own, or may be another server's, is not."""
    other = wire(san=("other.internal",))
    facts = DiagnosticFacts(
        address="x",
        started_at=NOW,
        duration_s=0.1,
        ended=Ended.COMPLETED,
        presented=(other, MIDDLE),
        verify_errors=errors,
    )
    found = _judged(62, other, MIDDLE, diagnostics=facts).also
    assert found == tuple(one if "." in one else f"tls.server_cert.{one}" for one in also)
    elsewhere = wire("CN=elsewhere", sha256="else", san=("other.internal",))
    assert _judged(62, elsewhere, MIDDLE, diagnostics=facts).also == ()


def test_a_stray_certificate_beside_a_chain_that_leads_to_a_root_is_no_fault() -> None:
    """A server that still sends the intermediate of last year beside the current one."""
    other, stray = wire(san=("other.internal",)), wire("CN=Issuing", **AUTHORITY, **EXPIRED, sha256="old")
    assert _judged(62, other, MIDDLE, stray, built=(other, MIDDLE, ROOT)).also == ()
    assert _judged(62, other, MIDDLE, stray, built=(other, MIDDLE)).also == ("tls.server_cert.chain_expired",)
