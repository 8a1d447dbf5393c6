"""`paypath sweep` as a user types it, after runs that were killed in the middle of what they did."""

import contextlib
import copy
import io
import pathlib
import re
import sqlite3
import urllib.request
from contextlib import closing

import jsonschema
import pytest
import yaml

from probe.cli.command import command
from probe.history.store import FILE_NAME, History
from probe.report.schema import result_schema
from probe.runner.writing import writes_to_stripe
from probe.scenario.load import load_scenarios
from tests.e2e.open_lab import OpenLab
from tests.e2e.processes import PATIENCE_S, Finished, Running, environment, paypath
from tests.soak.killing import KILLED, killing
from tests.support.metrics_page import parse_page

SCENARIOS = pathlib.Path(__file__).parents[2] / "scenarios"
KILLS = 5
AT_ONCE = 4
TWO_HOURS = 7200


def _here(*words: str) -> Finished:
    """The command in this process: what starting one more costs is spared, since the lab and the killed are others."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = command(words, environment())
    return Finished(status, out.getvalue(), err.getvalue())


def _sweep(lab: OpenLab, *arguments: str) -> Finished:
    return _here("sweep", "--config", lab.config, *arguments)


def _moments(count: int) -> list[int]:
    """Five of the moments 1 to `count`, evenly; all of them, and some twice, where there are fewer."""
    return [1 + round(kill * (count - 1) / (KILLS - 1)) for kill in range(KILLS)]


@pytest.mark.timeout(300)  # where each process is started from nothing
def test_nothing_is_left_of_scenarios_that_were_killed(tmp_path: pathlib.Path) -> None:
    """Every scenario that writes, killed at five moments: before one of its writes is executed, or before its answer comes."""
    writing = {each.name: each.source for each in load_scenarios(SCENARIOS) if writes_to_stripe(each)}
    with killing(tmp_path, writing) as (lab, killer):
        unharmed = dict(zip(writing, killer.all([(name, None) for name in writing], AT_ONCE), strict=True))
        assert lab.left() == [], "a run that nobody kills leaves nothing"
        assert [f"{name}: {whole}" for name, whole in unharmed.items() if not whole.moments] == [], "they wrote nothing"
        wanted = [(name, at) for name, whole in unharmed.items() for at in _moments(whole.moments)]
        killed = killer.kill(wanted, AT_ONCE)
        assert [str(victim) for victim in killed if victim.status != KILLED] == []
        assert len(lab.left()) >= len(unharmed), "the kills left next to nothing: this shows nothing"
        lab.age(TWO_HOURS)
        done = paypath("sweep", "--config", lab.config)
        assert done.status == 0, done
        assert lab.left() == [], done.out
        assert "nothing is left behind" in _sweep(lab).out


FOREIGN = """
name: foreign
summary: Reads what somebody else made, and makes one of each kind that has to go again.
every: 5m
deadline: 15s
steps:
  - name: read
    stripe: v1.payment_intents.retrieve
    with: {intent: %s}
    expect: {status: requires_payment_method}
  - name: customer
    stripe: v1.customers.create
    with: {payment_method: pm_card_visa}
    expect: {metadata.paypath_run_id: "${run.id}", metadata.paypath_scenario: foreign, metadata.paypath_ends_by: {present: true}}
  - name: setup
    stripe: v1.setup_intents.create
    with: {payment_method_types: [card]}
  - name: endpoint
    stripe: v1.webhook_endpoints.create
    with: {url: "https://example.com/hook", enabled_events: [charge.succeeded]}
  - name: charge
    stripe: v1.payment_intents.create
    with: {amount: 100, currency: usd, payment_method: pm_card_visa, payment_method_types: [card], confirm: true}
    expect: {metadata.paypath_run_id: "${run.id}"}
  - name: charge-of-a-token
    stripe: v1.charges.create
    with: {amount: 200, currency: usd, source: tok_visa}
    expect: {metadata.paypath_run_id: "${run.id}"}
"""


def _of_somebody_else(lab: OpenLab) -> str:
    """A payment intent that nobody's probe made."""
    return lab.made("v1/payment_intents", {"amount": 4200, "currency": "eur", "metadata[order]": "6735"})


def _configured(lab: OpenLab, tmp_path: pathlib.Path, text: str) -> str:
    directory = tmp_path / "scenarios"
    directory.mkdir()
    (directory / "one.yaml").write_text(text, encoding="utf-8")
    return lab.configured(tmp_path / "paypath.yaml", scenarios={"directory": str(directory)})


def test_a_run_takes_back_all_that_it_made_and_leaves_what_it_read(tmp_path: pathlib.Path) -> None:
    """No cleanup is declared: customer, setup intent, endpoint and charges go; the intent of somebody else stays. The mark arrived."""
    with OpenLab(tmp_path) as lab:
        foreign = _of_somebody_else(lab)
        done = _here("check", "--config", _configured(lab, tmp_path, FOREIGN % foreign), "--format", "json")
        assert done.status == 0, done
        steps = done.json_lines()[0]["steps"]
        assert [step["outcome"] for step in steps] == ["passed"] * 12  # type: ignore[attr-defined, index]  # JSON
        assert lab.left() == [foreign]


def test_a_sweep_takes_back_what_is_old_marked_and_not_in_use(tmp_path: pathlib.Path) -> None:
    """A dry run touches nothing; what is young, in use or somebody else's stays; then everything of ours goes."""
    with killing(tmp_path, {"card-charge": str(SCENARIOS / "card-charge.yaml")}) as (lab, killer):
        foreign = _of_somebody_else(lab)
        killer.wait(killer.check("card-charge", kill_at=2))
        (left,) = set(lab.left()) - {foreign}
        assert "1 held back, nothing else is left" in _sweep(lab).out, "it is younger than an hour"
        young = _sweep(lab, "--older-than", "0s", "--format", "json").json_lines()[0]
        assert [held["id"] for held in young["held_back"]] == [left], "its run may still be going on"  # type: ignore[attr-defined, index]  # JSON
        assert young["left_behind"] == []
        lab.age(TWO_HOURS)
        assert "nothing is left" in _sweep(lab, "--since", "1h").out, "nobody looked so far back"
        dry = _sweep(lab, "--dry-run")
        assert (dry.status, left in dry.out, "would be refunded" in dry.out) == (0, True, True)
        assert left in lab.left()
        swept = _sweep(lab, "--format", "json")
        assert swept.status == 0
        line = swept.json_lines()[0]
        jsonschema.validate(line, result_schema())
        assert (line["schema"], line["outcome"], line["path"]) == ("paypath.sweep/1", "passed", "billing")
        (told,) = line["left_behind"]  # type: ignore[misc]  # JSON
        assert (told["id"], told["undo"], told["outcome"]) == (left, "v1.refunds.create", "passed")
        assert (told["amount_minor"], told["currency"], told["scenario"]) == (100, "usd", "card-charge")
        assert lab.left() == [foreign]


def test_a_sweep_refunds_a_charge_that_has_no_intent(tmp_path: pathlib.Path) -> None:
    """Once; what an intent charged is the intent's."""
    with OpenLab(tmp_path) as lab:
        mark = {"metadata[paypath_run_id]": "r1", "metadata[paypath_scenario]": "old"}
        charge = lab.made("v1/charges", {"amount": 200, "currency": "usd", "source": "tok_visa", **mark})
        lab.age(TWO_HOURS)
        swept = _sweep(lab)
        assert (swept.status, f"charge {charge} refunded (200 usd" in swept.out) == (0, True), swept
        assert "1 left behind, 1 taken back" in swept.out
        assert "nothing is left behind" in _sweep(lab).out


def test_run_sweeps_by_itself(tmp_path: pathlib.Path) -> None:
    """As soon as it starts, for what an earlier process left: a line on stderr, and a count."""
    with killing(tmp_path, {"card-charge": str(SCENARIOS / "card-charge.yaml")}) as (lab, killer):
        killer.wait(killer.check("card-charge", kill_at=2))
        lab.age(TWO_HOURS)
        (left,) = lab.left()
        environ = {"PAYPATH_LISTEN__METRICS": "127.0.0.1:0", "PAYPATH_SCENARIOS__EVERY": "1h"}
        running = Running(["run", "--config", lab.config], cwd=tmp_path, env=environ)
        try:
            running.wait_for("sweep of billing: 1 left behind, 1 taken back", "err")
            (address,) = re.findall(r"http://\S+/metrics", running.output("err"))
            with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
                page = parse_page(answer.read(), answer.headers["Content-Type"])
        finally:
            assert running.stop().status == 0
        assert page.value("paypath_stripe_swept_total", account="billing", outcome="taken_back") == 1
        assert (page.value("paypath_stripe_requests_total", account="billing") or 0) >= 6
        assert left not in lab.left()


def test_what_cannot_be_taken_back_is_said_with_status_3(tmp_path: pathlib.Path) -> None:
    """And is tried again by the next sweep."""
    with killing(tmp_path, {"card-charge": str(SCENARIOS / "card-charge.yaml")}) as (lab, killer):
        killer.wait(killer.check("card-charge", kill_at=2))
        lab.age(TWO_HOURS)
        (left,) = lab.left()
        lab.switch("refund-fails", on=True)
        failed = _sweep(lab)
        assert (failed.status, left in failed.out, "not refunded" in failed.out) == (3, True, True)
        assert "charge.refund_failed" in failed.out
        lab.switch("refund-fails", on=False)
        assert _sweep(lab).status == 0
        assert lab.left() == []


def test_a_sweep_that_cannot_look_says_why_with_status_3(tmp_path: pathlib.Path) -> None:
    """A connector that is down, and Stripe's limit: nothing is known."""
    with OpenLab(tmp_path) as lab:
        for fault, reason in (("connector-down", "tcp.refused"), ("stripe-429", "stripe.rate_limit_error")):
            lab.switch(fault, on=True)
            done = _sweep(lab, "--format", "json")
            lab.switch(fault, on=False)
            line = done.json_lines()[0]
            assert (done.status, line["outcome"]) == (3, "unknown")
            assert line["failure"]["reason"] == reason  # type: ignore[index]  # JSON


def test_a_sweep_never_touches_live_mode(tmp_path: pathlib.Path) -> None:
    """An answer from live mode latches the path, and a latched path is not even looked at."""
    with OpenLab(tmp_path) as lab:
        lab.switch("live-mode", on=True)
        live = _sweep(lab)
        lab.switch("live-mode", on=False)
        assert live.status == 3
        assert "charge.live_mode" in live.out
        asked: list[str] = []
        lab.watch(lambda method, _authorization: asked.append(method))
        latched = _sweep(lab)
        assert (latched.status, asked) == (3, [])
        assert "paypath unlock billing --reason" in latched.out
        _here("unlock", "--config", lab.config, "billing", "--reason", "a test")
        assert _sweep(lab).status == 0


def test_paths_of_one_account_are_swept_once(tmp_path: pathlib.Path) -> None:
    """By the first path that leads there."""
    with OpenLab(tmp_path) as lab:
        config = yaml.safe_load(pathlib.Path(lab.config).read_text(encoding="utf-8"))
        dead = copy.deepcopy(config["paths"]["billing"])
        dead["connector"]["url"] = "https://127.0.0.1:1"
        file = lab.configured(tmp_path / "paypath.yaml", paths={"dead": dead, **config["paths"]})
        done = _here("sweep", "--config", file, "--format", "json")
        assert done.status == 0
        (line,) = done.json_lines()
        assert (line["path"], line["paths"]) == ("billing", ["dead", "billing"])


def test_a_sweep_that_the_history_keeps_waiting_could_not_tell(tmp_path: pathlib.Path) -> None:
    """Another process holds it: no setting is wrong, and nothing is sent without the latch."""
    with OpenLab(tmp_path) as lab:
        state = tmp_path / "held"
        History.open(state).close()
        config = lab.configured(tmp_path / "paypath.yaml", state={"directory": str(state)})
        asked: list[str] = []
        lab.watch(lambda method, _authorization: asked.append(method))
        with closing(sqlite3.connect(state / FILE_NAME, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            done = _here("sweep", "--config", config)
        assert (done.status, done.out, asked) == (3, "", [])
        assert done.err.startswith("paypath: nothing was swept: cannot write ")
        assert "another process holds it" in done.err
        assert _here("sweep", "--config", config).status == 0


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"paths": {"billing": {"connector": {"url": "https://127.0.0.1:1"}}}}, "no path has a `stripe` section"),
        ({"state": {"directory": "/dev/null/state"}}, "no writable state directory"),
    ],
)
def test_a_set_up_that_cannot_be_swept_is_told_with_status_2(
    tmp_path: pathlib.Path, more: dict[str, object], told: str
) -> None:
    """Before anything is sent."""
    with OpenLab(tmp_path) as lab:
        done = _here("sweep", "--config", lab.configured(tmp_path / "paypath.yaml", **more))
        assert (done.status, done.out) == (2, "")
        assert told in done.err
