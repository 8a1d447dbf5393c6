"""An identity as read for one run: the facts for reports, and the very bytes that were checked."""

from dataclasses import dataclass, field

from probe.model.observation import IdentityFacts
from probe.model.secret import Secret


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
