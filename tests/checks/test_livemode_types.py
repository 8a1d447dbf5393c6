"""The closed list of types without `livemode`: what the generator makes, and what is committed."""

import importlib
import json
import pathlib
import runpy
import sys

import pytest

from probe.checks import livemode_types

RESOURCES: dict[str, dict[str, object]] = {
    "refund": {"object": "refund"},
    "charge": {"object": "charge", "livemode": False},
    "twofold": {"object": "charge"},
    "deleted_customer": {"object": "customer", "deleted": True},
    "deleted_account": {"object": "account", "deleted": True},
    "deleted_said": {"object": "said", "deleted": True, "livemode": False},
    "account": {"object": "account"},
}


def test_the_file_is_made_from_the_fixtures(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A type is listed only if none of its fixtures has the field; stubs only where the type itself is not listed."""
    fixtures = tmp_path / "fixtures3.json"
    fixtures.write_text(json.dumps({"resources": RESOURCES}))
    monkeypatch.setattr(sys, "argv", ["livemode_types", str(fixtures)])
    runpy.run_path(str(livemode_types.__file__), run_name="__main__")
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("#")]
    assert lines == ["account", "refund", "deleted customer"]


def test_the_committed_list() -> None:
    """It holds what was measured on Stripe's fixtures, and nothing that moves money and has the field."""
    types = livemode_types.load()
    assert {"refund", "card", "bank_account", "balance_transaction", "account"} <= types.always
    assert {"customer", "webhook_endpoint", "product"} <= types.deleted
    with_field = {
        "payment_intent",
        "charge",
        "balance",
        "setup_intent",
        "customer",
        "event",
        "payment_method",
        "payout",
    }
    assert not with_field & types.always
    assert len(types.always) == 27
    assert all(name == name.strip() and " " not in name for name in types.always | types.deleted)


def test_the_list_is_what_the_sdk_knows() -> None:
    """Every type of the installed SDK without the field is listed, but for those of old that Stripe gives out no more; none with it is."""
    from stripe._object_classes import OBJECT_CLASSES  # noqa: PLC0415 - the SDK's own table, for this test alone

    def has_field(kind: str) -> bool:
        module, name = OBJECT_CLASSES[kind]
        found = getattr(importlib.import_module(module), name)
        return any("livemode" in getattr(base, "__annotations__", {}) for base in found.__mro__)

    always = livemode_types.load().always
    without = {kind for kind in OBJECT_CLASSES if not has_field(kind)}
    assert without - always == {"file_upload", "list", "reserve_transaction", "search_result", "tax_deducted_at_source"}
    assert always <= without
