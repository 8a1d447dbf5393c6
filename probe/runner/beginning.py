"""A run begins: it gets its id, and the identity's files are read for it."""

import asyncio
import pathlib
from datetime import timedelta

from probe.certificates.identity import read_checked_identity, read_identity
from probe.certificates.scanner import files_on
from probe.model.identity import LoadedIdentity
from probe.model.lack import lacking
from probe.model.path import PaymentPath
from probe.model.run import RunStarted
from probe.model.scenario import Scenario
from probe.runner.state import RunPlan, Surroundings


async def begin(scenario: Scenario, path: PaymentPath, around: Surroundings, ends_after_s: float) -> RunPlan:
    """The plan of a run that is over after `ends_after_s` at the latest; observers are told."""
    clock, bits = around.seams.clock, around.randomness.getrandbits
    started = RunStarted(
        run_id=f"{bits(128) or 1:032x}", scenario=scenario.name, path=path.name, started_at=clock.now()
    )
    for observer in around.observers:
        observer.run_started(started)
    began = clock.monotonic()
    files = _files(path)
    silent = await around.files.silent(files)
    identity, lack = (None, None) if silent is not None else await _identity_or_lack(path)
    return RunPlan(
        scenario=scenario,
        path=path,
        identity=identity,
        files=files,
        silent=silent,
        lacking=lack,
        span_id=f"{bits(64) or 1:016x}",
        started=started,
        began=began,
        ends_by=clock.now() + timedelta(seconds=ends_after_s),
    )


async def _identity_or_lack(path: PaymentPath) -> tuple[LoadedIdentity | None, str | None]:
    """The identity, or what this process had not left to read it."""
    try:
        return await _identity(path), None
    except (OSError, MemoryError) as error:
        what = lacking(error)
        if what is None:
            raise
        return None, what


async def _identity(path: PaymentPath) -> LoadedIdentity | None:
    """As its files are now."""
    identity = path.connector.identity
    if identity is None or identity.private_key is None:
        return None
    level = path.connector.verify.security_level
    loaded = read_checked_identity(identity, security_level=level)
    if loaded is not None:
        return loaded
    # Checking a key takes too long for the loop, and half a rotation is waited for.
    return await asyncio.to_thread(read_identity, identity, security_level=level)


def _files(path: PaymentPath) -> tuple[pathlib.Path, ...]:
    """Everything that a run on it looks at, at its start and for each connection, each once."""
    webhook = path.webhook
    return tuple(dict.fromkeys((*files_on(path), *([webhook.trust] if webhook is not None and webhook.trust else ()))))
