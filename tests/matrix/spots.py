"""Where each fault of the injector, of the name server and of our own TLS servers is to be found."""

import functools
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from tests.matrix import tls13
from tests.matrix.answers import says
from tests.matrix.cell import Spot
from tests.matrix.cells import answer, network, protocol
from tests.matrix.fleet.door import Door, free_ports
from tests.matrix.injector import (
    BROKEN,
    FOREIGN,
    How,
    Prefaced,
    Relay,
    When,
    after_hello,
    alert_at_hello,
    at_accept,
    dripping,
    end,
    speak,
)
from tests.matrix.material import Material
from tests.matrix.name_server import NameServer
from tests.matrix.servers import ANY, VERSIONS
from tests.matrix.stage import Connection, Stage
from tests.matrix.tls_server import context, curious, lenient, ok, serving
from tests.matrix.wire import FATAL, WARNING, alert, hang_up, send
from tests.servers.process import HOST

Ports = Mapping[Spot, int]


def open_spots(stage: Stage, material: Material, running: ExitStack) -> Ports:
    """Start all of them; returns the port of each."""
    ports = {spot: stage.serve(connection) for spot, connection in _connections(stage, material)}
    for named in (*network.NAMES, network.ADDRESS):
        ports[Spot(named)] = stage.datagrams(functools.partial(NameServer, named))
    ports[network.REFUSED] = _refusing(running)
    (ports[network.DEAD_RESOLVER],) = free_ports(1)
    ports[network.BACKLOG] = _full(running)
    return ports


def _refusing(running: ExitStack) -> int:
    """A port that is bound, so that nobody else can take it, and where nothing listens."""
    bound = running.enter_context(socket.socket())
    bound.bind((HOST, 0))
    port: int = bound.getsockname()[1]
    return port


def _connections(stage: Stage, material: Material) -> Iterator[tuple[Spot, Connection]]:
    for how in network.AT_ACCEPT:
        yield Spot(f"{how} at accept"), functools.partial(at_accept, how=how)
    for how in network.IN_HANDSHAKE:
        yield Spot(f"{how} after the ClientHello"), functools.partial(after_hello, how=how)
    for number in (*protocol.ALERTS, 199):
        yield protocol.alert_spot(number, ANY), functools.partial(alert_at_hello, number=number)
    for name, words in FOREIGN.items():
        for first in (False, True):
            yield protocol.foreign_spot(name, first=first), functools.partial(speak, words=words, first=first)
    for name, words in BROKEN.items():
        yield Spot(name), functools.partial(speak, words=words)
    yield from _odd(stage, material)
    for tls in VERSIONS:
        yield from _of_version(stage, material, tls)


def _of_version(stage: Stage, material: Material, tls: str) -> Iterator[tuple[Spot, Connection]]:
    upstream = stage.serve(serving(context(material, Door(tls)), ok))
    for when in When:
        for how in (How.EOF, How.RESET, How.SILENCE):
            yield network.stage_spot(when, how, tls), Relay(upstream, when, functools.partial(end, how=how))
    yield Spot(network.DRIP, tls), dripping(upstream)
    for number in protocol.ALERTS:
        sending = _alerting(material, number) if tls == "1.3" else _relayed(upstream, number)
        yield protocol.alert_spot(number, tls), sending
    for name in (*answer.TOLD, *answer.ENDINGS):
        yield Spot(name, tls), serving(curious(material, tls), answer.answering(name))
    for name, words in answer.UNASKED.items():
        yield answer.unasked_spot(name, tls), serving(lenient(material, tls), says(words))
    yield Spot("asks for no certificate", tls), serving(lenient(material, tls), ok)


def _odd(stage: Stage, material: Material) -> Iterator[tuple[Spot, Connection]]:
    """Alerts where few peers send them."""
    upstream = stage.serve(serving(context(material, Door("1.2")), ok))
    yield protocol.WARNING_45, _relayed(upstream, 45, level=WARNING)
    other = context(material, Door("1.3"))
    other.set_ecdh_curve("secp384r1")  # the group that we make no share for: it asks for another ClientHello
    refusing = functools.partial(_alert_and_end, number=40)
    yield protocol.RETRY_40, Relay(stage.serve(serving(other, ok)), When.SERVER_HELLO, refusing)
    for tls in VERSIONS:
        whole = stage.serve(serving(context(material, Door(tls)), ok))
        yield Spot(protocol.WARNING_112, tls), Prefaced(whole, alert(112, WARNING))


async def _alert_and_end(sock: socket.socket, number: int, level: int = FATAL) -> None:
    await send(sock, alert(number, level))
    await hang_up(sock)


def _alerting(material: Material, number: int) -> Connection:
    """Under TLS 1.3 the alert is encrypted: only who holds the keys can send it."""

    async def connection(sock: socket.socket) -> None:
        await tls13.alert_after_handshake(sock, material.servers["good"].issued, number)
        await hang_up(sock)

    return connection


def _relayed(upstream: int, number: int, level: int = FATAL) -> Connection:
    """Under TLS 1.2 a server that has not yet changed to encryption sends it in plain text: a relay can."""
    return Relay(upstream, When.CLIENT_FLIGHT, functools.partial(_alert_and_end, number=number, level=level))


def _full(running: ExitStack) -> int:
    """A port whose accept queue is full: the kernel lets every further SYN fall."""
    listener = running.enter_context(socket.create_server((HOST, 0), backlog=0))
    port: int = listener.getsockname()[1]
    for _ in range(8):
        waiting = running.enter_context(socket.socket())
        waiting.setblocking(False)  # noqa: FBT003 - socket's own signature
        waiting.connect_ex((HOST, port))
    return port
