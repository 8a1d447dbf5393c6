"""The parts that a report for people is put together from; each gives lines and knows nothing of the others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from probe.classify.wording import readable, subject_of
from probe.model.certificate import Certificate
from probe.model.failure import Evidence, Failure, Hop
from probe.model.outcome import Failed, Passed, Skipped, Unknown
from probe.model.run import Run
from probe.report.paint import WARN_MARK, Paint, flowing, paragraph, rows
from probe.report.words import SURE, acts, distance, headline, hop, printable, spoken_moment, took

_DOT: Final = " · "


def verdict(run: Run, paint: Paint, *, width: int | None = None) -> str:
    """The first line: the outcome, the code, and in words what is wrong; the reason, never the code's title alone.

    Where it is longer than `width` columns, what follows stands below it.
    """
    line = _verdict(run, paint)
    return line if width is None else "\n".join(flowing(line.split(_DOT), width=width, gap=_DOT))


def _verdict(run: Run, paint: Paint) -> str:
    match run.outcome:
        case Failed(failure=f):
            return f"{paint.bad('FAILED')} {_named(f, paint)}"
        case Unknown(failure=f):
            return f"{paint.warn('COULD NOT TELL')} {_named(f, paint)}"
        case Skipped(because=because):
            return f"{paint.warn('SKIPPED')} {run.scenario} on {run.path} · {printable(because)}"
        case Passed():
            return f"{paint.good('PASSED')} {run.scenario} on {run.path}"


def _named(failure: Failure, paint: Paint) -> str:
    words = paint.strong(headline(failure))
    return f"{failure.code} · {words} · {failure.reason} ({SURE[failure.confidence]})"


def where_and_when(run: Run) -> str:
    """Which scenario on which path, seen from where, when, and for how long."""
    place = f"{run.environment} from {run.location}"
    return f"{run.scenario} on {run.path} · {place} · {spoken_moment(run.started_at)} · {took(run.duration_s)}"


def particulars(failure: Failure, at: datetime, *, width: int) -> list[str]:
    """The certificate, who has to act, and what the customers see."""
    pairs = certificate_pairs(failure.certificate, at) if failure.certificate else []
    pairs.append(("who acts", acts(failure)))
    if failure.hop is not Hop.NONE:
        pairs.append(("hop", hop(failure)))
    if known := evidence_words(failure.evidence):
        pairs.append(("evidence", known))
    pairs.append(("shown to customers", f"{failure.code} “{printable(failure.title)}”"))
    if failure.also:
        pairs.append(("also true", ", ".join(failure.also)))
    if failure.evidence.detail:
        pairs.append(("detail", printable(failure.evidence.detail)))
    return rows(pairs, width=width)


def evidence_words(evidence: Evidence) -> str:
    """The numbers behind the verdict, for whoever looks them up or compares them with the peer's log."""
    stripe = evidence.stripe
    known = {
        "TLS alert": evidence.alert,
        "verify code": evidence.verify_code,
        "errno": evidence.errno,
        "HTTP": evidence.http_status,
        "connector's own code": evidence.observed_code,
        "Stripe": " ".join(filter(None, (stripe.type, stripe.code, stripe.decline_code))) if stripe else None,
        "bytes received": evidence.bytes_received or None,
    }
    return ", ".join(f"{name} {value}" for name, value in known.items() if value is not None and value != "")


def certificate_pairs(certificate: Certificate, at: datetime) -> list[tuple[str, str]]:
    """Subject, serial, place and dates with the distance from `at`: enough to find the certificate and its owner."""
    return [
        ("certificate", printable(subject_of(certificate))),
        ("serial", certificate.serial),
        ("issuer", printable(readable(certificate.issuer))),
        ("seen at" if certificate.source.kind.value == "wire" else "file", printable(certificate.source.location)),
        validity(certificate, at),
    ]


def validity(certificate: Certificate, at: datetime) -> tuple[str, str]:
    """The date that matters at `at`: when it expired or will expire, or from when it is valid."""
    if certificate.not_yet_valid(at):
        return "notBefore", f"{spoken_moment(certificate.not_before)}, {distance(certificate.not_before, at)}"
    word = "expired" if certificate.expired(at) else "expires"
    return "notAfter", f"{spoken_moment(certificate.not_after)}, {word} {distance(certificate.not_after, at)}"


def first_steps(failure: Failure, steps: Sequence[str], paint: Paint, *, width: int) -> list[str]:
    """What to do first, numbered, and where the runbook is."""
    lines = [paint.strong("What to do first")] if steps else []
    return [*lines, *numbered(steps, width=width), *rows([("runbook", failure.runbook)], width=width)]


def numbered(steps: Sequence[str], *, width: int) -> list[str]:
    """The steps with their numbers."""
    lines: list[str] = []
    for number, step in enumerate(steps, start=1):
        lines += paragraph(printable(step), width=width, indent="     ", first=f"  {number}. ")
    return lines


def warnings(run: Run, paint: Paint, *, width: int) -> list[str]:
    """What is true besides the verdict: one paragraph for each warning."""
    lines = []
    for warning in run.warnings:
        text = f"{warning.reason}: {printable(warning.summary)}"
        wrapped = paragraph(text, width=width, indent="    ", first=f"  {WARN_MARK} ")
        lines += [paint.warn(line) for line in wrapped]
    return lines
