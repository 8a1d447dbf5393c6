"""What all tests share: certificates made for the session, real servers on loopback, and the rule for servers that are not there."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from probe.model.clock import SystemClock
from probe.redact.leaving import OUT
from tests.servers import haproxy, localstripe, nginx, programs, s_server, squid
from tests.servers.material import Material, make
from tests.servers.nginx import NginxOptions
from tests.servers.process import Server
from tests.surroundings import settle

StartServer = Callable[..., Server]


def pytest_configure() -> None:
    """Before any test module is read: the shell's settings stay out, and no property fails because a machine is slow.

    The same examples come each time, so that a failure is of the change at hand; `make fuzz` looks for new ones.
    """
    settle(os.environ)
    settings.register_profile(
        "repeatable", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("repeatable")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose server program is missing; under CI=true fail it, so that a green run has left nothing out."""
    names = [name for marker in item.iter_markers("server") for name in marker.args]
    missing = [why for name in names if (why := programs.why_missing(name))]
    if not missing:
        return
    if programs.must_be_there(os.environ):
        pytest.fail(f"CI=true, and {'; '.join(missing)}", pytrace=False)
    pytest.skip("; ".join(missing))


def pytest_report_header() -> list[str]:
    """Name the server programs that this machine lacks."""
    missing = [why for name in (*programs.PACKAGES, *programs.VENVS) if (why := programs.why_missing(name))]
    return [f"missing test server: {why}" for why in missing]


@pytest.fixture(autouse=True)
def nothing_learned() -> Iterator[None]:
    """What one test's configuration calls a secret is a word to the next one."""
    OUT.forget()
    yield
    OUT.forget()


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Root, intermediate, server certificate for localhost, and clients: good, expired, not-yet-valid, unknown-ca, revoked."""
    return make(tmp_path_factory.mktemp("pki"), SystemClock().now().replace(microsecond=0))


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    """Stops the servers that a test started, last one first."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def start_nginx(pki: Material, tmp_path_factory: pytest.TempPathFactory, servers: ExitStack) -> StartServer:
    """Start nginx with a required client certificate: `start_nginx(tls="1.2", crl=True, …)`, see `NginxOptions`."""

    def start(**options: object) -> Server:
        directory = tmp_path_factory.mktemp("nginx")
        server = nginx.start(directory, pki, NginxOptions(**options))  # type: ignore[arg-type]  # the caller's keywords
        servers.callback(server.stop)
        return server

    return start


@pytest.fixture
def start_haproxy(pki: Material, tmp_path_factory: pytest.TempPathFactory, servers: ExitStack) -> StartServer:
    """Start haproxy with a required client certificate: `start_haproxy(tls="1.2", crl=True)`."""
    return _starter(haproxy.start, "haproxy", pki, tmp_path_factory, servers)


@pytest.fixture
def start_s_server(pki: Material, tmp_path_factory: pytest.TempPathFactory, servers: ExitStack) -> StartServer:
    """Start `openssl s_server` with a required client certificate: `start_s_server(tls="1.2", crl=True, more=[…])`."""
    return _starter(s_server.start, "s_server", pki, tmp_path_factory, servers)


@pytest.fixture
def start_squid(pki: Material, tmp_path_factory: pytest.TempPathFactory, servers: ExitStack) -> StartServer:
    """Start squid as a proxy: `start_squid(credentials=True)`, or with a required client certificate: `start_squid(tls="1.2")`."""
    return _starter(squid.start, "squid", pki, tmp_path_factory, servers)


@pytest.fixture(scope="session")
def localstripe_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The second stand-in for Stripe, over plain HTTP, once for the session."""
    server = localstripe.start(tmp_path_factory.mktemp("localstripe"))
    yield server
    server.stop()


@pytest.fixture
def localstripe_connector(localstripe_server: Server, start_nginx: StartServer) -> Server:
    """In front of localstripe, nginx with a required client certificate: a billing connector made by others."""
    return start_nginx(upstream_port=localstripe_server.port)


def _starter(
    start: StartServer, name: str, pki: Material, directories: pytest.TempPathFactory, servers: ExitStack
) -> Callable[..., Server]:
    def starter(**options: object) -> Server:
        server = start(directories.mktemp(name), pki, **options)
        servers.callback(server.stop)
        return server

    return starter
