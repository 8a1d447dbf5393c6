"""Writes to Stripe's API that go past the Stripe steps: nothing marks what they make, and nothing takes it back."""

from collections.abc import Iterable, Iterator
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote

from probe.documents.mistakes import Mistake
from probe.model.path import ConnectorKind, PaymentPath
from probe.model.scenario import HEALTH_PATH, HttpAction, Scenario, StepPlan
from probe.runner.writing import unsafe

_VERSIONS: Final = frozenset({"v1", "v2"})
"""First words of the paths of Stripe's API."""
_LAYERS: Final = 3


def unmarked_mistakes(pairs: Iterable[tuple[Scenario, PaymentPath]]) -> Iterator[Mistake]:
    """Each such step once; the company's own API (`kind: api`) is the canary's to keep clean."""
    told: set[str] = set()
    for scenario, path in pairs:
        if path.connector.kind is ConnectorKind.API:
            continue
        for step in (*scenario.steps, *scenario.cleanup):
            place = f"{scenario.source} {step.name}"
            if _writes_to_stripe(step) and place not in told:
                told.add(place)
                message = f"step {step.name} writes to Stripe past paypath: it would be neither marked nor taken back"
                hint = "make a `stripe` step of it, such as `stripe: v1.payment_intents.create`"
                yield Mistake(scenario.source, None, None, step.name, message, hint)


def _writes_to_stripe(step: StepPlan) -> bool:
    """A path that begins with something drawn or saved may lead there as well."""
    action = step.action
    if not isinstance(action, HttpAction) or action.path == HEALTH_PATH or not unsafe(action):
        return False
    words = _words(action.path)
    drawn = any("${" in word for word in words[:2])
    return drawn or not _VERSIONS.isdisjoint(words)


def _words(path: str) -> list[str]:
    """The words between the slashes, as the other side may read them: a proxy, a gateway and the application may each decode once."""
    for _ in range(_LAYERS):
        path = normalize("NFKC", unquote(path))
    return [word.partition("?")[0].lower() for word in path.replace("\\", "/").split("/")]
