"""Drive the product at one cell, in this process: the runner, the handshake probe and the judgement, as `diagnose` composes them."""

import asyncio
import dataclasses
import pathlib
import random
from collections.abc import Mapping
from dataclasses import dataclass

from probe.catalogue.catalogue import load
from probe.compose.surroundings import Place, surroundings
from probe.model.clock import SystemClock
from probe.model.failure import Failure
from probe.model.network import Endpoint
from probe.model.outcome import Failed, Unknown
from probe.model.path import Connector, Identity, PaymentPath, PhaseLimits, TlsVersion, Verify
from probe.model.run import Run
from probe.model.scenario import HandshakeAction, Scenario, StepKind, StepPlan
from probe.model.secret import Secret
from probe.redact.text import Redactor
from probe.runner.runner import Runner
from probe.runner.state import Surroundings
from probe.tls.contexts import ContextCache
from probe.transport.dial import NetworkDialer
from probe.transport.handshake import HandshakeProbe
from probe.transport.offline import FakeNetwork
from tests.matrix.cell import Client, Files
from tests.matrix.material import Material

PATIENCE_S = 60.0
"""The limit of a phase in which the peer will answer: no slow machine comes near it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the product said about a cell, as far as cells are held to it."""

    outcome: str
    reason: str | None = None
    confidence: str | None = None
    also: frozenset[str] = frozenset()
    warnings: frozenset[str] = frozenset()
    subject: str | None = None
    summary: str = ""


class Prober:
    """One set of seams for all cells, as one process has."""

    def __init__(self, material: Material, own_files: Mapping[str, pathlib.Path]) -> None:
        """`own_files` are the broken identity files and bundles by name."""
        self._material = material
        self._own_files = own_files
        self._around = surroundings(
            Place(redactor=Redactor([]), environment="matrix", limits=PhaseLimits(default_s=PATIENCE_S)),
            network=FakeNetwork(),  # a namespace without a default route stands for a network in which the path is broken
            catalogue=load(),
            clock=SystemClock(),
            randomness=random.Random(5023),
            observers=(),
        )

    async def run(self, client: Client, port: int, *, name_server: int | None = None) -> Said:
        """One run of `diagnose` against a loopback port; `name_server` is the port of the resolver to ask."""
        limits = PhaseLimits(default_s=PATIENCE_S, by_phase=client.limits)
        dialer = NetworkDialer(None if name_server is None else [f"127.0.0.1:{name_server}"])
        around = dataclasses.replace(self._around, limits=limits)
        if name_server is not None:
            around = _by(dialer, around)
        step = StepPlan(
            name="handshake",
            kind=StepKind.HANDSHAKE,
            action=HandshakeAction(any_answer=not client.health_path, client_certificate_required=client.required),
        )
        scenario = Scenario(
            name="matrix", summary="One cell.", every_s=0, deadline_s=2 * PATIENCE_S, steps=(step,), source="tests"
        )
        runner = Runner(around, latches=None)
        try:
            return said(await runner.run(scenario, self._path(client, port), stop=asyncio.Event()))
        finally:
            await dialer.close()

    def _path(self, client: Client, port: int) -> PaymentPath:
        connector = Connector(
            url=f"https://{client.server_name}:{port}",
            endpoint=Endpoint(host=client.host, port=port, server_name=client.server_name),
            identity=self._identity(client.identity),
            trust=self._file(client.trust),
            health_path="/",
            verify=Verify(
                strict=client.strict,
                security_level=client.security_level,
                crl=None if client.crl is None else self._file(client.crl),
                tls_min=TlsVersion(client.tls_min),
                tls_max=TlsVersion(client.tls_max) if client.tls_max else None,
                ciphers=client.ciphers,
                alpn=client.alpn,
            ),
        )
        return PaymentPath(name="matrix", connector=connector)

    def _file(self, name: str) -> pathlib.Path:
        if name in self._own_files:
            return self._own_files[name]
        found: pathlib.Path = getattr(self._material, name)
        return found

    def _identity(self, wanted: str | Files | None) -> Identity | None:
        if wanted is None:
            return None
        if isinstance(wanted, Files):
            password = None if wanted.password is None else Secret(wanted.password)
            certificate, key = self._own_files[wanted.certificate], self._own_files[wanted.key]
            return Identity(name="matrix", certificate=certificate, private_key=key, private_key_password=password)
        pair = self._material.clients[wanted]
        return Identity(name="matrix", certificate=pair.certificate, private_key=pair.private_key)


def _by(dialer: NetworkDialer, around: Surroundings) -> Surroundings:
    """The same, with names looked up by this dialer."""
    clock = around.seams.clock
    handshakes = HandshakeProbe(dialer=dialer, contexts=ContextCache(), clock=clock)
    return dataclasses.replace(around, seams=dataclasses.replace(around.seams, handshakes=handshakes))


def said(run: Run) -> Said:
    """What the run says."""
    warnings = frozenset(warning.reason for warning in run.warnings)
    match run.outcome:
        case Failed(failure):
            return _of(failure, "failed", warnings)
        case Unknown(failure):
            return _of(failure, "unknown", warnings)
        case _:
            return Said("passed", warnings=warnings)


def _of(failure: Failure, outcome: str, warnings: frozenset[str]) -> Said:
    subject = failure.certificate.subject if failure.certificate else None
    return Said(
        outcome=outcome,
        reason=failure.reason,
        confidence=failure.confidence.value,
        also=frozenset(failure.also),
        warnings=warnings,
        subject=subject,
        summary=failure.summary,
    )
