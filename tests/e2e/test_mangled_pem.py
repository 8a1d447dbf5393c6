"""Files of ours that are certificates and keys for the eye, and nothing for OpenSSL: every command says so, with the line and how to mend it."""

import pathlib
from collections.abc import Callable

import pytest

from tests.e2e.processes import Lab, paypath

BLANKS = "line 1: blanks stand before -----BEGIN, and OpenSSL does not read that: remove the indentation"
RETURNS = "its lines end in carriage returns alone, and OpenSSL takes them all for one"


def indented(pem: bytes) -> bytes:
    """As pasted out of YAML."""
    return b"".join(b"  " + line for line in pem.splitlines(keepends=True))


def returned(pem: bytes) -> bytes:
    """As written by an old Mac, or by a tool that swallows line feeds."""
    return pem.replace(b"\n", b"\r")


@pytest.mark.parametrize(("mangle", "words"), [(indented, BLANKS), (returned, RETURNS)], ids=["indented", "returned"])
@pytest.mark.parametrize(
    ("name", "key", "reason"),
    [
        ("tls.crt", "certificate", "tls.client_cert.file_malformed"),
        ("tls.key", "private_key", "tls.client_key.malformed"),
    ],
)
def test_each_command_says_what_openssl_does_not_read(
    lab: Lab, name: str, key: str, reason: str, mangle: Callable[[bytes], bytes], words: str
) -> None:
    """`validate` calls it a mistake of that key, `check` names the reason, `preflight` objects, and `certs` knows no such certificate."""
    file = pathlib.Path(lab.directory, "identity", name)
    pem = file.read_bytes()
    file.write_bytes(mangle(pem))
    try:
        config = ("--config", lab.config)
        validated = paypath("validate", *config, cwd=lab.directory)
        checked = lab.check("mtls-handshake", "--format", "json")
        listed = paypath("certs", *config, "--offline", "--format", "json", cwd=lab.directory)
        pair = ("--cert", str(file.with_name("tls.crt")), "--key", str(file.with_name("tls.key")))
        objected = paypath("preflight", *config, *pair, "--format", "json", cwd=lab.directory)
    finally:
        file.write_bytes(pem)
    assert validated.status == 2
    assert f"`{key}`: {file}" in validated.err
    assert words in validated.err
    (run,) = checked.json_lines()
    assert (checked.status, run["failure"]["reason"]) == (1, reason)
    assert words in run["failure"]["summary"]
    (answer,) = objected.json_lines()
    assert objected.status == 1
    assert reason in {one["reason"] for one in answer["objections"]}
    unreadable = [line for line in listed.json_lines() if "certificate.unreadable" in line["reasons"]]
    assert len(unreadable) == (name == "tls.crt")
    assert lab.check("mtls-handshake").status == 0
    if name == "tls.key":
        said = "".join(done.out + done.err for done in (validated, checked, listed, objected))
        assert not any(line in said for line in pem.decode().splitlines()[1:-1])


@pytest.mark.parametrize(("name", "beside", "odd"), [("tls.crt", "tls.key", b"\n"), ("tls.key", "tls.crt", b"\\\n")])
def test_a_block_that_openssl_has_no_use_for_is_nobodys_fault(lab: Lab, name: str, beside: str, odd: bytes) -> None:
    """It loads a certificate's file with a key in it that has an empty line, and a key's with a certificate that is no base64."""
    file = pathlib.Path(lab.directory, "identity", name)
    pem, lines = file.read_bytes(), file.with_name(beside).read_bytes().splitlines(keepends=True)
    other = b"".join([*lines[:2], odd, *lines[2:]])
    file.write_bytes(pem + other if name == "tls.crt" else other + pem)
    try:
        validated = paypath("validate", "--config", lab.config, cwd=lab.directory)
        checked = lab.check("mtls-handshake")
        listed = paypath("certs", "--config", lab.config, "--offline", "--format", "json", cwd=lab.directory)
    finally:
        file.write_bytes(pem)
    assert validated.status == 0
    assert "OpenSSL" not in validated.err
    assert checked.status == 0
    assert not [line for line in listed.json_lines() if "certificate.unreadable" in line["reasons"]]
