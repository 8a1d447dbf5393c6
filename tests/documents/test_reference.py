"""Tables of keys for the documentation."""

import pathlib

import pytest

from probe.documents.reference import rows, table, write_or_check
from probe.settings.schema import config_schema


def test_rows() -> None:
    """Dotted keys with the operator's own names as NAME."""
    found = {".".join(row.key): row for row in rows(config_schema())}
    url = found["paths.NAME.connector.url"]
    assert (url.kind, url.required) == ("URL", True)
    assert found["certificates.thresholds"].kind == "list of durations"
    assert found["certificates.thresholds"].default == "`[30d, 14d, 7d, 2d]`"
    assert found["paths.NAME.connector.verify.strict"].default == "`false`"
    assert found["codes"].kind == "map, each to a whole number from 1 to 999999"
    assert found["certificates.watch"].kind == "list of texts or maps"
    assert found["certificates.watch[].files"].required
    assert all(row.meaning for row in found.values())


def test_table_escapes() -> None:
    """A pipe in a cell does not end it."""
    assert table(rows(config_schema())[:1], {"a|b": lambda _: "c|d"}) == "| a\\|b |\n| --- |\n| c\\|d |\n"


def test_check(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written, in step, out of step."""
    page = tmp_path / "page.md"
    assert write_or_check(page, "x", ["--check"]) == 1
    assert "page.md is out of step; run: python -m " in capsys.readouterr().err
    assert write_or_check(page, "x", []) == 0
    assert write_or_check(page, "x", ["--check"]) == 0
    assert write_or_check(page, "y", ["--check"]) == 1
