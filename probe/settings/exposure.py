"""What is more open than it need be: files that others may read or write, and a Stripe key that may do everything.

None of it is wrong, so that nothing is refused: one sentence each, for `paypath validate` and for the start of `paypath run`. Only the mode of a
file is looked at, as `ls -l` shows it. What is a file system of its own is left alone where it is a directory: volumes of containers (a Secret, an
`emptyDir`) are open to everybody by their mode, and nobody else is in there.
"""

import glob
import os
import pathlib
import stat
from collections.abc import Iterator
from typing import Final

from probe.documents.files import read_regular
from probe.documents.mounts import is_mount_point
from probe.documents.tree import Loc
from probe.model.path import KeyFrom
from probe.model.secret import Secret
from probe.settings.deciding import base, deciding, in_file, leaves, on_the_way
from probe.settings.load import Loaded

_LAB: Final = "lab"
_KEY_WITHIN: Final = b"PRIVATE KEY-----"
"""In the last line before the key itself, of every kind of PEM private key (RFC 7468 10 and 11, and what OpenSSL wrote before)."""
_STORES: Final = (".p12", ".pfx")
"""PKCS#12: a certificate together with its key, whose password is seldom a good one."""
_LONGEST: Final = 64_000
_MOST_FILES: Final = 200
"""Of the watched ones, that are opened to see whether they hold a key."""
_EVERYBODY: Final = "everybody on this machine"


def exposures(loaded: Loaded) -> tuple[str, ...]:
    """A sentence for each, with its place and the way to mend it; each file once."""
    found: dict[pathlib.Path, str] = {}
    for loc, file in _secret_files(loaded):
        found |= {file: told} if file not in found and (told := _secret_file(loaded, loc, file)) else {}
    for loc, file in deciding(loaded):
        found |= {file: told} if file not in found and (told := _deciding_file(loaded, loc, file)) else {}
    for loc, directory in on_the_way(_ours(loaded)):
        found |= {directory: told} if directory not in found and (told := _directory(loaded, loc, directory)) else {}
    return (*found.values(), *_written_openly(loaded), *_state(loaded), *_mighty_keys(loaded))


def _secret_file(loaded: Loaded, loc: Loc, file: pathlib.Path) -> str | None:
    """Who else can read it. libpq's rule for keys: the owner alone, and where root owns it its group too."""
    found = _stat(file)
    if found is None:
        return None
    label, mode = f"{loaded.places.value(loc)}: `{loc[-1]}`: {file}", stat.S_IMODE(found.st_mode)
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        return f"{label}, a secret, is open to {_EVERYBODY} (mode {mode:04o}); `chmod o= {file}`"
    if mode & (stat.S_IRGRP | stat.S_IWGRP) and found.st_uid == os.geteuid() != 0:
        return f"{label}, a secret, is open to its group, although its owner alone needs it (mode {mode:04o}); `chmod go= {file}`"
    return None


def _deciding_file(loaded: Loaded, loc: Loc, file: pathlib.Path) -> str | None:
    """Whether everybody can change what is sent, or who is trusted."""
    found = _stat(file)
    if found is None or not found.st_mode & stat.S_IWOTH or (stat.S_ISDIR(found.st_mode) and is_mount_point(file)):
        return None
    mode = stat.S_IMODE(found.st_mode)
    named = f"`{loc[-1]}`: {file}" if loc else str(file)
    return f"{loaded.places.value(loc)}: {named} can be changed by {_EVERYBODY} (mode {mode:04o}); `chmod o-w {file}`"


def _directory(loaded: Loaded, loc: Loc, directory: pathlib.Path) -> str | None:
    """Whether everybody can put another file in the place of one that is there; in a sticky one, as /tmp, nobody but its owner can."""
    found = _stat(directory)
    if found is None or not found.st_mode & stat.S_IWOTH or found.st_mode & stat.S_ISVTX or is_mount_point(directory):
        return None
    mode = stat.S_IMODE(found.st_mode)
    named = f"`{loc[-1]}`: {directory}" if loc else str(directory)
    replaced = f"can be changed by {_EVERYBODY} (mode {mode:04o}), and so each file in it replaced"
    return f"{loaded.places.value(loc)}: {named} {replaced}; `chmod o-w {directory}`"


def _ours(loaded: Loaded) -> Iterator[tuple[Loc, pathlib.Path]]:
    """All that is worth being replaced by somebody."""
    yield from deciding(loaded)
    yield from _secret_files(loaded)
    if loaded.state_directory is not None:
        yield ("state", "directory"), loaded.state_directory


def _secret_files(loaded: Loaded) -> Iterator[tuple[Loc, pathlib.Path]]:
    """Files that hold a secret, each with the place that names it."""
    for identity in loaded.identities:
        if identity.private_key is not None:
            yield ("identities", identity.name, "private_key"), identity.private_key
        if _holds_key(identity.certificate):
            yield ("identities", identity.name, "certificate"), identity.certificate
    if loaded.admin_tls is not None:
        yield ("listen", "admin_tls", "private_key"), loaded.admin_tls.private_key
    for loc, value in leaves(loaded.settings, ()):
        if str(loc[-1]).endswith("_file") and isinstance(value, pathlib.Path):
            yield loc, base(loaded, loc) / value
    watched = ((index, file) for index, watch in enumerate(loaded.watches) for file in _files_of(watch.files))
    for (index, file), _ in zip(watched, range(_MOST_FILES), strict=False):
        if _holds_key(file):
            yield ("certificates", "watch", index, "files"), file


def _written_openly(loaded: Loaded) -> Iterator[str]:
    """The first secret that stands in a configuration file which everybody can read."""
    found = None if loaded.file is None else _stat(loaded.file)
    if found is None or not found.st_mode & stat.S_IROTH:
        return
    for loc, value in leaves(loaded.settings, ()):
        if isinstance(value, Secret) and in_file(loaded, loc):
            mode = stat.S_IMODE(found.st_mode)
            place, better = loaded.places.value(loc), f"{loc[-1]}_file"
            yield (
                f"{place}: `{loc[-1]}`, a secret, stands in a file that is open to {_EVERYBODY} (mode {mode:04o}); "
                f"put it into a file of its own, `{better}`, or `chmod o= {loaded.file}`"
            )
            return


def _state(loaded: Loaded) -> Iterator[str]:
    """Whoever can write there can open a latched path."""
    directory = loaded.state_directory
    found = None if directory is None else _stat(directory)
    if found is None or directory is None or is_mount_point(directory):
        return
    mode = stat.S_IMODE(found.st_mode)
    if mode & stat.S_IRWXO:
        place = loaded.places.value(("state", "directory"))
        yield f"{place}: `state.directory`: {directory} is open to {_EVERYBODY} (mode {mode:04o}); `chmod o= {directory}`"


def _mighty_keys(loaded: Loaded) -> Iterator[str]:
    """Keys without restriction. The lab's are its simulator's own."""
    for path in loaded.paths:
        stripe = path.stripe
        if stripe is None or stripe.key_from is not KeyFrom.PROBE or loaded.environment == _LAB:
            continue
        if stripe.api_key.reveal().startswith("sk_"):
            at = ("paths", path.name, "stripe", "api_key")
            at = at if at in loaded.places.values else (*at[:-1], "api_key_file")
            yield (
                f"{loaded.places.value(at)}: the key of `{path.name}` is a secret key (`sk_test_…`), which may do everything in the account's test mode; "
                "a restricted one (`rk_test_…`) with the permissions of docs/security.md is enough"
            )


def _files_of(pattern: str) -> list[pathlib.Path]:
    """The files of an entry of `certificates.watch`; a directory stands for every file in it."""
    found = [pathlib.Path(one) for one in sorted(glob.glob(pattern))]  # noqa: PTH207 - the pattern is absolute
    return [file for one in found for file in (sorted(one.glob("*")) if one.is_dir() else [one])]


def _holds_key(file: pathlib.Path) -> bool:
    """Whether a file of certificates has a private key in it; one that cannot be read is told elsewhere."""
    if file.suffix.lower() in _STORES:
        return True
    try:
        return _KEY_WITHIN in read_regular(file, _LONGEST)
    except (OSError, ValueError):
        return False


def _stat(path: pathlib.Path) -> os.stat_result | None:
    """None where it is not there, which is told elsewhere."""
    try:
        return path.stat()
    except (OSError, ValueError):
        return None
