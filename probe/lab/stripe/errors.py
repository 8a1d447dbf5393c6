"""Stripe's refusals: an exception that carries the HTTP status and the error object."""

import copy
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
"""A JSON object on its way in or out."""

DOCUMENTATION = "https://stripe.com/docs/error-codes/"


class Refusal(Exception):  # noqa: N818 - it is an answer of Stripe, not an error of ours
    """The request ends here, with this status and error object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`kind` is Stripe's error type; `executed` says that work had begun, so that an idempotent replay gives the same answer."""
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.headers = dict(headers or {})
        self.error: Json = {"message": message, "type": kind}
        if code is not None:
            self.error |= {"code": code, "doc_url": DOCUMENTATION + code.replace("_", "-")}
        if param is not None:
            self.error["param"] = param
        self.error |= copy.deepcopy(dict(extra or {}))

    def body(self, request_id: str, created: int) -> Json:
        """The whole answer; `created` (s since the epoch) is part of the log's address."""
        log = f"https://dashboard.stripe.com/test/logs/{request_id}?t={created}"
        return {"error": dict(sorted((self.error | {"request_log_url": log}).items()))}


def missing_parameter(name: str) -> Refusal:
    """A parameter that the method cannot do without."""
    return Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)


def unknown_parameter(name: str) -> Refusal:
    """A parameter that Stripe does not know here."""
    return Refusal(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def not_simulated(name: str) -> Refusal:
    """A parameter that Stripe knows and this simulator does not: better said than ignored."""
    return Refusal(f"This simulator does not know what {name} does; Stripe does. Leave it out.", param=name)


def no_such(kind: str, identifier: str, *, param: str, status: int = 400) -> Refusal:
    """An object that does not exist: 404 where its id stands in the URL, 400 where it is a parameter."""
    return Refusal(f"No such {kind}: '{identifier}'", status=status, code="resource_missing", param=param)


def unexpected_state(message: str, intent: Json) -> Refusal:
    """A payment intent or setup intent is not in a state that allows this; it comes along in the error."""
    kind = intent["object"]
    return Refusal(message, code=f"{kind}_unexpected_state", executed=True, extra={kind: intent})
