"""Write down what is known of the certificates, and read it back. Probing goes on where that fails."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from probe.history.store import History
from probe.history.trouble import HistoryError
from probe.history.watched import ROTATIONS_KEPT, Draft
from probe.model.watch import Rotation, WatchedCertificate

_LOG: Final = logging.getLogger("paypath.history")


def recall(history: History | None, *, now: datetime) -> tuple[tuple[WatchedCertificate, ...], tuple[Rotation, ...]]:
    """The certificates and the rotations of before; nothing, and a word on why, where they cannot be read."""
    if history is None:
        return (), ()
    try:
        return history.remembered(), history.rotations(since=now - ROTATIONS_KEPT)
    except HistoryError as error:
        _LOG.warning("what was known of certificates before is lost: %s", error)
        return (), ()


def keep(history: History | None, rotations: Iterable[Rotation], entries: Iterable[WatchedCertificate] | Draft) -> bool:
    """Record each rotation and what is known now; whether that worked, or there is nothing to write to."""
    if history is None:
        return True
    try:
        for rotation in rotations:
            history.record_rotation(rotation)
        history.remember(entries)
    except HistoryError as error:
        _LOG.warning("what is known of certificates now will not be known later: %s", error)
        return False
    return True
