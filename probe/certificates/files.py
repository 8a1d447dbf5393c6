"""Read a certificate and its key as one pair, also while a rotation is going on."""

import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from probe.documents.files import read_regular
from probe.model.identity import FileFault
from probe.model.lack import lacking

_KUBERNETES_LINK: Final = "..data"
_MOST_SWAPS: Final = 3
"""While a pair is read. More of them are no rotation; then what does not fit is read once more after a moment."""
_LONGEST: Final = 1 << 20
"""Bytes: a longer file is no certificate, and must not fill the memory."""

Versions = Mapping[pathlib.Path, pathlib.Path]
"""By directory, as configured."""


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
    """Read both files out of one version, where links lead to it: the `..data` of a mounted Kubernetes Secret, or a directory's own.

    Such a link is swapped in one step. It is followed once for both files, so that they can never be of two versions; where it has been swapped
    meanwhile, and its old directory may be gone, both are read anew. Raises OSError where this process has no descriptor or memory left, which
    says nothing about the files.
    """
    pair = _read_once(certificate, key, versions := _versions(certificate, key))
    for _ in range(_MOST_SWAPS):
        if _unlinked(versions) or versions == (now := _versions(certificate, key)):
            break
        pair = _read_once(certificate, key, versions := now)
    return pair


def _read_once(certificate: pathlib.Path, key: pathlib.Path | None, versions: Versions) -> Pair:
    first = _read(_in_version(certificate, versions), FileFault.CERTIFICATE_MISSING, FileFault.CERTIFICATE_UNREADABLE)
    if key is None or (key == certificate and isinstance(first, bytes)):
        return Pair(first, None if key is None else first)
    return Pair(first, _read(_in_version(key, versions), FileFault.KEY_MISSING, FileFault.KEY_UNREADABLE))


def _versions(*paths: pathlib.Path | None) -> Versions:
    """Where the directory of each path leads to now."""
    return {parent: _version(parent) for parent in {path.parent for path in paths if path is not None}}


def _unlinked(versions: Versions) -> bool:
    return all(version is directory for directory, version in versions.items())


def _version(directory: pathlib.Path) -> pathlib.Path:
    """The directory itself where no link leads elsewhere: the name that people know is the one to tell."""
    try:
        return directory / (directory / _KUBERNETES_LINK).readlink()
    except (OSError, ValueError):  # no such link; a path that is none shows when it is read
        pass
    try:
        real = os.path.realpath(directory)
    except (OSError, ValueError):
        return directory
    return directory if real == os.path.abspath(directory) else pathlib.Path(real)  # noqa: PTH100 - without following links


def _in_version(path: pathlib.Path, versions: Versions) -> pathlib.Path:
    """`path` in the version that its directory leads to; `path` itself where it is not there."""
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
        if lacking(error) is not None:
            raise
        return Unreadable(unreadable, f"{path} cannot be read: {getattr(error, 'strerror', None) or error}")
