"""An endpoint as it is typed on the command line, made a path of."""

import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from pydantic_core import PydanticCustomError

from probe.compose.secrets import secrets_of
from probe.documents.masking import holds_live_key
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.silence import refuse_silent
from probe.model.network import Endpoint
from probe.model.path import Connector, Identity, PaymentPath, Proxy, TlsVersion, Verify
from probe.model.secret import Secret
from probe.redact.leaving import learned
from probe.redact.text import Redactor
from probe.settings.addresses import proxy_url, server_name, split_url
from probe.settings.secret_values import KEY_HINT, credentials
from probe.tls.contexts import ContextCache, ContextError

_ARGUMENTS = {
    "trust": ("--ca", "name a PEM file of certificates or a directory of such files"),
    "crl": ("--crl", "name a PEM file with the revocation list of the server's issuer"),
    "ciphers": ("--ciphers", "see `openssl ciphers -v` for what there is"),
    "alpn": ("--alpn", "a name has 1 to 255 characters, such as http/1.1"),
}
"""Part of a TLS context -> the argument that it comes from, and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How far to look, whatever is looked at."""

    timeout_s: float | None = None
    """For each phase; None: the configuration's limits, else 5 s."""
    http_path: str | None = None
    """Must answer 2xx; None: a configured health path, else `/`, of which anything below 500 passes."""
    no_http: bool = False
    no_deep: bool = False
    """Make no second connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnoseOptions:
    """The words after `paypath diagnose`."""

    host: str
    port: int
    certificate: pathlib.Path | None = None
    private_key: pathlib.Path | None = None
    key_password_file: pathlib.Path | None = None
    trust: pathlib.Path | None = None
    server_name: str | None = None
    crl: pathlib.Path | None = None
    proxy: str | None = None
    """`http[s]://[NAME:PASSWORD@]HOST:PORT`."""
    all_addresses: bool = False
    """Shake hands with every address of the host."""
    proxy_certificate: pathlib.Path | None = None
    proxy_private_key: pathlib.Path | None = None
    proxy_trust: pathlib.Path | None = None
    tls_min: TlsVersion | None = None
    tls_max: TlsVersion | None = None
    alpn: tuple[str, ...] = ()
    ciphers: str | None = None
    depth: Depth = Depth()


def unconfigured(options: DiagnoseOptions) -> tuple[PaymentPath, Redactor]:
    """The path that the options describe, all of whose files but the identity's can be read. Raises SetupError."""
    refuse_silent(_files(options))
    password = password_in(options.key_password_file)
    proxy = None if options.proxy is None else _proxy(options, options.proxy)
    path = _path(options, password, proxy)
    _try_arguments(path.connector)
    return path, Redactor([*([password] if password else []), *(secrets_of(proxy) if proxy else ())])


def _files(options: DiagnoseOptions) -> Iterator[pathlib.Path | None]:
    """All that are named."""
    yield from (options.certificate, options.private_key, options.key_password_file, options.trust, options.crl)
    yield from (options.proxy_certificate, options.proxy_private_key, options.proxy_trust)


def _try_arguments(connector: Connector) -> None:
    """Read what the arguments name, without the identity: its faults are the path's. Raises SetupError."""
    try:
        ContextCache().client(connector.verify, connector.trust)
    except ContextError as error:
        argument, hint = _ARGUMENTS.get(error.what, (f"--{error.what}", ""))
        raise SetupError([Mistake(argument, None, None, error.what, str(error), hint)]) from error


def _proxy(options: DiagnoseOptions, url: str) -> Proxy:
    """The proxy as named on the command line. Raises SetupError where that is not a proxy's URL."""
    scheme, _, rest = url.partition("://")
    userinfo, _, authority = rest.rpartition("@")
    try:
        checked = proxy_url(f"{scheme}://{authority}")
        secret = credentials(unquote(userinfo)) if userinfo else None
    except PydanticCustomError as error:
        said = error.context or {}
        raise SetupError(
            [Mistake("--proxy", None, None, "proxy", str(said.get("message")), str(said.get("hint")))]
        ) from None  # what was written may hold a password
    host, port = split_url(checked)
    tls = scheme == "https"
    if not tls and (options.proxy_certificate or options.proxy_trust):
        hint = "write the proxy's URL with https:, or leave out --proxy-cert, --proxy-key and --proxy-ca"
        raise SetupError([Mistake("--proxy", None, None, "proxy", "no TLS is spoken with a proxy at http:", hint)])
    certificate, key = options.proxy_certificate, options.proxy_private_key
    identity = Identity(name=str(certificate), certificate=certificate, private_key=key) if certificate else None
    return Proxy(
        url=checked,
        endpoint=Endpoint(host=host, port=port, server_name=host),
        tls=tls,
        identity=identity,
        trust=options.proxy_trust,
        credentials=secret,
    )


def _server_name(options: DiagnoseOptions) -> str:
    """The name to ask for and verify. Raises SetupError where none can be asked for by what was written."""
    if options.server_name is None:
        return options.host
    try:
        return server_name(options.server_name)
    except PydanticCustomError as error:
        said = error.context or {}
        mistake = Mistake("--server-name", None, None, "server-name", str(said.get("message")), str(said.get("hint")))
        raise SetupError([mistake]) from None  # it says what pydantic would


def _path(options: DiagnoseOptions, password: Secret | None, proxy: Proxy | None) -> PaymentPath:
    endpoint = Endpoint(host=options.host, port=options.port, server_name=_server_name(options))
    identity = None
    if options.certificate is not None:
        identity = Identity(
            name=str(options.certificate),
            certificate=options.certificate,
            private_key=options.private_key,
            private_key_password=password,
        )
    return PaymentPath(
        name=str(endpoint),
        connector=Connector(
            url=f"https://{endpoint}",
            endpoint=endpoint,
            identity=identity,
            trust=options.trust,
            proxy=proxy,
            all_addresses=options.all_addresses,
            verify=Verify(
                crl=options.crl,
                tls_min=options.tls_min or TlsVersion.TLS_1_2,
                tls_max=options.tls_max,
                ciphers=options.ciphers,
                alpn=options.alpn,
            ),
        ),
    )


def password_in(file: pathlib.Path | None) -> Secret | None:
    """The first line of the file. Raises SetupError where it cannot be read."""
    if file is None:
        return None
    try:
        written = file.read_text().split("\n", 1)[0]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not text"
        hint = "name a file that holds the password of the key"
        raise SetupError([Mistake(str(file), None, None, "", f"cannot be read: {reason}", hint)]) from error
    if holds_live_key(written):
        raise SetupError([Mistake(str(file), None, None, "", "a live-mode Stripe key stands in it", KEY_HINT)])
    return learned(Secret(written))
