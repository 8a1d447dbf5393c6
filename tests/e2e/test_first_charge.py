"""What a person sees in the first minute: a payment path being probed, and a broken certificate being named."""

import pathlib
import re
import urllib.request

from cryptography import x509

from tests.e2e.processes import PATIENCE_S, Lab
from tests.e2e.terminal import Terminal
from tests.support.metrics_page import parse_page

ANY_PORT = {"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"}
SCENARIOS = ("mtls-handshake", "card-charge", "card-declined")


def asked(url: str, method: str = "GET") -> tuple[bytes, str]:
    """Body and content type of an answer."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
        return answer.read(), answer.headers["Content-Type"]


def test_a_live_view_on_the_embedded_path(tmp_path: pathlib.Path) -> None:
    """All scenarios pass, hop by hop; metrics answer; a fault is named; Ctrl-C stops with status 0."""
    with Terminal("run", "--lab", cwd=tmp_path, env=ANY_PORT) as terminal:
        for name in SCENARIOS:
            terminal.wait_for(rf"✓ {name} +[▁-█]+ +100\.0% +[0-9.]+ m?s +\d+ seconds? ago")
        terminal.wait_for(r"✓ probe → ✓ DNS +→ ✓ TCP +→ ✓ TLS +→ ✓ connector → ✓ Stripe")
        page = parse_page(*asked(terminal.wait_for(r"metrics on (http://\S+/metrics)")[1]))
        for name in SCENARIOS:
            assert (page.value("paypath_runs_total", scenario=name, outcome="passed") or 0) >= 1
        switches = terminal.wait_for(r"fault switches on (http://\S+/faults)")[1]
        asked(f"{switches}/client-cert-expired", "PUT")
        terminal.wait_for(r"✗ mtls-handshake")
        terminal.wait_for(r"5023 client certificate expired · tls\.client_cert\.expired \(proven\)")
        told = terminal.wait_for(r"The client certificate CN=billing-service .*")[0]
        assert str(tmp_path / ".paypath-lab" / "identity" / "tls.crt") in told
        assert terminal.ctrl_c() == 0
        terminal.wait_for(r"stopping: nothing more is begun")
        terminal.wait_for(r"stopped after \d+ runs: \d+ passed, \d+ failed(?:, \d+ unknown)?\s*$")


def test_a_broken_certificate_is_named_to_the_last_digit(tmp_path: pathlib.Path) -> None:
    """A lab that starts with an expired client certificate, and the text of `check` against it, with status 1."""
    lab = Lab(tmp_path, "--fault", "client-cert-expired")
    try:
        done = lab.check()
    finally:
        assert lab.process.stop().status == 0
    file = lab.directory / "identity" / "tls.crt"
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    text = " ".join(done.out.split())
    assert done.status == 1
    for told in (
        "FAILED 5023 · client certificate expired · tls.client_cert.expired (proven)",
        "CN=billing-service",
        f"serial {certificate.serial_number:x}",
        str(file),
        f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        "What to do first",
    ):
        assert told in text, f"{told!r} is missing:\n{done.out}"
    assert re.search(r"expired \d+ (second|minute)s? ago", text)
    assert re.search(r"5 runs: 1 passed, 4 failed", done.err)
