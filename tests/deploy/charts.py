"""Charts rendered by the real Helm, with what the API servers of several versions and the custom resources say against them."""

import json
import pathlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tests.servers import programs
from tests.servers.programs import ROOT

CHART = ROOT / "deploy" / "helm" / "paypath"
EXAMPLE = ROOT / "deploy" / "helm" / "billing-example"
_JUDGE = ROOT / "tests" / "servers" / "judge_helm.py"

Object = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What became of one set of values."""

    error: str | None
    """Why Helm refused them."""
    files: Mapping[str, str]
    """Template -> text."""
    objections: Sequence[str]
    """What an API server would refuse or drop."""

    @property
    def objects(self) -> list[Object]:
        """All of them, in the order of the templates."""
        return [one for _, text in sorted(self.files.items()) for one in yaml.safe_load_all(text) if one]

    def one(self, kind: str, name: str | None = None) -> Object:
        """The only object of this kind, or of this kind and name."""
        (found,) = [o for o in self.objects if o["kind"] == kind and name in {None, o["metadata"]["name"]}]
        return found

    def kinds(self) -> set[str]:
        """Of all objects."""
        return {one["kind"] for one in self.objects}

    def configuration(self, name: str = "paypath") -> str:
        """The text of `paypath.yaml`."""
        text = self.one("ConfigMap", name)["data"]["paypath.yaml"]
        assert isinstance(text, str)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A chart and the values to render it with."""

    values: Mapping[str, Any]
    chart: pathlib.Path = CHART
    release: str = "paypath"
    namespace: str = "monitoring"


def render(jobs: Mapping[str, Job]) -> tuple[dict[str, Rendered], dict[str, Any]]:
    """All jobs in one process of Helm's Python, by name; and what Helm's lint says of the first."""
    words = [
        {
            "name": name,
            "chart": str(job.chart),
            "release": job.release,
            "namespace": job.namespace,
            "values": job.values,
        }
        for name, job in jobs.items()
    ]
    done = subprocess.run(
        [programs.require("helm"), _JUDGE],
        input=json.dumps(words),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    lint = answer.pop("lint")
    return {name: Rendered(**found) for name, found in answer.items()}, lint


def billing(directory: pathlib.Path) -> pathlib.Path:
    """The example of a billing service's chart, with its dependency in place as `helm dependency build` does it."""
    chart = directory / "billing-example"
    shutil.copytree(EXAMPLE, chart)
    shutil.copytree(CHART, chart / "charts" / "paypath")
    return chart


def pod_of(workload: Object) -> Object:
    """The pod's specification of a Deployment, StatefulSet or CronJob."""
    spec = workload["spec"]
    if workload["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    found = spec["template"]["spec"]
    assert isinstance(found, dict)
    return found
