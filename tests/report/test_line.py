"""The canonical line of a run."""

from probe.model.run import RunSkipped
from probe.report.line import run_line, skipped_line
from tests.report import runs


def test_a_failure_in_one_line() -> None:
    """Everything that a search of the log needs, the sentence in quotes."""
    assert run_line(runs.expired()) == (
        "at=2026-01-15T14:40:03.120Z scenario=card-charge path=billing outcome=failed duration_s=0.410 attempts=1 "
        "hop=probe-connector dns_s=0.0020 tcp_s=0.0020 tls_s=0.0020 accept_s=0.0020 run_id=4bf92f3577b34da6a3ce929d0e0e4736 code=5023 reason=tls.client_cert.expired confidence=proven blame=ours "
        'summary="The client certificate CN=billing-service,O=Example in /etc/billing/tls/tls.crt expired 12 minutes '
        'ago."'
    )


def test_a_pass_with_its_warnings() -> None:
    """No code, and the reasons of the warnings."""
    line = run_line(runs.second_try())
    assert "code=" not in line
    assert " attempts=2 " in line
    assert line.endswith(" run_id=4bf92f3577b34da6a3ce929d0e0e4736 warnings=certificate.expiring")


def test_quotes_and_new_lines_stay_inside() -> None:
    """A peer's text can neither end its value nor the line."""
    line = run_line(runs.with_text(runs.expired(), summary='say "no"\noutcome=passed'))
    assert line.endswith(r'summary="say \"no\" outcome=passed"')
    assert len(line.splitlines()) == 1


def test_a_run_that_was_not_begun() -> None:
    """With its cause."""
    event = RunSkipped(scenario="card-charge", path="billing", cause="latched")
    assert skipped_line(event) == "scenario=card-charge path=billing outcome=skipped cause=latched"


def test_a_failure_at_a_proxy_names_it() -> None:
    """Whoever greps for the connector's failures can leave these out."""
    assert " proxy=egress.internal:3129 " in run_line(runs.refused_by_the_proxy())
    assert " proxy=" not in run_line(runs.expired())
