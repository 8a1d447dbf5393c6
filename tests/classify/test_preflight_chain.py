"""Whether the candidate's file leads up to a CA that the connector knows."""

from dataclasses import replace

from probe.model.certificate import Certificate
from probe.model.failure import Confidence, Phase, Severity
from probe.model.network import Ended
from probe.model.outcome import Failed
from probe.model.preflight import Preflight
from probe.model.tls import DiagnosticFacts
from tests.classify import seen, tried

ALONE = tried.candidate(tried.LEAF)
SILENT = seen.tls(session_ticket=True)
"""A peer that names no CAs."""
NO = {"tls": seen.tls(48, acceptable_cas=tried.ACCEPTED), "phase": Phase.ACCEPT, "ended": Ended.ERROR, "http": None}


def _objected(found: Preflight) -> tuple[Certificate | None, Confidence]:
    """About which certificate, and how sure."""
    outcome = tried.check(found, "chain-complete").outcome
    assert isinstance(outcome, Failed)
    return outcome.failure.certificate, outcome.failure.confidence


def test_up_to_a_ca_that_the_connector_names() -> None:
    """The root itself need not be sent."""
    assert "which the connector names as acceptable" in tried.why(tried.judged(), "chain-complete")


def test_up_to_a_ca_that_only_the_second_look_shows() -> None:
    """Under TLS 1.2 a handshake that refuses the server ends before the peer's list is read."""
    looked = DiagnosticFacts(
        address="127.0.0.1", started_at=seen.NOW, duration_s=0.1, ended=Ended.COMPLETED, acceptable_cas=tried.ACCEPTED
    )
    lives = (tried.live(control=None, candidate=tried.passed(tls=SILENT, diagnostics=looked)),)
    assert "which the connector names" in tried.why(tried.judged(lives=lives), "chain-complete")


def test_up_to_a_root_in_the_file() -> None:
    """Complete by itself."""
    found = tried.judged(candidate=tried.candidate(tried.LEAF, tried.ISSUER, seen.root()), lives=())
    assert tried.why(found, "chain-complete") == "up to CN=Root, which signed itself"


def test_as_far_as_the_current_one() -> None:
    """Where the connector cannot be asked, what works now is the measure."""
    assert tried.why(tried.judged(lives=()), "chain-complete") == "up to CN=Root, as the current one"


def test_what_the_connector_accepts_is_complete() -> None:
    """A leaf of a private root, to a peer that names no CAs, without a current one."""
    lives = (tried.live(control=None, candidate=tried.passed(tls=SILENT)),)
    found = tried.judged(candidate=ALONE, current=None, lives=lives)
    assert tried.why(found, "chain-complete") == "up to CN=Issuing, and the connector accepts it"


def test_where_nothing_is_known_nothing_is_said() -> None:
    """Whether the issuer is a root cannot be seen."""
    found = tried.judged(candidate=ALONE, current=None, lives=())
    assert tried.told(found, "chain-complete") == ("skipped", None)
    assert tried.why(found, "chain-complete") == "it ends below CN=Issuing, of which nothing is known here"


def test_a_root_in_the_file_has_nobody_above_it() -> None:
    """Also where an older CA has signed it too, and the current file still shows that."""
    crossed = seen.identity(seen.certificate(), tried.ISSUER, seen.issuer("CN=Root", issuer="CN=Older"))
    chain = tried.candidate(tried.LEAF, tried.ISSUER, seen.root())
    found = tried.judged(candidate=chain, current=crossed, lives=())
    assert (tried.told(found, "chain-complete"), found.warnings) == (("passed", None), ())


def test_a_missing_intermediate_is_named_with_the_file_that_has_it() -> None:
    """The current file sends it, the new one does not, and the connector refuses."""
    lives = (tried.live(candidate=tried.passed(ALONE.identity, **NO)),)
    found = tried.judged(candidate=ALONE, lives=lives)
    assert tried.told(found, "chain-complete") == ("failed", "tls.client_cert.chain_incomplete")
    assert f"the intermediate CN=Issuing, which is not in that file; it stands in {seen.FILE}" in tried.why(
        found, "chain-complete"
    )
    assert _objected(found) == (tried.LEAF, Confidence.INFERRED)


def test_a_missing_intermediate_is_known_from_the_connectors_own_chain() -> None:
    """Often one CA has issued both."""
    lives = (
        tried.live(control=None, candidate=tried.passed(ALONE.identity, presented=(seen.wire(), tried.ISSUER), **NO)),
    )
    found = tried.judged(candidate=ALONE, current=None, lives=lives)
    assert tried.told(found, "chain-complete") == ("failed", "tls.client_cert.chain_incomplete")


def test_an_intermediate_that_the_connector_names_itself_need_not_be_sent() -> None:
    """As nginx with the issuing CA in `ssl_client_certificate`."""
    said = seen.tls(session_ticket=True, acceptable_cas=("CN=Issuing", "CN=Root"))
    lives = (tried.live(candidate=tried.passed(ALONE.identity, tls=said)),)
    found = tried.judged(candidate=ALONE, lives=lives)
    assert tried.told(found, "chain-complete") == ("passed", None)
    assert found.warnings == ()


def test_a_gap_that_the_connector_closes_is_only_a_warning() -> None:
    """It has the intermediate itself; the next server may not."""
    found = tried.judged(candidate=ALONE)
    assert tried.told(found, "chain-complete") == ("passed", None)
    assert tried.why(found, "chain-complete") == "the connector closes a gap in it by itself"
    (warning,) = found.warnings
    assert (warning.reason, warning.severity) == ("tls.client_cert.chain_incomplete", Severity.TICKET)
    assert (warning.certificate, warning.confidence) == (tried.LEAF, Confidence.INFERRED)


def test_an_intermediate_that_only_bears_the_name() -> None:
    """A CA with a new key under its old name: the file's one did not sign the leaf."""
    files = replace(ALONE, impostor=tried.ISSUER)
    found = tried.judged(candidate=files, lives=())
    assert tried.told(found, "chain-complete") == ("failed", "tls.client_cert.chain_incomplete")
    assert tried.why(found, "chain-complete").endswith("and did not sign it: it is another CA of that name.")
    assert _objected(found) == (tried.ISSUER, Confidence.PROVEN)
