"""Whether this machine has a network: asked of the kernel, in networks of its own."""

import pathlib
import subprocess

import pytest

from probe.transport import offline
from probe.transport.offline import FakeNetwork, SystemNetwork
from tests.matrix import namespace
from tests.servers import programs

NETWORK = SystemNetwork()
FAR = "203.0.113.9"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "127.8.9.1", "localhost", "LOCALHOST.", "/run/connector.sock"])
def test_what_is_on_this_machine_needs_no_network(host: str) -> None:
    """Whatever became of the interfaces."""
    assert NETWORK.why_offline(host) is None


def test_the_fake_does_as_told() -> None:
    """For drills."""
    assert FakeNetwork().why_offline(FAR) is None
    assert FakeNetwork(offline=True).why_offline(FAR) is not None


def test_name_servers_off_this_machine(tmp_path: pathlib.Path) -> None:
    """A stub on the loopback says nothing; what is no address is passed over."""
    file = tmp_path / "resolv.conf"
    file.write_text(
        "nameserver 127.0.0.53\nsearch a b\nnameserver fe80::1%eth0\nnameserver\nnameserver x\nnameserver 10.0.0.2\n"
    )
    assert offline._nameservers(file) == ["fe80::1", "10.0.0.2"]
    assert offline._nameservers(tmp_path / "none") == ()


def _ip(*commands: str) -> None:
    for command in commands:
        subprocess.run([programs.require("ip"), *command.split()], check=True, capture_output=True)


def _told(*commands: str, host: str = FAR) -> str | None:
    """What is said of `host` in a namespace after these commands."""

    def work() -> str | None:
        _ip(*commands)
        return NETWORK.why_offline(host)

    return namespace.in_namespace(work)


@pytest.mark.server("ip")
@pytest.mark.skipif(namespace.possible() is not None, reason=str(namespace.possible()))
class TestNamespaces:
    """The namespace has 198.51.100.1/28 on a link whose other end is there too, and no default route."""

    def test_no_default_route(self) -> None:
        """Nothing leads to the host, nor anywhere else."""
        assert _told() == "there is no default route, and none to the connector or to a name server"

    def test_a_route_to_the_host_alone(self) -> None:
        """A machine that is only let to its connector is online for it."""
        assert _told(host="198.51.100.9") is None

    def test_a_default_route(self) -> None:
        """It has a network; that the host does not answer is the path's failure, also where the way is forbidden."""
        assert _told("route add default via 198.51.100.2") is None
        assert _told("route add default via 198.51.100.2", host="198.51.100.17") is None
        assert _told("route add default via 198.51.100.2", host="connector.internal") is None

    def test_a_forbidden_host_without_any_other_way(self) -> None:
        """The host is unreachable by a route that says so: that is an answer about the path."""
        assert _told(host="198.51.100.17") is None

    def test_no_link(self) -> None:
        """A cable that was pulled: the routes are still there."""

        def work() -> str | None:
            _ip("route add default via 198.51.100.2", "link set matrix1 down")
            # The kernel takes the link's state from a queue of its own (linkwatch), up to a second later.
            while (told := NETWORK.why_offline(FAR)) is None:
                pass
            return told

        assert namespace.in_namespace(work) == "no interface but the loopback has a link"

    def test_the_loopback_alone(self) -> None:
        """And still a connector on this machine can be reached."""
        assert _told("link del matrix0") == "no interface but the loopback has a link"
        assert _told("link del matrix0", host="127.0.0.1") is None
