"""A certificate and its key are read out of one version, however the two files are swapped meanwhile."""

import pathlib

import pytest

from probe.certificates import files
from probe.certificates.files import Pair, Unreadable, read_pair
from probe.documents.files import read_regular
from probe.lab.pki import Authority
from probe.model.clock import SystemClock
from probe.model.identity import FileFault
from tests.support.mounts import Mount, Put, directory_link, mounted_secret, one_file

ROOT = Authority.root("Root", now=SystemClock().now())
ISSUES = [ROOT.issue("billing") for _ in range(3)]


class Swapping:
    """Reads files, and rotates them after each of the first reads: between certificate and key."""

    def __init__(self, mount: Mount, times: int) -> None:
        """`times` rotations, each after one more read."""
        self._mount, self._left, self.reads = mount, times, 0

    def read(self, path: pathlib.Path, longest: int) -> bytes:
        """As `read_regular`."""
        content = read_regular(path, longest)
        self.reads += 1
        if self._left:
            self._left -= 1
            self._mount.rotate(ISSUES[self._left % len(ISSUES)])
        return content


def fits(pair: Pair) -> bool:
    """Whether both are of one issue."""
    whole = [(issued.certificate_pem, issued.key_pem) for issued in ISSUES]
    both = [(issued.certificate_pem + issued.key_pem,) * 2 for issued in ISSUES]
    return (pair.certificate, pair.key) in {*whole, *both}


@pytest.mark.parametrize("put", [mounted_secret, directory_link, one_file])
@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_swap_between_certificate_and_key(
    put: Put, times: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the old directory is gone before the key was read."""
    mount = Mount(tmp_path, put, ISSUES[2])
    swapping = Swapping(mount, times)
    monkeypatch.setattr(files, "read_regular", swapping.read)
    assert fits(read_pair(mount.identity.certificate, mount.identity.private_key))
    assert swapping.reads <= 2 * (times + 1)


def test_what_never_rests_is_given_up(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair that is swapped with each read: what does not fit is then said to be so."""
    mount = Mount(tmp_path, directory_link, ISSUES[2])
    swapping = Swapping(mount, 1000)
    monkeypatch.setattr(files, "read_regular", swapping.read)
    read_pair(mount.identity.certificate, mount.identity.private_key)
    assert swapping.reads <= 8


def test_a_missing_file_is_named_as_configured(tmp_path: pathlib.Path) -> None:
    """Not by where a link leads to: that is not what people have written."""
    (tmp_path / "version").mkdir()
    (tmp_path / "live").symlink_to("version")
    (tmp_path / "circle").symlink_to("circle")
    for directory in ("live", "circle"):
        missing = tmp_path / directory / "tls.crt"
        pair = read_pair(missing, missing)
        assert isinstance(pair.certificate, Unreadable)
        assert str(missing) in pair.certificate.detail
    assert read_pair(tmp_path / "a", tmp_path / "a").key == Unreadable(
        FileFault.KEY_MISSING, f"{tmp_path / 'a'} does not exist"
    )
