"""Everything about a configuration that can be known without sending anything."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from probe.certificates.identity import read_identity
from probe.compose.admin_tls import admin_mistakes
from probe.compose.codes import unchecked_code_mistakes
from probe.compose.knowing import knowledge
from probe.compose.nature import nature
from probe.compose.setup import pairs, set_up
from probe.documents.durations import duration_text
from probe.documents.mistakes import Mistake, SetupError, in_order
from probe.documents.tree import Loc, dotted
from probe.model.identity import FileFault
from probe.model.path import Identity, Verify, borrowed
from probe.model.scenario import Scenario
from probe.scenario.load import load_scenarios
from probe.settings.exposure import exposures
from probe.settings.files import file_mistakes, silent_files
from probe.settings.load import Loaded, load_settings
from probe.telemetry.variables import read_variables
from probe.tls.contexts import ContextCache, ContextError

_MEND = {
    FileFault.CERTIFICATE_MALFORMED: "write the PEM certificate into it, the leaf first",
    FileFault.CERTIFICATE_WEAK_KEY: "issue it anew with a longer key, or lower `verify.security_level` of the path",
    FileFault.CERTIFICATE_WEAK_SIGNATURE: "have it signed with SHA-256, or lower `verify.security_level` of the path",
    FileFault.KEY_MALFORMED: "write the PEM private key into it",
    FileFault.KEY_MISMATCH: "name the key and the certificate that were issued together",
    FileFault.KEY_ENCRYPTED: "set `private_key_password_file`",
    FileFault.KEY_BAD_PASSWORD: "name the right password",
}
_CLOSED = frozenset({FileFault.CERTIFICATE_UNREADABLE, FileFault.KEY_UNREADABLE, FileFault.KEY_ENCRYPTED})
"""What is no mistake of an identity that is only shown behind a connector: it is not ours to open."""
_DIRECTORY = "scenarios.directory"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateResult:
    """Mistakes, or else what would be run."""

    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[str, ...] = ()
    scenarios: tuple[tuple[str, str], ...] = ()
    """Name, and in words how often it runs and what kind of transaction it is."""
    paths: tuple[str, ...] = ()


def validate(*, config: Path | None, environ: Mapping[str, str], scenarios_directory: Path | None) -> ValidateResult:
    """All mistakes of configuration, scenarios, the files that they name, and the `OTEL_*` variables, at once."""
    mistakes: list[Mistake] = list(_variable_mistakes(environ))
    try:
        loaded = load_settings(config, environ)
    except SetupError as error:
        mistakes += error.mistakes
        told = {mistake.key for mistake in error.mistakes}
        mistakes += (mistake for mistake in unchecked_code_mistakes(config, environ) if mistake.key not in told)
        mistakes += _scenario_mistakes(scenarios_directory)
        return ValidateResult(mistakes=in_order(mistakes))
    silent = silent_files(loaded)
    mistakes += file_mistakes(loaded, silent)
    said = {mistake.key for mistake in mistakes}
    found = [*_identity_mistakes(loaded, said, silent), *_tls_mistakes(loaded, said, silent)]
    if not any(key.startswith("listen.admin_tls") for key in said):
        found += admin_mistakes(loaded)
    mistakes = list(in_order([*mistakes, *found]))
    if loaded.scenarios_directory in silent:
        return ValidateResult(mistakes=tuple(mistakes), warnings=loaded.warnings)
    try:
        if scenarios_directory is not None:
            environ = {**environ, "PAYPATH_SCENARIOS__DIRECTORY": str(scenarios_directory.absolute())}
        setup = set_up(config, environ, whole=True)
    except SetupError as error:
        missing = str(loaded.scenarios_directory) if any(m.key == _DIRECTORY for m in mistakes) else None
        mistakes += (mistake for mistake in error.mistakes if mistake.file != missing)
        return ValidateResult(mistakes=tuple(mistakes), warnings=loaded.warnings)
    return ValidateResult(
        mistakes=tuple(mistakes),
        warnings=loaded.warnings if mistakes else (*loaded.warnings, *exposures(loaded)),
        scenarios=tuple(dict.fromkeys(_described(pair.scenario, setup.loaded.every_s) for pair in pairs(setup))),
        paths=tuple(path.name for path in setup.loaded.paths),
    )


def _variable_mistakes(environ: Mapping[str, str]) -> Sequence[Mistake]:
    """Of the variables by which `check` and `run` export: they refuse what is wrong there, so it is told here too."""
    try:
        read_variables(environ)
    except SetupError as error:
        return error.mistakes
    return ()


def _described(scenario: Scenario, every_s: float | None) -> tuple[str, str]:
    return scenario.name, f"every {duration_text(every_s or scenario.every_s)}; {nature(scenario)}"


def _scenario_mistakes(directory: Path | None) -> tuple[Mistake, ...]:
    """Of the directory on the command line, or of the shipped library: which one is configured cannot be known."""
    try:
        load_scenarios(directory, known=knowledge())
    except SetupError as error:
        return tuple(error.mistakes)
    return ()


def _tls_mistakes(loaded: Loaded, said: Collection[str], silent: AbstractSet[Path]) -> Iterator[Mistake]:
    """Trust, revocation lists and strictness that no TLS context can be made from; those of `said` were found before."""
    for at, verify, trust in _sides(loaded):
        if not silent.isdisjoint((verify.crl, trust)):
            continue
        try:
            ContextCache().client(verify, trust)
        except ContextError as error:
            below = ("trust",) if error.what == "trust" else ("verify", error.what)
            loc = (*at, *below)
            key = dotted(loc)
            if key not in said:
                yield Mistake.at(loaded.places.value(loc), key, str(error), "mend it, or leave it out")


def _sides(loaded: Loaded) -> Iterator[tuple[Loc, Verify, Path | None]]:
    """Whatever TLS is spoken with, and how it is verified."""
    for path in loaded.paths:
        connector, at = path.connector, ("paths", path.name)
        yield (*at, "connector"), connector.verify, connector.trust
        if (proxy := connector.proxy) is not None and proxy.tls:
            yield (*at, "connector", "proxy"), proxy.verify, proxy.trust
        if (upstream := connector.upstream) is not None:
            yield (*at, "upstream"), upstream.verify, upstream.trust
        if path.webhook is not None:
            yield (*at, "webhook"), Verify(), path.webhook.trust


def _identity_mistakes(loaded: Loaded, said: Collection[str], silent: AbstractSet[Path]) -> Iterator[Mistake]:
    """What keeps an identity from being used; for a file of `said`, its dotted key, something worse was found before."""
    others = borrowed(loaded.paths)
    for identity in loaded.identities:
        if not silent.isdisjoint((identity.certificate, identity.private_key)):
            continue
        facts = read_identity(identity, security_level=_level(loaded, identity)).facts
        if facts.fault is None or (identity.name in others and facts.fault in _CLOSED):
            continue
        of_key = facts.fault_path == facts.key_path and facts.fault.value.startswith("client_key")
        at = ("identities", identity.name, "private_key" if of_key else "certificate")
        if dotted(at) not in said:
            hint = _MEND.get(facts.fault, "create it, or name the right one")
            yield Mistake.at(loaded.places.value(at), dotted(at), f"`{at[-1]}`: {facts.fault_detail}", hint)


def _level(loaded: Loaded, identity: Identity) -> int | None:
    """The strictest security level that a path asks of the identity; None: Python's own default."""
    connectors = [path.connector for path in loaded.paths]
    levels = [one.verify.security_level for one in connectors if one.identity == identity]
    return max((level for level in levels if level is not None), default=None)
