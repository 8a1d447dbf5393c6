"""Test-mode keys only. There is no flag to turn this off."""

from typing import Final

from probe.model.path import KeyFrom, StripeAccess
from probe.model.secret import Secret, is_test_key

PLACEHOLDER: Final = Secret("sk_test_paypath_injected")
"""What the SDK is given where the connector brings its own key; the connector replaces it."""


class LiveKeyError(Exception):
    """A key that is not a test-mode key reached a call. The message never holds it."""


def require_test_key(key: Secret) -> None:
    """Raise LiveKeyError for anything but `sk_test_…` and `rk_test_…`."""
    if not is_test_key(key):
        raise LiveKeyError("not a Stripe test-mode key: it must begin with sk_test_ or rk_test_")


def key_of(access: StripeAccess) -> Secret:
    """The key to call Stripe with: checked anew for each call, whatever was checked before."""
    if access.key_from is KeyFrom.CONNECTOR:
        return PLACEHOLDER
    require_test_key(access.api_key)
    return access.api_key
