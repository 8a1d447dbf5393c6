"""One endpoint in depth, without any configuration: what the on-call engineer types."""

import asyncio
import pathlib
import random
from collections.abc import Mapping
from dataclasses import dataclass

from probe.catalogue.catalogue import load
from probe.compose.engine import surroundings
from probe.documents.mistakes import Mistake, SetupError
from probe.model.clock import SystemClock
from probe.model.observation import Endpoint
from probe.model.path import Connector, Identity, PaymentPath, PhaseLimits, TlsVersion, Verify
from probe.model.run import Run
from probe.model.scenario import HandshakeAction, Scenario, StepKind, StepPlan
from probe.model.secret import Secret
from probe.redact.text import Redactor
from probe.runner.runner import Runner

_PHASES = 7


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
    tls_min: TlsVersion | None = None
    tls_max: TlsVersion | None = None
    alpn: tuple[str, ...] = ()
    ciphers: str | None = None
    timeout_s: float = 5.0
    """For each phase."""
    http_path: str | None = None
    """Must answer 2xx; None: `/`, and anything below 500 passes."""
    no_http: bool = False


async def diagnose(*, options: DiagnoseOptions, environ: Mapping[str, str], stop: asyncio.Event | None = None) -> Run:
    """One handshake step as a run of its own, `scenario: diagnose`. Raises SetupError for what cannot be meant."""
    del environ  # nothing is configured here, not even by the environment
    if options.proxy is not None:
        hint = "leave out --proxy and name the proxy's own address to look at the leg towards it"
        raise SetupError([Mistake("--proxy", None, None, "proxy", "proxies cannot be diagnosed through yet", hint)])
    password = _password(options.key_password_file)
    around = surroundings(
        catalogue=load(),
        clock=SystemClock(),
        randomness=random.SystemRandom(),
        redactor=Redactor([password] if password else []),
        observers=(),
        environment="diagnose",
        location="here",
        limits=PhaseLimits(default_s=options.timeout_s),
    )
    runner = Runner(around, latches=None)
    return await runner.run(_scenario(options), _path(options, password), stop=stop or asyncio.Event())


def _scenario(options: DiagnoseOptions) -> Scenario:
    action = HandshakeAction(any_answer=options.http_path is None)
    step = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=action)
    return Scenario(
        name="diagnose",
        summary="One endpoint in depth.",
        every_s=0,
        deadline_s=options.timeout_s * _PHASES,
        steps=(step,),
        source="command line",
    )


def _path(options: DiagnoseOptions, password: Secret | None) -> PaymentPath:
    endpoint = Endpoint(host=options.host, port=options.port, server_name=options.server_name or options.host)
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
            health_path=None if options.no_http else options.http_path or "/",
            verify=Verify(
                crl=options.crl,
                tls_min=options.tls_min or TlsVersion.TLS_1_2,
                tls_max=options.tls_max,
                ciphers=options.ciphers,
                alpn=options.alpn,
            ),
        ),
    )


def _password(file: pathlib.Path | None) -> Secret | None:
    """The first line of the file. Raises SetupError where it cannot be read."""
    if file is None:
        return None
    try:
        return Secret(file.read_text().split("\n", 1)[0])
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not text"
        hint = "name a file that holds the password of the key"
        raise SetupError([Mistake(str(file), None, None, "", f"cannot be read: {reason}", hint)]) from error
