"""`managed_by` is a claim until cert-manager itself bears it out: what a person sees of it in `paypath certs`."""

import asyncio
import pathlib
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from probe.lab.pki import Authority
from probe.model.clock import SystemClock
from tests.e2e.processes import paypath
from tests.support.pages import serving

NOW = SystemClock().now().replace(microsecond=0)
ENDS = NOW + timedelta(days=80)
LABELS = 'issuer_group="cert-manager.io",issuer_kind="Issuer",issuer_name="payments-ca",name="billing-client"'
METRICS = """\
certmanager_certificate_expiration_timestamp_seconds{{{labels}}} {ends}
certmanager_certificate_ready_status{{condition="True",{labels}}} {ready}
certmanager_certificate_ready_status{{condition="False",{labels}}} {unready}
certmanager_certificate_renewal_timestamp_seconds{{{labels}}} {renewal}
"""
CONFIGURATION = """\
environment: staging
state: {{directory: {state}}}
identities:
  billing:
    certificate: tls.crt
    managed_by: cert-manager
    managed_proof: {{kind: cert-manager-metrics, url: "{url}/metrics", namespace: payments, certificate: billing-client}}
"""


def metrics(ends: datetime, *, ready: bool) -> str:
    """cert-manager's page, of one Certificate."""
    values = {"ends": ends.timestamp(), "ready": int(ready), "unready": int(not ready)}
    renewal = (ends - timedelta(days=30)).timestamp()
    return METRICS.format(labels=f'{LABELS},namespace="payments"', renewal=renewal, **values)


@pytest.mark.parametrize(
    ("page", "reasons", "proven"),
    [
        (metrics(ENDS, ready=True), [], True),
        (metrics(ENDS, ready=False), ["certificate.management_unproven"], False),
        (metrics(ENDS + timedelta(days=30), ready=True), ["certificate.management_unproven"], False),
        ("up 1\n", ["certificate.management_unproven"], None),
    ],
)
async def test_the_claim(tmp_path: pathlib.Path, page: str, reasons: list[str], proven: bool | None) -> None:  # noqa: FBT001 - one of three
    """Proven, disproven by another state or by another certificate, and not to be asked."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=page)

    issued = Authority.root("payments client CA", now=NOW).issue("billing-service", not_after=ENDS)
    (tmp_path / "tls.crt").write_bytes(issued.certificate_pem)
    async with serving(answer) as url:
        (tmp_path / "paypath.yaml").write_text(CONFIGURATION.format(state=tmp_path / "state", url=url))
        found = await asyncio.to_thread(paypath, "certs", "--format", "json", cwd=tmp_path)
    (line,) = found.json_lines()
    assert (found.status, line["reasons"], line["proven"], line["managed_by"]) == (0, reasons, proven, "cert-manager")
