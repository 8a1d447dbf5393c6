"""From a file and the environment to what the engine runs on, or to every mistake at once."""

import os
import pathlib
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from probe.documents.mistakes import SetupError
from probe.documents.validation import Places, mistakes_of
from probe.model.paging import Paging
from probe.model.path import Identity, PaymentPath, PhaseLimits, Watch
from probe.model.secret import Secret
from probe.settings.across import mistakes_across
from probe.settings.addresses import host_port, is_loopback
from probe.settings.convert import Conversion, limits_of
from probe.settings.cron import CronOutputs, cron_of
from probe.settings.models import Configuration, Listen
from probe.settings.paging import paging_of
from probe.settings.reading import Written, read_written, validated
from probe.settings.secrets import read_secrets

_ADMIN_BESIDE = ("127.0.0.1", 9465)
"""The admin's address where the metrics leave the loopback and nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminTls:
    """TLS of the admin face; absolute paths."""

    certificate: pathlib.Path
    private_key: pathlib.Path
    client_ca: pathlib.Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration without mistakes; all paths absolute, all durations in seconds."""

    settings: Configuration
    """As written, for what is not below."""
    environment: str
    location: str
    state_directory: pathlib.Path | None
    """None where there is no home directory to put it; it need not exist yet."""
    paths: tuple[PaymentPath, ...]
    identities: tuple[Identity, ...]
    """All of them, also those that no path uses."""
    watches: tuple[Watch, ...]
    """Further certificates."""
    thresholds_s: tuple[float, ...]
    """One to eight, the longest first."""
    scenarios_directory: pathlib.Path | None
    """None: the library that comes with paypath."""
    scenarios_enabled: tuple[str, ...] | None
    """None: all that fit the paths."""
    every_s: float | None
    """Overrides the interval of every scenario."""
    listen_metrics: tuple[str, int]
    listen_admin: tuple[str, int]
    """The same as `listen_metrics` where one listener serves both."""
    listen_webhooks: tuple[str, int] | None
    """None: no webhooks are taken."""
    admin_tls: AdminTls | None
    admin_token: Secret | None
    limits: PhaseLimits
    codes: Mapping[str, int]
    paging: Paging
    """Direct pages and maintenance windows."""
    cron: CronOutputs | None = None
    """Where a single run leaves its metrics; None: nowhere."""
    warnings: tuple[str, ...]
    """Sentences about what is written and has no effect: variables that mean nothing."""
    places: Places
    """Where each value was written, for mistakes that are found later."""
    file: pathlib.Path | None = None
    """The configuration file that was read, absolute; None where there is none."""
    secret_files: tuple[pathlib.Path, ...] = ()
    """The files that hold one secret each, absolute: whatever a `…_file` names."""


def load_settings(config: pathlib.Path | None, environ: Mapping[str, str]) -> Loaded:
    """Read `config` (None: `paypath.yaml` here, where there is one) and `environ`. Raises SetupError."""
    written = read_written(config, environ)
    secrets = read_secrets(written)
    mistakes = [*written.mistakes, *secrets.mistakes, *mistakes_across(written)]
    try:
        settings = validated(written)
    except ValidationError as error:
        mistakes += (
            found for found in mistakes_of(error, Configuration, written.places) if found.key not in written.unread
        )
        raise SetupError(
            mistakes
        ) from None  # pydantic's own text says nothing more, and secrets stay out of tracebacks
    if mistakes:
        raise SetupError(mistakes)
    loaded = _loaded(settings, Conversion(written, secrets.from_files), written, environ)
    return replace(loaded, secret_files=tuple(secrets.files))


def default_state_directory(environ: Mapping[str, str], *, root: bool) -> pathlib.Path | None:
    """`$XDG_STATE_HOME/paypath`; where that is unset `/var/lib/paypath` for root, else below the home directory."""
    if (xdg := environ.get("XDG_STATE_HOME", "")).startswith("/"):  # a relative one is to be ignored (XDG 0.8)
        return pathlib.Path(xdg) / "paypath"
    if root:
        return pathlib.Path("/var/lib/paypath")
    home = environ.get("HOME", "")
    return pathlib.Path(home) / ".local/state/paypath" if home.startswith("/") else None


def _loaded(settings: Configuration, conversion: Conversion, written: Written, environ: Mapping[str, str]) -> Loaded:
    identities = {name: conversion.identity(name, keys) for name, keys in settings.identities.items()}
    state = conversion.file(settings.state.directory, "state", "directory")
    enabled = settings.scenarios.enabled
    metrics, admin = _addresses(settings.listen)
    return Loaded(
        settings=settings,
        environment=settings.environment,
        location=settings.location or platform.node() or "unknown",
        state_directory=state or default_state_directory(environ, root=os.geteuid() == 0),
        paths=tuple(conversion.path(name, keys, identities) for name, keys in settings.paths.items()),
        identities=tuple(identities.values()),
        watches=tuple(conversion.watch(index, keys) for index, keys in enumerate(settings.certificates.watch)),
        thresholds_s=tuple(settings.certificates.thresholds),
        scenarios_directory=conversion.file(settings.scenarios.directory, "scenarios", "directory"),
        scenarios_enabled=None if enabled is None else tuple(enabled),
        every_s=settings.scenarios.every,
        listen_metrics=metrics,
        listen_admin=admin,
        listen_webhooks=None if settings.listen.webhooks is None else host_port(settings.listen.webhooks),
        admin_tls=_admin_tls(settings.listen, conversion),
        admin_token=settings.listen.admin_token or conversion.secrets.get(("listen", "admin_token")),
        limits=limits_of(settings.timeouts),
        codes=dict(settings.codes),
        paging=paging_of(settings.pages, settings.maintenance, conversion.secrets),
        cron=cron_of(
            settings.cron,
            conversion.file(settings.cron.textfile if settings.cron else None, "cron", "textfile"),
            conversion.secrets,
        ),
        warnings=(*written.variables.warnings, *_open_token(settings.listen, written.places)),
        places=written.places,
        file=written.file,
    )


def _addresses(listen: Listen) -> tuple[tuple[str, int], tuple[str, int]]:
    """Both listening addresses; one and the same by default, two where the metrics leave the loopback or the page is protected."""
    metrics = host_port(listen.metrics)
    if listen.admin is not None:
        return metrics, host_port(listen.admin)
    protected = any((listen.admin_tls, listen.admin_token, listen.admin_token_file))
    return metrics, metrics if is_loopback(metrics[0]) and not protected else _ADMIN_BESIDE


def _admin_tls(listen: Listen, conversion: Conversion) -> AdminTls | None:
    keys = listen.admin_tls
    if keys is None:
        return None
    at = ("listen", "admin_tls")
    certificate = conversion.file(keys.certificate, *at, "certificate")
    private_key = conversion.file(keys.private_key, *at, "private_key")
    assert certificate is not None  # noqa: S101 - both are required keys
    assert private_key is not None  # noqa: S101 - both are required keys
    return AdminTls(
        certificate=certificate, private_key=private_key, client_ca=conversion.file(keys.client_ca, *at, "client_ca")
    )


def _open_token(listen: Listen, places: Places) -> Iterator[str]:
    """A token that everybody on the way can read is worth a sentence."""
    given = listen.admin_token or listen.admin_token_file
    if given and listen.admin and listen.admin_tls is None and not is_loopback(host_port(listen.admin)[0]):
        place = places.value(("listen", "admin"))
        yield f"{place}: the token of `admin` crosses the network in the clear; add `listen.admin_tls`"
