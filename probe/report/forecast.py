"""Until when money can flow, for people."""

from collections.abc import Sequence
from datetime import datetime

from probe.classify.expiry import Judged
from probe.model.certificate import Certificate
from probe.model.failure import Severity
from probe.model.watch import Held, WatchedCertificate
from probe.report.advice import advice
from probe.report.paint import Paint, paragraph, rows
from probe.report.watched import place_of
from probe.report.words import distance, printable, spoken_moment
from probe.verdict.forecast import Forecast


def render_forecasts(
    found: Sequence[Forecast], judged: Sequence[Judged], *, at: datetime, color: bool, width: int
) -> str:
    """Each path with its moment, the certificate that ends first, and what to do; the nearest first, no newline at the end."""
    paint = Paint(color)
    ordered = sorted(found, key=lambda each: (each.valid_until is None, each.valid_until or at, each.path))
    return "\n\n".join("\n".join(_block(each, judged, at, paint, width=width)) for each in ordered)


def _block(found: Forecast, judged: Sequence[Judged], at: datetime, paint: Paint, *, width: int) -> list[str]:
    name = paint.strong(printable(found.path))
    entry, until = found.because, found.valid_until
    if entry is None or until is None or entry.certificate is None:
        why = "No certificate of this path has been seen." if found.missing is None else found.missing.unreadable or ""
        return [f"{name}  {paint.warn('not known')}", *paragraph(printable(why), width=width)]
    standing = next(standing for other, standing in judged if other is entry)
    colour = {Severity.PAGE: paint.bad, Severity.TICKET: paint.warn}.get(standing.severity, paint.good)
    certificate = entry.certificate
    if until <= at:
        text = f"money cannot flow since {spoken_moment(until)}, {distance(until, at)}"
        if certificate.not_yet_valid(at):
            text = f"money cannot flow before {spoken_moment(certificate.not_before)}"
    else:
        text = f"money can flow until {spoken_moment(until)}, {distance(until, at)}"
    pairs = [("because of", _named(certificate))]
    pairs.append(("where", printable(place_of(entry).location)))
    if entry.not_in_use is not None and until == entry.not_in_use:
        held = "may still hold" if entry.use_unseen else "still holds"
        pairs.append(("but", f"the running service {held} the one before it, which ends then"))
    newer = _in_its_place(entry, judged)
    if newer is not None:
        where = printable(place_of(newer[0]).location)
        pairs.append(("but", f"{where} holds a newer one already: the running service still holds this one"))
    if todo := advice(*(newer or (entry, standing))):
        pairs.append(("what to do", printable(todo)))
    return [f"{name}  {colour(text)}", *rows(pairs, width=width)]


def _named(certificate: Certificate) -> str:
    """As far as it is known: revocation lists have no serial number, and a service may tell no more than an end."""
    serial = f" (serial {certificate.serial})" if certificate.serial else ""
    return f"{certificate.role.value} {printable(certificate.subject) or 'certificate'}{serial}"


def _in_its_place(entry: WatchedCertificate, judged: Sequence[Judged]) -> Judged | None:
    """The file's newer certificate, which the running service does not use instead of this one yet."""
    if not entry.held_as(Held.IN_USE):
        return None
    return next((pair for pair in judged if (pair[0].path, pair[0].not_in_use) == (entry.path, entry.ends)), None)
