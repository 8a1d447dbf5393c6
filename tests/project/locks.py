"""Reads pyproject.toml and the lock files as facts for the tests of the set-up."""

import pathlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Pin:
    """One release in a lock."""

    version: str
    hashes: frozenset[str]


def read_lock(path: pathlib.Path) -> Mapping[str, Pin]:
    """The pins of a lock by canonical name; an entry that is not `name==version` with hashes is a ValueError."""
    joined = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return dict(_pin(line) for line in lines)


def wanted() -> Mapping[str, tuple[Requirement, ...]]:
    """What pyproject.toml asks for, by the lock that must answer it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = _requirements(project["project"]["dependencies"])
    build = _requirements(project["build-system"]["requires"])
    development = _requirements(project["dependency-groups"]["dev"])
    return {
        "requirements.txt": runtime,
        "requirements-build.txt": build,
        "requirements-dev.txt": (*runtime, *build, *development),
    }


def objections(wanted_of_lock: tuple[Requirement, ...], lock: Mapping[str, Pin]) -> list[str]:
    """What the lock does not answer, one sentence each."""
    found = []
    for requirement in wanted_of_lock:
        pin = lock.get(canonicalize_name(requirement.name))
        if pin is None:
            found.append(f"{requirement.name} is not in the lock: run `make lock`")
        elif not requirement.specifier.contains(pin.version, prereleases=True):
            found.append(f"{requirement} is asked for, {pin.version} is locked: run `make lock`")
    return found


def _requirements(texts: list[str]) -> tuple[Requirement, ...]:
    return tuple(Requirement(text) for text in texts)


def _pin(line: str) -> tuple[str, Pin]:
    found = re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+)((?:\s+--hash=sha256:[0-9a-f]{64})+)\s*", line)
    if found is None:
        raise ValueError(f"not a pinned and hashed release: {line[:80]!r}")
    return canonicalize_name(found[1]), Pin(found[2], frozenset(found[3].split()))
