"""A configured way to money: connector, identity, trust and Stripe key, as `settings` hands it to the engine."""

import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from probe.model.failure import Hop
from probe.model.network import Endpoint
from probe.model.secret import Secret


class ConnectorKind(StrEnum):
    """How the billing connector stands between us and Stripe."""

    TERMINATING = "terminating"
    """Speaks Stripe's API behind mTLS."""
    PROXY = "proxy"
    """An HTTP proxy that is asked to CONNECT to Stripe (RFC 9110 9.3.6), as Smokescreen is."""
    API = "api"
    """The company's own billing API."""


class KeyFrom(StrEnum):
    """Who brings the Stripe key."""

    PROBE = "probe"
    CONNECTOR = "connector"


class TlsVersion(StrEnum):
    """Protocol versions that a path may be limited to."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class Diagnostics(StrEnum):
    """When a second connection looks for what one handshake cannot show: OCSP staple, every verify error, accepted CAs."""

    OFF = "off"
    ON_FAILURE = "on_failure"
    """After a handshake or answer that went wrong, seldom enough that a broken connector is not burdened."""
    ALWAYS = "always"
    """What `paypath diagnose` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """How strictly to verify: exactly as the billing service does. Equal on every Python."""

    strict: bool = False
    """False: OpenSSL's TRUSTED_FIRST alone. True: X509_STRICT too."""
    partial_chain: bool = False
    """Accept a chain that ends in a trusted intermediate."""
    security_level: int | None = None
    """OpenSSL security level; None is 2, Python's own."""
    crl: pathlib.Path | None = None
    tls_min: TlsVersion = TlsVersion.TLS_1_2
    tls_max: TlsVersion | None = None
    ciphers: str | None = None
    """OpenSSL cipher list for TLS 1.2; None leaves the default."""
    alpn: tuple[str, ...] = ()


class InUseKind(StrEnum):
    """How the running billing service shows which certificate it holds."""

    ENVOY_ADMIN = "envoy-admin"
    HTTP_HEADER = "http-header"
    FILE_SHA256 = "file-sha256"
    METRIC = "metric"


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """Where to look for the certificate that the running service really holds."""

    kind: InUseKind
    url: str | None = None
    header: str | None = None
    file: pathlib.Path | None = None
    metric: str | None = None


class ProofKind(StrEnum):
    """Who is asked whether a certificate is really renewed."""

    CERT_MANAGER_METRICS = "cert-manager-metrics"
    """cert-manager's own `/metrics`."""
    KUBERNETES = "kubernetes"
    """The Certificate resource, through the API server of the cluster that paypath runs in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedProof:
    """Where the proof for `managed_by` is to be had."""

    kind: ProofKind
    url: str | None = None
    """`cert-manager-metrics`: the page; `kubernetes`: another API server than the pod's own."""
    namespace: str
    certificate: str
    """The name of the Certificate resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Certificate files to watch that no path uses by itself."""

    files: str
    """An absolute path or a pattern with `*`; a directory stands for every file in it."""
    password: Secret | None = None
    """Of the PKCS#12 files among them."""
    path: str | None = None
    """The path whose future depends on them, such as the certificates further upstream."""
    managed_by: str | None = None
    renew_before_s: float | None = None
    thresholds_s: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A client certificate with its chain and key, as files."""

    name: str
    certificate: pathlib.Path
    private_key: pathlib.Path | None = None
    """None: the certificate is watched, not used."""
    private_key_password: Secret | None = None
    managed_by: str | None = None
    renew_before_s: float | None = None
    managed_proof: ManagedProof | None = None
    in_use: InUse | None = None
    thresholds_s: tuple[float, ...] | None = None
    """Rungs of its own; None: those of the configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy that is asked to CONNECT to the connector (RFC 9110 9.3.6). Its leg has an identity and a trust of its own."""

    url: str
    """`http://…`, or `https://…` where TLS is spoken with the proxy itself. Holds no credentials."""
    endpoint: Endpoint
    tls: bool = False
    identity: Identity | None = None
    """Offered to the proxy alone; the connector's is never seen by it."""
    trust: pathlib.Path | None = None
    """For the proxy's certificate; None: the system's trust store."""
    verify: Verify = Verify()
    credentials: Secret | None = None
    """`NAME:PASSWORD`, sent as Basic authentication (RFC 7617)."""
    is_connector: bool = False
    """The billing connector itself (`kind: proxy`), not something in front of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApi:
    """What makes it safe to write to the company's own billing API (`kind: api`)."""

    canary_tenant: str
    """The tenant that nobody is: every request that writes has to name it."""
    proof: Mapping[str, str | bool | int]
    """Dotted place in the JSON answers -> what stands there in test mode."""
    canary_field: str | None = None
    """Where it stands: `payment.tenant` in the body, `header:NAME`, `query:NAME`, `path:SEGMENT` (the one behind it); None: `tenant` or
    `tenant_id`, in any of them."""
    proof_path: str | None = None
    """Asked with GET before anything is written; None: the first written answer is the first proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """The far end of the first hop."""

    url: str
    """What requests name (`Host`, and what a server name is taken from); where to connect to, `endpoint` says."""
    endpoint: Endpoint
    kind: ConnectorKind = ConnectorKind.TERMINATING
    identity: Identity | None = None
    trust: pathlib.Path | None = None
    """File or directory; None: the system's trust store."""
    health_path: str | None = None
    """Answered by the connector itself without a Stripe key; None: nothing is asked for."""
    verify: Verify = Verify()
    diagnostics: Diagnostics = Diagnostics.OFF
    proxy: Proxy | None = None
    """None: connected to without one."""
    thresholds_s: tuple[float, ...] | None = None
    """Rungs for the certificates of the other side; None: those of the configuration."""
    all_addresses: bool = False
    """Handshakes are made with every address of the name, and each must pass; else with the first that answers."""
    hop: Hop = Hop.PROBE_CONNECTOR
    """On which hop it stands at the far end."""
    upstream: "Connector | None" = None
    """What stands behind it, at the far end of the second hop; of `kind: proxy` what it is asked to CONNECT to. None: not probed."""
    credentials: Secret | None = None
    """`kind: proxy`: `NAME:PASSWORD` for the CONNECT."""
    error_code_at: str | None = None
    """Dotted place of the customer-facing code in its own JSON errors; None: the usual ones are looked at."""
    api: OwnApi | None = None
    """`kind: api`: None where nothing may be written."""

    @property
    def requested(self) -> "Connector":
        """What requests are made to, with the way there: the upstream by way of this one where it is a proxy, else this one."""
        if self.kind is not ConnectorKind.PROXY or self.upstream is None:
            return self
        proxy = Proxy(
            url=self.url,
            endpoint=self.endpoint,
            tls=self.url.startswith("https:"),
            identity=self.identity,
            trust=self.trust,
            verify=self.verify,
            credentials=self.credentials,
            is_connector=True,
        )
        return replace(self.upstream, proxy=proxy)


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeAccess:
    """Stripe through the connector, in test mode only."""

    key_from: KeyFrom = KeyFrom.PROBE
    api_key: Secret
    account: str | None = None
    """`acct_…`; checked against the answers where given."""
    requests_per_second: float = 2.0
    webhook_secret: Secret | None = None
    """Signing secret of the endpoint at Stripe that delivers to this probe; None: nothing is delivered here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """The company's own endpoint for Stripe's webhooks."""

    url: str
    """As Stripe has it."""
    trust: pathlib.Path | None = None
    """File or directory; None: the system's trust store."""
    secret: Secret | None = None
    """Its signing secret: only to send it something stale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPath:
    """One configured way to money; `billing` is the usual one."""

    name: str
    connector: Connector
    stripe: StripeAccess | None = None
    """None: only handshakes and http steps can run here."""
    webhook: WebhookEndpoint | None = None
    """None: no step can look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLimits:
    """How long to wait for the other side in each phase. Seconds."""

    default_s: float = 5.0
    by_phase: Mapping[str, float] = field(default_factory=dict)

    def limit_s(self, phase: str) -> float:
        """The limit of one phase."""
        return self.by_phase.get(phase, self.default_s)


def borrowed(paths: Iterable[PaymentPath]) -> frozenset[str]:
    """Names of the identities that are shown behind connectors alone: the files are the connectors', and need not be readable here."""
    shown: set[str] = set()
    theirs: set[str] = set()
    for path in paths:
        sides = (path.connector, path.connector.proxy)
        shown.update(side.identity.name for side in sides if side is not None and side.identity is not None)
        upstream = path.connector.upstream
        if upstream is not None and upstream.identity is not None:
            theirs.add(upstream.identity.name)
    return frozenset(theirs - shown)
