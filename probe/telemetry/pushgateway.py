"""Where and how metrics are pushed to a Prometheus Pushgateway."""

import base64
from urllib.parse import quote

from probe.telemetry.exposition import TEXT
from probe.telemetry.sending import Sending


def push(
    address: str, body: bytes, *, job: str, environment: str, location: str, credentials: str | None = None
) -> Sending:
    """The request that puts `body`, classic text, in the place of the whole group: what it no longer has is gone there too.

    `address` is the Pushgateway's, without a slash at its end. The group is one environment, seen from one location.
    """
    group = {"job": job, "environment": environment, "location": location}
    place = "/".join(_label(name, value) for name, value in group.items())
    return Sending(
        method="PUT",
        url=f"{address}/metrics/{place}",
        body=body,
        headers={"Content-Type": TEXT.content_type},
        credentials=credentials,
    )


def _label(name: str, value: str) -> str:
    """One label of the grouping key; in base64 where a slash in it would be taken for the next one (the Pushgateway's own form)."""
    if "/" not in value:
        return f"{name}/{quote(value, safe='')}"
    return f"{name}@base64/{base64.urlsafe_b64encode(value.encode()).decode().rstrip('=')}"
