"""Renders charts and judges what comes out: `python judge_helm.py <jobs.json`, with the Python of Helm's own venv.

A job is `{"name", "chart", "release", "namespace", "values"}`; the answer is one JSON object, name: `{"error", "files", "objections"}`. Nothing of the
project imports this file.
"""

import functools
import json
import sys
from collections.abc import Iterator
from typing import Any

import cloudcoil.models.cert_manager.v1 as cert_manager
import cloudcoil.models.prometheus_operator.v1 as prometheus_operator
import helm_python
import kubernetes_validate
import yaml

VERSIONS = ("1.29", "1.37")
"""Of Kubernetes: the first that starts native sidecars, and the newest one known."""
CUSTOM = {"cert-manager.io/v1": cert_manager, "monitoring.coreos.com/v1": prometheus_operator}


def judged(job: dict[str, Any]) -> dict[str, object]:
    """What Helm says against the job, else its files by name and what is wrong with their objects."""
    try:
        chart = helm_python.Chart.load(job["chart"])
        rendered = chart.render(values=job["values"], name=job["release"], namespace=job["namespace"])
    except helm_python.HelmError as error:
        return {"error": str(error), "files": {}, "objections": []}
    files = {name: text for name, text in rendered.items() if not name.endswith("NOTES.txt")}  # words for people
    objects = [one for text in files.values() for one in yaml.safe_load_all(text) if one]
    return {
        "error": None,
        "files": files,
        "objections": [line for one in objects for line in objections(json.dumps(one))],
    }


@functools.cache
def objections(text: str) -> list[str]:
    """What the API server would refuse of this object, or drop without a word; most come again in the next job."""
    one = json.loads(text)
    where = f"{one['kind']} {one['metadata']['name']}"
    if one["apiVersion"] in CUSTOM:
        try:
            read = getattr(CUSTOM[one["apiVersion"]], one["kind"]).model_validate(one)
        except ValueError as error:
            return [f"{where}: {error}"]
        return [f"{where}: unknown key {key}" for key in dropped(one, read.model_dump(mode="json", by_alias=True))]
    found = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(one, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{where} ({version}): {error.message}")
    return found


def dropped(given: object, kept: object, at: str = "") -> Iterator[str]:
    """The keys that the model of a custom resource did not keep: it passes over what it does not know."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key not in kept:
                yield f"{at}.{key}"
            else:
                yield from dropped(value, kept[key], f"{at}.{key}")
    elif isinstance(given, list) and isinstance(kept, list):
        for index, pair in enumerate(zip(given, kept, strict=True)):
            yield from dropped(*pair, f"{at}[{index}]")


if __name__ == "__main__":
    read = json.load(sys.stdin)
    # Helm writes into the same process's streams: the answer goes last, and alone on its line.
    answer = {job["name"]: judged(job) for job in read}
    answer["lint"] = helm_python.lint(read[0]["chart"], read[0]["values"], strict=True)
    sys.stdout.write(json.dumps(answer) + "\n")
