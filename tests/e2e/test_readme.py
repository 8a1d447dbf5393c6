"""The README's first screen is what the command prints."""

import pathlib
import re

from tests.e2e.processes import Lab

README = pathlib.Path(__file__).parents[2] / "README.md"
_VARYING = (
    (re.compile(r"\S*/\.?[\w-]+/identity/tls\.crt"), "DIRECTORY/identity/tls.crt"),
    (re.compile(r"\S*/\.?[\w-]+/ca\.pem"), "DIRECTORY/ca.pem"),
    (re.compile(r"\b[0-9a-f]{36,40}\b"), "SERIAL"),
    (re.compile(r"\btrace [0-9a-f]{32}\b"), "trace ID"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?: UTC|Z)"), "TIME"),
    (re.compile(r"[\d.]+ (?:ms|s)\b"), "N ms"),
    (re.compile(r"(?:\d+ minutes?|\d+ seconds?) ago"), "a moment ago"),
    (re.compile(r"bytes received \d+"), "bytes received N"),
    (re.compile(r"_ssl\.c:\d+"), "_ssl.c:N"),
    (re.compile(r"\bssl/tls alert"), "sslv3 alert"),  # OpenSSL's own words, from 3.2 on
)
"""What differs from run to run; everything else is compared to the letter, line breaks aside (paths differ in length)."""


def settled(text: str) -> str:
    """The text without what varies."""
    flat = " ".join(text.split())
    for pattern, stand_in in _VARYING:
        flat = pattern.sub(stand_in, flat)
    return flat


def test_the_first_screen_is_real_output(tmp_path: pathlib.Path) -> None:
    """Run it again and compare; the message of a difference holds what belongs into the README."""
    shown = README.read_text().split("$ paypath check mtls-handshake\n")[1].split("```")[0]
    lab = Lab(tmp_path, "--fault", "client-cert-expired")
    printed = lab.check("mtls-handshake")
    lab.process.stop()
    assert printed.status == 1
    assert settled(shown) == settled(printed.out), f"put this into the README:\n{printed.out}"
