"""Where a push goes."""

import base64

from probe.telemetry.pushgateway import push


def test_the_group_is_job_environment_and_location() -> None:
    """PUT replaces all of it; a name with a slash goes as base64, since the Pushgateway reads labels between slashes."""
    sending = push("http://gate:9091", b"x", job="pay path", environment="eu/prod", location="a.b")
    encoded = base64.urlsafe_b64encode(b"eu/prod").decode().rstrip("=")
    assert sending.method == "PUT"
    assert sending.url == f"http://gate:9091/metrics/job/pay%20path/environment@base64/{encoded}/location/a.b"
    assert sending.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_credentials_are_in_no_representation() -> None:
    """They go into the request's header alone."""
    sending = push("http://g", b"", job="j", environment="e", location="l", credentials="me:hunter2")
    assert "hunter2" not in repr(sending)
    assert "hunter2" not in sending.url
