"""Where a step stands in its file: what is found of a step beside the path that it would run on has to be mended there."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from probe.documents.mistakes import Mistake
from probe.model.scenario import Scenario


def placed(mistakes: Iterable[Mistake], scenarios: Iterable[Scenario]) -> Iterator[Mistake]:
    """Each mistake whose key is the name of a step, with the step's line and column."""
    places = {
        (scenario.source, step.name): step.place
        for scenario in scenarios
        for step in (*scenario.steps, *scenario.cleanup)
    }
    for mistake in mistakes:
        line, column = places.get((mistake.file, mistake.key)) or (mistake.line, mistake.column)
        yield replace(mistake, line=line, column=column) if mistake.line is None else mistake
