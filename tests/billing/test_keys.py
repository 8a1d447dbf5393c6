"""No call is made with anything but a test-mode key."""

import pytest

from probe.billing.keys import PLACEHOLDER, LiveKeyError, key_of
from probe.model.path import KeyFrom, StripeAccess
from probe.model.secret import Secret, is_test_key


def test_a_live_key_is_refused_without_being_shown() -> None:
    """The last check before the wire; its message holds nothing of the key."""
    with pytest.raises(LiveKeyError) as refused:
        key_of(StripeAccess(api_key=Secret("sk_live_51Habcdef")))
    assert "51Habcdef" not in repr(refused.value)


def test_a_test_key_is_used() -> None:
    """As it is."""
    assert key_of(StripeAccess(api_key=Secret("rk_test_1"))) == Secret("rk_test_1")


def test_the_connector_brings_its_own_key() -> None:
    """Then ours never leaves the process, whatever is configured."""
    access = StripeAccess(api_key=Secret("sk_test_ours"), key_from=KeyFrom.CONNECTOR)
    assert key_of(access) == PLACEHOLDER
    assert is_test_key(PLACEHOLDER)
