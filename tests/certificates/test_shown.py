"""What a service shows of its certificate: fingerprints and serials in the forms that programs write them in."""

from datetime import UTC, datetime, timedelta

import pytest

from probe.certificates.shown import Shown, from_text, oldest, plain_serial, recognised
from tests.classify.seen import certificate

HEX = "ab" * 32
COLONS = ":".join(["AB"] * 32)
AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        HEX,
        HEX.upper(),
        COLONS,
        f"sha256 Fingerprint={COLONS}\n",
        f"SHA256:{COLONS}",
        f"sha256:{HEX}",
        f"{HEX}  /etc/billing/tls/tls.crt",
        f'By=spiffe://a/b;Hash={HEX};Subject="CN=billing"',
    ],
    ids=[
        "hex",
        "upper case",
        "colons",
        "openssl x509",
        "named",
        "image digest",
        "sha256sum",
        "x-forwarded-client-cert",
    ],
)
def test_a_fingerprint(text: str) -> None:
    """As openssl, sha256sum, Envoy's header and plain programs write it."""
    assert from_text(text) == Shown(sha256=HEX)


@pytest.mark.parametrize(
    "text", ["4f00f3", "0x4F00F3", "serial=004F00F3\n", "4F:00:F3", "Serial Number: 4f:00:f3"], ids=str.strip
)
def test_a_serial(text: str) -> None:
    """As openssl, Go and Java write it in hex; leading zeros are no difference."""
    assert from_text(text) == Shown(serial="4f00f3")


def test_a_serial_in_decimal() -> None:
    """Digits alone are decimal where that is one of ours, or where they are too many for hex."""
    assert from_text("1234") == Shown(serial="1234")
    assert from_text("1234", (certificate(serial="4d2"),)) == Shown(serial="4d2")
    longest = (1 << 159) - 1
    assert from_text(str(longest)) == Shown(serial=f"{longest:x}")


@pytest.mark.parametrize("text", ["", "none", f"{HEX}0", f"{COLONS}:AB", "g" * 64, "valid until 2026"])
def test_neither(text: str) -> None:
    """Nothing is guessed."""
    assert from_text(text) is None


def test_a_serial_as_certificates_have_it() -> None:
    """Envoy writes two digits for each octet."""
    assert plain_serial("0ac2") == "ac2"
    with pytest.raises(ValueError, match="not in hex"):
        plain_serial("<none>")


def test_one_of_ours_is_recognised() -> None:
    """By fingerprint, by serial, else by its end; with a serial the end must agree too, since another CA may use the same."""
    mine = certificate(sha256=HEX, serial="4d2", not_after=AT)
    for seen in (Shown(sha256=HEX), Shown(serial="4d2"), Shown(serial="4d2", not_after=AT), Shown(not_after=AT)):
        assert recognised(seen, (certificate(serial="1"), mine)).certificate == mine
    for seen in (Shown(sha256="0" * 64), Shown(serial="4d2", not_after=AT + timedelta(days=1)), Shown(not_after=None)):
        assert recognised(seen, (mine,)) == seen


def test_the_oldest_counts() -> None:
    """What ends first, and before all one of which nothing is known."""
    early, late, unknown = Shown(not_after=AT), Shown(not_after=AT + timedelta(days=1)), Shown(sha256=HEX)
    assert oldest([late, early]) == early
    assert oldest([late, unknown, early]) == unknown
    assert oldest([]) is None
