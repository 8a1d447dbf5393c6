"""The Dockerfile keeps what a reader trusts it for. No engine is needed: its text is read, its health check is run."""

import contextlib
import http.server
import os
import pathlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.project.dockerfile import context_holds, read
from tests.project.locks import ROOT
from tests.servers.process import free_port

BUILDER, FINAL = read(ROOT / "Dockerfile")
HEALTHCHECK = ROOT / "docker" / "healthcheck.py"


def test_two_stages_from_one_base() -> None:
    """The builder and the image stand on the same Python, whose version is an argument to be pinned by digest."""
    assert (BUILDER.image, FINAL.image) == ("${PYTHON_IMAGE}", "${PYTHON_IMAGE}")
    assert "ARG PYTHON_IMAGE=python:3.13-slim-bookworm\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_everything_installed_is_locked() -> None:
    """Each pip command takes locked hashes, or no index at all."""
    commands = [
        part
        for run in BUILDER.all("RUN")
        for part in run.rest.split("&&")
        if re.search(r"\bpip\b.*\b(install|wheel)\b", part)
    ]
    assert len(commands) == 4
    assert all("--require-hashes" in command or "--no-index" in command for command in commands)


def test_the_final_image_builds_and_fetches_nothing() -> None:
    """The last stage installs nothing, and what the base image brings for installing is taken out."""
    commands = " ".join(run.rest for run in FINAL.all("RUN"))
    assert not re.search(r"\b(apt|apt-get|curl|wget|gcc|pip install|ADD)\b", commands)
    assert not FINAL.all("ADD")
    for gone in ("/usr/local/bin/pip*", "/usr/local/lib/python3*/site-packages/*", "/usr/local/lib/python3*/ensurepip"):
        assert gone in commands


def test_it_runs_as_nobody_by_number() -> None:
    """The user is a number above 0, which Kubernetes can check, and nothing is run after it as root."""
    assert [user.rest for user in FINAL.all("USER")] == ["65532:65532"]
    words = [one.word for one in FINAL.instructions]
    assert "RUN" not in words[words.index("USER") :]


def test_it_can_live_on_a_read_only_root() -> None:
    """State has a volume that its user owns, and any other one of group 0 can write to; Python writes no bytecode elsewhere."""
    environment = " ".join(one.rest for one in FINAL.all("ENV"))
    assert "PYTHONDONTWRITEBYTECODE=1" in environment
    assert "XDG_STATE_HOME=/var/lib" in environment
    assert [volume.rest for volume in FINAL.all("VOLUME")] == ["/var/lib/paypath"]
    assert any("--chown=65532:0" in copy.rest and copy.rest.endswith(" /var/lib/paypath") for copy in FINAL.all("COPY"))
    assert any("chmod 0770 /empty/state" in one.rest for one in BUILDER.all("RUN"))


def test_how_it_starts_and_stops() -> None:
    """The prober is process 1 itself, without a shell, and SIGTERM reaches it."""
    assert [one.exec_form for one in FINAL.all("ENTRYPOINT")] == [["paypath"]]
    assert [one.exec_form for one in FINAL.all("CMD")] == [["run"]]
    assert [one.rest for one in FINAL.all("STOPSIGNAL")] == ["SIGTERM"]
    assert [one.exec_form for one in FINAL.all("HEALTHCHECK")] == [
        ["/opt/paypath/bin/python", "/opt/paypath/healthcheck.py"]
    ]


def test_the_build_context_is_an_allowlist() -> None:
    """What is copied is in the context; what lies about in a work tree is not."""
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    copies = [
        copy.rest.split() for stage in (BUILDER, FINAL) for copy in stage.all("COPY") if "--from" not in copy.rest
    ]
    sources = [source.removeprefix("./") for words in copies for source in words[:-1]]
    assert len(sources) == 10
    for source in sources:
        assert (ROOT / source).exists(), source
        assert context_holds(ignore, source), source
    for stray in (".venv/bin/python", ".git/config", ".paypath-lab/client.key", "client.key", "tests/conftest.py"):
        assert not context_holds(ignore, stray), stray


class _Answer(http.server.BaseHTTPRequestHandler):
    """Answers /healthz with 200 and anything else with 404, or everything with 503 where the server says so."""

    def do_GET(self) -> None:
        """One answer."""
        healthy = getattr(self.server, "healthy", True) and self.path == "/healthz"
        self.send_response(200 if healthy else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Keep the test's output quiet."""


@pytest.mark.parametrize(("healthy", "status"), [(True, 0), (False, 1)])
def test_the_health_check_follows_the_answer(*, healthy: bool, status: int) -> None:
    """A prober that answers 200 is healthy, and any other answer is not."""
    with _answering(healthy=healthy) as port:
        found = _health(f"0.0.0.0:{port}")
    assert found.returncode == status, found.stderr


def test_the_health_check_says_that_nobody_answers() -> None:
    """A dead prober is unhealthy, with the reason for whoever reads `docker inspect`."""
    found = _health(f"127.0.0.1:{free_port()}")
    assert found.returncode == 1
    assert "no answer from 127.0.0.1:" in found.stderr


def test_the_health_check_asks_where_the_configuration_listens(tmp_path: pathlib.Path) -> None:
    """Without the variable it is the file's address; the variable wins, as it does for the prober."""
    file = tmp_path / "paypath.yaml"
    with _answering(healthy=True) as port:
        file.write_text(f"environment: staging\nlisten:\n  metrics: 0.0.0.0:{port}\n")
        assert _health(None, file).returncode == 0
        assert _health(f"127.0.0.1:{free_port()}", file).returncode == 1


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "listen: [",
        "- listen",
        "listen: 5",
        "listen: {metrics: 9464}",
        "listen: {metrics: !!python/name:os.exit }",
    ],
)
def test_the_health_check_outlives_a_broken_configuration(tmp_path: pathlib.Path, text: str | None) -> None:
    """No traceback, missing or broken: then the default address is asked."""
    file = tmp_path / "paypath.yaml"
    if text is not None:
        file.write_text(text)
    found = _health(None, file)
    assert "127.0.0.1:9464/healthz" in found.stderr
    assert len(found.stderr.splitlines()) == 1


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:port", "127.0.0.1:99999", "a b:1", "\u00e9.\u2026:1"])
def test_the_health_check_says_what_cannot_be_asked(tmp_path: pathlib.Path, listen: str) -> None:
    """Status 1, and one line instead of a traceback."""
    found = _health(listen, tmp_path / "paypath.yaml")
    assert (found.returncode, len(found.stderr.splitlines())) == (1, 1), found.stderr


@contextlib.contextmanager
def _answering(*, healthy: bool) -> Iterator[int]:
    """A prober's listener, as its port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as server:
        server.healthy = healthy  # type: ignore[attr-defined]  # read by _Answer
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _health(listen: str | None, file: pathlib.Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PAYPATH_LISTEN__METRICS"}
    if listen is not None:
        environment["PAYPATH_LISTEN__METRICS"] = listen
    words = [sys.executable, HEALTHCHECK, *([file] if file else [])]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
