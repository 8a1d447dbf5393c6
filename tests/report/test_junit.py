"""JUnit XML as CI systems read it."""

from xml.etree import ElementTree as ET

from probe.model.run import RunSkipped
from probe.report import junit
from tests.report import runs


def suite_of(text: str) -> ET.Element:
    """The first suite of a document; the declaration belongs to the text."""
    root = ET.fromstring(text.encode())  # noqa: S314 - our own output
    assert root.tag == "testsuites"
    return root[0]


def test_counts_and_kinds() -> None:
    """Failed is a failure, unknown an error, skipped and never begun are skipped; passed is an empty case."""
    event = RunSkipped(scenario="card-declined", path="billing", cause="no_state")
    suite = suite_of(junit.render([runs.passed(), runs.expired(), runs.unknown(), runs.not_begun()], skipped=[event]))
    counted = {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")}
    assert counted == {"name": "billing", "tests": "5", "failures": "1", "errors": "1", "skipped": "2"}
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["error"], ["skipped"], ["skipped"]]


def test_the_failure_tells_the_reason_and_the_whole_story() -> None:
    """The type is the reason; the body is what a person would have read."""
    failure = suite_of(junit.render([runs.expired()])).find("testcase/failure")
    assert failure is not None
    assert failure.get("type") == "tls.client_cert.expired"
    assert str(failure.get("message")).startswith("5023 client certificate expired: The client certificate CN=")
    assert "expired 12 minutes ago" in str(failure.text)


def test_any_text_is_safe_in_xml() -> None:
    """Markup is escaped, and characters that XML forbids are replaced."""
    hostile = runs.with_text(runs.expired(), summary="<b>&\x00\x0b\ud800]]></b>")
    failure = suite_of(junit.render([hostile])).find("testcase/failure")
    assert failure is not None
    assert "<b>&���]]></b>" in str(failure.get("message"))


def test_warnings_of_a_pass_are_kept() -> None:
    """They stand in the output of the case, which still passes."""
    case = suite_of(junit.render([runs.second_try()]))[0]
    assert [child.tag for child in case] == ["system-out"]
    assert "certificate.expiring" in str(case[0].text)


def test_nothing_ran() -> None:
    """A document without suites is still a document."""
    assert ET.fromstring(junit.render([]).encode()).tag == "testsuites"  # noqa: S314 - our own output
