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
