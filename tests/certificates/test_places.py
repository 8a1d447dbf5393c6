"""What is looked at for a set of files: the files, the links to them, and the directories that hold both."""

import pathlib

import pytest

from probe.certificates.places import survey


@pytest.fixture
def mount(tmp_path: pathlib.Path) -> pathlib.Path:
    """A Secret as a volume."""
    directory = tmp_path.resolve() / "tls"
    (directory / "..v1").mkdir(parents=True)
    (directory / "..v1" / "tls.crt").write_text("1", encoding="utf-8")
    (directory / "..data").symlink_to("..v1")
    (directory / "tls.crt").symlink_to("..data/tls.crt")
    return directory


def test_every_link_and_directory_on_the_way(mount: pathlib.Path) -> None:
    """Each by its real directory: a change of any of them may be a change of the file."""
    places = survey([mount / "tls.crt"])
    own = {mount.parent / "tls", mount / "tls.crt", mount / "..data", mount / "..v1", mount / "..v1" / "tls.crt"}
    assert {str(name) for name in own} <= places.names
    assert {"/", str(mount.parent), str(mount), str(mount / "..v1")} <= places.directories
    assert places.concern(str(mount / "..data"))
    assert not places.concern(str(mount / "other"))


def test_what_is_missing_is_waited_for_where_the_way_ends(tmp_path: pathlib.Path) -> None:
    """Only what is there can be listened to; the first missing name in it matters."""
    places = survey([tmp_path / "not" / "there" / "tls.crt"])
    assert str(tmp_path / "not") in places.names
    assert str(tmp_path) in places.directories
    assert str(tmp_path / "not") not in places.directories
    assert places.state == {str(tmp_path / "not" / "there" / "tls.crt"): None}


def test_a_directory_stands_for_its_files(mount: pathlib.Path) -> None:
    """Those to come, too."""
    places = survey([mount])
    assert places.concern(str(mount / "anything"))
    before = places.state
    (mount / "..v1" / "tls.crt").write_text("longer", encoding="utf-8")
    assert survey([mount]).state[str(mount / "tls.crt")] != before[str(mount / "tls.crt")]


def test_links_that_lead_nowhere_end(tmp_path: pathlib.Path) -> None:
    """In a circle, up above the root, to an absolute path, and with a name that none can be."""
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "up").symlink_to("../" * 60)
    (tmp_path / "absolute").symlink_to(tmp_path)
    places = survey([tmp_path / "circle", tmp_path / "up", tmp_path / "absolute", tmp_path / "nul\0"])
    assert [state is None for state in list(places.state.values())[:1]] == [True]
    assert places.state[str(tmp_path / "nul\0")] is None
    assert {"/", str(tmp_path)} <= places.whole


@pytest.mark.parametrize("change", ["write", "rename", "rights", "removal"])
def test_each_change_is_another_state(tmp_path: pathlib.Path, change: str) -> None:
    """What polling sees: also a file of the same length."""
    file, other = tmp_path / "tls.crt", tmp_path / "new"
    file.write_text("1", encoding="utf-8")
    other.write_text("2", encoding="utf-8")
    before = survey([file]).state
    assert survey([file]).state == before
    match change:
        case "write":
            file.write_text("22", encoding="utf-8")
        case "rename":
            other.replace(file)
        case "rights":
            file.chmod(0o600 if file.stat().st_mode & 0o077 else 0o644)
        case _:
            file.unlink()
    assert survey([file]).state != before
