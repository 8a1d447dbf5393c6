"""Complaints about exports: counted each time, said once in a while."""

import logging

from probe.model.clock import FakeClock
from probe.telemetry.exports import EXPORTER_LOGGERS, SAY_AGAIN_AFTER_S, ExportFailures, SdkVoice
from tests.support.runs import NOW


def log(voice: SdkVoice, logger: str, text: str, *arguments: object) -> None:
    """Log a warning of the SDK."""
    voice.handle(logging.LogRecord(logger, logging.WARNING, __file__, 1, text, arguments, None))


def test_a_dead_collector_is_said_once_in_five_minutes() -> None:
    """Each signal by itself, so that one does not hide the other."""
    clock, said = FakeClock(NOW), list[str]()
    failures = ExportFailures(clock, said.append)
    for _ in range(3):
        failures.count("traces", "refused")
        failures.count("metrics", "refused")
    assert [text.split()[1] for text in said] == ["traces", "metrics"]
    clock.advance(SAY_AGAIN_AFTER_S)
    failures.count("traces", "refused")
    assert len(said) == 3


def test_the_cause_is_the_innermost_exception() -> None:
    """Not the three that the HTTP library wraps around it, nor the sentence that gives up."""
    voice = SdkVoice(FakeClock(NOW), print)
    wrapped = OSError(OSError("connection refused"))
    log(voice, EXPORTER_LOGGERS["traces"], "Transient error %s encountered, retrying in %.2fs.", wrapped, 1.0)
    log(
        voice, EXPORTER_LOGGERS["traces"], "Failed to export %s batch due to timeout, max retries or shutdown.", "spans"
    )
    assert voice.cause("metrics") == "no answer in time"
    assert voice.cause("traces") == "connection refused"
    assert voice.cause("traces") == "no answer in time", "a cause explains one failure"


def test_what_else_the_sdk_says_is_said_once_in_a_while() -> None:
    """`Queue full, dropping spans` comes with every span; once is enough."""
    clock, said = FakeClock(NOW), list[str]()
    voice = SdkVoice(clock, said.append)
    for _ in range(5):
        log(voice, "opentelemetry.sdk", "Queue full, dropping %s.", "Span")
    assert said == ["telemetry: Queue full, dropping Span."]
    clock.advance(SAY_AGAIN_AFTER_S)
    log(voice, "opentelemetry.sdk", "Queue full, dropping %s.", "Span")
    assert len(said) == 2
