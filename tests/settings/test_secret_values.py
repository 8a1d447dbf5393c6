"""Stripe keys, of test mode alone."""

import pytest
from pydantic_core import PydanticCustomError

from probe.settings.secret_values import api_key


@pytest.mark.parametrize(
    "key", ["sk_live_x", "pk_test_x", "sk_test_", "SK_TEST_x", "sk_test_x y", "sk_test_x\nsk_live_y", "", "sk_org_x"]
)
def test_only_test_mode_keys(key: str) -> None:
    """Nothing else, and the value is not in the refusal."""
    with pytest.raises(PydanticCustomError) as caught:
        api_key(key)
    assert not key or key not in str(caught.value)
