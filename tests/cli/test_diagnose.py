"""The words of `paypath diagnose`."""

import argparse

import pytest

from probe.cli.diagnose import endpoint
from tests.cli.conftest import Paypath


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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cert", "a"], "--cert needs --key"),
        (["--key", "a"], "--key needs --cert"),
        (["--key-password-file", "a"], "--key-password-file needs --key"),
        (["--tls-min", "1.3", "--tls-max", "1.2"], "--tls-min 1.3 is above --tls-max 1.2"),
        (["--http-path", "healthz"], "'healthz' is not a path"),
        (["--http-path", "/a", "--no-http"], "not allowed with argument"),
        (["--timeout", "soon"], "'soon' is not a duration"),
    ],
)
def test_options_that_contradict(paypath: Paypath, options: list[str], said: str) -> None:
    """Status 2 and a sentence; nothing is contacted."""
    result = paypath("diagnose", "host.invalid:443", *options)
    assert (result.status, result.out) == (2, "")
    assert said in result.err
