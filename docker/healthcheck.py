"""The image's HEALTHCHECK: status 0 when the prober's process answers on /healthz, 1 otherwise.

It asks where `PAYPATH_LISTEN__METRICS` says, else where the configuration's `listen.metrics` does, else on the default
address. It needs nothing but the standard library; without PyYAML, or with a file that cannot be read, the default is asked.
"""

import http.client
import os
import pathlib
import sys

CONFIGURATION = "/etc/paypath/paypath.yaml"
"""Where the image looks for it; another one may be named as the first argument."""
DEFAULT = "127.0.0.1:9464"
LIMIT_S = 4.0
"""Seconds; below the HEALTHCHECK's own limit, so that the reason is seen."""


def main(configuration: pathlib.Path) -> int:
    """Ask once and say what came back."""
    listen = os.environ.get("PAYPATH_LISTEN__METRICS") or configured(configuration) or DEFAULT
    host, _, port = listen.rpartition(":")
    # A listener on every address answers on loopback.
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1", "": "127.0.0.1"}.get(host, host.strip("[]"))  # noqa: S104 - compared with, not bound
    try:
        connection = http.client.HTTPConnection(host, int(port), timeout=LIMIT_S)
    except (ValueError, http.client.InvalidURL):
        return said(1, f"{listen!r} is not HOST:PORT: there is nowhere to ask")
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: a host that cannot be one
        return said(1, f"no answer from {host}:{port}/healthz: {error}")
    finally:
        connection.close()
    return said(0 if status == http.HTTPStatus.OK else 1, f"{host}:{port}/healthz answered {status}")


def configured(file: pathlib.Path) -> str | None:
    """`listen.metrics` of the file; None where that cannot be told: judging the file is the prober's own work."""
    try:
        import yaml  # noqa: PLC0415 - stands in the image, but this must also answer without it
    except ImportError:
        return None
    try:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
        metrics = written["listen"]["metrics"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError, yaml.YAMLError):
        return None
    return metrics if isinstance(metrics, str) else None


def said(status: int, sentence: str) -> int:
    """Leave the sentence for `docker inspect`."""
    print(sentence, file=sys.stderr)  # noqa: T201 - Docker keeps this line
    return status


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else CONFIGURATION)))
