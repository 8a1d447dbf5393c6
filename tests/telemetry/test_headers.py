"""Headers of exports, as they are written in a variable."""

import logging

import pytest

from probe.telemetry.headers import UnreadableError, read_headers


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("", {}),
        ("api-key=abc", {"api-key": "abc"}),
        ("Authorization=Basic dTpw==, x-scope = a b ,", {"authorization": "Basic dTpw==", "x-scope": "a b"}),
        ("a=caf%C3%A9,b=", {"a": "café", "b": ""}),
        ("a=1,A=2", {"a": "2"}),
    ],
)
def test_what_the_sdk_reads_is_read(text: str, headers: dict[str, str]) -> None:
    """Liberally, as it does."""
    assert read_headers(text) == headers


@pytest.mark.parametrize(
    "text",
    [
        "x-honeycomb-team: hcaik_hunter2",
        "api-key hunter2",
        "api key=hunter2",
        "api%20key=hunter2",
        "api-key=hunter2ü",
        "api-key=hunter2%E2%82%AC",
        "api-key=hunter2%0D%0Ab",
        '"api-key=hunter2"',
        "=hunter2",
        "hunter2",
    ],
)
@pytest.mark.parametrize("others", ["{}", "a=b,{},c=d"])
def test_what_nobody_could_send_is_refused(text: str, others: str, caplog: pytest.LogCaptureFixture) -> None:
    """By its place, and nothing of it is shown; the SDK logs it whole."""
    with caplog.at_level(logging.DEBUG), pytest.raises(UnreadableError) as caught:
        read_headers(others.format(text))
    assert "hunter2" not in str(caught.value) + caplog.text
    assert ("number 2 of its 3 parts" in str(caught.value)) == (others != "{}")
