"""Which configured paths a new identity concerns, and what it is to replace there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from probe.compose.endpoint import named_path
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.model.network import Endpoint
from probe.model.path import Connector, ConnectorKind, Identity, PaymentPath
from probe.model.watch import Care
from probe.settings.load import Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One path on which a new identity is tried."""

    path: PaymentPath
    current: Identity | None
    """What the path uses now."""
    proxied: bool = False
    """It is the identity for the proxy in front of this path, and the connector's stays as it is."""
    behind: bool = False
    """It is the connector's own, which it shows to what stands behind it."""

    @property
    def connector(self) -> Connector:
        """With whom a handshake is made. What stands behind a connector is not looked at along with it, unless it leads there."""
        connector = self.path.connector
        if self.behind and connector.upstream is not None:
            return connector.upstream
        return connector if connector.kind is ConnectorKind.PROXY else replace(connector, upstream=None)

    @property
    def endpoint(self) -> Endpoint:
        """Whom the identity is shown to."""
        proxy = self.path.connector.proxy
        return proxy.endpoint if self.proxied and proxy is not None else self.connector.endpoint

    def with_identity(self, identity: Identity | None) -> Connector:
        """The connector with another identity in the place of the current one."""
        connector = self.connector
        if self.proxied and connector.proxy is not None:
            return replace(connector, proxy=replace(connector.proxy, identity=identity))
        return replace(connector, identity=identity)


@dataclass(frozen=True, slots=True)
class Replacing:
    """What is to be replaced, and where."""

    current: Identity | None
    targets: tuple[Target, ...]
    """Empty: no configured path would use it."""
    care: Care = field(default_factory=Care)
    """How the current one is looked after."""


def replacing(loaded: Loaded, *, path: str | None, identity: str | None) -> Replacing:
    """Every path that uses the identity; without a name the one identity that there is. Raises SetupError.

    A path that has no identity yet can be named by itself: then the candidate is its first.
    """
    among = loaded.paths if path is None else (named_path(path, loaded),)
    wanted = _identity(loaded, among, path, identity)
    found = [target for one in among for target in _uses(one, wanted)]
    if not found and path is not None:
        found = [Target(path=among[0], current=wanted)]
    return Replacing(wanted, tuple(found), _care(wanted, loaded))


def _care(wanted: Identity | None, loaded: Loaded) -> Care:
    if wanted is None:
        return Care(thresholds_s=loaded.thresholds_s)
    thresholds_s = wanted.thresholds_s or loaded.thresholds_s
    return Care(managed_by=wanted.managed_by, renew_before_s=wanted.renew_before_s, thresholds_s=thresholds_s)


def _identity(loaded: Loaded, among: Sequence[PaymentPath], path: str | None, name: str | None) -> Identity | None:
    known = {identity.name: identity for identity in loaded.identities}
    if name is not None:
        if name in known:
            return known[name]
        hint = suggestion(name, list(known), "there is") if known else "none is configured"
        raise SetupError([Mistake("--identity", None, None, name, f"no identity `{name}` is configured", hint)])
    used = _used(among)
    candidates = used or (known if path is None else {})
    if len(candidates) > 1:
        what = f"several identities are configured ({', '.join(candidates)})"
        raise SetupError([Mistake("--identity", None, None, "", what, "name the one to replace with --identity NAME")])
    return next(iter(candidates.values()), None)


def _used(among: Sequence[PaymentPath]) -> dict[str, Identity]:
    """The connectors' identities by name; those for proxies only where no connector has one."""
    connectors = [path.connector for path in among]
    own = [one.identity for one in connectors]
    of_proxies = [one.proxy.identity for one in connectors if one.proxy is not None]
    found = [identity for identity in own if identity] or [identity for identity in of_proxies if identity]
    return {identity.name: identity for identity in found}


def _uses(path: PaymentPath, wanted: Identity | None) -> Iterator[Target]:
    """Once for each of the connector, its proxy and what stands behind it, where it is shown there."""
    if wanted is None:
        return
    connector = path.connector
    if connector.identity == wanted:
        yield Target(path=path, current=wanted)
    if connector.proxy is not None and connector.proxy.identity == wanted:
        yield Target(path=path, current=wanted, proxied=True)
    if connector.upstream is not None and connector.upstream.identity == wanted:
        yield Target(path=path, current=wanted, behind=True)
