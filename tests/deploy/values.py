"""Sets of values that differ in what they turn on: each is a way in which somebody may install the chart."""

from collections.abc import Mapping
from typing import Any, Final

DIGEST: Final = "sha256:" + "0" * 64
PATHS: Final = {
    "billing": {
        "connector": {
            "url": "https://billing-connector.payments.svc:8443",
            "identity": "paypath",
            "trust": "/run/secrets/paypath/identity/ca.crt",
        },
        "stripe": {"api_key_file": "/run/secrets/paypath/stripe/api_key"},
    }
}
LEAST: Final[Mapping[str, Any]] = {
    "certificate": {"issuerRef": {"name": "billing-client-ca"}},
    "config": {"environment": "prod", "paths": PATHS},
}
"""What nobody but the operator knows."""

SCENARIO: Final = "name: knock\nevery: 1m\ndeadline: 10s\nsteps:\n  - handshake: {}\n"
EVERYTHING: Final[Mapping[str, Any]] = {
    **LEAST,
    "fullnameOverride": "prober",
    "image": {"repository": "registry.internal/paypath", "digest": DIGEST, "pullSecrets": [{"name": "registry"}]},
    "location": "eu-west-1",
    "scenarios": {"knock.yaml": SCENARIO},
    "secrets": {"pages": {"secretName": "paypath-pages"}},
    "serviceAccount": {"annotations": {"team": "payments"}},
    "persistence": {"storageClassName": "fast", "size": "2Gi"},
    "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "serviceMonitor": {"enabled": True, "interval": "30s"},
    "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
    "dashboards": {"enabled": True, "annotations": {"grafana_folder": "Payments"}},
    "networkPolicy": {
        "enabled": True,
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "prometheus"}}}],
        "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 8443, "protocol": "TCP"}]}],
    },
    "env": [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://collector.monitoring.svc:4318"}],
    "podLabels": {"team": "payments"},
    "podAnnotations": {"team": "payments"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "payments", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "priorityClassName": "payments",
}
BROUGHT: Final[Mapping[str, Any]] = {
    "config": {"environment": "prod", "paths": PATHS},
    "certificate": {"enabled": False},
    "identity": {"secretName": "brought-tls"},
    "serviceAccount": {"create": False, "name": "brought"},
    "persistence": {"existingClaim": "brought"},
    "podDisruptionBudget": {"enabled": False},
    "podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None},
}
"""Nothing is made that can be brought, on a cluster that chooses the uid."""

MODES: Final = ("deployment", "statefulset", "cronjob")
SETS: Final[Mapping[str, Mapping[str, Any]]] = {
    **{f"least-{mode}": {**LEAST, "mode": mode} for mode in MODES},
    **{f"everything-{mode}": {**EVERYTHING, "mode": mode} for mode in (*MODES, "sidecar")},
    **{f"brought-{mode}": {**BROUGHT, "mode": mode} for mode in MODES},
    "replicas": {**LEAST, "mode": "statefulset", "statefulset": {"replicas": 3, "shards": False}},
    "webhooks": {**LEAST, "webhooks": {"enabled": True}, "networkPolicy": EVERYTHING["networkPolicy"]},
    "unproven": {**LEAST, "certificate": {"issuerRef": {"name": "ca"}, "proof": False}},
    "stateless": {**LEAST, "persistence": {"enabled": False}},
    "own-configuration": {**LEAST, "config": {}, "existingConfigMap": "own"},
    "own-rules": {**LEAST, "prometheusRule": {"enabled": True, "rules": "groups:\n- name: own\n  rules: []\n"}},
}
