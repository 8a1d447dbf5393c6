"""Commands that arrive where the run did."""

from dataclasses import replace

import pytest

from probe.model.answer import HttpAnswer
from probe.model.network import Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.tls import TlsFacts
from probe.report.reaching import by_the_way
from tests.report import runs

SOCKET = replace(runs.SHAKEN, endpoint=Endpoint(host="/run/c onnector.sock", port=0, server_name="billing.internal"))
CLEAR = replace(runs.LEG, http=HttpAnswer(status=200), tls=TlsFacts())
SECURE = replace(runs.LEG, http=HttpAnswer(status=200))


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (
            "Try: `openssl s_client -connect HOST:PORT -servername NAME </dev/null`.",
            "Try: `openssl s_client -unix '/run/c onnector.sock' -servername NAME </dev/null`.",
        ),
        ("`nc -vz HOST PORT`; `ss -ltnp`", "`nc -zU '/run/c onnector.sock'`; `ss -ltnp`"),
        (
            "`curl -v https://HOST:PORT/healthz`",
            "`curl --unix-socket '/run/c onnector.sock' -v https://billing.internal/healthz`",
        ),
        ("`traceroute -T -p PORT HOST`", None),
        ("Ask for the HOST.", "Ask for the HOST."),
    ],
)
def test_over_a_unix_socket(step: str, found: str | None) -> None:
    """There is no host and no port: what needs them is left out."""
    assert by_the_way([step], SOCKET) == (() if found is None else (found,))


@pytest.mark.parametrize(
    ("leg", "step", "found"),
    [
        (
            CLEAR,
            "`openssl s_client -connect HOST:PORT`",
            "`openssl s_client -proxy egress.internal:3129 -connect HOST:PORT`",
        ),
        (CLEAR, "`nc HOST PORT`", "`nc -X connect -x egress.internal:3129 HOST PORT`"),
        (CLEAR, "`curl -v https://HOST:PORT/`", "`curl --proxy http://egress.internal:3129 -v https://HOST:PORT/`"),
        (SECURE, "`curl -v https://HOST:PORT/`", "`curl --proxy https://egress.internal:3129 -v https://HOST:PORT/`"),
        (
            SECURE,
            "Try: `openssl s_client -connect HOST:PORT`.",
            "Try: `openssl s_client -connect HOST:PORT` (from the proxy's machine: this one has no way of its own.)",
        ),
        (
            CLEAR,
            "See: `nmap -p PORT HOST`.",
            "See: `nmap -p PORT HOST` (from the proxy's machine: this one has no way of its own.)",
        ),
        (CLEAR, "`openssl x509 -in FILE`", "`openssl x509 -in FILE`"),
    ],
)
def test_through_a_proxy(leg: HandshakeObservation, step: str, found: str) -> None:
    """By the proxy where the program can; else it says where it has to be typed."""
    assert by_the_way([step], replace(runs.SHAKEN, proxy=leg)) == (found,)


def test_where_nothing_stands_between() -> None:
    """Or nothing is known."""
    assert by_the_way(["`nc HOST PORT`"], runs.SHAKEN) == ("`nc HOST PORT`",)
    assert by_the_way(["`nc HOST PORT`"], None) == ("`nc HOST PORT`",)
