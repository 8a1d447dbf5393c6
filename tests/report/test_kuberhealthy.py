"""What Kuberhealthy is told."""

import dataclasses

from probe.model.outcome import Unknown
from probe.report.kuberhealthy import kuberhealthy_report
from tests.support.runs import make_failed_run, make_failure, make_run


def test_good_news_has_no_errors_and_bad_news_has_some() -> None:
    """Kuberhealthy refuses anything else with 400. Failed beats unknown; a certificate that pages is bad news where it was asked for."""
    assert kuberhealthy_report([make_run()]) == {"OK": True, "Errors": []}
    failure = make_failure("tls.client_cert.expired")
    unknown = dataclasses.replace(make_run(), outcome=Unknown(failure))
    report = kuberhealthy_report([make_run(), unknown, make_failed_run(failure)])
    assert report is not None
    assert not report["OK"]
    assert len(report["Errors"]) == 1
    assert "tls.client_cert.expired: " in report["Errors"][0]
    assert kuberhealthy_report([make_run()], [failure]) == {
        "OK": False,
        "Errors": [f"tls.client_cert.expired: {failure.summary}"],
    }


def test_what_is_not_known_is_not_reported() -> None:
    """Neither as up nor as down."""
    unknown = dataclasses.replace(make_run(), outcome=Unknown(make_failure("prober.deadline")))
    assert kuberhealthy_report([make_run(), unknown]) is None
    assert kuberhealthy_report([]) is None
