"""Where it is measured: one nginx for each kind of key and TLS version, all of which require a client certificate."""

import contextlib
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import yaml

from probe.lab.pki import SERVER_AUTH, Authority
from tests.servers import nginx
from tests.servers.material import Material, Pair, write_pair
from tests.servers.process import HOST, Server

KEYS: Final = {"EC P-256": None, "RSA-2048": 2048}
"""Kinds of the leaves' keys, with their RSA bits; the authorities above them have P-256 keys."""
VERSIONS: Final = ("1.2", "1.3")
HEALTH: Final = "/healthz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One server to probe, and what a client needs for it."""

    key: str
    tls: str
    port: int
    trust: pathlib.Path
    client: Pair
    configuration: pathlib.Path
    """A `paypath.yaml` with this server as its one connector."""

    @property
    def url(self) -> str:
        """What is asked for."""
        return f"https://{HOST}:{self.port}{HEALTH}"


@contextlib.contextmanager
def places(directory: pathlib.Path) -> Iterator[tuple[Place, ...]]:
    """All servers, running for as long as the block lasts; everything they need is written below `directory`."""
    with contextlib.ExitStack() as stack:
        found = []
        for key, bits in KEYS.items():
            home = directory / key.replace(" ", "-")
            home.mkdir()
            material = _material(home, bits)
            for tls in VERSIONS:
                server = _nginx(home / tls, material, tls)
                stack.callback(server.stop)
                found.append(_place(home / tls, key, tls, server.port, material))
        yield tuple(found)


def _nginx(directory: pathlib.Path, material: Material, tls: str) -> Server:
    directory.mkdir()
    return nginx.start(directory, material, nginx.NginxOptions(tls=tls))


def _material(directory: pathlib.Path, bits: int | None) -> Material:
    """A root, an issuing authority, a server's and a client's leaf, each sent with the issuing authority's certificate."""
    now = datetime.now(UTC)  # noqa: TID251 - certificates for a real server are valid on the real clock
    root = Authority.root("paypath benchmark root", now=now, lifetime=timedelta(days=2))
    issuing = root.intermediate("paypath benchmark issuing CA", not_after=now + timedelta(days=2))
    day = now + timedelta(days=1)
    server = issuing.issue("server", san=(HOST, "localhost"), usages=(SERVER_AUTH,), rsa_bits=bits, not_after=day)
    client = write_pair(directory, "client", issuing.issue("client", rsa_bits=bits, not_after=day))
    trust = directory / "root.pem"
    trust.write_bytes(root.certificate_pem)
    return Material(
        directory=directory,
        now=now,
        root=root,
        issuing=issuing,
        trust=trust,
        chain=trust,
        crl=trust,
        server=write_pair(directory, "server", server),
        clients={"good": client},
    )


def _place(directory: pathlib.Path, key: str, tls: str, port: int, material: Material) -> Place:
    client = material.clients["good"]
    return Place(
        key=key,
        tls=tls,
        port=port,
        trust=material.trust,
        client=client,
        configuration=_configuration(directory, port, material),
    )


def _configuration(directory: pathlib.Path, port: int, material: Material) -> pathlib.Path:
    client = material.clients["good"]
    connector = {
        "url": f"https://{HOST}:{port}",
        "trust": str(material.trust),
        "identity": "client",
        "health_path": HEALTH,
    }
    content = {
        "environment": "benchmark",
        "location": "loopback",
        "paths": {"billing": {"connector": connector}},
        "identities": {"client": {"certificate": str(client.certificate), "private_key": str(client.private_key)}},
        "scenarios": {"enabled": ["mtls-handshake"]},
        "state": {"directory": str(directory / "state")},
    }
    file = directory / "paypath.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return file
