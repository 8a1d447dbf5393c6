"""The checked configuration as the engine's own types."""

import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from probe.documents.tree import Loc
from probe.model.failure import Hop
from probe.model.network import Endpoint
from probe.model.path import (
    Connector,
    ConnectorKind,
    Diagnostics,
    Identity,
    InUse,
    InUseKind,
    KeyFrom,
    ManagedProof,
    OwnApi,
    PaymentPath,
    PhaseLimits,
    ProofKind,
    Proxy,
    StripeAccess,
    TlsVersion,
    Verify,
    Watch,
    WebhookEndpoint,
)
from probe.model.secret import Secret
from probe.settings.addresses import host_port, split_url
from probe.settings.connector import CanaryKeys, ConnectorKeys, ProxyKeys, UpstreamKeys, VerifyKeys
from probe.settings.models import (
    IdentityKeys,
    InUseKeys,
    ManagedProofKeys,
    PathKeys,
    StripeKeys,
    Timeouts,
    WatchKeys,
    WebhookEndpointKeys,
)
from probe.settings.reading import Written
from probe.settings.secrets import INJECTED


@dataclass(frozen=True, slots=True)
class Conversion:
    """One configuration on its way to the engine's types."""

    written: Written
    secrets: Mapping[Loc, Secret]
    """Secrets that were read from files, by the place of the secret."""

    def file(self, value: pathlib.Path | None, *loc: str | int) -> pathlib.Path | None:
        """An absolute path: relative to the file, or for a variable to the working directory. Links stay links."""
        return None if value is None else self.written.directory(loc) / value

    def identity(self, name: str, keys: IdentityKeys) -> Identity:
        """A client certificate."""
        at = ("identities", name)
        return Identity(
            name=name,
            certificate=self.written.directory((*at, "certificate")) / keys.certificate,
            private_key=self.file(keys.private_key, *at, "private_key"),
            private_key_password=self.secrets.get((*at, "private_key_password"), keys.private_key_password),
            managed_by=keys.managed_by,
            renew_before_s=keys.renew_before,
            managed_proof=_managed_proof(keys.managed_proof) if keys.managed_proof else None,
            in_use=self._in_use(keys.in_use, *at, "in_use") if keys.in_use else None,
            thresholds_s=_seconds(keys.thresholds),
        )

    def watch(self, index: int, keys: WatchKeys) -> Watch:
        """Files that are watched."""
        at = ("certificates", "watch", index)
        return Watch(
            files=str(self.written.directory(at) / keys.files),
            password=self.secrets.get((*at, "password"), keys.password),
            path=keys.path,
            managed_by=keys.managed_by,
            renew_before_s=keys.renew_before,
            thresholds_s=_seconds(keys.thresholds),
        )

    def _in_use(self, keys: InUseKeys, *at: str) -> InUse:
        return InUse(
            kind=InUseKind(keys.kind),
            url=keys.url,
            header=keys.header,
            file=self.file(keys.file, *at, "file"),
            metric=keys.metric,
        )

    def path(self, name: str, keys: PathKeys, identities: Mapping[str, Identity]) -> PaymentPath:
        """One way to money."""
        connector = self._connector(name, keys.connector, identities)
        upstream = keys.upstream or (UpstreamKeys() if connector.kind is ConnectorKind.PROXY else None)
        if upstream is not None:
            connector = replace(connector, upstream=self._upstream(name, upstream, identities))
        return PaymentPath(
            name=name,
            connector=connector,
            stripe=self._stripe(name, keys.stripe) if keys.stripe else None,
            webhook=self._webhook(keys.webhook, "paths", name, "webhook") if keys.webhook else None,
        )

    def _connector(self, name: str, keys: ConnectorKeys, identities: Mapping[str, Identity]) -> Connector:
        at = ("paths", name, "connector")
        return Connector(
            url=keys.url,
            endpoint=self._endpoint(keys, *at),
            kind=ConnectorKind(keys.kind),
            identity=identities[keys.identity] if keys.identity else None,
            trust=self.file(keys.trust, *at, "trust"),
            health_path=keys.health_path,
            verify=self._verify(keys.verify, *at, "verify"),
            diagnostics=Diagnostics(keys.diagnostics),
            all_addresses=keys.addresses == "all",
            proxy=self._proxy(keys.proxy, identities, *at, "proxy") if keys.proxy else None,
            thresholds_s=_seconds(keys.thresholds),
            credentials=self.secrets.get((*at, "credentials"), keys.credentials),
            error_code_at=keys.error_code,
            api=_own_api(keys.canary) if keys.canary else None,
        )

    def _upstream(self, name: str, keys: UpstreamKeys, identities: Mapping[str, Identity]) -> Connector:
        """The far end of the second hop; its certificates have the thresholds of the configuration."""
        at = ("paths", name, "upstream")
        host, port = split_url(keys.url)
        server_name = keys.server_name or host
        if keys.address is not None:
            host, port = host_port(keys.address)
        return Connector(
            url=keys.url,
            endpoint=Endpoint(host=host, port=port, server_name=server_name),
            identity=identities[keys.identity] if keys.identity else None,
            trust=self.file(keys.trust, *at, "trust"),
            health_path=keys.health_path,
            verify=self._verify(keys.verify, *at, "verify"),
            hop=Hop.CONNECTOR_STRIPE,
        )

    def _proxy(self, keys: ProxyKeys, identities: Mapping[str, Identity], *at: str) -> Proxy:
        host, port = split_url(keys.url)
        return Proxy(
            url=keys.url,
            endpoint=Endpoint(host=host, port=port, server_name=keys.server_name or host),
            tls=keys.url.startswith("https:"),
            identity=identities[keys.identity] if keys.identity else None,
            trust=self.file(keys.trust, *at, "trust"),
            verify=self._verify(keys.verify, *at, "verify"),
            credentials=self.secrets.get((*at, "credentials"), keys.credentials),
        )

    def _endpoint(self, keys: ConnectorKeys, *at: str) -> Endpoint:
        """Where to connect to: the socket, the address, or else the URL's host; the name is the URL's all the same."""
        host, port = split_url(keys.url)
        server_name = keys.server_name or host
        if (socket := self.file(keys.socket, *at, "socket")) is not None:
            return Endpoint(host=str(socket), port=0, server_name=server_name)
        if keys.address is not None:
            host, port = host_port(keys.address)
        return Endpoint(host=host, port=port, server_name=server_name)

    def _verify(self, keys: VerifyKeys, *at: str) -> Verify:
        return Verify(
            strict=keys.strict,
            partial_chain=keys.partial_chain,
            security_level=keys.security_level,
            crl=self.file(keys.crl, *at, "crl"),
            tls_min=TlsVersion(keys.tls_min),
            tls_max=TlsVersion(keys.tls_max) if keys.tls_max else None,
            ciphers=keys.ciphers,
            alpn=tuple(keys.alpn),
        )

    def _webhook(self, keys: WebhookEndpointKeys, *at: str) -> WebhookEndpoint:
        return WebhookEndpoint(
            url=keys.url,
            trust=self.file(keys.trust, *at, "trust"),
            secret=self.secrets.get((*at, "secret"), keys.secret),
        )

    def _stripe(self, name: str, keys: StripeKeys) -> StripeAccess:
        given = self.secrets.get(("paths", name, "stripe", "api_key"), keys.api_key)
        return StripeAccess(
            key_from=KeyFrom(keys.key_from),
            api_key=given or INJECTED,
            account=keys.account,
            requests_per_second=keys.requests_per_second,
            webhook_secret=self.secrets.get(("paths", name, "stripe", "webhook_secret"), keys.webhook_secret),
        )


def _own_api(keys: CanaryKeys) -> OwnApi:
    return OwnApi(
        canary_tenant=keys.tenant, canary_field=keys.field, proof=dict(keys.proof), proof_path=keys.proof_path
    )


def _managed_proof(keys: ManagedProofKeys) -> ManagedProof:
    return ManagedProof(kind=ProofKind(keys.kind), url=keys.url, namespace=keys.namespace, certificate=keys.certificate)


def _seconds(thresholds: Sequence[float] | None) -> tuple[float, ...] | None:
    return None if thresholds is None else tuple(thresholds)


def limits_of(keys: Timeouts) -> PhaseLimits:
    """How long to wait for the other side in each phase."""
    phases = ("dns", "tcp", "tls", "accept", "send", "wait", "receive")
    given = {phase: getattr(keys, phase) for phase in phases}
    return PhaseLimits(default_s=keys.default, by_phase={p: s for p, s in given.items() if s is not None})
