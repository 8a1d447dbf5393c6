"""What leaves the process: what was learned is masked in every form, and in what is short only where it stands alone."""

import base64
import html
import json
from urllib.parse import quote_plus

import pytest

from probe.model.secret import Secret
from probe.redact.leaving import OUT, WayOut, learned, leaving, leaving_value
from probe.redact.patterns import ends_within_key

AWKWARD = "pä\"ss<&>' w/ö+rd=="


@pytest.mark.parametrize(
    "form",
    [
        AWKWARD,
        quote_plus(AWKWARD),
        json.dumps(AWKWARD)[1:-1],
        json.dumps(AWKWARD, ensure_ascii=False)[1:-1],
        html.escape(AWKWARD),
        repr(AWKWARD)[1:-1],
        base64.b64encode(AWKWARD.encode()).decode(),
        base64.urlsafe_b64encode(AWKWARD.encode()).decode(),
    ],
)
def test_what_was_learned_is_masked_in_every_form(form: str) -> None:
    """However a format escapes it."""
    out = WayOut()
    out.learn([Secret(AWKWARD)])
    assert form not in out.text(f"before {form} behind")
    assert form not in str(out.value({"a": [form]}))


def test_a_short_secret_is_masked_where_it_stands_alone() -> None:
    """A password that is a word must not take words apart; nor may a number be cut out of another one."""
    out = WayOut()
    out.learn([Secret("card"), Secret("1234")])
    assert (
        out.text("card-charge with card, discard 12345 and 0.1234") == "***-charge with ***, discard 12345 and 0.1234"
    )
    assert out.value({"port": 1234, "pid": 12345}) == {"port": "***", "pid": 12345}


def test_learning_goes_on_and_ends_with_the_invocation() -> None:
    """Each secret stays known beside the next one, until all is forgotten."""
    secret = learned(Secret("the-first-secret"))
    learned(Secret("the-second-secret"))
    assert learned(secret).reveal() == "the-first-secret"
    assert leaving("the-first-secret the-second-secret") == "*** ***"
    assert leaving_value(["the-second-secret"]) == ["***"]
    OUT.forget()
    assert leaving("the-first-secret") == "the-first-secret"


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("nothing", False),
        ("-----BEGIN PRIVATE KEY-----\nMII", True),
        ("-----BEGIN EC PRIVATE KEY-----\nMII\n-----END EC PRIVATE KEY-----\n", False),
        ("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n-----BEGIN RSA PRIVATE KEY-----", True),
        ("-----BEGIN CERTIFICATE-----\nMII", False),
    ],
)
def test_a_private_key_that_has_not_ended(text: str, within: bool) -> None:  # noqa: FBT001 - a fact
    """What is written next belongs to it."""
    assert ends_within_key(text) is within


def test_before_anything_is_learned() -> None:
    """What has the shape of a secret is masked from the first output on."""
    assert WayOut().text("Bearer abcdefgh12345678") == "Bearer ***"
