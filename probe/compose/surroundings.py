"""The real ways out of the process, for the runner; a drill puts others in their place."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from probe.billing.forging import AiohttpSender
from probe.billing.inbox import Inbox
from probe.billing.stripe import SdkCaller
from probe.catalogue.catalogue import Catalogue
from probe.certificates.identity import read_checked_identity, read_identity
from probe.compose.secrets import redactor_of
from probe.model.clock import Clock
from probe.model.identity import LoadedIdentity
from probe.model.path import Identity, PhaseLimits
from probe.model.run import Observer
from probe.redact.text import Redactor
from probe.runner.state import CertificateWatch, Surroundings
from probe.settings.load import Loaded
from probe.steps.context import Seams
from probe.tls.contexts import ContextCache
from probe.transport.diagnosis import Diagnosis
from probe.transport.dial import Dialer, NetworkDialer
from probe.transport.handshake import HandshakeProbe
from probe.transport.http import HttpProbe
from probe.transport.offline import LocalNetwork, SystemNetwork
from probe.transport.references import References
from probe.transport.tunnel import ProxyTunnels
from probe.transport.way import SocketWays


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where runs are made, and how long they wait there."""

    redactor: Redactor
    environment: str
    location: str = "here"
    limits: PhaseLimits


def place_of(loaded: Loaded) -> Place:
    """As it is configured."""
    return Place(
        redactor=redactor_of(loaded), environment=loaded.environment, location=loaded.location, limits=loaded.limits
    )


def surroundings(
    place: Place,
    *,
    catalogue: Catalogue,
    clock: Clock,
    randomness: random.Random,
    observers: Sequence[Observer],
    certificates: CertificateWatch | None = None,
    dialer: Dialer | None = None,
    network: LocalNetwork | None = None,
    references: References | None = None,
    inbox: Inbox | None = None,
) -> Surroundings:
    """The real ways out of the process, sharing one cache of TLS contexts."""
    contexts, dialer = ContextCache(), dialer or NetworkDialer()
    tunnels = ProxyTunnels(dialer=dialer, contexts=contexts, clock=clock, read=read)
    return Surroundings(
        seams=Seams(
            clock=clock,
            handshakes=HandshakeProbe(
                dialer=dialer,
                contexts=contexts,
                clock=clock,
                diagnosis=Diagnosis(dialer=dialer, clock=clock, tunnels=tunnels),
                tunnels=tunnels,
                read=read,
            ),
            http=HttpProbe(dialer=dialer, contexts=contexts, clock=clock, tunnels=tunnels),
            stripe=SdkCaller(
                contexts=contexts, clock=clock, ways=SocketWays(dialer=dialer, clock=clock, tunnels=tunnels)
            ),
            inbox=inbox or Inbox(),
            webhooks=AiohttpSender(contexts),
        ),
        catalogue=catalogue,
        randomness=randomness,
        redactor=place.redactor,
        observers=observers,
        environment=place.environment,
        location=place.location,
        limits=place.limits,
        certificates=certificates,
        network=network or SystemNetwork(),
        references=references,
    )


async def read(identity: Identity, security_level: int | None) -> LoadedIdentity:
    """An identity's files as they are now; what takes long is done beside the loop."""
    checked = read_checked_identity(identity, security_level=security_level)
    if checked is not None:
        return checked
    return await asyncio.to_thread(read_identity, identity, security_level=security_level)
