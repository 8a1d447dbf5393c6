"""`paypath check` under cron: what a real Pushgateway and a textfile hold after many short runs."""

import asyncio
import contextlib
import fcntl
import json
import pathlib
import sqlite3
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from probe.compose import once
from probe.model.outcome import Passed
from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.processes import Finished, Running, paypath
from tests.servers import pushgateway
from tests.servers.material import Material
from tests.servers.process import Server
from tests.servers.programs import require
from tests.support.metrics_page import Page, parse_page

TEXT = "text/plain; version=0.0.4"
PAIR = {"scenario": "mtls-handshake", "path": "billing"}
GROUP = {"job": "paypath", "environment": "staging", "location": "test"}
pytestmark = pytest.mark.server("nginx")


@pytest.fixture
def gateway(tmp_path: pathlib.Path) -> Iterator[Server]:
    """A Pushgateway."""
    directory = tmp_path / "gateway"
    directory.mkdir()
    server = pushgateway.start(directory)
    yield server
    server.stop()


@pytest.fixture
def configured(pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> Callable[..., str]:
    """Writes a configuration for one path through nginx: `configured(pushgateway=…)`; `client` is one of the clients."""
    nginx = start_nginx()

    def configure(client: str = "good", **cron: object) -> str:
        pair = pki.clients[client]
        return write(
            tmp_path,
            {"billing": connector(nginx.port, trust=pki.trust, identity="billing")},
            identities={"billing": (pair.certificate, pair.private_key)},
            scenarios={"enabled": ["mtls-handshake", "connector-health"]},
            **({"cron": {"every": "5m", **cron}} if cron else {}),
        )

    return configure


def check(file: str, *scenarios: str) -> Finished:
    """One short run of what is named."""
    return paypath("check", "--config", file, *(scenarios or ("mtls-handshake",)))


def pushed(gateway: Server) -> Page:
    """What Prometheus would scrape."""
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.port}/metrics", timeout=10) as answer:
        return parse_page(answer.read(), TEXT)


def read(file: pathlib.Path) -> Page:
    """What node_exporter would read."""
    return parse_page(file.read_bytes(), TEXT)


@pytest.mark.server("prometheus-pushgateway")
@pytest.mark.server("promtool")
def test_counters_only_grow_over_twenty_short_runs(
    configured: Callable[..., str], gateway: Server, tmp_path: pathlib.Path
) -> None:
    """Each run adds one, in both places; nothing is older than the run before, and promtool finds no fault."""
    prom = tmp_path / "paypath.prom"
    file = configured(pushgateway=f"http://127.0.0.1:{gateway.port}", textfile=str(prom))
    for number in range(1, 21):
        if number in (1, 20):
            done = check(file)
            assert (done.status, done.err) == (0, "")
        else:  # the same without an interpreter that starts
            result = asyncio.run(once.check(config=pathlib.Path(file), scenarios=["mtls-handshake"], environ={}))
            assert [type(run.outcome) for run in result.runs] == [Passed]
        for page in (pushed(gateway), read(prom)):
            assert page.value("paypath_runs_total", **PAIR, outcome="passed") == number
            assert page.value("paypath_run_duration_seconds_count", **PAIR, outcome="passed") == number
            assert page.value("paypath_run_duration_seconds_bucket", **PAIR, outcome="passed", le="+Inf") == number
    page = pushed(gateway)
    assert page.value("paypath_runs_total", **PAIR, outcome="failed") == 0, "known before the first failure"
    assert page.value("paypath_runs_total", scenario="connector-health", outcome="passed") == 0, (
        "configured, not asked for"
    )
    assert page.value("paypath_schedule_interval_seconds", **PAIR) == 300
    assert page.value("paypath_telemetry_export_failures_total", signal="pushgateway") == 0
    assert page.samples("push_time_seconds")[0].labels == {**GROUP, "instance": ""}
    checked = subprocess.run(
        [require("promtool"), "check", "metrics"], input=prom.read_bytes(), capture_output=True, check=False, timeout=60
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
    assert [each.name for each in tmp_path.glob("*paypath.prom*")] == ["paypath.prom"]
    assert prom.stat().st_mode & 0o777 == 0o644


def test_runs_at_once_lose_nothing(configured: Callable[..., str], tmp_path: pathlib.Path) -> None:
    """Six at the same time, of two scenarios, are six in the end, and neither scenario's gauges are missing."""
    prom = tmp_path / "paypath.prom"
    file = configured(textfile=str(prom))
    names = ["mtls-handshake", "connector-health"] * 3
    # Begun together, on a history that is not there yet.
    with ThreadPoolExecutor(len(names)) as pool:
        finished = list(pool.map(lambda name: check(file, name), names))
    assert [(done.status, done.err) for done in finished] == [(0, "")] * 6
    page = read(prom)
    for name in set(names):
        assert page.value("paypath_runs_total", scenario=name, outcome="passed") == 3
        assert page.value("paypath_up", scenario=name) == 1


def test_what_one_run_cannot_know_comes_from_those_before(
    configured: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    """Two failures in a row are two, with the last success of before; a run of something else changes nothing of it."""
    prom = tmp_path / "paypath.prom"
    assert check(configured(textfile=str(prom))).status == 0
    last_success = read(prom).value("paypath_last_success_timestamp_seconds", **PAIR)
    broken = configured("expired", textfile=str(prom))
    for _ in range(2):
        assert check(broken).status == 1
    check(broken, "connector-health")
    page = read(prom)
    assert page.value("paypath_consecutive_failures", **PAIR) == 2
    assert page.value("paypath_up", **PAIR) == 0
    assert page.value("paypath_success_ratio", **PAIR, window="1h") == pytest.approx(1 / 3)
    assert page.value("paypath_last_success_timestamp_seconds", **PAIR) == pytest.approx(last_success, abs=1e-3)
    active = page.samples("paypath_failure_active", **PAIR)
    assert [(one.labels["reason"], one.labels["severity"]) for one in active] == [("tls.client_cert.expired", "page")]


@pytest.mark.server("prometheus-pushgateway")
def test_a_gateway_that_is_not_there_changes_no_status(
    configured: Callable[..., str], gateway: Server, tmp_path: pathlib.Path
) -> None:
    """It is said (also with `--quiet`, as in a crontab), counted, and told by the next run, in the textfile too."""
    prom = tmp_path / "paypath.prom"
    done = check(configured(pushgateway="http://127.0.0.1:9", textfile=str(prom)), "mtls-handshake", "--quiet")
    assert done.status == 0
    assert "cron: pushgateway: ClientConnectorError" in done.err
    file = configured(pushgateway=f"http://127.0.0.1:{gateway.port}", textfile=str(tmp_path / "none" / "paypath.prom"))
    done = check(file, "mtls-handshake", "--quiet")
    assert done.status == 0
    assert f"cron: textfile: {tmp_path}/none/paypath.prom: No such file or directory" in done.err
    page = pushed(gateway)
    assert page.value("paypath_runs_total", **PAIR, outcome="passed") == 2
    assert page.value("paypath_telemetry_export_failures_total", signal="pushgateway") == 1
    assert page.value("paypath_telemetry_export_failures_total", signal="textfile") == 0, "counted after it was pushed"


def test_a_crontab_hears_of_a_damaged_history_and_of_nothing_else(
    configured: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    """Cron sends a mail for each line: none where all is well, one where something is lost."""
    file = configured(textfile=str(tmp_path / "paypath.prom"))
    done = check(file, "mtls-handshake", "--quiet")
    assert (done.status, done.err) == (0, "")
    (history,) = tmp_path.rglob("history.sqlite3")
    history.write_bytes(b"\x00" * 8192)
    done = check(file, "mtls-handshake", "--quiet")
    assert done.status == 0
    assert f"{history} is damaged" in done.err


def test_a_collector_that_is_not_there_is_counted(configured: Callable[..., str], tmp_path: pathlib.Path) -> None:
    """OTLP is flushed first, within its budget, and what did not arrive stands in the textfile of the same run."""
    prom = tmp_path / "paypath.prom"
    file = configured(textfile=str(prom))
    done = paypath(
        "check", "--config", file, "mtls-handshake", env={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    )
    assert done.status == 0
    assert read(prom).value("paypath_telemetry_export_failures_total", signal="metrics") == 1
    assert read(prom).value("paypath_runs_total", **PAIR, outcome="passed") == 1


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ({"textfile": "/x/paypath.txt"}, "`textfile`: `/x/paypath.txt` is read by no node_exporter"),
        ({"every": None, "pushgateway": "http://x"}, "`every` is missing"),
        ({"pushgateway": "http://me:secret@x"}, "names and passwords do not belong into a URL"),
    ],
)
def test_mistakes_name_the_key(configured: Callable[..., str], cron: dict[str, object], told: str) -> None:
    """What cannot work is found before anything is run."""
    done = check(configured(**cron))
    assert done.status == 2
    assert told in done.err


@pytest.fixture
def kuberhealthy() -> Iterator[tuple[str, list[tuple[str | None, dict[str, object]]]]]:
    """What Kuberhealthy is, as far as a check sees it: its address, and the reports with their run's id."""
    reports: list[tuple[str | None, dict[str, object]]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reports.append((self.headers["kh-run-uuid"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/check", reports
    server.shutdown()
    server.server_close()


def test_kuberhealthy_is_told_what_is_known(
    configured: Callable[..., str], kuberhealthy: tuple[str, list[tuple[str | None, dict[str, object]]]]
) -> None:
    """Good news, bad news with its reason; where nothing is known, no report at all."""
    url, reports = kuberhealthy
    env = {"KH_REPORTING_URL": url, "KH_RUN_UUID": "7ab1"}
    assert paypath("check", "--config", configured(), "mtls-handshake", env=env).status == 0
    assert paypath("check", "--config", configured("expired"), "mtls-handshake", env=env).status == 1
    assert [(run, body["OK"]) for run, body in reports] == [("7ab1", True), ("7ab1", False)]
    assert reports[0][1]["Errors"] == []
    assert str(reports[1][1]["Errors"]).startswith("['mtls-handshake on billing: tls.client_cert.expired: ")
    done = paypath("check", "--config", configured(), "card-charge", env=env)
    assert done.status == 3, "there is no Stripe key"
    assert len(reports) == 2
    assert "kuberhealthy: whether payments work is not known, so nothing is reported" in done.err


def test_a_locked_history_loses_no_counts(configured: Callable[..., str], tmp_path: pathlib.Path) -> None:
    """Somebody holds it for longer than a run waits: what was counted is kept beside it, and told by the next run."""
    prom = tmp_path / "paypath.prom"
    file = configured(textfile=str(prom))
    assert check(file).status == 0
    (history,) = tmp_path.rglob("history.sqlite3")
    with (
        contextlib.closing(sqlite3.connect(history, isolation_level=None)) as holder,
        (history.parent / "cron.lock").open("ab") as turn,
    ):
        fcntl.flock(turn, fcntl.LOCK_EX)  # so that the run stands where it would write, until the history is locked
        run = Running(["check", "--config", file, "mtls-handshake", "--format", "json"], cwd=tmp_path)
        run.wait_for_json(lambda run: run["outcome"] == "passed")
        holder.execute("BEGIN IMMEDIATE")
        fcntl.flock(turn, fcntl.LOCK_UN)
        run.wait_for("what this run counted is told by the next", "err")
        holder.execute("ROLLBACK")
    assert run.ended().status == 0
    assert read(prom).value("paypath_runs_total", **PAIR, outcome="passed") == 1
    assert check(file).err == ""
    assert read(prom).value("paypath_runs_total", **PAIR, outcome="passed") == 3
    assert not list(history.parent.glob("*uncounted*"))


def test_a_history_that_is_locked_from_the_start_loses_no_counts(
    configured: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    """It cannot be opened at all: the same holds, and nobody is told to mend the rights of the directory."""
    prom = tmp_path / "paypath.prom"
    file = configured(textfile=str(prom))
    assert check(file).status == 0
    (history,) = tmp_path.rglob("history.sqlite3")
    with contextlib.closing(sqlite3.connect(history, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        done = paypath("check", "--config", file, "mtls-handshake")
        holder.execute("ROLLBACK")
    assert done.status == 0
    assert "another process holds it" in done.err
    assert "what this run counted is told by the next" in done.err
    assert "writable" not in done.err
    assert check(file).err == ""
    assert read(prom).value("paypath_runs_total", **PAIR, outcome="passed") == 3
