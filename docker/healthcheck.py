"""The image's HEALTHCHECK: status 0 when the prober's process answers on /healthz, 1 otherwise. The standard library alone.

It asks where `PAYPATH_LISTEN__METRICS` says, else on the default address: in a container the listener is set by that
variable rather than in the file.
"""

import http.client
import os
import sys

DEFAULT = "127.0.0.1:9464"
LIMIT_S = 4.0
"""Seconds; below the HEALTHCHECK's own limit, so that the reason is seen."""


def main() -> int:
    """Ask once and say what came back."""
    host, _, port = os.environ.get("PAYPATH_LISTEN__METRICS", DEFAULT).rpartition(":")
    # A listener on every address answers on loopback.
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1", "": "127.0.0.1"}.get(host, host.strip("[]"))  # noqa: S104 - compared with, not bound
    connection = http.client.HTTPConnection(host, int(port), timeout=LIMIT_S)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        print(f"no answer from {host}:{port}/healthz: {error}", file=sys.stderr)  # noqa: T201 - Docker keeps this line
        return 1
    finally:
        connection.close()
    print(f"{host}:{port}/healthz answered {status}", file=sys.stderr)  # noqa: T201 - Docker keeps this line
    return 0 if status == http.HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(main())
