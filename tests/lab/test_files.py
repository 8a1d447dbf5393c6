"""What the lab writes for its users."""

import json
import pathlib
import random
import stat

import yaml

from probe.lab.files import (
    LabAddresses,
    replace_file,
    write_addresses,
    write_configuration,
    write_key,
    write_webhook_secrets,
)
from probe.lab.webhooks import make_secrets


def addresses(directory: pathlib.Path) -> LabAddresses:
    """Of a lab in `directory`."""
    return LabAddresses(
        connector="https://127.0.0.1:8443",
        control="http://127.0.0.1:8080",
        configuration=str(directory / "paypath.yaml"),
        directory=str(directory),
        webhooks="127.0.0.1:8081",
        company="http://127.0.0.1:8080/stripe/webhooks",
    )


def test_the_key(tmp_path: pathlib.Path) -> None:
    """A test-mode key of its own each time, mode 0600 whatever was there before."""
    (tmp_path / "stripe_test_key").write_text("old")
    (tmp_path / "stripe_test_key").chmod(0o644)
    dice = random.Random(1)
    keys = {write_key(tmp_path, dice).read_text() for _ in range(3)}
    assert len(keys) == 3
    assert all(key.startswith("sk_test_lab") and key.endswith("\n") and len(key) == 36 for key in keys)
    assert stat.S_IMODE((tmp_path / "stripe_test_key").stat().st_mode) == 0o600


def test_the_configuration(tmp_path: pathlib.Path) -> None:
    """With an identity and without one: nothing else changes."""
    key, trust = tmp_path / "stripe_test_key", tmp_path / "ca.pem"
    pair = (tmp_path / "tls.crt", tmp_path / "tls.key")
    file = tmp_path / "paypath.yaml"
    secrets = write_webhook_secrets(tmp_path, make_secrets(random.Random(1)))
    assert [stat.S_IMODE(file.stat().st_mode) for file in secrets] == [0o600, 0o600]
    write_configuration(addresses(tmp_path), key=key, webhook_secrets=secrets, trust=trust, identity=pair)
    healthy = yaml.safe_load(file.read_text())
    assert healthy["environment"] == "lab"
    assert healthy["identities"] == {"billing": {"certificate": str(pair[0]), "private_key": str(pair[1])}}
    assert healthy["paths"]["billing"]["connector"].pop("identity") == "billing"
    write_configuration(addresses(tmp_path), key=key, webhook_secrets=secrets, trust=trust, identity=None)
    del healthy["identities"]
    assert yaml.safe_load(file.read_text()) == healthy


def test_the_addresses(tmp_path: pathlib.Path) -> None:
    """`lab.json` is one object of all addresses."""
    write_addresses(addresses(tmp_path))
    assert json.loads((tmp_path / "lab.json").read_text()) == {
        "connector": "https://127.0.0.1:8443",
        "control": "http://127.0.0.1:8080",
        "configuration": str(tmp_path / "paypath.yaml"),
        "directory": str(tmp_path),
        "webhooks": "127.0.0.1:8081",
        "company": "http://127.0.0.1:8080/stripe/webhooks",
    }


def test_files_are_replaced_not_rewritten(tmp_path: pathlib.Path) -> None:
    """Who has the old file open reads it to its end; what an interrupted writer left is in nobody's way."""
    file = tmp_path / "file"
    replace_file(file, "old\n" * 1000)
    (tmp_path / "file.new").write_text("left behind")
    with file.open() as reader:
        assert reader.readline() == "old\n"
        replace_file(file, "new\n")
        assert reader.read() == "old\n" * 999
    assert file.read_text() == "new\n"
    assert [f.name for f in tmp_path.iterdir()] == ["file"]
