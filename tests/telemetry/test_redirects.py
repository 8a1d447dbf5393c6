"""Where a collector's answer points to, as the log says it."""

import pytest

from tests.support.otlp import OtlpReceiver
from tests.telemetry.conftest import Start


@pytest.mark.parametrize(
    ("status", "location", "said"),
    [
        (
            302,
            "https://name:hunter2@login.example/sso?token=hunter2#hunter2",
            "302, a redirect to https://login.example/sso, which",
        ),
        (307, "/login", "307, a redirect to {endpoint}/login, which"),
        (308, "https://[half", "308, a redirect, which"),
        (304, "", "304, a redirect, which"),
    ],
)
def test_a_redirect_is_a_failure_that_says_where_to(
    start: Start, otlp: OtlpReceiver, status: int, location: str, said: str
) -> None:
    """Of metrics as of traces; what it says beyond the path is for nobody."""
    otlp.answer_status, otlp.answer_location = status, location
    bench = start({"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})
    bench.telemetry.shutdown(within_s=60)
    assert bench.page().value("paypath_telemetry_export_failures_total", signal="metrics") == 1
    (told,) = bench.said
    assert said.format(endpoint=otlp.endpoint) in told
    assert "hunter2" not in told
