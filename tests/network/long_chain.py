"""A server certificate that does not fit into one packet with its chain."""

import pathlib

from probe.lab.pki import SERVER_AUTH
from tests.servers.material import SERVER_NAMES, Material, Pair, write_pair

_NAMES = tuple(f"host-{number}.connector.test" for number in range(40))


def long_chain(directory: pathlib.Path, material: Material) -> Pair:
    """For `localhost` and forty other names."""
    issued = material.issuing.issue("localhost", san=(*SERVER_NAMES, *_NAMES), usages=(SERVER_AUTH,))
    return write_pair(directory, "long", issued)
