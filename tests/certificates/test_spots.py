"""Files, directories, patterns and mounted Secrets: what is watched where."""

import os

import pytest

from probe.certificates import spots
from probe.model.certificate import SourceKind
from tests.certificates.stock import Stock, subjects


def test_a_directory_stands_for_the_files_in_it(stock: Stock) -> None:
    """Not for those below it; in the order of their names."""
    for name in ("b", "a", "below/c"):
        stock.write(f"certs/{name}.pem", stock.issuing.issue(name, send_chain=False).certificate_pem)
    assert subjects(stock.watched(stock.directory / "certs")) == ["CN=a", "CN=b"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.pem", ["CN=a", "CN=b"]),
        ("?.pem", ["CN=a", "CN=b"]),
        ("[b-z].pem", ["CN=b"]),
        ("*/*.pem", ["CN=c"]),
        ("**/*.pem", ["CN=a", "CN=b", "CN=c", "CN=d"]),
        ("**", ["CN=a", "CN=b", "CN=c", "CN=d"]),
        ("**/**/x/**/d.pem", ["CN=d"]),
        ("below/**", ["CN=c", "CN=d"]),
        (".h*/e.pem", ["CN=e"]),
        ("*/x/d.pem", ["CN=d"]),
    ],
)
def test_patterns(stock: Stock, pattern: str, found: list[str]) -> None:
    """As a shell with `globstar` reads them: hidden names only where they are asked for."""
    for name in ("a", "b", "below/c", "below/x/d", ".hidden/e"):
        leaf = stock.issuing.issue(name[-1], send_chain=False)
        stock.write(f"{name}.pem", leaf.certificate_pem)
    assert subjects(stock.watched(stock.directory / pattern)) == found


def test_a_name_that_looks_like_a_pattern(stock: Stock) -> None:
    """Is a name where a file has it."""
    file = stock.write("a[1].pem", stock.root.certificate_pem)
    assert subjects(stock.watched(file)) == ["CN=Root"]


@pytest.mark.parametrize("pattern", ["*.pem", "none/*.pem", "*/none.pem", "**/none", "a.pem/*"])
def test_a_pattern_that_nothing_fits(stock: Stock, pattern: str) -> None:
    """Is an entry: what was to be watched is not."""
    stock.write("below/a.txt", b"x")
    (entry,) = stock.watched(stock.directory / pattern)
    assert entry.unreadable == f"{stock.directory}/{pattern}: no file fits it"
    assert entry.name == f"{stock.directory}/{pattern}"


def test_a_directory_that_cannot_be_looked_into(stock: Stock) -> None:
    """Is told beside what could be read: nobody may think that all is watched."""
    stock.write("a/one.pem", stock.root.certificate_pem)
    long = "x" * 300
    said = subjects(stock.watched(stock.directory / "*/one.pem", stock.directory / f"{long}/*.pem"))
    assert said[0] == "CN=Root"
    assert said[1].endswith(f"/{long}/ cannot be read: File name too long")


def test_an_empty_directory(stock: Stock) -> None:
    """The same."""
    (stock.directory / "certs").mkdir()
    (entry,) = stock.watched(stock.directory / "certs")
    assert entry.unreadable == f"{stock.directory}/certs: no certificate is in it"


def test_loops_of_links_have_an_end(stock: Stock) -> None:
    """Two links that lead back up would make a billion paths."""
    stock.write("a/one.pem", stock.root.certificate_pem)
    for name in ("x", "y"):
        (stock.directory / "a" / name).symlink_to("..")
    (stock.directory / "a/self.pem").symlink_to("self.pem")
    said = subjects(stock.watched(stock.directory / "**"))
    assert said[0] == "CN=Root"
    assert len(said) == 2
    assert "symbolic links" in said[1]


def test_what_is_no_file_is_passed_over(stock: Stock) -> None:
    """In a directory; nobody waits for a named pipe."""
    stock.write("certs/a.pem", stock.root.certificate_pem)
    os.mkfifo(stock.directory / "certs/pipe.pem")
    assert subjects(stock.watched(stock.directory / "certs")) == ["CN=Root"]
    assert subjects(stock.watched(stock.directory / "certs/*")) == ["CN=Root"]


def test_a_link_that_leads_nowhere(stock: Stock) -> None:
    """Somebody meant it to be a certificate."""
    (stock.directory / "certs").mkdir()
    (stock.directory / "certs/lost.pem").symlink_to("gone.pem")
    assert subjects(stock.watched(stock.directory / "certs")) == [
        f"{stock.directory}/certs/lost.pem: it is a link that leads nowhere"
    ]


def test_a_rehashed_directory(stock: Stock) -> None:
    """`openssl rehash` links every file by its hash; each is one sighting."""
    stock.write("certs/ca.pem", stock.root.certificate_pem)
    (stock.directory / "certs/9d66eef0.0").symlink_to("ca.pem")
    (entry,) = stock.watched(stock.directory / "certs")
    assert [sighting.source.location for sighting in entry.seen] == [f"{stock.directory}/certs/ca.pem"]


@pytest.mark.parametrize("place", ["secret", "secret/*", "secret/tls.crt"])
def test_a_mounted_secret(stock: Stock, place: str) -> None:
    """Each certificate once, as a Secret; the directories behind the links are not listed, other values are no mistakes."""
    issued = stock.issuing.issue("client", send_chain=False)
    version = "secret/..2026_01_15_14_30_00.123"
    for name, content in {"tls.crt": issued.certificate_pem, "tls.key": issued.key_pem, "password": b"hunter2"}.items():
        stock.write(f"{version}/{name}", content)
        (stock.directory / "secret" / name).symlink_to(f"..data/{name}")
    (stock.directory / "secret/..data").symlink_to(version.rpartition("/")[2])
    (entry,) = stock.watched(stock.directory / place)
    assert subjects([entry]) == ["CN=client"]
    assert [(s.source.kind, s.source.location) for s in entry.seen] == [
        (SourceKind.SECRET, f"{stock.directory}/secret/tls.crt")
    ]
    assert entry.certificate is not None
    assert entry.certificate.source.kind is SourceKind.SECRET


def test_a_secret_is_swapped(stock: Stock) -> None:
    """The next look sees the new version, as the kubelet puts it in place."""
    for version, name in (("..one", "old"), ("..two", "new")):
        stock.write(f"secret/{version}/tls.crt", stock.issuing.issue(name, send_chain=False).certificate_pem)
    (stock.directory / "secret/..data").symlink_to("..one")
    (stock.directory / "secret/tls.crt").symlink_to("..data/tls.crt")
    inventory = stock.inventory(stock.directory / "secret")
    inventory.scan()
    assert subjects(inventory.entries()) == ["CN=old"]
    (stock.directory / "secret/..data_tmp").symlink_to("..two")
    (stock.directory / "secret/..data_tmp").rename(stock.directory / "secret/..data")
    inventory.scan()
    assert subjects(inventory.entries()) == ["CN=new"]


@pytest.mark.parametrize("place", ["certs", "certs/*"])
def test_too_many_files(stock: Stock, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """There is an end, and it is told."""
    monkeypatch.setattr(spots, "MOST_FILES", 2)
    for number in range(3):
        stock.write(f"certs/{number}.pem", stock.root.certificate_pem)
    (certificate, problem) = stock.watched(stock.directory / place)
    assert len(certificate.seen) == 2
    assert problem.unreadable is not None
    assert "files, of which the rest is not watched," in problem.unreadable
