"""Bytes under a path, on Linux and where `memfd_create` is missing."""

import os
import pathlib

import pytest

from probe.tls.memory import as_file


@pytest.mark.parametrize("memory", ["memfd", "file"])
def test_bytes_under_a_path(monkeypatch: pytest.MonkeyPatch, memory: str) -> None:
    """The bytes can be read more than once, by nobody else, and are gone afterwards."""
    if memory == "file":
        monkeypatch.delattr(os, "memfd_create", raising=False)
    with as_file(b"content") as path:
        there = pathlib.Path(path)
        assert there.read_bytes() == there.read_bytes() == b"content"
        if memory == "file":
            assert there.stat().st_mode & 0o777 == 0o600
    assert not there.exists()
