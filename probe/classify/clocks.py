"""Our clock against the peer's: every proof by date needs one that is right, and an answer shows whether the two agree."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.wording import age, moment
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Evidence, Failure, Phase
from probe.model.network import Endpoint, PhaseTiming

TOLERANCE: Final = timedelta(seconds=60)
"""More than a busy machine's delay or a lost minute of synchronisation; less than any certificate's margin."""
RESOLUTION: Final = timedelta(seconds=1)
"""`Date` is cut off to whole seconds (RFC 9110 6.6.1)."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH: Final = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME: Final = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_FORMS: Final = (
    re.compile(rf"[A-Z][a-z]{{2}}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT"),
    re.compile(rf"[A-Z][a-z]{{5,8}}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT"),
    re.compile(rf"[A-Z][a-z]{{2}} {_MONTH} (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})"),
)
"""The form that a server may send, and the two of old (RFC 850, asctime) that whoever reads must know (RFC 9110 5.6.7)."""
_CENTURY: Final = 69
"""Two digits of a year from here on are of the last century, those below it of this one (POSIX)."""


def peer_date(answer: HttpAnswer | None) -> datetime | None:
    """What the peer's clock said; None where the answer does not tell it, or comes out of a cache (RFC 9111 5.1)."""
    headers = {} if answer is None else answer.headers
    date = headers.get("date", "")
    found = next(filter(None, (form.fullmatch(date) for form in _FORMS)), None)
    return None if found is None or headers.get("age", "0") != "0" else _moment(**found.groupdict())


def _moment(year: str, month: str, day: str, hour: str, minute: str, second: str) -> datetime | None:
    """The moment that these digits are; None where there is none."""
    full = int(year) if len(year) > 2 else int(year) + (1900 if int(year) >= _CENTURY else 2000)  # noqa: PLR2004 - digits
    try:
        return datetime(full, _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:  # the 31st of February, a leap second
        return None


def clock_skew(
    endpoint: Endpoint,
    answer: HttpAnswer | None,
    catalogue: Catalogue,
    *,
    started_at: datetime,
    timings: Sequence[PhaseTiming],
) -> Iterator[Failure]:
    """A warning where the peer's clock was further from ours than the time that the answer was under way can explain."""
    theirs = peer_date(answer)
    if theirs is None:
        return
    earliest, latest = _while_asking(started_at, timings)
    apart, way = theirs - latest, "ahead of"
    if theirs < earliest:
        apart, way = earliest - theirs - RESOLUTION, "behind"
    if apart <= TOLERANCE:
        return
    yield catalogue.failure(
        "prober.clock_skew",
        phase=Phase.RECEIVE,
        confidence=Confidence.PEER_HTTP,
        summary=(
            f"The clock of {endpoint} is {age(apart)} {way} this machine's, by the `Date` of its answer: "
            "whichever of the two is wrong misjudges certificates."
        ),
        evidence=Evidence(detail=f"Date: {moment(theirs)}; here it was {moment(latest)}"),
    )


def _while_asking(started_at: datetime, timings: Sequence[PhaseTiming]) -> tuple[datetime, datetime]:
    """Between these two moments of our clock the answer was written: the request had begun to go out, and it was not yet read."""
    asked = [t.offset_s for t in timings if t.phase is Phase.SEND]
    read = [t.offset_s + t.duration_s for t in timings]
    earliest = started_at + timedelta(seconds=min(asked, default=0.0))
    return earliest, max(earliest, started_at + timedelta(seconds=max(read, default=0.0)))
