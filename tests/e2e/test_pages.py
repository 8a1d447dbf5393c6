"""Pages that paypath sends itself: from cron and from `run`, once for each cause, whatever dies in between."""

import json
import pathlib
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.e2e.processes import Lab, Running, paypath
from tests.e2e.receiver import Receiver, receiving
from tests.e2e.scraped import Scraped


@pytest.fixture
def lab(tmp_path: pathlib.Path) -> Iterator[Lab]:
    """A lab of its own."""
    lab = Lab(tmp_path)
    yield lab
    lab.process.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Whoever is on call."""
    with receiving() as found:
        yield found


def _env(directory: pathlib.Path, receiver: Receiver) -> dict[str, str]:
    file = directory / "webhook"
    file.write_text(f"{receiver.url}\n")
    prefix = "PAYPATH_PAGES__SINKS__CHAT__"
    return {f"{prefix}KIND": "webhook", f"{prefix}FORMAT": "json", f"{prefix}URL_FILE": str(file)}


def test_cron_pages_once_and_says_when_it_is_over(lab: Lab, receiver: Receiver, tmp_path: pathlib.Path) -> None:
    """Three scenarios fail for one certificate: one page; two passes of each of them end it."""
    env = _env(tmp_path, receiver)
    lab.put("client-cert-expired")
    failed = lab.check("mtls-handshake", env=env)
    assert failed.status == 1
    assert "page: client certificate expired · 5023 · billing (lab)" in failed.err
    assert lab.check(env=env).status == 1
    (page,) = receiver.wait_for(1)
    assert page["title"] == "client certificate expired · 5023 · billing (lab)"
    assert (page["action"], page["reason"]) == ("trigger", "tls.client_cert.expired")
    lab.delete("client-cert-expired")
    for _ in range(2):
        assert lab.check(env=env).status == 0
    assert [each["action"] for each in receiver.pages] == ["trigger", "resolve"]
    assert receiver.pages[1]["dedup_key"] == page["dedup_key"]
    assert lab.check("mtls-handshake", env=env).status == 0
    assert len(receiver.pages) == 2
    assert "canary-of-the-webhook" not in failed.out + failed.err
    state = lab.directory / "state"
    assert not [file for file in state.iterdir() if b"canary-of-the-webhook" in file.read_bytes()]


def test_run_that_is_killed_pages_nobody_twice_and_loses_nothing(
    lab: Lab, receiver: Receiver, tmp_path: pathlib.Path
) -> None:
    """Killed while a page waits for a sink that is away: the next process delivers it, once, and its end."""
    env = _env(tmp_path, receiver) | {"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"}
    receiver.away = True
    lab.put("client-cert-expired")
    first = Running(["run", "--config", lab.config, "--format", "json"], cwd=tmp_path, env=env)
    first.wait_for("chat does not take pages, they are kept", "err")
    first.stop(signal.SIGKILL)
    receiver.away = False
    second = Running(["run", "--config", lab.config, "--format", "json"], cwd=tmp_path, env=env)
    (page,) = receiver.wait_for(1)
    assert page["reason"] == "tls.client_cert.expired"
    second.wait_for_json(lambda run: run["outcome"] == "failed")
    lab.delete("client-cert-expired")
    pages = receiver.wait_for(2)
    assert second.stop().status == 0
    assert [each["action"] for each in pages] == ["trigger", "resolve"]


def test_a_torn_file_pages_after_a_second_reading(lab: Lab, receiver: Receiver, tmp_path: pathlib.Path) -> None:
    """One `check` pages nobody, for a copy may be in progress; `run` reads again and need not wait for its next run."""
    key = tmp_path / "torn.key"
    key.write_text("-----BEGIN PRIVATE KEY-----\nMIIEv", encoding="utf-8")
    env = _env(tmp_path, receiver) | {"PAYPATH_IDENTITIES__BILLING__PRIVATE_KEY": str(key)}
    assert lab.check("mtls-handshake", env=env).status == 1
    assert receiver.pages == []
    hourly = {"PAYPATH_SCENARIOS__EVERY": "1h", "PAYPATH_SCENARIOS__ENABLED": '["mtls-handshake"]'}
    scraped = Scraped(lab.config, tmp_path, **env, **hourly, PAYPATH_STATE__DIRECTORY=str(tmp_path / "other"))
    (page,) = receiver.wait_for(1)
    assert (page["action"], page["reason"]) == ("trigger", "tls.client_key.malformed")
    runs = {"scenario": "mtls-handshake", "path": "billing", "outcome": "failed"}
    assert scraped.page().value("paypath_runs_total", **runs) == 1
    assert scraped.process.stop().status == 0


def test_what_could_not_be_told_pages_nobody(lab: Lab, receiver: Receiver, tmp_path: pathlib.Path) -> None:
    """Our own key is limited: a ticket, never "cards cannot be charged"."""
    env = _env(tmp_path, receiver)
    lab.put("stripe-429")
    for _ in range(2):
        assert lab.check("card-charge", env=env).status == 3
    assert receiver.pages == []
    lab.delete("stripe-429")
    lab.put("declined")
    first, second = (lab.check("card-charge", "--format", "json", env=env) for _ in range(2))
    assert (first.status, second.status) == (1, 1)
    (page,) = receiver.pages
    assert page["reason"] == "charge.declined"
    began, told = (
        datetime.fromisoformat(when) for when in (json.loads(first.out)["started_at"], page["failing_since"])
    )
    assert timedelta(0) <= told - began < timedelta(milliseconds=1)


def test_maintenance_and_the_dead_mans_switch(lab: Lab, receiver: Receiver, tmp_path: pathlib.Path) -> None:
    """Inside a window nobody is paged, and the switch is told all the same; what still fails after it pages by what is seen then."""
    env = _env(tmp_path, receiver) | {"PAYPATH_PAGES__HEARTBEAT__URL": f"{receiver.url}/alive"}
    window = {"begins": "2000-01-01T00:00:00Z", "ends": "2100-01-01T00:00:00Z", "paths": ["billing"]}
    lab.put("client-cert-expired")
    for _ in range(2):
        inside = lab.check("mtls-handshake", env=env | {"PAYPATH_MAINTENANCE": json.dumps([window])})
        assert inside.status == 1
    assert receiver.pages == [{"alive": "paypath"}] * 2
    assert lab.check("mtls-handshake", env=env).status == 1
    assert [page.get("action", "alive") for page in receiver.pages[2:]] == ["alive", "trigger"]


def test_a_mistake_in_the_pages_is_told_at_its_place(lab: Lab, receiver: Receiver, tmp_path: pathlib.Path) -> None:
    """`validate` knows them all, and shows no address."""
    env = _env(tmp_path, receiver) | {"PAYPATH_PAGES__SINKS__CHAT__KIND": "pagerduty"}
    done = paypath("validate", "--config", lab.config, env=env)
    assert done.status == 2
    assert "`routing_key` is missing: `pagerduty` needs it" in done.err + done.out
    assert "canary-of-the-webhook" not in done.err + done.out
