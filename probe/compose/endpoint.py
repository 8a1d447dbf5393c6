"""One endpoint in depth: what the on-call engineer types, with or without a configuration."""

import asyncio
import pathlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from pydantic_core import PydanticCustomError

from probe.catalogue.catalogue import load
from probe.compose.codes import coded
from probe.compose.secrets import redactor_of, secrets_of
from probe.compose.shut import InPassing, looking_at_latches
from probe.compose.surroundings import surroundings
from probe.documents.masking import holds_live_key
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.documents.silence import refuse_silent
from probe.model.clock import SystemClock
from probe.model.network import Endpoint
from probe.model.path import (
    Connector,
    ConnectorKind,
    Diagnostics,
    Identity,
    PaymentPath,
    PhaseLimits,
    Proxy,
    TlsVersion,
    Verify,
)
from probe.model.run import Run
from probe.model.scenario import HandshakeAction, Scenario, StepKind, StepPlan
from probe.model.secret import Secret
from probe.redact.leaving import learned
from probe.redact.text import Redactor
from probe.runner.latching import Latching
from probe.runner.runner import Runner
from probe.runner.state import Surroundings
from probe.settings.fields import KEY_HINT, credentials, proxy_url, server_name, split_url
from probe.settings.load import Loaded, load_settings
from probe.tls.contexts import ContextCache, ContextError

_PHASES = 7
_TIMEOUT_S = 5.0
_SPOKEN = ("http/1.1", "http/1.0")
"""ALPN names of what we can ask a question in."""
_ARGUMENTS = {
    "trust": ("--ca", "name a PEM file of certificates or a directory of such files"),
    "crl": ("--crl", "name a PEM file with the revocation list of the server's issuer"),
    "ciphers": ("--ciphers", "see `openssl ciphers -v` for what there is"),
    "alpn": ("--alpn", "a name has 1 to 255 characters, such as http/1.1"),
}
"""Part of a TLS context -> the argument that it comes from, and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How far to look, whatever is looked at."""

    timeout_s: float | None = None
    """For each phase; None: the configuration's limits, else 5 s."""
    http_path: str | None = None
    """Must answer 2xx; None: a configured health path, else `/`, of which anything below 500 passes."""
    no_http: bool = False
    no_deep: bool = False
    """Make no second connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnoseOptions:
    """The words after `paypath diagnose`."""

    host: str
    port: int
    certificate: pathlib.Path | None = None
    private_key: pathlib.Path | None = None
    key_password_file: pathlib.Path | None = None
    trust: pathlib.Path | None = None
    server_name: str | None = None
    crl: pathlib.Path | None = None
    proxy: str | None = None
    """`http[s]://[NAME:PASSWORD@]HOST:PORT`."""
    all_addresses: bool = False
    """Shake hands with every address of the host."""
    proxy_certificate: pathlib.Path | None = None
    proxy_private_key: pathlib.Path | None = None
    proxy_trust: pathlib.Path | None = None
    tls_min: TlsVersion | None = None
    tls_max: TlsVersion | None = None
    alpn: tuple[str, ...] = ()
    ciphers: str | None = None
    depth: Depth = Depth()


async def diagnose(*, options: DiagnoseOptions, stop: asyncio.Event | None = None) -> Run:
    """One handshake step as a run of its own, `scenario: diagnose`. Raises SetupError for what cannot be meant.

    Nothing is configured here, not even by the environment.
    """
    path, redactor = unconfigured(options)
    clock, catalogue = SystemClock(), load()
    around = surroundings(
        catalogue=catalogue,
        clock=clock,
        randomness=random.SystemRandom(),
        redactor=redactor,
        observers=(),
        environment="diagnose",
        location="here",
        limits=PhaseLimits(default_s=options.depth.timeout_s or _TIMEOUT_S),
    )
    latching = Latching(InPassing(), clock=clock, catalogue=catalogue)
    return await _look(path, options.depth, around, stop, latching=latching)


def unconfigured(options: DiagnoseOptions) -> tuple[PaymentPath, Redactor]:
    """The path that the options describe, all of whose files but the identity's can be read. Raises SetupError."""
    refuse_silent(_files(options))
    password = password_in(options.key_password_file)
    proxy = None if options.proxy is None else _proxy(options, options.proxy)
    path = _path(options, password, proxy)
    _try_arguments(path.connector)
    return path, Redactor([*([password] if password else []), *(secrets_of(proxy) if proxy else ())])


async def diagnose_path(
    *,
    name: str,
    depth: Depth,
    config: pathlib.Path | None,
    environ: Mapping[str, str],
    stop: asyncio.Event | None = None,
) -> Run:
    """The same for the connector of a configured path, with its identity, trust, strictness and limits. Raises SetupError.

    On a latched path nothing is sent.
    """
    loaded = load_settings(config, environ)
    path = named_path(name, loaded)
    clock, catalogue = SystemClock(), coded(loaded)
    around = surroundings(
        catalogue=catalogue,
        clock=clock,
        randomness=random.SystemRandom(),
        redactor=redactor_of(loaded),
        observers=(),
        environment=loaded.environment,
        location=loaded.location,
        limits=loaded.limits if depth.timeout_s is None else PhaseLimits(default_s=depth.timeout_s),
    )
    with looking_at_latches(loaded.state_directory, clock=clock, catalogue=catalogue) as latching:
        return await _look(path, depth, around, stop, latching=latching)


def named_path(name: str, loaded: Loaded) -> PaymentPath:
    """The configured path of that name. Raises SetupError."""
    found = next((path for path in loaded.paths if path.name == name), None)
    if found is not None:
        return found
    known: Sequence[str] = [path.name for path in loaded.paths]
    where = str(loaded.file) if loaded.file else "no configuration file was found here, and the environment has none"
    hint = suggestion(name, known, "there is") if known else f"name a configuration with --config ({where})"
    raise SetupError([Mistake("--path", None, None, name, f"no path `{name}` is configured", hint)])


async def _look(
    path: PaymentPath, depth: Depth, around: Surroundings, stop: asyncio.Event | None, *, latching: Latching
) -> Run:
    tunnels = path.connector.kind is ConnectorKind.PROXY
    asked = None if depth.no_http else depth.http_path or path.connector.health_path or (None if tunnels else "/")
    if asked is not None:
        _refuse_other_protocols(path.connector)
    connector = replace(
        path.connector,
        health_path=asked,
        diagnostics=Diagnostics.OFF if depth.no_deep else Diagnostics.ALWAYS,
    )
    any_answer = depth.http_path is None and path.connector.health_path is None
    longest = max(around.limits.default_s, *around.limits.by_phase.values(), 0.0)
    scenario = _scenario(any_answer=any_answer, deadline_s=longest * _PHASES)
    runner = Runner(around, latches=latching)
    return await runner.run(scenario, replace(path, connector=connector), stop=stop or asyncio.Event())


def _refuse_other_protocols(connector: Connector) -> None:
    """Where a server may choose a protocol that we do not speak, its answer would look like its fault. Raises SetupError."""
    others = spoken_by_others(connector)
    if others:
        what = f"HTTP is asked in HTTP/1.1 only, and {' and '.join(others)} would be offered"
        hint = "offer http/1.1 alone, or look no further than TLS with --no-http"
        raise SetupError([Mistake("--alpn", None, None, "alpn", what, hint)])


def spoken_by_others(connector: Connector) -> list[str]:
    """ALPN names that would be offered and in which nothing can be asked here."""
    return [name for name in connector.verify.alpn if name not in _SPOKEN]


def _files(options: DiagnoseOptions) -> Iterator[pathlib.Path | None]:
    """All that are named."""
    yield from (options.certificate, options.private_key, options.key_password_file, options.trust, options.crl)
    yield from (options.proxy_certificate, options.proxy_private_key, options.proxy_trust)


def _try_arguments(connector: Connector) -> None:
    """Read what the arguments name, without the identity: its faults are the path's. Raises SetupError."""
    try:
        ContextCache().client(connector.verify, connector.trust)
    except ContextError as error:
        argument, hint = _ARGUMENTS.get(error.what, (f"--{error.what}", ""))
        raise SetupError([Mistake(argument, None, None, error.what, str(error), hint)]) from error


def _scenario(*, any_answer: bool, deadline_s: float) -> Scenario:
    step = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction(any_answer=any_answer))
    return Scenario(
        name="diagnose",
        summary="One endpoint in depth.",
        every_s=0,
        deadline_s=deadline_s,
        steps=(step,),
        source="command line",
    )


def _proxy(options: DiagnoseOptions, url: str) -> Proxy:
    """The proxy as named on the command line. Raises SetupError where that is not a proxy's URL."""
    scheme, _, rest = url.partition("://")
    userinfo, _, authority = rest.rpartition("@")
    try:
        checked = proxy_url(f"{scheme}://{authority}")
        secret = credentials(unquote(userinfo)) if userinfo else None
    except PydanticCustomError as error:
        said = error.context or {}
        raise SetupError(
            [Mistake("--proxy", None, None, "proxy", str(said.get("message")), str(said.get("hint")))]
        ) from None  # what was written may hold a password
    host, port = split_url(checked)
    tls = scheme == "https"
    if not tls and (options.proxy_certificate or options.proxy_trust):
        hint = "write the proxy's URL with https:, or leave out --proxy-cert, --proxy-key and --proxy-ca"
        raise SetupError([Mistake("--proxy", None, None, "proxy", "no TLS is spoken with a proxy at http:", hint)])
    certificate, key = options.proxy_certificate, options.proxy_private_key
    identity = Identity(name=str(certificate), certificate=certificate, private_key=key) if certificate else None
    return Proxy(
        url=checked,
        endpoint=Endpoint(host=host, port=port, server_name=host),
        tls=tls,
        identity=identity,
        trust=options.proxy_trust,
        credentials=secret,
    )


def _server_name(options: DiagnoseOptions) -> str:
    """The name to ask for and verify. Raises SetupError where none can be asked for by what was written."""
    if options.server_name is None:
        return options.host
    try:
        return server_name(options.server_name)
    except PydanticCustomError as error:
        said = error.context or {}
        mistake = Mistake("--server-name", None, None, "server-name", str(said.get("message")), str(said.get("hint")))
        raise SetupError([mistake]) from None  # it says what pydantic would


def _path(options: DiagnoseOptions, password: Secret | None, proxy: Proxy | None) -> PaymentPath:
    endpoint = Endpoint(host=options.host, port=options.port, server_name=_server_name(options))
    identity = None
    if options.certificate is not None:
        identity = Identity(
            name=str(options.certificate),
            certificate=options.certificate,
            private_key=options.private_key,
            private_key_password=password,
        )
    return PaymentPath(
        name=str(endpoint),
        connector=Connector(
            url=f"https://{endpoint}",
            endpoint=endpoint,
            identity=identity,
            trust=options.trust,
            proxy=proxy,
            all_addresses=options.all_addresses,
            verify=Verify(
                crl=options.crl,
                tls_min=options.tls_min or TlsVersion.TLS_1_2,
                tls_max=options.tls_max,
                ciphers=options.ciphers,
                alpn=options.alpn,
            ),
        ),
    )


def password_in(file: pathlib.Path | None) -> Secret | None:
    """The first line of the file. Raises SetupError where it cannot be read."""
    if file is None:
        return None
    try:
        written = file.read_text().split("\n", 1)[0]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not text"
        hint = "name a file that holds the password of the key"
        raise SetupError([Mistake(str(file), None, None, "", f"cannot be read: {reason}", hint)]) from error
    if holds_live_key(written):
        raise SetupError([Mistake(str(file), None, None, "", "a live-mode Stripe key stands in it", KEY_HINT)])
    return learned(Secret(written))
