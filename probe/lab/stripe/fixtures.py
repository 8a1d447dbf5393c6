"""Stripe's published sample of each object, as the template of ours: so that no field is ever missing."""

import copy
import functools
import importlib.resources
import json
from typing import cast

from probe.lab.stripe.errors import Json


def template(kind: str) -> Json:
    """A fresh copy of the sample of `payment_intent`, `charge`, …; made-up values are null in it."""
    return copy.deepcopy(_read(kind))


@functools.cache
def _read(kind: str) -> Json:
    packaged = importlib.resources.files("probe.lab.stripe") / "fixtures" / f"{kind}.json"
    return cast("Json", json.loads(packaged.read_text(encoding="utf-8")))
