"""Keys in disguise: what only escapes or Base64 hide is masked on the way out."""

import base64

import pytest

from probe.model.secret import Secret
from probe.redact.patterns import holds_encoded, mask_patterns, unescaped
from probe.redact.text import Redactor

LIVE = "sk_live_" + "51HabcDEF"
KEYS = (LIVE, "rk_test_51HabcDEF", "sk_org_live_51HabcDEF", "whsec_51HabcDEF")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("sk%5Flive%5F51Habc", "sk_live_***"),
        ("sk%5flive%5f51Habc&x=%0A", "sk_live_***&x=%0A"),
        ("sk%255Flive%255F51Habc", "sk_live_***"),
        ('"sk\\u005flive\\u005f51Habc"', '"sk_live_***"'),
        ('{\\"k\\": \\"sk\\\\u005flive\\\\u005f51Habc\\"}', '{\\"k\\": \\"sk_live_***\\"}'),
        ("\\x73k\\x5flive_51Habc", "sk_live_***"),
        ("sk&#95;live&#x5f;51Habc", "sk_live_***"),
        ("%73%6B_test_51Habc", "sk_test_***"),
        ("%34242 4242 4242 4242", "***"),
        ("a\\u0041 b\\x42 c&#67; sk%5Flive%5F51Habc", "aA bB cC sk_live_***"),
        ("hush%5F1", "***"),
    ],
)
def test_escapes_hide_nothing(written: str, shown: str) -> None:
    """As URLs, JSON, Python and XML write a character; control characters stay escaped."""
    redacted = Redactor([Secret("hush_1")]).text(written)
    assert redacted == shown
    assert Redactor([Secret("hush_1")]).text(redacted) == shown


@pytest.mark.parametrize(
    "text",
    [
        "https://connector:8443/v1/charges?x=a%20b%5Fc&y=%C3%A4",
        "caf\\u00e9 \\x1b[31m &#38; &amp; &#1114111; 100%",
        "header=a%2520b",
    ],
)
def test_other_escapes_stay_as_they_are(text: str) -> None:
    """Where nothing was hidden, nobody's text is changed."""
    assert Redactor().text(text) == text


def test_control_characters_stay_escaped() -> None:
    """Nothing that was made harmless becomes harmful again."""
    assert unescaped("%1b%7F\\u001b&#27;&#128;%41") == "%1b%7F\\u001b&#27;&#128;A"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("before", ["", "a", "ab", "name:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_key_in_base64(key: str, before: str, encode: object) -> None:
    """Alone, or as the password of Basic, wherever it begins."""
    written = encode(f"{before}{key}:?>".encode()).decode()  # type: ignore[operator]  # one of two functions
    assert mask_patterns(f"got {written}, and more") == "got ***, and more"
    assert holds_encoded(written)


@pytest.mark.parametrize("secret", [*KEYS, "-----BEGIN PRIVATE KEY-----\nMIIEvQ"])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("outside", ["", "a", "ab"])
def test_the_base64_of_base64(secret: str, before: str, outside: str) -> None:
    """Wherever either begins."""
    once = base64.b64encode(f"{before}{secret}".encode()).decode()
    written = base64.b64encode(f"{outside}{once}".encode()).decode()
    assert mask_patterns(f"got {written}, and more") == "got ***, and more"


def test_a_private_key_file_in_base64() -> None:
    """As a Kubernetes Secret has it, in one line or wrapped, of anybody's; what follows stays."""
    file = (
        b"-----BEGIN EC PRIVATE KEY-----\n" + base64.b64encode(bytes(range(120))) + b"\n-----END EC PRIVATE KEY-----\n"
    )
    whole = base64.b64encode(file).decode()
    wrapped = base64.encodebytes(file).decode()
    assert mask_patterns(f"tls.key: {whole} next") == "tls.key: *** next"
    assert mask_patterns(f"tls.key: {wrapped}next: 1") == "tls.key: ***\nnext: 1"
    assert mask_patterns(f'"{wrapped}"'.replace("\n", "\\n")) == '"***\\n"'


def test_other_base64_stays() -> None:
    """Certificates and tokens of others."""
    text = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nsk_lives in_tests").decode()
    assert mask_patterns(text) == text
    assert not holds_encoded(text)
