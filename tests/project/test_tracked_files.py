"""What is committed names no machine, no private address and no key."""

import pathlib
import re
import subprocess

import pytest

from tests.project.locks import ROOT

# Written in pieces, so that this file does not find itself.
_PACKAGE_INDEXES = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js.org", "deb.debian" + ".org")
_HOME = re.compile(r"(?<![\w.])/(?:home|Users)/\w+/|(?<![\w.])/(?:root|work)/[\w.]")
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{40}")
_LIVE_KEY = re.compile(r"\b[sr]k_live_[A-Za-z0-9]{16,}")


def objections(path: str, text: str) -> list[str]:
    """What a tracked file says that it must not, one sentence each."""
    found = [f"{path}: names the package index {address}" for address in _PACKAGE_INDEXES if address in text]
    found += [f"{path}: names a directory of one machine: {match[0]}" for match in _HOME.finditer(text)]
    found += [f"{path}: holds a private key" for _match in _PRIVATE_KEY.finditer(text)]
    found += [f"{path}: holds what looks like a live key" for _match in _LIVE_KEY.finditer(text)]
    return found


def test_tracked_files() -> None:
    """No committed file names a package index or a person's directory, or holds a private or live key."""
    found = [line for path in _tracked() for line in objections(path, _text(ROOT / path))]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://" + _PACKAGE_INDEXES[0] + "/simple",
        "see /ho" + "me/kim/notes",
        "cd /ro" + "ot/x",
        "-----BEGIN EC PRIVATE" + " KEY-----\n" + "A" * 64,
        "key: sk_" + "live_" + "a" * 24,
    ],
)
def test_each_kind_is_found(text: str) -> None:
    """The check itself sees each kind of mistake."""
    assert len(objections("file", text)) == 1


def _tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git work tree: nothing is tracked here")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]


def _text(path: pathlib.Path) -> str:
    """The text of a file; nothing for a picture or another binary one."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")
