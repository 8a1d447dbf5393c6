"""The plugin's one line and its status."""

import re

import pytest

from probe.model.run import Run
from probe.report import nagios
from tests.report import runs

LINE = re.compile(r"PAYPATH (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| ('[^'=]+'=[\d.]+s?;;;0(;\d+)? ?)+)?")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ([], 3),
        ([runs.passed()], 0),
        ([runs.second_try()], 1),
        ([runs.unknown()], 3),
        ([runs.not_begun()], 3),
        ([runs.passed(), runs.unknown(), runs.second_try()], 3),
        ([runs.unknown(), runs.expired(), runs.passed()], 2),
    ],
)
def test_status_and_shape(given: list[Run], status: int) -> None:
    """Critical beats unknown beats warning beats ok, always in one line with valid performance data."""
    text, found = nagios.render(given)
    assert found == status
    assert LINE.fullmatch(text), text


def test_the_line_of_the_incident() -> None:
    """The reason leads; times and counts follow the bar."""
    assert nagios.render([runs.expired()])[0] == (
        "PAYPATH CRITICAL - card-charge on billing: client certificate expired (5023 tls.client_cert.expired): "
        "The client certificate CN=billing-service,O=Example in /etc/billing/tls/tls.crt expired 12 minutes ago. | "
        "'card-charge@billing'=0.410s;;;0 'passed'=0;;;0;1 'failed'=1;;;0;1 'unknown'=0;;;0;1"
    )


def test_text_cannot_begin_performance_data() -> None:
    """A bar or a new line in a peer's text stays text."""
    text, _ = nagios.render([runs.with_text(runs.expired(), summary="one | two\nthree")])
    assert text.count("|") == 1
    assert "one / two three" in text


def test_nothing_was_run() -> None:
    """The line says why."""
    text = "PAYPATH UNKNOWN - nothing was run; card-charge was not run: no state"
    assert nagios.render([], not_run=["card-charge was not run: no state"]) == (text, 3)


def test_a_wrong_set_up() -> None:
    """Nothing was probed: unknown, with every mistake."""
    assert nagios.set_up_wrong(["a.yaml:1:2: no", "b"]) == "PAYPATH UNKNOWN - a.yaml:1:2: no; b"


def test_a_certificate_can_make_a_healthy_check_critical() -> None:
    """`check --fail-on-expiring`: the runs passed, and their times are still measured."""
    text, status = nagios.render([runs.passed()], expiring=[runs.EXPIRING])
    assert status == 2
    assert "certificate expires soon (5030 certificate.expiring): The certificate CN=billing-connector.internal" in text
    assert "'passed'=1" in text
    assert nagios.render([], expiring=[runs.EXPIRING])[1] == 2
