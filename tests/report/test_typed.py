"""First steps without a configuration."""

import re

import pytest

from probe.catalogue.catalogue import load
from probe.report.typed import as_typed

_KEYS = re.compile(
    r"`(?:verify|connector|proxy)\.|`identities`|paypath validate|paypath\.yaml|`health_path`|`server_name`|of the path\b|_file`"
)
SEEN_BY_DIAGNOSE = ("dns.", "tcp.", "tls.", "connector.")


@pytest.mark.parametrize(
    "entry", [e for e in load().entries if e.reason.startswith(SEEN_BY_DIAGNOSE)], ids=lambda e: e.reason
)
def test_no_key_of_a_configuration_is_left(entry: object) -> None:
    """Whatever `paypath diagnose HOST:PORT` may say first, it names nothing that is not there; and something is always said."""
    steps = as_typed(entry.first_steps)  # type: ignore[attr-defined]  # an entry of the catalogue
    assert steps
    assert [step for step in steps if _KEYS.search(step)] == []


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("Compare `verify.tls_min` and `tls_max` of the path with it.", "Compare `--tls-min` and `--tls-max` with it."),
        ("Compare with `verify.alpn` of the path.", "Compare with `--alpn`."),
        (
            "Compare the names with `server_name` and the URL of the path.",
            "Compare the names with `--server-name` and the host.",
        ),
        ("Add the missing CRL to the file in `verify.crl`.", "Add the missing CRL to the file in `--crl`."),
        (
            "Look at `credentials_file` of the proxy, or of the connector where it is one: `NAME:PASSWORD`, as",
            "Look at the `NAME:PASSWORD` in `--proxy`, as",
        ),
        ("Ask for restarts.", "Ask for restarts."),
    ],
)
def test_options_stand_for_keys(step: str, typed: str) -> None:
    """Each key has its option."""
    assert as_typed([step]) == (typed,)
