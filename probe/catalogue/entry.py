"""One reason of the catalogue, and the rows of its code table."""

from dataclasses import dataclass

from probe.model.failure import Blame, Hop, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Everything that is known about a reason before it happens."""

    reason: str
    """Stable dotted name, `tls.client_cert.expired`."""
    headline: str
    """A few words that lead in pages and titles: `client certificate expired`."""
    code: int
    title: str
    """The billing service's text for the code. Never shown without the reason."""
    hop: Hop
    blame: Blame
    retryable: bool
    """May succeed without anybody changing anything."""
    severity: Severity
    meaning: str
    """Two or three sentences for a tired engineer."""
    first_steps: tuple[str, ...]
    """What to do, in order; commands in backticks, upper-case words to be filled in."""
    runbook: str
    """`docs/runbooks/….md#…`, relative to the project."""
    alert: int | None = None
    """IANA number, for the entries `tls.alert.…`."""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One row of the table from reasons to customer-facing codes."""

    match: str
    """A reason, or a family as `tls.*`."""
    code: int
    title: str


def matches(pattern: str, reason: str) -> bool:
    """Whether `pattern` (a reason, or `family.*`) covers `reason`."""
    if pattern.endswith(".*"):
        return reason.startswith(pattern[:-1])
    return pattern == reason


def anchor(reason: str) -> str:
    """The anchor that GitHub and MkDocs give a heading that consists of the reason: letters, digits, `_` and `-`."""
    return "".join(c for c in reason.lower() if c.isalnum() or c in "_-")
