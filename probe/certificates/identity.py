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
from probe.certificates.halves import half_rotated, remember_pair
from probe.certificates.keys import KeyFileError, check_lines, load_key, same_key
from probe.certificates.parse import MalformedPemError, certificates_from_pem, ders_from_pem
from probe.classify.strength import DEFAULT_LEVEL, bits_of, weak_keys, weak_signatures
from probe.documents.lately import MOMENTS_S, changed_lately
from probe.documents.standing import Standing, stamp_of
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.identity import FileFault, IdentityFacts, LoadedIdentity
from probe.model.path import Identity
from probe.tls.armor import CERTIFICATE, overlooked
from probe.tls.contexts import refusal

__all__ = ["LoadedIdentity", "read_checked_identity", "read_identity"]

_HALF_ROTATED: Final = frozenset({FileFault.KEY_MISMATCH, FileFault.CERTIFICATE_MISSING, FileFault.KEY_MISSING})
"""A writer that replaces two files one after the other is given a moment before these count."""
_HALF_WRITTEN: Final = _HALF_ROTATED | {
    FileFault.CERTIFICATE_MALFORMED,
    FileFault.KEY_MALFORMED,
    FileFault.KEY_BAD_PASSWORD,
}
"""So looks what somebody is writing in place."""
_MOST_KNOWN: Final = 1024
"""Contents whose facts are kept; a renewal makes a new one."""
_OPENSSL: Final = {
    "CA_KEY_TOO_SMALL": FileFault.CERTIFICATE_WEAK_KEY,
    "CA_MD_TOO_WEAK": FileFault.CERTIFICATE_WEAK_SIGNATURE,
}
"""By OpenSSL's name: what it says of the certificates behind the first one."""
_SALT: Final = secrets.token_bytes(32)
"""A digest of what holds a key and its password must tell nothing, should it ever leave this process."""
_known: Final[dict[bytes, IdentityFacts]] = {}
_standing: Final = Standing[LoadedIdentity]()


def read_checked_identity(identity: Identity, *, security_level: int | None = None) -> LoadedIdentity | None:
    """Look at the files, and say what is known of exactly this content; None where it was not checked before, or has a fault.

    They are read where anything about them has changed, or was changed a moment ago.

    Takes some 0.1 ms, where `read_identity` may take 50 ms: this may be called on an event loop, that may not.
    """
    level = DEFAULT_LEVEL if security_level is None else security_level
    stamp = stamp_of((identity.certificate, identity.private_key))
    standing = _standing.recall((identity, level), stamp)
    if standing is not None:
        return standing
    pair = read_pair(identity.certificate, identity.private_key)
    facts = _known.get(_digest(identity, pair, level))
    if facts is None or facts.fault is not None:
        return None
    loaded = _loaded(identity, pair, facts)
    if loaded.usable:
        remember_pair(identity, facts.certificates[0])
        _standing.keep((identity, level), stamp, loaded)
    return loaded


def read_identity(
    identity: Identity,
    *,
    security_level: int | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> LoadedIdentity:
    """Read certificate and key and check all that needs no network. Never raises for what the files hold.

    `security_level` is OpenSSL's, of the path that uses the identity; None is Python's own default. Where certificate and key do not
    fit, or one is missing, both are read once more after a moment: a rotation may be half done. Where they were changed a moment ago
    and cannot be used, they are read a few times more, for each of the two: somebody may be writing one after the other in place.
    """
    level = DEFAULT_LEVEL if security_level is None else security_level
    loaded = _load(identity, level)
    moments = {part: iter(MOMENTS_S) for part in ("client_cert", "client_key")}
    again = False
    while (fault := loaded.facts.fault) is not None and _may_pass(identity, fault, again=again):
        moment_s = next(moments[fault.partition(".")[0]], None)
        if moment_s is None:
            break
        pause(moment_s)
        loaded, again = _load(identity, level), True
    if loaded.usable:
        remember_pair(identity, loaded.facts.certificates[0])
    if loaded.facts.fault is FileFault.KEY_MISMATCH:
        facts = dataclasses.replace(loaded.facts, half_rotated=half_rotated(identity, loaded))
        loaded = dataclasses.replace(loaded, facts=facts)
    return loaded


def _may_pass(identity: Identity, fault: FileFault, *, again: bool) -> bool:
    """Whether one more reading may find both files whole."""
    if fault in _HALF_ROTATED and not again:
        return True
    return fault in _HALF_WRITTEN and changed_lately((identity.certificate, identity.private_key))


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
    """The facts with everything that is wrong with the two files: the first fault leads, the others stand beside it."""
    facts = IdentityFacts(
        name=identity.name,
        certificate_path=str(identity.certificate),
        key_path=None if identity.private_key is None else str(identity.private_key),
    )
    publics, faults = _of_certificate(facts, pair)
    facts = dataclasses.replace(facts, certificates=_certificates(facts, pair))
    if pair.key is not None:
        faults += _of_key(facts, pair, identity, publics)
        faults += _of_strength(facts, security_level) if publics else []
        faults = faults or _of_openssl(facts, pair, identity, security_level)
    if not faults:
        return facts
    first = faults[0]
    return dataclasses.replace(
        facts,
        fault=first.kind,
        fault_path=first.path,
        fault_detail=first.detail,
        fits=next((fault.fits for fault in faults if fault.fits is not None), None),
        further_faults=tuple(dict.fromkeys(fault.kind for fault in faults[1:] if fault.kind is not first.kind)),
    )


def _loaded(identity: Identity, pair: Pair, facts: IdentityFacts) -> LoadedIdentity:
    return LoadedIdentity(
        facts=facts,
        certificate_pem=pair.certificate if isinstance(pair.certificate, bytes) else None,
        key_pem=pair.key if isinstance(pair.key, bytes) else None,
        key_password=identity.private_key_password,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Fault:
    """One thing that keeps the identity from being used."""

    kind: FileFault
    path: str
    detail: str
    fits: int | None = None


def _certificates(facts: IdentityFacts, pair: Pair) -> tuple[Certificate, ...]:
    """Every certificate of the file; none where one of them cannot be read."""
    if isinstance(pair.certificate, Unreadable):
        return ()
    try:
        return certificates_from_pem(pair.certificate, source=Source(SourceKind.FILE, facts.certificate_path))
    except MalformedPemError:
        return ()


def _of_certificate(facts: IdentityFacts, pair: Pair) -> tuple[list[PublicKeyTypes], list[_Fault]]:
    """The public keys of the file in its order, and why there are none."""
    path = facts.certificate_path
    if isinstance(pair.certificate, Unreadable):
        return [], [_Fault(pair.certificate.fault, path, pair.certificate.detail)]
    try:
        certificates_from_pem(pair.certificate, source=Source(SourceKind.FILE, path))
        if pair.key is None:
            return [], []  # watched, not used: its key need not be of a known kind
        return [x509.load_der_x509_certificate(der).public_key() for der in ders_from_pem(pair.certificate)], []
    except MalformedPemError as error:
        detail = str(error)
    except (ValueError, UnsupportedAlgorithm):
        detail = "a public key in it is of no known kind"
    return [], [_Fault(FileFault.CERTIFICATE_MALFORMED, path, f"{path}: {detail}")]


def _of_key(facts: IdentityFacts, pair: Pair, identity: Identity, publics: Sequence[PublicKeyTypes]) -> list[_Fault]:
    """What is wrong with the key, alone or beside its certificate."""
    path = str(identity.private_key)
    if isinstance(pair.key, Unreadable):
        return [_Fault(pair.key.fault, path, pair.key.detail)]
    try:
        key = load_key(pair.key or b"", identity.private_key_password).public_key()
        check_lines(pair.key or b"")
    except KeyFileError as error:
        return [_Fault(error.fault, path, f"{path}: {error}")]
    if not publics or same_key(publics[0], key):
        return []
    fits = next((number for number, public in enumerate(publics, start=1) if same_key(public, key)), None)
    unseen = overlooked(pair.certificate, CERTIFICATE) if isinstance(pair.certificate, bytes) else None
    detail = _mismatch(facts, path, fits) + (f"; {facts.certificate_path}: {unseen}" if unseen else "")
    return [_Fault(FileFault.KEY_MISMATCH, path, detail, fits)]


def _of_strength(facts: IdentityFacts, security_level: int) -> list[_Fault]:
    """What OpenSSL's security level has against our own certificate."""
    leaf, wanted, at = facts.certificates[:1], bits_of(security_level), facts.certificate_path
    found = (
        ("key", FileFault.CERTIFICATE_WEAK_KEY, [c.key_bits for c in weak_keys(leaf, security_level)]),
        (
            "signature",
            FileFault.CERTIFICATE_WEAK_SIGNATURE,
            [c.signature_bits for c in weak_signatures(leaf, security_level)],
        ),
    )
    return [
        _Fault(
            kind, at, f"{at}: its {what} gives {bits} bits of security, and level {security_level} asks for {wanted}"
        )
        for what, kind, weak in found
        for bits in weak
    ]


def _of_openssl(facts: IdentityFacts, pair: Pair, identity: Identity, security_level: int) -> list[_Fault]:
    """What OpenSSL has against a pair in which we find nothing wrong: it has the last word."""
    if not isinstance(pair.certificate, bytes) or not isinstance(pair.key, bytes):
        return []
    said = refusal(pair.certificate, pair.key, identity.private_key_password, security_level)
    kind = next((kind for name, kind in _OPENSSL.items() if said and name in said), FileFault.CERTIFICATE_MALFORMED)
    return [_Fault(kind, facts.certificate_path, f"{facts.certificate_path}: {said}")] if said else []


def _mismatch(facts: IdentityFacts, path: str, fits: int | None) -> str:
    if fits is not None:
        return f"{path} fits certificate {fits} of {facts.certificate_path}, which must come first in that file"
    return f"{path} is not the key of {facts.certificate_path}: they come from different issues"
