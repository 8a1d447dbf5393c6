"""Read a certificate and its key as one pair, also while a rotation is going on."""

import os
import pathlib
from dataclasses import dataclass, field
from typing import Final

from probe.documents.files import read_regular
from probe.model.observation import FileFault

_KUBERNETES_LINK: Final = "..data"
_LONGEST: Final = 1 << 20
"""Bytes: a longer file is no certificate, and must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read."""

    fault: FileFault
    detail: str


@dataclass(frozen=True, slots=True)
class Pair:
    """What one reading of both files gave: bytes, or why not."""

    certificate: bytes | Unreadable = field(repr=False)
    key: bytes | Unreadable | None = field(repr=False)
    """None where no key is configured."""


def read_pair(certificate: pathlib.Path, key: pathlib.Path | None) -> Pair:
    """Read both files out of the same version of a mounted Kubernetes Secret, where they lie in one.

    The kubelet swaps the link `..data` to a new directory in one step: following it once for both files means that they can never be
    of two versions.
    """
    versions: dict[pathlib.Path, pathlib.Path] = {}
    first = _read(_in_version(certificate, versions), FileFault.CERTIFICATE_MISSING, FileFault.CERTIFICATE_UNREADABLE)
    if key is None:
        return Pair(first, None)
    return Pair(first, _read(_in_version(key, versions), FileFault.KEY_MISSING, FileFault.KEY_UNREADABLE))


def _in_version(path: pathlib.Path, versions: dict[pathlib.Path, pathlib.Path]) -> pathlib.Path:
    """`path` inside of the directory that `..data` beside it leads to now; `path` itself where there is no such link."""
    if path.parent not in versions:
        try:
            versions[path.parent] = path.parent / (path.parent / _KUBERNETES_LINK).readlink()
        except (OSError, ValueError):  # no such link: an ordinary directory; a path that is none shows when it is read
            versions[path.parent] = path.parent
    inside = versions[path.parent] / path.name
    return inside if os.path.lexists(inside) else path


def _read(path: pathlib.Path, missing: FileFault, unreadable: FileFault) -> bytes | Unreadable:
    try:
        return read_regular(path, _LONGEST)
    except FileNotFoundError:
        return Unreadable(missing, f"{path} does not exist")
    except NotADirectoryError:
        return Unreadable(missing, f"{path} does not exist: a part of its path is a file")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return Unreadable(unreadable, f"{path} cannot be read: {getattr(error, 'strerror', None) or error}")
