"""Where to, as it is typed."""

import argparse

import pytest

from probe.cli.towards import endpoint


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("billing-connector.internal:8443", ("billing-connector.internal", 8443)),
        ("192.0.2.7:443", ("192.0.2.7", 443)),
        ("[2001:db8::1]:443", ("2001:db8::1", 443)),
    ],
)
def test_endpoint(text: str, found: tuple[str, int]) -> None:
    """Names and addresses of both families."""
    assert endpoint(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "host",
        "host:",
        ":443",
        "host:0",
        "host:65536",
        "host:+1",
        "host:４",
        "2001:db8::1:443",
        "https://host:443",
        "a@b:1",
    ],
)
def test_what_is_no_endpoint(text: str) -> None:
    """Refused before anything is looked up."""
    with pytest.raises(argparse.ArgumentTypeError):
        endpoint(text)
