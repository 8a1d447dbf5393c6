"""Failures that say nothing about the path."""

import errno

import pytest

from probe.classify import prober
from probe.model.failure import Confidence, Hop, Severity
from probe.model.network import Cause
from tests.classify.seen import CATALOGUE


def test_a_bug_keeps_its_text_in_the_evidence_only() -> None:
    """The summary is for people on call, the text for us."""
    made = prober.bug("KeyError", "'id'", "step charge", CATALOGUE)
    assert (made.reason, made.code, made.hop, made.phase) == ("prober.bug", 5029, Hop.NONE, None)
    assert "step charge (KeyError)" in made.summary
    assert made.evidence.detail == "KeyError: 'id'"


def test_want_of_something_is_no_bug() -> None:
    """Nobody has to report it: the summary says what to raise."""
    made = prober.broken_off(MemoryError(), "", "step charge", CATALOGUE)
    assert (made.reason, made.code, made.hop) == ("prober.failed", 5029, Hop.NONE)
    assert made.summary.startswith("There was no memory left for step charge; that says nothing about the path: raise")
    made = prober.broken_off(OSError(errno.EMFILE, "Too many open files"), "", "the run", CATALOGUE)
    assert (made.reason, "`ulimit -n`" in made.summary) == ("prober.failed", True)
    assert prober.broken_off(KeyError("id"), "'id'", "the run", CATALOGUE) == prober.bug(
        "KeyError", "'id'", "the run", CATALOGUE
    )


@pytest.mark.parametrize(
    ("cause", "what"),
    [
        (Cause(kind="MemoryError", text=""), "memory"),
        (Cause(kind="SSLError", text="", ssl_reason="MALLOC_FAILURE"), "memory"),
        (Cause(kind="OSError", text="", errno=errno.ENOMEM), "memory"),
        (Cause(kind="OSError", text="", errno=errno.EMFILE), "file descriptor"),
        (Cause(kind="FileSizeError", text="", errno=errno.EFBIG), "room in a file"),
        (Cause(kind="OSError", text="", errno=errno.EFBIG), None),
        (Cause(kind="ConnectionResetError", text="", errno=errno.ECONNRESET), None),
        (Cause(kind="ValueError", text="MemoryError"), None),
    ],
)
def test_what_causes_tell_of(cause: Cause, what: str | None) -> None:
    """Anywhere in the chain: a library wraps what it meets."""
    assert prober.lacked([Cause(kind="APIConnectionError", text=""), cause]) == what


def test_a_deadline_says_how_little_went_into_waiting() -> None:
    """Time lost on our own side."""
    made = prober.deadline(15, waited_s=0.25, catalogue=CATALOGUE)
    assert made.reason == "prober.deadline"
    assert "deadline of 15 s" in made.summary
    assert "0.2 s" in made.summary


def test_a_deadline_that_our_own_budget_used_up_says_so() -> None:
    """The machine is not slow: many scenarios share one account."""
    made = prober.deadline(15, waited_s=0.25, queued_s=9.5, catalogue=CATALOGUE)
    assert made.reason == "prober.deadline"
    assert "9.5 s" in made.summary
    assert "requests_per_second" in made.summary


@pytest.mark.parametrize(
    ("queued", "why"),
    [
        ({}, "this machine is too slow."),
        ({"queued_s": 0.4}, "this machine is too slow."),
        (
            {"queued_s": 0.5},
            "0.5 s went into waiting for our own budget of requests to Stripe, which every run of this account shares (`stripe.requests_per_second`).",
        ),
    ],
)
def test_a_quarter_of_the_deadline_in_the_queue_is_what_used_it_up(queued: dict[str, float], why: str) -> None:
    """Less than that is what runs of one account always wait, and blames the machine."""
    made = prober.deadline(2, waited_s=0.25, **queued, catalogue=CATALOGUE)
    assert made.summary == (
        f"The run's deadline of 2 s passed, and only 0.2 s of it went into waiting for the path: {why}"
    )


def test_what_happened_to_ourselves_is_no_guess() -> None:
    """We were there."""
    for made in (
        prober.nothing_left("memory", "the run", CATALOGUE),
        prober.bug("KeyError", "'id'", "the run", CATALOGUE),
        prober.deadline(15, waited_s=0.25, catalogue=CATALOGUE),
        prober.files_silent("/mnt/tls/tls.crt", CATALOGUE),
        prober.unsafe("charge", "what could be a card number", CATALOGUE),
        prober.unsendable("charge", "a header holds a line break", CATALOGUE),
        prober.interrupted(CATALOGUE),
        prober.offline("no default route", CATALOGUE),
    ):
        assert made.confidence is Confidence.PROVEN, made.summary


def test_a_file_system_that_does_not_answer_is_named() -> None:
    """It says nothing about the path, and is a ticket."""
    made = prober.files_silent("/mnt/tls/tls.crt", CATALOGUE)
    assert (made.reason, made.code, made.severity) == ("prober.files_silent", 5029, Severity.TICKET)
    assert made.summary.startswith("The file system of /mnt/tls/tls.crt does not answer")
    assert made.summary.endswith("may go on, but nothing that has to read them will start.")


def test_a_step_that_must_not_be_sent() -> None:
    """Its kind is named, and what to do stands in the runbook."""
    made = prober.unsafe("charge", "what could be a card number", CATALOGUE)
    assert (made.reason, made.code) == ("prober.unsafe_scenario", 5029)
    assert "Step charge would have sent what could be a card number" in made.summary


def test_an_interrupted_run_concerns_nobody() -> None:
    """SIGTERM is no incident."""
    made = prober.interrupted(CATALOGUE)
    assert (made.reason, made.severity) == ("prober.failed", Severity.NONE)
    assert made.summary == "The run was stopped before it had an outcome; that says nothing about the path."


def test_no_network_says_by_what_that_is_known() -> None:
    """The evidence holds it."""
    made = prober.offline("no default route", CATALOGUE)
    assert (made.reason, made.evidence.detail) == ("prober.offline", "no default route")
    assert (made.also, "no default route" in made.summary) == ((), True)
    assert prober.offline("no link", CATALOGUE, seen="tcp.connect_timeout").also == ("tcp.connect_timeout",)


def test_what_a_machine_without_a_network_sees() -> None:
    """No answer and no way; what was answered came over a network."""
    could = (
        "dns.timeout",
        "tcp.connect_timeout",
        "tls.handshake_timeout",
        "connector.timeout",
        "stripe.api_connection_error",
    )
    could_not = ("tls.client_cert.expired", "connector.http_5xx", "stripe.api_error", "charge.declined")
    assert all(map(prober.offline_could_explain, could))
    assert not any(map(prober.offline_could_explain, could_not))


def test_what_lost_time_could_explain() -> None:
    """A wait that ran out; whoever answered, answered."""
    assert all(
        map(prober.lost_time_could_explain, ("connector.timeout", "tcp.connect_timeout", "stripe.api_connection_error"))
    )
    assert not any(
        map(prober.lost_time_could_explain, ("tcp.refused", "tls.client_cert.expired", "connector.http_5xx"))
    )


@pytest.mark.parametrize("reason", ["dns.timeout", "dns.unreachable", "tcp.connect_timeout", "tcp.host_unreachable"])
def test_silence(reason: str) -> None:
    """Nothing at all was heard; whoever answers, refuses or hangs up later was there."""
    assert prober.silence(reason)
    assert prober.offline_could_explain(reason)


@pytest.mark.parametrize(
    "reason", ["dns.nxdomain", "tcp.refused", "tcp.reset", "tls.handshake_timeout", "connector.timeout"]
)
def test_no_silence(reason: str) -> None:
    """Somebody was heard on the way."""
    assert not prober.silence(reason)
