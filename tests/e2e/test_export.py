"""`paypath export`, as a user types it."""

import json
import pathlib
import subprocess

import pytest
import yaml

from tests.e2e.processes import Finished, paypath
from tests.servers.programs import require

CONFIGURATION = """\
environment: staging
location: a
state: {directory: state}
paths:
  billing:
    connector: {url: "https://127.0.0.1:1"}
    stripe: {api_key: sk_test_example}
    real_traffic: sum(rate(charges_total{status="ok"}[5m])) / sum(rate(charges_total[5m]))
  billing-eu:
    connector: {url: "https://127.0.0.1:2"}
    real_traffic: {success_ratio: eu_ratio, red_below: 0.5}
codes: {tls.*: 7023}
links: {runbooks: "https://wiki.example/runbooks/", grafana: "https://grafana.example"}
"""


@pytest.fixture
def configured(tmp_path: pathlib.Path) -> pathlib.Path:
    """A directory with a configuration."""
    (tmp_path / "paypath.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return tmp_path


def rules_of(done: Finished) -> dict[str, list[dict[str, object]]]:
    """The alerts by name."""
    found: dict[str, list[dict[str, object]]] = {}
    for group in yaml.safe_load(done.out)["groups"]:
        for rule in group["rules"]:
            found.setdefault(rule.get("alert", ""), []).append(rule)
    return found


@pytest.mark.server("promtool")
def test_rules_of_a_configuration(configured: pathlib.Path) -> None:
    """One rule file on stdout, which Prometheus takes: with its environment, paths, scenarios, numbers, links and real traffic."""
    done = paypath("export", "rules", cwd=configured)
    assert (done.status, done.err) == (0, "")
    file = configured / "rules.yaml"
    file.write_text(done.out, encoding="utf-8")
    checked = subprocess.run(
        [require("promtool"), "check", "rules", "--lint=all", "--lint-fatal", file],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stderr
    alerts = rules_of(done)
    absent = [str(rule["expr"]) for rule in alerts["PaypathPathUnwatched"]]
    assert [
        f'absent(paypath_last_run_timestamp_seconds{{environment="staging", path="{name}"}})' in expr
        for name, expr in zip(("billing", "billing-eu"), absent, strict=True)
    ] == [True, True]
    watched = {
        expr.partition("absent(")[2].partition(")")[0]
        for expr in (str(r["expr"]) for r in alerts["PaypathScenarioUnwatched"])
    }
    series = 'paypath_last_run_timestamp_seconds{environment="staging", path="%s", scenario="%s"}'
    assert series % ("billing", "card-charge") in watched
    assert series % ("billing-eu", "mtls-handshake") in watched
    assert series % ("billing-eu", "card-charge") not in watched, "it has no Stripe access"
    assert 'absent(paypath_build_info{environment="staging"})' in str(alerts["PaypathProberDown"][0]["expr"])
    red = [(str(rule["expr"]), dict(rule["labels"])["path"]) for rule in alerts["PaypathCustomersRedProbeGreen"]]  # type: ignore[call-overload]  # a map
    assert [path for _, path in red] == ["billing", "billing-eu"]
    assert "charges_total" in red[0][0]
    assert "< 0.9\n" in red[0][0]
    assert "eu_ratio\n) < 0.5\n" in red[1][0]
    assert "https://wiki.example/runbooks/client-certificate.md" in done.out.replace("\n        ", "")
    assert "https://grafana.example/d/paypath-path?" in done.out


@pytest.mark.server("promtool")
@pytest.mark.parametrize("environment", ['st"ag{{ing', "{{ .Value }}", "a\\b}} {{`c`"])
def test_any_environment_makes_rules_that_prometheus_takes(configured: pathlib.Path, environment: str) -> None:
    """Quotes, and what would be a template: the alerts on real traffic carry it as it is written."""
    written = CONFIGURATION.replace("environment: staging", f"environment: {json.dumps(environment)}")
    (configured / "paypath.yaml").write_text(written, encoding="utf-8")
    done = paypath("export", "rules", cwd=configured)
    assert (done.status, done.err) == (0, "")
    (configured / "rules.yaml").write_text(done.out, encoding="utf-8")
    series = [
        {"series": "eu_ratio", "values": "0.1x10"},
        {"series": f'paypath_up{{environment={json.dumps(environment)}, path="billing-eu"}}', "values": "1x10"},
    ]
    (alert,) = [rule for rule in rules_of(done)["PaypathCustomersRedProbeGreen"] if "eu_ratio" in str(rule["expr"])]
    firing = f'alertname="{alert["alert"]}", alertstate="firing", environment={json.dumps(environment)}'
    asked = {
        "expr": f"count(ALERTS{{{firing}}})",
        "eval_time": "8m",
        "exp_samples": [{"labels": "{}", "value": 1}],
    }
    timeline = {
        "rule_files": ["rules.yaml"],
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": [asked]}],
    }
    (configured / "timeline.yaml").write_text(json.dumps(timeline), encoding="utf-8")
    for words in (["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"], ["test", "rules", "timeline.yaml"]):
        ran = subprocess.run(
            [require("promtool"), *words], cwd=configured, capture_output=True, text=True, check=False, timeout=60
        )
        assert ran.returncode == 0, (ran.stdout, ran.stderr)


def test_dashboards_and_runbooks_go_into_a_directory(configured: pathlib.Path) -> None:
    """Each file is named on stdout; dashboards begin with this environment, runbooks show its numbers."""
    done = paypath("export", "dashboards", "--output", "grafana/boards", cwd=configured)
    assert done.status == 0
    files = [configured / line for line in done.out.splitlines()]
    assert {file.name for file in files} == {"payment-path.json", "certificates.json", "prober-health.json"}
    for file in files:
        (chosen,) = [
            v["current"] for v in json.loads(file.read_text())["templating"]["list"] if v["name"] == "environment"
        ]
        assert chosen == {"text": ["staging"], "value": ["staging"]}
    done = paypath("export", "runbooks", "--output", "books", cwd=configured)
    assert done.status == 0
    page = (configured / "books" / "client-certificate.md").read_text()
    assert "## tls.client_cert.expired" in page
    assert "Code 7023" in page
    assert "](../" not in "".join(file.read_text() for file in (configured / "books").iterdir())
    assert (configured / "books" / "rotation.md").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dashboards"], "paypath export dashboards --output DIR"),
        (["runbooks"], "paypath export runbooks --output DIR"),
        (["rules", "--output", "x"], "rules go to stdout"),
        (["rulez"], "did you mean `rules`?"),
        (["dashboards", "--output", "paypath.yaml"], "--output"),
        (["dashboards", "--output", "paypath.yaml/x"], "not a directory"),
    ],
)
def test_mistakes(configured: pathlib.Path, words: list[str], said: str) -> None:
    """Status 2, nothing on stdout, and what to write instead."""
    done = paypath("export", *words, cwd=configured)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("real_traffic: 5", "real_traffic"),
        ("real_traffic: {success_ratio: x, red_below: 1.5}", "must be a number above 0, at most 1"),
        ("real_traffic: {ratio: x}", "success_ratio"),
        ("real_traffic: 'sum(rate(x[5m])'", "`real_traffic` is not PromQL: unclosed left parenthesis"),
        ("real_traffic: '5'", "`real_traffic` is PromQL, but gives no series"),
        ("real_traffic: 'x) or (y'", "`real_traffic` is not PromQL"),
        ("real_traffic: ''", "`real_traffic` must be text in one line, not empty"),
        ("real_traffic: {success_ratio: 'rate(x)'}", "`success_ratio` is not PromQL"),
    ],
)
def test_mistakes_in_the_configuration(tmp_path: pathlib.Path, written: str, said: str) -> None:
    """With file, line and column, as for every other key."""
    text = f"paths:\n  billing:\n    connector: {{url: 'https://127.0.0.1:1'}}\n    {written}\n"
    (tmp_path / "paypath.yaml").write_text(text, encoding="utf-8")
    done = paypath("export", "rules", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "paypath.yaml:4:" in done.err
    assert said in done.err
