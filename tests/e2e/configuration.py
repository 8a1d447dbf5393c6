"""Configurations that the tests write: what a user would have in `paypath.yaml`, from Python values."""

import pathlib
from collections.abc import Mapping

import yaml


def connector(port: int, *, trust: pathlib.Path, identity: str | None = None, **more: object) -> dict[str, object]:
    """A connector on loopback whose health path is asked for."""
    keys: dict[str, object] = {"url": f"https://localhost:{port}", "trust": str(trust), "health_path": "/healthz"}
    return keys | ({"identity": identity} if identity else {}) | more


def write(
    directory: pathlib.Path,
    connectors: Mapping[str, Mapping[str, object]],
    *,
    identities: Mapping[str, tuple[pathlib.Path, pathlib.Path]] | None = None,
    stripe: Mapping[str, object] | None = None,
    upstream: Mapping[str, object] | None = None,
    **more: object,
) -> str:
    """Write `paypath.yaml` with one path for each connector; `stripe` and `upstream` go to each of them, `more` is the rest of the keys."""
    content: dict[str, object] = {
        "environment": "staging",
        "location": "test",
        "state": {"directory": str(directory / "state")},
        "paths": {
            name: {"connector": dict(keys)}
            | ({"stripe": dict(stripe)} if stripe else {})
            | ({"upstream": dict(upstream)} if upstream else {})
            for name, keys in connectors.items()
        },
        "identities": {
            name: {"certificate": str(certificate), "private_key": str(key)}
            for name, (certificate, key) in (identities or {}).items()
        },
        **more,
    }
    file = directory / "paypath.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return str(file)
