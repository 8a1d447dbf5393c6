"""The command that tries a new certificate, so that it can tell: by itself it knows the only identity of a configuration, and no more."""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Final

from probe.model.failure import Failure
from probe.model.observation import HandshakeObservation
from probe.model.run import Run
from probe.report.facts import Networked
from probe.report.typed import UNCONFIGURED
from probe.report.words import is_behind, printable

TRIED_WHERE: Final = re.compile(r" \(`--identity NAME` where [^()]*\)")
"""What the catalogue says of the options of `preflight`, where the command itself cannot have them."""

_PREFLIGHT: Final = re.compile(r"\bpaypath preflight(?= --cert\b)")
_PAIR: Final = re.compile(r"\bpaypath preflight --cert ([^\s`]+) --key ([^\s`]+)")


def trying(command: str, known: Mapping[str, str]) -> str:
    """The command with the options of `tried`, where it is one that tries a certificate."""
    if "tried_by" in known:
        return _PAIR.sub(lambda pair: f"{known['tried_by']} --proxy-cert {pair[1]} --proxy-key {pair[2]}", command)
    if "tried_at" in known:
        return _PREFLIGHT.sub(lambda found: f"{found.group()} {known['tried_at']}", command)
    return command


def tried(run: Run, failure: Failure, seen: Networked | None, shaken: HandshakeObservation | None) -> dict[str, str]:
    """By which options a new certificate is tried where this one failed (`tried_at`), or, on a leg to a proxy that was typed, by which command (`tried_by`).

    `seen` is the pass, `shaken` what the failure is about: the pass, or its leg to the proxy.
    """
    if is_behind(failure) or seen is None or shaken is None:
        return {}
    leg = seen.proxy is not None and shaken is seen.proxy
    if leg is (failure.proxy is None):
        return {}
    if run.environment != UNCONFIGURED:
        named = shaken.identity.name if shaken.identity is not None else None
        return {} if named is None else {"tried_at": _typed(["--identity", named])}
    if seen.proxy is not None and leg:
        own = ["--proxy-ca", shaken.trust] if shaken.trust is not None else []
        return {"tried_by": _typed(["paypath", "diagnose", str(seen.endpoint), *_options(seen), *_files(seen), *own])}
    return {"tried_at": _typed(["--connector", str(seen.endpoint), *_options(seen)])}


def _options(seen: Networked) -> Iterable[str]:
    """What else was typed of the way to the connector."""
    if seen.endpoint.server_name != seen.endpoint.host:
        yield from ("--server-name", seen.endpoint.server_name)
    if isinstance(seen, HandshakeObservation) and seen.trust is not None:
        yield from ("--ca", seen.trust)
    if seen.proxy is not None:
        yield from ("--proxy", f"{'http' if seen.proxy.tls.version is None else 'https'}://{seen.proxy.endpoint}")


def _files(seen: Networked) -> Iterable[str]:
    """The identity that the connector itself is shown."""
    identity = seen.identity if isinstance(seen, HandshakeObservation) else None
    if identity is not None and identity.key_path is not None:
        yield from ("--cert", identity.certificate_path, "--key", identity.key_path)


def _typed(words: Iterable[str]) -> str:
    return " ".join(shlex.quote(printable(word)) for word in words)
