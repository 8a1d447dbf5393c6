"""Canaries in every place where a secret can be put, and then everything that leaves the process is searched for them."""

import base64
import pathlib
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest

from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.processes import PATIENCE_S, Finished, Running, paypath
from tests.e2e.upstream import KEY, Upstream, listening
from tests.servers.material import Material
from tests.support.otlp import OtlpReceiver, receiving

pytestmark = pytest.mark.server("nginx")

PASSWORD = "canary-password-of-the-private-key"
COLLECTOR = "canary-token-of-the-collector"
GATEWAY = "canary-token-of-the-gateway"
CARD = "4242424242424242"
DEBUG_PAGE = f"""\
<h1>OperationalError</h1>
card {CARD}, pi_3Canary_secret_canaryCanary
-----BEGIN PRIVATE KEY-----
canary-of-a-private-key
-----END PRIVATE KEY-----
"""

HTTP_SCENARIO = f"""\
name: gateway
summary: A request with a header that is nobody's business, to a gateway that tells all it got.
every: 5m
deadline: 15s
steps:
  - http: {{method: GET, path: /v1/gateway, headers: {{Authorization: Bearer {GATEWAY}}}}}
    expect: {{status: 200}}
"""
CHARGE_SCENARIO = """\
name: charge
summary: A charge and its refund.
every: 5m
deadline: 15s
steps:
  - handshake: {}
  - name: charge
    stripe: v1.payment_intents.create
    with: {amount: 100, currency: usd, payment_method: pm_card_visa, payment_method_types: [card], confirm: true}
    expect: {status: succeeded}
    save: {payment_intent: id}
cleanup:
  - name: refund
    when: saved.payment_intent
    stripe: v1.refunds.create
    with: {payment_intent: "${saved.payment_intent}"}
    expect: {status: succeeded}
"""
CLIENT_SECRET = re.compile(rb"_secret_[0-9A-Za-z]{8}")
PRIVATE_KEY = b"PRIVATE KEY-----"


def forms(secret: str) -> list[bytes]:
    """A secret as it is, percent-encoded, and in Base64, alone and as a user's name."""
    plain = secret.encode()
    return [plain, quote(secret, safe="").encode(), base64.b64encode(plain), base64.b64encode(plain + b":")]


CANARIES = [
    form for secret in (KEY, PASSWORD, COLLECTOR, GATEWAY, CARD, "canary-of-a-private-key") for form in forms(secret)
]


@dataclass(slots=True)
class Rig:
    """A path through nginx with an encrypted private key and a configured collector."""

    file: str
    directory: pathlib.Path
    upstream: Upstream
    otlp: OtlpReceiver
    env: dict[str, str] = field(default_factory=dict)

    def check(self, *more: str) -> Finished:
        """`paypath check` with all canaries in place."""
        return paypath("check", "--config", self.file, *more, env=self.env)

    def left(self, *texts: str) -> bytes:
        """Everything that left the process: its outputs, what the collector got, and the files of the state directory."""
        sent = [request.SerializeToString() for request in (*self.otlp.traces, *self.otlp.metrics)]
        kept = [file.read_bytes() for file in (self.directory / "state").iterdir()]
        assert sent, "the collector got nothing: nothing was shown"
        assert kept, "nothing was kept: nothing was shown"
        return b"\n".join([*(text.encode() for text in texts), *sent, *kept])


@pytest.fixture
def rig(pki: Material, start_nginx: StartServer, tmp_path: pathlib.Path) -> Iterator[Rig]:
    """The canaries are planted; the upstream is healthy."""
    good = pki.clients["good"]
    locked, password = tmp_path / "locked.key", tmp_path / "password"
    locked.write_bytes(good.issued.encrypted_key_pem(PASSWORD.encode()))
    password.write_text(PASSWORD + "\n", encoding="utf-8")
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "gateway.yaml").write_text(HTTP_SCENARIO, encoding="utf-8")
    (folder / "charge.yaml").write_text(CHARGE_SCENARIO, encoding="utf-8")
    with listening() as upstream, receiving() as otlp:
        file = write(
            tmp_path,
            {"billing": connector(start_nginx(upstream_port=upstream.port).port, trust=pki.trust, identity="billing")},
            identities={"billing": (good.certificate, locked)},
            stripe={"api_key_file": upstream.write_key(tmp_path), "requests_per_second": 20},
            scenarios={"directory": str(folder), "every": "1s"},
        )
        env = {
            "PAYPATH_IDENTITIES__BILLING__PRIVATE_KEY_PASSWORD_FILE": str(password),
            "OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint,
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer {COLLECTOR}",
            "PAYPATH_LISTEN__METRICS": "127.0.0.1:0",
        }
        yield Rig(file, tmp_path, upstream, otlp, env)


def search(left: bytes) -> None:
    """Fail with what is around the first secret."""
    for canary in CANARIES:
        at = left.find(canary)
        assert at < 0, f"{canary!r} left the process: …{left[max(0, at - 200) : at + 100]!r}…"
    shown = CLIENT_SECRET.search(left)
    assert shown is None, f"a client secret left the process: {shown}"
    assert PRIVATE_KEY not in left


def test_a_healthy_charge_tells_no_secret(rig: Rig) -> None:
    """The secrets are used (key, password, collector's token all arrive where they belong), and are nowhere else."""
    done = rig.check("charge", "--format", "json")
    assert done.status == 0, done
    authorized = {request.headers["authorization"] for request in rig.upstream.received}
    assert authorized == {f"Bearer {KEY}"}
    assert rig.otlp.headers[0]["authorization"] == f"Bearer {COLLECTOR}"
    search(rig.left(done.out, done.err))


@pytest.mark.parametrize("form", ["text", "json", "junit", "nagios"])
def test_a_gateway_that_tells_everything_is_not_repeated(rig: Rig, form: str) -> None:
    """The connector's answer holds our headers and our form: what is shown of it as evidence holds no secret."""
    rig.upstream.blabs = DEBUG_PAGE
    done = rig.check("--format", form, "--debug")
    assert done.status == (2 if form == "nagios" else 1), done
    assert rig.upstream.received
    if form in {"text", "json"}:
        assert "Authorization: Bearer ***" in " ".join(done.out.split()), "the page was not quoted: nothing was shown"
    search(rig.left(done.out, done.err))


def test_a_continuous_run_tells_no_secret(rig: Rig) -> None:
    """The same for `run`, with its page, its log lines, and a collector that refuses."""
    rig.upstream.blabs = DEBUG_PAGE
    running = Running(["run", "--config", rig.file], cwd=rig.directory, env=rig.env)
    running.wait_for("outcome=failed")
    url = re.search(r"metrics on (http://\S+)", running.output("err"))
    assert url is not None
    with urllib.request.urlopen(url[1], timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
        page = answer.read().decode()
    assert "paypath_failure_active" in page
    done = running.stop()
    assert done.status == 0, done.err
    search(rig.left(done.out, done.err, page))


def test_a_wrong_password_is_not_shown(rig: Rig) -> None:
    """The key file is named, and the password that did not open it is not."""
    rig.env["PAYPATH_IDENTITIES__BILLING__PRIVATE_KEY_PASSWORD_FILE"] = str(rig.directory / "wrong")
    (rig.directory / "wrong").write_text(GATEWAY, encoding="utf-8")
    done = rig.check("charge", "--format", "json", "--debug")
    assert done.status == 1
    assert '"tls.client_key.bad_password"' in done.out
    assert str(rig.directory / "locked.key") in done.out
    search(rig.left(done.out, done.err))


def test_a_collector_that_refuses_is_told_without_its_token(rig: Rig) -> None:
    """The complaint on stderr names the variable of the endpoint, never the headers."""
    rig.otlp.answer_status = 401
    done = rig.check("charge", "--format", "json")
    assert done.status == 0
    assert "did not reach the collector" in done.err
    assert COLLECTOR not in done.out + done.err
