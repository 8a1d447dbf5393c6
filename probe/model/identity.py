"""An identity as read for one run: the facts for reports, and the very bytes that were checked."""

from dataclasses import dataclass, field
from enum import StrEnum

from probe.model.certificate import Certificate
from probe.model.secret import Secret


class FileFault(StrEnum):
    """What is wrong with a file of ours; each value is the tail of a reason (`tls.client_cert.…`, `tls.client_key.…`)."""

    CERTIFICATE_MISSING = "client_cert.file_missing"
    CERTIFICATE_UNREADABLE = "client_cert.file_unreadable"
    CERTIFICATE_MALFORMED = "client_cert.file_malformed"
    CERTIFICATE_WEAK_KEY = "client_cert.weak_key"
    CERTIFICATE_WEAK_SIGNATURE = "client_cert.weak_signature"
    KEY_MISSING = "client_key.file_missing"
    KEY_UNREADABLE = "client_key.file_unreadable"
    KEY_MALFORMED = "client_key.malformed"
    KEY_MISMATCH = "client_key.mismatch"
    KEY_ENCRYPTED = "client_key.encrypted"
    KEY_BAD_PASSWORD = "client_key.bad_password"  # noqa: S105 - a reason, not a password


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFacts:
    """Our own identity files, as read for this run."""

    name: str
    certificate_path: str
    key_path: str | None
    certificates: tuple[Certificate, ...] = ()
    """Every certificate of the file, in the file's order (the leaf first where the file is right)."""
    fault: FileFault | None = None
    """Why the identity cannot be used at all; None where it loads."""
    fault_path: str | None = None
    fault_detail: str = ""
    fits: int | None = None
    """The place in the file, from 1, of the certificate that the key fits, where that is not the first: a file in the wrong order."""
    further_faults: tuple[FileFault, ...] = ()
    """What else is wrong with the two files; each of it would keep the identity from being used as well."""
    half_rotated: str | None = None
    """Certificate and key are of two issues, and this is what shows which of them is the newer one; a sentence's end, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedIdentity:
    """Facts and bytes from one reading of the files, so that what was checked is what is used."""

    facts: IdentityFacts
    certificate_pem: bytes | None = field(default=None, repr=False)
    """None where the file could not be read."""
    key_pem: bytes | None = field(default=None, repr=False)
    """None where there is no key, or it could not be read."""
    key_password: Secret | None = None

    @property
    def usable(self) -> bool:
        """Whether a handshake can offer it: certificate and key are there and nothing is wrong with the files."""
        return self.facts.fault is None and self.certificate_pem is not None and self.key_pem is not None
