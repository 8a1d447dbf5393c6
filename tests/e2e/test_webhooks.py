"""Webhooks through the commands that a user types, against a lab: told in time, refused where they must be, and never from live mode."""

import json
import pathlib
import socket
from typing import Any

import pytest
import yaml

from probe.scenario.library import shipped_directory
from tests.e2e.processes import Finished, Lab, Running, paypath

LIBRARY = ("webhook-delivered", "webhook-acknowledged", "webhook-unsigned-refused", "webhook-stale-refused")


def reasons(done: Finished) -> dict[str, str | None]:
    """By scenario, why it did not pass."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.out.splitlines()]
    return {line["scenario"]: line["failure"] and line["failure"]["reason"] for line in lines}


def check(lab: Lab, *names: str, impatient: bool = False) -> Finished:
    """`paypath check` of scenarios by name; `impatient` waits for a webhook for half a second only."""
    env = {}
    if impatient:
        folder = lab.directory / "impatient"
        folder.mkdir(exist_ok=True)
        for name in (*names, "mtls-handshake", "card-charge", "card-declined", *LIBRARY):
            text = (shipped_directory() / f"{name}.yaml").read_text(encoding="utf-8")
            (folder / f"{name}.yaml").write_text(text.replace("within: 10s", "within: 500ms"), encoding="utf-8")
        env["PAYPATH_SCENARIOS__DIRECTORY"] = str(folder)
    return lab.check(*names, "--format", "json", env=env)


def test_everybody_is_told_and_nobody_is_fooled(lab: Lab) -> None:
    """All that comes with paypath passes: a delivery here, one to the shop, and three forgeries that the shop refuses."""
    done = check(lab, *LIBRARY)
    assert done.status == 0, done
    assert reasons(done) == dict.fromkeys(LIBRARY)
    assert lab.open_money() == []


def test_webhooks_that_do_not_come(lab: Lab) -> None:
    """Payments work and are refunded; that nobody is told of them is found, here and at the shop."""
    lab.put("webhooks-missing")
    try:
        done = check(lab, *LIBRARY, impatient=True)
    finally:
        lab.delete("webhooks-missing")
    assert done.status == 1
    assert reasons(done) == {
        **dict.fromkeys(LIBRARY),
        "webhook-delivered": "charge.webhook_missing",
        "webhook-acknowledged": "charge.webhook_missing",
    }
    assert "about pi_" in done.out
    assert lab.open_money() == []


def test_an_endpoint_that_takes_everything(lab: Lab) -> None:
    """What passes is the failure; the deliveries themselves are well."""
    lab.put("webhook-forgery-accepted")
    try:
        done = check(lab, *LIBRARY)
    finally:
        lab.delete("webhook-forgery-accepted")
    assert done.status == 1
    assert reasons(done) == {
        **dict.fromkeys(LIBRARY),
        "webhook-unsigned-refused": "charge.webhook_forgery_accepted",
        "webhook-stale-refused": "charge.webhook_forgery_accepted",
    }


def test_without_what_they_need_they_are_not_chosen(lab: Lab, tmp_path: pathlib.Path) -> None:
    """The library runs where it fits; a scenario that was asked for by name is skipped, with what is missing."""
    configuration = yaml.safe_load(pathlib.Path(lab.config).read_text(encoding="utf-8"))
    del configuration["paths"]["billing"]["webhook"], configuration["listen"], configuration["scenarios"]
    plain = tmp_path / "paypath.yaml"
    plain.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    validated = paypath("validate", "--config", str(plain))
    assert validated.status == 0
    assert "webhook" not in validated.out
    asked = paypath("check", "--config", str(plain), "webhook-unsigned-refused")
    assert asked.status == 3, asked
    configuration["scenarios"] = {"enabled": ["webhook-unsigned-refused"]}
    plain.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    skipped = paypath("check", "--config", str(plain))
    assert skipped.status == 3
    assert "webhook-unsigned-refused on billing was not run: webhooks cannot be" in skipped.err


def test_a_process_that_keeps_running_takes_them(lab: Lab) -> None:
    """`run` has the address, and its page counts what came; `check` beside it leaves deliveries to it."""
    running = Running(
        ["run", "--config", lab.config, "--format", "json"],
        cwd=lab.directory,
        env={"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"},
    )
    try:
        running.wait_for_json(lambda line: line["scenario"] == "webhook-delivered" and line["outcome"] == "passed")
        beside = check(lab, "webhook-delivered", "mtls-handshake")
        assert reasons(beside) == {"mtls-handshake": None}
        assert "cannot listen on" in beside.err
    finally:
        done = running.stop()
    assert done.status == 0


def deliver(lab: Lab, body: str, header: str) -> int:
    """Post to the probe's listener, as Stripe would; the HTTP status."""
    host, port = lab.addresses["webhooks"].split(":")
    head = f"POST /webhooks/billing HTTP/1.1\r\nHost: probe\r\nStripe-Signature: {header}\r\n"
    request = f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(request)
        return int(connection.recv(4096).split()[1])


def test_a_webhook_from_live_mode_shuts_the_path_for_good(tmp_path: pathlib.Path) -> None:
    """At once, in the middle of everything; after a restart it is still shut, until a person opens it. A forged one shuts nothing."""
    from probe.billing.signed import sign  # noqa: PLC0415 - imports the SDK
    from probe.model.clock import SystemClock  # noqa: PLC0415 - beside it
    from probe.model.secret import Secret  # noqa: PLC0415 - beside it

    lab = Lab(tmp_path)
    secret = Secret((lab.directory / "webhook_secret").read_text(encoding="utf-8").strip())
    event = json.dumps({"object": "event", "id": "evt_live", "type": "charge.succeeded", "livemode": True})
    at = int(SystemClock().now().timestamp())
    arguments = ["run", "--config", lab.config, "--format", "json"]
    env = {"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"}
    running = Running(arguments, cwd=lab.directory, env=env)
    running.wait_for_json(lambda line: line["scenario"] == "webhook-delivered")
    assert deliver(lab, event, sign(event, Secret("whsec_theirs"), at=at)) == 400
    assert deliver(lab, event, sign(event, secret, at=at - 3600)) == 400
    running.wait_for_json(lambda line: line["scenario"] == "card-charge" and line["outcome"] == "passed")
    assert deliver(lab, event, sign(event, secret, at=at)) == 200
    latched = running.wait_for_json(lambda line: line["scenario"] == "mtls-handshake" and line["outcome"] == "failed")
    assert latched["failure"]["reason"] == "charge.live_mode"
    assert "evt_live" in latched["failure"]["summary"]
    assert running.stop().status == 0

    again = check(lab, "card-charge")
    assert reasons(again) == {"card-charge": "charge.live_mode"}
    assert paypath("unlock", "billing", "--reason", "looked into", "--config", lab.config).status == 0
    assert check(lab, "card-charge").status == 0
    assert lab.process.stop().status == 0


@pytest.mark.parametrize(
    "key", ["PAYPATH_PATHS__BILLING__STRIPE__WEBHOOK_SECRET", "PAYPATH_PATHS__BILLING__WEBHOOK__SECRET"]
)
def test_a_secret_that_is_none_is_refused_without_being_shown(lab: Lab, key: str) -> None:
    """A key in its place, for example; and one of the two forms is enough."""
    wrong = paypath("validate", "--config", lab.config, env={key: "sk_live_" + "canary" * 4})
    assert wrong.status == 2
    assert "canary" not in wrong.out + wrong.err
    both = paypath("validate", "--config", lab.config, env={key: "whsec_" + "canary" * 4})
    assert both.status == 2
    assert "are both set" in both.err
    assert "canary" not in both.out + both.err
