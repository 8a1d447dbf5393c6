"""`openssl s_server`: the plainest peer. One process for each door, since it knows only one."""

from tests.matrix.fleet.door import Door, Room, Site, Words
from tests.servers import programs
from tests.servers.process import HOST


def command(site: Site) -> Words:
    """Words for the one door of the site."""
    ((door, port),) = site.ports.items()
    pair = site.pair(door)
    words: list = [programs.require("openssl"), "s_server", "-accept", f"{HOST}:{port}", "-www"]
    words += ["-cert", pair.certificate, "-cert_chain", pair.certificate, "-key", pair.private_key]
    words += ["-CAfile", site.accepted(door), "-Verify", "4", "-verify_return_error"]
    words += ["-CRL", site.crl(door), "-crl_check", f"-tls{door.tls.replace('.', '_')}"]
    return [*words, *_more(site, door)]


def _more(site: Site, door: Door) -> Words:
    good = site.material.servers["good"]
    match door.room:
        case Room.NAMED:
            named = [
                "-servername",
                "localhost",
                "-servername_fatal",
                "-cert2",
                good.certificate,
                "-key2",
                good.private_key,
            ]
            return [*named, "-cipher", "DEFAULT:@SECLEVEL=0"]
        case Room.H2_ONLY:
            return ["-alpn", "h2"]
        case Room.OTHER_GROUPS:
            return ["-groups", "brainpoolP512r1"]
        case Room.OTHER_SIGNATURES:
            return ["-sigalgs", "RSA+SHA256"]
        case _:
            return ["-cipher", "DEFAULT:@SECLEVEL=0"]
