"""Configurations written on the spot."""

import pathlib
from collections.abc import Callable, Mapping

import pytest

from probe.documents.mistakes import SetupError
from probe.settings.load import Loaded, load_settings

CONTRACT = """\
environment: staging
location: eu-west-1a
state: {directory: /var/lib/paypath}
paths:
  billing:
    connector:
      url: https://billing-connector.internal:8443
      kind: terminating
      identity: billing
      trust: /etc/paypath/ca.pem
      server_name: null
      health_path: /healthz
      verify: {strict: false, security_level: null, crl: null, tls_min: "1.2", tls_max: null}
    stripe:
      key_from: probe
      api_key_file: stripe_test_key
      account: acct_123
      requests_per_second: 2
identities:
  billing:
    certificate: /etc/billing/tls/tls.crt
    private_key: /etc/billing/tls/tls.key
    managed_by: cert-manager
    renew_before: 30d
    in_use: {kind: envoy-admin, url: "http://127.0.0.1:9901/certs"}
certificates:
  watch: ["/etc/ssl/billing/*.pem"]
  thresholds: [30d, 14d, 7d, 48h]
scenarios: {directory: scenarios, enabled: [mtls-handshake, card-charge, card-declined], every: null}
listen: {metrics: "127.0.0.1:9464", admin: "127.0.0.1:9464"}
"""
"""The documented example, its key beside it in `stripe_test_key`."""

Load = Callable[..., Loaded]
Refuse = Callable[..., list[str]]


@pytest.fixture
def contract() -> str:
    """The documented example."""
    return CONTRACT


@pytest.fixture
def load(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load a text as `paypath.yaml` of the working directory, with an environment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stripe_test_key").write_text("sk_test_fromfile\n")

    def loaded(text: str | None, environ: Mapping[str, str] | None = None) -> Loaded:
        if text is not None:
            (tmp_path / "paypath.yaml").write_text(text)
        return load_settings(None, environ or {})

    return loaded


@pytest.fixture
def refuse(load: Load) -> Refuse:
    """The messages of every mistake, in order."""

    def refused(text: str | None, environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(SetupError) as caught:
            load(text, environ)
        return [str(mistake) for mistake in caught.value.mistakes]

    return refused
