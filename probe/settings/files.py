"""Whether the files that the configuration names are there: for `paypath validate`.

For `paypath check` a missing identity file is a failure of the path instead, because the billing service stands
before the same file.
"""

import itertools
import os
import pathlib
import re
from collections.abc import Collection, Iterator
from typing import Final

from probe.documents.mistakes import Mistake, in_order
from probe.documents.silence import SEE_MOUNTS, UNANSWERED, FileSystems
from probe.documents.tree import Loc, dotted
from probe.model.path import borrowed
from probe.settings.load import Loaded

_PATTERN: Final = re.compile(r"[*?\[]")
"""What a pattern fits may come later: it is told among the certificates."""


def silent_files(loaded: Loaded) -> frozenset[pathlib.Path]:
    """Those that nobody can read without waiting for ever: what is mounted there does not answer."""
    named = (path for _, path in _named(loaded) if path is not None)
    return FileSystems().all_silent((*named, *(directory for _, directory in _patterns(loaded))))


def file_mistakes(loaded: Loaded, silent: Collection[pathlib.Path]) -> tuple[Mistake, ...]:
    """A mistake for each file or directory that is missing, unreadable or one of `silent`, at the place that names it."""
    others = borrowed(loaded.paths)
    found = [_unanswered(loaded, loc, directory) for loc, directory in _patterns(loaded) if directory in silent]
    for loc, path in _named(loaded):
        if path is None:
            continue
        if path in silent:
            found.append(_unanswered(loaded, loc, path))
        else:
            closed = loc[:1] == ("identities",) and loc[1] in others
            found += filter(None, [_mistake(loaded, loc, path, closed=closed)])
    return in_order(found)


def _unanswered(loaded: Loaded, loc: Loc, path: pathlib.Path) -> Mistake:
    """Of a file on a mount whose server is gone."""
    return Mistake.at(loaded.places.value(loc), dotted(loc), f"`{loc[-1]}`: {path}: {UNANSWERED}", SEE_MOUNTS)


def _named(loaded: Loaded) -> Iterator[tuple[Loc, pathlib.Path | None]]:
    for path in loaded.paths:
        at = ("paths", path.name, "connector")
        yield (*at, "trust"), path.connector.trust
        yield (*at, "verify", "crl"), path.connector.verify.crl
        if (proxy := path.connector.proxy) is not None:
            yield (*at, "proxy", "trust"), proxy.trust
            yield (*at, "proxy", "verify", "crl"), proxy.verify.crl
        if path.webhook is not None:
            yield ("paths", path.name, "webhook", "trust"), path.webhook.trust
        if (upstream := path.connector.upstream) is not None:
            yield ("paths", path.name, "upstream", "trust"), upstream.trust
            yield ("paths", path.name, "upstream", "verify", "crl"), upstream.verify.crl
    for identity in loaded.identities:
        yield ("identities", identity.name, "certificate"), identity.certificate
        yield ("identities", identity.name, "private_key"), identity.private_key
    for index, watch in enumerate(loaded.watches):
        if not _PATTERN.search(watch.files):
            yield ("certificates", "watch", index, "files"), pathlib.Path(watch.files)
    if (tls := loaded.admin_tls) is not None:
        for key in ("certificate", "private_key", "client_ca"):
            yield ("listen", "admin_tls", key), getattr(tls, key)
    yield ("scenarios", "directory"), loaded.scenarios_directory


def _patterns(loaded: Loaded) -> Iterator[tuple[Loc, pathlib.Path]]:
    """The directory in or below which all lies that a watched pattern fits; it need not be there."""
    for index, watch in enumerate(loaded.watches):
        plain = itertools.takewhile(lambda part: not _PATTERN.search(part), pathlib.Path(watch.files).parts)
        if _PATTERN.search(watch.files):
            yield ("certificates", "watch", index, "files"), pathlib.Path(*plain)


def _mistake(loaded: Loaded, loc: Loc, path: pathlib.Path, *, closed: bool) -> Mistake | None:
    """What is wrong with the file; `closed`: it may be that this user cannot read it."""
    place, label = loaded.places.value(loc), f"`{loc[-1]}`: {path}"
    try:
        path.stat()
    except (OSError, ValueError) as error:
        if closed and isinstance(error, PermissionError):
            return None
        reason = (getattr(error, "strerror", None) or "not a file's name").lower()
        return Mistake.at(place, dotted(loc), f"{label}: {reason}", "create it, or name the right one")
    if path.is_dir() and loc[-1] not in ("trust", "directory", "files"):
        return Mistake.at(place, dotted(loc), f"{label} is a directory", "name a file")
    if not path.is_dir() and loc[-1] == "directory":
        return Mistake.at(place, dotted(loc), f"{label} is not a directory", "name the directory of the scenario files")
    if not closed and not os.access(path, os.R_OK):
        return Mistake.at(place, dotted(loc), f"{label} cannot be read by this user", "make it readable")
    return None
