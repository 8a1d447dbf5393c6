"""The whole screen of `paypath run`, on a real terminal, through the incident: healthy, client certificate expired, recovered.

Each screen is kept as text where `PAYPATH_TEST_SCREENSHOTS` names a directory.
"""

import pathlib
import re
import shutil
import signal
import urllib.request
from collections.abc import Iterator

import pytest

from probe.model.clock import SystemClock
from tests.e2e.processes import PATIENCE_S, Lab
from tests.e2e.terminal import Terminal
from tests.support.metrics_page import parse_page
from tests.support.screenshots import keep

QUICK = {
    "PAYPATH_LISTEN__METRICS": "127.0.0.1:0",
    "PAYPATH_SCENARIOS__EVERY": "1s",
    "PAYPATH_SCENARIOS__ENABLED": '["mtls-handshake", "card-charge"]',
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*\b(?:3[0-7]|9[0-7]|38|48)[0-9;]*m")


@pytest.fixture(autouse=True)
def healthy(lab: Lab) -> Iterator[None]:
    """Each test leaves the lab as it found it, also when it fails."""
    yield
    lab.delete("client-cert-expired")


def _watched(lab: Lab, tmp_path: pathlib.Path, *more: str, size: tuple[int, int] = (80, 24), **env: str) -> Terminal:
    return Terminal("run", "--config", lab.config, *more, cwd=tmp_path, env=QUICK | env, size=size)


def test_the_incident_on_the_terminal(lab: Lab, tmp_path: pathlib.Path) -> None:
    """One glance at 80 × 24 tells whether money can flow, and if not, why and what to do; a larger window tells more."""
    with _watched(lab, tmp_path) as terminal:
        screen = terminal.wait_until(
            r"^✓ Money can flow ",
            r"✓ probe → ✓ DNS +→ ✓ TCP +→ ✓ TLS +→ ✓ connector → ✓ Stripe",
            r"✓ card-charge .*100\.0%",
        )
        keep("terminal-health.txt", screen)
        assert "Ctrl-C stops · status page on http://127.0.0.1:" in screen
        assert terminal.screen.taken
        assert not terminal.echoes

        lab.put("client-cert-expired")
        screen = terminal.wait_until(
            r"^✗ Money cannot flow", r"✗ mtls-handshake|scenarios? that fails?", r"✗ TLS +→ – connector → – Stripe"
        )
        keep("terminal-incident.txt", screen)
        for said in ("tls.client_cert.expired (proven)", "certificate   CN=billing-service", "who acts      we do"):
            assert said in screen
        assert re.search(r"1\. Look at the file yourself", screen)
        assert re.search(r"… and \d more steps?: paypath explain tls\.client_cert\.expired", screen)
        terminal.type(b"typed by mistake\n\n")
        terminal.resize(110, 45)
        screen = terminal.wait_until(
            r"runbook +docs/runbooks/client-certificate\.md", r"✗ card-charge", r"first failure"
        )
        assert "typed by mistake" not in screen
        keep("terminal-incident-large.txt", screen)

        lab.delete("client-cert-expired")
        screen = terminal.wait_until(r"^! Money can flow, with failures", r"recovered", r"✓ TLS +→ ✓ connector")
        keep("terminal-recovered.txt", screen)
        assert terminal.ctrl_c() == 0
        left = "\n".join(terminal.screen.rows)
        assert not terminal.screen.taken
        assert not terminal.screen.cursor.hidden
        assert terminal.echoes
        assert re.search(r"^paypath: stopped after \d+ runs", left, re.MULTILINE), left


def test_remarks_do_not_tear_the_screen(lab: Lab, tmp_path: pathlib.Path) -> None:
    """A refused configuration is told in its place and among the remarks, and once more when the terminal is free."""
    config = tmp_path / "paypath.yaml"
    shutil.copyfile(lab.config, config)
    with Terminal("run", "--config", str(config), cwd=tmp_path, env=QUICK, size=(100, 30)) as terminal:
        terminal.wait_until(r"^✓ Money can flow ")
        config.write_text(config.read_text(encoding="utf-8") + "pathz: {}\n", encoding="utf-8")
        screen = terminal.wait_until(
            r"^! The configuration that is written is not in use", r"^\d\d:\d\d:\d\d paypath: configuration: refused"
        )
        assert screen.startswith("✓ Money can flow ")
        assert terminal.ctrl_c() == 0
        after = terminal.sent.rpartition("\x1b[?1049l")[2]
        assert after.count("paypath: configuration: refused") == 1
        assert after.count("paypath: stopping: nothing more is begun") == 1


def test_without_colours(lab: Lab, tmp_path: pathlib.Path) -> None:
    """NO_COLOR: the same screen, told apart by marks and words."""
    with _watched(lab, tmp_path, "--for", "2s", NO_COLOR="1") as terminal:
        terminal.wait_until(r"^✓ Money can flow ")
        assert terminal.ended() == 0
    assert "\x1b[?1049h" in terminal.sent
    assert not _COLOUR.search(terminal.sent)


def test_a_terminal_that_cannot_be_drawn_on_has_lines(lab: Lab, tmp_path: pathlib.Path) -> None:
    """TERM=dumb: as where nobody looks at a terminal, without a single control sequence."""
    with _watched(lab, tmp_path, "--for", "2s", TERM="dumb") as terminal:
        terminal.wait_for(r"at=2\S+ .*outcome=passed")
        assert terminal.ended() == 0
    assert "\x1b" not in terminal.sent


def test_a_terminal_that_takes_no_output_holds_up_neither_the_probing_nor_the_end(
    lab: Lab, tmp_path: pathlib.Path
) -> None:
    """Ctrl-S, and then SIGTERM: runs go on, and the process ends, although nothing it says can be read."""
    with _watched(lab, tmp_path) as terminal:
        terminal.wait_until(r"^✓ Money can flow ")
        page = re.search(r"status page on (http://\S+)", terminal.wait_until(r"status page on http://"))
        assert page is not None
        terminal.type(b"\x13")
        _wait_for_more_runs(page[1])
        sent = len(terminal.sent)
        _wait_for_more_runs(page[1])
        assert len(terminal.sent) == sent, "it is held up"
        terminal.send(signal.SIGTERM)
        assert terminal.ended() == 0


def _wait_for_more_runs(page: str) -> None:
    before, until_s = _runs(page), SystemClock().monotonic() + PATIENCE_S
    while _runs(page) == before:
        assert SystemClock().monotonic() < until_s, "no run came to an end"


def _runs(page: str) -> int:
    """How many runs there were so far."""
    with urllib.request.urlopen(f"{page}metrics", timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
        found = parse_page(answer.read(), answer.headers["Content-Type"])
    return int(sum(each.value for each in found.samples("paypath_runs_total", scenario="mtls-handshake")))


def test_stopped_and_brought_back(lab: Lab, tmp_path: pathlib.Path) -> None:
    """Ctrl-Z gives the terminal back to the shell; `fg` draws again."""
    with _watched(lab, tmp_path) as terminal:
        terminal.wait_until(r"^✓ Money can flow ")
        terminal.ctrl_z()
        terminal.wait_for_sent("\x1b[?1049l", 1)
        terminal.wait_until(r"✓ billing")
        assert not terminal.screen.taken
        assert terminal.echoes
        drawn = terminal.sent.count("\x1b[?1049h")
        terminal.send(signal.SIGCONT)
        terminal.wait_for_sent("\x1b[?1049h", drawn + 1)
        terminal.wait_until(r"✓ Money can flow ")
        assert terminal.ctrl_c() == 0
        assert not terminal.screen.taken
