"""The judgement on a new identity: one screen for people, a line for monitoring, and the exit status."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from probe.model.certificate import Certificate
from probe.model.failure import Failure, Severity
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Passed, Skipped, Unknown
from probe.model.preflight import Preflight, PreflightCheck
from probe.report import blocks, nagios
from probe.report.facts import failure_of
from probe.report.filling import filled_for
from probe.report.paint import DEFAULT_WIDTH, WARN_MARK, Paint, paragraph, rows
from probe.report.status import COULD_NOT_TELL, HEALTHY, PATH_FAILED
from probe.report.words import SURE, distance, first_steps, phrase, printable, spoken_moment

_NEXT: Final = (
    "Roll out both files at once: docs/runbooks/rotation.md, from its step 4 on.",
    "Then see that the running service uses it: the file is not the service.",
)


def render_preflight(found: Preflight, *, color: bool, width: int = DEFAULT_WIDTH) -> str:
    """The verdict, what stands against it and what to do, every check, and both certificates; ends without a newline."""
    paint = Paint(color)
    failure = failure_of(found.outcome)
    parts = [
        [_verdict(found, paint), paint.dim(" · ".join([_where(found), spoken_moment(found.at)]))],
        _control(found, paint, width=width),
        _objections(found, failure, paint, width=width),
        _warnings(found, paint, width=width),
        _to_do(found, failure, paint, width=width),
        _checks(found, paint, width=width),
        _certificates(found, width=width),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _verdict(found: Preflight, paint: Paint) -> str:
    match found.outcome:
        case Failed(failure=f):
            more = len({one.reason for one in found.objections}) - 1
            others = f", and {more} more objection{'' if more == 1 else 's'}" if more else ""
            return f"{paint.bad('NOT READY')} · {_named(f, paint)}{others}"
        case Unknown() if not found.facts.lives:
            return f"{paint.warn('COULD NOT TELL')} · no connector was asked"
        case Unknown(failure=f):
            return f"{paint.warn('COULD NOT TELL')} · {_named(f, paint)}"
        case _:
            return f"{paint.good('READY')} to roll out{' with warnings' if found.warnings else ''}"


def _named(failure: Failure, paint: Paint) -> str:
    return f"{paint.strong(phrase(failure.reason))} · {failure.reason} ({SURE[failure.confidence]})"


def _where(found: Preflight) -> str:
    lives = [" at ".join(dict.fromkeys((live.path, str(live.endpoint)))) for live in found.facts.lives]
    return ", ".join(printable(live) for live in lives) or "the files alone"


def _control(found: Preflight, paint: Paint, *, width: int) -> list[str]:
    """What becomes of paths that do not work now: said first, because it changes how all the rest is read."""
    lines: list[str] = []
    for paths, then in ((found.mends, "; with this one it does"), (found.down, " either")):
        for path in paths:
            why = next((f.reason for c in found.checks if _of(c, path) and (f := failure_of(c.outcome))), "")
            text = f"The path {path} does not work with the current identity now ({phrase(why)}, {why}){then}."
            lines += [paint.strong(line) for line in paragraph(printable(text), width=width)]
    return lines


def _of(check: PreflightCheck, path: str) -> bool:
    return not check.decides and check.path == path


def _objections(found: Preflight, failure: Failure | None, paint: Paint, *, width: int) -> list[str]:
    """Each in its own sentence; the first one leads."""
    told = found.objections or ((failure,) if failure else ())
    lines: list[str] = []
    for place, each in enumerate(told):
        if each.reason.startswith("tls.") and any(each.reason == other.reason for other in told[:place]):
            continue  # the files have proved what the connector says too
        lead = "" if place == 0 else f"{each.reason}: "
        wrapped = paragraph(lead + printable(each.summary), width=width)
        lines += [paint.strong(line) for line in wrapped] if place == 0 else wrapped
    if failure is not None and failure.evidence.detail:
        lines += rows([("detail", printable(failure.evidence.detail))], width=width)
    return lines


def _warnings(found: Preflight, paint: Paint, *, width: int) -> list[str]:
    lines: list[str] = []
    for warning in found.warnings:
        text = f"{warning.reason}: {printable(warning.summary)}"
        lines += [paint.warn(line) for line in paragraph(text, width=width, indent="    ", first=f"  {WARN_MARK} ")]
    return lines


def _to_do(found: Preflight, failure: Failure | None, paint: Paint, *, width: int) -> list[str]:
    if failure is None:
        return [paint.strong("What to do next"), *blocks.numbered(_NEXT, width=width)]
    if not found.facts.lives and not found.objections:
        return []  # the sentence has said it
    steps = filled_for(first_steps(failure.reason), failure, found.facts.candidate.identity, _seen(found))
    return [f"{paint.strong('What to do first')}  {paint.dim(failure.runbook)}", *blocks.numbered(steps, width=width)]


def _seen(found: Preflight) -> HandshakeObservation | None:
    """A pass that tells where the connector is."""
    passes = [seen for live in found.facts.lives for seen in (live.candidate, live.control) if seen is not None]
    return next(iter(passes), None)


def _checks(found: Preflight, paint: Paint, *, width: int) -> list[str]:
    """Those of the files, then those of each path below its name; what was skipped for one cause in one line.

    Where something is wrong, neighbours that are right stand in one line too: the reader looks for the others.
    """
    brief = isinstance(found.outcome, Failed)
    room = max((len(check.name) for check in found.checks), default=0)
    lines = [paint.strong("Checks")]
    shown: str | None = None
    for (path, _), group in itertools.groupby(found.checks, key=lambda check: (check.path, _cause(check, brief=brief))):
        if path != shown:
            shown = path
            lines.append(paint.strong(f"On the path {printable(path or '')}"))
        lines += _group(list(group), room, paint, width=width)
    return lines


def _cause(check: PreflightCheck, *, brief: bool) -> str:
    """The same for neighbours that can be told in one line."""
    if brief and isinstance(check.outcome, Passed) and not check.warnings:
        return ""
    return check.detail if isinstance(check.outcome, Skipped) else check.name


def _group(checks: Sequence[PreflightCheck], room: int, paint: Paint, *, width: int) -> list[str]:
    """One line, as a rule. The sentence of what decided stands above already."""
    first = checks[0]
    failure = failure_of(first.outcome)
    detail = printable(_brief(failure, width - room - 6) if failure else first.detail)
    names = ", ".join(check.name for check in checks)
    if len(checks) > 1 and isinstance(first.outcome, Passed):
        head, *rest = paragraph(names, width=width, indent="    ", first="  ? ")
        return [head.replace("?", paint.mark(first.outcome), 1), *rest]
    opening = f"  ? {names:<{room}}  "
    if len(names) > room:
        opening, detail = "  ? ", f"{names}: {detail}"
    head, *rest = paragraph(detail, width=width, indent=" " * (room + 6), first=opening)
    mark = paint.mark(first.outcome) if not first.warnings else paint.warn(WARN_MARK)
    return [head.replace("?", mark, 1), *rest]


def _brief(failure: Failure, room: int) -> str:
    """On one line: in words where these fit, since the sentence stands above; else the reason."""
    words = f"{phrase(failure.reason)} ({failure.reason})"
    return words if len(words) <= room else failure.reason


def _certificates(found: Preflight, *, width: int) -> list[str]:
    both = (("candidate", found.candidate), ("current", found.current))
    pairs = [(name, _told(certificate, found.at)) for name, certificate in both if certificate is not None]
    return rows(pairs, width=width)


def _told(certificate: Certificate, at: datetime) -> str:
    until = certificate.not_after
    date = f"{'expired' if certificate.expired(at) else 'expires'} {distance(until, at)} ({spoken_moment(until)})"
    return printable(f"{certificate.subject or 'without a subject'} · serial {certificate.serial} · {date}")


def preflight_line(found: Preflight) -> tuple[str, int]:
    """For Nagios and its kin: the line, and its status."""
    failure = failure_of(found.outcome)
    if failure is not None:
        state = nagios.CRITICAL if isinstance(found.outcome, Failed) else nagios.UNKNOWN
        return nagios.line(state, f"{phrase(failure.reason)} ({failure.reason}): {failure.summary}"), state
    waking = _waking(found.warnings)
    text = "; ".join(waking) or f"ready to roll out: {_told(found.candidate, found.at) if found.candidate else ''}"
    state = nagios.WARNING if waking else nagios.OK
    return nagios.line(state, text), state


def _waking(warnings: Sequence[Failure]) -> list[str]:
    return [f"{w.reason}: {w.summary}" for w in warnings if w.severity is not Severity.NONE]


def preflight_status(found: Preflight) -> int:
    """The exit status of the contract."""
    if isinstance(found.outcome, Passed):
        return HEALTHY
    return PATH_FAILED if isinstance(found.outcome, Failed) else COULD_NOT_TELL
