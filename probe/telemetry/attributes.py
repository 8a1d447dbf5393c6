"""Span attributes: the semantic conventions (v1.44) where they have a name, `paypath.*` where they have none."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from probe.model.answer import HttpAnswer
from probe.model.certificate import Certificate
from probe.model.failure import Failure
from probe.model.observation import (
    CertificatesObservation,
    HandshakeObservation,
    HttpObservation,
    Observation,
    OfflineObservation,
    StripeObservation,
    WaitObservation,
)
from probe.model.outcome import Failed, Outcome, Skipped, Unknown, word
from probe.model.tls import TlsFacts

Attributes = Mapping[str, str | bool | int | float | tuple[str, ...]]

SYNTHETIC: Final[Attributes] = {"user_agent.synthetic.type": "test"}
"""On every span: no dashboard may take these for customers."""


def outcome_attributes(outcome: Outcome) -> Attributes:
    """What became of it; `error.type` is absent unless it failed or we could not tell."""
    described: dict[str, str | int] = {"paypath.outcome": word(outcome)}
    match outcome:
        case Failed(failure) | Unknown(failure):
            described.update(failure_attributes(failure))
        case Skipped(because):
            described["paypath.skipped.because"] = because
    return described


def failure_attributes(failure: Failure) -> dict[str, str | int]:
    """Why: `error.type` is the reason, from the closed catalogue."""
    described: dict[str, str | int] = {
        "error.type": failure.reason,
        "paypath.code": failure.code,
        "paypath.confidence": failure.confidence.value,
        "paypath.blame": failure.blame.value,
        "paypath.hop": failure.hop.value,
    }
    if failure.phase is not None:
        described["paypath.phase"] = failure.phase.value
    if failure.proxy is not None:
        described["paypath.proxy"] = failure.proxy
    if failure.evidence.alert is not None:
        described["paypath.tls.alert"] = failure.evidence.alert
    return described


def warning_attributes(warnings: tuple[Failure, ...]) -> Attributes:
    """The reasons of the warnings, where there are any."""
    return {"paypath.warnings": tuple(warning.reason for warning in warnings)} if warnings else {}


def peer_attributes(observation: Observation) -> Attributes:
    """`server.*` and, where we got that far, `network.peer.*`."""
    if isinstance(observation, OfflineObservation):
        return {}
    endpoint = observation.endpoint
    ported = not endpoint.local  # a unix socket has no port
    described: dict[str, str | int] = {"server.address": endpoint.host}
    described |= {"server.port": endpoint.port} if ported else {}
    if isinstance(observation, HandshakeObservation) and observation.peer_address:
        described |= {
            "network.peer.address": observation.peer_address,
            "network.transport": "tcp" if ported else "unix",
        }
        described |= {"network.peer.port": endpoint.port} if ported else {}
    return described


def tls_attributes(observation: Observation) -> Attributes:
    """`tls.*`: what was negotiated, and the two leaf certificates; never a serial, for the conventions have none."""
    match observation:
        case WaitObservation() | CertificatesObservation():
            return {}
        case HandshakeObservation(tls=facts, presented=presented, identity=identity):
            client = identity.certificates[:1] if identity else ()
            return {**_negotiated(facts), **_side("client", client), **_side("server", presented[:1])}
        case StripeObservation(tls=facts, presented=presented):
            return {**_negotiated(facts), **_side("server", presented[:1])}
        case HttpObservation(tls=facts):
            return _negotiated(facts)


def http_method(observation: Observation) -> str:
    """`http.request.method`; for Stripe derived from the SDK's method where the request was not recorded."""
    match observation:
        case HttpObservation(method=method):
            return method.upper()
        case StripeObservation(http_method=str(method)):
            return method
        case StripeObservation(method=method, writes=True):
            verb = method.rpartition(".")[2]
            return "DELETE" if verb == "delete" or method == "v1.subscriptions.cancel" else "POST"
        case _:
            return "GET"


def http_attributes(observation: Observation, *, resend_count: int) -> Attributes:
    """Of the HTTP client span. The query is left out of `url.full`: it may hold what is nobody's business."""
    described: dict[str, str | int] = {"http.request.method": http_method(observation), "url.scheme": "https"}
    if (path := _http_path(observation)) is not None and not isinstance(observation, OfflineObservation):
        endpoint = observation.endpoint
        authority = endpoint.server_name if endpoint.local else str(endpoint)
        described["url.full"] = f"https://{authority}{path.partition('?')[0].partition('#')[0]}"
    if (answer := http_answer(observation)) is not None:
        described["http.response.status_code"] = answer.status
    if resend_count:
        described["http.request.resend_count"] = resend_count
    if isinstance(observation, StripeObservation):
        described["paypath.stripe.method"] = observation.method
        if observation.request_id:
            described["paypath.stripe.request_id"] = observation.request_id
    return described


def http_answer(observation: Observation) -> HttpAnswer | None:
    """The answer, where one came."""
    match observation:
        case HandshakeObservation(http=answer) | StripeObservation(http=answer) | HttpObservation(answer=answer):
            return answer
        case WaitObservation() | CertificatesObservation():
            return None


def request_span_id(observation: Observation) -> str | None:
    """The span id that went out in `traceparent`."""
    return None if isinstance(observation, OfflineObservation) else observation.request_span_id


def _http_path(observation: Observation) -> str | None:
    match observation:
        case HandshakeObservation(http_path=path) | StripeObservation(http_path=path) | HttpObservation(path=path):
            return path
        case WaitObservation() | CertificatesObservation():
            return None


def _negotiated(facts: TlsFacts) -> dict[str, str | bool | int | float | tuple[str, ...]]:
    described: dict[str, str | bool | int | float | tuple[str, ...]] = {
        "tls.established": facts.established,
        "tls.resumed": facts.resumed,
    }
    if facts.version:
        described |= {"tls.protocol.name": "tls", "tls.protocol.version": facts.version.removeprefix("TLSv")}
    named = {"tls.cipher": facts.cipher, "tls.curve": facts.group, "tls.next_protocol": facts.alpn}
    described |= {key: value for key, value in named.items() if value}
    if facts.alerts:
        described["paypath.tls.alerts"] = tuple(f"{alert.sender}:{alert.name}" for alert in facts.alerts)
    return described


def _side(side: str, leaf: tuple[Certificate, ...]) -> dict[str, str]:
    """One end's certificate; dates in ISO 8601, the hash in upper case as the conventions ask."""
    described: dict[str, str] = {}
    for certificate in leaf:
        described[f"tls.{side}.subject"] = certificate.subject
        described[f"tls.{side}.issuer"] = certificate.issuer
        described[f"tls.{side}.not_before"] = _iso(certificate.not_before)
        described[f"tls.{side}.not_after"] = _iso(certificate.not_after)
        described[f"tls.{side}.hash.sha256"] = certificate.sha256.upper()
    return described


@functools.lru_cache(maxsize=1024)  # the dates of a path's certificates are the same for months
def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
