"""One request on its way through the simulator, and the routes that it can take."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from probe.lab.stripe.errors import Json
from probe.lab.stripe.faults import StripeFaults
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.parameters import EXPAND, Spec
from probe.lab.stripe.state import API_VERSION, SimulatorState


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a method may know of the request that it answers."""

    state: SimulatorState
    faults: StripeFaults
    request_id: str | None
    """None where no request is behind it, as when a cardholder answers a challenge."""
    idempotency_key: str | None
    path: str
    """As asked for, `/v1/charges`: the `url` of a list."""
    version: str
    """The API version asked for, `2026-10-28.endive`."""
    ids: Mapping[str, str]
    """The parts of the path that name objects."""
    parameters: Json = field(default_factory=dict)
    """Checked against the route's kinds."""

    def emit(self, kind: str, subject: Json) -> None:
        """Write the event `kind` about `subject` as it is now, and send it to the endpoints that want it."""
        state = self.state
        wanted = [e for e in state.all.webhook_endpoints if _wants(e, kind)]
        event = template("event") | {
            "id": state.new_id("evt"),
            "api_version": API_VERSION,
            "created": state.created(),
            "data": {"object": copy.deepcopy(subject)},
            "pending_webhooks": len(wanted),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": kind,
        }
        state.all.events.add(event)
        for endpoint in wanted:
            if state.outbox is not None:
                state.outbox(event, endpoint)


Act = Callable[[Call], Json]
"""Does what the method does; gives the object, raises a `Refusal`."""

READ: Final = "read"
WRITE: Final = "write"
_RIGHTS: Final = {"refund": "charge", "webhook_endpoint": "webhook"}
"""Where the right is not called as the resource is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method of the API."""

    method: str
    path: str
    """As aiohttp writes it, `/v1/charges/{id}`."""
    act: Act
    resource: str
    """What a restricted key needs a permission for, `charge`."""
    spec: Spec = field(default_factory=lambda: EXPAND)
    required: tuple[str, ...] = ()

    @property
    def permission(self) -> str:
        """As Stripe's 403 names it, `rak_charge_write`; reading is the GET."""
        resource = _RIGHTS.get(self.resource, self.resource)
        return f"rak_{resource}_{READ if self.method == 'GET' else WRITE}"


def merge_metadata(subject: Json, change: Json | None) -> None:
    """Set the keys given, take away those given empty; an empty change takes all away."""
    if change is None:
        return
    kept = {**subject["metadata"], **change} if change else {}
    subject["metadata"] = {key: value for key, value in kept.items() if value != ""}


def _wants(endpoint: Json, kind: str) -> bool:
    """True where the endpoint is enabled for this type of event."""
    enabled = endpoint["enabled_events"]
    return endpoint["status"] == "enabled" and any(wanted in {"*", kind} for wanted in enabled)
