"""`paypath rotate --plan`: what it prints is right, because it is typed here."""

import asyncio
import json
import pathlib
import re
import shlex
import stat
import subprocess
import sys
from datetime import timedelta

import pytest
from aiohttp import web
from cryptography import x509

from probe.cli.command import VERBS
from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.model.clock import SystemClock
from tests.cli.conftest import Paypath
from tests.support.pages import serving

NOW = SystemClock().now()
ROOT = Authority.root("Corp root", now=NOW)
ISSUING = ROOT.intermediate("Corp issuing CA")
CONFIGURATION = """\
environment: staging
paths:
  billing:
    connector: {url: "URL", identity: billing, trust: ca.pem, health_path: /healthz}
identities:
  billing: {certificate: "tls files/tls.crt", private_key: "tls files/tls.key"}
"""


def lay_out(directory: pathlib.Path, url: str, current: Issued) -> pathlib.Path:
    """A configuration with the identity in two files, and the CA as a person who runs it has it."""
    files = directory / "tls files"
    files.mkdir()
    current.write(files / "tls.crt", files / "tls.key")
    (directory / "ca.pem").write_bytes(ROOT.certificate_pem)
    ISSUING.issued.write(directory / "issuing.crt", directory / "issuing.key")
    (directory / "issuing.crt").write_bytes(ISSUING.certificate_pem)
    file = directory / "paypath.yaml"
    file.write_text(CONFIGURATION.replace("URL", url))
    return file


def current() -> Issued:
    """The certificate that is to be replaced."""
    names = ("billing.internal", "10.0.0.7")
    return ISSUING.issue("billing service & co", san=names, not_after=NOW + timedelta(days=5))


async def typed(script: str, directory: pathlib.Path) -> str:
    """A shell in `directory` that stops at the first command that fails; `paypath` is this one."""
    program = directory / "bin" / "paypath"
    program.parent.mkdir(exist_ok=True)
    code = "import sys; from probe.cli.main import main; sys.exit(main())"
    program.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, "-c", code])} "$@"\n')
    program.chmod(0o700)
    root = pathlib.Path(__file__).parents[2]
    environ = {"PATH": f"{program.parent}:/usr/bin:/bin", "PYTHONPATH": str(root), "HOME": str(directory)}
    environ |= {"CA": str(directory / "issuing.crt"), "CA_KEY": str(directory / "issuing.key")}
    shell = await asyncio.create_subprocess_exec(
        "sh", "-e", cwd=directory, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    out, _ = await shell.communicate(script.encode())
    assert shell.returncode == 0, f"{script}\n{out.decode()}"
    return out.decode()


def leaf_of(file: pathlib.Path) -> x509.Certificate:
    """The first certificate of a file."""
    return x509.load_pem_x509_certificate(file.read_bytes())


def names_of(certificate: x509.Certificate) -> list[str]:
    """Its alternative names."""
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in extension]


async def test_the_commands_by_hand(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Issued by openssl from the CA's files, tried on the live path, rolled out as a pair, and rolled back."""
    old = current()

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="well")

    server = ROOT.issue("connector", san=("127.0.0.1",), usages=(SERVER_AUTH,))
    async with serving(answer, server, admits=ROOT.certificate_pem) as url:
        file = lay_out(tmp_path, url, old)
        said = paypath("rotate", "--plan", "--config", str(file), "--format", "json")
        assert (said.status, said.err) == (0, "")
        steps = {step["name"]: [one["command"] for one in step["commands"]] for step in json.loads(said.out)["steps"]}
        await typed("\n".join(steps["keep"] + steps["issue"]), tmp_path)
        await typed("\n".join(["cd rotate-billing", *steps["preflight"]]), tmp_path)
        files = [line for line in steps["roll-out"] if "UNIT" not in line]
        await typed("\n".join(["cd rotate-billing", *files]), tmp_path)
    place = tmp_path / "tls files"
    before, after = old.certificate, leaf_of(place / "tls.crt")
    assert after.serial_number != before.serial_number
    assert (after.subject, names_of(after)) == (before.subject, names_of(before))
    assert after.public_key() != before.public_key()
    assert stat.S_IMODE((place / "tls.key").stat().st_mode) == 0o600
    assert sorted(path.name for path in place.iterdir()) == ["tls.crt", "tls.key"]
    await typed("\n".join(["cd rotate-billing", *steps["roll-back"], *steps["afterwards"]]), tmp_path)
    assert leaf_of(place / "tls.crt") == before
    assert (place / "tls.key").read_bytes() == old.key_pem
    assert not (tmp_path / "rotate-billing").exists()


def test_names_are_copied_where_openssl_cannot_be_told(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """A name with a comma goes into the request all the same."""
    file = lay_out(tmp_path, "https://127.0.0.1:1", ISSUING.issue("billing", san=("urn:billing,eu",)))
    steps = json.loads(paypath("rotate", "--plan", "--config", str(file), "--format", "json").out)["steps"]
    issue = next(step for step in steps if step["name"] == "issue")
    script = "\n".join(one["command"] for one in issue["commands"][:2])
    subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, check=True, capture_output=True)
    request = x509.load_pem_x509_csr((tmp_path / "new.csr").read_bytes())
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == ["urn:billing,eu"]
    assert request.is_signature_valid


def test_for_people(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Which certificate, the warning, seven steps; each command on a line of its own, however long."""
    file = lay_out(tmp_path, "https://127.0.0.1:1", current())
    said = paypath("rotate", "--plan", "--config", str(file))
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0] == "ROTATION PLAN identity billing of billing · paypath changes nothing by itself"
    assert [line for line in lines if line[:1].isdigit()] == [
        "1. Keep the old pair",
        "2. Issue it by hand",
        "3. Try it before anybody uses it",
        "4. Roll it out",
        "5. See that the running service uses it",
        "6. Roll back",
        "7. Afterwards",
    ]
    assert f"     paypath preflight --config {file} --identity billing --cert new.crt --key new.key" in lines


def test_every_command_of_ours_exists(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """A plan that names a command which is not there costs the night's most expensive minute."""
    file = lay_out(tmp_path, "https://127.0.0.1:1", current())
    said = paypath("rotate", "--plan", "--config", str(file))
    named = re.findall(r"^ +paypath ([a-z]+) ", said.out, re.MULTILINE)
    assert {"preflight", "check"} <= set(named) <= {verb.name for verb in VERBS}


def test_without_plan(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Nothing is rotated, also where the configuration would be there."""
    file = lay_out(tmp_path, "https://127.0.0.1:1", current())
    said = paypath("rotate", "--config", str(file))
    assert (said.status, said.out) == (2, "")
    assert "paypath never rotates by itself; `paypath rotate --plan` prints the commands" in said.err


def test_a_certificate_that_cannot_be_read(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """The plan is printed with gaps to be filled in, and the status says that it has some."""
    file = lay_out(tmp_path, "https://127.0.0.1:1", current())
    (tmp_path / "tls files" / "tls.crt").write_text("nothing")
    said = paypath("rotate", "--plan", "--config", str(file))
    assert said.status == 3
    assert "SUBJECT=" in said.out
    assert "the plan has gaps" in said.err


@pytest.mark.parametrize(
    ("more", "words", "message"),
    [
        ("", ["--identity", "biling"], "no identity `biling` is configured; did you mean `billing`?"),
        ("  proxy: {certificate: p.crt}\n", [], "several identities are configured (billing, proxy)"),
    ],
)
def test_which_identity(paypath: Paypath, tmp_path: pathlib.Path, more: str, words: list[str], message: str) -> None:
    """Where it is not clear, the plan is for none."""
    file = lay_out(tmp_path, "https://127.0.0.1:1", current())
    file.write_text(file.read_text() + more)
    said = paypath("rotate", "--plan", *words, "--config", str(file))
    assert (said.status, said.out) == (2, "")
    assert message in said.err


def test_without_any_identity(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """There is nothing to rotate, and the message says where it would be written."""
    file = tmp_path / "paypath.yaml"
    file.write_text("environment: staging\npaths: {billing: {connector: {url: 'https://127.0.0.1:1'}}}\n")
    said = paypath("rotate", "--plan", "--config", str(file))
    assert (said.status, said.out) == (2, "")
    assert "no identity is configured; add the certificate of the billing service under `identities`" in said.err


def test_a_mounted_secret(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Files that the kubelet mounts are never written to, although they are links to files that could be."""
    file = lay_out(tmp_path, "https://127.0.0.1:1", current())
    files = tmp_path / "tls files"
    (files / "..data").symlink_to("..2026_11_23_01_02_03.0123456789")
    said = paypath("rotate", "--plan", "--config", str(file))
    assert "The files are a mounted Kubernetes Secret" in said.out
    assert "mv -f" not in said.out


def test_a_link_that_others_swap(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Is no Secret: nobody is sent to a cluster because of it."""
    file = lay_out(tmp_path, "https://127.0.0.1:1", current())
    (tmp_path / "tls files" / "..data").symlink_to("..7")
    said = paypath("rotate", "--plan", "--config", str(file))
    assert "Secret" not in said.out
    assert "mv -f" in said.out
