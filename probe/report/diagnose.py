"""One endpoint in depth: everything that `paypath diagnose` saw, the verdict first."""

from datetime import datetime

from probe.model.certificate import Certificate
from probe.model.observation import HandshakeObservation, TlsFacts
from probe.model.outcome import Passed, Skipped
from probe.model.run import Run
from probe.report import blocks, way
from probe.report.facts import failure_of, told_by
from probe.report.paint import BAD_MARK, NOT_MARK, OK_MARK, Paint, rows
from probe.report.text import DEFAULT_WIDTH, FirstSteps, explanation
from probe.report.words import first_steps, printable, spoken_moment, took

_SHOWN_CAS = 12
"""A public bundle as acceptable CAs has hundreds of names; the JSON result has them all."""


def render(run: Run, *, color: bool, steps: FirstSteps = first_steps, width: int = DEFAULT_WIDTH) -> str:
    """The verdict, the hop with its timings, what was negotiated and said, and every certificate with its days left."""
    paint = Paint(color)
    if isinstance(run.outcome, Skipped):
        return blocks.verdict(run, paint)
    failure = failure_of(run.outcome)
    told = told_by(run)
    parts = [
        [_title(run, paint), paint.dim(f"{run.path} · {spoken_moment(run.started_at)} · {took(run.duration_s)}")],
        *(explanation(run, failure, paint, steps=steps, width=width) if failure else []),
        way.hop_lines(run, paint),
        _negotiated(told.tls, paint, width=width) if told.tls else [],
        _peer_said(told.handshake, paint, width=width) if told.handshake else [],
        _certificates(told.handshake, run.started_at, paint, width=width) if told.handshake else [],
        blocks.warnings(run, paint, width=width),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _title(run: Run, paint: Paint) -> str:
    """The verdict; a pass says what it means here."""
    if not isinstance(run.outcome, Passed):
        return blocks.verdict(run, paint)
    answered = (o := told_by(run).handshake) is not None and o.http is not None
    what = "handshake and answer" if answered else "handshake"
    return f"{paint.good('PASSED')} {what}{' with warnings' if run.warnings else ''}"


def _negotiated(tls: TlsFacts, paint: Paint, *, width: int) -> list[str]:
    asked = {True: "yes", False: "no", None: "not seen: the handshake ended before it could be asked for"}
    pairs = [
        ("version", tls.version or "none agreed"),
        ("cipher", tls.cipher or "none agreed"),
        ("group", tls.group or "not known"),
        ("ALPN", tls.alpn or "none"),
        ("asks for a client certificate", asked[tls.client_certificate_requested]),
        ("client certificate sent", "yes" if tls.client_certificate_sent else "no"),
    ]
    return [paint.strong("TLS"), *rows(pairs, width=width)]


def _peer_said(observation: HandshakeObservation, paint: Paint, *, width: int) -> list[str]:
    tls, pairs = observation.tls, []
    for alert in tls.alerts:
        who = "alert from the peer" if alert.sender.value == "peer" else "alert that we sent"
        pairs.append((who, f"{alert.number} {alert.name}{'' if alert.fatal else ' (warning)'}"))
    shown = "; ".join(printable(name) for name in tls.acceptable_cas[:_SHOWN_CAS])
    more = len(tls.acceptable_cas) - _SHOWN_CAS
    if shown:
        pairs.append(("accepts client certificates of", shown + (f"; and {more} more" if more > 0 else "")))
    if observation.http:
        pairs.append((f"GET {observation.http_path}", f"HTTP {observation.http.status}"))
        first = printable(observation.http.body)[:200]
        pairs += [("body begins", first)] if first and observation.http.status >= 400 else []  # noqa: PLR2004 - RFC 9110: an error
    if not observation.http and observation.first_bytes and not tls.established and not tls.alerts:
        pairs.append(("first bytes", printable(observation.first_bytes.decode("latin-1"))))
    return [paint.strong("What the peer said"), *rows(pairs, width=width)] if pairs else []


def _certificates(observation: HandshakeObservation, at: datetime, paint: Paint, *, width: int) -> list[str]:
    lines: list[str] = []
    if observation.presented:
        lines += [paint.strong("Presented by the peer"), *_table(observation.presented, at, paint)]
    identity = observation.identity
    if identity:
        lines += [paint.strong(f"Our identity {printable(identity.name)}"), *_table(identity.certificates, at, paint)]
        pairs = [("certificate", identity.certificate_path)]
        pairs += [("key", identity.key_path)] if identity.key_path else []
        pairs += (
            [("cannot be used", printable(identity.fault_detail or identity.fault.value))] if identity.fault else []
        )
        lines += rows([(name, printable(text)) for name, text in pairs], width=width, indent="    ")
    return lines


def _table(certificates: tuple[Certificate, ...], at: datetime, paint: Paint) -> list[str]:
    lines = []
    for certificate in certificates:
        good = not certificate.expired(at) and not certificate.not_yet_valid(at)
        mark = paint.good(OK_MARK) if good else paint.bad(BAD_MARK)
        name, when = blocks.validity(certificate, at)
        text = f"{certificate.role.value:<12}  {printable(certificate.subject)}  serial {certificate.serial}"
        lines += [f"  {mark} {text}", f"      {name} {when}"]
        issuer = "self-issued" if certificate.self_issued else f"issued by {printable(certificate.issuer)}"
        names = f"; names {', '.join(map(printable, certificate.san))}" if certificate.san else ""
        lines.append(paint.dim(f"      {issuer}{names}"))
    return lines or [f"  {paint.dim(NOT_MARK)} none"]
