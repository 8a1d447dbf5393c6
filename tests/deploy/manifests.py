"""The plain manifests of `deploy/kubernetes`, rendered from the chart: `python -m tests.deploy.manifests` writes them anew."""

import pathlib
import re
import tempfile
from collections.abc import Mapping
from typing import Any, Final

import yaml

from tests.deploy.charts import Job, Rendered, billing, pod_of, render
from tests.deploy.values import DIGEST
from tests.servers.programs import ROOT

HERE: Final = ROOT / "deploy" / "kubernetes"
_FACTS: Final[Mapping[str, Any]] = {
    "image": {"repository": "fill-in-the-image", "digest": DIGEST},
    "certificate": {"issuerRef": {"kind": "ClusterIssuer", "name": "fill-in-the-issuer"}},
    "config": {
        "environment": "FILL-IN",
        "paths": {
            "billing": {
                "connector": {
                    "url": "https://FILL-IN-THE-CONNECTOR:8443",
                    "identity": "paypath",
                    "trust": "/run/secrets/paypath/identity/ca.crt",
                },
                "stripe": {"api_key_file": "/run/secrets/paypath/stripe/api_key"},
            }
        },
    },
    "podMonitor": {"enabled": True},
}
_SIDECAR: Final = {
    key: _FACTS[key] if key != "config" else {**_FACTS["config"], "scenarios": {"enabled": ["mtls-handshake"]}}
    for key in ("image", "certificate", "config", "podMonitor")
}
_MONITORING: Final = "paypath/templates/monitoring.yaml"
_HEAD: Final = "# {title}\n# Rendered from deploy/helm/paypath: `python -m tests.deploy.manifests` writes it anew. README.md says how to use it.\n"
_TITLES: Final = {
    "deployment.yaml": "One prober with a client certificate of its own, which charges.",
    "statefulset.yaml": "Two probers, each with its share of the paths.",
    "cronjob.yaml": "`paypath check` every five minutes.",
    "podmonitor.yaml": "For the Prometheus Operator: scrapes deployment.yaml and statefulset.yaml.",
    "sidecar.yaml": "What the sidecar reads: its configuration and its client certificate, in the billing service's namespace.",
    "sidecar-patch.yaml": "The sidecar: a strategic merge patch for the billing service's Deployment, for `kubectl patch` or as one of Kustomize's `patches`.",
}


def jobs(chart: pathlib.Path) -> dict[str, Job]:
    """What is rendered for them; `chart` is the example of a billing service with its dependency in place."""
    modes = {mode: Job(values={**_FACTS, "mode": mode}) for mode in ("deployment", "statefulset", "cronjob")}
    example = Job(values={"paypath": _SIDECAR}, chart=chart, release="billing", namespace="payments")
    return {**modes, "plain-billing": example}


def manifests(rendered: Mapping[str, Rendered]) -> dict[str, str]:
    """File name -> text, of what became of the jobs."""
    example = rendered["plain-billing"]
    modes = ("deployment", "statefulset", "cronjob")
    texts = {f"{mode}.yaml": _text(rendered[mode], leaving_out=_MONITORING) for mode in modes}
    texts["podmonitor.yaml"] = _text(rendered["deployment"], only=_MONITORING)
    texts["sidecar.yaml"] = _text(example, leaving_out="billing-example/templates/deployment.yaml")
    texts["sidecar-patch.yaml"] = _patch(example)
    return {name: _HEAD.format(title=_TITLES[name]) + text for name, text in texts.items()}


def _text(rendered: Rendered, *, only: str = "", leaving_out: str = "") -> str:
    """The objects with the comments of their templates, and without what speaks to Helm alone."""
    assert rendered.error is None, rendered.error
    chosen = [text for name, text in sorted(rendered.files.items()) if only in {"", name} and name != leaving_out]
    bare = [re.sub(r"^  annotations:\n(?: +#.*\n)? +helm[.]sh/.*\n", "", text, flags=re.MULTILINE) for text in chosen]
    bare = [re.sub(r"^ +app[.]kubernetes[.]io/managed-by: Helm\n", "", text, flags=re.MULTILINE) for text in bare]
    return "".join(
        f"---\n{text.strip().removeprefix('---').strip()}\n" for text in bare if any(yaml.safe_load_all(text))
    )


def _patch(rendered: Rendered) -> str:
    pod = pod_of(rendered.one("Deployment", "billing"))
    named = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "billing"}}
    patch = {**named, "spec": {"template": {"spec": {key: pod[key] for key in ("initContainers", "volumes")}}}}
    return yaml.dump(patch, Dumper=_Readable, sort_keys=False, width=160)


class _Readable(yaml.SafeDumper):
    """Texts of several lines as they are."""


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _represented)


def main() -> None:
    """Write all of them."""
    with tempfile.TemporaryDirectory() as directory:
        rendered, _ = render(jobs(billing(pathlib.Path(directory))))
        for name, text in manifests(rendered).items():
            (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
