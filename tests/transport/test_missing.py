"""An intermediate that the peer does not send is found in our own files, and said with its place."""

import dataclasses
import pathlib

import pytest

from probe.lab.pki import SERVER_AUTH
from tests.conftest import StartServer
from tests.servers.material import SERVER_NAMES, Material, write_pair
from tests.servers.process import Server
from tests.transport.hop import Hop

pytestmark = pytest.mark.server("openssl")


@pytest.fixture
def leaf_alone(pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path) -> Server:
    """A server that does not send the intermediate that issued its certificate."""
    issued = pki.issuing.issue("s", san=SERVER_NAMES, usages=(SERVER_AUTH,), send_chain=False)
    return start_s_server(server=write_pair(tmp_path, "server", issued))


async def test_our_own_chain_knows_the_intermediate(hop: Hop, leaf_alone: Server) -> None:
    """The same CA has issued our client certificate, whose file holds the intermediate."""
    seen = await hop.observe(leaf_alone.port)
    assert seen.verify_code == 20
    (found,) = seen.completing
    assert found.subject == "CN=paypath test issuing CA"
    assert found.source.location == str(hop.material.clients["good"].certificate)


@pytest.mark.parametrize("client", [None, "unknown-ca"])
async def test_nobody_here_knows_it(hop: Hop, leaf_alone: Server, client: str | None) -> None:
    """Without an identity, or with one of another CA, there is nothing to find it in."""
    seen = await hop.observe(leaf_alone.port, client)
    assert (seen.verify_code, seen.completing) == (20, ())


async def test_a_file_that_cannot_be_read_knows_nothing(hop: Hop, leaf_alone: Server) -> None:
    """The evidence is gathered all the same."""
    good = hop.identity("good")
    assert good is not None
    for pem in (None, b"-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n"):
        broken = dataclasses.replace(good, certificate_pem=pem, key_pem=None)
        assert (await hop.observe(leaf_alone.port, broken)).completing == ()


async def test_our_trust_may_know_the_rest(
    hop: Hop, pki: Material, start_s_server: StartServer, tmp_path: pathlib.Path
) -> None:
    """A bundle that holds an upper intermediate and the root completes what our own file does not."""
    upper = pki.root.intermediate("upper")
    lower = upper.intermediate("lower")
    issued = lower.issue("s", san=SERVER_NAMES, usages=(SERVER_AUTH,), send_chain=False)
    server = start_s_server(server=write_pair(tmp_path, "server", issued))
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(pki.root.certificate_pem + upper.certificate_pem)
    seen = await hop.observe(server.port, trust=bundle)
    assert (seen.verify_code, seen.completing) == (20, ())
    client = tmp_path / "client.crt"
    good = hop.identity("good")
    assert good is not None
    client.write_bytes((good.certificate_pem or b"") + lower.certificate_pem)
    with_lower = dataclasses.replace(good, certificate_pem=client.read_bytes())
    seen = await hop.observe(server.port, with_lower, trust=bundle)
    assert [c.subject for c in seen.completing] == ["CN=lower"]  # the peer need not send what our bundle holds
