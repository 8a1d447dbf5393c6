"""Runs as JUnit XML, for CI: a failed path is a `<failure>`, what could not be told an `<error>`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # nosec B405 # written, never read

from probe.model.failure import Failure
from probe.model.outcome import Failed, Passed, Skipped, Unknown
from probe.model.run import Run, RunSkipped
from probe.report.text import FirstSteps, render_run
from probe.report.words import first_steps, headline, moment

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 section 2.2 does not allow, escaped or not."""


def render(
    runs: Iterable[Run],
    *,
    skipped: Sequence[RunSkipped] = (),
    expiring: Sequence[Failure] = (),
    steps: FirstSteps = first_steps,
) -> str:
    """The document: a test suite for each path, a test case for each scenario; one more suite for certificates that are `expiring`."""
    by_path: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_path[run.path].append(run)
    left_out: dict[str, list[RunSkipped]] = defaultdict(list)
    for event in skipped:
        left_out[event.path].append(event)
    root = Element("testsuites", name="paypath")
    for path in dict.fromkeys([*by_path, *left_out]):
        _suite(root, path, by_path[path], left_out[path], steps)
    if expiring:
        _certificates(root, expiring)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _certificates(root: Element, expiring: Sequence[Failure]) -> None:
    """Each that makes the command fail although the runs passed."""
    count = str(len(expiring))
    suite = SubElement(root, "testsuite", name="certificates", tests=count, failures=count, errors="0", skipped="0")
    suite.set("time", "0.000")
    for failure in expiring:
        name = failure.certificate.subject if failure.certificate is not None else failure.reason
        case = SubElement(suite, "testcase", classname="certificates", name=_clean(name), time="0.000")
        SubElement(case, "failure", type=failure.reason, message=_clean(failure.summary))


def _suite(root: Element, path: str, runs: list[Run], left_out: list[RunSkipped], steps: FirstSteps) -> None:
    suite = SubElement(root, "testsuite", name=_clean(path))
    suite.set("tests", str(len(runs) + len(left_out)))
    suite.set("failures", str(sum(isinstance(run.outcome, Failed) for run in runs)))
    suite.set("errors", str(sum(isinstance(run.outcome, Unknown) for run in runs)))
    suite.set("skipped", str(sum(isinstance(run.outcome, Skipped) for run in runs) + len(left_out)))
    suite.set("time", f"{sum(run.duration_s for run in runs):.3f}")
    if runs:
        suite.set("timestamp", moment(min(run.started_at for run in runs)))
        suite.set("hostname", _clean(runs[0].location))
    for run in runs:
        _case(suite, run, steps)
    for event in left_out:
        case = SubElement(suite, "testcase", classname=_clean(event.path), name=_clean(event.scenario), time="0.000")
        SubElement(case, "skipped", message=_clean(event.cause))


def _case(suite: Element, run: Run, steps: FirstSteps) -> None:
    case = SubElement(suite, "testcase", classname=_clean(run.path), name=_clean(run.scenario))
    case.set("time", f"{run.duration_s:.3f}")
    match run.outcome:
        case Failed(failure=failure) | Unknown(failure=failure):
            tag = "failure" if isinstance(run.outcome, Failed) else "error"
            message = f"{failure.code} {headline(failure)}: {failure.summary}"
            result = SubElement(case, tag, type=failure.reason, message=_clean(message))
            result.text = _clean(render_run(run, color=False, steps=steps))
        case Skipped(because=because):
            SubElement(case, "skipped", message=_clean(because))
        case Passed() if run.warnings:
            note = SubElement(case, "system-out")
            note.text = _clean("\n".join(f"{warning.reason}: {warning.summary}" for warning in run.warnings))
        case Passed():
            pass


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text)
