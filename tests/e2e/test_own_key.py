"""The other side tells what it should not even know: our own private key. Nothing that a command says holds any of it."""

import base64
import json
import pathlib

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.e2e.open_lab import OpenLab
from tests.e2e.processes import paypath

LIVE = "sk_live_" + "51KanarieKanarie"
PASSWORD = b"kanarie of the key"


@pytest.mark.parametrize("encrypted", [False, True])
def test_our_own_key_never_leaves(tmp_path: pathlib.Path, *, encrypted: bool) -> None:
    """The simulator gives a description back, and it is not what was expected: each summary tells what came instead."""
    with OpenLab(tmp_path) as lab:
        identity = yaml.safe_load(pathlib.Path(lab.config).read_text(encoding="utf-8"))["identities"]["billing"]
        pem = pathlib.Path(identity["private_key"]).read_bytes()
        der = serialization.load_pem_private_key(pem, None).private_bytes(
            Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
        if encrypted:
            identity |= _sealed(tmp_path, pem)
            pem = pathlib.Path(identity["private_key"]).read_bytes()
        lines = [line for line in pem.decode().splitlines()[1:-1] if len(line) >= 24]
        told = [*lines, "".join(lines), *(each.decode() for each in (base64.b64encode(der), base64.b64encode(pem)))]
        told += [der.hex(), "sk%5Flive%5F51KanarieKanarie", base64.b64encode(LIVE.encode()).decode()]
        config = _configured(lab, tmp_path, identity, told)
        done = paypath("check", "--config", config, "--format", "json", "--debug")
    summaries = [line["failure"]["summary"] for line in map(json.loads, done.out.splitlines())]
    assert len(summaries) == len(told)
    assert [summary for summary in summaries if "`description` is" not in summary or "***" not in summary] == []
    said = done.out + done.err
    assert [each for each in told if each in said or each[2:-2] in said] == []


def _sealed(directory: pathlib.Path, pem: bytes) -> dict[str, str]:
    """The same key behind a password."""
    key, password = directory / "sealed.key", directory / "password"
    best = serialization.BestAvailableEncryption(PASSWORD)
    loaded = serialization.load_pem_private_key(pem, None)
    key.write_bytes(loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, best))
    password.write_bytes(PASSWORD)
    return {"private_key": str(key), "private_key_password_file": str(password)}


def _configured(lab: OpenLab, directory: pathlib.Path, identity: object, told: list[str]) -> str:
    """A customer with each description, and a scenario for each, which expects another one."""
    folder = directory / "scenarios"
    folder.mkdir()
    for number, each in enumerate(told):
        step = {
            "stripe": "v1.customers.retrieve",
            "with": {"customer": lab.made("v1/customers", {"description": each})},
            "expect": {"description": "nothing of the kind"},
        }
        scenario = {"name": f"told-{number}", "every": "5m", "steps": [step]}
        (folder / f"{number:03}.yaml").write_text(yaml.safe_dump(scenario), encoding="utf-8")
    return lab.configured(
        directory / "paypath.yaml", identities={"billing": identity}, scenarios={"directory": str(folder)}
    )
