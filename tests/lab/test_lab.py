"""The lab as one piece: what it writes when, what its switches change, and how it ends."""

import asyncio
import contextlib
import errno
import json
import os
import pathlib
import shutil
import socket
import ssl

import pytest
import yaml
from cryptography import x509

from probe.lab.faults import FAULTS
from probe.lab.files import LabAddresses
from probe.lab.lab import Lab, LabError, run_lab, running_lab
from probe.lab.stripe.faults import SLOW_CREATE
from probe.settings.load import load_settings
from tests.lab.visitor import HEALTH, PATIENCE_S, Visitor, dialled, get


def visitor(lab: Lab) -> Visitor:
    """A client of the lab."""
    return Visitor(pathlib.Path(lab.addresses.directory), port(lab))


def port(lab: Lab) -> int:
    """The connector's."""
    return int(lab.addresses.connector.rpartition(":")[2])


def configuration(lab: Lab) -> dict[str, object]:
    """`paypath.yaml` as it is now."""
    content: dict[str, object] = yaml.safe_load(pathlib.Path(lab.addresses.configuration).read_text())
    return content


def charge(lab: Lab) -> bytes:
    """A request that takes money."""
    key = (pathlib.Path(lab.addresses.directory) / "stripe_test_key").read_text().strip()
    form = b"amount=100&currency=usd&payment_method=pm_card_visa&payment_method_types[]=card&confirm=true"
    head = (
        "POST /v1/payment_intents HTTP/1.1\r\nHost: lab\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    return head.encode() + form


async def test_the_configuration_is_ready(tmp_path: pathlib.Path) -> None:
    """It loads without a word, for the environment `lab`, with absolute paths and a state of its own."""
    async with running_lab(tmp_path) as lab:
        loaded = load_settings(pathlib.Path(lab.addresses.configuration), {})
        assert loaded.warnings == ()
        assert (loaded.environment, loaded.location, loaded.every_s) == ("lab", "lab", 2.0)
        assert loaded.state_directory == tmp_path / "state"
        (path,) = loaded.paths
        assert path.connector.identity is not None
        assert path.connector.identity.certificate == tmp_path / "identity" / "tls.crt"
        assert json.loads((tmp_path / "lab.json").read_text()) == {
            name: getattr(lab.addresses, name)
            for name in ("connector", "control", "configuration", "directory", "webhooks", "company")
        }
        assert (await visitor(lab).ask(HEALTH)).status == 200


async def test_the_configuration_comes_last(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when a fault that changes it is on from the start: whoever sees it finds everything else."""
    written: list[str] = []
    replace = os.replace

    def note(self: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
        written.append(pathlib.Path(target).name)
        replace(self, target)
        return pathlib.Path(target)

    monkeypatch.setattr(pathlib.Path, "replace", note)
    async with running_lab(tmp_path, faults=["client-cert-missing", "client-cert-expired"]) as lab:
        assert written[-2:] == ["lab.json", "paypath.yaml"]
        assert written.count("paypath.yaml") == 1
        assert "identities" not in configuration(lab)


async def test_a_lab_that_cannot_start_leaves_no_configuration(tmp_path: pathlib.Path) -> None:
    """The addresses of an earlier lab are gone, so that nobody probes what is not there."""
    async with running_lab(tmp_path) as lab:
        pass
    with socket.create_server(("127.0.0.1", port(lab))), pytest.raises(LabError):
        async with running_lab(tmp_path, port=port(lab)):
            pass
    assert not (tmp_path / "paypath.yaml").exists()
    assert not (tmp_path / "lab.json").exists()


async def test_the_port_of_ones_choice(tmp_path: pathlib.Path) -> None:
    """It is the connector's; a busy one gives a sentence with the address and the option, and the directory is free again."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        wanted = other.getsockname()[1]
        with pytest.raises(LabError, match=rf"cannot listen on 127\.0\.0\.1:{wanted}: .*in use.*--port"):
            async with running_lab(tmp_path, port=wanted):
                pass
    async with running_lab(tmp_path, port=wanted) as lab:
        assert port(lab) == wanted


async def test_a_port_that_is_none(tmp_path: pathlib.Path) -> None:
    """A LabError too."""
    with pytest.raises(LabError, match="no such port"):
        async with running_lab(tmp_path, port=65536):
            pass


async def test_a_fault_that_is_none(tmp_path: pathlib.Path) -> None:
    """KeyError, at the start and later, and nothing changes."""
    with pytest.raises(KeyError, match="nothing"):
        async with running_lab(tmp_path, faults=["nothing"]):
            pass
    async with running_lab(tmp_path) as lab:
        for on in (True, False):
            with pytest.raises(KeyError, match="nothing"):
                lab.switch("nothing", on)
        assert lab.active == frozenset()


async def test_every_fault_on_and_off(tmp_path: pathlib.Path) -> None:
    """All at once, in one order and the other: afterwards the path is healthy, with the same files."""
    async with running_lab(tmp_path) as lab:
        before = configuration(lab), (tmp_path / "identity" / "tls.crt").read_bytes()
        for on, off in ((FAULTS, FAULTS), (FAULTS, reversed(FAULTS))):
            for name in on:
                lab.switch(name, on=True)
                lab.switch(name, on=True)
            assert lab.active == frozenset(FAULTS)
            for name in off:
                lab.switch(name, on=False)
                lab.switch(name, on=False)
            assert lab.active == frozenset()
            assert (await visitor(lab).ask(HEALTH)).status == 200
        assert (configuration(lab), (tmp_path / "identity" / "tls.crt").read_bytes()) == before


async def test_the_connector_goes_down_and_comes_back(tmp_path: pathlib.Path) -> None:
    """Refused, also with other faults on; the port is the same afterwards; a connection kept alive is no way past it."""
    async with running_lab(tmp_path) as lab, visitor(lab).connection() as connection:
        assert (await connection.ask(get("/v1/nothing"))).status == 404
        lab.switch("connector-down", on=True)
        lab.switch("connector-502", on=True)
        with pytest.raises(ConnectionRefusedError):
            await dialled(port(lab))
        assert (await connection.ask(HEALTH)).head == ""
        lab.switch("connector-down", on=False)
        assert (await visitor(lab).ask(HEALTH)).status == 502


async def test_a_port_that_was_taken_while_down(tmp_path: pathlib.Path) -> None:
    """The switch says so and stays on; once the other is gone, it goes off."""
    async with running_lab(tmp_path, faults=["connector-down"]) as lab:
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port(lab)))
            other.listen()
            with pytest.raises(LabError, match=r"connector-down cannot be flipped: .*in use"):
                lab.switch("connector-down", on=False)
            assert lab.active == {"connector-down"}
        lab.switch("connector-down", on=False)
        assert (await visitor(lab).ask(HEALTH)).status == 200


def presented(tmp_path: pathlib.Path, lab: Lab) -> x509.Certificate:
    """What the connector shows to somebody without a certificate; blocking."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(tmp_path / "identity" / "tls.crt", tmp_path / "identity" / "tls.key")
    with (
        socket.create_connection(("127.0.0.1", port(lab)), PATIENCE_S) as sock,
        context.wrap_socket(sock) as stream,
    ):
        der = stream.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


async def test_two_server_certificates_at_once(tmp_path: pathlib.Path) -> None:
    """The one that was switched on last is shown; after its end the other; open connections end with the change."""
    async with running_lab(tmp_path) as lab, visitor(lab).connection() as connection:
        good = await asyncio.to_thread(presented, tmp_path, lab)
        lab.switch("server-cert-expired", on=True)
        assert (await connection.ask(HEALTH)).head == ""
        expired = await asyncio.to_thread(presented, tmp_path, lab)
        lab.switch("server-cert-unknown-ca", on=True)
        unknown = await asyncio.to_thread(presented, tmp_path, lab)
        assert expired.not_valid_after_utc < good.not_valid_before_utc.replace(year=good.not_valid_before_utc.year + 1)
        assert expired.issuer == good.issuer != unknown.issuer
        lab.switch("server-cert-unknown-ca", on=False)
        assert await asyncio.to_thread(presented, tmp_path, lab) == expired
        lab.switch("server-cert-expired", on=False)
        assert await asyncio.to_thread(presented, tmp_path, lab) == good


async def test_two_identities_at_once(tmp_path: pathlib.Path) -> None:
    """The one that was switched on last is on disk; after its end the other. Open connections go on, as in life."""
    certificate = tmp_path / "identity" / "tls.crt"
    async with running_lab(tmp_path) as lab, visitor(lab).connection() as connection:
        seen = [certificate.read_bytes()]
        for name in ("client-cert-revoked", "client-cert-expired"):
            lab.switch(name, on=True)
            seen.append(certificate.read_bytes())
        assert len(set(seen)) == 3
        lab.switch("client-cert-expired", on=False)
        assert certificate.read_bytes() == seen[1]
        lab.switch("client-cert-revoked", on=False)
        assert certificate.read_bytes() == seen[0]
        assert (await connection.ask(HEALTH)).status == 200


async def test_no_session_outlives_an_identity(tmp_path: pathlib.Path) -> None:
    """A client that resumes its last session would not show its new certificate: it has to shake hands in full."""
    async with running_lab(tmp_path) as lab:
        assert await asyncio.to_thread(_resumes, tmp_path, lab, lambda: None), "nothing is ever resumed here"
        loop = asyncio.get_running_loop()

        def switch() -> None:
            done = asyncio.run_coroutine_threadsafe(_switched(lab, "client-cert-revoked"), loop)
            done.result(PATIENCE_S)

        with pytest.raises(ssl.SSLError, match="REVOKED"):
            await asyncio.to_thread(_resumes, tmp_path, lab, switch)


async def _switched(lab: Lab, name: str) -> None:
    lab.switch(name, on=True)


def _resumes(tmp_path: pathlib.Path, lab: Lab, between: object) -> bool:
    """Whether a second connection resumes the first one's TLS 1.2 session; blocking."""
    first = visitor(lab).context()
    first.maximum_version = ssl.TLSVersion.TLSv1_2
    address = ("127.0.0.1", port(lab))
    with (
        socket.create_connection(address, PATIENCE_S) as sock,
        first.wrap_socket(sock, server_hostname="localhost") as tls,
    ):
        session = tls.session
    between()  # type: ignore[operator]  # a function without arguments
    first.load_cert_chain(tmp_path / "identity" / "tls.crt", tmp_path / "identity" / "tls.key")
    with (
        socket.create_connection(address, PATIENCE_S) as sock,
        first.wrap_socket(sock, server_hostname="localhost", session=session) as tls,
    ):
        return bool(tls.session_reused)


async def test_stripes_switches_leave_those_of_tests_alone(tmp_path: pathlib.Path) -> None:
    """A test's own switch stays on while a public one comes and goes."""
    async with running_lab(tmp_path) as lab:
        lab.stripe_faults.active.add(SLOW_CREATE)
        lab.switch("declined", on=True)
        assert lab.stripe_faults.active == {SLOW_CREATE, "declined"}
        lab.switch("declined", on=False)
        assert lab.stripe_faults.active == {SLOW_CREATE}


async def test_stripe_faults_meet_the_next_request(tmp_path: pathlib.Path) -> None:
    """On the same connection."""
    async with running_lab(tmp_path) as lab, visitor(lab).connection() as connection:
        assert (await connection.ask(charge(lab))).status == 200
        assert [money.amount_minor for money in lab.state.open_money()] == [100]
        lab.switch("declined", on=True)
        assert (await connection.ask(charge(lab))).status == 402
        lab.switch("declined", on=False)
        assert (await connection.ask(charge(lab))).status == 200


async def test_a_switch_that_fails_changes_nothing(tmp_path: pathlib.Path) -> None:
    """A LabError that names the file; the fault is not on, and the others still work."""
    async with running_lab(tmp_path) as lab:
        shutil.rmtree(tmp_path / "identity")
        with pytest.raises(LabError, match=r"client-cert-expired cannot be flipped: .*identity.*No such file"):
            lab.switch("client-cert-expired", on=True)
        assert lab.active == frozenset()
        lab.switch("connector-502", on=True)
        assert lab.active == {"connector-502"}


async def test_a_full_disk(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A LabError before anything listens, and the lock is free again."""

    def full(self: pathlib.Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    with monkeypatch.context() as patch:
        patch.setattr(pathlib.Path, "write_bytes", full)
        with pytest.raises(LabError, match=r"ca\.pem: No space left on device"):
            async with running_lab(tmp_path):
                pass
    async with running_lab(tmp_path):
        pass


async def test_what_the_block_raises_comes_out_as_it_is(tmp_path: pathlib.Path) -> None:
    """Without the wrapping of task groups, and the lab has stopped."""
    with pytest.raises(ZeroDivisionError):
        async with running_lab(tmp_path) as lab:
            raise ZeroDivisionError
    with pytest.raises(ConnectionRefusedError):
        await dialled(port(lab))
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_stopping_is_quick_whatever_is_open(tmp_path: pathlib.Path) -> None:
    """Silent, hanging and idle connections and a charge that is held back end with the lab, and no task is left."""
    async with contextlib.AsyncExitStack() as visitors:
        async with running_lab(tmp_path) as lab:
            visitors.enter_context(await dialled(port(lab)))
            idle, slow, hanging = [await visitors.enter_async_context(visitor(lab).connection()) for _ in range(3)]
            await idle.ask(get("/v1/nothing"))
            lab.stripe_faults.active.add(SLOW_CREATE)
            lab.stripe_faults.delay_s = 1000.0
            await slow.stream.write(charge(lab))
            lab.switch("connector-hang", on=True)
            await hanging.stream.write(HEALTH)
            lab.switch("handshake-hang", on=True)
            visitors.enter_context(await dialled(port(lab)))
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 5, "something was waited for"
        assert asyncio.all_tasks() == {asyncio.current_task()}
        for connection in (idle, slow, hanging):
            assert await connection.ended()


async def test_run_until_told_to_stop(tmp_path: pathlib.Path) -> None:
    """`run_lab` says when all is ready, with the faults on, and returns after `stop`."""
    stop = asyncio.Event()
    seen: list[LabAddresses] = []

    def ready(addresses: LabAddresses) -> None:
        assert pathlib.Path(addresses.configuration).exists()
        seen.append(addresses)
        stop.set()

    async with asyncio.timeout(PATIENCE_S):
        await run_lab(directory=tmp_path, port=None, faults=["declined"], ready=ready, stop=stop)
    assert len(seen) == 1
