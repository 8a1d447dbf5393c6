"""The TLS context of status page and API; what is wrong with its files is told at the key that names them."""

import contextlib
import pathlib
import ssl
from collections.abc import Callable, Iterator
from typing import Final

from probe.certificates.keys import KeyFileError, load_key
from probe.certificates.parse import unreadable_chain
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.tree import dotted
from probe.settings.load import AdminTls, Loaded
from probe.tls.armor import CERTIFICATE, unreadable, unreadable_key

_AT: Final = ("listen", "admin_tls")
_NO_PASSWORD: Final = "the private key is encrypted"  # noqa: S105 - words for people


def admin_context(loaded: Loaded) -> ssl.SSLContext | None:
    """TLS 1.2 at least, as Python's own defaults for servers have it; None where none is spoken. Raises SetupError."""
    files = loaded.admin_tls
    if files is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if mistakes := [*_filled(context, files, loaded)]:
        raise SetupError(mistakes)
    return context


def admin_mistakes(loaded: Loaded) -> Iterator[Mistake]:
    """What would keep `paypath run` from beginning, where the files are there at all."""
    try:
        admin_context(loaded)
    except SetupError as error:
        yield from error.mistakes


def _filled(context: ssl.SSLContext, files: AdminTls, loaded: Loaded) -> Iterator[Mistake]:
    def refused(key: str, what: str, hint: str, fill: Callable[[], object]) -> Iterator[Mistake]:
        at = (*_AT, key)
        try:
            fill()
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            place = loaded.places.value(at)
            yield Mistake.at(place, dotted(at), f"`{key}`: {what} cannot be used: {_words(error)}", hint)

    def pair() -> None:
        # It is a secret from now on; what is wrong with it is said below.
        with contextlib.suppress(OSError, KeyFileError):
            load_key(files.private_key.read_bytes(), None)
        _refuse(files.certificate, unreadable_chain(files.certificate.read_bytes()))
        _refuse(files.private_key, unreadable_key(files.private_key.read_bytes()))
        context.load_cert_chain(files.certificate, files.private_key, password=_never)

    both = f"{files.certificate} with {files.private_key}"
    yield from refused("certificate", both, "name a certificate and its key, as PEM", pair)
    if files.client_ca is not None:
        authorities = files.client_ca

        def load() -> None:
            _refuse(authorities, unreadable(authorities.read_bytes(), CERTIFICATE))
            context.load_verify_locations(authorities)

        yield from refused("client_ca", str(authorities), "name a PEM file of CAs", load)
        context.verify_mode = ssl.CERT_REQUIRED


def _refuse(file: pathlib.Path, why: str | None) -> None:
    """Raise ValueError with the line that keeps OpenSSL, which does not say it, from reading the file."""
    if why is not None:
        raise ValueError(f"{file}: {why}")


def _never() -> str:
    """In place of OpenSSL's own question, which would wait for somebody at the terminal."""
    raise ValueError(_NO_PASSWORD)


def _words(error: Exception) -> str:
    """OpenSSL's own reason is all there is; a file's trouble has words."""
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no PEM file of this kind").lower().replace("_", " ")
    return error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
