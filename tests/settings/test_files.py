"""What `paypath validate` says about the files that the configuration names."""

import pathlib

from probe.settings.files import file_mistakes
from tests.settings.conftest import Load


def test_missing_files(load: Load, contract: str, tmp_path: pathlib.Path) -> None:
    """Each at the place that names it."""
    text = contract.replace("/etc/", f"{tmp_path}/etc/")
    found = [str(mistake) for mistake in file_mistakes(load(text), ())]
    missing = "no such file or directory; create it, or name the right one"
    assert found == [
        f"paypath.yaml:10:14: `trust`: {tmp_path}/etc/paypath/ca.pem: {missing}",
        f"paypath.yaml:21:18: `certificate`: {tmp_path}/etc/billing/tls/tls.crt: {missing}",
        f"paypath.yaml:22:18: `private_key`: {tmp_path}/etc/billing/tls/tls.key: {missing}",
        f"paypath.yaml:29:24: `directory`: {tmp_path}/scenarios: {missing}",
    ]


def test_all_there(load: Load, tmp_path: pathlib.Path) -> None:
    """Nothing to say; trust may be a directory."""
    for name in ("c", "k", "crl"):
        (tmp_path / name).touch()
    (tmp_path / "d").mkdir()
    text = "paths: {b: {connector: {url: 'https://c', trust: d, verify: {crl: crl}}}}\n"
    text += "identities: {i: {certificate: c, private_key: k}}\nscenarios: {directory: d}"
    assert file_mistakes(load(text), ()) == ()


def test_file_for_directory_and_directory_for_file(load: Load, tmp_path: pathlib.Path) -> None:
    """The wrong sort of thing is told from a missing one."""
    (tmp_path / "f").touch()
    (tmp_path / "d").mkdir()
    found = [str(m) for m in file_mistakes(load("identities: {i: {certificate: d}}\nscenarios: {directory: f}"), ())]
    assert found == [
        f"paypath.yaml:1:31: `certificate`: {tmp_path}/d is a directory; name a file",
        f"paypath.yaml:2:24: `directory`: {tmp_path}/f is not a directory; name the directory of the scenario files",
    ]


def test_every_other_place_of_files(load: Load) -> None:
    """Of proxies, of the company's endpoint, of the status page."""
    text = "paths: {b: {connector: {url: 'https://c', proxy: {url: 'https://p:1', trust: a, verify: {crl: b}}}, webhook: {url: 'https://w', trust: c}}}\n"
    text += "listen: {admin_tls: {certificate: d, private_key: e, client_ca: f}}"
    found = file_mistakes(load(text), ())
    assert {mistake.key for mistake in found} == {
        "paths.b.connector.proxy.trust",
        "paths.b.connector.proxy.verify.crl",
        "paths.b.webhook.trust",
        "listen.admin_tls.certificate",
        "listen.admin_tls.private_key",
        "listen.admin_tls.client_ca",
    }
    assert all(mistake.line for mistake in found)


def test_from_a_variable(load: Load, tmp_path: pathlib.Path) -> None:
    """The variable's name is the place."""
    loaded = load(None, {"PAYPATH_IDENTITIES__I__CERTIFICATE": "no.pem"})
    (mistake,) = file_mistakes(loaded, ())
    assert str(mistake).startswith(
        f"PAYPATH_IDENTITIES__I__CERTIFICATE: `certificate`: {tmp_path}/no.pem: no such file"
    )


def test_watched_files(load: Load, tmp_path: pathlib.Path) -> None:
    """A file or a directory that is missing, at its own place in the list; a pattern may fit something later."""
    (tmp_path / "d").mkdir()
    found = [str(m) for m in file_mistakes(load("certificates: {watch: [d, gone, {files: none}, 'no/*.pem']}"), ())]
    missing = "no such file or directory; create it, or name the right one"
    assert found == [
        f"paypath.yaml:1:27: `files`: {tmp_path}/gone: {missing}",
        f"paypath.yaml:1:41: `files`: {tmp_path}/none: {missing}",
    ]
