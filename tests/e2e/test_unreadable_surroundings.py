"""Variables that cannot be read as they are meant: refused by their name, before a library quotes what is secret in them."""

import pathlib

import pytest

from tests.e2e.processes import Lab, paypath
from tests.e2e.receiver import receiving

SECRET = "S3cret9xQpw"
COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_HEADERS", f"x-honeycomb-team: hcaik_{SECRET}"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", f"a=b,api-key {SECRET}"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-1"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1" * 4301),
        ("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", SECRET),
        ("HTTPS_PROXY", f"http://user:{SECRET}#w@proxy:3128"),
        ("all_proxy", f"http://user:{SECRET}/w@proxy:3128"),
    ],
)
def test_what_cannot_be_read_is_a_mistake_of_the_set_up(lab: Lab, name: str, value: str) -> None:
    """Status 2 with the variable's name from `validate`, `check` and `run` alike, said once; never what it holds."""
    for words in (("validate",), ("check", "mtls-handshake"), ("run", "--for", "1s")):
        done = paypath(*words, "--config", lab.config, env={**COLLECTOR, name: value})
        assert (done.status, done.err.count(name)) == (2, 1), (words, done)
        assert done.err.startswith(f"{name}: "), (words, done)
        assert SECRET not in done.out + done.err, (words, done)
        assert "bug" not in done.err, (words, done)


def test_the_drill_names_the_limit_that_the_sdk_cannot_read() -> None:
    """OpenTelemetry's SDK fails where it is imported; `explain`, which needs none, goes on."""
    limit = {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT": "many"}
    done = paypath("drill", env=limit)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: `many` is not a number")
    assert paypath("explain", "5023", env=limit).status == 0


def test_a_netrc_that_cannot_be_parsed_is_said_by_its_line(lab: Lab, tmp_path: pathlib.Path) -> None:
    """The HTTP library would quote the second word of the password; the heartbeat is sent without it."""
    file = tmp_path / "netrc"
    file.write_text(f"machine 127.0.0.1\n  login u password hunter2 {SECRET}\n", encoding="utf-8")
    with receiving() as switch:
        env = {"NETRC": str(file), "PAYPATH_PAGES__HEARTBEAT__URL": switch.url}
        done = paypath("check", "mtls-handshake", "--config", lab.config, env=env)
        switch.wait_for(1)
    assert done.status == 0
    assert f"{file}: this .netrc cannot be read at line " in done.err
    assert SECRET not in done.out + done.err
    assert "hunter2" not in done.out + done.err


def test_the_sdk_prints_no_body(lab: Lab) -> None:
    """Whatever `STRIPE_LOG` says; to pass it on would print every charge on stderr."""
    done = paypath("check", "card-charge", "--config", lab.config, env={"STRIPE_LOG": "debug"})
    assert (done.status, done.err) == (0, "")
