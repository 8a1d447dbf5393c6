"""TLS client contexts, cached by the content of what they are made from.

Building one costs 1.2 ms, and 20 ms with the system's trust store (facts measured on OpenSSL 3.0), more than the handshake itself.
"""

import hashlib
import pathlib
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from probe.classify.strength import DEFAULT_LEVEL
from probe.documents.files import read_regular
from probe.documents.lately import MOMENTS_S, changed_lately
from probe.documents.standing import Standing, stamp_of
from probe.model.lack import lacking
from probe.model.path import TlsVersion, Verify
from probe.model.secret import Secret
from probe.tls.armor import CERTIFICATE, LIST, unreadable
from probe.tls.evidence import record_on
from probe.tls.memory import as_file
from probe.tls.revocation import keep_lists

_VERSIONS: Final = {TlsVersion.TLS_1_2: ssl.TLSVersion.TLSv1_2, TlsVersion.TLS_1_3: ssl.TLSVersion.TLSv1_3}
_LONGEST: Final = 64 << 20
"""Bytes of a trust or CRL file, and of a whole directory of them: the largest public CRLs have some tens of megabytes."""

_BY_FILE: Final = frozenset({"trust", "crl"})
"""Parts that are files of their own, of `ContextError.what`."""


class ContextError(Exception):
    """Our own TLS context cannot be built: nothing can be sent, and nothing of it is the peer's fault."""

    def __init__(self, message: str, *, what: str) -> None:
        """`what` names the part at fault: `trust`, `crl`, `identity`, `ciphers`, `versions` or `alpn`."""
        super().__init__(message)
        self.what = what


class ContextCache:
    """Client contexts by content; the least recently used one goes when it is full."""

    def __init__(self, capacity: int = 1024, budget: int = _LONGEST) -> None:
        """Keep at most `capacity` contexts, and of several no more than were made from `budget` bytes.

        A CRL that is renewed every hour makes a new context every hour, each as large as the list.
        """
        self._capacity = capacity
        self._budget = budget
        self._bytes = 0
        self._standing = Standing[bytes]()
        """Digests, by what was asked for. The key is among that: it is in the context too."""
        self._kept: OrderedDict[bytes, tuple[ssl.SSLContext, int]] = OrderedDict()

    async def settled(
        self,
        verify: Verify,
        trust: pathlib.Path | None,
        certificate_pem: bytes | None = None,
        key_pem: bytes | None = None,
        key_password: Secret | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]],
    ) -> ssl.SSLContext:
        """As `client`; where trust or revocation lists were changed a moment ago and cannot be used, they are read again after a moment.

        Somebody may be writing them in place. `MOMENTS_S` for each of the two, waited for by `sleep`.
        """
        moments = {what: iter(MOMENTS_S) for what in _BY_FILE}
        while True:
            try:
                return self.client(verify, trust, certificate_pem, key_pem, key_password)
            except ContextError as error:
                moment_s = next(moments.get(error.what, iter(())), None)
                if moment_s is None or not changed_lately((trust, verify.crl)):
                    raise
            await sleep(moment_s)

    def client(
        self,
        verify: Verify,
        trust: pathlib.Path | None,
        certificate_pem: bytes | None = None,
        key_pem: bytes | None = None,
        key_password: Secret | None = None,
    ) -> ssl.SSLContext:
        """A context that verifies as `verify` says against `trust` (None: the system's) and offers the certificate, if any.

        The files of `trust` and `verify.crl` are looked at in each call, so a change of them shows at once. Raises ContextError.
        """
        asked = verify, trust, certificate_pem, key_pem
        stamp = stamp_of((trust, verify.crl))
        standing = self._standing.recall(asked, stamp)
        if standing is not None and standing in self._kept:
            self._kept.move_to_end(standing)
            return self._kept[standing][0]
        trust_pem = None if trust is None else read_trust(trust)
        crl_pem = None if verify.crl is None else _read(verify.crl, "crl")
        digest = _digest(verify, trust_pem, crl_pem, certificate_pem, key_pem)
        self._standing.keep(asked, stamp, digest)
        if digest in self._kept:
            self._kept.move_to_end(digest)
            return self._kept[digest][0]
        context = _build(verify, trust, trust_pem, crl_pem)
        if certificate_pem is not None and key_pem is not None:
            _offer(context, certificate_pem, key_pem, key_password)
        self._keep(digest, context, len(trust_pem or b"") + len(crl_pem or b""))
        return context

    def _keep(self, digest: bytes, context: ssl.SSLContext, size: int) -> None:
        self._kept[digest] = context, size
        self._bytes += size
        while len(self._kept) > self._capacity or (self._bytes > self._budget and len(self._kept) > 1):
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= gone

    def __len__(self) -> int:
        """How many contexts are kept."""
        return len(self._kept)


def _digest(verify: Verify, *parts: bytes | None) -> bytes:
    """One key for all content; lengths go in so that no two contents run together."""
    digest = hashlib.blake2b(repr(verify).encode())
    for part in parts:
        digest.update(b"-" if part is None else b"%d:" % len(part) + part)
    return digest.digest()


def _build(
    verify: Verify, trust: pathlib.Path | None, trust_pem: bytes | None, crl_pem: bytes | None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies chain and host name by itself
    record_on(context)
    context.verify_flags = _flags(verify)
    _negotiate(context, verify)
    if trust_pem is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        _load(context, trust_pem, "trust", trust)
    if crl_pem is not None:
        _load(context, crl_pem, "crl", verify.crl)
        keep_lists(context, crl_pem)
    return context


def _flags(verify: Verify) -> ssl.VerifyFlags:
    """All flags, set and not inherited: Python 3.13 would bring X509_STRICT and PARTIAL_CHAIN of its own."""
    flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST
    if verify.strict:
        flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    if verify.partial_chain:
        flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if verify.crl is not None:
        flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    return flags


def _negotiate(context: ssl.SSLContext, verify: Verify) -> None:
    try:
        context.minimum_version = _VERSIONS[verify.tls_min]
        newest = ssl.TLSVersion.MAXIMUM_SUPPORTED if verify.tls_max is None else _VERSIONS[verify.tls_max]
        context.maximum_version = newest  # openssl.cnf may have set another
    except ValueError as error:
        raise ContextError(f"these TLS versions cannot be set: {error}", what="versions") from error
    if verify.tls_max is TlsVersion.TLS_1_2 and verify.tls_min is TlsVersion.TLS_1_3:
        raise ContextError("tls_min 1.3 is above tls_max 1.2: no version is left", what="versions")
    level = DEFAULT_LEVEL if verify.security_level is None else verify.security_level
    try:
        if verify.ciphers is not None or level != context.security_level:
            context.set_ciphers(_ciphers(context, verify, level))
    except ssl.SSLError as error:
        raise ContextError(f"OpenSSL knows no cipher of {verify.ciphers!r}: {_said(error)}", what="ciphers") from error
    if verify.alpn:
        try:
            context.set_alpn_protocols(verify.alpn)
        except ssl.SSLError as error:
            raise ContextError(f"OpenSSL refuses the ALPN names {verify.alpn}: {_said(error)}", what="alpn") from error


def _ciphers(context: ssl.SSLContext, verify: Verify, level: int) -> str:
    """The cipher list with the security level behind it: a level alone keeps the ciphers that are offered anyway."""
    default = ":".join(cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] != "TLSv1.3")
    listed = verify.ciphers or default
    return listed if "@SECLEVEL" in listed else f"{listed}:@SECLEVEL={level}"


def _offer(context: ssl.SSLContext, certificate_pem: bytes, key_pem: bytes, password: Secret | None) -> None:
    """Load the identity from memory. The password is always given: without one OpenSSL would ask on the terminal."""
    try:
        with as_file(certificate_pem) as certificate, as_file(key_pem) as key:
            context.load_cert_chain(certificate, key, password=lambda: password.reveal() if password else "")
    except (ssl.SSLError, ValueError) as error:
        raise ContextError(f"OpenSSL refuses the client certificate or key: {_said(error)}", what="identity") from error


def refusal(certificate_pem: bytes, key_pem: bytes, password: Secret | None, security_level: int) -> str | None:
    """What OpenSSL has against offering this pair, with its name for that; None: nothing. Raises OSError where there is no descriptor left."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _negotiate(context, Verify(security_level=security_level))
    try:
        _offer(context, certificate_pem, key_pem, password)
    except ContextError as error:
        return str(error)
    return None


def _load(context: ssl.SSLContext, pem: bytes, what: str, path: pathlib.Path | None) -> None:
    try:
        with as_file(pem) as file:
            context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        wanted, label = ("certificate", CERTIFICATE) if what == "trust" else ("revocation list", LIST)
        why = unreadable(pem, label) or error.reason or "one of its certificates or lists is damaged"
        raise ContextError(f"{path} holds no readable PEM {wanted}: {why}", what=what) from error


def read_trust(trust: pathlib.Path) -> bytes:
    """A bundle, or all files of a directory of certificates, each content once (a rehashed directory links them twice)."""
    if not trust.is_dir():
        return _read(trust, "trust")
    contents: dict[bytes, None] = {}
    left = _LONGEST
    for file in _listed(trust):
        content = _read(file, "trust")
        left -= len(content)
        if left < 0:
            raise ContextError(f"the files in the directory {trust} are larger than {_LONGEST} bytes", what="trust")
        contents[content] = None
    certificates = [content for content in contents if b"-----BEGIN" in content]
    if not certificates:
        raise ContextError(f"the directory {trust} holds no PEM certificate", what="trust")
    return b"\n".join(certificates)


def _listed(directory: pathlib.Path) -> list[pathlib.Path]:
    try:
        return [file for file in sorted(directory.iterdir()) if file.is_file()]
    except OSError as error:
        if lacking(error) is not None:
            raise
        raise ContextError(f"{directory} cannot be read: {error.strerror or error}", what="trust") from error


def _read(path: pathlib.Path, what: str) -> bytes:
    try:
        return read_regular(path, _LONGEST)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if lacking(error) is not None:  # which says nothing about the file
            raise
        raise ContextError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}", what=what) from error


def _said(error: Exception) -> str:
    """OpenSSL's reason name, else its words: `str` of an SSLError can be a tuple in disguise."""
    return getattr(error, "reason", None) or str(error.args[-1] if error.args else error)
