"""The locks answer pyproject.toml, agree with each other, carry hashes and name no index. All of it offline."""

import importlib.metadata
import pathlib

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.locks import ROOT, Pin, objections, read_lock, wanted

LOCKS = ["requirements.txt", "requirements-build.txt", "requirements-dev.txt"]
LOCALSTRIPE = "tests/servers/localstripe-requirements.txt"


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_answers_pyproject(name: str) -> None:
    """Each requirement of pyproject.toml is pinned at a version that it allows."""
    assert objections(wanted()[name], read_lock(ROOT / name)) == []


def test_development_has_the_pins_of_runtime_and_build() -> None:
    """What is tested is what is shipped: the smaller locks are part of the development lock, hash for hash."""
    development = read_lock(ROOT / "requirements-dev.txt")
    for name in ("requirements.txt", "requirements-build.txt"):
        lock = read_lock(ROOT / name)
        assert {package: development.get(package) for package in lock} == lock


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_what_its_packages_need_and_no_more(name: str) -> None:
    """Followed through the installed packages' own requirements, the lock is complete and has no leftovers."""
    lock = read_lock(ROOT / name)
    needed = _closure(wanted()[name])
    extra = {"editables"} if name != "requirements.txt" else set()
    assert needed | extra == set(lock)


@pytest.mark.parametrize("name", [*LOCKS, LOCALSTRIPE])
def test_no_index_address(name: str) -> None:
    """A lock installs from whatever index the machine is set up with."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for word in ("://", "--index-url", "--extra-index-url", "--find-links", "--trusted-host"):
        assert word not in text


def test_localstripe_is_in_no_lock_of_the_package() -> None:
    """Being GPL, localstripe is a process of its own, in no environment that the package or its tests are imported in."""
    assert "localstripe" in read_lock(ROOT / LOCALSTRIPE)
    for name in LOCKS:
        assert "localstripe" not in read_lock(ROOT / name)


def test_a_missing_or_outdated_pin_is_named() -> None:
    """The check itself sees a requirement that was added, and one that was raised, after the last `make lock`."""
    lock = {"rich": Pin("14.0", frozenset())}
    assert objections((Requirement("rich>=15"), Requirement("attrs")), lock) == [
        "rich>=15 is asked for, 14.0 is locked: run `make lock`",
        "attrs is not in the lock: run `make lock`",
    ]


def test_an_entry_without_hash_is_refused(tmp_path: pathlib.Path) -> None:
    """A line that was added by hand does not pass for a locked release."""
    lock = tmp_path / "requirements.txt"
    lock.write_text("rich==15.0.0\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not a pinned and hashed release"):
        read_lock(lock)


def _closure(requirements: tuple[Requirement, ...]) -> set[str]:
    """The names of all packages that the installed ones need here, extras included."""
    seen: set[tuple[str, str]] = set()
    waiting = [(requirement, "") for requirement in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        environment: dict[str, str] = {**default_environment(), "extra": extra}  # type: ignore[dict-item]
        if requirement.marker is not None and not requirement.marker.evaluate(environment):
            continue
        for wanted_extra in {"", *requirement.extras}:
            name = canonicalize_name(requirement.name)
            if (name, wanted_extra) not in seen:
                seen.add((name, wanted_extra))
                inner = importlib.metadata.requires(name) or []
                waiting += [(Requirement(text), wanted_extra) for text in inner]
    return {name for name, _extra in seen}
