"""First steps with what the run knows in place of their placeholders: a command to copy, not one to think about at night.

The catalogue writes `FILE`, `HOST:PORT`, … inside of backticks. What the run does not know stays as it is.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from probe.classify.place import PROXYS_WORD
from probe.model.certificate import Certificate, SourceKind
from probe.model.failure import Failure, Phase
from probe.model.identity import IdentityFacts
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation
from probe.model.run import Run
from probe.report.facts import Networked, told_by
from probe.report.reaching import by_the_way
from probe.report.trying import TRIED_WHERE, tried, trying
from probe.report.words import is_behind, is_of_either, of_the_proxy, of_the_upstream, printable

_COMMAND: Final = re.compile(r"`[^`]*`")
_OURS: Final = ("tls.client_cert.", "tls.client_key.")

_ITS_OWNERS: Final = (
    "Tell the connector's operators: the identity is the connector's own, and what follows is for whoever renews it."
)
_OF_THE_TUNNEL: Final = "Ask for the log of the proxy {proxy} first: did its own connection onwards stand when it answered 200, and who ended it?"
_PREFLIGHT: Final = re.compile(r"\bpaypath preflight(?= --cert\b)")
_MISMATCH: Final = "tls.client_key.mismatch"
_LATER: Final = "later certificate of the file"
"""What the step says that is for a file in the wrong order."""
_NO_IDENTITY: Final = re.compile(r" --?cert CRT --?key KEY\b")
"""Options of a command for which there are no files."""
_ALONE: Final = r"(?<![\w/.]){}(?![\w/.])"
_PLACES: Final[Mapping[str, re.Pattern[str]]] = {
    what: re.compile(place)
    for what, place in {
        "host_port": r"()(?<![\w:.])HOST:PORT(?![\w:.])",
        "host": "()" + _ALONE.format("HOST"),
        "port": "()" + _ALONE.format("PORT"),
        "server_name": r"()-servername NAME\b",
        "name": r"(\bdig (?:\+\w+ |A |AAAA )*)NAME\b",
        "file": r"()(?<!xxd )" + _ALONE.format("FILE"),
        "certificate": r"(-(?:cert|in) )CRT\b",
        "key": r"(-(?:key|in) )KEY\b",
        "trust": r"((?:--ca|--cacert|-certs|-certfile|-CAfile) )CA(?:\.pem)?(?![\w.])",
        "crl": r"(-in )CRL\b",
        "serial": r"(-i )SERIAL\b",
        "path": r"(unlock )PATH\b",
        "address": r"(route get )ADDRESS\b",
        "errno": r"((?:errorcode\[|strerror\())N\b",
    }.items()
}
"""What is known -> where it stands in a command, behind the first group. `NAME` is a host only after `dig`: elsewhere it is
a Kubernetes object; a file that `xxd` shows holds a password, and its name is not ours to print."""


def filled(steps: Iterable[str], run: Run, failure: Failure) -> tuple[str, ...]:
    """The steps with the actual files, hosts and names in their commands."""
    told = told_by(run)
    shaken = _about(failure, told.handshake)
    identity = shaken.identity if isinstance(shaken, HandshakeObservation) else None
    fitting = _of_the_order(steps, failure, identity)
    hop = _stopped(_about(failure, told.first_hop))
    steps = _told(by_the_way(fitting, hop), _known(run, failure), failure)
    if hop is None or hop.proxy is None or not is_of_either(failure):
        return steps
    return (_OF_THE_TUNNEL.format(proxy=printable(str(hop.proxy.endpoint))), *steps)


def filled_for(
    steps: Iterable[str], failure: Failure, identity: IdentityFacts, seen: HandshakeObservation | None
) -> tuple[str, ...]:
    """The same for an identity that was tried, by the pass that was made with it, if any."""
    hop = _stopped(seen)
    known = _quoted({**_where(hop), **_verified_with(seen), **_files(failure, identity)})
    return _told(by_the_way(_of_the_order(steps, failure, identity), hop), known, failure)


def _about(failure: Failure, hop: Networked | None) -> Networked | None:
    """The pass that the failure is about: the second, where it failed there; in the tunnel of a connector that is a proxy."""
    if not isinstance(hop, HandshakeObservation) or hop.upstream is None or not is_behind(failure):
        return hop
    return hop.upstream if hop.tunnel_to is None else replace(hop.upstream, proxy=hop)


def _of_the_order(steps: Iterable[str], failure: Failure, identity: IdentityFacts | None) -> tuple[str, ...]:
    """Of the steps for a key that does not fit, those for a file in the wrong order, or those for a pair of two issues."""
    found = tuple(steps)
    if failure.reason != _MISMATCH or identity is None:
        return found
    wrong_order = identity.fits is not None
    return tuple(step for step in found if (_LATER in step) is wrong_order) or found


def _told(steps: Iterable[str], known: Mapping[str, str], failure: Failure) -> tuple[str, ...]:
    if {"tried_at", "tried_by"} & known.keys() or (is_behind(failure) and "identity" in known):
        steps = [TRIED_WHERE.sub("", step) for step in steps]
    if is_behind(failure):
        steps = _behind_the_connector(steps, known, failure)
    elif failure.proxy is not None and not failure.reason.startswith(PROXYS_WORD):
        steps = map(of_the_proxy, steps)
    return tuple(_COMMAND.sub(lambda command: _fill(command.group(), known), step) for step in steps)


def _behind_the_connector(steps: Iterable[str], known: Mapping[str, str], failure: Failure) -> Iterator[str]:
    """For the second hop, whose client is the connector: its identity is not ours to renew."""
    if failure.reason.startswith(_OURS):
        yield _ITS_OWNERS
    named = f"paypath preflight --identity {known['identity']}" if "identity" in known else "paypath preflight"
    for step in steps:
        commands = _COMMAND.findall(step)
        words = [of_the_upstream(part, failure) for part in _COMMAND.split(step)]
        told = "".join(f"{said}{command}" for said, command in zip(words, (*commands, ""), strict=True))
        yield _PREFLIGHT.sub(lambda _: named, told)


def _fill(command: str, known: Mapping[str, str]) -> str:
    if "certificate" not in known:
        command = _NO_IDENTITY.sub("", command)
    command = trying(command, known)
    for what, place in _PLACES.items():
        value = known.get(what)
        if value is not None:
            command = place.sub(_behind(value), command)
    return command


def _behind(value: str) -> Callable[[re.Match[str]], str]:
    """A replacement that keeps the first group; as a function, so that a backslash in `value` means nothing."""
    return lambda found: found.group(1) + value


def _known(run: Run, failure: Failure) -> dict[str, str]:
    told = told_by(run)
    hop, handshake = _stopped(_about(failure, told.first_hop)), _stopped(_about(failure, told.handshake))
    shaken = handshake if isinstance(handshake, HandshakeObservation) else None
    identity = shaken.identity if shaken else None
    known = {"path": run.path, **_where(hop), **_verified_with(shaken), **_files(failure, identity)}
    more = tried(run, failure, told.handshake, shaken)
    return _quoted(known) | more | ({} if failure.evidence.errno is None else {"errno": str(failure.evidence.errno)})


def _files(failure: Failure, identity: IdentityFacts | None) -> dict[str, str]:
    """The identity's two files, the one that the steps mean, and the serial of the certificate that is spoken of."""
    found: dict[str, str] = {}
    if identity is not None:
        found |= {"certificate": identity.certificate_path, "identity": identity.name}
        found |= {"key": identity.key_path} if identity.key_path else {}
    file = _file(failure, identity)
    found |= {"file": file} if file else {}
    return found | ({"serial": failure.certificate.serial} if failure.certificate else {})


def _quoted(found: Mapping[str, str]) -> dict[str, str]:
    """As they are to be typed."""
    raw = {"server_name"}  # an option and its value
    return {name: value if name in raw else shlex.quote(printable(value)) for name, value in found.items()}


def _stopped(hop: Networked | None) -> Networked | None:
    """What the steps are about: the leg to the proxy where that did not lead any further."""
    if hop is None or hop.proxy is None or hop.ended is Ended.COMPLETED or hop.phase is not Phase.TCP:
        return hop
    return hop.proxy


def _where(hop: Networked | None) -> dict[str, str]:
    if hop is None:
        return {}
    endpoint = hop.endpoint
    name = endpoint.server_name
    asked = "-noservername" if _is_address(name) else f"-servername {shlex.quote(printable(name))}"
    if endpoint.local:
        return {"server_name": asked}
    found = {"host_port": str(endpoint), "host": endpoint.host, "port": str(endpoint.port), "server_name": asked}
    peer = hop.peer_address if isinstance(hop, HandshakeObservation) and hop.proxy is None else None
    found |= {"address": peer} if peer else {}
    return {**found, "address": endpoint.host} if _is_address(endpoint.host) else {**found, "name": endpoint.host}


def _verified_with(handshake: HandshakeObservation | None) -> dict[str, str]:
    if handshake is None:
        return {}
    files = {"trust": handshake.trust, "crl": handshake.crl}
    return {name: file for name, file in files.items() if file is not None}


def _file(failure: Failure, identity: IdentityFacts | None) -> str | None:
    """The file that a step about this reason means: the one at fault, else that of the certificate that is spoken of."""
    if identity is not None and identity.fault_path and failure.reason.startswith(_OURS):
        return identity.fault_path
    if (spoken_of := _source(failure.certificate)) is not None:
        return spoken_of
    if identity is not None and failure.reason.startswith(_OURS[0]):
        return identity.certificate_path
    return identity.key_path if identity is not None and failure.reason.startswith(_OURS[1]) else None


def _source(certificate: Certificate | None) -> str | None:
    if certificate is None or certificate.source.kind is not SourceKind.FILE:
        return None
    # What verification added of its own comes from "the system's trust store", which is no path.
    return certificate.source.location if certificate.source.location.startswith(("/", ".", "~")) else None


def _is_address(host: str) -> bool:
    return ":" in host or re.fullmatch(r"[\d.]+", host) is not None
