"""The peers of a path, each with what its certificates are held as: the connector, a proxy in front of it, what stands behind it."""

from collections.abc import Iterator

from probe.model.failure import Hop
from probe.model.observation import HandshakeObservation, Observation, StripeObservation
from probe.model.path import Connector, PaymentPath, Proxy
from probe.model.watch import Held

Side = Connector | Proxy


def sides_of(path: PaymentPath) -> Iterator[tuple[Side, Held]]:
    """In the order in which people want to read them."""
    yield path.connector, Held.PEER
    if path.connector.proxy is not None:
        yield path.connector.proxy, Held.PROXY
    if path.connector.upstream is not None:
        yield path.connector.upstream, Held.UPSTREAM


def seen_of(observation: Observation) -> Iterator[tuple[Held, Observation]]:
    """What an observation shows of each of them. In the tunnel of a connector that is a proxy, a call shows what is behind it."""
    match observation:
        case HandshakeObservation():
            yield Held.PEER, observation
            if observation.upstream is not None:
                yield Held.UPSTREAM, observation.upstream
        case StripeObservation(hop=Hop.CONNECTOR_STRIPE):
            yield Held.UPSTREAM, observation
        case _:
            yield Held.PEER, observation
    leg = getattr(observation, "proxy", None)
    if isinstance(leg, HandshakeObservation):
        yield (Held.PEER if leg.tunnel_to is not None else Held.PROXY), leg
