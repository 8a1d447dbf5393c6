"""The key `diagnostics` of a result."""

from dataclasses import replace
from datetime import timedelta

from probe.model.network import Ended
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Passed
from probe.model.scenario import StepKind
from probe.model.staple import Staple, StapleSignature, StapleStatus
from probe.model.tls import DiagnosticFacts, SoughtIssuer, VerifyError
from probe.report.json import run_to_dict
from tests.report import runs
from tests.report.test_schema import VALIDATOR

FACTS = DiagnosticFacts(
    address="192.0.2.7",
    started_at=runs.STARTED,
    duration_s=0.012345678,
    ended=Ended.COMPLETED,
    engine="OpenSSL 3.5.0",
    tls_version="TLSv1.2",
    presented=(runs.SERVER,),
    verify_errors=(VerifyError(code=26, depth=0, certificate=runs.SERVER), VerifyError(code=2, depth=1)),
    staple=Staple(
        response="successful",
        size=280,
        status=StapleStatus.REVOKED,
        this_update=runs.STARTED,
        revoked_at=runs.STARTED - timedelta(hours=1),
        responder="CN=responder",
        signature=StapleSignature.VERIFIED,
    ),
    acceptable_cas=("CN=Example Billing CA",),
)


def result(facts: DiagnosticFacts | None) -> dict[str, object]:
    """A passed run whose handshake was looked at a second time."""
    observation: HandshakeObservation = replace(runs.SHAKEN, diagnostics=facts)
    return run_to_dict(
        runs.run(Passed(), runs.step("handshake", StepKind.HANDSHAKE, runs.attempt(Passed(), observation)))
    )


def test_the_facts_and_their_sentences() -> None:
    """All that was seen, in plain values, and the same in sentences."""
    found = result(FACTS)
    VALIDATOR.validate(found)
    diagnostics = found["diagnostics"]
    assert isinstance(diagnostics, dict)
    assert diagnostics["verify_errors"] == [
        {"code": 26, "depth": 0, "subject": "CN=billing-connector.internal", "serial": "77"},
        {"code": 2, "depth": 1, "subject": None, "serial": None},
    ]
    assert diagnostics["ocsp_staple"] == {
        "response": "successful",
        "status": "revoked",
        "this_update": "2026-01-15T14:40:03.120Z",
        "next_update": None,
        "produced_at": None,
        "revoked_at": "2026-01-15T13:40:03.120Z",
        "revocation_reason": None,
        "responder": "CN=responder",
        "signature": "verified",
    }
    assert (diagnostics["leaf_sha256"], diagnostics["duration_s"]) == ("cd" * 32, 0.012346)
    assert diagnostics["acceptable_cas"] == ["CN=Example Billing CA"]
    assert diagnostics["issuers"] == []
    assert [remark["mark"] for remark in diagnostics["remarks"]] == ["bad", "bad", "bad"]


def test_every_key_is_in_the_schema() -> None:
    """Rendered and published keys are the same."""
    diagnostics = result(FACTS)["diagnostics"]
    published = VALIDATOR.schema["$defs"]["run"]["properties"]["diagnostics"]["anyOf"][0]
    assert isinstance(diagnostics, dict)
    assert set(diagnostics) == set(published["required"])
    assert set(diagnostics["ocsp_staple"]) == set(published["properties"]["ocsp_staple"]["anyOf"][0]["required"])


def test_a_connection_that_told_nothing() -> None:
    """The key is there, with what is known: how it ended."""
    empty = DiagnosticFacts(address="192.0.2.7", started_at=runs.STARTED, duration_s=0.0, ended=Ended.TIMED_OUT)
    found = result(empty)
    VALIDATOR.validate(found)
    assert found["diagnostics"]["ended"] == "timed_out"  # type: ignore[index]  # an object here


def test_none_where_none_was_made() -> None:
    """Most runs have none, and say so."""
    assert result(None)["diagnostics"] is None


def test_issuers_that_were_sought() -> None:
    """Where, and what was found there or why nothing was; each key in the schema."""
    url = "http://ca.internal/ca.crt"
    found = SoughtIssuer(url=url, below="CN=leaf", certificate=runs.CLIENT)
    gone = SoughtIssuer(url=url, below="CN=leaf", problem="it answers HTTP 404")
    told = result(replace(FACTS, issuers=(found, gone)))
    VALIDATOR.validate(told)
    assert told["diagnostics"]["issuers"] == [  # type: ignore[index]  # an object here
        {"below": "CN=leaf", "url": url, "subject": runs.CLIENT.subject, "serial": runs.CLIENT.serial, "problem": None},
        {"below": "CN=leaf", "url": url, "subject": None, "serial": None, "problem": "it answers HTTP 404"},
    ]
