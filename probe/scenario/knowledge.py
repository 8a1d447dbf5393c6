"""What can be wrong with a scenario that only other rooms know: the SDK's methods, the configured paths."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Each None: not known, and so not checked."""

    method_hint: Callable[[str], str | None] | None = None
    """What to do about a Stripe method that does not exist; None for one that does."""
    paths: Collection[str] | None = None
    """Names of the configured paths."""


NOTHING: Final = Knowledge()
