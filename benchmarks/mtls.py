"""The comparison: every row in every round, the contenders one after the other, each round in the other order."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from benchmarks import contender, floor
from benchmarks.blackbox import Blackbox
from benchmarks.contender import Variant
from benchmarks.figures import Figure, median, ratio
from benchmarks.otlp import Collector
from benchmarks.place import Place

AT_ONCE: Final = (1, 8)


def measure(
    places: Sequence[Place],
    theirs: Blackbox,
    collector: Collector,
    *,
    rounds: int,
    probes: int,
    say: Callable[[str], None],
) -> dict[str, object]:
    """Ours, blackbox_exporter and s_time on every server, one and eight at a time; and on one of them what the parts cost."""
    rows = [(place, at_once) for place in places for at_once in AT_ONCE]
    taken: list[dict[str, list[Figure]]] = [{} for _ in rows]
    parts = _parts(next(p for p in places if p.key == "EC P-256" and p.tls == "1.3"), theirs, collector, probes)
    of_parts: dict[str, list[Figure]] = {}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        backwards = number % 2 == 1
        for (place, at_once), figures in zip(rows, taken, strict=True):
            _one_after_another(_contenders(place, at_once, theirs, collector, probes), figures, backwards=backwards)
        _one_after_another(parts, of_parts, backwards=backwards)
    return {
        "rows": [
            {"key": place.key, "tls": place.tls, "at_once": at_once, **_summary(figures)}
            for (place, at_once), figures in zip(rows, taken, strict=True)
        ],
        "parts": {name: [round(figure.cpu_us) for figure in of_parts[name]] for name in parts},
    }


def _contenders(
    place: Place, at_once: int, theirs: Blackbox, collector: Collector, probes: int
) -> dict[str, Callable[[], Figure]]:
    return {
        "ours": partial(contender.probes, place, probes, at_once, collector=collector),
        "blackbox": partial(theirs.probes, place, probes, at_once),
        "floor": partial(floor.connections, place, at_once),
    }


def _parts(place: Place, theirs: Blackbox, collector: Collector, probes: int) -> dict[str, Callable[[], Figure]]:
    """What telemetry, history and the exporter's own request cost, one at a time."""

    def ours(variant: Variant) -> Callable[[], Figure]:
        return partial(contender.probes, place, probes, 1, collector=collector, variant=variant)

    return {
        "ours, the handshake probe with its evidence and nothing around it": ours(Variant(otlp=False, alone=True)),
        "ours, runs with metrics for the page": ours(Variant(otlp=False)),
        "ours, runs with metrics, OTLP and spans (the rows above)": ours(Variant()),
        "ours, the same with history": ours(Variant(history=True)),
        "blackbox_exporter, `/probe` with its http prober": partial(theirs.probes, place, probes, 1),
        "blackbox_exporter, `/probe` with its tcp prober (connect only)": partial(theirs.connects, place, probes, 1),
        "blackbox_exporter, `/-/healthy`": partial(theirs.requests, probes, 1),
        "`openssl s_time`": partial(floor.connections, place, 1),
    }


def _one_after_another(
    measured: Mapping[str, Callable[[], Figure]], into: dict[str, list[Figure]], *, backwards: bool
) -> None:
    names = reversed(list(measured)) if backwards else iter(measured)
    for name in names:
        into.setdefault(name, []).append(measured[name]())


def _summary(figures: dict[str, list[Figure]]) -> dict[str, object]:
    middle = {name: median(listed) for name, listed in figures.items()}
    return {
        "cpu_us": {name: round(figure.cpu_us) for name, figure in middle.items()},
        "per_second": {name: round(figure.per_second) for name, figure in middle.items()},
        "of_blackbox": round(ratio(figures["ours"], figures["blackbox"]), 2),
        "of_floor": round(ratio(figures["ours"], figures["floor"]), 2),
        "rounds_cpu_us": {name: [round(figure.cpu_us) for figure in listed] for name, listed in figures.items()},
    }
