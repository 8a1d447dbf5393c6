"""What the lab writes for its users: a ready configuration, its addresses, and a Stripe test key of its own."""

import json
import pathlib
import random
from dataclasses import asdict, dataclass
from typing import Final

import yaml

from probe.lab.webhooks import WebhookSecrets

CONFIGURATION: Final = "paypath.yaml"
ADDRESSES: Final = "lab.json"
STATE: Final = "state"
SCENARIOS: Final = (
    "mtls-handshake",
    "card-charge",
    "card-declined",
    "webhook-delivered",
    "webhook-unsigned-refused",
)
_KEY_LENGTH: Final = 24
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabAddresses:
    """Where the lab listens and what it wrote; also the content of `lab.json`."""

    connector: str
    """URL of the mTLS connector."""
    control: str
    """URL of the fault switches."""
    configuration: str
    """Absolute path of the `paypath.yaml` to use."""
    directory: str
    """Absolute path."""
    webhooks: str = ""
    """`HOST:PORT` where the simulator delivers webhooks to the probe."""
    company: str = ""
    """URL of the company's own endpoint for webhooks."""


def write_key(directory: pathlib.Path, randomness: random.Random) -> pathlib.Path:
    """A test-mode key that opens nothing but this lab, readable by its owner alone."""
    file = directory / "stripe_test_key"
    replace_file(file, "sk_test_lab" + "".join(randomness.choices(_ALPHABET, k=_KEY_LENGTH)) + "\n", mode=0o600)
    return file


def write_webhook_secrets(directory: pathlib.Path, secrets: WebhookSecrets) -> tuple[pathlib.Path, pathlib.Path]:
    """The signing secrets of the probe's and of the company's endpoint, each in a file of its own."""
    files = directory / "webhook_secret", directory / "company_webhook_secret"
    for file, secret in zip(files, (secrets.probe, secrets.company), strict=True):
        replace_file(file, secret.reveal() + "\n", mode=0o600)
    return files


def write_configuration(
    addresses: LabAddresses,
    *,
    key: pathlib.Path,
    webhook_secrets: tuple[pathlib.Path, pathlib.Path],
    trust: pathlib.Path,
    identity: tuple[pathlib.Path, pathlib.Path] | None,
) -> None:
    """Write `paypath.yaml` in one step, so that a reader sees the old one or the new one."""
    directory = pathlib.Path(addresses.directory)
    connector: dict[str, object] = {"url": addresses.connector, "trust": str(trust), "health_path": "/healthz"}
    content: dict[str, object] = {
        "environment": "lab",
        "location": "lab",
        "state": {"directory": str(directory / STATE)},
        "paths": {
            "billing": {
                "connector": connector,
                "stripe": {
                    "api_key_file": str(key),
                    "requests_per_second": 20,
                    "webhook_secret_file": str(webhook_secrets[0]),
                },
                "webhook": {"url": addresses.company, "secret_file": str(webhook_secrets[1])},
            },
        },
        "listen": {"webhooks": addresses.webhooks},
        "scenarios": {"enabled": list(SCENARIOS), "every": "2s"},
    }
    if identity is not None:
        connector["identity"] = "billing"
        certificate, private_key = identity
        content["identities"] = {"billing": {"certificate": str(certificate), "private_key": str(private_key)}}
    replace_file(
        pathlib.Path(addresses.configuration),
        "# Written by `paypath lab`; it is written anew when the lab starts or a fault changes it.\n"
        + yaml.safe_dump(content, sort_keys=False),
    )


def write_addresses(addresses: LabAddresses) -> None:
    """Write `lab.json` in one step."""
    replace_file(pathlib.Path(addresses.directory) / ADDRESSES, json.dumps(asdict(addresses), indent=2) + "\n")


def replace_file(file: pathlib.Path, text: str, *, mode: int = 0o644) -> None:
    """Put a new file in the place of an old one, with its mode from its first byte on."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=mode, exist_ok=False)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
