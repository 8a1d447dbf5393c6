"""Failures that say nothing about the path: our own bug, our own lost time, nothing left of what the kernel gives, no network here."""

from collections.abc import Iterable

from probe.catalogue.catalogue import Catalogue
from probe.model.failure import Confidence, Evidence, Failure, Severity
from probe.model.lack import BY_ERRNO, FILE_SIZE, MEMORY, RAISE, FileSizeError, lacking
from probe.model.network import Cause


def lacked(causes: Iterable[Cause]) -> str | None:
    """What there was not left, a key of `RAISE`, by exceptions that have become values; None where none of them tells of that."""
    for cause in causes:
        if cause.kind == "MemoryError" or cause.ssl_reason == "MALLOC_FAILURE":
            return MEMORY
        if cause.kind == FileSizeError.__name__:
            return FILE_SIZE
        if cause.errno in BY_ERRNO:
            return BY_ERRNO[cause.errno]
    return None


def nothing_left(what: str, where: str, catalogue: Catalogue) -> Failure:
    """The process got no more of `what`, a key of `RAISE`."""
    return catalogue.failure(
        "prober.failed",
        phase=None,
        confidence=Confidence.PROVEN,
        summary=f"There was no {what} left for {where}; that says nothing about the path: {RAISE[what]}.",
    )


def broken_off(error: BaseException, text: str, where: str, catalogue: Catalogue) -> Failure:
    """An exception that nobody was to raise: something was lacking, or it is a bug of ours. `text` as for `bug`."""
    what = lacking(error)
    return bug(type(error).__name__, text, where, catalogue) if what is None else nothing_left(what, where, catalogue)


def bug(error_kind: str, text: str, where: str, catalogue: Catalogue) -> Failure:
    """An exception of our own code. `text` must be redacted; it goes into the evidence only."""
    return catalogue.failure(
        "prober.bug",
        phase=None,
        confidence=Confidence.PROVEN,
        summary=f"The probe's own code failed in {where} ({error_kind}); that says nothing about the path.",
        evidence=Evidence(detail=f"{error_kind}: {text}"),
    )


def deadline(limit_s: float, *, waited_s: float, queued_s: float = 0.0, catalogue: Catalogue) -> Failure:
    """The run's deadline passed on our own side.

    `waited_s` of it went into waiting for the path, `queued_s` into waiting for our own budget of requests.
    """
    passed = (
        f"The run's deadline of {limit_s:g} s passed, and only {waited_s:.1f} s of it went into waiting for the path: "
    )
    if queued_s >= limit_s / 4:
        why = (
            f"{queued_s:.1f} s went into waiting for our own budget of requests to Stripe, which every run of this account "
            "shares (`stripe.requests_per_second`)."
        )
    else:
        why = "this machine is too slow."
    return catalogue.failure("prober.deadline", phase=None, confidence=Confidence.PROVEN, summary=passed + why)


def files_silent(file: str, catalogue: Catalogue) -> Failure:
    """The file system of a file that the path needs does not answer: a dead mount."""
    return catalogue.failure(
        "prober.files_silent",
        phase=None,
        confidence=Confidence.PROVEN,
        summary=(
            f"The file system of {file} does not answer: whether the path works could not be tried. What holds its files in memory may "
            "go on, but nothing that has to read them will start."
        ),
    )


def unsafe(step: str, what: str, catalogue: Catalogue) -> Failure:
    """A step whose templates came to something that a probe must never send; `what` names its kind, and never holds it."""
    return catalogue.failure(
        "prober.unsafe_scenario",
        phase=None,
        confidence=Confidence.PROVEN,
        summary=f"Step {step} would have sent {what}, put together from templates: nothing was sent. That says nothing about the path.",
    )


def unsendable(step: str, text: str, catalogue: Catalogue) -> Failure:
    """A step that cannot be sent, because what templates put into it does not fit there. `text` must be redacted."""
    return catalogue.failure(
        "prober.unsafe_scenario",
        phase=None,
        confidence=Confidence.PROVEN,
        summary=f"Step {step} could not be sent: {text}. That says nothing about the path.",
    )


def interrupted(catalogue: Catalogue) -> Failure:
    """The run was stopped from outside (SIGTERM, Ctrl-C) before it had an outcome; nobody has to act."""
    return catalogue.failure(
        "prober.failed",
        phase=None,
        confidence=Confidence.PROVEN,
        summary="The run was stopped before it had an outcome; that says nothing about the path.",
        severity=Severity.NONE,
    )


def offline_could_explain(reason: str) -> bool:
    """Whether a machine without a network would see this: no answer, or no way. What was answered came over a network."""
    return reason.startswith(("dns.", "tcp.")) or reason.endswith(("timeout", "api_connection_error"))


def lost_time_could_explain(reason: str) -> bool:
    """Whether it says no more than that an answer was not there in time."""
    return reason.endswith(("timeout", "api_connection_error"))


def silence(reason: str) -> bool:
    """Whether nothing at all was heard on the way to the first machine, as with a node that is cut off behind its own link."""
    return reason in ("dns.timeout", "dns.unreachable", "tcp.connect_timeout", "tcp.host_unreachable")


def offline(why: str, catalogue: Catalogue, *, seen: str | None = None) -> Failure:
    """This machine has no network; `why` says by what that is known, `seen` is the reason that it was taken for at first."""
    return catalogue.failure(
        "prober.offline",
        phase=None,
        confidence=Confidence.PROVEN,
        summary=f"This machine has no network ({why}); what is seen from here says nothing about the path.",
        evidence=Evidence(detail=why),
        also=() if seen is None else (seen,),
    )
