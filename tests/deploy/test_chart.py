"""The chart, rendered by Helm itself in every way to install it: what API servers take, and what must hold in each."""

import pathlib
import re
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from probe.settings.load import Loaded, load_settings
from probe.settings.schema import config_schema
from tests.deploy.charts import Job, Object, Rendered, billing, pod_of, render
from tests.deploy.values import BROUGHT, DIGEST, LEAST, MODES, PATHS, SCENARIO, SETS
from tests.servers.programs import ROOT, require

pytestmark = pytest.mark.server("helm")
CHART = ROOT / "deploy" / "helm" / "paypath"
SECRETS = "/run/secrets/paypath"
REFUSED: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "no-path": ({**LEAST, "config": {"environment": "prod"}}, "config.paths: name at least one payment path"),
    "no-issuer": ({"config": LEAST["config"]}, "certificate.issuerRef.name: name who signs"),
    "no-account": ({**LEAST, "serviceAccount": {"create": False}}, "serviceAccount.name"),
    "no-egress": ({**LEAST, "networkPolicy": {"enabled": True}}, "networkPolicy.egress: say where the connectors are"),
    "webhooks": (
        {**LEAST, "mode": "statefulset", "webhooks": {"enabled": True}},
        "webhooks.enabled: only in mode deployment",
    ),
    "misspelt": ({**LEAST, "persistance": {}}, "additional properties 'persistance' not allowed"),
    "mode": ({**LEAST, "mode": "daemonset"}, "mode"),
    "digest": ({**LEAST, "image": {"digest": "latest"}}, "image/digest"),
    "root": ({**LEAST, "podSecurityContext": {"runAsUser": 0}}, "podSecurityContext/runAsUser"),
    "identity-twice": ({**LEAST, "secrets": {"identity": {"secretName": "x"}}}, "identity"),
    "key": (
        {**LEAST, "config": {"paths": {"b": {"stripe": {"api_key": "sk_test_x"}}}}},
        "config.paths.b.stripe.api_key: a secret has no place in a ConfigMap",
    ),
    "hook": (
        {**LEAST, "config": {"paths": PATHS, "pages": {"sinks": {"chat": {"kind": "webhook", "url": "https://x"}}}}},
        "config.pages.sinks.chat.url: a secret has no place in a ConfigMap",
    ),
    "watched": (
        {**LEAST, "config": {"paths": PATHS, "certificates": {"watch": [{"files": "/x", "password": "y"}]}}},
        "config.certificates.watch[0].password: a secret",
    ),
}
CONTAINERS = [name for name in SETS if not name.endswith("sidecar")]


@pytest.fixture(scope="module")
def all_rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Rendered], dict[str, Any]]:
    """Every set of values, and the example of a billing service, by one process."""
    jobs = {name: Job(values=values) for name, values in SETS.items()}
    jobs |= {f"refused-{name}": Job(values=values) for name, (values, _) in REFUSED.items()}
    chart = billing(tmp_path_factory.mktemp("charts"))
    jobs["billing"] = Job(values={}, chart=chart, release="billing", namespace="payments")
    return render(jobs)


@pytest.fixture(scope="module")
def rendered(all_rendered: tuple[dict[str, Rendered], dict[str, Any]]) -> dict[str, Rendered]:
    """By the name of the set."""
    return all_rendered[0]


def settings(rendered: Rendered, directory: pathlib.Path, name: str = "paypath") -> Loaded:
    """What paypath reads of the ConfigMap, with the Secrets below `directory`; raises what a person would be told."""
    key = directory / "stripe" / "api_key"
    key.parent.mkdir()
    key.write_text("sk_test_1234567890")
    file = directory / "paypath.yaml"
    file.write_text(rendered.configuration(name).replace(SECRETS, str(directory)))
    return load_settings(file, {})


def environment(container: Object) -> dict[str, str]:
    """The variables of a container."""
    return {one["name"]: one.get("value", "") for one in container["env"]}


def test_helm_lints_it(all_rendered: tuple[dict[str, Rendered], dict[str, Any]]) -> None:
    """Strictly, and without an error."""
    lint = all_rendered[1]
    assert lint["errors"] == []
    assert lint["total_charts_linted"] == 1


@pytest.mark.parametrize("name", [*SETS, "billing"])
def test_api_servers_take_every_object(rendered: dict[str, Rendered], name: str) -> None:
    """The oldest and the newest one, strictly, and the custom resources of cert-manager and the Prometheus Operator."""
    assert rendered[name].error is None
    assert rendered[name].objections == []
    assert rendered[name].objects != []
    keys = [(one["kind"], one["metadata"]["name"]) for one in rendered[name].objects]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(rendered: dict[str, Rendered], name: str) -> None:
    """Before anything is installed, with the value's name and what to do about it."""
    assert REFUSED[name][1] in (rendered[f"refused-{name}"].error or "")


def test_every_secret_of_the_configuration_is_known() -> None:
    """The keys that the template refuses are those that have a second form with `_file`."""
    schema = config_schema()
    keys = [name for one in (schema, *schema["$defs"].values()) for name in one.get("properties", {})]
    secrets = {name.removesuffix("_file") for name in keys if name.endswith("_file")} - {"url"}
    text = (CHART / "templates" / "_config.tpl").read_text()
    listed = re.search(r"has [$]key [(]list ([^)]*)[)]", text)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) == secrets


@pytest.mark.parametrize("name", [name for name in SETS if name != "own-configuration"])
def test_the_configuration_is_one(rendered: dict[str, Rendered], name: str, tmp_path: pathlib.Path) -> None:
    """It is read without a mistake; the identity is the chart's, in the directory where its Secret is mounted."""
    loaded = settings(rendered[name], tmp_path, "prober" if name.startswith("everything") else "paypath")
    (identity,) = loaded.identities
    assert loaded.paths[0].connector.identity == identity
    assert identity.certificate == tmp_path / "identity" / "tls.crt"
    brought = name.startswith("brought")
    assert identity.managed_by == (None if brought else "cert-manager")
    assert (identity.managed_proof is None) == (brought or name in {"unproven", "everything-sidecar"})


@pytest.mark.parametrize("name", ["least-deployment", "everything-cronjob"])
def test_the_certificate_is_its_own(rendered: dict[str, Rendered], name: str, tmp_path: pathlib.Path) -> None:
    """For clients alone, a new key each time, renewed long before its end; and the proof names this one, which the account may read."""
    found = rendered[name]
    certificate = found.one("Certificate")
    spec, own = certificate["spec"], certificate["metadata"]["name"]
    assert spec["commonName"] == "paypath"
    assert "client auth" in spec["usages"]
    assert "server auth" not in spec["usages"]
    assert spec["privateKey"]["rotationPolicy"] == "Always"
    (rule,) = found.one("Role")["rules"]
    assert (rule["resources"], rule["resourceNames"], rule["verbs"]) == (["certificates"], [own], ["get"])
    (identity,) = settings(found, tmp_path, own.removesuffix("-client")).identities
    assert identity.managed_proof
    assert (identity.managed_proof.namespace, identity.managed_proof.certificate) == ("monitoring", own)
    kind = "CronJob" if "cronjob" in name else "Deployment"
    volumes = {one["name"]: one for one in pod_of(found.one(kind))["volumes"]}
    assert volumes["paypath-identity"]["secret"]["secretName"] == spec["secretName"]


@pytest.mark.parametrize("name", [*CONTAINERS, "billing"])
def test_a_container_may_do_nothing(rendered: dict[str, Rendered], name: str) -> None:
    """The restricted pod security standard, a read-only root with the state, /tmp and no other place to write to."""
    workloads = [one for one in rendered[name].objects if one["kind"] in {"Deployment", "StatefulSet", "CronJob"}]
    (pod,) = (pod_of(one) for one in workloads)
    (container,) = (one for one in [*pod.get("initContainers", []), *pod["containers"]] if one["name"] == "paypath")
    both = {**pod.get("securityContext", {}), **container["securityContext"]}
    assert both["runAsNonRoot"] is True
    assert both.get("runAsUser", 1) != 0
    assert both["seccompProfile"] == {"type": "RuntimeDefault"}
    assert both["allowPrivilegeEscalation"] is False
    assert both["capabilities"] == {"drop": ["ALL"]}
    assert both["readOnlyRootFilesystem"] is True
    assert not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC"))
    assert not any("hostPath" in volume for volume in pod["volumes"])
    assert pod["enableServiceLinks"] is False
    writable = {one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")}
    assert writable == {"/var/lib/paypath", "/tmp"}  # noqa: S108 - a place in the pod
    assert environment(container)["PAYPATH_STATE__DIRECTORY"] == "/var/lib/paypath"
    assert not any("subPath" in one for one in container["volumeMounts"])
    assert container["resources"]["requests"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_what_is_mounted_is_there(rendered: dict[str, Rendered], name: str) -> None:
    """Each mount has its volume, each volume a mount; the account has a token only where it reads its Certificate."""
    (workload,) = (one for one in rendered[name].objects if one["kind"] in {"Deployment", "StatefulSet", "CronJob"})
    pod = pod_of(workload)
    claims = {one["metadata"]["name"] for one in workload["spec"].get("volumeClaimTemplates", [])}
    mounts = {one["name"] for one in pod["containers"][0]["volumeMounts"]}
    assert mounts == claims | {one["name"] for one in pod["volumes"]}
    assert pod["automountServiceAccountToken"] is ("Role" in rendered[name].kinds())
    assert ("brought" in name) == (pod["serviceAccountName"] == "brought")


@pytest.mark.parametrize("name", [name for name in CONTAINERS if "cronjob" not in name])
def test_probes_know_nothing_of_payments(rendered: dict[str, Rendered], name: str) -> None:
    """Alive is the process, ready is who has looked once; and what they ask for is what the container listens to."""
    kind = "StatefulSet" if "StatefulSet" in rendered[name].kinds() else "Deployment"
    (container,) = pod_of(rendered[name].one(kind))["containers"]
    asked = {key: one["httpGet"] for key, one in container.items() if key.endswith("Probe")}
    assert asked == {
        "livenessProbe": {"path": "/healthz", "port": "paypath"},
        "readinessProbe": {"path": "/readyz", "port": "paypath"},
    }
    port = container["ports"][0]
    assert port["name"] == "paypath"
    assert environment(container)["PAYPATH_LISTEN__METRICS"].endswith(f":{port['containerPort']}")


def test_one_prober_charges(rendered: dict[str, Rendered]) -> None:
    """The Deployment is one pod, and never two; its state outlives pod and release."""
    found = rendered["least-deployment"]
    spec = found.one("Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    claim = found.one("PersistentVolumeClaim")
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    volumes = {one["name"]: one for one in spec["template"]["spec"]["volumes"]}
    assert volumes["paypath-state"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert found.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_shares_and_replicas(rendered: dict[str, Rendered]) -> None:
    """A StatefulSet splits the paths by ordinal; without shares its first pod alone charges. Each pod has its own state."""
    shards = rendered["least-statefulset"].one("StatefulSet")
    variables = environment(pod_of(shards)["containers"][0])
    assert variables["PAYPATH_REPLICAS__SHARD"] == f"auto/{shards['spec']['replicas']}" == "auto/2"
    assert "PAYPATH_REPLICAS__CHARGES" not in variables
    assert [one["metadata"]["name"] for one in shards["spec"]["volumeClaimTemplates"]] == ["paypath-state"]
    assert shards["spec"]["serviceName"] == rendered["least-statefulset"].one("Service")["metadata"]["name"]
    copies = environment(pod_of(rendered["replicas"].one("StatefulSet"))["containers"][0])
    assert copies["PAYPATH_REPLICAS__CHARGES"] == "first"
    assert "PAYPATH_REPLICAS__SHARD" not in copies


def test_a_check_is_not_repeated(rendered: dict[str, Rendered]) -> None:
    """One at a time, once, and ended before the next is due; there is time to take back what it made."""
    spec = rendered["least-cronjob"].one("CronJob")["spec"]
    job, pod = spec["jobTemplate"]["spec"], pod_of(rendered["least-cronjob"].one("CronJob"))
    assert (spec["concurrencyPolicy"], spec["schedule"]) == ("Forbid", "*/5 * * * *")
    assert (job["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    assert 60 < job["activeDeadlineSeconds"] < 300
    assert pod["terminationGracePeriodSeconds"] >= 30
    assert pod["containers"][0]["args"] == ["check", "--config", "/etc/paypath/paypath.yaml"]
    assert not any(key.endswith("Probe") for key in pod["containers"][0])


def test_the_uid_can_be_the_clusters(rendered: dict[str, Rendered]) -> None:
    """Where the numbers are null, none is asked for."""
    context = pod_of(rendered["brought-deployment"].one("Deployment"))["securityContext"]
    assert not {"runAsUser", "runAsGroup", "fsGroup"} & set(context)
    assert BROUGHT["podSecurityContext"]["runAsUser"] is None


@pytest.mark.parametrize("mode", MODES)
def test_everything_that_is_turned_on(rendered: dict[str, Rendered], mode: str) -> None:
    """Pinned image, scenarios, closed network, labels: each value arrives where it is meant to."""
    found = rendered[f"everything-{mode}"]
    workload = next(one for one in found.objects if one["kind"].lower() == mode)
    pod = pod_of(workload)
    container = pod["containers"][0]
    assert container["image"] == f"registry.internal/paypath@{DIGEST}"
    assert environment(container)["PAYPATH_LOCATION"] == "eu-west-1"
    assert environment(container)["OTEL_EXPORTER_OTLP_ENDPOINT"].startswith("http://collector")
    assert found.one("ConfigMap", "prober-scenarios")["data"] == {"knock.yaml": SCENARIO}
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert mounts["paypath-scenarios"] == environment(container)["PAYPATH_SCENARIOS__DIRECTORY"]
    assert mounts["paypath-secret-pages"] == "/run/secrets/paypath/pages"
    for key in ("nodeSelector", "tolerations", "affinity", "topologySpreadConstraints", "priorityClassName"):
        assert pod[key]
    policy = found.one("NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert [port["port"] for rule in policy["egress"] for port in rule["ports"]] == [53, 53, 8443]
    assert bool(policy["ingress"]) == (mode != "cronjob")


def test_monitors_select_what_there_is(rendered: dict[str, Rendered]) -> None:
    """The labels of the pods and of the Service, and a port of that name; a check of cron has nothing to scrape."""
    found = rendered["everything-deployment"]
    template = found.one("Deployment")["spec"]["template"]
    selected = found.one("PodMonitor")["spec"]["selector"]["matchLabels"].items()
    assert selected <= template["metadata"]["labels"].items()
    service = found.one("Service")
    assert (
        found.one("ServiceMonitor")["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    )
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    assert service["spec"]["publishNotReadyAddresses"] is True
    assert not {"PodMonitor", "ServiceMonitor"} & rendered["everything-cronjob"].kinds()


def test_webhooks_reach_the_prober(rendered: dict[str, Rendered]) -> None:
    """A Service leads to the port that it listens to, which the network policy leaves open; elsewhere there is none."""
    found = rendered["webhooks"]
    (container,) = pod_of(found.one("Deployment"))["containers"]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert environment(container)["PAYPATH_LISTEN__WEBHOOKS"] == f"0.0.0.0:{ports['webhooks']}"
    service = found.one("Service", "paypath-webhooks")["spec"]
    assert [one["targetPort"] for one in service["ports"]] == ["webhooks"]
    assert service["selector"].items() <= found.one("Deployment")["spec"]["template"]["metadata"]["labels"].items()
    opened = [one["port"] for rule in found.one("NetworkPolicy")["spec"]["ingress"] for one in rule["ports"]]
    assert opened == ["paypath", "webhooks"]
    (plain,) = pod_of(rendered["least-deployment"].one("Deployment"))["containers"]
    assert [one["name"] for one in plain["ports"]] == ["paypath"]
    assert "PAYPATH_LISTEN__WEBHOOKS" not in environment(plain)


@pytest.mark.server("promtool")
def test_prometheus_takes_the_rules(rendered: dict[str, Rendered], tmp_path: pathlib.Path) -> None:
    """They are those of the project, whole; rules of one's own take their place."""
    spec = rendered["everything-deployment"].one("PrometheusRule")["spec"]
    assert spec == yaml.safe_load((ROOT / "dashboards" / "prometheus" / "rules.yaml").read_text())
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(spec))
    done = subprocess.run([require("promtool"), "check", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    own = rendered["own-rules"].one("PrometheusRule")["spec"]
    assert [group["name"] for group in own["groups"]] == ["own"]


def test_grafana_finds_the_dashboards(rendered: dict[str, Rendered]) -> None:
    """Each of the project's, byte for byte, in a ConfigMap with the label that Grafana's sidecar looks for."""
    labelled = [
        one
        for one in rendered["everything-deployment"].objects
        if one["metadata"].get("labels", {}).get("grafana_dashboard") == "1"
    ]
    texts = {name: text.strip() for one in labelled for name, text in one["data"].items()}
    assert texts == {file.name: file.read_text().strip() for file in (ROOT / "dashboards" / "grafana").glob("*.json")}
    assert all(one["metadata"]["annotations"]["grafana_folder"] == "Payments" for one in labelled)


def test_it_says_its_version() -> None:
    """The chart's appVersion is that of the package, and the example asks for the chart's version."""
    from probe import __version__  # noqa: PLC0415 - what it is held against

    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == __version__
    example = yaml.safe_load((CHART.parent / "billing-example" / "Chart.yaml").read_text())
    assert [one["version"] for one in example["dependencies"]] == [chart["version"]]
