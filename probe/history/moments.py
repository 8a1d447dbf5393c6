"""Moments as every table has them."""

from datetime import datetime


def text_of(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: sorts as text."""
    return at.isoformat(timespec="microseconds")
