"""The keys of a connector, the ways to it, and what stands behind it."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from probe.documents.fields import FilePath, Flag, Name, RequestPath, Text, number_schema, one_of, whole
from probe.model.path import ConnectorKind, Diagnostics, TlsVersion
from probe.settings.addresses import ConnectorUrl, DialAddress, ProxyUrl, ServerName, UpstreamUrl
from probe.settings.fields import CanaryField, Place, Proof, Thresholds
from probe.settings.secret_values import Credentials

STRIPE: Final = "https://api.stripe.com"
"""What a connector of `kind: proxy` is asked to CONNECT to unless told otherwise."""

SecurityLevel = Annotated[int, BeforeValidator(whole(0, 5)), number_schema("integer", 0, 5)]


class Keys(BaseModel):
    """A map of known keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True, validate_default=False
    )


class VerifyKeys(Keys):
    """How strictly to verify: as the billing service does."""

    strict: Flag = False
    """Add X509_STRICT. Without it only OpenSSL's TRUSTED_FIRST is set, on every Python."""
    partial_chain: Flag = False
    """Accept a chain that ends in a trusted intermediate."""
    security_level: SecurityLevel | None = None
    """OpenSSL's security level; default: 2, as Python and Debian have it, whatever this machine's openssl.cnf says."""
    crl: FilePath | None = None
    """Revocation lists (PEM) to check the connector's chain against: one must cover its own certificate; its issuers are checked as far as there are lists of theirs."""
    tls_min: Annotated[str, *one_of(*TlsVersion)] = TlsVersion.TLS_1_2.value
    """The oldest protocol version that is offered."""
    tls_max: Annotated[str, *one_of(*TlsVersion)] | None = None
    """The newest protocol version that is offered; default: the newest there is."""
    ciphers: Text | None = None
    """OpenSSL cipher list for TLS 1.2; default: OpenSSL's own."""
    alpn: list[Text] = Field(default=[])
    """Application protocols to offer, such as `http/1.1`."""


class ProxyKeys(Keys):
    """An HTTP proxy in front of the connector, asked with CONNECT. This leg's identity and trust are its own."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["credentials", "credentials_file"]}})

    url: ProxyUrl
    """`http://HOST:PORT`, or `https://HOST:PORT` where TLS is spoken with the proxy itself."""
    identity: Name | None = None
    """One of `identities`, offered to the proxy alone; only with `https`."""
    trust: FilePath | None = None
    """CA file or directory for the proxy's certificate; without it the system's trust store. Only with `https`."""
    server_name: ServerName | None = None
    """The name that is sent to the proxy (SNI) and verified; default: the host of its URL. Only with `https`."""
    verify: VerifyKeys = VerifyKeys()
    """How strictly to verify the proxy's certificate."""
    credentials: Credentials | None = None
    """`NAME:PASSWORD` for the proxy (Basic); better in a file or a variable."""
    credentials_file: FilePath | None = None
    """A file that holds them and nothing else."""


class CanaryKeys(Keys):
    """What makes it safe to write to your own billing API: a tenant that is nobody, and a field of its answers that proves test mode."""

    tenant: Text
    """The tenant that is charged; every writing step names it, as `${canary.tenant}`."""
    field: CanaryField | None = None
    """Where every writing request carries it, and nothing else: a dotted place in the JSON or form body (`field: payment.tenant`), `header:NAME`, `query:NAME`, or `path:SEGMENT` for the segment behind `SEGMENT`. Wherever a key is called so, at any depth, nobody else may stand. Default: `tenant` or `tenant_id`, in any of these."""
    proof: Proof
    """Dotted place in the JSON answers -> what stands there in test mode, such as `{payment.test_mode: true}`. Anything else there, or nothing, latches the path."""
    proof_path: RequestPath | None = None
    """Asked for with GET before anything is written, and must prove test mode; without it the first answer to a write is the first proof."""


class ConnectorKeys(Keys):
    """The far end of the first hop."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {"required": ["credentials", "credentials_file"]},
            "if": {"properties": {"kind": {"const": ConnectorKind.PROXY.value}}, "required": ["kind"]},
            "else": {"properties": {"url": {"pattern": "^https://"}}},
        }
    )

    url: ConnectorUrl
    """Where the billing connector listens, `https://HOST:PORT`; with `kind: proxy` also `http://HOST:PORT`."""
    kind: Annotated[str, *one_of(*ConnectorKind)] = ConnectorKind.TERMINATING.value
    """`terminating` speaks Stripe's API behind mTLS, `proxy` is asked to CONNECT to Stripe, `api` is your own billing API."""
    identity: Name | None = None
    """One of `identities`; without it no client certificate is offered."""
    trust: FilePath | None = None
    """CA file or directory; without it the system's trust store."""
    server_name: ServerName | None = None
    """The name that is sent (SNI) and verified; default: the URL's host."""
    address: DialAddress | None = None
    """Connect here, `HOST:PORT`, instead of to the URL's host; requests and the server name stay those of the URL."""
    socket: FilePath | None = None
    """Connect to this unix socket instead of the URL's host; requests and the server name stay those of the URL."""
    proxy: ProxyKeys | None = None
    """The HTTP proxy that leads to the connector; without it none is used, whatever `HTTPS_PROXY` says."""
    addresses: Annotated[str, *one_of("first", "all")] = "first"
    """`all`: handshakes are made with every A and AAAA address of the name, and each must pass. `first`: with the first that answers."""
    health_path: RequestPath | None = None
    """Answered by the connector itself, without a Stripe key; without it none is asked for. Not with `kind: proxy`."""
    credentials: Credentials | None = None
    """`NAME:PASSWORD` for the CONNECT (Basic), only with `kind: proxy`; better in a file or a variable."""
    credentials_file: FilePath | None = None
    """A file that holds them and nothing else."""
    error_code: Place | None = None
    """Dotted place of the customer-facing code (`5023`) in the connector's own JSON errors, such as `fault.number`; default: `code`, `error_code`, `error` or `error.code`."""
    canary: CanaryKeys | None = None
    """What makes it safe to write with `http` steps, only with `kind: api`; without it nothing is written there."""
    verify: VerifyKeys = VerifyKeys()
    """How strictly to verify."""
    diagnostics: Annotated[str, *one_of(Diagnostics.OFF, Diagnostics.ON_FAILURE)] = Diagnostics.OFF.value
    """`on_failure`: after a failed handshake look a second time, without client certificate and at most every five minutes, for the OCSP staple, all verify errors and the CAs that are accepted, and fetch a missing issuer from the `http:` address that the certificate names. It never changes the outcome."""
    thresholds: Thresholds | None = None
    """Of the other side's certificates and the trust; default: those of `certificates`."""


class UpstreamKeys(Keys):
    """What stands behind the connector, at the far end of the second hop."""

    url: UpstreamUrl = STRIPE
    """`https://HOST:PORT`. With `kind: proxy`: Stripe's API, or what stands in for it; otherwise it must be given, and is what the connector connects to."""
    identity: Name | None = None
    """One of `identities`: the connector's own, as far as its files can be read here; without it none is offered. Not with `kind: proxy`."""
    trust: FilePath | None = None
    """CA file or directory for the upstream's certificate; without it the system's trust store."""
    server_name: ServerName | None = None
    """The name that is sent (SNI) and verified; default: the URL's host."""
    address: DialAddress | None = None
    """Connect here, `HOST:PORT`, instead of to the URL's host. Not with `kind: proxy`, which connects itself."""
    health_path: RequestPath | None = None
    """Answered by the upstream without a Stripe key; without it nothing is asked of it."""
    verify: VerifyKeys = VerifyKeys()
    """How strictly to verify, as the connector does."""
