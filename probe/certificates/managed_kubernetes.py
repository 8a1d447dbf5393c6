"""What the Certificate resource says of itself, read by the service account of the pod that paypath runs in."""

import json
import os
import pathlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from probe.certificates.fetch import FetchError, Page, fetch
from probe.certificates.managed_claim import Claim, cleaned
from probe.documents.files import read_regular
from probe.documents.nearest import nearest
from probe.model.path import ManagedProof

_MOUNT: Final = pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount")
_LONGEST: Final = 1 << 16
_API: Final = "/apis/cert-manager.io/v1/namespaces/{namespace}/certificates"


class NotReadableError(Exception):
    """The resource could not be asked for; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a pod finds its API server and its own account."""

    mount: pathlib.Path = _MOUNT
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)


async def claim_of(proof: ManagedProof, cluster: Cluster, *, limit_s: float) -> Claim | str:
    """What the resource says; or, where there is none of that name, a sentence that says so. Raises NotReadableError."""
    server = (proof.url or _server(cluster)).rstrip("/")
    base = server + _API.format(namespace=quote(proof.namespace, safe=""))
    page = await _get(f"{base}/{quote(proof.certificate, safe='')}", server, cluster, limit_s)
    name = f"{proof.namespace}/{proof.certificate}"
    if page.status == HTTPStatus.OK:
        return _claim(f"Certificate {name}", _object(page.body))
    if page.status == HTTPStatus.NOT_FOUND and _object(page.body).get("reason") == "NotFound":
        near = nearest(proof.certificate, await _others(base, server, cluster, limit_s))
        return f"there is no Certificate {name}" + (f"; did you mean {proof.namespace}/{near}?" if near else "")
    raise NotReadableError(_refused(page, proof, cluster))


def _server(cluster: Cluster) -> str:
    """Raises NotReadableError."""
    host, port = (cluster.environ.get(f"KUBERNETES_SERVICE_{part}", "") for part in ("HOST", "PORT"))
    if not host:
        raise NotReadableError(
            "this is no pod of a cluster (KUBERNETES_SERVICE_HOST is not set); name the API server in `managed_proof.url`,"
            " or prove it by `kind: cert-manager-metrics`"
        )
    return f"https://{f'[{host}]' if ':' in host else host}:{port or 443}"


async def _get(url: str, server: str, cluster: Cluster, limit_s: float) -> Page:
    """Raises NotReadableError. The account's token goes out over a verified connection only: a proxy in the clear has its own."""
    headers, trust = {"Accept": "application/json"}, None
    if server.startswith("https:"):
        headers["Authorization"] = f"Bearer {_mounted(cluster, 'token')}"
        trust = _trust(cluster)
    try:
        return await fetch(url, limit_s=limit_s, headers=headers, trust=trust)
    except FetchError as error:
        raise NotReadableError(str(error)) from error


def _mounted(cluster: Cluster, name: str) -> str:
    """Read anew each time: the kubelet renews the token every hour. Raises NotReadableError."""
    file = cluster.mount / name
    try:
        text = read_regular(file, _LONGEST).decode("ascii").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        hint = "the pod needs a service account that is mounted (`automountServiceAccountToken: true`)"
        raise NotReadableError(f"{file} cannot be read: {why}; {hint}") from None
    if not text or (name == "token" and not all(char.isprintable() and char != " " for char in text)):
        raise NotReadableError(f"{file} holds no {name}")
    return text


def _trust(cluster: Cluster) -> ssl.SSLContext:
    """The cluster's own CA, as every pod has it. Raises NotReadableError."""
    text = _mounted(cluster, "ca.crt")
    try:
        return ssl.create_default_context(cadata=text)
    except ssl.SSLError:
        raise NotReadableError(f"{cluster.mount / 'ca.crt'} holds no certificate that can be read") from None


def _object(body: bytes) -> Mapping[str, object]:
    """A JSON object; an empty one for whatever else it is."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _claim(name: str, resource: Mapping[str, object]) -> Claim:
    """Raises NotReadableError."""
    if resource.get("kind") != "Certificate":
        raise NotReadableError(f"what the API server gives for {name} is no Certificate")
    status = resource.get("status")
    status = status if isinstance(status, dict) else {}
    listed = status.get("conditions")
    conditions = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    ready = next((one for one in conditions if one.get("type") == "Ready"), {})
    return Claim(
        name=name,
        ready={"True": True, "False": False}.get(str(ready.get("status"))),
        because=str(ready.get("message", "")),
        not_before=_moment(status.get("notBefore")),
        not_after=_moment(status.get("notAfter")),
        renewal_at=_moment(status.get("renewalTime")),
    )


def _moment(value: object) -> datetime | None:
    """RFC 3339 as Kubernetes writes it; None for what is none."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):  # the first hours of year 1 are no moment in UTC
        return None


async def _others(base: str, server: str, cluster: Cluster, limit_s: float) -> list[str]:
    """Names for a suggestion; none where the account may not list them."""
    try:
        page = await _get(f"{base}?limit=500", server, cluster, limit_s)
    except NotReadableError:
        return []
    items = _object(page.body).get("items")
    found = [item.get("metadata") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [str(one["name"]) for one in found if isinstance(one, dict) and "name" in one]


def _refused(page: Page, proof: ManagedProof, cluster: Cluster) -> str:
    """Why there is no answer, and how to mend it."""
    match page.status:
        case HTTPStatus.FORBIDDEN:
            account = f"the service account of paypath's pod{_namespace(cluster)}"
            rule = (
                "{apiGroups: [cert-manager.io], resources: [certificates], "
                f"resourceNames: [{proof.certificate}], verbs: [get]}}"
            )
            return (
                f"{account} may not read Certificate {proof.namespace}/{proof.certificate}: "
                f"bind it to a Role in the namespace {proof.namespace} with the rule {rule}"
            )
        case HTTPStatus.UNAUTHORIZED:
            return "the API server does not accept the token of the pod's service account"
        case HTTPStatus.NOT_FOUND:
            return "the API server knows no cert-manager.io/v1: cert-manager is not installed in this cluster"
        case _:
            said = cleaned(str(_object(page.body).get("message", "")))
            return f"the API server answers {page.status}" + (f": {said}" if said else "")


def _namespace(cluster: Cluster) -> str:
    try:
        return f" in {_mounted(cluster, 'namespace')}"
    except NotReadableError:
        return ""
