"""A configuration may be read while another is: `run` does so on threads."""

import ast
import pathlib
from typing import NoReturn

import pytest

from probe.settings.load import load_settings


def test_no_reading_looks_into_our_own_source(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ast.parse` on two threads at once is a SystemError now and then (CPython 3.11)."""

    def parsed(*_: object, **__: object) -> NoReturn:
        pytest.fail("source was parsed")

    file = tmp_path / "paypath.yaml"
    file.write_text("paths: {billing: {connector: {url: https://127.0.0.1:8443}}}\n", encoding="utf-8")
    monkeypatch.setattr(ast, "parse", parsed)
    assert [path.name for path in load_settings(file, {}).paths] == ["billing"]
