"""The file for node_exporter."""

import pathlib

from probe.telemetry.textfile import write_textfile


def test_the_file_is_replaced_and_nothing_stays_beside_it(tmp_path: pathlib.Path) -> None:
    """Readable for others, whatever was there."""
    file = tmp_path / "paypath.prom"
    file.write_bytes(b"old and longer")
    assert write_textfile(file, b"new") is None
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path: pathlib.Path) -> None:
    """A directory that is missing, and one that stands in the file's place."""
    missing = tmp_path / "none" / "paypath.prom"
    assert write_textfile(missing, b"x") == f"{missing}: No such file or directory"
    taken = tmp_path / "paypath.prom"
    taken.mkdir()
    assert write_textfile(taken, b"x") == f"{taken}: Is a directory"
    assert list(tmp_path.iterdir()) == [taken]
