"""What a reload does with each key: a difference is taken over, or named as waiting for the next start. No key is passed over in silence."""

import pathlib
from typing import Any, Final

import pytest
import yaml

from probe.compose.changed import same, settled
from probe.compose.setup import SetUp, set_up
from probe.documents.reference import rows
from probe.settings.schema import config_schema

BASE: Final = """
scenarios: {directory: scenarios, enabled: [one]}
paths:
  billing:
    connector: {url: "https://connector.test:8443", identity: client, proxy: {url: "https://proxy.test:3128"}}
    upstream: {url: "https://behind.test:443"}
    stripe: {key_from: probe}
    webhook: {url: "https://shop.test/hook"}
  direct:
    connector: {url: "https://connector.test:8443"}
  tunnel:
    connector: {url: "https://tunnel.test:8443", kind: proxy}
  own:
    connector: {url: "https://own.test:8443", kind: api, canary: {tenant: nobody, proof: {test: true}}}
identities:
  client:
    certificate: client.pem
    private_key: client.key
    managed_by: cert-manager
    managed_proof: {kind: kubernetes, namespace: a, certificate: b}
  other: {certificate: other.pem, private_key: other.key}
certificates: {watch: [{files: watched.pem}]}
listen: {admin_tls: {certificate: admin.pem, private_key: admin.key}}
pages:
  sinks:
    duty: {kind: pagerduty, routing_key: "0123456789abcdef0123456789abcdef"}
    desk: {kind: alertmanager, url: "https://desk.test"}
    hook: {kind: webhook, url: "https://hook.test/a"}
  heartbeat: {url: "https://heart.test/a"}
cron: {every: 5m, textfile: paypath.prom}
maintenance:
  - {begins: "2026-01-15T14:00:00Z", ends: "2026-01-15T15:00:00Z"}
  - {days: [mon], at: "02:00", lasts: 1h}
"""
KEY: Final = "sk_test_" + "1" * 24
OUT: Final = object()
"""The key is left out."""

_VERIFY: Final = {
    "strict": (OUT, True),
    "partial_chain": (OUT, True),
    "security_level": (OUT, 1),
    "crl": (OUT, "crl.pem"),
    "tls_min": (OUT, "1.3"),
    "tls_max": (OUT, "1.2"),
    "ciphers": (OUT, "ECDHE+AESGCM"),
    "alpn": (OUT, ["http/1.1"]),
}
_VERIFIED: Final = ("paths.billing.connector", "paths.billing.connector.proxy", "paths.billing.upstream")
_PROOF: Final = {"kind": "cert-manager-metrics", "url": "http://m.test/a", "namespace": "a", "certificate": "b"}
_IN_USE: Final = "identities.client.in_use"
_WATCH: Final = "certificates.watch.0"

CHANGES: Final[dict[str, tuple[Any, Any]]] = {
    "environment": (OUT, "staging"),
    "location": (OUT, "elsewhere"),
    "state.directory": ("here", "there"),
    **{f"{side}.verify.{key}": change for side in _VERIFIED for key, change in _VERIFY.items()},
    "paths.direct.connector.url": ("https://connector.test:8443", "https://connector.test:8444"),
    "paths.direct.connector.kind": ("terminating", "api"),
    "paths.direct.connector.identity": (OUT, "client"),
    "paths.direct.connector.trust": (OUT, "ca.pem"),
    "paths.direct.connector.server_name": (OUT, "name.test"),
    "paths.direct.connector.address": (OUT, "127.0.0.1:1"),
    "paths.direct.connector.socket": (OUT, "connector.sock"),
    "paths.direct.connector.addresses": (OUT, "all"),
    "paths.direct.connector.health_path": (OUT, "/healthz"),
    "paths.direct.connector.error_code": (OUT, "fault.number"),
    "paths.direct.connector.diagnostics": (OUT, "on_failure"),
    "paths.direct.connector.thresholds": (OUT, ["9d"]),
    "paths.billing.connector.proxy.url": ("https://proxy.test:3128", "https://proxy.test:3129"),
    "paths.billing.connector.proxy.identity": (OUT, "other"),
    "paths.billing.connector.proxy.trust": (OUT, "ca.pem"),
    "paths.billing.connector.proxy.server_name": (OUT, "name.test"),
    "paths.billing.connector.proxy.credentials": (OUT, "name:word"),
    "paths.billing.connector.proxy.credentials_file": (OUT, "pair"),
    "paths.tunnel.connector.credentials": (OUT, "name:word"),
    "paths.tunnel.connector.credentials_file": (OUT, "pair"),
    "paths.own.connector.canary.tenant": ("nobody", "nobody-else"),
    "paths.own.connector.canary.field": (OUT, "payment.tenant"),
    "paths.own.connector.canary.proof": ({"test": True}, {"mode": "test"}),
    "paths.own.connector.canary.proof_path": (OUT, "/mode"),
    "paths.billing.upstream.url": ("https://behind.test:443", "https://behind.test:444"),
    "paths.billing.upstream.identity": (OUT, "other"),
    "paths.billing.upstream.trust": (OUT, "ca.pem"),
    "paths.billing.upstream.server_name": (OUT, "name.test"),
    "paths.billing.upstream.address": (OUT, "127.0.0.1:1"),
    "paths.billing.upstream.health_path": (OUT, "/healthz"),
    "paths.direct.stripe.key_from": (OUT, "connector"),
    "paths.billing.stripe.api_key": (KEY, KEY + "1"),
    "paths.billing.stripe.api_key_file": ("key", "other-key"),
    "paths.billing.stripe.account": (OUT, "acct_1234567890"),
    "paths.billing.stripe.requests_per_second": (OUT, 3),
    "paths.billing.stripe.webhook_secret": (OUT, "whsec_" + "1" * 24),
    "paths.billing.stripe.webhook_secret_file": (OUT, "signing"),
    "paths.billing.webhook.url": ("https://shop.test/hook", "https://shop.test/other"),
    "paths.billing.webhook.trust": (OUT, "ca.pem"),
    "paths.billing.webhook.secret": (OUT, "whsec_" + "1" * 24),
    "paths.billing.webhook.secret_file": (OUT, "signing"),
    "paths.billing.real_traffic": (OUT, "vector(1)"),
    "identities.client.certificate": ("client.pem", "renewed.pem"),
    "identities.client.private_key": ("client.key", "renewed.key"),
    "identities.client.private_key_password": (OUT, "word"),
    "identities.client.private_key_password_file": (OUT, "word"),
    "identities.client.managed_by": ("cert-manager", "vault"),
    "identities.client.renew_before": (OUT, "30d"),
    "identities.client.managed_proof.kind": (_PROOF, {**_PROOF, "kind": "kubernetes"}),
    "identities.client.managed_proof.url": (_PROOF, {**_PROOF, "url": "http://m.test/b"}),
    "identities.client.managed_proof.namespace": ("a", "c"),
    "identities.client.managed_proof.certificate": ("b", "c"),
    f"{_IN_USE}.kind": (OUT, {"kind": "envoy-admin", "url": "http://e.test/certs"}),
    f"{_IN_USE}.url": (
        {"kind": "envoy-admin", "url": "http://e.test/a"},
        {"kind": "envoy-admin", "url": "http://e.test/b"},
    ),
    f"{_IN_USE}.header": (
        {"kind": "http-header", "url": "http://e.test/a", "header": "x-a"},
        {"kind": "http-header", "url": "http://e.test/a", "header": "x-b"},
    ),
    f"{_IN_USE}.file": ({"kind": "file-sha256", "file": "a"}, {"kind": "file-sha256", "file": "b"}),
    f"{_IN_USE}.metric": (
        {"kind": "metric", "url": "http://e.test/a", "metric": "a"},
        {"kind": "metric", "url": "http://e.test/a", "metric": "b"},
    ),
    "identities.client.thresholds": (OUT, ["9d"]),
    "certificates.watch": (["a.pem"], ["a.pem", "b.pem"]),
    f"{_WATCH}.files": ("a.pem", "b.pem"),
    f"{_WATCH}.password": (OUT, "word"),
    f"{_WATCH}.password_file": (OUT, "word"),
    f"{_WATCH}.path": (OUT, "billing"),
    f"{_WATCH}.managed_by": (OUT, "cert-manager"),
    f"{_WATCH}.renew_before": (OUT, "30d"),
    f"{_WATCH}.thresholds": (OUT, ["9d"]),
    "certificates.thresholds": (OUT, ["9d"]),
    "scenarios.directory": ("scenarios", "others"),
    "scenarios.enabled": (["one"], ["one", "two"]),
    "scenarios.every": (OUT, "3h"),
    "concurrency.runs": (OUT, 4),
    "concurrency.runs_per_path": (OUT, 1),
    "self_check.addresses": (OUT, ["10.0.0.1:443"]),
    "replicas.shard": (OUT, "1/2"),
    "replicas.charges": (OUT, "none"),
    "listen.metrics": (OUT, "127.0.0.1:19464"),
    "listen.webhooks": (OUT, "127.0.0.1:19466"),
    "listen.admin": (OUT, "127.0.0.1:19465"),
    "listen.admin_tls.certificate": ("admin.pem", "renewed.pem"),
    "listen.admin_tls.private_key": ("admin.key", "renewed.key"),
    "listen.admin_tls.client_ca": (OUT, "ca.pem"),
    "listen.admin_token": (OUT, "a-long-enough-token"),
    "listen.admin_token_file": (OUT, "token"),
    "pages.failures": (OUT, 3),
    "pages.proven": (OUT, False),
    "pages.success_below": (OUT, 0.5),
    "pages.window": (OUT, "1h"),
    "pages.samples": (OUT, 20),
    "pages.resolve_after": (OUT, 3),
    "pages.remind_every": (OUT, "2h"),
    "pages.sinks.desk.kind": ("alertmanager", "webhook"),
    "pages.sinks.desk.url": ("https://desk.test", "https://desk.test:1"),
    "pages.sinks.hook.url_file": (OUT, "address"),
    "pages.sinks.duty.routing_key": ("0" * 32, "1" * 32),
    "pages.sinks.duty.routing_key_file": (OUT, "routing"),
    "pages.sinks.hook.token": (OUT, "a-token"),
    "pages.sinks.hook.token_file": (OUT, "token"),
    "pages.sinks.hook.format": (OUT, "json"),
    "pages.heartbeat.url": ("https://heart.test/a", "https://heart.test/b"),
    "pages.heartbeat.url_file": (OUT, "address"),
    "pages.heartbeat.every": (OUT, "2m"),
    "cron.every": ("5m", "6m"),
    "cron.textfile": ("paypath.prom", "other.prom"),
    "cron.pushgateway": (OUT, "http://push.test:9091"),
    "cron.job": (OUT, "other"),
    "cron.credentials": (OUT, "name:word"),
    "cron.credentials_file": (OUT, "pair"),
    "maintenance": ([], [{"days": ["tue"], "at": "02:00", "lasts": "1h"}]),
    "maintenance.0.begins": ("2026-01-15T14:00:00Z", "2026-01-15T14:10:00Z"),
    "maintenance.0.ends": ("2026-01-15T15:00:00Z", "2026-01-15T15:10:00Z"),
    "maintenance.1.days": (["mon"], ["tue"]),
    "maintenance.1.at": ("02:00", "03:00"),
    "maintenance.1.lasts": ("1h", "2h"),
    "maintenance.1.paths": (OUT, ["billing"]),
    "maintenance.1.because": (OUT, "a new rack"),
    "links.runbooks": (OUT, "https://wiki.test/runbooks"),
    "links.grafana": (OUT, "https://grafana.test"),
    **{
        f"timeouts.{phase}": (OUT, "3s")
        for phase in ("default", "dns", "tcp", "tls", "accept", "send", "wait", "receive")
    },
    "codes": (OUT, {"tls.*": 6023}),
}
FILES: Final = {
    "key": KEY,
    "other-key": KEY + "1",
    "signing": "whsec_" + "1" * 24,
    "pair": "name:word",
    "word": "word",
    "token": "a-long-enough-token",
    "address": "https://elsewhere.test/x",
    "routing": "1" * 32,
}
AT_THE_NEXT_START: Final = {
    "environment": "environment",
    "location": "location",
    "state.directory": "state.directory",
    "listen.metrics": "listen.metrics",
    "listen.webhooks": "listen.webhooks",
    "listen.admin": "listen.admin",
    "listen.admin_tls.certificate": "listen.admin_tls",
    "listen.admin_tls.private_key": "listen.admin_tls",
    "listen.admin_tls.client_ca": "listen.admin_tls",
    "listen.admin_token": "listen.admin_token",
    "listen.admin_token_file": "listen.admin_token",
}
"""What a difference in the key is said of."""
_WHOLE: Final = ("managed_proof.kind", "managed_proof.url", "in_use")
"""What changes of these is written as the whole map."""


def general(place: str) -> str:
    """The key as the configuration's page spells it: `paths.NAME.…`, `maintenance[].…`."""
    parts = place.split(".")
    for at, part in enumerate(parts):
        if part.isdecimal():
            parts[at] = "[]"
        elif at and parts[at - 1] in ("paths", "identities", "sinks") and len(parts) > at + 1:
            parts[at] = "NAME"
    return ".".join(parts).replace(".[]", "[]")


def written(place: str, value: object) -> dict[str, Any]:
    """The base with `value` at `place`; what cannot stand beside it is left out."""
    tree: dict[str, Any] = yaml.safe_load(BASE)
    if place.startswith("paths.direct.stripe"):
        value, place = ({"key_from": value} if value is not OUT else OUT), "paths.direct.stripe"
    for whole in _WHOLE:
        if place.startswith(f"identities.client.{whole}"):
            place = f"identities.client.{whole.partition('.')[0]}"
    *way, last = place.split(".")
    level: Any = tree
    for part in way:
        level = level[int(part)] if isinstance(level, list) else level.setdefault(part, {})
    level.pop(last, None)
    if value is not OUT:
        level.pop(last.removesuffix("_file"), None)
        level[last] = value
    stripe = tree["paths"]["billing"]["stripe"]
    if "api_key_file" not in stripe:
        stripe.setdefault("api_key", KEY)
    return tree


def read(directory: pathlib.Path, tree: dict[str, Any]) -> SetUp:
    """As `paypath run` reads it."""
    file = directory / "paypath.yaml"
    file.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return set_up(file, {"HOME": str(directory)})


@pytest.fixture
def directory(tmp_path: pathlib.Path) -> pathlib.Path:
    """With every file of one secret, and scenarios."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    for kept in ("scenarios", "others"):
        (tmp_path / kept).mkdir()
        for name in ("one", "two"):
            text = f"name: {name}\nevery: 30s\nsteps: [{{handshake: {{}}}}]\n"
            (tmp_path / kept / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_every_key_has_a_row_here() -> None:
    """A new key is not there before somebody has said what a reload does with it."""
    assert {general(place) for place in CHANGES} == {".".join(row.key) for row in rows(config_schema())}


@pytest.mark.parametrize("place", CHANGES)
def test_no_change_is_passed_over(directory: pathlib.Path, place: str) -> None:
    """Taken over at once, or named as what waits for the next start."""
    before, after = (read(directory, written(place, value)) for value in CHANGES[place])
    merged, waiting = settled(after, before)
    said = AT_THE_NEXT_START.get(place)
    assert waiting == (() if said is None else (said,))
    assert (not same(merged, before)) or said


def test_what_is_the_same_is_the_same(directory: pathlib.Path) -> None:
    """Also where it is written otherwise: with another unit, or with a default spelled out."""
    tree = written("scenarios.every", "2m")
    before = read(directory, tree)
    tree["scenarios"]["every"], tree["concurrency"] = "120s", {"runs": 256}
    merged, waiting = settled(read(directory, tree), before)
    assert waiting == ()
    assert same(merged, before)


@pytest.mark.parametrize("place", [place for place in CHANGES if place.endswith("_file")])
def test_every_file_of_a_secret_is_watched(directory: pathlib.Path, place: str) -> None:
    """So that its rotation is noticed, and the content is a difference."""
    before = read(directory, written(place, CHANGES[place][1]))
    (file,) = before.loaded.secret_files
    assert file == directory / CHANGES[place][1]
    file.write_text(file.read_text() + "2" if "routing" not in place else "2" * 32, encoding="utf-8")
    merged, waiting = settled(read(directory, written(place, CHANGES[place][1])), before)
    assert waiting or not same(merged, before)
