"""A latched path and what is typed by hand: no command that knows the path connects to its connector."""

import json
import pathlib
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from probe.history.store import FILE_NAME, History
from tests.e2e import configuration
from tests.e2e.latched import SHUT, Unanswered, latch, locked
from tests.e2e.processes import paypath
from tests.servers.material import Material
from tests.servers.process import Server

_SHUT = f"Path billing {SHUT} Nothing is sent until `paypath unlock billing"


class Latched:
    """A path that is latched, with an identity and everything else that a handshake needs."""

    def __init__(self, directory: pathlib.Path, pki: Material, connector: Unanswered) -> None:
        """To a connector that nobody is to reach."""
        self.state, self.pki, self.reached = directory / "state", pki, connector.reached
        self.endpoint = f"localhost:{connector.port}"
        good = pki.clients["good"]
        keys = configuration.connector(connector.port, trust=pki.trust, identity="billing")
        self.file = configuration.write(
            directory, {"billing": keys}, identities={"billing": (good.certificate, good.private_key)}
        )
        latch(self.state)


@pytest.fixture
def latched(tmp_path: pathlib.Path, pki: Material, unanswered: Unanswered) -> Latched:
    """One of the test's own."""
    return Latched(tmp_path, pki, unanswered)


def test_diagnose(latched: Latched) -> None:
    """As of every scenario: failed, with the way to open it, and no phase of a connection."""
    done = paypath("diagnose", "--path", "billing", "--config", latched.file, "--format", "json")
    (result,) = done.json_lines()
    failure = result["failure"]
    assert isinstance(failure, dict)
    assert (done.status, result["outcome"], failure["reason"]) == (1, "failed", "charge.live_mode"), done
    assert _SHUT in failure["summary"]
    assert result["phases"] == {}
    text = paypath("diagnose", "--path", "billing", "--config", latched.file)
    assert text.status == 1
    assert "FAILED 5026 · LIVE MODE ANSWER: path latched shut" in text.out
    assert "tries" not in text.out
    assert not latched.reached()


@pytest.mark.parametrize("lost", ["latches.json", FILE_NAME])
def test_shut_in_either_is_shut(latched: Latched, lost: str) -> None:
    """In the history or beside it, also while another process holds the history: looking waits for nobody, and writes nothing."""
    History.open(latched.state).close()  # both have it now
    (latched.state / lost).unlink()
    kept = {
        file.name: file.read_bytes() for file in latched.state.iterdir() if not file.name.endswith(("-wal", "-shm"))
    }
    with locked(latched.state) if lost != FILE_NAME else nullcontext():
        done = paypath("diagnose", "--path", "billing", "--config", latched.file)
    assert (done.status, "charge.live_mode" in done.out, done.err) == (1, True, "")
    assert not latched.reached()
    assert kept == {
        file.name: file.read_bytes() for file in latched.state.iterdir() if not file.name.endswith(("-wal", "-shm"))
    }


@pytest.mark.server("nginx")
@pytest.mark.parametrize("verb", ["diagnose", "preflight"])
def test_an_answer_from_live_mode_latches(
    pki: Material, start_nginx: Callable[..., Server], tmp_path: pathlib.Path, verb: str
) -> None:
    """As in every run: by hand too it is the last thing that is sent there. The state directory is made where it is not there yet."""
    pair = pki.clients["good"]
    files = ("--cert", str(pair.certificate), "--key", str(pair.private_key))
    typed = (verb, "--path", "billing", *(files if verb == "preflight" else ()))
    nginx = start_nginx(answer='add_header Livemode true always; return 200 "ok";')
    good, keys = pki.clients["good"], configuration.connector(nginx.port, trust=pki.trust, identity="billing")
    file = configuration.write(
        tmp_path, {"billing": keys | {"health_path": "/"}}, identities={"billing": (good.certificate, good.private_key)}
    )
    first, second = (paypath(*typed, "--config", file) for _ in range(2))
    assert (first.status, second.status) == (1, 1)
    assert "charge.live_mode" in first.out
    assert "is latched since" not in first.out
    assert "state directory" not in first.out + first.err
    assert "Path billing is latched since" in " ".join(second.out.split())
    assert [row["path"] for row in json.loads((tmp_path / "state" / "latches.json").read_text())] == ["billing"]
    asked = (nginx.log.parent / "access.log").read_text().count("GET / ")
    assert asked == 1, "somebody was asked after that"


@pytest.mark.server("nginx")
def test_an_answer_from_live_mode_to_what_is_no_path_is_told_and_latches_nothing(
    pki: Material, start_nginx: Callable[..., Server]
) -> None:
    """Nor does it ask for a place to write a latch down."""
    nginx = start_nginx(answer='add_header Livemode true always; return 200 "ok";')
    pair = pki.clients["good"]
    files = ("--cert", str(pair.certificate), "--key", str(pair.private_key), "--ca", str(pki.trust))
    done = paypath("diagnose", f"localhost:{nginx.port}", *files)
    assert (done.status, "charge.live_mode" in done.out, done.err) == (1, True, "")


def test_preflight(latched: Latched) -> None:
    """The files are judged, nothing is tried on the path, and it is not ready while the path is shut."""
    pair = latched.pki.clients["good"]
    words = ("preflight", "--cert", str(pair.certificate), "--key", str(pair.private_key), "--config", latched.file)
    done = paypath(*words, "--format", "json")
    (result,) = done.json_lines()
    objections, checks = result["objections"], result["checks"]
    assert isinstance(objections, list)
    assert isinstance(checks, list)
    assert (done.status, result["outcome"]) == (1, "failed")
    (latch,) = (one for one in objections if one["reason"] == "charge.live_mode")
    assert _SHUT in latch["summary"]
    outcomes = {check["name"]: check["outcome"] for check in checks}
    assert (outcomes["key-matches"], outcomes["handshake"], outcomes["request"]) == ("passed", "failed", "skipped")
    assert "nothing is sent on a latched path" in paypath(*words).out
    assert not latched.reached()


def test_certs(latched: Latched) -> None:
    """The files are shown, and why nobody was asked is said."""
    done = paypath("certs", "--config", latched.file, "--format", "json")
    assert done.status == 1, done
    plugin = paypath("certs", "--config", latched.file, "--format", "nagios")
    assert (plugin.status, plugin.out.split(" - ")[0]) == (2, "PAYPATH CRITICAL")
    assert "charge.live_mode" in plugin.out
    assert "CN=good client" in {line["subject"] for line in done.json_lines()}
    assert f"paypath: billing: no handshake was made (charge.live_mode): {_SHUT}" in done.err
    assert not latched.reached()


def test_what_is_typed_as_host_and_port_knows_no_path(latched: Latched) -> None:
    """It is outside of the latch, as of everything else that is configured."""
    done = paypath("diagnose", latched.endpoint, "--timeout", "300ms", "--ca", str(latched.pki.trust))
    assert "tls.handshake_timeout" in done.out
    assert latched.reached()


def test_where_nothing_was_kept_nothing_is_made(tmp_path: pathlib.Path, pki: Material) -> None:
    """Who looks by hand leaves no history behind."""
    file = configuration.write(tmp_path, {"billing": configuration.connector(1, trust=pki.trust)})
    done = paypath("diagnose", "--path", "billing", "--config", file)
    assert (done.status, done.err) == (1, "")
    assert "tcp.refused" in done.out
    assert not (tmp_path / "state" / FILE_NAME).exists()


@pytest.mark.server("nginx")
def test_an_answer_from_live_mode_latches_in_the_history_where_the_file_cannot_keep_it(
    pki: Material, start_nginx: Callable[..., Server], tmp_path: pathlib.Path
) -> None:
    """`latches.json` was emptied: the next command sends nothing, also once the file is removed, as is advised."""
    nginx = start_nginx(answer='add_header Livemode true always; return 200 "ok";')
    good, keys = pki.clients["good"], configuration.connector(nginx.port, trust=pki.trust, identity="billing")
    file = configuration.write(
        tmp_path, {"billing": keys | {"health_path": "/"}}, identities={"billing": (good.certificate, good.private_key)}
    )
    state = tmp_path / "state"
    History.open(state).close()
    beside = state / "latches.json"
    for content in ("", "[" * 300_000):
        beside.write_text(content, encoding="utf-8")
        done = paypath("diagnose", "--path", "billing", "--config", file)
        assert (done.status, "charge.live_mode" in done.out) == (1, True), done
        assert ("is latched since" in done.out) == bool(content)
    assert "latches.json which paths are latched: it is not what paypath wrote" in done.err
    checked = paypath("check", "mtls-handshake", "--config", file)
    assert (checked.status, "is latched since" in checked.out) == (1, True), checked
    beside.unlink()
    checked = paypath("check", "mtls-handshake", "--config", file)
    assert (checked.status, "is latched since" in checked.out, beside.exists()) == (1, True, True), checked
