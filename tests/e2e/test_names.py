"""Names as a resolver of our own answers them, through the command line: a mount namespace gives the command its resolv.conf."""

import asyncio
import json
import os
import pathlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from probe.lab.pki import SERVER_AUTH
from tests.e2e.processes import PATIENCE_S, environment
from tests.e2e.test_diagnose import identity
from tests.forked.program import PAYPATH
from tests.matrix.name_server import ADDRESS, NameServer
from tests.servers.material import Material, write_pair
from tests.servers.process import Server
from tests.servers.programs import must_be_there

StartServer = Callable[..., Server]
Ask = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.server("nginx")


@contextmanager
def answering(server: NameServer) -> Iterator[str]:
    """`HOST:PORT` at which it answers, in a thread of its own."""
    loop, listening, port = asyncio.new_event_loop(), threading.Event(), [0]

    async def serve() -> None:
        transport, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 0))
        port[0] = transport.get_extra_info("sockname")[1]
        listening.set()
        await stop.wait()
        transport.close()

    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    listening.wait(PATIENCE_S)
    try:
        yield f"127.0.0.1:{port[0]}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.fixture
def ask(tmp_path: pathlib.Path) -> Ask:
    """Runs `paypath` where this name server is the only one."""
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("")
    mount = f'mount --bind {resolv} /etc/resolv.conf && exec "$@"'
    inside = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    tried = subprocess.run([*inside, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        why = f"no process can have a resolv.conf of its own here: {tried.stderr.strip()}"
        pytest.fail(f"CI=true, and {why}", pytrace=False) if must_be_there(os.environ) else pytest.skip(why)

    def asked(server: str, *words: object) -> subprocess.CompletedProcess[str]:
        resolv.write_text(f"nameserver {server}\n")
        return subprocess.run(
            [*inside, PAYPATH, *map(str, words)],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    return asked


def test_every_address_of_which_the_resolver_tells_only_some(pki: Material, start_nginx: StartServer, ask: Ask) -> None:
    """AAAA gives SERVFAIL: the address that is known passes, and screen, JSON and the one line say that there may be others, which is neither up nor down."""
    port = start_nginx().port
    words = (f"connector.test:{port}", *identity(pki, "good"), "--server-name", "localhost", "--all-addresses")
    with answering(NameServer(ADDRESS, "SERVFAIL")) as server:
        said = {form: ask(server, "diagnose", *words, "--format", form) for form in ("text", "json", "nagios")}
    assert [done.returncode for done in said.values()] == [3, 3, 3], said["nagios"].stdout
    result = json.loads(said["json"].stdout)
    assert (result["outcome"], result["failure"]["reason"]) == ("unknown", "dns.servfail")
    assert [(one["address"], one["outcome"]) for one in result["steps"][0]["addresses"]] == [
        (f"127.0.0.1:{port}", "passed")
    ]
    told = "the AAAA records of connector.test could not be looked up"
    assert told in result["failure"]["summary"]
    assert told in " ".join(said["text"].stdout.split())
    assert "dns.servfail" in said["nagios"].stdout


@pytest.mark.server("openssl")
def test_a_name_that_is_written_whole(
    pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path, ask: Ask
) -> None:
    """`connector.test.` is looked up as it stands, and verified without its dot; another name is told without one too."""
    issued = pki.issuing.issue("connector", san=["connector.test"], usages=(SERVER_AUTH,))
    port = start_s_server(server=write_pair(tmp_path, "connector", issued)).port
    options = (*identity(pki, "good"), "--format", "json")
    with answering(NameServer(ADDRESS, "NODATA")) as server:
        done = ask(server, "diagnose", f"connector.test.:{port}", *options)
        other = ask(server, "diagnose", f"other.test.:{port}", *options)
    assert (done.returncode, json.loads(done.stdout)["failure"]) == (0, None)
    failure = json.loads(other.stdout)["failure"]
    assert failure["reason"] == "tls.server_cert.name_mismatch"
    assert failure["summary"].endswith("it is for connector.test, not for other.test.")


def test_a_name_that_has_only_one_family(pki: Material, start_nginx: StartServer, ask: Ask) -> None:
    """Nothing is missing where the resolver says that there is no AAAA record."""
    words = (f"connector.test:{start_nginx().port}", *identity(pki, "good"), "--server-name", "localhost")
    with answering(NameServer(ADDRESS, "NODATA")) as server:
        done = ask(server, "diagnose", *words, "--all-addresses", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["warnings"]) == (0, [])
