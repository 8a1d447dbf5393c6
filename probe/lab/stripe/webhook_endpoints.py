"""`/v1/webhook_endpoints`: where events are sent."""

import urllib.parse
from typing import Final

from probe.lab.stripe.calls import Call, Route, merge_metadata
from probe.lab.stripe.errors import Json, Refusal
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.lists import page
from probe.lab.stripe.parameters import EXPAND, PAGE, Spec, flag, items, metadata, refused_all, text, unset
from probe.lab.stripe.state import SimulatorState

_KIND: Final = "webhook_endpoint"
_MAX_ENDPOINTS: Final = 16
_WRITTEN: Final[Spec] = EXPAND | {
    "description": unset(text),
    "enabled_events": items(text),
    "metadata": metadata,
    "url": text,
}


def _create(call: Call) -> Json:
    parameters = call.parameters
    if len(call.state.all.webhook_endpoints) >= _MAX_ENDPOINTS:
        raise Refusal(f"You have reached the maximum of {_MAX_ENDPOINTS} test webhook endpoints.")
    _check_url(parameters["url"])
    secret = f"whsec_{call.state.new_secret()}"
    endpoint = register(call.state, parameters["url"], parameters["enabled_events"], secret)
    endpoint |= {"api_version": parameters.get("api_version"), "description": parameters.get("description")}
    merge_metadata(endpoint, parameters.get("metadata"))
    return endpoint | {"secret": secret}


def register(state: SimulatorState, url: str, events: list[str], secret: str) -> Json:
    """An endpoint as it is when nothing but these was given."""
    endpoint = template("webhook_endpoint") | {
        "id": state.new_id("we"),
        "api_version": None,
        "created": state.created(),
        "description": None,
        "enabled_events": events,
        "url": url,
    }
    state.webhook_secrets[endpoint["id"]] = secret
    return state.all.webhook_endpoints.add(endpoint)


def _update(call: Call) -> Json:
    endpoint, parameters = _retrieve(call), call.parameters
    if "url" in parameters:
        _check_url(parameters["url"])
    endpoint |= {n: parameters[n] for n in ("description", "enabled_events", "url") if n in parameters}
    if "disabled" in parameters:
        endpoint["status"] = "disabled" if parameters["disabled"] else "enabled"
    merge_metadata(endpoint, parameters.get("metadata"))
    return endpoint


def _retrieve(call: Call) -> Json:
    return call.state.all.webhook_endpoints.get(call.ids["id"])


def _delete(call: Call) -> Json:
    identifier = call.ids["id"]
    stub = template("deleted_webhook_endpoint") | {"id": identifier}
    return call.state.all.webhook_endpoints.delete(identifier, stub)


def _list(call: Call) -> Json:
    return page(call, call.state.all.webhook_endpoints)


def _check_url(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refusal(f"Invalid URL: {url}. It must begin with http:// or https://.", code="url_invalid", param="url")


_ONE: Final = "/v1/webhook_endpoints/{id}"

ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/webhook_endpoints",
        act=_create,
        resource=_KIND,
        spec=_WRITTEN | {"api_version": text} | refused_all("connect"),
        required=("url", "enabled_events"),
    ),
    Route(method="GET", path="/v1/webhook_endpoints", act=_list, resource=_KIND, spec=PAGE),
    Route(method="GET", path=_ONE, act=_retrieve, resource=_KIND),
    Route(method="POST", path=_ONE, act=_update, resource=_KIND, spec=_WRITTEN | {"disabled": flag}),
    Route(method="DELETE", path=_ONE, act=_delete, resource=_KIND),
)
