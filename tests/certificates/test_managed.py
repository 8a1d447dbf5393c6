"""What is said to renew a certificate is asked: both kinds of proof, through servers that answer as cert-manager and Kubernetes do."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from probe.certificates import fetch as fetching
from probe.certificates.managed import prove
from probe.certificates.managed_kubernetes import Cluster
from probe.certificates.parse import certificates_from_pem
from probe.lab.pki import SERVER_AUTH, Authority
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.clock import FakeClock, SystemClock
from probe.model.path import ManagedProof, ProofKind
from probe.model.watch import Proof
from tests.support.pages import Answer, serving

NOW = SystemClock().now().replace(microsecond=0)
"""The servers' certificates are verified by OpenSSL, whose clock is the machine's."""
ENDS = NOW + timedelta(days=61)
FILE = "/etc/billing/tls/tls.crt"
ROOT = Authority.root("Cluster root", now=NOW)
TOKEN = "eyJhbGciOi.the-token-of-the-account.nobody-sees-it"


@pytest.fixture(scope="module")
def leaf() -> Certificate:
    """The certificate in our file; it ends at ENDS."""
    issued = ROOT.issue("billing-service", not_after=ENDS)
    return certificates_from_pem(issued.certificate_pem, source=Source(SourceKind.FILE, FILE))[0]


def metrics(
    *,
    name: str = "billing-client",
    namespace: str = "payments",
    ends: datetime | None = ENDS,
    ready: str = "True",
    renewal: datetime | None = None,
    begins: datetime | None = None,
    namespace_label: str = "namespace",
) -> str:
    """What cert-manager's controller shows of one Certificate, in the order and spelling of its collector."""
    labels = f'issuer_group="cert-manager.io",issuer_kind="Issuer",issuer_name="private-ca",name="{name}"'
    labels += f',{namespace_label}="{namespace}"'
    metric = "certmanager_certificate_"

    lines = [
        "# HELP certmanager_certificate_expiration_timestamp_seconds The timestamp after which the certificate expires.",
        "# TYPE certmanager_certificate_expiration_timestamp_seconds gauge",
        f"{metric}expiration_timestamp_seconds{{{labels}}} {ends.timestamp() if ends else 0!r}",
        f"{metric}not_before_timestamp_seconds{{{labels}}} {begins.timestamp() if begins else 0!r}",
        "# TYPE certmanager_certificate_ready_status gauge",
    ]
    for condition in ("False", "True", "Unknown"):
        value = int(condition == ready)
        lines.append(f'{metric}ready_status{{condition="{condition}",{labels}}} {value}')
    lines.append(f"{metric}renewal_timestamp_seconds{{{labels}}} {renewal.timestamp() if renewal else 0!r}")
    lines.append('certmanager_controller_sync_call_count{controller="certificates-readiness"} 12')
    return "\n".join(lines) + "\n"


async def asked(url: str, leaf: Certificate, **more: object) -> Proof:
    """Proof by metrics, of `payments/billing-client`."""
    proof = ManagedProof(
        kind=ProofKind.CERT_MANAGER_METRICS, url=url, namespace="payments", certificate="billing-client"
    )
    return await prove(proof, leaf, clock=FakeClock(NOW), limit_s=5, **more)  # type: ignore[arg-type]  # the caller's keywords


async def by_metrics(page: str | web.Response, leaf: Certificate) -> Proof:
    """Proof by a page of metrics, or by another answer."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return page if isinstance(page, web.Response) else web.Response(text=page)

    async with serving(answer) as url:
        found = await asked(f"{url}/metrics", leaf)
        return Proof(found.proven, found.detail.replace(url, "URL"), found.renewal_at)


def text(at: datetime) -> str:
    """As details write it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_ready_and_ending_with_the_file(leaf: Certificate) -> None:
    """That is the proof; when it is to be renewed is told along with it."""
    renewal = ENDS - timedelta(days=30)
    found = await by_metrics(metrics(renewal=renewal), leaf)
    detail = f"Certificate payments/billing-client is Ready, and is to be renewed in 31 days, at {text(renewal)}"
    assert found == Proof(proven=True, detail=detail, renewal_at=renewal)
    assert (await by_metrics(metrics(), leaf)).proven is True


async def test_a_renewal_that_did_not_come(leaf: Certificate) -> None:
    """It is managed all the same, and the detail says what has not happened."""
    renewal = NOW - timedelta(days=3)
    found = await by_metrics(metrics(renewal=renewal), leaf)
    assert (found.proven, found.renewal_at) == (True, renewal)
    assert "was to be renewed 3 days ago" in found.detail


async def test_another_end(leaf: Certificate) -> None:
    """The mounted file is not the managed one: the incident's own cause, with a green claim beside it."""
    for ends in (ENDS + timedelta(days=29), ENDS - timedelta(seconds=1)):
        found = await by_metrics(metrics(ends=ends, renewal=NOW), leaf)
        assert (found.proven, found.renewal_at) == (False, None)
        assert f"ends at {text(ends)}, the one in {FILE} at {text(ENDS)}: it is not what cert-manager renews" in (
            found.detail
        )


async def test_a_renewal_of_a_moment_ago(leaf: Certificate) -> None:
    """A mounted file follows within minutes: until then nothing is proven either way, and afterwards it is another one."""
    new = {"ends": ENDS + timedelta(days=29)}
    found = await by_metrics(metrics(**new, begins=NOW - timedelta(minutes=2)), leaf)  # type: ignore[arg-type]  # keywords
    assert found.proven is None
    assert "it was just renewed" in found.detail
    assert (await by_metrics(metrics(**new, begins=NOW - timedelta(minutes=11)), leaf)).proven is False  # type: ignore[arg-type]  # keywords


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (metrics(ready="False"), "Certificate payments/billing-client is not Ready: "),
        (metrics(ready="Unknown"), "does not know whether it is Ready"),
        (metrics(ends=None, ready="False"), "Certificate payments/billing-client was never issued"),
        (metrics(ends=datetime(9999, 12, 31, tzinfo=UTC)).replace("253402214400.0", "1e300"), "was never issued"),
        (metrics(name="billing-clients"), "knows no Certificate payments/billing-client; did you mean payments/billi"),
        (metrics(namespace="default"), "knows no Certificate payments/billing-client; there is default/billing-client"),
        (metrics(name="quite-another"), "knows no Certificate payments/billing-client"),
    ],
)
async def test_what_is_not_managed(leaf: Certificate, page: str, said: str) -> None:
    """Not ready, never issued, unknown: nothing renews it, and the detail says which."""
    found = await by_metrics(page, leaf)
    assert found.proven is False
    assert said in found.detail


async def test_among_thousands(leaf: Certificate) -> None:
    """The page of a large cluster is asked for one name; a Prometheus in between has renamed the label of the namespace."""
    crowd = "".join(metrics(name=f"other-{number}") for number in range(2000))
    mine = metrics(namespace_label="exported_namespace").replace(
        'exported_namespace="payments"', 'exported_namespace="payments",namespace="cert-manager"'
    )
    assert (await by_metrics(crowd + mine, leaf)).proven is True


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("", "URL/metrics shows no metrics of cert-manager; its controller has them on port 9402"),
        ("up 1\n", "shows no metrics of cert-manager"),
        ("certmanager_clock_time_seconds 1.7e+09\n", "of no Certificate at all"),
        (metrics().replace(" 1\n", " one\n"), "shows metrics that cannot be read"),
        (web.Response(status=503, text="no"), "URL/metrics answers 503"),
        (web.Response(status=302, headers={"Location": "/login"}), "leads elsewhere"),
    ],
)
async def test_pages_that_prove_nothing(leaf: Certificate, page: str | web.Response, said: str) -> None:
    """Neither proven nor disproven: the detail says what came instead."""
    found = await by_metrics(page, leaf)
    assert found.proven is None
    assert said in found.detail


async def test_nobody_answers(leaf: Certificate, unused_tcp_port: int) -> None:
    """Unreachable proves nothing."""
    found = await asked(f"http://127.0.0.1:{unused_tcp_port}/metrics", leaf)
    assert found.proven is None
    assert found.detail.endswith("/metrics cannot be reached: connection refused")


async def test_an_answer_that_never_ends(leaf: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is read than the limit."""
    monkeypatch.setattr(fetching, "LONGEST", 1 << 20)
    found = await by_metrics("x" * (2 << 20), leaf)
    assert (found.proven, found.detail) == (None, "URL/metrics answers with more than 1 MiB")


def resource(**status: object) -> dict[str, object]:
    """A Certificate as the API server gives it."""
    conditions = [{"type": "Ready", "status": "True", "reason": "Ready", "message": "Certificate is up to date"}]
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": "billing-client", "namespace": "payments"},
        "status": {"conditions": conditions, "notAfter": text(ENDS), **status},
    }


def refusal(status: int, reason: str, message: str) -> web.Response:
    """A Status, as the API server refuses."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message}
    return web.json_response({**body, "code": status}, status=status)


@contextlib.asynccontextmanager
async def api_server(answer: Answer, directory: pathlib.Path) -> AsyncIterator[tuple[str, Cluster]]:
    """An API server with a certificate of the cluster's CA, and what the kubelet mounts into a pod."""
    (directory / "token").write_text(TOKEN)
    (directory / "namespace").write_text("monitoring")
    (directory / "ca.crt").write_bytes(ROOT.certificate_pem)
    async with serving(answer, ROOT.issue("api", san=("127.0.0.1",), usages=(SERVER_AUTH,))) as url:
        port = url.rpartition(":")[2]
        environ = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": port}
        yield url, Cluster(directory, environ)


KUBERNETES = ManagedProof(kind=ProofKind.KUBERNETES, namespace="payments", certificate="billing-client")


async def by_resource(answered: object, leaf: Certificate, directory: pathlib.Path) -> Proof:
    """Proof by what the API server answers; the token is in no text."""

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        if request.query_string:
            names = ("billing-clients", "ingress")
            return web.json_response({"items": [{"metadata": {"name": name}} for name in names]})
        assert request.path == "/apis/cert-manager.io/v1/namespaces/payments/certificates/billing-client"
        return answered if isinstance(answered, web.Response) else web.json_response(answered)

    async with api_server(answer, directory) as (_url, cluster):
        found = await prove(KUBERNETES, leaf, clock=FakeClock(NOW), limit_s=5, cluster=cluster)
    assert TOKEN not in repr((found, cluster))
    return found


async def test_the_resource(leaf: Certificate, tmp_path: pathlib.Path) -> None:
    """Read by the pod's own account over a connection that the cluster's CA vouches for."""
    renewal = ENDS - timedelta(days=30)
    found = await by_resource(resource(renewalTime=text(renewal)), leaf, tmp_path)
    assert (found.proven, found.renewal_at) == (True, renewal)


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (resource(notAfter=text(ENDS + timedelta(days=1))), "it is not what cert-manager renews"),
        (resource(notAfter=None), "was never issued (Certificate is up to date)"),
        (
            resource(conditions=[{"type": "Ready", "status": "False", "message": "issuer\x1b[2J not\nfound"}]),
            "is not Ready (issuer [2J not found): cert-manager will not renew it",
        ),
        (resource(conditions="odd"), "does not know whether it is Ready"),
        (
            refusal(404, "NotFound", 'certificates.cert-manager.io "billing-client" not found'),
            "there is no Certificate payments/billing-client; did you mean payments/billing-clients?",
        ),
    ],
)
async def test_resources_that_prove_the_contrary(
    leaf: Certificate, tmp_path: pathlib.Path, answered: object, said: str
) -> None:
    """Another end, not ready, not there."""
    found = await by_resource(answered, leaf, tmp_path)
    assert found.proven is False
    assert said in found.detail


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (
            refusal(403, "Forbidden", "certificates is forbidden"),
            (
                "the service account of paypath's pod in monitoring may not read Certificate payments/billing-client: bind "
                "it to a Role in the namespace payments with the rule {apiGroups: [cert-manager.io], resources: "
                "[certificates], resourceNames: [billing-client], verbs: [get]}"
            ),
        ),
        (refusal(401, "Unauthorized", "Unauthorized"), "does not accept the token of the pod's service account"),
        (web.Response(status=404, text="404 page not found"), "cert-manager is not installed in this cluster"),
        (refusal(500, "InternalError", "etcd is\taway"), "the API server answers 500: etcd is away"),
        (web.Response(status=502, text="bad gateway"), "the API server answers 502"),
        ({"kind": "Secret"}, "what the API server gives for Certificate payments/billing-client is no Certificate"),
        (web.Response(text="[" * 100_000), "is no Certificate"),
        ([], "is no Certificate"),
    ],
)
async def test_answers_that_prove_nothing(
    leaf: Certificate, tmp_path: pathlib.Path, answered: object, said: str
) -> None:
    """With the rule to add where a rule is what is missing."""
    found = await by_resource(answered, leaf, tmp_path)
    assert found.proven is None
    assert said in found.detail


async def test_odd_resources(leaf: Certificate, tmp_path: pathlib.Path) -> None:
    """Moments that are none count as none."""
    for odd in ("soon", 12, "2026-01-15T14:28:00"):
        assert "was never issued" in (await by_resource(resource(notAfter=odd), leaf, tmp_path)).detail
    assert "was never issued" in (await by_resource({"kind": "Certificate", "status": 5}, leaf, tmp_path)).detail


async def test_the_token_goes_to_the_cluster_alone(leaf: Certificate, tmp_path: pathlib.Path) -> None:
    """Not to a server that the cluster's CA does not vouch for, and not in the clear: a local proxy has an account of its own."""
    seen: list[str | None] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization"))
        return web.json_response(resource())

    def of(url: str) -> ManagedProof:
        return ManagedProof(kind=ProofKind.KUBERNETES, url=url, namespace="payments", certificate="billing-client")

    async with api_server(answer, tmp_path) as (_, cluster), serving(answer) as clear:
        other = Authority.root("Another root", now=NOW).issue("api", san=("127.0.0.1",), usages=(SERVER_AUTH,))
        async with serving(answer, other) as stranger:
            asked_there = await prove(of(stranger), leaf, clock=FakeClock(NOW), limit_s=5, cluster=cluster)
            assert asked_there.proven is None
            assert "shows a certificate that cannot be verified" in asked_there.detail
        assert (await prove(of(clear), leaf, clock=FakeClock(NOW), limit_s=5, cluster=cluster)).proven is True
    assert seen == [None]


async def test_where_there_is_no_pod(leaf: Certificate, tmp_path: pathlib.Path) -> None:
    """Each thing that a pod has and we lack is named, with what to do instead."""

    async def said(cluster: Cluster) -> str:
        found = await prove(KUBERNETES, leaf, clock=FakeClock(NOW), limit_s=5, cluster=cluster)
        assert found.proven is None
        return found.detail

    environ = {"KUBERNETES_SERVICE_HOST": "::1"}
    assert "this is no pod of a cluster (KUBERNETES_SERVICE_HOST is not set)" in await said(Cluster(tmp_path, {}))
    assert f"{tmp_path}/token cannot be read: No such file" in await said(Cluster(tmp_path, environ))
    (tmp_path / "token").write_text("two words")
    assert f"{tmp_path}/token holds no token" in await said(Cluster(tmp_path, environ))
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "ca.crt").write_text("nothing")
    assert f"{tmp_path}/ca.crt holds no certificate" in await said(Cluster(tmp_path, environ))


async def test_in_time(leaf: Certificate, tmp_path: pathlib.Path) -> None:
    """An API server that does not answer is not waited for longer than the limit."""

    async def never(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise web.HTTPGone

    async with api_server(never, tmp_path) as (url, cluster):
        found = await prove(KUBERNETES, leaf, clock=FakeClock(NOW), limit_s=0.2, cluster=cluster)
    assert found.proven is None
    assert found.detail.startswith(url)
    assert found.detail.endswith("gave no whole answer within 0.2 s")
