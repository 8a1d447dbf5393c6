"""The shipped catalogue: complete by the contract, closed, and the only maker of failures."""

import re
from typing import Final

import pytest

from probe.catalogue.catalogue import UnknownReason, load
from probe.model.failure import Blame, Confidence, Evidence, Hop, Phase, Severity
from probe.model.identity import FileFault
from tests.classify import seen

CONTRACT = """
dns.nxdomain dns.nodata dns.servfail dns.refused dns.timeout dns.unreachable dns.failed
tcp.refused tcp.connect_timeout tcp.unreachable tcp.reset tcp.failed
tls.handshake_timeout tls.closed_by_peer tls.reset_by_peer tls.not_tls tls.protocol_version
tls.no_shared_cipher_or_params tls.sni_refused tls.alpn_mismatch tls.peer_internal_error tls.local_config tls.failed
tls.server_cert.expired tls.server_cert.chain_expired tls.server_cert.root_expired tls.server_cert.not_yet_valid
tls.server_cert.untrusted_root tls.server_cert.self_signed tls.server_cert.incomplete_or_unknown_ca
tls.server_cert.name_mismatch tls.server_cert.wrong_eku tls.server_cert.revoked tls.server_cert.weak_key
tls.server_cert.weak_signature tls.server_cert.malformed tls.server_cert.invalid
tls.crl.expired tls.crl.unavailable
tls.client_cert.expired tls.client_cert.chain_expired tls.client_cert.not_yet_valid tls.client_cert.missing
tls.client_cert.unknown_ca tls.client_cert.chain_incomplete tls.client_cert.revoked tls.client_cert.wrong_eku
tls.client_cert.rejected_as_expired tls.client_cert.rejected tls.client_cert.access_denied
tls.client_cert.not_requested tls.client_cert.file_missing tls.client_cert.file_unreadable
tls.client_cert.file_malformed tls.client_cert.weak_key tls.client_cert.weak_signature
tls.client_key.file_missing tls.client_key.file_unreadable tls.client_key.mismatch tls.client_key.encrypted
tls.client_key.bad_password tls.client_key.malformed
connector.timeout connector.closed_after_handshake connector.http_4xx connector.http_5xx connector.protocol_error
connector.unexpected_answer connector.failed connector.proxy_auth_required connector.proxy_refused
connector.proxy_cannot_connect connector.proxy_hung_up
stripe.api_error stripe.rate_limit_error stripe.authentication_error stripe.permission_error
stripe.invalid_request_error stripe.idempotency_error stripe.api_connection_error stripe.failed
charge.declined charge.not_declined charge.wrong_decline charge.status charge.wrong_amount charge.live_mode
charge.refund_failed charge.webhook_missing charge.issuer_unavailable charge.wrong_account charge.unexpected charge.failed
prober.bug prober.deadline prober.offline prober.clock_skew prober.failed prober.unsafe_scenario
certificate.expiring certificate.expired certificate.unmanaged certificate.renewal_overdue certificate.half_rotated
certificate.expired_but_accepted certificate.management_unproven certificate.renewal_loses_client_auth
certificate.rotated_but_not_used certificate.unreadable certificate.failed
""".split()  # noqa: SIM905 - a page of words compares better with the contract
"""Every reason that the contract names, written out by hand."""

ALERTS = {
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    40: "handshake_failure",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    52: "too_many_cids_requested",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    115: "unknown_psk_identity",
    116: "certificate_required",
    117: "general_error",
    120: "no_application_protocol",
    121: "ech_required",
}
"""The IANA registry's alerts that are in use."""

CODES = {
    "dns": 5021,
    "tcp": 5022,
    "tls": 5023,
    "connector": 5024,
    "stripe": 5025,
    "charge": 5026,
    "prober": 5029,
    "certificate": 5030,
}


@pytest.mark.parametrize("reason", CONTRACT)
def test_every_reason_of_the_contract_is_there_with_its_code(reason: str) -> None:
    """The code follows from the family; `connector.timeout` is what customers saw as 5023."""
    expected = 5023 if reason == "connector.timeout" else CODES[reason.partition(".")[0]]
    assert load().entry(reason).code == expected


@pytest.mark.parametrize(("number", "name"), ALERTS.items())
def test_every_alert_has_an_entry_by_number_and_name(number: int, name: str) -> None:
    """An alert that nothing else explains keeps its IANA name as reason."""
    entry = load().alert(number)
    assert entry is load().entry(f"tls.alert.{name}")


def test_an_unassigned_alert_number_has_no_entry() -> None:
    """It falls back to the family."""
    assert load().alert(255) is None


@pytest.mark.parametrize("fault", FileFault)
def test_every_fault_of_a_file_is_a_reason(fault: FileFault) -> None:
    """The value behind `tls.` is the reason."""
    assert f"tls.{fault}" in load()


@pytest.mark.parametrize(
    ("reason", "severity"),
    [
        ("tls.client_cert.expired", Severity.PAGE),
        ("certificate.expired", Severity.PAGE),
        ("certificate.unmanaged", Severity.TICKET),
        ("certificate.unreadable", Severity.TICKET),
        ("charge.issuer_unavailable", Severity.TICKET),
        ("stripe.authentication_error", Severity.TICKET),
        ("stripe.permission_error", Severity.TICKET),
        ("stripe.rate_limit_error", Severity.TICKET),
        ("stripe.invalid_request_error", Severity.TICKET),
        ("stripe.idempotency_error", Severity.TICKET),
        ("prober.bug", Severity.TICKET),
    ],
)
def test_severities_that_the_contract_fixes(reason: str, severity: Severity) -> None:
    """What says nothing about customers' payments never pages."""
    assert load().entry(reason).severity is severity


def test_every_entry_helps_a_tired_person() -> None:
    """Whole sentences in the meaning, at least one step, a runbook section of its own."""
    for entry in load().entries:
        assert entry.meaning.endswith("."), entry.reason
        assert entry.first_steps, entry.reason
    runbooks = [entry.runbook for entry in load().entries]
    assert len(set(runbooks)) == len(runbooks)


_WRITES: Final = re.compile(r">\s*(?:FILE|CRT|KEY|CRL|CA)\b|\b(?:mv|cp|tee)\b[^`|]* (?:FILE|CRT|KEY|CRL|CA)\b")


def test_no_command_to_copy_writes_over_a_file_in_use() -> None:
    """The placeholders become the real files: who copies such a command, and lacks its other files, has emptied the certificate."""
    written = [(entry.reason, step) for entry in load().entries for step in entry.first_steps if _WRITES.search(step)]
    assert written == []
    assert _WRITES.search("`cat leaf.pem intermediate.pem > FILE`")


def test_a_failure_takes_the_entrys_own_values() -> None:
    """Nothing but what is given differs from the catalogue."""
    made = load().failure(
        "tls.client_cert.expired", phase=Phase.TLS, confidence=Confidence.PROVEN, summary="It has expired."
    )
    entry = load().entry("tls.client_cert.expired")
    assert (made.code, made.title, made.hop, made.blame) == (5023, entry.title, Hop.PROBE_CONNECTOR, Blame.OURS)
    assert (made.severity, made.retryable, made.runbook) == (Severity.PAGE, False, entry.runbook)
    assert (made.evidence, made.certificate, made.also) == (Evidence(), None, ())


def test_a_failure_may_override_hop_blame_and_severity() -> None:
    """`also` never repeats the reason itself, nor anything twice."""
    made = load().failure(
        "stripe.rate_limit_error",
        phase=Phase.RECEIVE,
        confidence=Confidence.PEER_HTTP,
        summary="Too many.",
        evidence=Evidence(http_status=429),
        hop=Hop.NONE,
        blame=Blame.CONNECTOR,
        severity=Severity.PAGE,
        also=("stripe.api_error", "stripe.rate_limit_error", "stripe.api_error"),
    )
    assert (made.hop, made.blame, made.severity) == (Hop.NONE, Blame.CONNECTOR, Severity.PAGE)
    assert made.also == ("stripe.api_error",)


def test_a_reason_outside_the_catalogue_cannot_be_constructed() -> None:
    """The message names what was probably meant."""
    with pytest.raises(UnknownReason, match=r"did you mean tls\.client_cert\.expired"):
        load().failure("tls.client_cert.expird", phase=None, confidence=Confidence.PROVEN, summary="-")
    with pytest.raises(UnknownReason):
        load().failure("tls.failed", phase=None, confidence=Confidence.PROVEN, summary="-", also=("what",))


def test_find_by_code_reason_and_prefix() -> None:
    """What `paypath explain` is given."""
    catalogue = load()
    assert [entry.reason for entry in catalogue.find(" TLS.failed ")] == ["tls.failed"]
    assert {entry.reason.partition(".")[0] for entry in catalogue.find("5023")} == {"tls", "connector"}
    assert all(entry.reason.startswith("tls.client_key.") for entry in catalogue.find("tls.client_key.*"))
    assert len(catalogue.find("tls.client_key")) == 6
    assert catalogue.find("5999") == catalogue.find("nothing") == catalogue.find("") == ()


def test_codes_of_the_configuration_are_laid_over_the_table() -> None:
    """The longest match wins over both tables together; a known code brings its text along."""
    catalogue = load().with_codes({"tls.*": 7000, "tls.client_cert.*": 5030})
    assert catalogue.entry("tls.failed").code == 7000
    assert catalogue.entry("tls.failed").title == "Billing connector timeout"
    assert catalogue.entry("tls.client_cert.expired").code == 5030
    assert catalogue.entry("tls.client_cert.expired").title == "Certificate needs attention"
    assert catalogue.entry("connector.timeout").code == 5023
    assert load().entry("tls.failed").code == 5023


def test_a_code_for_a_reason_that_does_not_exist_is_refused() -> None:
    """A typing mistake must not be ignored in silence."""
    with pytest.raises(UnknownReason):
        load().with_codes({"tsl.*": 1})


def test_a_failure_is_all_that_was_told_of_it() -> None:
    """Nothing of it is lost on the way, and what others said leaves without secrets."""
    certificate = seen.certificate()
    failure = load().failure(
        "tcp.refused",
        phase=Phase.TCP,
        confidence=Confidence.INFERRED,
        summary="It said Bearer 12345678abcdefgh.",
        evidence=Evidence(errno=111, detail="refused Bearer abcdefgh12345678"),
        certificate=certificate,
        proxy="p.test:3128",
    )
    assert (failure.reason, failure.phase, failure.confidence) == ("tcp.refused", Phase.TCP, Confidence.INFERRED)
    assert (failure.certificate, failure.proxy) == (certificate, "p.test:3128")
    assert failure.summary == "It said Bearer ***"
    assert failure.evidence == Evidence(errno=111, detail="refused Bearer ***")


def test_an_unknown_reason_is_named_with_what_is_near() -> None:
    """Two at most, for whoever mistyped one; a number that nobody has assigned is not an alert."""
    with pytest.raises(UnknownReason) as caught:
        load().entry("tls.client_cert.expird")
    assert caught.value.reason == "tls.client_cert.expird"
    assert caught.value.near[0] == "tls.client_cert.expired"
    assert len(caught.value.near) == 2
    assert str(caught.value).endswith(f"; did you mean {' or '.join(caught.value.near)}?")
    with pytest.raises(UnknownReason) as caught:
        load().entry("xyzzy")
    assert str(caught.value) == "'xyzzy' is not in the catalogue"
    assert caught.value.near == ()


def test_a_family_is_found_by_its_beginning() -> None:
    """With and without a star."""
    found = load().find("tls.alert.*")
    assert found == load().find("TLS.alert.")
    assert {entry.reason.rpartition(".")[0] for entry in found} == {"tls.alert"}


def test_codes_of_the_operators_own_leave_the_rest_as_it_is() -> None:
    """The version, the other codes, and the title of what has a new one."""
    own = load().with_codes({"tcp.refused": 9999})
    assert own.version == load().version
    assert own.alert(10) is own.entry("tls.alert.unexpected_message")
    assert {row.match for row in own.codes} == {row.match for row in load().codes} | {"tcp.refused"}
    assert own.codes[-1].title == ""
    assert (own.entry("tcp.refused").code, own.entry("tcp.refused").title) == (9999, load().entry("tcp.refused").title)
    others = [entry for entry in own.entries if entry.reason != "tcp.refused"]
    assert others == [entry for entry in load().entries if entry.reason != "tcp.refused"]
