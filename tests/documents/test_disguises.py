"""A key or a card number is found however it is written down for whoever reads it."""

import base64
from urllib.parse import quote

import pytest

from probe.documents.disguises import readings
from probe.documents.masking import holds_card_number, holds_key, holds_live_key

LIVE = "sk_live_" + "51CanaryCanaryCanary"
CARD = "4242424242424242"


@pytest.mark.parametrize(
    "written",
    [
        LIVE,
        f"Bearer {LIVE}",
        quote(LIVE).replace("_", "%5F"),
        "sk%5flive%5f51Canary",
        '{"key": "sk\\u005flive_51Canary"}',
        "sk\\x5flive_51Canary",
        f"Basic {base64.b64encode(f'{LIVE}:'.encode()).decode()}",
        base64.urlsafe_b64encode(f"name:{LIVE}".encode()).decode(),
        base64.b64encode(LIVE.encode()).decode().rstrip("="),
        f"/run/{base64.b64encode(LIVE.encode()).decode()}/file.pem",
        f"whsec_{base64.b64encode(LIVE.encode()).decode()}",
        "\uff53\uff4b_live_51Canary",
        "rk_live_x",
        "pk_live_x",
        "sk_org_live_x",
        "PREFIXsk_org_live_x",
        "ek_live_x",
        "rk_any_thing_live_x",
        "sk%5Forg%5Flive%5Fx",
    ],
)
def test_a_live_key(written: str) -> None:
    """In each way that a server undoes before it looks."""
    assert holds_live_key(written)
    assert holds_key(written)


@pytest.mark.parametrize(
    "written",
    [
        CARD,
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "number=4242+4242+4242+4242",
        "4242%204242%204242%204242",
        "4242\u00a04242\u00a04242\u00a04242",
        "\uff14\uff12\uff14\uff12" * 4,
        base64.b64encode(CARD.encode()).decode(),
        str(4.242424242424242e15),
        '"\\u0034242424242424242"',
        "4242.4242.4242.4242",
        "4242_4242_4242_4242",
        "4242  4242  4242  4242",
        "4242\u20114242\u20114242\u20114242",
        "/4242/4242/4242/4242",
        "3782.822463.10005",
        "card4242424242424242",
    ],
)
def test_a_card_number(written: str) -> None:
    """Likewise."""
    assert holds_card_number(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "sk_test",
        "pm_card_visa",
        "a" * 40,
        "Zm9v",
        "100%",
        "a\\uzz",
        "card-charge 4242",
        "task_is_live_now",
        "week_live_x",
    ],
)
def test_what_is_neither(written: str) -> None:
    """Ordinary words, and what cannot be decoded."""
    assert not holds_key(written)
    assert not holds_live_key(written)
    assert not holds_card_number(written)


@pytest.mark.parametrize(
    "written",
    [
        base64.b64encode(base64.b64encode(CARD.encode())).decode(),
        base64.b64encode(base64.b64encode(base64.b64encode(CARD.encode()))).decode(),
        base64.b64encode(b"4242%2C42424242%2C4242").decode(),
        CARD.encode().hex(),
        "&#52;242&#x34;24242424242",
        base64.b64encode("\u0664\u0662".encode() * 8).decode(),
    ],
)
def test_one_disguise_within_another(written: str) -> None:
    """Three of them; who reads it at the other end may undo them all."""
    assert holds_card_number(written)
    assert holds_live_key(written.replace(CARD, "")) is False


def test_a_text_of_many_disguises_has_an_end() -> None:
    """Each of a thousand parts may be read in several ways: not all of them are."""
    text = " ".join(base64.b64encode(f"%{n:02}&amp;+{n:06}".encode()).decode() for n in range(1000))
    assert len(list(readings(text))) <= 1001


def test_bytes_in_hexadecimal_digits_that_are_no_text() -> None:
    """A fingerprint."""
    assert list(readings("ff" * 32)) == ["ff" * 32]
