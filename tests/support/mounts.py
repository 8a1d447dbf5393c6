"""An identity's two files on disk, rotated at once in the ways in which that is done."""

import pathlib
import shutil
from collections.abc import Callable

from probe.lab.pki import Issued
from probe.model.path import Identity

Put = Callable[[pathlib.Path, int, Issued], None]
"""Puts the issue of this number in place."""


def mounted_secret(directory: pathlib.Path, number: int, issued: Issued) -> None:
    """As the kubelet does: a new directory, the link `..data` to it in one step, and the old directory goes."""
    _version(directory / f"..version-{number}", issued)
    _point(directory / "..data", f"..version-{number}")
    if number == 0:
        for name in ("tls.crt", "tls.key"):
            (directory / name).symlink_to(pathlib.Path("..data") / name)
    shutil.rmtree(directory / f"..version-{number - 1}", ignore_errors=True)


def directory_link(directory: pathlib.Path, number: int, issued: Issued) -> None:
    """As certbot and many deployments do: both files lie below a link to a directory, and the link is renamed onto."""
    _version(directory / f"version-{number}", issued)
    _point(directory / "live", f"version-{number}")


def one_file(directory: pathlib.Path, _number: int, issued: Issued) -> None:
    """Certificate, chain and key in one file, as haproxy wants it, renamed onto."""
    new = directory / "both.pem.new"
    new.write_bytes(issued.certificate_pem + issued.key_pem)
    new.replace(directory / "both.pem")


FILES: dict[Put, tuple[str, str]] = {
    mounted_secret: ("tls.crt", "tls.key"),
    directory_link: ("live/tls.crt", "live/tls.key"),
    one_file: ("both.pem", "both.pem"),
}


class Mount:
    """The files of one identity."""

    def __init__(self, directory: pathlib.Path, put: Put, first: Issued) -> None:
        """Begin with the first issue."""
        certificate, key = FILES[put]
        self.identity = Identity(name="billing", certificate=directory / certificate, private_key=directory / key)
        self._directory, self._put, self._number = directory, put, 0
        put(directory, 0, first)

    def rotate(self, issued: Issued) -> None:
        """Put the next issue in place."""
        self._number += 1
        self._put(self._directory, self._number, issued)


def _version(directory: pathlib.Path, issued: Issued) -> None:
    directory.mkdir()
    issued.write(directory / "tls.crt", directory / "tls.key")


def _point(link: pathlib.Path, target: str) -> None:
    new = link.with_name(f"{link.name}_tmp")
    new.symlink_to(target)
    new.replace(link)
