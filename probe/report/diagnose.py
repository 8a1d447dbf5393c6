"""One endpoint in depth on one screen: the verdict, the way, the certificates, what the peer said, what else, what to do."""

import dataclasses
import re
from datetime import datetime

from probe.classify.diagnosis import Mark, remarks
from probe.classify.server_names import nearest
from probe.classify.wording import readable, subject_of
from probe.model.answer import HttpAnswer
from probe.model.certificate import Certificate
from probe.model.failure import Failure
from probe.model.identity import IdentityFacts
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Passed, Skipped
from probe.model.run import Run
from probe.redact.leaving import leaving
from probe.report import blocks, way
from probe.report.facts import failure_of, told_again, told_by
from probe.report.filling import filled
from probe.report.paint import (
    BAD_MARK,
    DEFAULT_WIDTH,
    NOT_MARK,
    OK_MARK,
    WARN_MARK,
    Paint,
    flowing,
    paragraph,
    rows,
)
from probe.report.text import FirstSteps
from probe.report.typed import UNCONFIGURED, as_typed
from probe.report.words import acts, distance, first_steps, printable, spoken_moment, took

_SHOWN_CAS = 6
"""A public bundle as acceptable CAs has hundreds of names; the JSON result has them all."""
_READ, _SAID = 4096, 320
"""Characters: of a body that are looked at, and that are shown."""
_CONNECTOR, _PROXY, _UPSTREAM = "peer", "proxy", "upstream"
"""Who is at the other end of a connection."""
CLOSE_NOTIFY = 0
"""Belongs to every healthy end (RFC 8446 6.1); the JSON result has it."""
_TITLE = re.compile(r"<title>([^<]*)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def render(run: Run, *, color: bool, steps: FirstSteps = first_steps, width: int = DEFAULT_WIDTH) -> str:
    """The verdict, each hop with its timings, every certificate with its days left, what was said, and what to do."""
    paint = Paint(color)
    if isinstance(run.outcome, Skipped):
        return blocks.verdict(run, paint)
    failure = failure_of(run.outcome)
    seen = told_by(run).handshake
    parts = [
        [_title(run, paint, width=width), *map(paint.dim, flowing(_circumstances(run), gap=" · ", width=width))],
        _why(failure, seen, paint, width=width) if failure else [],
        blocks.warnings(run, paint, width=width),
        [*way.hop_lines(run, paint, width=width), *_first_hop(seen, paint, width=width)],
        *(_hop(seen, _CONNECTOR, run.started_at, failure, paint, width=width) if seen and _matters(seen, run) else []),
        *(_hop(seen.proxy, _PROXY, run.started_at, failure, paint, width=width) if seen and seen.proxy else []),
        *(
            _hop(seen.upstream, _UPSTREAM, run.started_at, failure, paint, width=width)
            if seen and seen.upstream
            else []
        ),
        _what_else(seen, paint, width=width) if seen else [],
        _to_do(failure, _steps(steps, run, failure), paint, width=width) if failure else [],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _circumstances(run: Run) -> list[str]:
    """What was looked at, when, for how long, and how often."""
    again = told_again(run)
    return [run.path, spoken_moment(run.started_at), took(run.duration_s), *([again] if again else [])]


def _steps(steps: FirstSteps, run: Run, failure: Failure) -> tuple[str, ...]:
    """What to do first, with what the run knows in it; without a configuration, what was typed stands for its keys."""
    found = tuple(steps(failure.reason))
    return filled(found if run.environment != UNCONFIGURED else as_typed(found), run, failure)


def _title(run: Run, paint: Paint, *, width: int) -> str:
    """The verdict; a pass says what it means here."""
    if not isinstance(run.outcome, Passed):
        return blocks.verdict(run, paint, width=width)
    answered = (o := told_by(run).handshake) is not None and o.http is not None
    what = "handshake and answer" if answered else "handshake"
    return f"{paint.good('PASSED')} {what}{' with warnings' if run.warnings else ''}"


def _why(failure: Failure, seen: HandshakeObservation | None, paint: Paint, *, width: int) -> list[str]:
    """The sentence, who has to act, and the numbers that stand nowhere else on the screen."""
    told = failure.evidence
    if seen is not None:
        told = dataclasses.replace(
            told,
            alert=None,
            http_status=None,
            verify_code=None,
            bytes_received=0 if seen.tls.version else told.bytes_received,
        )
    pairs = [("who acts", f"{acts(failure)}; customers see {failure.code} “{printable(failure.title)}”")]
    if failure.also:
        pairs.append(("also true", ", ".join(failure.also)))
    if known := blocks.evidence_words(told):
        pairs.append(("evidence", known))
    of_files = seen is not None and seen.identity is not None and seen.identity.fault is not None  # said beside them
    if told.detail and failure.evidence.alert is None and failure.evidence.verify_code is None and not of_files:
        pairs.append(("detail", printable(told.detail)))
    summary = paragraph(printable(failure.summary), width=width)
    return [*(paint.strong(line) for line in summary), *rows(pairs, width=width)]


def _to_do(failure: Failure, steps: tuple[str, ...], paint: Paint, *, width: int) -> list[str]:
    """What to do first; last on the screen, next to where it is typed."""
    heading = flowing([paint.strong("What to do first"), paint.dim(failure.runbook)], width=width)
    return [*heading, *blocks.numbered(steps, width=width)]


def _negotiated(seen: HandshakeObservation, *, width: int) -> list[str]:
    """Version, cipher, group, ALPN and the client certificate, in a line; nothing before the peer has chosen a version."""
    tls = seen.tls
    if tls.version is None:
        return []
    if tls.client_certificate_requested is None:
        asked = "ended before a client certificate could be asked for"
    elif not tls.client_certificate_requested:
        asked = "no client certificate asked for"
    else:
        asked = f"client certificate asked for, {_shown(seen)}"
    known = (tls.version, tls.cipher, tls.group, f"ALPN {tls.alpn}" if tls.alpn else None, asked)
    return paragraph(" · ".join(printable(word) for word in known if word), width=width)


def _shown(seen: HandshakeObservation) -> str:
    """What became of our certificate; to a peer whose own we refuse, it is never shown."""
    if seen.tls.client_certificate_sent:
        return "sent"
    if seen.verify_code is not None:
        return "and not shown, as we refused the peer's"
    return "none sent" if seen.tls.client_certificate_answered or seen.tls.established else "and not answered yet"


def _first_hop(seen: HandshakeObservation | None, paint: Paint, *, width: int) -> list[str]:
    """What was negotiated with the connector; said to be that where a line on the second hop stands before it."""
    lines = [] if seen is None else _negotiated(seen, width=width)
    named = seen is not None and seen.upstream is not None and lines
    return [paint.strong("TLS with the connector"), *lines] if named else lines


def _matters(seen: HandshakeObservation, run: Run) -> bool:
    """Where a proxy kept us from the connector, our identity for that is of interest only if something is wrong with it too."""
    if seen.proxy is None or seen.tls.version is not None or seen.identity is None:
        return True
    dated = any(c.expired(run.started_at) or c.not_yet_valid(run.started_at) for c in seen.identity.certificates)
    return dated or seen.identity.fault is not None


def _hop(
    seen: HandshakeObservation, who: str, at: datetime, failure: Failure | None, paint: Paint, *, width: int
) -> list[list[str]]:
    """The certificates of one connection, and what the other end of it said. Only the connector's TLS has a line among the hops."""
    negotiated = _negotiated(seen, width=width) if who != _CONNECTOR else []
    if negotiated:
        negotiated = [paint.strong(f"TLS with the {who}"), *negotiated]
    return [
        [*negotiated, *_certificates(seen, who, at, failure, paint, width=width)],
        _peer_said(seen, who, paint, width=width),
    ]


def _certificates(
    seen: HandshakeObservation, who: str, at: datetime, failure: Failure | None, paint: Paint, *, width: int
) -> list[str]:
    """What the peer presented and what our identity holds; in full only the leaf of each and what is wrong."""
    wrong = failure.certificate.sha256 if failure and failure.certificate else None
    lines: list[str] = []
    if seen.presented:
        presented = tuple(dict.fromkeys(seen.presented))  # a careless server sends its own certificate twice
        table = _table(presented, at, wrong, paint, width=width, asked=seen.endpoint.server_name)
        lines += [paint.strong(f"Presented by the {who}"), *table]
    if seen.identity is not None:
        shown = {certificate.sha256 for certificate in seen.presented}
        ours = {_PROXY: "Our identity for the proxy", _UPSTREAM: "The connector's identity"}.get(who, "Our identity")
        lines += _identity(ours, seen.identity, shown, at, wrong, paint, width=width)
    return lines


def _identity(
    what: str, identity: IdentityFacts, shown: set[str], at: datetime, wrong: str | None, paint: Paint, *, width: int
) -> list[str]:
    """Our files and what they hold; an intermediate that the peer presents too is not told twice."""
    named = "" if identity.name == identity.certificate_path else f"{printable(identity.name)}: "
    certificate, key = printable(identity.certificate_path), printable(identity.key_path or "")
    beside = [f"with {key}"] if key and key != certificate else []
    heading = flowing([f"{what}  {named}{certificate}", *beside], gap=" ", indent=" " * 4, width=width)
    lines = [paint.strong(line) for line in heading]
    if identity.fault is not None:
        text = f"cannot be used: {printable(identity.fault_detail or identity.fault.value)}"
        lines += [paint.bad(line) for line in paragraph(text, width=width, indent="    ", first=f"  {BAD_MARK} ")]
    leaf, rest = identity.certificates[:1], identity.certificates[1:]
    own = (*leaf, *(certificate for certificate in rest if certificate.sha256 not in shown))
    return lines + _table(own, at, wrong, paint, width=width)


def _table(
    certificates: tuple[Certificate, ...],
    at: datetime,
    wrong: str | None,
    paint: Paint,
    *,
    width: int,
    asked: str = "",
) -> list[str]:
    """One line for each; of the first, and of what is wrong, what else tells them apart. `asked`: the name that it should be for."""
    lines: list[str] = []
    for place, certificate in enumerate(certificates):
        dated = certificate.expired(at) or certificate.not_yet_valid(at)
        bad = dated or certificate.sha256 == wrong
        mark = paint.bad(BAD_MARK) if bad else paint.good(OK_MARK)
        role, subject = certificate.role.value, printable(subject_of(certificate))
        parts = (f"  {mark} {role:<12}  {subject}", _validity(certificate, at))
        lines += flowing(parts, width=width, indent=" " * 6)
        if place == 0 or bad:
            above = {other.subject for other in certificates[place + 1 :]}
            lines += [paint.dim(line) for line in _particulars(certificate, above, asked, width=width)]
    return lines or [f"  {paint.dim(NOT_MARK)} none"]


def _validity(certificate: Certificate, at: datetime) -> str:
    if certificate.not_yet_valid(at):
        return f"valid only {distance(certificate.not_before, at)} ({spoken_moment(certificate.not_before)})"
    word = "expired" if certificate.expired(at) else "expires"
    return f"{word} {distance(certificate.not_after, at)} ({spoken_moment(certificate.not_after)})"


def _particulars(certificate: Certificate, above: set[str], asked: str, *, width: int) -> list[str]:
    """Serial, names, and the issuer where it does not stand in the table itself."""
    known = [f"serial {certificate.serial}"]
    if certificate.self_issued:
        known.append("self-issued")
    elif certificate.issuer not in above:
        known.append(f"issued by {printable(readable(certificate.issuer))}")
    if certificate.san:
        known.append(f"for {printable(nearest(certificate.san, asked))}")
    return paragraph(" · ".join(known), width=width, indent=" " * 6)


def _peer_said(seen: HandshakeObservation, who: str, paint: Paint, *, width: int) -> list[str]:
    tls, pairs = seen.tls, []
    for alert in (alert for alert in tls.alerts if alert.number != CLOSE_NOTIFY):
        sender = f"alert from the {who}" if alert.sender.value == "peer" else "alert that we sent"
        pairs.append((sender, f"{alert.number} {alert.name}{'' if alert.fatal else ' (warning)'}"))
    shown = "; ".join(printable(name) for name in tls.acceptable_cas[:_SHOWN_CAS])
    more = len(tls.acceptable_cas) - _SHOWN_CAS
    if shown:
        pairs.append(("accepts clients of", shown + (f"; and {more} more" if more > 0 else "")))
    if seen.http:
        method = "CONNECT" if who == _PROXY or seen.tunnel_to is not None else "GET"
        pairs.append((f"{method} {seen.http_path}", _answer(seen.http)))
    if not seen.http and seen.first_bytes and not tls.established and not tls.alerts and tls.version is None:
        pairs.append(("first bytes", printable(seen.first_bytes.decode("latin-1"))))
    return [paint.strong(f"What the {who} said"), *rows(pairs, width=width)] if pairs else []


def _answer(http: HttpAnswer) -> str:
    """The status, and of an error how its text begins: a connector (nginx) says only there what it has against us."""
    if http.status < 400:  # noqa: PLR2004 - RFC 9110: an error
        return f"HTTP {http.status}"
    body = leaving(http.body)[:_READ]
    title = _TITLE.search(body)
    said = printable(title.group(1) if title else _TAG.sub(" ", body))
    cut = f"{said[:_SAID]}…" if len(said) > _SAID else said
    return f"HTTP {http.status}" + (f": {cut}" if cut else "")


def _what_else(seen: HandshakeObservation, paint: Paint, *, width: int) -> list[str]:
    """What a second connection adds; it has no say in the verdict above."""
    marks = {Mark.GOOD: paint.good(OK_MARK), Mark.BAD: paint.warn(WARN_MARK), Mark.PLAIN: paint.dim(NOT_MARK)}
    lines: list[str] = []
    for remark in remarks(seen):
        # Wrapped with a mark of one column: colours have no width.
        head, *rest = paragraph(printable(remark.text), width=width, indent="    ", first="  ? ")
        lines += [head.replace("?", marks[remark.mark], 1), *rest]
    return [paint.strong("What else we saw on a second connection"), *lines] if lines else []
