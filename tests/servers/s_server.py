"""`openssl s_server` with a required client certificate: the plainest peer, whose alerts are OpenSSL's own.

Measured: without `-verify_return_error` it accepts expired, future and unknown client certificates, so the flag is always given.
"""

import pathlib
from collections.abc import Sequence

from tests.servers import process, programs
from tests.servers.material import Material, Pair
from tests.servers.process import HOST, Server


def start(
    directory: pathlib.Path,
    material: Material,
    *,
    tls: str = "1.3",
    crl: bool = False,
    server: Pair | None = None,
    more: Sequence[str] = (),
) -> Server:
    """Start s_server with one protocol version, `1.2` or `1.3`; it answers any GET with `200 ok`. `more` goes to its command line."""
    program = programs.require("openssl")
    pair = server or material.server

    def command(port: int) -> list[str | pathlib.Path]:
        words: list[str | pathlib.Path] = [program, "s_server", "-accept", f"{HOST}:{port}", "-www"]
        words += ["-cert", pair.certificate, "-cert_chain", pair.certificate, "-key", pair.private_key]
        words += ["-CAfile", material.trust, "-Verify", "4", "-verify_return_error", f"-tls{tls.replace('.', '_')}"]
        words += ["-CRL", material.crl, "-crl_check"] if crl else []
        return [*words, *more]

    return process.start(command, directory)
