"""The sidecar can take nothing from the billing service: not its readiness, not its start, not its money."""

import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml

from probe.settings.load import load_settings
from tests.deploy.charts import Job, Object, Rendered, billing, pod_of, render
from tests.deploy.manifests import HERE, jobs, manifests
from tests.e2e.processes import environment

pytestmark = pytest.mark.server("helm")
LIMIT_S = 60.0


@pytest.fixture(scope="module")
def all_rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rendered]:
    """A billing service whose chart has paypath among its dependencies, and what the plain manifests are made of."""
    chart = billing(tmp_path_factory.mktemp("charts"))
    wanted = {
        "billing": Job(values={}, chart=chart, release="billing", namespace="payments"),
        "unpinned": Job(values={"paypath": {"image": {"digest": ""}}}, chart=chart),
    }
    return render({**wanted, **jobs(chart)})[0]


@pytest.fixture(scope="module")
def rendered(all_rendered: dict[str, Rendered]) -> Rendered:
    """The example."""
    return all_rendered["billing"]


@pytest.fixture(scope="module")
def pod(rendered: Rendered) -> Object:
    """The billing service's pod."""
    return pod_of(rendered.one("Deployment", "billing"))


@pytest.fixture(scope="module")
def sidecar(pod: Object) -> Object:
    """The container in it."""
    (found,) = pod["initContainers"]
    assert isinstance(found, dict)
    return found


def test_billing_becomes_ready_while_paypath_hangs(pod: Object, sidecar: Object) -> None:
    """A native sidecar without a probe that the pod's start or readiness waits for: started is enough, and started is ready."""
    assert sidecar["restartPolicy"] == "Always"
    assert {key for key in sidecar if key.endswith("Probe")} == {"livenessProbe"}
    assert "lifecycle" not in sidecar
    assert [one["name"] for one in pod["containers"]] == ["billing"]
    assert pod["containers"][0]["readinessProbe"]["httpGet"]["path"] == "/ready"


def test_a_hanging_paypath_is_started_anew_without_a_pause(sidecar: Object) -> None:
    """Between two starts the pod is not ready, and the pause grows unless the container has run for ten minutes before."""
    probe = sidecar["livenessProbe"]
    assert probe["httpGet"] == {"path": "/healthz", "port": "paypath"}
    assert probe["periodSeconds"] * (probe["failureThreshold"] - 1) >= 600
    assert probe["terminationGracePeriodSeconds"] <= 10


def test_billing_starts_without_anything_of_paypath(pod: Object) -> None:
    """A Secret or ConfigMap that is not there would keep the whole pod from starting."""
    sources = [one.get("secret") or one.get("configMap") for one in pod["volumes"] if "emptyDir" not in one]
    assert len(sources) == 2
    assert all(one["optional"] is True for one in sources)
    assert all(one["defaultMode"] == 0o444 for one in sources if "secretName" in one)


def test_it_shares_nothing_and_charges_nothing(pod: Object, sidecar: Object) -> None:
    """No volume of the billing service, no Stripe key, no charge; pinned by digest."""
    billing_mounts = {one["name"] for one in pod["containers"][0].get("volumeMounts", [])}
    assert not billing_mounts & {one["name"] for one in sidecar["volumeMounts"]}
    assert all(one["name"].startswith("paypath-") for one in sidecar["volumeMounts"])
    assert {"name": "PAYPATH_REPLICAS__CHARGES", "value": "none"} in sidecar["env"]
    assert not any("stripe" in one["name"] for one in pod["volumes"])
    assert "@sha256:" in sidecar["image"]


def test_its_configuration_is_one(rendered: Rendered, tmp_path: pathlib.Path) -> None:
    """It shakes hands, and needs no key for that."""
    file = tmp_path / "paypath.yaml"
    file.write_text(rendered.configuration("billing-paypath"))
    loaded = load_settings(file, {})
    assert loaded.scenarios_enabled == ("mtls-handshake",)
    assert loaded.identities[0].managed_proof is None


@contextmanager
def first_process(sidecar: Object, configuration: pathlib.Path) -> Iterator[subprocess.Popen[str]]:
    """What the container starts, with the real `paypath` on its PATH."""
    *python, script = sidecar["command"]
    script = script.replace("/etc/paypath/paypath.yaml", str(configuration))
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    env = environment(
        PATH=path, PAYPATH_LISTEN__METRICS="127.0.0.1:0", PAYPATH_STATE__DIRECTORY=str(configuration.parent)
    )
    process = subprocess.Popen(
        [*python, script],
        env=env,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert process.stderr
        process.stderr.close()


def said(process: subprocess.Popen[str], text: str) -> None:
    """Read what it says until `text` is in it."""
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if text in line:
            return
    pytest.fail(f"no {text!r} in {lines}")


@pytest.mark.parametrize(
    ("configuration", "text"),
    [
        ("environmint: prod\n", "the prober ended with status 2; it is started again in 60 s"),
        ("environment: prod\npaths: {billing: {connector: {url: 'https://127.0.0.1:1'}}}\n", "metrics on http://"),
    ],
)
def test_a_wrong_configuration_does_not_end_the_container(
    sidecar: Object, tmp_path: pathlib.Path, configuration: str, text: str
) -> None:
    """The container goes on, so that the pod stays ready; SIGTERM ends it at once, while it waits and while it probes."""
    file = tmp_path / "paypath.yaml"
    file.write_text(configuration)
    with first_process(sidecar, file) as process:
        said(process, text)
        assert process.poll() is None
        process.terminate()
        assert process.wait(LIMIT_S) == 0


def test_the_patch_is_the_container_and_its_volumes(all_rendered: dict[str, Rendered]) -> None:
    """It names the Deployment that it is for, as Kustomize wants it, and adds nothing but what is merged by name."""
    patch = yaml.safe_load((HERE / "sidecar-patch.yaml").read_text())
    whole = all_rendered["plain-billing"].one("Deployment", "billing")
    assert (patch["kind"], patch["metadata"]) == ("Deployment", {"name": whole["metadata"]["name"]})
    pod = pod_of(whole)
    assert pod_of(patch) == {"initContainers": pod["initContainers"], "volumes": pod["volumes"]}


def test_an_image_that_is_not_pinned(all_rendered: dict[str, Rendered]) -> None:
    """What was never tried must not come into the billing service's pods by a tag that moved."""
    assert "its image must be pinned" in (all_rendered["unpinned"].error or "")


def test_the_plain_manifests_are_those_of_the_chart(all_rendered: dict[str, Rendered]) -> None:
    """`python -m tests.deploy.manifests` would change nothing, and no other manifest stands beside them."""
    texts = manifests(all_rendered)
    assert {file.name: file.read_text() for file in HERE.glob("*.yaml")} == texts
    for name, text in texts.items():
        assert "helm.sh" not in text, name
        assert "managed-by" not in text, name
    assert [line for name in jobs(HERE) for line in all_rendered[name].objections] == []
