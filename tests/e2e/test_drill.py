"""`paypath drill` as a user types it: the incident that this software exists for, from its first second to its last."""

import json
import pathlib
import re
import signal
from datetime import date

import jsonschema
import pytest

from probe.compose.drills import DRILLS
from probe.documents.reference import DOCS
from probe.model.clock import SystemClock
from probe.report.drill import BEGIN, COLUMNS, END, drill_table, replaced
from probe.report.schema import result_schema
from tests.e2e.processes import Running, paypath

README = pathlib.Path(__file__).parents[2] / "README.md"
_SPAN = re.compile(r"\d+\.\d seconds|\d+ seconds?|\d+ minutes?|–")


def test_inc_5023_is_noticed_named_and_paged_once(tmp_path: pathlib.Path) -> None:
    """A certificate that really expires, a new one that is tried with preflight and put in its place, and the recovery."""
    done = paypath("drill", "inc-5023", "--format", "json", cwd=tmp_path)
    assert done.status == 0, done
    (line,) = done.out.splitlines()
    found = json.loads(line)
    jsonschema.validate(found, {**result_schema(), "anyOf": [{"$ref": "#/$defs/incident"}]})
    assert found["schema"] == "paypath.incident/1"
    assert (found["outcome"], found["problems"], found["named"]) == ("passed", [], "tls.client_cert.expired")
    assert [title.partition(" · ")[0] for title in found["pages"]] == [
        "client certificate expired",
        "resolved: client certificate expired",
    ]
    events = [event["event"] for event in found["timeline"]]
    assert events[:2] == ["first_failure", "named"]
    assert events.count("page") == 2
    assert events.index("page") < events.index("rotation") < events.index("recovered")
    for key in ("detect", "name", "page"):
        assert 0 <= found[f"seconds_to_{key}"] <= found["seconds_to_recover"]
    assert found["original"] == {"detect": 120, "name": 2820, "page": 120, "recover": 10020}
    assert not list(tmp_path.iterdir()), "a drill leaves nothing behind"


def test_a_drill_that_is_stopped_could_not_tell(tmp_path: pathlib.Path) -> None:
    """Ctrl-C in the middle: status 3, at once, and nothing is left behind."""
    drill = Running(["drill"], cwd=tmp_path, env={"TMPDIR": str(tmp_path)})
    drill.wait_for("every scenario passes")
    done = drill.stop(signal.SIGINT)
    assert done.status == 3
    assert not list(tmp_path.iterdir())


def test_what_would_be_checked_on_a_real_path(tmp_path: pathlib.Path) -> None:
    """Nothing is sent: nobody listens there, and nobody is asked."""
    (tmp_path / "paypath.yaml").write_text(
        """\
environment: staging
paths:
  billing: {connector: {url: 'https://connector.invalid:8443', health_path: /healthz, identity: billing}}
  other: {connector: {url: 'https://other.invalid'}}
identities: {billing: {certificate: /nowhere/tls.crt, private_key: /nowhere/tls.key}}
scenarios: {enabled: [mtls-handshake], every: 30s}
pages: {sinks: {oncall: {kind: webhook, url: 'https://hooks.invalid/secret'}}}
"""
    )
    done = paypath("drill", "--against", "paypath.yaml", cwd=tmp_path)
    assert done.status == 0, done
    assert "Nothing is sent." in done.out
    assert "mtls-handshake, every 30 seconds  handshake and GET /healthz" in done.out
    assert "seen within 30 seconds, paged within 30 seconds" in done.out
    assert "not seen: the path has no client certificate" in done.out
    assert "paged: oncall (webhook)" in done.out
    assert "hooks.invalid" not in done.out
    plan = json.loads(paypath("drill", "--against", "paypath.yaml", "--format", "json", cwd=tmp_path).out)
    assert [path["path"] for path in plan["paths"]] == ["billing", "other"]
    (hangs,) = [each for each in plan["paths"][0]["drills"] if each["drill"] == "connector-hangs"]
    assert (hangs["seen_within_s"], hangs["paged_within_s"]) == (30, 60)


def test_what_cannot_happen_on_a_path_is_not_promised(tmp_path: pathlib.Path) -> None:
    """An address has no name to look up, this machine is reached without a network, and our own files are read twice."""
    (tmp_path / "paypath.yaml").write_text(
        """\
environment: staging
paths:
  address: {connector: {url: 'https://192.0.2.1:8443', identity: billing}}
  here: {connector: {url: 'https://localhost:8443'}}
  loopback: {connector: {url: 'https://127.0.0.1:8443'}}
  named: {connector: {url: 'https://connector.invalid'}}
identities: {billing: {certificate: /nowhere/tls.crt, private_key: /nowhere/tls.key}}
scenarios: {enabled: [mtls-handshake], every: 30s}
pages: {sinks: {oncall: {kind: webhook, url: 'https://hooks.invalid/secret'}}}
"""
    )
    plan = json.loads(paypath("drill", "--against", "paypath.yaml", "--format", "json", cwd=tmp_path).out)
    found = {path["path"]: {each["drill"]: each for each in path["drills"]} for path in plan["paths"]}
    seen = {
        path: [name for name in ("dns-failure", "prober-offline") if drills[name]["seen_within_s"] is not None]
        for path, drills in found.items()
    }
    assert seen == {
        "address": ["prober-offline"],
        "here": ["dns-failure"],
        "loopback": [],
        "named": ["dns-failure", "prober-offline"],
    }
    assert found["address"]["dns-failure"]["because"] == "there is no name to look up: `192.0.2.1` is an address"
    assert "it is on this machine" in found["here"]["prober-offline"]["because"]
    assert found["address"]["half-done-rotation"]["paged_within_s"] == 35


def test_a_drill_that_there_is_not(tmp_path: pathlib.Path) -> None:
    """The nearest one is named."""
    done = paypath("drill", "inc-5032", cwd=tmp_path)
    assert done.status == 2
    assert "did you mean `inc-5023`?" in done.err


def test_the_readme_holds_what_the_drills_measured() -> None:
    """All of them, with the columns that `make drill` writes; the seconds themselves are the machine's."""
    text = README.read_text(encoding="utf-8")
    written = text.partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    head, rule, *lines, empty, measured = written
    assert head == f"| {' | '.join(COLUMNS)} |"
    assert rule == f"|{'---|' * len(COLUMNS)}"
    assert empty == ""
    day = re.fullmatch(
        r"Measured on (\d{4}-\d\d-\d\d): Python 3\.\d+\.\d+, \d+ CPUs with a load of \d+\.\d\.", measured
    )
    assert day is not None, measured
    assert date(2026, 11, 1) <= date.fromisoformat(day[1]) <= SystemClock().now().date()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [row[0] for row in cells] == [f"`{drill.name}`" for drill in DRILLS]
    for row, drill in zip(cells, DRILLS, strict=True):
        assert row[1].startswith("`" + drill.reason if drill.reason else "nothing fails")
        assert all(_SPAN.fullmatch(cell) for cell in row[2:]), row
        assert (row[4] == "–") is (drill.pages == 0)


def test_the_page_says_what_must_be_named_and_whether_it_pages() -> None:
    """docs/drill.md: every drill, in their order."""
    page = (DOCS / "drill.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| .* \| (?:`([a-z_.]+)`|nothing fails).* \| (\w+) \|$", page, re.MULTILINE)
    assert rows == [(drill.name, drill.reason or "", "once" if drill.pages else "nobody") for drill in DRILLS]


def test_the_table_goes_between_its_markers() -> None:
    """Whatever stood there; without markers nothing is written."""
    found = {
        "drill": "a",
        "named": None,
        **{f"seconds_to_{key}": None for key in ("detect", "name", "page", "recover")},
    }
    named = {**found, "drill": "b", "named": "tcp.refused", "seconds_to_detect": 1.25}
    table = drill_table([found, named], on=date(2026, 1, 15), machine="one of ours")
    assert table.splitlines()[2:] == [
        "| `a` | nothing fails | – | – | – | – |",
        "| `b` | `tcp.refused` | 1.2 seconds | – | – | – |",
        "",
        "Measured on 2026-01-15: one of ours.",
    ]
    assert replaced(f"x\n{BEGIN}\nold\n{END}\ny", "new") == f"x\n{BEGIN}\nnew\n{END}\ny"
    with pytest.raises(ValueError, match="the document has no"):
        replaced("nothing", "new")
