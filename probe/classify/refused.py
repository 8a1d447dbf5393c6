"""Whether a connector refused a client that showed no certificate: here the refusal is what is wanted."""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.addresses import every, untried
from probe.classify.judgement import Judgement
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Evidence, Failure
from probe.model.observation import HandshakeObservation, HttpObservation
from probe.model.outcome import Failed, Passed

_BY_STATUS: Final = frozenset({401, 403})
"""RFC 9110 15.5: nobody, or not this one. nginx's own ways of refusing a certificate are judged as TLS reasons before."""
_NO_TUNNEL: Final = frozenset({"connector.proxy_refused", "connector.proxy_auth_required"})
"""How a connector that is a proxy refuses whom it does not know: Smokescreen finishes the handshake, and answers 407."""
_BREAKS: Final = frozenset({"tls.closed_by_peer", "tls.reset_by_peer", "connector.closed_after_handshake"})
"""Ways to refuse without saying so; only of a peer that had asked for a certificate, or they prove nothing."""


def judge_refused(
    judged: Judgement, observation: HandshakeObservation | HttpObservation, catalogue: Catalogue
) -> Judgement:
    """The judgement on a pass without a client certificate, turned round, at each address for itself. What else is broken stays as it was judged."""
    if not isinstance(observation, HandshakeObservation) or not judged.addresses:
        return _at_one(judged, observation, catalogue)
    at_each = zip(judged.addresses, observation.addresses, strict=True)
    turned = [(address, _at_one(Judgement(outcome), seen, catalogue)) for (address, outcome), seen in at_each]
    return every(turned, untried(observation, catalogue))


def _at_one(judged: Judgement, observation: HandshakeObservation | HttpObservation, catalogue: Catalogue) -> Judgement:
    answer = observation.http if isinstance(observation, HandshakeObservation) else observation.answer
    match judged.outcome:
        case Failed(failure) if _refuses(failure, observation):
            return Judgement(Passed())
        case Passed() if answer is not None and answer.status in _BY_STATUS:
            return Judgement(Passed())
        case Passed():
            return Judgement(Failed(_not_refused(observation, answer, catalogue)))
        case _:
            return judged


def _refuses(failure: Failure, observation: HandshakeObservation | HttpObservation) -> bool:
    if failure.proxy is not None:
        return False
    if failure.reason in _NO_TUNNEL:
        return True
    asked = observation.tls.client_certificate_requested is True
    return failure.reason.startswith("tls.client_cert.") or (asked and failure.reason in _BREAKS)


def _not_refused(
    observation: HandshakeObservation | HttpObservation, answer: HttpAnswer | None, catalogue: Catalogue
) -> Failure:
    did = "finished the handshake" if answer is None else f"answered HTTP {answer.status}"
    return catalogue.failure(
        "connector.not_refused",
        phase=observation.phase,
        confidence=Confidence.PROVEN,
        summary=f"The connector {observation.endpoint} {did}, although no client certificate was shown to it.",
        evidence=Evidence(http_status=None if answer is None else answer.status),
    )
