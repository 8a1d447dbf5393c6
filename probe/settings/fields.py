"""Values that only the configuration has: addresses, names, Stripe keys, thresholds."""

import ipaddress
import re
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, GetJsonSchemaHandler, InstanceOf, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from probe.documents.fields import Duration, kind_of, matching, refused, shaped, text
from probe.documents.masking import holds_live_key, quoted
from probe.model.secret import Secret
from probe.redact.leaving import learned

TEST_KEY: Final = re.compile(r"(?:sk|rk)_test_[A-Za-z0-9_]+")
NOT_A_TEST_KEY: Final = "is not a Stripe test-mode key"
KEY_HINT: Final = (
    "give one that begins with `sk_test_` or `rk_test_`; nothing else is ever accepted, and it is not shown here"
)

_HOST: Final = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_ORDINARY_PORT: Final = {"https": 443, "http": 80}
_MOST_THRESHOLDS: Final = 8
_SHORTEST_TOKEN: Final = 16


def split_url(url: str) -> tuple[str, int]:
    """Host (without brackets) and port of a checked URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _ORDINARY_PORT[parts.scheme]


def is_loopback(host: str) -> bool:
    """Whether a host as written can only be this machine: a loopback address, or `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def host_port(address: str) -> tuple[str, int]:
    """Host and port of a checked listening address."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def api_key(value: object) -> Secret:
    """A Stripe key of test mode. There is no way to turn this off, and the value is in no message."""
    if not isinstance(value, str):
        raise refused(f"must be text, not {kind_of(value)}", "put the key in quotes")
    if not TEST_KEY.fullmatch(value.strip()):
        raise refused(NOT_A_TEST_KEY, KEY_HINT)
    return learned(Secret(value.strip()))


def no_live_key(written: str) -> None:
    """Of no secret but a Stripe key is a Stripe key the value; one of live mode is refused wherever it stands."""
    if holds_live_key(written):
        raise refused("holds a live-mode Stripe key", KEY_HINT)


def password(value: object) -> Secret:
    """Any text; in no message."""
    if not isinstance(value, str) or not value:
        raise refused("must be text and not empty", "put it in quotes")
    no_live_key(value)
    return learned(Secret(value))


def webhook_secret(value: object) -> Secret:
    """The signing secret of a webhook endpoint; in no message."""
    if not isinstance(value, str) or not re.fullmatch(r"whsec_[!-~]+", value.strip()):
        raise refused("is not the signing secret of a webhook endpoint", "give the one that begins with `whsec_`")
    no_live_key(value)
    return learned(Secret(value.strip()))


def admin_token(value: object) -> Secret:
    """Something that nobody guesses; in no message."""
    if not isinstance(value, str) or len(value) < _SHORTEST_TOKEN or any(not c.isprintable() for c in value):
        hint = "make one with `openssl rand -hex 32`"
        raise refused(f"must be text in one line, of {_SHORTEST_TOKEN} characters or more", hint)
    no_live_key(value)
    return learned(Secret(value))


def credentials(value: object) -> Secret:
    """`NAME:PASSWORD` for a proxy; in no message."""
    if not isinstance(value, str) or not all(value.partition(":")) or any(not c.isprintable() for c in value):
        raise refused("must be `NAME:PASSWORD` in one line", "put a colon between the two, and quotes around both")
    no_live_key(value)
    learned(Secret(value.partition(":")[2]))
    return learned(Secret(value))


def connector_url(value: object) -> str:
    """`https://HOST[:PORT][/PREFIX]`, or `http:` of a connector that is a proxy; without a trailing slash."""
    scheme = "http" if isinstance(value, str) and value.startswith("http://") else "https"
    return _url(value, (scheme,), "write it as `https://host:8443`")


def upstream_url(value: object) -> str:
    """`https://HOST[:PORT][/PREFIX]`; without a trailing slash."""
    return _url(value, ("https",), "write it as `https://host:8443`")


def proof(value: object) -> dict[str, str | bool | int]:
    """Dotted places, each with what proves test mode: a text, true or false, or a whole number."""
    hint = "write it as `proof: {payment.test_mode: true}`"
    if not isinstance(value, dict) or not value:
        raise refused(
            "must not be empty: it proves nothing" if value == {} else f"must be a map, not {kind_of(value)}", hint
        )
    for at, wanted in value.items():
        place(at)
        if not isinstance(wanted, str | bool | int):
            raise refused(f"{quoted(str(at))} must be text, true or false, or a whole number", hint)
    return value


place = matching(r"[^\s.]+(?:\.[^\s.]+)*", "a dotted place in a JSON answer", "write it as `error.code`")


canary_field = matching(
    r"(?:header:[!#$%&'*+.^_`|~0-9A-Za-z-]+|query:[^\s&=#]+|path:[^\s/?#]+|(?!(?:header|query|path):)[^\s.]+(?:\.[^\s.]+)*)",
    "a place in a request",
    "write it as `payment.tenant` (in the body), `header:X-Tenant`, `query:tenant` or `path:tenants`",
)


def proxy_url(value: object) -> str:
    """`http://HOST:PORT`, or `https://HOST:PORT` where TLS is spoken with the proxy itself; no path."""
    written = _url(
        value, ("http", "https"), "write it as `http://proxy:3128`, or `https://proxy:3129` for TLS with the proxy"
    )
    if urlsplit(written).path:
        raise refused(f"{quoted(written)} has a path", "leave out what stands behind the port")
    return written


def any_url(value: object) -> str:
    """An http or https URL."""
    return _url(value, ("http", "https"), "write it as `http://127.0.0.1:9901/certs`")


def thresholds(value: list[float]) -> list[float]:
    """One to eight times before the end of a certificate, each shorter than the one before."""
    if not 1 <= len(value) <= _MOST_THRESHOLDS or value != sorted(set(value), reverse=True):
        hint = "write `[30d, 14d, 7d, 48h]`: ticket, ticket, page in working hours, page at any time"
        raise refused("must be one to eight durations, each shorter than the one before", hint)
    return value


def files_alone(value: object) -> object:
    """`FILES` is short for `{files: FILES}`."""
    return value if isinstance(value, dict) else {"files": value} if isinstance(value, str) else text(value)


class TextOrMap:
    """Says in the JSON Schema that the map may also be written as one text."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Both forms."""
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}


def listen_address(value: object) -> str:
    """`HOST:PORT`, an IPv6 address in brackets; port 0 lets the system choose."""
    written = text(value)
    host, colon, port = written.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    fine = bool(colon and port.isascii() and port.isdigit() and int(port[:6]) <= 65535)  # noqa: PLR2004 - 16 bits
    if not fine or not (_is_address(bare) if host != bare else _HOST.fullmatch(bare)):
        raise refused(f"{quoted(written)} is not an address to listen on", "write it as `127.0.0.1:9464`")
    return written


def dial_address(value: object) -> str:
    """`HOST:PORT` to connect to, an IPv6 address in brackets."""
    hint = "write it as `10.0.0.5:8443` or `[2001:db8::5]:8443`"
    try:
        written = listen_address(value)
    except PydanticCustomError as error:
        raise refused(f"{quoted(text(value))} is not an address to connect to", hint) from error
    if not host_port(written)[1]:
        raise refused(f"{quoted(written)}: 0 is not a port to connect to", hint)
    return written


def server_name(value: object) -> str:
    """A name that TLS can send and verify, of any script (IDNA), or an IP address."""
    written = text(value)
    try:
        fine = _is_address(written) or _HOST.fullmatch(written.encode("idna").decode()) is not None
    except UnicodeError:
        fine = False
    if not fine:
        hint = "write the name that the certificate is for, such as `billing-connector.internal`"
        raise refused(f"{quoted(written)} is no name that can be asked for and verified", hint)
    return written


def _url(value: object, schemes: tuple[str, ...], hint: str) -> str:
    written = text(value)
    try:
        parts = urlsplit(written)
        _ = parts.port
    except ValueError as error:
        raise refused("is not a URL", hint) from error
    if parts.username is not None or parts.password is not None:
        raise refused("names and passwords do not belong into a URL", "leave out what stands before the `@`")
    if (wrong := _wrong(parts, schemes, written)) is not None:
        raise refused(wrong, hint)
    return written.rstrip("/")


def _wrong(parts: SplitResult, schemes: tuple[str, ...], written: str) -> str | None:
    host = parts.hostname or ""
    if parts.scheme not in schemes or "\\" in written or " " in written:
        return f"{quoted(written)} is not a URL with {' or '.join(schemes)}"
    if not (_is_address(host) if "[" in parts.netloc else _HOST.fullmatch(host)):
        return f"{quoted(written)} names no host that can be looked up"
    if parts.port == 0:
        return f"{quoted(written)}: 0 is not a port to connect to"
    return f"{quoted(written)} has a query or a fragment" if parts.query or parts.fragment else None


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


ApiKey = Annotated[
    InstanceOf[Secret],
    BeforeValidator(api_key),
    WithJsonSchema({"type": "string", "pattern": "^(sk|rk)_test_", "writeOnly": True}),
]
Password = Annotated[
    InstanceOf[Secret], BeforeValidator(password), WithJsonSchema({"type": "string", "minLength": 1, "writeOnly": True})
]
WebhookSecret = Annotated[
    InstanceOf[Secret],
    BeforeValidator(webhook_secret),
    WithJsonSchema({"type": "string", "pattern": "^whsec_", "writeOnly": True}),
]
ConnectorUrl = Annotated[
    str, BeforeValidator(connector_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"})
]
UpstreamUrl = Annotated[
    str, BeforeValidator(upstream_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https://"})
]
Place = Annotated[str, BeforeValidator(place), WithJsonSchema({"type": "string", "minLength": 1})]
CanaryField = Annotated[str, BeforeValidator(canary_field), WithJsonSchema({"type": "string", "minLength": 1})]
Proof = Annotated[
    dict[str, str | bool | int],
    BeforeValidator(proof),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": ["string", "boolean", "integer"]},
        }
    ),
]
AnyUrl = Annotated[
    str, BeforeValidator(any_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"})
]
ProxyUrl = Annotated[
    str, BeforeValidator(proxy_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"})
]
Credentials = Annotated[
    InstanceOf[Secret],
    BeforeValidator(credentials),
    WithJsonSchema({"type": "string", "pattern": ":", "writeOnly": True}),
]
AdminToken = Annotated[
    InstanceOf[Secret],
    BeforeValidator(admin_token),
    WithJsonSchema({"type": "string", "minLength": 16, "writeOnly": True}),
]
Thresholds = Annotated[list[Duration], AfterValidator(thresholds)]
ListenAddress = Annotated[
    str, BeforeValidator(listen_address), WithJsonSchema({"type": "string", "pattern": ":[0-9]{1,5}$"})
]


def reference_address(value: object) -> str:
    """`IP:PORT`: a name could not be looked up just then."""
    written = dial_address(value)
    try:
        ipaddress.ip_address(host_port(written)[0])
    except ValueError:
        raise refused(f"{quoted(written)} is no IP address with a port", "write it as `10.0.0.1:443`") from None
    return written


ServerName = Annotated[str, BeforeValidator(server_name), WithJsonSchema({"type": "string", "minLength": 1})]
ReferenceAddress = Annotated[
    str, BeforeValidator(reference_address), WithJsonSchema({"type": "string", "pattern": ":[0-9]{1,5}$"})
]
DialAddress = Annotated[
    str, BeforeValidator(dial_address), WithJsonSchema({"type": "string", "pattern": ":[0-9]{1,5}$"})
]
Reasons = Annotated[
    str,
    *shaped(
        r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*(?:\.\*)?",
        "a reason or a family of reasons",
        "write it as `tls.client_cert.expired` or `tls.*`",
    ),
]
Account = Annotated[str, *shaped(r"acct_[A-Za-z0-9]+", "an account id", "write it as `acct_123`")]
SHARD_SHAPE: Final = r"(?:[1-9][0-9]{0,4}|auto)/[1-9][0-9]{0,4}"


def shard(value: object) -> str:
    """`2/5` or `auto/5`; the share is one of them."""
    hint = "write it as `2/5`, the second of five shares, or `auto/5` in a StatefulSet"
    if not isinstance(value, str):
        raise refused(f"must be text, not {kind_of(value)}", hint)
    index, _, of = value.partition("/")
    if not re.fullmatch(SHARD_SHAPE, value) or (index != "auto" and int(index) > int(of)):
        raise refused(f"{quoted(value)} is not a share of the paths", hint)
    return value


ShardText = Annotated[str, BeforeValidator(shard), WithJsonSchema({"type": "string", "pattern": f"^{SHARD_SHAPE}$"})]
