"""A path whose runs are told to the pager's decision one after the other."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from probe.catalogue.catalogue import load
from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.model.failure import Confidence, Failure, Phase, Severity
from probe.model.paging import Named, Page, PageRules, PathState, Seen
from probe.verdict.paging import decide

What = bool | Failure | None
"""`PASS`, what failed, or None for a run that could not tell."""
PASS = True
START = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)


def failure(
    reason: str,
    *,
    confidence: Confidence = Confidence.INFERRED,
    severity: Severity | None = None,
    certified: bool = False,
) -> Failure:
    """A failure of the catalogue."""
    return load().failure(
        reason,
        phase=Phase.TLS,
        confidence=confidence,
        summary=f"It is {reason}.",
        severity=severity,
        certificate=CERTIFICATE if certified else None,
    )


CERTIFICATE = Certificate(
    role=CertificateRole.CLIENT,
    subject="CN=d200",
    issuer="CN=ca",
    serial="01",
    not_before=START - timedelta(days=365),
    not_after=START,
    sha256="aa" * 32,
    san=(),
    source=Source(SourceKind.FILE, "/tls.crt"),
)
EXPIRED = failure("tls.client_cert.expired", confidence=Confidence.PROVEN, certified=True)
REFUSED = failure("tcp.refused", confidence=Confidence.PROVEN)
TIMEOUT = failure("connector.timeout")
STRIPE = failure("stripe.api_error")
LIVE = failure("charge.live_mode", confidence=Confidence.PROVEN)
TICKET = failure("stripe.api_error", severity=Severity.TICKET)


class Path:
    """One path, one run every ten seconds."""

    def __init__(self, rules: PageRules | None = None) -> None:
        """Nothing has run."""
        self.rules = rules or PageRules()
        self.state = PathState()
        self.now = START
        self.pages: list[Page] = []

    def run(self, what: What, scenario: str = "handshake", *, after_s: float = 10.0, quiet: bool = False) -> list[str]:
        """The next run; the actions of what is sent because of it."""
        self.now += timedelta(seconds=after_s)
        self.state, pages = decide(self.state, self.seen(what, scenario), self.rules, quiet=quiet)
        self.pages += pages
        return [page.action.value for page in pages]

    def seen(self, what: What, scenario: str = "handshake") -> Seen:
        """A run as the pager is told of it, now."""
        failed = what if isinstance(what, Failure) else None
        return Seen(
            environment="staging",
            location="here",
            path="billing",
            scenario=scenario,
            at=self.now,
            up=None if what is None else what is True,
            failure=failed,
            named=None if failed is None else named(failed),
        )

    def runs(self, *what: What, scenario: str = "handshake") -> list[str]:
        """Several, one after the other."""
        return [action for each in what for action in self.run(each, scenario)]

    def titles(self) -> Sequence[str]:
        """What people have read."""
        return [page.title for page in self.pages]


def named(found: Failure) -> Named:
    """As the pager names it."""
    return Named(
        code=found.code,
        reason=found.reason,
        headline=load().entry(found.reason).headline,
        summary=found.summary,
        hop=found.hop.value,
        blame=found.blame.value,
        confidence=found.confidence.value,
        runbook=found.runbook,
    )
