"""What is wrong with a file of our identity, in words that stand behind its path."""

from typing import Final

from probe.model.identity import FileFault, IdentityFacts

FAULTS: Final = {
    FileFault.CERTIFICATE_MISSING: "does not exist",
    FileFault.CERTIFICATE_UNREADABLE: "cannot be read",
    FileFault.CERTIFICATE_MALFORMED: "cannot be used",
    FileFault.CERTIFICATE_WEAK_KEY: "has a key that OpenSSL's security level refuses",
    FileFault.CERTIFICATE_WEAK_SIGNATURE: "has a signature that OpenSSL's security level refuses",
    FileFault.KEY_MISSING: "does not exist",
    FileFault.KEY_UNREADABLE: "cannot be read",
    FileFault.KEY_MALFORMED: "cannot be used",
    FileFault.KEY_MISMATCH: "does not fit the certificate; the two come from different issues",
    FileFault.KEY_ENCRYPTED: "is encrypted, and no password is configured for it, or an empty one",
    FileFault.KEY_BAD_PASSWORD: "is not decrypted by the configured password",
}
"""What is wrong with the file, to stand after its path."""

_IN_DETAIL: Final = frozenset({FileFault.CERTIFICATE_MALFORMED, FileFault.KEY_MALFORMED})
"""Only the detail tells which part of the file it is, and how."""


def fault_words(identity: IdentityFacts, fault: FileFault) -> str:
    """What is wrong, with what is known of the very file."""
    if fault is FileFault.KEY_MISMATCH and identity.fits is not None:
        place = f"certificate {identity.fits} of {identity.certificate_path}"
        return f"fits {place}, which must come first in that file, and does not"
    if fault in _IN_DETAIL and fault is identity.fault and identity.fault_detail:
        return f"{FAULTS[fault]}: {identity.fault_detail.removeprefix(f'{identity.fault_path}: ')}"
    return FAULTS[fault]
