"""The words of `paypath preflight`: what contradicts itself is told before anything is read or sent."""

import pytest

from tests.cli.conftest import Paypath

FILES = ("--cert", "new.crt", "--key", "new.key")
HERE = ("--connector", "localhost:1")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "the following arguments are required: --cert, --key"),
        (("--cert", "new.crt"), "the following arguments are required: --key"),
        ((*FILES, "--ca", "ca.pem"), "--ca goes with --connector; of a configured path it is known"),
        ((*FILES, "--server-name", "x"), "--server-name goes with --connector"),
        ((*FILES, *HERE, "--path", "billing"), "--connector and --path exclude each other"),
        ((*FILES, *HERE, "--identity", "billing"), "--connector and --identity exclude each other"),
        ((*FILES, *HERE, "--config", "x.yaml"), "--connector and --config exclude each other"),
        ((*FILES, *HERE, "--current-key", "old.key"), "--current-key needs --current-cert"),
        ((*FILES, *HERE, "--tls-min", "1.3", "--tls-max", "1.2"), "--tls-min 1.3 is above --tls-max 1.2"),
        ((*FILES, *HERE, "--all-addresses", "--proxy", "http://x:1"), "--all-addresses and --proxy exclude each other"),
        ((*FILES, *HERE, "--ca", "/nowhere.pem"), "/nowhere.pem cannot be read"),
        ((*FILES, *HERE, "--server-name", "a b"), "--server-name: `a b` is no name that can be asked for"),
        ((*FILES, *HERE, "--server-name", ""), "argument --server-name: is empty; write it, or leave the option out"),
        (("--cert", "", "--key", "new.key", *HERE), "argument --cert: is empty"),
        ((*FILES, "--connector", "localhost"), "'localhost' is not HOST:PORT"),
        ((*FILES, "--http-path", "healthz"), "'healthz' is not a path"),
        ((*FILES, "--key-password-file", "/nowhere"), "/nowhere: cannot be read"),
        ((*FILES, "--path", "billing"), "no path `billing` is configured"),
        ((*FILES, "--identity", "billing"), "no identity `billing` is configured"),
    ],
)
def test_a_mistake_is_status_2_and_says_how_to_mend_it(paypath: Paypath, words: tuple[str, ...], says: str) -> None:
    """On stderr, with nothing on stdout."""
    said = paypath("preflight", *words)
    assert (said.status, said.out) == (2, "")
    assert says in said.err


def test_the_plugin_gives_unknown_for_a_mistake(paypath: Paypath) -> None:
    """A wrong set-up must not look like an outage."""
    said = paypath("preflight", *FILES, *HERE, "--path", "x", "--format", "nagios")
    assert said.status == 3
    assert said.out.startswith("PAYPATH UNKNOWN - ")
