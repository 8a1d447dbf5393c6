"""Commands of the first steps by the way that leads to the connector: over a unix socket, or through a proxy, no plain one arrives."""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from probe.model.network import Endpoint
from probe.model.observation import HandshakeObservation
from probe.report.facts import Networked
from probe.report.words import printable

_COMMAND: Final = re.compile(r"`[^`]*`")
_S_CLIENT: Final = re.compile(r"-connect HOST:PORT\b")
_CURL: Final = re.compile(r"\bcurl (?=-|http)")
_URL: Final = re.compile(r"://HOST:PORT\b")
_NETCAT: Final = re.compile(r"\bnc (?:-vz )?HOST PORT\b")
_DIRECT: Final = re.compile(r"\b(?:traceroute|nmap|nc|ip route|dig|s_client)\b")
_FROM_THE_PROXY: Final = " (from the proxy's machine: this one has no way of its own.)"


def by_the_way(steps: Iterable[str], hop: Networked | None) -> tuple[str, ...]:
    """The steps with commands that go where `hop` went; what cannot is left out, or said to belong on the proxy's machine."""
    if hop is None:
        return tuple(steps)
    if hop.endpoint.local:
        return tuple(_over_socket(steps, hop.endpoint))
    return tuple(steps) if hop.proxy is None else tuple(_through(step, hop.proxy) for step in steps)


def _over_socket(steps: Iterable[str], endpoint: Endpoint) -> Iterator[str]:
    socket, name = shlex.quote(printable(endpoint.host)), printable(endpoint.server_name)
    for step in steps:
        there = _S_CLIENT.sub(lambda _: f"-unix {socket}", step)
        there = _NETCAT.sub(lambda _: f"nc -zU {socket}", there)
        there = _CURL.sub(lambda _: f"curl --unix-socket {socket} ", _URL.sub(lambda _: f"://{name}", there))
        if not any(re.search(r"\bHOST\b|\bADDRESS\b", command) for command in _COMMAND.findall(there)):
            yield there


def _through(step: str, leg: HandshakeObservation) -> str:
    proxy = shlex.quote(printable(str(leg.endpoint)))
    secure = leg.tls.version is not None
    there = _CURL.sub(lambda _: f"curl --proxy {'https' if secure else 'http'}://{proxy} ", step)
    if not secure:
        there = _S_CLIENT.sub(lambda _: f"-proxy {proxy} -connect HOST:PORT", there)
        there = _NETCAT.sub(lambda _: f"nc -X connect -x {proxy} HOST PORT", there)
    commands = _COMMAND.findall(there)
    lost = any(_DIRECT.search(command) and proxy not in command for command in commands)
    return f"{there.removesuffix('.')}{_FROM_THE_PROXY}" if lost else there
