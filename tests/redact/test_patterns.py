"""Each shape of a secret, what is left alone, and the time that hostile texts take."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.redact.patterns import mask_patterns

TOKENS = st.text("abcdefghijkmnopqrstuvwxyzABCDEFGHJK0123456789", min_size=16, max_size=60)


@given(
    st.sampled_from(
        ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "pk_test_", "whsec_", "Bearer ", "Basic "]
    ),
    TOKENS,
    st.sampled_from(["", " ", "key=", '"', "%3D", "("]),
)
def test_every_token_shape_is_masked(prefix: str, token: str, before: str) -> None:
    """Whatever the token and whatever stands before it."""
    masked = mask_patterns(f"{before or '.'}{prefix}{token}, then")
    assert token not in masked
    assert masked.endswith(", then")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("sk_live_51Habc is live", "sk_live_*** is live"),
        ("Xsk_org_live_CANARY99 and ek_any_test_CANARY", "Xsk_org_live_*** and ek_any_test_***"),
        ("task_is_live_now", "task_is_live_now"),
        ("Invalid API Key provided: sk_test_****1234", "Invalid API Key provided: sk_test_***"),
        ("authorization: abc", "authorization: ***"),
        ('{"Authorization": "Basic dXNlcjpwdw=="}', '{"Authorization": "Basic ***"}'),
        ("authorization: Digest abc", "authorization: Digest ***"),
        ("authorization: Bearer ***", "authorization: Bearer ***"),
        ("Bearer a1b2", "Bearer ***"),
        ("Ba\u017fic ZHVtbXk6c2VjcmV0", "Ba\u017fic ***"),  # a long s is an s, to who ignores case
        ("header=Bearer%20a1b2c3", "header=Bearer%20***"),
        ("pi_3Nabc_secret_Zz9 failed", "pi_3Nabc_secret_*** failed"),
        ("cs_test_a1b2_secret_c3", "cs_test_a1b2_secret_***"),
        ("http://user:p@ss@proxy:3128/x", "http://***@proxy:3128/x"),
        ("/etc/paypath/https:/user:pass@ca.example/ca.pem", "/etc/paypath/https:/***@ca.example/ca.pem"),
        ("-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\nrest", "***private key***\nrest"),
        ("-----BEGIN PRIVATE KEY-----\nMIGHAgEA", "***private key***"),
    ],
)
def test_the_kind_stays_readable(text: str, masked: str) -> None:
    """A reader still sees what was there: a live key, a client secret and the intent that it belongs to."""
    assert mask_patterns(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication failed",
        "the bearer of bad news",
        "set client_secret_file or api_key_file",
        "https://billing-connector.internal:8443/v1/charges?x=a@b",
        "pi_3NabcDEF req_abc123",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "2026-01-15T14:28:03.120Z took 0.0412 s, 5023",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Names, ids, certificates and prose are what a report is made of."""
    assert mask_patterns(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "-----BEGIN PRIVATE KEY-----",
        "Bearer ",
        "authorization: ",
        "pi_",
        "pi_a_secret_",
        "://a",
        "4242 ",
        "1",
        "sk_live_",
        "-----BEGIN ",
    ],
)
def test_time_is_linear_in_the_text(piece: str) -> None:
    """Half a million hostile characters take a moment; with a quadratic pattern each of these takes minutes."""
    text = piece * (500_000 // len(piece))
    started = time.process_time()
    mask_patterns(text)
    assert time.process_time() - started < 20
