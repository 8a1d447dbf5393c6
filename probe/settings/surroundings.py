"""What paypath's libraries take from the environment by themselves: no live-mode key may stand there, and its passwords are secrets.

`PAYPATH_…` is not among it: those are settings, and are checked as such (`probe.settings.across`).
"""

import base64
import netrc
import pathlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import unquote

from probe.documents.masking import file_holds_live_key, holds_live_key
from probe.documents.mistakes import Mistake, Place
from probe.model.secret import Secret
from probe.redact.leaving import learned
from probe.settings.proxies import SCHEME

_PREFIXES: Final = ("OTEL_", "KH_", "KUBERNETES_SERVICE_")
_PROXY: Final = "_proxy"
"""How the name of a proxy's variable ends, in any case, as `urllib.request.getproxies_environment` reads it: `HTTPS_PROXY`, `all_proxy`, `NO_PROXY`."""
_FILES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC")
_OTHERS: Final = ("HOSTNAME",)
_HINT: Final = "remove it, and revoke it where others could read it"
_MAX_BYTES: Final = 1_000_000


def live_key_mistakes(environ: Mapping[str, str]) -> Iterator[Mistake]:
    """One for each variable, and for the `.netrc`, in which a live-mode key stands, in disguise too. The value is in no message."""
    for name, text in environ.items():
        if holds_live_key(text) if _is_read(name) else name in _FILES and file_holds_live_key(text):
            yield Mistake.at(Place(name), name, "a live-mode Stripe key stands here", _HINT)
    for file, written in _netrc(environ):
        if holds_live_key(written):
            yield Mistake.at(Place(str(file)), "", "a live-mode Stripe key stands here", _HINT)


def learn_passwords(environ: Mapping[str, str]) -> None:
    """From now on no output holds a password of a proxy's or collector's URL, or of the `.netrc`: alone, or with the user's name as Basic sends the two."""
    for name, text in environ.items():
        if name.lower().endswith(_PROXY) or (_is_read(name) and "://" in text):
            for user in set(_users(text)):
                _learn(user)
                _learn(unquote(user))
    for file, _ in _netrc(environ):
        with suppress(
            netrc.NetrcParseError, OSError, ValueError
        ):  # as the libraries read it, who leave one alone that they cannot parse
            for login, account, password in netrc.netrc(file).hosts.values():
                _learn(f"{login}:{password}")
                learned(Secret(account))


def _is_read(name: str) -> bool:
    return name.startswith(_PREFIXES) or name.lower().endswith(_PROXY) or name in _OTHERS


def _users(url: str) -> Iterator[str]:
    """`NAME:PASSWORD` of a URL with or without a scheme; where the password has a raw `/`, to its end as well."""
    rest = SCHEME.sub("", url.strip())
    for part in (rest, rest.partition("/")[0]):
        if user := part.rpartition("@")[0]:
            yield user


def _learn(user: str) -> None:
    name, _, password = user.partition(":")
    learned(Secret(user))
    learned(Secret(password or name))
    with suppress(UnicodeEncodeError):  # requests and aiohttp write Basic so
        learned(Secret(base64.b64encode(user.encode("latin-1")).decode()))


def _netrc(environ: Mapping[str, str]) -> Iterator[tuple[pathlib.Path, str]]:
    """The file of passwords that requests and aiohttp look into, where there is one; `NETRC` names another."""
    home = environ.get("HOME", "")
    named = [environ["NETRC"]] if environ.get("NETRC") else [f"{home}/.netrc", f"{home}/_netrc"] if home else []
    for file in map(pathlib.Path, named):
        with suppress(OSError, ValueError), file.expanduser().open("rb") as opened:
            yield file, opened.read(_MAX_BYTES).decode(errors="replace")
