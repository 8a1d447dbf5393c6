"""Every secret of a configuration, to be taken out of texts."""

from probe.model.path import Connector, Proxy
from probe.model.secret import Secret
from probe.redact.text import Redactor
from probe.settings.load import Loaded


def redactor_of(loaded: Loaded) -> Redactor:
    """What takes every secret of the configuration out of texts."""
    keys = [path.stripe.api_key for path in loaded.paths if path.stripe is not None]
    passwords = [identity.private_key_password for identity in loaded.identities if identity.private_key_password]
    passwords += [watch.password for watch in loaded.watches if watch.password]
    proxies = [path.connector.proxy for path in loaded.paths if path.connector.proxy is not None]
    credentials = [secret for proxy in proxies for secret in secrets_of(proxy)]
    credentials += [secret for path in loaded.paths for secret in secrets_of(path.connector)]
    credentials += [loaded.cron.credentials] if loaded.cron and loaded.cron.credentials else []
    return Redactor([*keys, *passwords, *credentials])


def secrets_of(proxy: Proxy | Connector) -> tuple[Secret, ...]:
    """The credentials, and the password alone."""
    if proxy.credentials is None:
        return ()
    return proxy.credentials, Secret(proxy.credentials.reveal().partition(":")[2])
