"""Reads a metrics page as Prometheus does, so that tests ask for series by name and labels."""

from dataclasses import dataclass, field

from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Sample


@dataclass(slots=True)
class Page:
    """A parsed metrics page."""

    families: dict[str, Metric] = field(default_factory=dict)

    def samples(self, name: str, /, **labels: str) -> list[Sample]:
        """The samples of that name whose labels include these."""
        return [
            sample
            for family in self.families.values()
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]

    def value(self, name: str, /, **labels: str) -> float | None:
        """The value of the one sample of that name with these labels; None where there is none."""
        found = self.samples(name, **labels)
        if len(found) > 1:
            raise LookupError(f"{name} {labels} is not one series but {len(found)}")
        return found[0].value if found else None

    @property
    def names(self) -> set[str]:
        """Names of all samples."""
        return {sample.name for family in self.families.values() for sample in family.samples}


def parse_page(body: bytes, content_type: str) -> Page:
    """Parse by the content type; raises `ValueError` for what Prometheus would refuse."""
    parse = parse_openmetrics if content_type.startswith("application/openmetrics-text") else parse_text
    return Page({family.name: family for family in parse(body.decode())})
