"""The judgement on a candidate as a whole: what leads, what it comes to, and what is said of paths that are down."""

import pytest

from probe.classify.preflight import judge_preflight
from probe.model.failure import Confidence, Phase, Severity
from probe.model.identity import FileFault
from probe.model.network import Ended
from probe.model.outcome import Failed, Passed, Unknown
from tests.classify import seen, tried

EXPIRED = seen.identity(seen.certificate(**seen.EXPIRED), tried.ISSUER)
REFUSED = tried.passed(
    EXPIRED, tls=seen.tls(45, acceptable_cas=tried.ACCEPTED), phase=Phase.ACCEPT, ended=Ended.ERROR, http=None
)
DOWN = seen.ended(Phase.TCP, Ended.ERROR, causes=(seen.cause("ConnectionRefusedError", errno=111),), tls=seen.NOTHING)


def test_a_right_candidate_is_ready() -> None:
    """Every check passes, and both certificates are told."""
    found = tried.judged()
    assert found.outcome == Passed()
    assert {type(check.outcome) for check in found.checks} == {Passed}
    assert (found.objections, found.warnings, found.mends, found.down) == ((), (), (), ())
    assert (found.candidate, found.current) == (tried.LEAF, seen.certificate())


def test_a_candidate_that_mends_a_broken_path_is_ready_and_says_so() -> None:
    """The incident's second hour: the current certificate has expired, and is refused; this one is not."""
    found = tried.judged(current=EXPIRED, lives=(tried.live(control=REFUSED),))
    assert found.outcome == Passed()
    assert (found.mends, found.down) == (("billing",), ())
    assert tried.told(found, "current-works") == ("failed", "tls.client_cert.expired")


def test_a_connection_that_failed_once_is_not_what_a_certificate_mends() -> None:
    """A refused connection has nothing to do with who asked for it."""
    found = tried.judged(lives=(tried.live(control=DOWN),))
    assert (found.outcome, found.mends) == (Passed(), ())


def test_a_path_that_is_down_tells_nothing_about_the_candidate() -> None:
    """Unknown, with the connector's trouble; the files' checks stand."""
    found = tried.judged(lives=(tried.live(control=DOWN, candidate=DOWN),))
    assert isinstance(found.outcome, Unknown)
    assert found.outcome.failure.reason == "tcp.refused"
    assert (found.objections, found.down) == ((), ("billing",))
    assert tried.told(found, "dates") == ("passed", None)


def test_what_cannot_work_comes_before_what_is_only_unlike() -> None:
    """A refusal by the connector leads, another name follows; each stands once although two paths say it."""
    stranger = seen.certificate("CN=other", serial="beef", sha256="be" * 32)
    files = tried.candidate(stranger, tried.ISSUER)
    no = tried.passed(files.identity, tls=seen.tls(49), phase=Phase.ACCEPT, ended=Ended.ERROR, http=None)
    lives = tuple(tried.live(path=name, candidate=no) for name in ("billing", "refunds"))
    found = tried.judged(candidate=files, lives=lives)
    assert [each.reason for each in found.objections] == ["tls.client_cert.access_denied", "certificate.name_changed"]
    assert found.outcome == Failed(found.objections[0])


def test_an_objection_beats_what_could_not_be_told() -> None:
    """A wrong file is wrong whether or not the connector can be reached."""
    files = tried.candidate(seen.certificate(sha256="be" * 32, **seen.EXPIRED), tried.ISSUER)
    found = tried.judged(candidate=files, lives=(tried.live(control=DOWN, candidate=DOWN),))
    assert isinstance(found.outcome, Failed)
    assert found.outcome.failure.reason == "tls.client_cert.expired"


def test_without_a_connector_nobody_can_tell() -> None:
    """The files may be right, and still be refused."""
    found = tried.judged(lives=(), current=None)
    assert isinstance(found.outcome, Unknown)
    assert "no connector was asked" in found.outcome.failure.summary
    assert found.current is None


@pytest.mark.parametrize("fault", [FileFault.CERTIFICATE_MISSING, FileFault.CERTIFICATE_MALFORMED])
def test_files_without_a_certificate(fault: FileFault) -> None:
    """One objection, and nothing is said of what cannot be looked at."""
    files = tried.unusable(certificates=(), fault=fault, fault_detail=f"{tried.NEW} is wrong")
    found = tried.judged(candidate=files, lives=(tried.live(candidate=None),))
    assert [each.reason for each in found.objections] == [f"tls.{fault.value}"]
    assert found.candidate is None
    skipped = {check.name for check in found.checks if tried.told(found, check.name)[0] == "skipped"}
    assert skipped == {
        "key-matches", "dates", "usage", "key-strength", "signature-strength", "chain-complete", "same-subject",
        "same-names", "new-certificate", "issuer-accepted", "handshake", "request",
    }  # fmt: skip


def test_when_and_of_what_it_was_judged() -> None:
    """The moment and the facts go along, for whoever shows them; that nobody was asked is nobody's to mend."""
    known = tried.facts(lives=())
    found = judge_preflight(known, seen.CATALOGUE)
    assert (found.at, found.facts) == (seen.NOW, known)
    assert isinstance(found.outcome, Unknown)
    failure = found.outcome.failure
    assert (failure.reason, failure.severity, failure.confidence) == (
        "prober.failed",
        Severity.NONE,
        Confidence.PROVEN,
    )
