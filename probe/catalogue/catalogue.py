"""The closed catalogue of reasons: the only place where a `Failure` is made."""

import dataclasses
import difflib
import functools
import importlib.resources
from collections.abc import Mapping

from probe.catalogue.entry import CodeRow, Entry, matches
from probe.catalogue.parse import longest, parse
from probe.model.certificate import Certificate
from probe.model.failure import Blame, Confidence, Evidence, Failure, Hop, Phase, Severity
from probe.redact.leaving import leaving

__all__ = ["Catalogue", "Entry", "UnknownReason", "load"]


class UnknownReason(Exception):  # noqa: N818 - it says what it is; the rooms agreed on the name
    """A reason, or a pattern of reasons, that is not in the catalogue."""

    def __init__(self, reason: str, *, near: tuple[str, ...] = ()) -> None:
        """Keep the reason, and the existing ones that look like it."""
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"{reason!r} is not in the catalogue{hint}")
        self.reason = reason
        self.near = near


class Catalogue:
    """All reasons, in the order of the data file."""

    def __init__(self, *, version: int, codes: tuple[CodeRow, ...], entries: tuple[Entry, ...]) -> None:
        """Use `load`."""
        self.version = version
        self.codes = codes
        self.entries = entries
        self._by_reason = {entry.reason: entry for entry in entries}
        self._by_alert = {entry.alert: entry for entry in entries if entry.alert is not None}

    def __contains__(self, reason: str) -> bool:
        """Whether the reason exists."""
        return reason in self._by_reason

    def entry(self, reason: str) -> Entry:
        """The entry of exactly this reason; raises `UnknownReason`."""
        try:
            return self._by_reason[reason]
        except KeyError:
            raise self._unknown(reason) from None

    def alert(self, number: int) -> Entry | None:
        """The `tls.alert.…` entry of an IANA alert number; None for a number that IANA has not assigned."""
        return self._by_alert.get(number)

    def find(self, text: str) -> tuple[Entry, ...]:
        """What a person means by a code (`5023`), a reason, or the beginning of one (`tls.client`, `tls.*`)."""
        wanted = text.strip().lower()
        if wanted in self._by_reason:
            return (self._by_reason[wanted],)
        if wanted.isdecimal():
            return tuple(entry for entry in self.entries if str(entry.code) == wanted)
        prefix = wanted.removesuffix("*")
        return tuple(entry for entry in self.entries if prefix and entry.reason.startswith(prefix))

    def with_codes(self, codes: Mapping[str, int]) -> "Catalogue":
        """The same reasons with `codes` (reason or `family.*` -> number) laid over the code table.

        The longest match wins over both tables together. A pattern that covers no reason raises `UnknownReason`.
        """
        for pattern in codes:
            if not any(matches(pattern, entry.reason) for entry in self.entries):
                raise self._unknown(pattern)
        titles = {row.code: row.title for row in self.codes}
        kept = tuple(row for row in self.codes if row.match not in codes)
        added = tuple(CodeRow(match, code, titles.get(code, "")) for match, code in codes.items())
        table = (*kept, *added)
        return Catalogue(
            version=self.version, codes=table, entries=tuple(_recoded(entry, table) for entry in self.entries)
        )

    def failure(
        self,
        reason: str,
        *,
        phase: Phase | None,
        confidence: Confidence,
        summary: str,
        evidence: Evidence | None = None,
        certificate: Certificate | None = None,
        also: tuple[str, ...] = (),
        hop: Hop | None = None,
        blame: Blame | None = None,
        severity: Severity | None = None,
        proxy: str | None = None,
    ) -> Failure:
        """A failure of this reason; None takes the entry's own value. Raises `UnknownReason`, for `also` too."""
        entry = self.entry(reason)
        others = tuple(dict.fromkeys(self.entry(other).reason for other in also if other != reason))
        return Failure(
            code=entry.code,
            title=entry.title,
            reason=reason,
            hop=hop or entry.hop,
            phase=phase,
            blame=blame or entry.blame,
            confidence=confidence,
            retryable=entry.retryable,
            severity=severity or entry.severity,
            # Here texts about what others sent become ours: without secrets, before anybody cuts or wraps them.
            summary=leaving(summary),
            certificate=certificate,
            evidence=_told(evidence or Evidence()),
            also=others,
            runbook=entry.runbook,
            proxy=proxy,
        )

    def _unknown(self, reason: str) -> UnknownReason:
        return UnknownReason(reason, near=tuple(difflib.get_close_matches(reason, self._by_reason, n=2)))


def _told(evidence: Evidence) -> Evidence:
    """The evidence with its free text as it may leave the process."""
    return dataclasses.replace(evidence, detail=leaving(evidence.detail)) if evidence.detail else evidence


def _recoded(entry: Entry, table: tuple[CodeRow, ...]) -> Entry:
    """The entry with the code of the table; a code of the operator's own keeps the entry's title."""
    row = longest(table, entry.reason) or CodeRow(entry.reason, entry.code, entry.title)
    return dataclasses.replace(entry, code=row.code, title=row.title or entry.title)


@functools.cache
def load() -> Catalogue:
    """The catalogue that is shipped with the package, read once."""
    text = importlib.resources.files("probe.catalogue").joinpath("failures.toml").read_text(encoding="utf-8")
    version, codes, entries = parse(text)
    return Catalogue(version=version, codes=codes, entries=entries)
