"""A rotation that stopped half-way: certificate and key on disk do not fit, and what shows that one of them is of a later issue.

A key that fits a certificate which the file held before is proof, across restarts too. Where none is known, the times at which the two
files were written are all there is; the kubelet writes both at once, and then nothing is said.
"""

import pathlib
import threading
from datetime import UTC, datetime
from typing import Final

from probe.certificates.keys import KeyFileError, load_key
from probe.classify.wording import moment
from probe.model.certificate import Certificate
from probe.model.identity import LoadedIdentity
from probe.model.path import Identity
from probe.tls.certificate import public_key_sha256

_MOST_LEAVES: Final = 8
"""Of each identity, the latest."""
_MOST_FILES: Final = 4096
_APART_S: Final = 1.0
"""Two files of one rotation are written at once."""

_lock: Final = threading.Lock()
_leaves: Final[dict[pathlib.Path, dict[str, Certificate]]] = {}
"""By certificate file and fingerprint, in the order in which they were seen."""
_fitted: Final[dict[tuple[pathlib.Path, pathlib.Path | None], str]] = {}
"""Fingerprint of the last certificate whose key lay beside it, by both files."""


def remember_leaf(file: pathlib.Path, leaf: Certificate) -> None:
    """From now on a key that fits `leaf` is known as the key of a certificate that `file` held before. Any thread may call it."""
    with _lock:
        if len(_leaves) >= _MOST_FILES and file not in _leaves:
            _leaves.clear()
        known = _leaves.setdefault(file, {})
        known.pop(leaf.sha256, None)
        known[leaf.sha256] = leaf
        while len(known) > _MOST_LEAVES:
            del known[next(iter(known))]


def remember_pair(identity: Identity, leaf: Certificate) -> None:
    """The same, of a leaf whose key lay beside it."""
    remember_leaf(identity.certificate, leaf)
    with _lock:
        if len(_fitted) >= _MOST_FILES:
            _fitted.clear()
        _fitted[identity.certificate, identity.private_key] = leaf.sha256


def half_rotated(identity: Identity, loaded: LoadedIdentity) -> str | None:
    """What shows that one file of a pair that does not fit is of a later issue than the other; None where nothing does."""
    file, key = identity.certificate, identity.private_key
    owned = _public_key(identity, loaded)
    if key is None or owned in {None, *(certificate.public_key_sha256 for certificate in loaded.facts.certificates)}:
        return None  # a file in the wrong order is no rotation
    with _lock:
        before = next((c for c in _leaves.get(file, {}).values() if c.public_key_sha256 == owned), None)
        fitted = _fitted.get((file, key))
    if before is not None:
        return f"{key} still fits the certificate that was in {file} before (serial {before.serial})"
    if fitted == loaded.facts.certificates[0].sha256:
        return f"{key} has changed, and {file} still holds the certificate of the key before it"
    return _by_time(file, key)


def _public_key(identity: Identity, loaded: LoadedIdentity) -> str | None:
    try:
        return public_key_sha256(load_key(loaded.key_pem or b"", identity.private_key_password).public_key())
    except KeyFileError:
        return None


def _by_time(certificate: pathlib.Path, key: pathlib.Path) -> str | None:
    try:
        written = {file: file.stat().st_mtime for file in (certificate, key)}
    except OSError:
        return None
    older, newer = sorted(written, key=lambda file: written[file])
    if written[newer] - written[older] < _APART_S:
        return None
    return f"{newer} was written at {_at(written[newer])}, and {older} at {_at(written[older])}"


def _at(seconds: float) -> str:
    return moment(datetime.fromtimestamp(seconds, UTC))
