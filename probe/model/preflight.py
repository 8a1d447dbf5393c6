"""A new identity before it is rolled out: what its files hold, what the live path says to it, and the judgement."""

from dataclasses import dataclass, field
from datetime import datetime

from probe.model.certificate import Certificate
from probe.model.failure import Failure
from probe.model.identity import IdentityFacts
from probe.model.network import Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Outcome, Unknown
from probe.model.watch import Care


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFacts:
    """The two files that somebody wants to roll out."""

    identity: IdentityFacts
    """As every run would read them."""
    chain: tuple[Certificate, ...] = ()
    """The leaf, then each issuer of the file that really signed what stands before it."""
    impostor: Certificate | None = None
    """Bears the name of the issuer that comes next, and did not sign: an older or newer CA of the same name."""
    signs: bool = True
    """The leaf's key usage allows digitalSignature, or the extension is absent (RFC 5280 4.2.1.3)."""
    format: str | None = None
    """What a file holds instead of PEM, and the command that converts it; None where it is PEM, or nothing known."""
    swapped: bool = False
    """The certificate's file holds a key, and the key's file a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFacts:
    """One path that would use the candidate."""

    path: str
    endpoint: Endpoint
    proxied: bool = False
    """The identity is the one for the proxy in front of this path, not for its connector."""
    control: HandshakeObservation | None = None
    """A pass with the current identity; None where there is none."""
    candidate: HandshakeObservation | None = None
    """The same with the candidate; None where it cannot be offered, or nobody waited for it."""
    any_answer: bool = False
    """No health path is configured: any answer below 500 will do."""
    interrupted: bool = False
    """Somebody stopped us before the passes were made."""
    shut: Failed | Unknown | None = None
    """Why nothing may be sent on the path; no pass was made then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightFacts:
    """Everything that was found out."""

    at: datetime
    candidate: CandidateFacts
    current: IdentityFacts | None = None
    """What is to be replaced; None where nothing is known of it."""
    security_level: int = 2
    """OpenSSL's, the strictest of the paths."""
    lives: tuple[LiveFacts, ...] = ()
    care: Care = field(default_factory=Care)
    """How the current identity is looked after: its rungs, which the candidate should stand above."""
    allow_new_name: bool = False
    """Another subject and other names than the current ones are meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightCheck:
    """One question about the candidate, and its answer."""

    name: str
    """Stable, `key-matches`."""
    outcome: Outcome
    detail: str
    path: str | None = None
    """The path that was asked; None for what the files alone tell."""
    warnings: tuple[Failure, ...] = ()
    """What is worth knowing although it stands in nobody's way."""
    decides: bool = True
    """False for the control: the current identity is not what is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """The judgement on a candidate."""

    at: datetime
    outcome: Outcome
    """Failed with the first objection; unknown with why it could not be told."""
    checks: tuple[PreflightCheck, ...]
    objections: tuple[Failure, ...]
    """In the order of the checks, each once."""
    warnings: tuple[Failure, ...]
    candidate: Certificate | None
    current: Certificate | None
    mends: tuple[str, ...] = ()
    """Paths that do not work with the current identity now, and do with the candidate."""
    down: tuple[str, ...] = ()
    """Paths that do not work with either."""
    facts: PreflightFacts
