"""What is known of the identity that is to be rotated, out of the configuration and its files."""

import os
from collections.abc import Mapping
from pathlib import Path

from probe.certificates.identity import read_identity
from probe.certificates.likeness import likeness_of
from probe.certificates.scanner import files_of, identities_of
from probe.certificates.spots import source_of
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.documents.silence import refuse_silent
from probe.model.certificate import SourceKind
from probe.model.clock import Clock, SystemClock
from probe.model.path import Identity, PaymentPath
from probe.report.rotation import Occasion, RotationPlan
from probe.report.rotation_plan import plan
from probe.settings.load import Loaded, load_settings


def plan_rotation(
    *, config: Path | None, environ: Mapping[str, str], identity: str | None, clock: Clock | None = None
) -> RotationPlan:
    """The plan for the named identity, or for the only one. Reads its files, changes nothing. Raises SetupError."""
    loaded = load_settings(config, environ)
    wanted = _wanted(loaded, identity)
    refuse_silent(files_of(wanted))
    read = read_identity(wanted)
    certificate = read.facts.certificates[0] if read.facts.certificates else None
    file = wanted.certificate
    mounted = source_of(str(file)).kind is SourceKind.SECRET
    return plan(
        Occasion(
            identity=wanted,
            at=(clock or SystemClock()).now(),
            certificate=certificate,
            likeness=likeness_of(read.certificate_pem) if certificate and read.certificate_pem else None,
            trouble=None if certificate else read.facts.fault_detail or f"{file} holds no certificate",
            certificate_file=file if mounted else Path(os.path.realpath(file)),
            key_file=_key_file(wanted, mounted=mounted),
            mounted=mounted,
            paths=tuple(path for path in loaded.paths if _uses(path, wanted)),
            config=loaded.file,
        )
    )


def _wanted(loaded: Loaded, name: str | None) -> Identity:
    """Raises SetupError."""
    known = {identity.name: identity for identity in loaded.identities}
    if name is not None and name in known:
        return known[name]
    if name is not None:
        hint = suggestion(name, list(known), "there is") if known else "none is configured"
        raise SetupError([Mistake("--identity", None, None, name, f"no identity `{name}` is configured", hint)])
    if not known:
        hint = "add the certificate of the billing service under `identities`"
        raise SetupError(
            [Mistake(str(loaded.file or "configuration"), None, None, "identities", "no identity is configured", hint)]
        )
    if len(known) > 1:
        what = f"several identities are configured ({', '.join(known)})"
        raise SetupError([Mistake("--identity", None, None, "", what, "name the one to rotate with --identity NAME")])
    return next(iter(known.values()))


def _key_file(identity: Identity, *, mounted: bool) -> Path | None:
    if identity.private_key is None or mounted:
        return identity.private_key
    return Path(os.path.realpath(identity.private_key))


def _uses(path: PaymentPath, identity: Identity) -> bool:
    return identity in identities_of(path)
