"""Our own identity, read anew for each run: what is wrong with its files is a fact, never an exception.

Reading is cheap, checking is not: OpenSSL proves an RSA-2048 key for 45 ms. So what was found out is kept by content.
"""

import dataclasses
import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from probe.certificates.files import Pair, Unreadable, read_pair
from probe.certificates.keys import KeyFileError, load_key, same_key, too_weak
from probe.certificates.parse import MalformedPemError, certificates_from_pem
from probe.model.certificate import Source, SourceKind
from probe.model.identity import LoadedIdentity
from probe.model.observation import FileFault, IdentityFacts
from probe.model.path import Identity

__all__ = ["LoadedIdentity", "read_checked_identity", "read_identity"]

DEFAULT_SECURITY_LEVEL: Final = 2
"""What Python sets for every context it makes since 3.10."""
_MOMENT_S: Final = 0.02
"""How long a writer that replaces two files one after the other is given before a mismatch counts."""
_MOST_KNOWN: Final = 1024
"""Contents whose facts are kept; a renewal makes a new one."""
_SALT: Final = secrets.token_bytes(32)
"""A digest of what holds a key and its password must tell nothing, should it ever leave this process."""
_known: Final[dict[bytes, IdentityFacts]] = {}


def read_checked_identity(identity: Identity, *, security_level: int | None = None) -> LoadedIdentity | None:
    """Read the files, and say what is known of exactly this content; None where it was not checked before, or has a fault.

    Takes some 0.1 ms, where `read_identity` may take 50 ms: this may be called on an event loop, that may not.
    """
    level = DEFAULT_SECURITY_LEVEL if security_level is None else security_level
    pair = read_pair(identity.certificate, identity.private_key)
    facts = _known.get(_digest(identity, pair, level))
    return None if facts is None or facts.fault is not None else _loaded(identity, pair, facts)


def read_identity(
    identity: Identity,
    *,
    security_level: int | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> LoadedIdentity:
    """Read certificate and key and check all that needs no network. Never raises for what the files hold.

    `security_level` is OpenSSL's, of the path that uses the identity; None is Python's own default. Where certificate and key do not
    fit, or one is missing, both are read once more after a moment: a rotation may be half done.
    """
    level = DEFAULT_SECURITY_LEVEL if security_level is None else security_level
    loaded = _load(identity, level)
    if loaded.facts.fault in {FileFault.KEY_MISMATCH, FileFault.CERTIFICATE_MISSING, FileFault.KEY_MISSING}:
        pause(_MOMENT_S)
        loaded = _load(identity, level)
    return loaded


def _load(identity: Identity, security_level: int) -> LoadedIdentity:
    pair = read_pair(identity.certificate, identity.private_key)
    digest = _digest(identity, pair, security_level)
    facts = _known.get(digest)
    if facts is None:
        facts = _checked(identity, pair, security_level)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[digest] = facts
    return _loaded(identity, pair, facts)


def _digest(identity: Identity, pair: Pair, security_level: int) -> bytes:
    """One key for all that the facts depend on; lengths go in so that no two contents run together."""
    password = identity.private_key_password
    parts = (
        repr((identity.name, identity.certificate, identity.private_key, security_level)).encode(),
        pair.certificate if isinstance(pair.certificate, bytes) else repr(pair.certificate).encode(),
        pair.key if isinstance(pair.key, bytes) else repr(pair.key).encode(),
        b"-" if password is None else password.reveal().encode(),
    )
    kinds = bytes((isinstance(pair.certificate, bytes), isinstance(pair.key, bytes), password is None))
    lengths = b"%d:%d:%d:%d:" % tuple(len(part) for part in parts)
    return hashlib.blake2b(b"".join((kinds, lengths, *parts)), key=_SALT).digest()


def _checked(identity: Identity, pair: Pair, security_level: int) -> IdentityFacts:
    facts = IdentityFacts(
        name=identity.name,
        certificate_path=str(identity.certificate),
        key_path=None if identity.private_key is None else str(identity.private_key),
    )
    facts = _with_certificates(facts, pair)
    if facts.fault is None and pair.key is not None:
        facts = _with_key(facts, pair, identity, security_level)
    return facts


def _loaded(identity: Identity, pair: Pair, facts: IdentityFacts) -> LoadedIdentity:
    return LoadedIdentity(
        facts=facts,
        certificate_pem=pair.certificate if isinstance(pair.certificate, bytes) else None,
        key_pem=pair.key if isinstance(pair.key, bytes) else None,
        key_password=identity.private_key_password,
    )


def _with_certificates(facts: IdentityFacts, pair: Pair) -> IdentityFacts:
    """The facts with every certificate of the file, or with why there are none."""
    path = facts.certificate_path
    if isinstance(pair.certificate, Unreadable):
        return _faulty(facts, pair.certificate.fault, path, pair.certificate.detail)
    try:
        found = certificates_from_pem(pair.certificate, source=Source(SourceKind.FILE, path))
    except MalformedPemError as error:
        return _faulty(facts, FileFault.CERTIFICATE_MALFORMED, path, f"{path}: {error}")
    return dataclasses.replace(facts, certificates=found)


def _with_key(facts: IdentityFacts, pair: Pair, identity: Identity, security_level: int) -> IdentityFacts:
    """The facts with what is wrong with the key, alone or beside its certificate, if anything."""
    path = str(identity.private_key)
    if isinstance(pair.key, Unreadable):
        return _faulty(facts, pair.key.fault, path, pair.key.detail)
    if pair.key is None or not isinstance(pair.certificate, bytes):
        return facts
    try:
        key = load_key(pair.key, identity.private_key_password)
        publics = [certificate.public_key() for certificate in x509.load_pem_x509_certificates(pair.certificate)]
    except KeyFileError as error:
        return _faulty(facts, error.fault, path, f"{path}: {error}")
    except (ValueError, UnsupportedAlgorithm):
        at = facts.certificate_path
        return _faulty(facts, FileFault.CERTIFICATE_MALFORMED, at, f"{at}: a public key in it is of no known kind")
    return _compared(facts, path, key.public_key(), publics, security_level)


def _compared(
    facts: IdentityFacts, path: str, key: PublicKeyTypes, publics: Sequence[PublicKeyTypes], security_level: int
) -> IdentityFacts:
    """The facts with whether the key is the leaf's, and strong enough."""
    if not same_key(publics[0], key):
        fits = next((number for number, public in enumerate(publics, start=1) if same_key(public, key)), None)
        return _faulty(facts, FileFault.KEY_MISMATCH, path, _mismatch(facts, path, fits))
    weak = too_weak(publics[0], security_level)
    if weak is None:
        return facts
    at = facts.certificate_path
    return _faulty(facts, FileFault.CERTIFICATE_WEAK_KEY, at, f"{at}: {weak}")


def _mismatch(facts: IdentityFacts, path: str, fits: int | None) -> str:
    if fits is not None:
        return f"{path} fits certificate {fits} of {facts.certificate_path}, which must come first in that file"
    return f"{path} is not the key of {facts.certificate_path}: they come from different issues"


def _faulty(facts: IdentityFacts, fault: FileFault, path: str, detail: str) -> IdentityFacts:
    return dataclasses.replace(facts, fault=fault, fault_path=path, fault_detail=detail)
