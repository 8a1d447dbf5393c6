"""A peer that tells secrets wherever it can, in its certificate too, and an operator who has secrets everywhere: none leaves."""

import asyncio
import json
import pathlib
import re
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio
import yaml
from aiohttp import web
from cryptography.x509.oid import ExtendedKeyUsageOID

from probe.billing.signed import sign
from probe.model.clock import SystemClock
from probe.model.secret import Secret
from tests.e2e.processes import PATIENCE_S, Finished, Running, paypath
from tests.servers.material import Material
from tests.support.otlp import OtlpReceiver, receiving
from tests.support.pages import serving

TOLD = {
    "live": "sk_live_" + "51KanarieOfAPeer",
    "test": "rk_test_51KanarieOfAPeer",
    "webhook": "whsec_KanarieOfAPeer",
    "bearer": "Bearer kanarie-of-a-bearer-0123456789",
    "client": "pi_3Peer_secret_KanarieOfAPeer",
    "card": "4242424242424242",
    "spaced": "5555 5555 5555 4444",
    "url": "https://kanarie-name:kanarie-password@shop.example/x",
    "key": "-----BEGIN PRIVATE KEY-----\nkanarie-of-a-private-key\nkanarie-of-its-second-line\n-----END PRIVATE KEY-----",
}
"""What the peer tells: things that nobody configured, known by their shape alone."""
PASSWORD = "kanarie 'pass\"word' of the key & more"
COLLECTOR = "kanarie-token-of-the-collector"
SINK = "kanarie-token-of-the-sink"
HOOK = "whsec_" + "kanarieOfTheProbe" * 2
SHOP = "whsec_" + "kanarieOfTheShop" * 2
KEY = "sk_test_" + "kanarieOfTheProbe"
SECRET = re.compile(rb"kanarie|4242 ?4242 ?4242 ?4242|5555 ?5555 ?5555 ?4444|PRIVATE KEY-----", re.IGNORECASE)
"""Each says so itself; card numbers cannot."""
SCENARIO = """\
name: tattler
summary: The peer tells everything that it knows.
every: 1s
deadline: 15s
steps:
  - name: ask
    http: {path: /tattle, headers: {Authorization: Bearer kanarie-of-the-scenario-0123456789}}
    expect: {told: nothing}
"""


@dataclass(slots=True)
class Rig:
    """One path to the peer, with secrets wherever the configuration takes one."""

    directory: pathlib.Path
    otlp: OtlpReceiver
    env: dict[str, str]
    asked: list[str] = field(default_factory=list)
    paged: list[bytes] = field(default_factory=list)
    webhooks: str = ""

    @property
    def config(self) -> str:
        """The configuration's file."""
        return str(self.directory / "paypath.yaml")

    async def run(self, *words: str) -> Finished:
        """One command to its end, beside the servers of this test."""
        return await asyncio.to_thread(paypath, *words, cwd=self.directory, env=self.env)

    def kept(self) -> bytes:
        """What the collector got, what was kept, and what was paged."""
        sent = [request.SerializeToString() for request in (*self.otlp.traces, *self.otlp.metrics)]
        files = [file.read_bytes() for file in (self.directory / "state").rglob("*") if file.is_file()]
        assert sent, "the collector got nothing: nothing was shown"
        assert files, "nothing was kept: nothing was shown"
        return b"\n".join([*sent, *files, *self.paged])


@pytest_asyncio.fixture
async def rig(pki: Material, tmp_path: pathlib.Path) -> AsyncIterator[Rig]:
    """The canaries are planted, and both servers run."""
    async with AsyncExitStack() as stack:
        otlp = stack.enter_context(receiving())
        made = Rig(tmp_path, otlp, {})

        async def tattle(request: web.Request) -> web.Response:
            made.asked.append(request.headers.get("Authorization", ""))
            status = 200 if request.path == "/tattle" else 500
            headers = {
                "X-Told": TOLD["live"],
                "Set-Cookie": f"session={TOLD['bearer']}",
                "WWW-Authenticate": TOLD["bearer"],
            }
            reason = f"{TOLD['live']} {TOLD['card']}"
            body = json.dumps({"told": TOLD, "error": list(TOLD.values())})
            return web.Response(
                text=body, content_type="application/json", status=status, reason=reason, headers=headers
            )

        async def page(request: web.Request) -> web.Response:
            made.paged.append(await request.read())
            return web.Response()

        name = f"{TOLD['live']} {TOLD['card']}"
        san = ["localhost", f"{TOLD['test']}.example", "4242424242424242.example"]
        peer = pki.issuing.issue(name, san=san, usages=(ExtendedKeyUsageOID.SERVER_AUTH,))
        url = await stack.enter_async_context(serving(tattle, peer))
        sink = await stack.enter_async_context(serving(page))
        _configure(made, pki, port=int(url.rpartition(":")[2]), sink=sink)
        yield made


def _configure(rig: Rig, pki: Material, *, port: int, sink: str) -> None:
    """Every place of the configuration that takes a secret has one, in a file of its own."""
    directory, good = rig.directory, pki.clients["good"]
    (directory / "locked.key").write_bytes(good.issued.encrypted_key_pem(PASSWORD.encode()))
    files = {"password": PASSWORD, "hook": HOOK, "shop": SHOP, "api_key": KEY, "sink": f"{sink}/{SINK}"}
    for name, secret in files.items():
        (directory / name).write_text(secret + "\n", encoding="utf-8")
    (directory / "scenarios").mkdir()
    (directory / "scenarios" / "tattler.yaml").write_text(SCENARIO, encoding="utf-8")
    connector = {
        "url": f"https://localhost:{port}",
        "trust": str(pki.trust),
        "health_path": "/healthz",
        "identity": "billing",
    }
    stripe = {"api_key_file": "api_key", "webhook_secret_file": "hook"}
    identity = {
        "certificate": str(good.certificate),
        "private_key": "locked.key",
        "private_key_password_file": "password",
    }
    content: dict[str, Any] = {
        "environment": "staging",
        "location": "test",
        "state": {"directory": "state"},
        "paths": {
            "billing": {
                "connector": connector,
                "stripe": stripe,
                "webhook": {"url": f"{sink}/hook", "secret_file": "shop"},
            }
        },
        "identities": {"billing": identity},
        "scenarios": {"directory": "scenarios", "every": "1s"},
        "listen": {"metrics": "127.0.0.1:0"},
        "pages": {"sinks": {"chat": {"kind": "webhook", "url_file": "sink"}}, "failures": 1},
    }
    (directory / "paypath.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    rig.env |= {
        "OTEL_EXPORTER_OTLP_ENDPOINT": rig.otlp.endpoint,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer {COLLECTOR}",
    }


def search(left: bytes) -> None:
    """Fail with what is around the first of them."""
    found = SECRET.search(left)
    assert found is None, f"left the process: …{left[max(0, found.start() - 200) : found.end() + 100]!r}…"


async def test_no_output_of_a_run_holds_a_secret(rig: Rig) -> None:
    """Whatever the format, with debugging on; the collector, the history and the page likewise."""
    everything = []
    for form in ("text", "json", "junit", "nagios"):
        done = await rig.run("check", "--format", form, "--debug", "--config", rig.config)
        assert "told" in done.out, f"the peer was not quoted: nothing was shown: {done}"
        everything += [done.out, done.err]
    assert rig.asked[0] == "Bearer kanarie-of-the-scenario-0123456789", "the scenario's own header did not go out"
    assert rig.otlp.headers[0]["authorization"] == f"Bearer {COLLECTOR}", "the collector's token did not go out"
    assert rig.paged, "nobody was paged: nothing was shown"
    search("\n".join(everything).encode() + rig.kept())


async def test_no_other_command_shows_one(rig: Rig) -> None:
    """The peer's certificate and error page, our own files, and what a person types as a reason."""
    everything = []
    for words in (
        ["diagnose", "--path", "billing"],
        ["diagnose", "--path", "billing", "--format", "json"],
        ["certs"],
        ["certs", "--format", "json"],
        ["forecast", "--format", "json"],
        ["validate"],
        ["report", "--since", "1h", "--format", "json"],
        ["unlock", "billing", "--reason", f"because of {TOLD['live']} and {TOLD['card']}"],
    ):
        done = await rig.run(*words, "--debug", "--config", rig.config)
        assert "internal error" not in done.err, done
        everything += [done.out, done.err]
    await rig.run("check", "--config", rig.config)
    search("\n".join(everything).encode() + rig.kept())
    assert any("CN=sk_live_***" in text for text in everything), "the peer's certificate was not shown"


async def test_a_process_that_keeps_running_shows_none(rig: Rig) -> None:
    """Its lines, its page, and webhooks whose bodies tell everything, signed and not."""
    port = _free_port()
    rig.env["PAYPATH_LISTEN__WEBHOOKS"] = f"127.0.0.1:{port}"
    running = Running(["run", "--config", rig.config, "--debug"], cwd=rig.directory, env=rig.env)
    await asyncio.to_thread(running.wait_for, "outcome=failed")
    event = json.dumps({"object": "event", "id": "evt_1", "type": "charge.succeeded", "livemode": False, "data": TOLD})
    at = int(SystemClock().now().timestamp())
    said = [
        await asyncio.to_thread(_post, port, body, header)
        for body, header in (
            (event, sign(event, Secret(HOOK), at=at)),
            (event, sign(event, Secret(SHOP), at=at)),
            (TOLD["key"], ""),
        )
    ]
    assert [status for status, _ in said] == [200, 400, 400]
    url = re.search(r"metrics on (http://\S+)", running.output("err"))
    assert url is not None
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(url[1], timeout=PATIENCE_S).read())  # noqa: S310 - loopback
    assert b'paypath_webhooks_total{environment="staging",location="test",path="billing",outcome="forged"} 1.0' in page
    done = await asyncio.to_thread(running.stop)
    assert done.status == 0, done.err
    search(b"\n".join([done.out.encode(), done.err.encode(), page, *(text for _, text in said), rig.kept()]))


def _free_port() -> int:
    import socket  # noqa: PLC0415 - one test's own

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _post(port: int, body: str, header: str) -> tuple[int, bytes]:
    """Status and body of one delivery."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/webhooks/billing", data=body.encode(), headers={"Stripe-Signature": header}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()
