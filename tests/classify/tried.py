"""A candidate and what was found out about it, made on the spot; healthy unless changed."""

from probe.classify.preflight import judge_preflight
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Skipped, Unknown, word
from probe.model.preflight import CandidateFacts, LiveFacts, Preflight, PreflightCheck, PreflightFacts
from tests.classify import seen

NEW = "/srv/new/tls.crt"
LEAF = seen.certificate(serial="beef", sha256="be" * 32, not_after=seen.NOW + 90 * seen.DAY)
ISSUER = seen.issuer()
ACCEPTED = ("CN=Root",)
CURRENT = seen.identity(seen.certificate(), ISSUER)


def candidate(*chain: object, **changes: object) -> CandidateFacts:
    """A leaf with its intermediate, unless others are given."""
    certificates = chain or (LEAF, ISSUER)
    facts: dict[str, object] = {
        "identity": seen.identity(*certificates, certificate_path=NEW, key_path="/srv/new/tls.key"),
        "chain": certificates,
    }
    return CandidateFacts(**(facts | changes))


def unusable(**changes: object) -> CandidateFacts:
    """Files that hold no certificate at all."""
    identity = seen.identity(certificate_path=NEW, key_path="/srv/new/tls.key", **changes)
    return CandidateFacts(identity=identity)


def passed(identity: object = None, **changes: object) -> HandshakeObservation:
    """A pass that went well, with a connector that names the CA it accepts."""
    facts = {
        "identity": identity or candidate().identity,
        "tls": seen.tls(session_ticket=True, acceptable_cas=ACCEPTED),
    }
    return seen.handshake(**(facts | changes))


def live(**changes: object) -> LiveFacts:
    """A path on which both the current identity and the candidate pass."""
    facts: dict[str, object] = {
        "path": "billing",
        "endpoint": seen.ENDPOINT,
        "control": passed(CURRENT),
        "candidate": passed(),
    }
    return LiveFacts(**(facts | changes))


def facts(**changes: object) -> PreflightFacts:
    """One path, and a current certificate of the same name."""
    found: dict[str, object] = {"at": seen.NOW, "candidate": candidate(), "current": CURRENT, "lives": (live(),)}
    return PreflightFacts(**(found | changes))


def judged(**changes: object) -> Preflight:
    """The judgement on it."""
    return judge_preflight(facts(**changes), seen.CATALOGUE)


def check(found: Preflight, name: str, path: str | None = None) -> PreflightCheck:
    """The one check of that name."""
    (wanted,) = [one for one in found.checks if one.name == name and (path is None or one.path == path)]
    return wanted


def told(found: Preflight, name: str) -> tuple[str, str | None]:
    """Its outcome in a word, and the reason, if any."""
    outcome = check(found, name).outcome
    return word(outcome), outcome.failure.reason if isinstance(outcome, Failed | Unknown) else None


def why(found: Preflight, name: str) -> str:
    """What it says."""
    one = check(found, name)
    assert not isinstance(one.outcome, Skipped) or one.detail == one.outcome.because
    return one.detail
