"""`cryptography` over DER that others made: one exception, and nothing on our stderr."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

_UNREADABLE: Final = (
    ValueError,
    TypeError,  # a bit string in a name (measured, 50)
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@contextlib.contextmanager
def foreign_der() -> Iterator[None]:
    """Whatever cannot be read inside of this is a ValueError; odd serial numbers and names give no Python warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except _UNREADABLE as error:
            raise ValueError(f"it cannot be read: {error}") from error


def read_der(der: bytes) -> x509.Certificate:
    """A certificate whose names can be read too: `cryptography` reads them only when it is asked for them. Raises ValueError."""
    with foreign_der():
        parsed = x509.load_der_x509_certificate(der)
        _ = parsed.subject, parsed.issuer
        return parsed
