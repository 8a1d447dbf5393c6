"""The plan of a rotation: the commands that a person types, filled in from the configuration and the current certificate.

paypath itself never rotates: it has no key of a CA, and a probe that changes what it watches is no witness any more.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from probe.certificates.likeness import Likeness
from probe.model.certificate import Certificate
from probe.model.path import Identity, PaymentPath

NEW_CERTIFICATE: Final = "new.crt"
NEW_KEY: Final = "new.key"
OLD_CERTIFICATE: Final = "old.crt"
OLD_KEY: Final = "old.key"

UNKNOWN: Final[Mapping[str, str]] = {
    "NAMESPACE": "the namespace of the billing service",
    "CERTIFICATE": "the name of the Certificate resource",
    "SECRET": "the name of the Secret that is mounted for the billing service",
    "DEPLOYMENT": "the Deployment of the billing service",
    "UNIT": "the systemd unit of the billing service",
    "VAULT_PKI": "where Vault's PKI engine is mounted, such as pki",
    "VAULT_ROLE": 'the role that issues it, one of: vault list "$VAULT_PKI/roles"',
    "NAME": "the common name of the certificate",
    "SUBJECT": "the subject that the connector expects, such as /O=Billing/CN=billing",
    "KEY_FILE": "the private key file of the billing service",
    "PASSWORD_FILE": "the file with the password of the key",
    "CA": "the file of the CA certificate, where you hold the CA yourself",
    "CA_KEY": "the file of its key",
}
"""What no configuration and no certificate tells."""
_ASKED: Final = re.compile(r"\$\{([A-Z_]+):\?\}")


@dataclass(frozen=True, slots=True)
class Command:
    """One line for a POSIX shell, quoted so that it can be pasted as it is."""

    text: str
    comment: str = ""
    """When it is for, or what to look for in its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part of the rotation."""

    name: str
    """Stable: `keep`, `issue`, `preflight`, `roll-out`, `verify`, `roll-back`, `afterwards`."""
    title: str
    notes: tuple[str, ...] = ()
    """What to know before the commands are typed, in sentences."""
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What is known of the identity that is to be rotated."""

    identity: Identity
    at: datetime
    certificate: Certificate | None
    """The leaf that is in place now; None where its file cannot be read."""
    likeness: Likeness | None
    trouble: str | None = None
    """Why the file cannot be read."""
    certificate_file: Path
    """Where the file itself lies, links followed."""
    key_file: Path | None
    """None: the key is not ours to hold."""
    mounted: bool = False
    """The files are a mounted Kubernetes Secret (the kubelet's `..data` is beside them)."""
    paths: tuple[PaymentPath, ...] = ()
    """Those that use the identity."""
    config: Path | None = None

    @property
    def one_file(self) -> bool:
        """Certificate and key are one PEM file."""
        return self.key_file == self.certificate_file


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPlan:
    """The steps, in their order."""

    occasion: Occasion
    warnings: tuple[str, ...]
    """What to know before anything is begun; the first is about restarts."""
    steps: tuple[Step, ...]

    @property
    def fill_in(self) -> Mapping[str, str]:
        """The variables that have to be set first, and what to; what an earlier command sets is not among them."""
        lines = [one.text for step in self.steps for one in step.commands]
        found = dict.fromkeys(name for line in lines for name in _ASKED.findall(line))
        return {name: UNKNOWN[name] for name in found if not any(line.startswith(f"{name}=") for line in lines)}


def command(*words: str | Path) -> str:
    """The words as a shell takes them apart again."""
    return shlex.join(str(word) for word in words)


def asked(variable: str) -> str:
    """A word that only a person knows: one of `UNKNOWN`. The shell refuses the command until the variable is set."""
    return f'"${{{variable}:?}}"'


def paypath(verb: str, occasion: Occasion, *words: str) -> str:
    """A command of ours, with the configuration that the plan was made from."""
    config = ("--config", occasion.config) if occasion.config else ()
    return command("paypath", verb, *config, *words)


def commands(lines: Iterable[str | Command]) -> tuple[Command, ...]:
    """Lines without a comment may be given as they are."""
    return tuple(Command(line) if isinstance(line, str) else line for line in lines)
