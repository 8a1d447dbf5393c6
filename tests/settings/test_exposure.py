"""What is more open than it need be is told, and what has to be open is not."""

import os
import pathlib

import pytest

from probe.settings.exposure import exposures
from tests.settings.conftest import Load

IDENTITY = "identities: {i: {certificate: c.pem, private_key: k.pem}}"
PATH = "paths: {billing: {connector: {url: 'https://c'}, stripe: {%s}}}"
PEM = "-----BEGIN %s-----\nMIIB\n-----END %s-----\n"
OURS = os.geteuid() or 1000
"""Whose process it is in the tests of groups: those of root are another matter."""


@pytest.fixture(autouse=True)
def _files(tmp_path: pathlib.Path, load: Load) -> None:  # noqa: ARG001 - it has written its key before
    """Files as they should be; the fixture's own key is a restricted one here, and closed."""
    tmp_path.chmod(0o700)
    write(tmp_path / "stripe_test_key", "rk_test_fromfile\n", 0o600)
    write(tmp_path / "c.pem", PEM % ("CERTIFICATE", "CERTIFICATE"), 0o644)
    write(tmp_path / "k.pem", PEM % ("PRIVATE KEY", "PRIVATE KEY"), 0o600)


def write(file: pathlib.Path, text: str, mode: int) -> pathlib.Path:
    """A file with exactly this mode, whatever the umask."""
    file.write_text(text)
    file.chmod(mode)
    return file


def told(load: Load, text: str, mode: int = 0o644) -> tuple[str, ...]:
    """What is said of a configuration, which has this mode itself."""
    loaded = load(text)
    assert loaded.file is not None
    loaded.file.chmod(mode)
    return exposures(loaded)


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o666])
def test_a_private_key_that_everybody_can_read(load: Load, tmp_path: pathlib.Path, mode: int) -> None:
    """With its place, its mode and the command that mends it."""
    (tmp_path / "k.pem").chmod(mode)
    (sentence,) = told(load, IDENTITY)
    key = tmp_path / "k.pem"
    assert sentence == (
        f"paypath.yaml:1:51: `private_key`: {key}, a secret, is open to everybody on this machine (mode {mode:04o}); `chmod o= {key}`"
    )


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_a_private_key_that_its_owner_alone_can_read(load: Load, tmp_path: pathlib.Path, mode: int) -> None:
    """Nothing is said."""
    (tmp_path / "k.pem").chmod(mode)
    assert told(load, IDENTITY) == ()


def test_a_group_can_read_our_own_key(load: Load, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner needs no group; a key that root hands to a group, as a Kubernetes Secret with `fsGroup` is, has to be so."""
    key = tmp_path / "k.pem"
    key.chmod(0o440)
    if os.geteuid() == 0:
        monkeypatch.setattr(os, "geteuid", lambda: OURS)
        assert told(load, IDENTITY) == ()  # root's, and mounted for us
        os.chown(key, OURS, -1)
    (sentence,) = told(load, IDENTITY)
    assert "is open to its group, although its owner alone needs it (mode 0440); `chmod go= " in sentence
    key.chmod(0o400)
    assert told(load, IDENTITY) == ()


@pytest.mark.parametrize("kind", ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
def test_a_key_beside_the_certificate(load: Load, tmp_path: pathlib.Path, kind: str) -> None:
    """A file of both, as HAProxy wants it, is a secret too."""
    write(tmp_path / "c.pem", PEM % ("CERTIFICATE", "CERTIFICATE") + PEM % (kind, kind), 0o644)
    (sentence,) = told(load, "identities: {i: {certificate: c.pem}}")
    assert f"`certificate`: {tmp_path / 'c.pem'}, a secret, is open to everybody" in sentence


@pytest.mark.parametrize("written", ["store", "store/*", "store/a.p12"])
def test_watched_files_that_hold_a_key(load: Load, tmp_path: pathlib.Path, written: str) -> None:
    """PKCS#12 by its name; a certificate alone may be read by everybody."""
    (tmp_path / "store").mkdir()
    write(tmp_path / "store" / "a.p12", "\x30", 0o644)
    write(tmp_path / "store" / "b.pem", PEM % ("CERTIFICATE", "CERTIFICATE"), 0o644)
    (sentence,) = told(load, f"certificates: {{watch: ['{written}']}}")
    assert f"`files`: {tmp_path}/store/a.p12, a secret" in sentence


def test_a_file_of_a_secret(load: Load, tmp_path: pathlib.Path) -> None:
    """Relative to the file that names it, or to the working directory for a variable."""
    (tmp_path / "stripe_test_key").chmod(0o644)
    (sentence,) = told(load, PATH % "api_key_file: stripe_test_key")
    assert sentence.startswith(f"paypath.yaml:1:73: `api_key_file`: {tmp_path}/stripe_test_key, a secret")
    loaded = load(PATH % "", environ={"PAYPATH_PATHS__BILLING__STRIPE__API_KEY_FILE": "stripe_test_key"})
    (sentence,) = exposures(loaded)
    assert sentence.startswith("PAYPATH_PATHS__BILLING__STRIPE__API_KEY_FILE: `api_key_file`: ")


def test_a_secret_in_a_configuration_that_everybody_can_read(load: Load) -> None:
    """The first is named, its value is not; a closed file, and a variable, are fine."""
    text = PATH % "api_key: rk_test_within, webhook_secret: whsec_withinwithin"
    (sentence,) = told(load, text)
    assert sentence.startswith("paypath.yaml:1:68: `api_key`, a secret, stands in a file that is open to everybody")
    assert "within" not in sentence.replace("a file", "")
    assert told(load, text, mode=0o600) == ()
    assert exposures(load(PATH % "", environ={"PAYPATH_PATHS__BILLING__STRIPE__API_KEY": "rk_test_variable"})) == ()


def test_what_decides_can_be_changed_by_everybody(load: Load, tmp_path: pathlib.Path) -> None:
    """Configuration, trust, certificates, scenarios: whoever writes them decides what is sent, and to whom."""
    (tmp_path / "scenarios").mkdir()
    for name in ("ca.pem", "scenarios/mine.yaml"):
        write(tmp_path / name, "", 0o666)
    (tmp_path / "scenarios").chmod(0o777)
    (tmp_path / "c.pem").chmod(0o646)
    found = told(
        load,
        f"{IDENTITY}\nscenarios: {{directory: scenarios}}\npaths: {{billing: {{connector: {{url: 'https://c', trust: ca.pem}}}}}}",
        mode=0o666,
    )
    named = [
        sentence.split(" can be changed by everybody on this machine (mode ")[0].split(": ")[-1] for sentence in found
    ]
    files = ("paypath.yaml", "ca.pem", "c.pem", "scenarios", "scenarios/mine.yaml")
    assert named == [str(tmp_path / name) for name in files]
    assert found[0].endswith(f"(mode 0666); `chmod o-w {tmp_path}/paypath.yaml`")


EVERYWHERE = """\
paths:
  billing:
    connector:
      url: https://c
      trust: anchors
      proxy: {url: "https://p:3128", trust: proxy.pem, verify: {crl: proxy-crl.pem}}
      verify: {crl: crl.pem}
    upstream: {url: "https://u", trust: up.pem, verify: {crl: up-crl.pem}}
    webhook: {url: "https://w", trust: hook.pem, secret: whsec_withinwithin}
listen: {admin: "127.0.0.1:9465", admin_tls: {certificate: admin.pem, private_key: k.pem, client_ca: clients.pem}}
"""


def test_whatever_decides_who_is_believed(load: Load, tmp_path: pathlib.Path) -> None:
    """Trust and revocation lists of every side, what the admin face shows and lets in, and each file of a directory of trust once."""
    (tmp_path / "anchors").mkdir(mode=0o755)
    files = (
        "anchors/ca.pem",
        "proxy.pem",
        "proxy-crl.pem",
        "crl.pem",
        "up.pem",
        "up-crl.pem",
        "hook.pem",
        "admin.pem",
        "clients.pem",
    )
    for name in files:
        write(tmp_path / name, "", 0o666)
    (tmp_path / "anchors" / "0a1b2c3d.0").symlink_to("ca.pem")
    (tmp_path / "anchors").chmod(0o755)
    found = told(load, EVERYWHERE, mode=0o600)
    assert sorted(sentence.split(" can be ")[0].split(": ")[-1] for sentence in found) == sorted(
        str(tmp_path / name) for name in files
    )
    assert any("`client_ca`: " in sentence for sentence in found)


@pytest.mark.parametrize("mode", [0o777, 0o733])
def test_a_directory_in_which_everybody_can_replace_a_file(load: Load, tmp_path: pathlib.Path, mode: int) -> None:
    """Of the configuration, of certificate and key, of a link's target, and any above them; each once."""
    far, near = tmp_path / "far", tmp_path / "near"
    for directory in (far / "real", near / "tls"):
        directory.mkdir(parents=True)
    write(far / "real" / "c.pem", PEM % ("CERTIFICATE", "CERTIFICATE"), 0o644)
    (near / "tls" / "c.pem").symlink_to(far / "real" / "c.pem")
    write(near / "tls" / "k.pem", PEM % ("PRIVATE KEY", "PRIVATE KEY"), 0o600)
    open_ones = [tmp_path, near, near / "tls", far / "real"]
    for directory in open_ones:
        directory.chmod(mode)
    found = told(load, "identities: {i: {certificate: near/tls/c.pem, private_key: near/tls/k.pem}}")
    assert sorted(sentence.split(" can be ")[0].split(": ")[-1] for sentence in found) == sorted(map(str, open_ones))
    assert (
        f"`certificate`: {near}/tls can be changed by everybody on this machine (mode {mode:04o}), "
        f"and so each file in it replaced; `chmod o-w {near}/tls`"
    ) in " ".join(found)
    for directory in open_ones:
        directory.chmod(mode | 0o1000)
    assert told(load, "identities: {i: {certificate: near/tls/c.pem, private_key: near/tls/k.pem}}") == ()


def test_a_link_on_the_way_can_be_replaced_too(load: Load, tmp_path: pathlib.Path) -> None:
    """From one to the next: where the second stands is neither above the name nor above the file."""
    for name in ("named", "between", "sound"):
        (tmp_path / name).mkdir()
    (tmp_path / "sound" / "ca.pem").write_text("")
    (tmp_path / "between" / "second.pem").symlink_to(tmp_path / "sound" / "ca.pem")
    (tmp_path / "named" / "ca.pem").symlink_to("../between/second.pem")
    (tmp_path / "between").chmod(0o777)
    (sentence,) = told(load, "paths: {b: {connector: {url: https://h:1, trust: named/ca.pem}}}")
    assert f"`trust`: {tmp_path}/between can be changed by everybody" in sentence


def test_a_directory_above_the_state(load: Load, tmp_path: pathlib.Path) -> None:
    """Whoever can write there puts another state directory in its place, and with it opens a latched path."""
    (tmp_path / "var" / "state").mkdir(parents=True)
    (tmp_path / "var").chmod(0o777)
    (tmp_path / "var" / "state").chmod(0o700)
    (sentence,) = told(load, "state: {directory: var/state}")
    assert f"`directory`: {tmp_path}/var can be changed by everybody" in sentence


@pytest.mark.parametrize(("mode", "told_of"), [(0o700, False), (0o770, False), (0o755, True), (0o777, True)])
def test_the_state_directory(load: Load, tmp_path: pathlib.Path, mode: int, told_of: bool) -> None:  # noqa: FBT001 - a row of a table
    """Who can write there can open a latched path."""
    state = tmp_path / "state"
    state.mkdir()
    state.chmod(mode)
    found = told(load, "state: {directory: state}")
    assert [f"`state.directory`: {state} is open to everybody" in sentence for sentence in found] == [True] * told_of


def test_a_volume_is_left_alone(load: Load) -> None:
    """A file system of its own has the mode that a container's engine gave it: 1777 for this one."""
    assert pathlib.Path("/dev/shm").is_mount()  # noqa: S108 - looked at, not written to
    assert told(load, "state: {directory: /dev/shm}\nscenarios: {directory: /dev/shm}") == ()


def test_a_key_that_may_do_everything(load: Load, tmp_path: pathlib.Path) -> None:
    """A secret key is warned of with its place, not its value; a restricted one, the lab's and the connector's are not."""
    write(tmp_path / "stripe_test_key", "sk_test_fromfile\n", 0o600)
    (sentence,) = told(load, PATH % "api_key_file: stripe_test_key")
    assert sentence.startswith(
        "paypath.yaml:1:73: the key of `billing` is a secret key (`sk_test_…`), which may do everything"
    )
    assert "fromfile" not in sentence
    assert told(load, PATH % "key_from: connector") == ()
    loopback = (PATH % "api_key_file: stripe_test_key").replace("https://c", "https://127.0.0.1")
    assert told(load, f"environment: lab\n{loopback}") == ()
    write(tmp_path / "stripe_test_key", "rk_test_fromfile\n", 0o600)
    assert told(load, PATH % "api_key_file: stripe_test_key") == ()


def test_what_is_not_there_is_told_elsewhere(load: Load) -> None:
    """Missing files make no sentence here, and no error."""
    text = "identities: {i: {certificate: none, private_key: none}}\ncertificates: {watch: [none, 'none/*']}"
    assert told(load, f"{text}\nscenarios: {{directory: none}}\nstate: {{directory: none}}") == ()
