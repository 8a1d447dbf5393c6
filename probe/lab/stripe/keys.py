"""Who is asking: keys by prefix, restricted keys by permission, the account by header."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

from probe.lab.stripe.calls import Route
from probe.lab.stripe.errors import Refusal
from probe.lab.stripe.state import SimulatorState

_TEST_KEY: Final = re.compile(r"[sr]k_test_[A-Za-z0-9_]+")
_SHORT: Final = 8
"""A key of so few characters is hidden wholly."""
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Stripe"'}
_MISSING: Final = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth"
    " (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we"
    " can help at https://support.stripe.com/."
)


def authenticate(headers: Mapping[str, str]) -> str:
    """The test-mode key of the request; anything else is a 401."""
    key = _presented(headers.get("Authorization", ""))
    if not key:
        raise _unauthorized(_MISSING)
    if key.startswith("pk_"):
        raise _unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list"
            " of your API keys at https://dashboard.stripe.com/account/apikeys.",
            code="secret_key_required",
        )
    if not _TEST_KEY.fullmatch(key):
        raise invalid_key(key)
    if "expired" in key:
        raise _unauthorized(f"Expired API Key provided: {_hidden(key)}", code="api_key_expired")
    return key


def authorize(state: SimulatorState, key: str, route: Route, headers: Mapping[str, str]) -> None:
    """Refuse with 403 what the key may not do, and any account but our own."""
    asked = headers.get("Stripe-Account", state.account)
    if asked != state.account:
        raise Refusal(
            f"The provided key '{_hidden(key)}' does not have access to account '{asked}' (or that account does not"
            " exist). Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    granted = state.restricted.get(key)
    if granted is None or route.permission in granted or route.permission.replace("_read", "_write") in granted:
        return
    raise Refusal(
        f"The provided key '{_hidden(key)}' does not have the required permissions for this endpoint on account"
        f" '{state.account}'. Having the '{route.permission}' permission would allow this request to continue.",
        status=403,
    )


def invalid_key(key: str) -> Refusal:
    """The 401 for a key that Stripe does not know."""
    return _unauthorized(f"Invalid API Key provided: {_hidden(key)}")


def _presented(authorization: str) -> str:
    """The key of a Bearer token, or the user name of Basic."""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode("ascii").partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return rest.strip() if scheme.lower() == "bearer" else ""


def _hidden(key: str) -> str:
    """The key as Stripe prints it: the prefix and the last four characters."""
    prefix = re.match(r"[a-z]{2}_(test|live)_", key)
    shown = prefix.group() if prefix else ""
    tail = key[-4:] if len(key) - len(shown) > _SHORT else ""
    return shown + "*" * max(len(key) - len(shown) - len(tail), 4) + tail


def _unauthorized(message: str, *, code: str | None = None) -> Refusal:
    return Refusal(message, status=401, code=code, headers=_CHALLENGE)
