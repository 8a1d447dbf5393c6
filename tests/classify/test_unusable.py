"""Identity files that cannot be used, where a rotation has stopped half-way. The faults themselves: `test_handshake`."""

from dataclasses import replace

from probe.catalogue.catalogue import load
from probe.classify.handshake import judge_handshake
from probe.classify.unusable import unusable_files
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Failure, Phase, Severity
from probe.model.identity import FileFault, IdentityFacts
from probe.model.network import Ended
from probe.model.outcome import Failed
from tests.classify.seen import FILE, NOTHING, NOW, cause, certificate, ended, handshake, identity, issuer, tls

HALF = "/etc/billing/tls/tls.key still fits the certificate that was in /etc/billing/tls/tls.crt before (serial 4d2)"


def _failed(own: IdentityFacts) -> Failure:
    outcome = judge_handshake(ended(Phase.TCP, Ended.TIMED_OUT, identity=own, tls=NOTHING), load(), at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


def _judged(half: str | None) -> Failure:
    own = identity(fault=FileFault.KEY_MISMATCH, half_rotated=half)
    return _failed(own)


def test_half_a_rotation_is_named_as_such() -> None:
    """Beside the fault, before what else is wrong; and what shows it stands in the summary."""
    failure = _judged(HALF)
    assert failure.reason == "tls.client_key.mismatch"
    assert failure.also == ("certificate.half_rotated", "tcp.connect_timeout")
    assert failure.summary.endswith(f"come from different issues. A rotation stopped half-way: {HALF}.")


def test_a_pair_that_never_fitted_is_no_rotation() -> None:
    """Nothing is said that is not shown."""
    failure = _judged(None)
    assert failure.also == ("tcp.connect_timeout",)
    assert failure.summary.endswith("come from different issues.")


def test_the_files_alone_say_the_same() -> None:
    """Where nobody shakes hands, as in `paypath certs`: the reason and the words of a run; nothing where nothing is wrong."""
    own = identity(
        fault=FileFault.KEY_MISMATCH,
        further_faults=(FileFault.CERTIFICATE_WEAK_KEY,),
        half_rotated=HALF,
        fault_detail="no",
    )
    failure = unusable_files(own, load())
    assert failure is not None
    assert (failure.reason, failure.summary) == (_judged(HALF).reason, _judged(HALF).summary)
    assert failure.also == ("certificate.half_rotated", "tls.client_cert.weak_key")
    assert (failure.phase, failure.confidence, failure.severity) == (None, Confidence.PROVEN, Severity.PAGE)
    assert (failure.certificate, failure.evidence.detail) == (own.certificates[0], "no")
    assert unusable_files(identity(), load()) is None
    gone = unusable_files(identity(certificates=(), fault=FileFault.CERTIFICATE_MISSING), load())
    assert gone is not None
    assert (gone.reason, gone.certificate) == ("tls.client_cert.file_missing", None)


def test_a_key_that_fits_a_later_certificate_of_the_file() -> None:
    """Nothing comes from two issues: the file is in the wrong order, and the certificate that must come first is the one spoken of."""
    own = identity(issuer(), certificate(), fault=FileFault.KEY_MISMATCH, fault_path="/etc/billing/tls/tls.key", fits=2)
    for failure in (_failed(own), unusable_files(own, load())):
        assert failure is not None
        assert (failure.reason, failure.certificate) == ("tls.client_key.mismatch", certificate())
        assert f"tls.key of identity billing fits certificate 2 of {FILE}, which must come first" in failure.summary
        assert "different issues" not in failure.summary


def test_what_is_wrong_with_a_malformed_file_is_said() -> None:
    """A good leaf before a torn intermediate is a certificate in PEM; the path is not said twice."""
    torn = "certificate 2 is cut off: its END CERTIFICATE line is missing"
    fault = FileFault.CERTIFICATE_MALFORMED
    own = identity(
        fault=fault, fault_path=FILE, fault_detail=f"{FILE}: {torn}", further_faults=(FileFault.KEY_MISSING,)
    )
    assert _failed(own).summary == f"The client certificate {FILE} of identity billing cannot be used: {torn}."


def test_which_of_the_two_files_it_is() -> None:
    """In the first words of the sentence."""
    for fault, what in (
        (FileFault.KEY_MISMATCH, "The private key "),
        (FileFault.CERTIFICATE_MALFORMED, "The client certificate "),
    ):
        assert _failed(identity(fault=fault)).summary.startswith(what)


def test_what_the_handshake_has_shown_besides_stays_in_the_evidence() -> None:
    """It is made without the identity, for exactly that."""
    shown = ended(
        Phase.TCP, Ended.ERROR, tls=NOTHING, causes=(cause("ConnectionRefusedError", errno=111),), bytes_received=7
    )
    refused = judge_handshake(shown, load(), at=NOW).outcome
    outcome = judge_handshake(
        replace(shown, identity=identity(fault=FileFault.KEY_MISMATCH, fault_detail="no")), load(), at=NOW
    ).outcome
    assert isinstance(outcome, Failed)
    assert isinstance(refused, Failed)
    assert (refused.failure.evidence.errno, refused.failure.evidence.bytes_received) == (111, 7)
    assert replace(outcome.failure.evidence, detail="") == replace(refused.failure.evidence, detail="")
    alerted = replace(
        shown,
        identity=identity(fault=FileFault.KEY_MISMATCH),
        tls=tls(40),
        phase=Phase.TLS,
        causes=(cause("SSLError", verify_code=10),),
    )
    found = judge_handshake(alerted, load(), at=NOW).outcome
    assert isinstance(found, Failed)
    assert (found.failure.evidence.alert, found.failure.certificate) == (40, identity().certificates[0])
    assert found.failure.evidence.verify_code == 10
    answered = handshake(http=HttpAnswer(status=496), identity=identity(fault=FileFault.KEY_MISMATCH))
    told = judge_handshake(answered, load(), at=NOW).outcome
    assert isinstance(told, Failed)
    assert told.failure.evidence.http_status == 496
