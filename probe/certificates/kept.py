"""What files hold, read anew only where they have changed: ten thousand unchanged files cost ten thousand calls of stat.

A file that cannot be read any more still tells what it held last, and when.
"""

import dataclasses
import hashlib
import os
import pathlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final

from probe.certificates.contents import Contents, Found
from probe.certificates.formats import HEAD, read_contents, refused_by_head
from probe.documents.files import open_regular
from probe.model.certificate import Source
from probe.model.lack import lacking
from probe.model.secret import Secret

LONGEST: Final = 64 << 20
"""Bytes: the largest public revocation lists have some tens of megabytes."""
_TICK_NS: Final = 50_000_000
"""Within one tick of the kernel's clock (4 to 10 ms) a second change of a file leaves its times as they are."""
_COARSE_TICK_NS: Final = 2_100_000_000
"""The same where times are kept in seconds only."""
_SECOND_NS: Final = 1_000_000_000
_SALT: Final = secrets.token_bytes(32)
"""A digest of what may hold a key must tell nothing, should it ever leave this process."""

Before = Mapping[str, tuple[datetime, tuple[Found, ...]]]
"""By file: what was known of it before a restart, and when it was seen last."""
_Key = tuple[str, Source, Secret | None]
"""File, the place that it stands for, and the password that it is read with."""
Signature = tuple[int, int, int, int, int]
"""Device, inode, size, mtime and ctime in ns: a file whose content has changed has another one."""


def kernel_now_ns() -> int:
    """The clock that file systems stamp with: only to be compared with times of files."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME)


def signature_of(status: os.stat_result) -> Signature:
    """What tells one state of a file from the next."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def settled(signature: Signature, now_ns: int) -> bool:
    """Whether a further change would show in the signature: it would not in the tick in which the last one was made."""
    changed_ns = signature[4]  # every change sets it; the mtime can be set at will
    tick_ns = _TICK_NS if changed_ns % _SECOND_NS else _COARSE_TICK_NS
    return not now_ns - tick_ns < changed_ns <= now_ns + tick_ns


@dataclass(slots=True)
class _Kept:
    signature: Signature | None
    """None: it is to be read again the next time."""
    digest: bytes
    contents: Contents
    scan: int
    at: datetime
    """When it was looked at last."""


class KeptFiles:
    """Contents by file; a scan begins with `begin` and ends with `sweep`. For one thread at a time."""

    def __init__(self, now_ns: Callable[[], int] = kernel_now_ns, before: Before | None = None) -> None:
        """`now_ns` is the clock of the file systems."""
        self.reads = 0
        """How many files have been opened so far."""
        self._now_ns = now_ns
        self._before = before or {}
        self._scan = 0
        self._at = datetime.min.replace(tzinfo=UTC)
        self._kept: dict[_Key, _Kept] = {}

    def begin(self, at: datetime) -> None:
        """From here on, files that are asked for count as still wanted. It is `at` now."""
        self._scan += 1
        self._at = at

    def sweep(self) -> None:
        """Forget the files that were not asked for since `begin`."""
        gone = [key for key, kept in self._kept.items() if kept.scan != self._scan]
        for key in gone:
            del self._kept[key]

    def contents(
        self, file: str, source: Source, password: Secret | None = None, status: os.stat_result | None = None
    ) -> Contents:
        """What `file` holds now, as certificates seen at `source`. `status` spares a call where it is known already. Never raises."""
        key = file, source, password
        kept = self._kept.get(key)
        try:
            signature = signature_of(status or os.stat(file))  # noqa: PTH116 - a text: a Path costs more than the call itself
        except (OSError, ValueError) as error:
            return self._keep(key, None, b"", Contents(faults=(reason_of(error),)))
        if kept is not None and kept.signature == signature:
            kept.scan = self._scan
            kept.at = self._at
            return kept.contents
        return self._read(key)

    def _read(self, key: _Key) -> Contents:
        """Open it; parse it only where its content is another than before."""
        file, source, password = key
        self.reads += 1
        try:
            with open_regular(pathlib.Path(file)) as opened:
                data = _content(opened)
                signature = signature_of(os.fstat(opened.fileno()))
        except (OSError, ValueError) as error:
            before = self._kept.get(key)
            if before is not None and lacking(error) is not None:  # that says nothing about the file
                before.scan = self._scan
                return before.contents
            return self._keep(key, None, b"", Contents(faults=(reason_of(error),)))
        kept = self._kept.get(key)
        sure = signature if settled(signature, self._now_ns()) else None
        if isinstance(data, str):
            return self._keep(key, sure, b"", Contents(faults=(data,)))
        digest = hashlib.blake2b(data, key=_SALT, digest_size=32).digest()
        same = kept is not None and kept.digest == digest
        read = kept.contents if kept and same else read_contents(data, source=source, password=password)
        return self._keep(key, sure, digest, read)

    def _keep(self, key: _Key, signature: Signature | None, digest: bytes, contents: Contents) -> Contents:
        if contents.faults and not contents.found:
            as_of, found = self._last(key)
            contents = dataclasses.replace(contents, found=found, as_of=as_of)
        self._kept[key] = _Kept(signature, digest, contents, self._scan, self._at)
        return contents

    def _last(self, key: _Key) -> tuple[datetime | None, tuple[Found, ...]]:
        """What the file held when it could be read last, and when that was."""
        kept = self._kept.get(key)
        if kept is None:
            return self._before.get(key[0], (None, ()))
        return kept.contents.as_of or kept.at, kept.contents.found


def _content(opened: BinaryIO) -> bytes | str:
    """All of it, or why it is not worth reading: a log of gigabytes is known by its head."""
    size = os.fstat(opened.fileno()).st_size
    if size > LONGEST:
        return f"it is larger than {LONGEST} bytes"
    head = opened.read(min(size, HEAD) + 1)
    if size > HEAD and (refused := refused_by_head(head, size)) is not None:
        return refused
    data = head + opened.read(max(size - len(head), 0) + 1)
    if len(data) > size:  # it grows, or tells no size, as the files of /proc
        data += opened.read(LONGEST + 1 - len(data))
    return data if len(data) <= LONGEST else f"it is larger than {LONGEST} bytes"


def reason_of(error: OSError | ValueError) -> str:
    """Why a file cannot be read, in words."""
    if isinstance(error, FileNotFoundError):
        return "it does not exist" if not os.path.islink(error.filename or "") else "it is a link that leads nowhere"  # noqa: PTH114 - a text, perhaps none
    if isinstance(error, NotADirectoryError):
        return "it does not exist: a part of its path is a file"
    if isinstance(error, OSError) and error.strerror and error.strerror.startswith("it is "):
        return error.strerror
    return f"it cannot be read: {getattr(error, 'strerror', None) or 'that is no file name'}"
