"""Telemetry that is taken apart after each test, and a receiver for what it exports."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from probe.model.clock import FakeClock
from probe.telemetry.setup import Telemetry, start_telemetry
from tests.support.metrics_page import Page, parse_page
from tests.support.otlp import OtlpReceiver, receiving
from tests.support.runs import NOW

OPENMETRICS = "application/openmetrics-text;version=1.0.0"


@dataclass(slots=True)
class Bench:
    """One telemetry with its clock, and what it complained about."""

    telemetry: Telemetry
    clock: FakeClock
    said: list[str] = field(default_factory=list)

    def page(self, accept: str = OPENMETRICS) -> Page:
        """The metrics page as it is now."""
        return parse_page(*self.telemetry.render(accept))


Start = Callable[..., Bench]


@pytest.fixture
def otlp() -> Iterator[OtlpReceiver]:
    """A collector on loopback."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def start() -> Iterator[Start]:
    """Start telemetry: `start(environ, pairs=[…])`, for environment `staging` at location `eu-west-1a`."""
    benches: list[Bench] = []

    def starter(environ: Mapping[str, str] | None = None, *, pairs: list[tuple[str, str]] | None = None) -> Bench:
        clock, said = FakeClock(NOW), list[str]()
        clock.advance(1000)
        telemetry = start_telemetry(
            environ or {},
            environment="staging",
            location="eu-west-1a",
            version="1.2.3",
            pairs=[("mtls-handshake", "billing")] if pairs is None else pairs,
            clock=clock,
            say=said.append,
        )
        benches.append(Bench(telemetry, clock, said))
        return benches[-1]

    yield starter
    for bench in benches:
        bench.telemetry.shutdown(within_s=10)
