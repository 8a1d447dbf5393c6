"""First steps for somebody who has typed everything: where there is no configuration, options stand for its keys."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

UNCONFIGURED: Final = "diagnose"
"""The environment of a run that has no configuration."""

_INSTEAD: Final[tuple[tuple[str, str], ...]] = (
    (
        "`connector.identity`",
        "Give it the billing service's certificate and key: `--cert FILE --key FILE`; a proxy that asks, one of its own: `--proxy-cert FILE --proxy-key FILE`.",
    ),
    ("paypath.yaml", ""),
    ("`paypath validate`", "Read `evidence.detail` (`--format json`): it names the option or file."),
    ("with `identities` in the configuration", ""),
    ("`verify.security_level`", "The billing service refuses it too, unless its OpenSSL security level is below 2."),
    ("`verify.strict`", ""),
    ("`key_from", ""),
)
"""What a step says -> the step in its place; empty: it means nothing here. The first that fits."""

_WORDS: Final[tuple[tuple[str, str], ...]] = (
    (r" \(default: the URL's host\) of the path", " (default: HOST)"),
    (r"`verify\.tls_min` and `tls_max`", "`--tls-min` and `--tls-max`"),
    (r"`verify\.(ciphers|alpn|crl)`", r"`--\1`"),
    (r"`server_name` and the URL of the path", "`--server-name` and the host"),
    (r"`server_name`", "`--server-name`"),
    (r"in `connector\.url`", "that was typed"),
    (r"`private_key_password_file` of the identity", "`--key-password-file`"),
    (r"`health_path` and the URL of the path", "`--http-path`"),
    (
        r"`credentials_file` of the proxy, or of the connector where it is one: `NAME:PASSWORD`",
        "the `NAME:PASSWORD` in `--proxy`",
    ),
    (r"`proxy\.url`", "`--proxy`"),
    (r" of the path\b", ""),
)


def as_typed(steps: Iterable[str]) -> tuple[str, ...]:
    """The catalogue's steps in the words of the command line."""
    return tuple(_typed(steps))


def _typed(steps: Iterable[str]) -> Iterator[str]:
    for step in steps:
        instead = next((other for said, other in _INSTEAD if said in step), step)
        for said, typed in _WORDS:
            instead = re.sub(said, typed, instead)
        if instead:
            yield instead
