"""Whether the candidate's file leads up to a CA that the connector knows, and which intermediate it lacks where it does not."""

from collections.abc import Iterator

from probe.catalogue.catalogue import Catalogue
from probe.classify.preflight_files import NO_CERTIFICATE, check, objection
from probe.classify.wording import described
from probe.model.certificate import Certificate
from probe.model.failure import Confidence, Failure, Severity
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Passed, Skipped
from probe.model.preflight import LiveFacts, PreflightCheck, PreflightFacts

_NAME = "chain-complete"


def chain_complete(facts: PreflightFacts, catalogue: Catalogue, *, accepted: bool) -> PreflightCheck:
    """Where every live path has `accepted` the candidate, a gap is only a warning: another server may not close it."""
    candidate = facts.candidate
    if not candidate.chain:
        return check(_NAME, Skipped(NO_CERTIFICATE))
    top = candidate.chain[-1]
    gap = None if top.self_issued else _gap(facts, top, catalogue)
    if gap is not None and accepted:
        return check(_NAME, Passed(), "the connector closes a gap in it by itself", warnings=(_lesser(gap, catalogue),))
    if gap is not None:
        return check(_NAME, Failed(gap))
    where = next(_anchors(facts, top, accepted=accepted), None)
    if where is None:
        return check(_NAME, Skipped(f"it ends below {top.issuer}, of which nothing is known here"))
    return check(_NAME, Passed(), f"up to {where}")


def _anchors(facts: PreflightFacts, top: Certificate, *, accepted: bool) -> Iterator[str]:
    """Why the file may end with `top`, the surest first."""
    if top.self_issued:
        yield f"{top.subject}, which signed itself"
    if top.issuer in acceptable(facts.lives):
        yield f"{top.issuer}, which the connector names as acceptable"
    if facts.current is not None and top.issuer in {c.issuer for c in facts.current.certificates}:
        yield f"{top.issuer}, as the current one"
    if accepted:
        yield f"{top.issuer}, and the connector accepts it"


def _gap(facts: PreflightFacts, top: Certificate, catalogue: Catalogue) -> Failure | None:
    """What is missing between the file's last certificate and a root."""
    impostor = facts.candidate.impostor
    if impostor is not None:
        text = (
            f"{described(impostor)} bears the name of the issuer of {top.subject}, and did not sign it: "
            "it is another CA of that name"
        )
        return objection(catalogue, "tls.client_cert.chain_incomplete", text, certificate=impostor)
    missing = known_intermediate(facts, top)
    if missing is None or top.issuer in acceptable(facts.lives):
        return None
    text = (
        f"{described(top)} was issued by the intermediate {missing.subject}, which is not in that file; "
        f"it stands in {missing.source.location}"
    )
    return objection(
        catalogue, "tls.client_cert.chain_incomplete", text, certificate=top, confidence=Confidence.INFERRED
    )


def _lesser(gap: Failure, catalogue: Catalogue) -> Failure:
    return catalogue.failure(
        gap.reason,
        phase=None,
        confidence=gap.confidence,
        summary=f"{gap.summary} The connector accepts it all the same: it has the intermediate itself.",
        certificate=gap.certificate,
        severity=Severity.TICKET,
    )


def known_intermediate(facts: PreflightFacts, below: Certificate) -> Certificate | None:
    """The issuer of `below`, where it is seen elsewhere to be an intermediate: in the current file, or in the connector's chain."""
    return next((c for c in _elsewhere(facts) if c.subject == below.issuer and c.is_ca and not c.self_issued), None)


def _elsewhere(facts: PreflightFacts) -> Iterator[Certificate]:
    yield from facts.current.certificates if facts.current else ()
    for live in facts.lives:
        for seen in legs(live):
            yield from (*seen.presented, *seen.built)


def legs(live: LiveFacts) -> Iterator[HandshakeObservation]:
    """What was seen of the peer that the identity is for: the connector, or the proxy in front of it."""
    for seen in (live.candidate, live.control):
        leg = seen.proxy if seen is not None and live.proxied else seen
        if leg is not None:
            yield leg


def acceptable(lives: tuple[LiveFacts, ...]) -> frozenset[str]:
    """RFC 4514 names of the CAs that the peers say they accept, whichever handshake or second look showed them."""
    seen = [leg for live in lives for leg in legs(live)]
    in_the_handshake = [leg.tls.acceptable_cas for leg in seen]
    at_the_second_look = [leg.diagnostics.acceptable_cas for leg in seen if leg.diagnostics is not None]
    return frozenset(name for names in (*in_the_handshake, *at_the_second_look) for name in names)
