"""A stranger's answer in which one or two things come often: what it says of a certificate is read soon all the same."""

import pytest

from tests.fuzz.disclosure_targets import BETWEEN, SECRET_HERE, disclosed, written
from tests.fuzz.growth import ending

_SIGNS = "<>/\"'=:;,.- \t&\\{[(0aF"
_WORDS = [
    "<p>", "</p>", "<!--", "FAILED:", "verify=", "ssl_client_verify=", "ssl_c_verify=10 ", "X-SSL-Client-Verify: ", "NONE", "SUCCESS ",
    "certificate", "cert", "TLS_error:|", "s_dn=CN=", "serial: ", '{"error": ', "&quot;", "crl has expired ", "delivery\n", SECRET_HERE,
]  # fmt: skip
_VERDICTS = ["delivery FAILED:crl has expired", "x verify=21", "x"]


@pytest.mark.parametrize("first", _SIGNS)
def test_two_signs_that_come_often(first: str) -> None:
    """With each other sign behind it, before OpenSSL's words on something else."""
    for second in _SIGNS:
        _read_soon(f"\n\n{BETWEEN}{first}{second}{BETWEEN}{_VERDICTS[0]}")


@pytest.mark.parametrize("head", ["\n\n", "x-ssl-client-verify: "], ids=["body", "header"])
@pytest.mark.parametrize("part", [*_SIGNS, *_WORDS])
def test_what_comes_often(head: str, part: str) -> None:
    """A sign, or a word that servers write."""
    for verdict in _VERDICTS:
        _read_soon(f"{head}{BETWEEN}{part}{BETWEEN}{verdict}")


def _read_soon(text: str) -> None:
    with ending():
        disclosed(written(403, text))
