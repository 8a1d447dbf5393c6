"""The incidents that can be replayed: what is broken, what has to be noticed, and how it is mended."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from probe.compose.preflight import PreflightOptions, preflight
from probe.compose.stage import NotSeenError, Stage
from probe.lab.faults import FAULTS
from probe.model.outcome import Failed, Passed, Unknown

_LASTS: Final = timedelta(seconds=4)
"""What is left of the certificate that expires."""
_RENEWED: Final = timedelta(days=90)
_AGAIN: Final = 3
"""Runs that could not tell, after which a page would have come if one came."""

Play = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One incident."""

    name: str
    text: str
    """What happens, in one sentence."""
    reason: str | None
    """What must be named; a finer reason below it is right too. None: nothing fails."""
    play: Play
    outcome: type[Failed] | type[Unknown] = Failed
    original: Mapping[str, float] | None = None
    """How long the incident of the same name took, in seconds, where there was one."""
    named: bool = False
    """The connector has a name, which can be lost; handshakes alone are made, because the SDK looks names up by itself."""
    environ: Mapping[str, str] | None = None

    @property
    def pages(self) -> int:
        """How many pages are right: what could not be told, or does not fail, wakes nobody."""
        return int(self.reason is not None and self.outcome is Failed)


def _switched(fault: str) -> Play:
    """A fault of the lab, from on to off."""

    async def play(stage: Stage) -> None:
        stage.lab.switch(fault, on=True)
        stage.breaks(FAULTS[fault].text)
        await stage.noticed(FAULTS[fault].reason)
        await stage.paged()
        stage.lab.switch(fault, on=False)
        await _over(stage, "mended")

    return play


async def _over(stage: Stage, how: str) -> None:
    stage.say(how)
    await stage.healthy("every scenario passes again")
    await stage.resolved()


async def _untold(stage: Stage, reason: str) -> None:
    """Runs that could not tell, time enough for a page to come if one came."""
    await stage.untold(reason, times=_AGAIN)
    stage.say("nobody is paged: that says nothing about the path")


async def _inc_5023(stage: Stage) -> None:
    """The certificate ends while everything runs; a new one is made, tried and put in its place by hand."""
    short = stage.lab.issue(lasts=_LASTS)
    stage.lab.install(short)
    stage.breaks(
        f"the client certificate expires at {short.certificate.not_valid_after_utc:%H:%M:%S} UTC",
        at=short.certificate.not_valid_after_utc,
    )
    await stage.noticed("tls.client_cert.expired")
    await stage.paged()
    renewed = stage.lab.issue(lasts=_RENEWED)
    certificate, key = stage.directory / "renewed.crt", stage.directory / "renewed.key"
    renewed.write(certificate, key)
    found = await preflight(
        PreflightOptions(certificate=certificate, private_key=key),
        config=Path(stage.lab.addresses.configuration),
        environ={},
    )
    if not isinstance(found.outcome, Passed):
        raise NotSeenError("`paypath preflight` did not find the new certificate ready")
    stage.say("preflight: the new certificate is ready to roll out")
    stage.lab.install(renewed)
    await _over(stage, "replaced: the new certificate and its key are in place")


async def _half_done(stage: Stage) -> None:
    """A rotation that stopped between its two files."""
    before, after = stage.lab.issue(lasts=_RENEWED), stage.lab.issue(lasts=_RENEWED)
    stage.lab.install(before)
    await stage.healthy("every scenario passes with the certificate that is to be replaced")
    stage.lab.install(replace(after, key=before.key))
    stage.breaks("the new certificate is in place, and the old key still beside it")
    await stage.noticed("tls.client_key.mismatch")
    await stage.paged()
    stage.lab.install(after)
    await _over(stage, "the other half of the rotation is done")


async def _dns_failure(stage: Stage) -> None:
    stage.dialer.lost = True
    stage.breaks("the connector's name does not exist any more")
    await stage.noticed("dns.nxdomain")
    await stage.paged()
    stage.dialer.lost = False
    await _over(stage, "the name is back")


async def _stripe_429(stage: Stage) -> None:
    stage.lab.switch("stripe-429", on=True)
    stage.breaks(FAULTS["stripe-429"].text)
    await _untold(stage, "stripe.rate_limit_error")
    stage.lab.switch("stripe-429", on=False)
    await stage.healthy("every scenario passes again")


async def _prober_offline(stage: Stage) -> None:
    """The connector cannot be reached, and the reason is on this side."""
    stage.network.offline = True
    stage.lab.switch("connector-down", on=True)
    stage.breaks("this machine has no network any more")
    await _untold(stage, "prober.offline")
    stage.lab.switch("connector-down", on=False)
    stage.network.offline = False
    await stage.healthy("every scenario passes again")


async def _collector_dead(stage: Stage) -> None:
    """Traces and metrics go nowhere; probing does not care, and the loss is counted."""
    stage.breaks("no OpenTelemetry collector answers")
    await stage.until(lambda: stage.export_failures() > 0, "an export that failed, counted")
    stage.say("seen: paypath_telemetry_export_failures_total grows")
    await stage.healthy("every scenario still passes")


_ORIGINAL: Final = {"detect": 120.0, "name": 47 * 60.0, "page": 120.0, "recover": 167 * 60.0}
"""INC-5023, 2026-01-15: expired 14:28, alert 14:30, certificate named 15:15, recovered 17:15 UTC."""

DRILLS: Final = (
    Drill(
        name="inc-5023",
        text="The client certificate expires and is replaced by hand.",
        reason="tls.client_cert.expired",
        play=_inc_5023,
        original=_ORIGINAL,
    ),
    Drill(
        name="server-cert-expired",
        text="The connector's certificate expires.",
        reason=FAULTS["server-cert-expired"].reason,
        play=_switched("server-cert-expired"),
    ),
    Drill(
        name="connector-hangs",
        text="The connector takes requests and never answers.",
        reason=FAULTS["connector-hang"].reason,
        play=_switched("connector-hang"),
    ),
    Drill(
        name="stripe-429-storm",
        text="Stripe limits our test key: that says nothing about customers' payments.",
        reason="stripe.rate_limit_error",
        outcome=Unknown,
        play=_stripe_429,
    ),
    Drill(
        name="half-done-rotation",
        text="The certificate is rotated, and its key is not.",
        reason="tls.client_key.mismatch",
        play=_half_done,
    ),
    Drill(
        name="dns-failure",
        text="The connector's name can no longer be looked up.",
        reason="dns.nxdomain",
        play=_dns_failure,
        named=True,
    ),
    Drill(
        name="prober-offline",
        text="The machine that probes loses its network.",
        reason="prober.offline",
        outcome=Unknown,
        play=_prober_offline,
    ),
    Drill(
        name="collector-dead",
        text="No OpenTelemetry collector answers, and probing goes on.",
        reason=None,
        play=_collector_dead,
        environ={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
    ),
)
"""In the order in which they are listed and played; the first is the default."""
