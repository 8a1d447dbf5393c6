"""Incidents as people read them, as Markdown, and as one object."""

import re
from datetime import timedelta

import jsonschema

from probe.documents.reference import DOCS
from probe.report import incident
from probe.report.incident import markdown, render_incidents
from probe.report.incident_json import incidents_to_dict
from probe.report.schema import result_schema
from probe.verdict.incidents import incidents
from tests.verdict.pages import EXPIRED, REFUSED, START
from tests.verdict.test_incidents import UNSURE, page_at, run_at

SINCE, UNTIL = START - timedelta(hours=1), START + timedelta(hours=2)
FOUND = incidents(
    [run_at(-30), run_at(10, EXPIRED), run_at(40, EXPIRED), run_at(100), run_at(130)], [page_at(12)], began_at=None
)
UNKNOWN = incidents([run_at(-30), run_at(10, UNSURE), run_at(600, REFUSED, path="a|b")])


def test_on_a_terminal() -> None:
    """The cause first, then how long everything took, then the timeline."""
    text = render_incidents(FOUND, since=SINCE, until=UNTIL, runs=5, color=False, width=100)
    assert (
        text
        == """\
1 incident in 5 runs between 2026-01-15 13:28:00 UTC and 2026-01-15 16:28:00 UTC.

FAILED 5023 · client certificate expired · tls.client_cert.expired (proven)
path billing · 2026-01-15 14:28:00 UTC to 2026-01-15 14:29:40 UTC (1 minute)

  It is tls.client_cert.expired.

  detected     after 10 seconds
  named        after 10 seconds
  paged        after 12 seconds
  recovered    after 1 minute
  runs failed  2 of handshake

  14:28:10  first failure  handshake failed
  14:28:10  named          It is tls.client_cert.expired.
  14:28:12  page           a page (trigger) (to chat)
  14:29:40  first success  handshake passed
  14:29:40  recovered      all pass: handshake"""
    )


def test_what_could_not_be_told_and_what_lasts() -> None:
    """Other words, and no time that is not known."""
    text = render_incidents(UNKNOWN, since=SINCE, until=UNTIL, runs=3, color=False, width=100)
    assert "COULD NOT TELL 5029 · " in text
    assert "could not tell  1 of handshake" in text
    assert "detected        after at most 40 seconds" in text
    assert "and still at 2026-01-15 16:28:00 UTC" in text
    assert "after a time that is not known: nothing ran before it" in text
    assert "paged        nobody was paged" in text
    assert "recovered    not yet" in text


def test_nothing_happened_is_said() -> None:
    """And nothing was recorded is something else."""
    when = {"since": SINCE, "until": UNTIL}
    quiet = render_incidents([], runs=7, color=False, width=100, **when)
    assert quiet.startswith("Nothing failed between 2026-01-15 13:28:00 UTC and")
    assert "7 runs, and all that could tell passed." in quiet
    assert render_incidents([], runs=0, color=False, width=100, **when).startswith("Nothing was recorded between")
    assert markdown([], runs=7, **when).endswith(quiet)
    assert incidents_to_dict([], runs=7, **when)["timeline"] == []


def test_as_markdown() -> None:
    """A table that no text breaks, and the runbook."""
    text = markdown([*FOUND, *UNKNOWN], since=SINCE, until=UNTIL, runs=8)
    assert "## Path billing failed: 5023 · client certificate expired" in text
    assert "| 2026-01-15 14:28:12 | page | 5023 | tls.client_cert.expired | a page (trigger) (to chat) |" in text
    assert "| detected | after 10 seconds |" in text
    assert "Runbook: [docs/runbooks/" in text
    assert "## Path a\\|b failed" in text


def test_as_one_object() -> None:
    """The contract's keys; the durations are those of the first that failed, and each has its own below."""
    found = incidents_to_dict([*UNKNOWN, *FOUND], since=SINCE, until=UNTIL, runs=8)
    jsonschema.validate(found, {**result_schema(), "anyOf": [{"$ref": "#/$defs/incident"}]})
    assert found["schema"] == "paypath.incident/1"
    assert found["runs_failed"] == 3
    assert [each["path"] for each in found["incidents"]] == ["billing", "a|b", "billing"]
    alone = incidents_to_dict(FOUND, since=SINCE, until=UNTIL, runs=5)
    assert [event["event"] for event in alone["timeline"]] == [
        "first_failure",
        "named",
        "page",
        "first_success",
        "recovered",
    ]
    assert (alone["seconds_to_detect"], alone["seconds_to_page"], alone["seconds_to_recover"]) == (10, 12.5, 100)
    assert alone["incidents"][0]["certificate"]["subject"] == "CN=d200"


def test_every_line_is_explained() -> None:
    """docs/report.md says what each means."""
    page = (DOCS / "report.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z ]+)` \|", page, re.MULTILINE) == list(incident._WHAT.values())
