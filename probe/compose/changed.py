"""What of a changed configuration is taken over while everything runs, and what waits for the next start.

Every key is one or the other: what is not settled at the start is made anew from the configuration, so that any difference counts.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from probe.compose.setup import SetUp
from probe.settings.load import Loaded

SETTLED: Final[Mapping[str, str]] = {
    "environment": "environment",
    "location": "location",
    "state_directory": "state.directory",
    "listen_metrics": "listen.metrics",
    "listen_admin": "listen.admin",
    "listen_webhooks": "listen.webhooks",
    "admin_tls": "listen.admin_tls",
    "admin_token": "listen.admin_token",
}
"""What is settled at the start (field of `Loaded` -> key): labels that every series carries, files and addresses that are open."""
_SECTIONS: Final = frozenset(key.partition(".")[0] for key in SETTLED.values())
"""The keys of the first level that hold nothing else."""
_ABOUT_THE_FILE: Final = frozenset({"places", "warnings", "settings"})
"""Fields of `Loaded` that say where and how something is written, not what."""


def settled(new: SetUp, running: SetUp) -> tuple[SetUp, tuple[str, ...]]:
    """`new` with everything that is settled as it runs, and the keys that are written otherwise: they wait for the next start."""
    runs = {field: getattr(running.loaded, field) for field in SETTLED}
    waiting = tuple(key for field, key in SETTLED.items() if getattr(new.loaded, field) != runs[field])
    return replace(new, loaded=replace(new.loaded, **runs)), waiting


def same(one: SetUp, other: SetUp) -> bool:
    """Whether nothing differs but what is settled anyway, where things are written, and what is warned of."""
    return (one.scenarios, one.share, _plain(one.loaded)) == (other.scenarios, other.share, _plain(other.loaded))


def _plain(loaded: Loaded) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Everything that means something, as read and as written."""
    written = {key: value for key, value in loaded.settings if key not in _SECTIONS}
    read = {each.name: getattr(loaded, each.name) for each in fields(loaded) if each.name not in _ABOUT_THE_FILE}
    return read, written
