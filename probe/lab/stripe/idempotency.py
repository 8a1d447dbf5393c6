"""Idempotency keys: the first answer is kept for a day and given again."""

from dataclasses import dataclass
from typing import Final

from probe.lab.stripe.errors import Json, Refusal
from probe.model.clock import Clock

LIFETIME_S: Final = 24 * 3600.0
MAX_LENGTH: Final = 255
MOST_KEPT: Final = 5000
"""Fewer than Stripe keeps in a day, more than any test or demonstration asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What went over the wire."""

    status: int
    body: bytes
    request_id: str


@dataclass(slots=True, kw_only=True)
class _Entry:
    path: str
    form: Json
    started: float
    answer: Answer | None = None


class IdempotencyKeys:
    """The keys of one account, by API key: a key of one says nothing to another."""

    def __init__(self, clock: Clock) -> None:
        """Ages are read on `clock.monotonic`."""
        self._clock = clock
        self._entries: dict[tuple[str, str], _Entry] = {}

    def begin(self, owner: str, key: str, path: str, form: Json) -> Answer | None:
        """The stored answer, or None where the request is to be executed and then ended by `finish` or `forget`."""
        if len(key) > MAX_LENGTH:
            raise Refusal(f"Idempotency keys can be at most {MAX_LENGTH} characters long.", kind="idempotency_error")
        self._forget_old()
        entry = self._entries.get((owner, key))
        if entry is None or entry.started + LIFETIME_S <= self._clock.monotonic():
            self._entries[owner, key] = _Entry(path=path, form=form, started=self._clock.monotonic())
            return None
        _require_same(entry, key, path, form)
        if entry.answer is None:
            raise Refusal(
                "There is currently another in-progress request using this idempotent key (that probably means you"
                f" submitted twice, and the other request is still going through): {key}. Please try again later.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        return entry.answer

    def _forget_old(self) -> None:
        """Keep no more than the newest: a lab that runs for days must not grow."""
        while len(self._entries) > MOST_KEPT:
            oldest = next(iter(self._entries))
            if self._entries[oldest].answer is None:
                return
            del self._entries[oldest]

    def finish(self, owner: str, key: str, answer: Answer) -> None:
        """Keep the answer."""
        self._entries[owner, key].answer = answer

    def forget(self, owner: str, key: str) -> None:
        """Nothing was executed: the key is free again."""
        del self._entries[owner, key]


def _require_same(entry: _Entry, key: str, path: str, form: Json) -> None:
    """Refuse a key that stands for another request."""
    other = f"Try using a key other than '{key}' if you meant to execute a different request."
    if entry.path != path:
        raise Refusal(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for"
            f" ('{path}' vs '{entry.path}'). {other}",
            kind="idempotency_error",
        )
    if entry.form != form:
        raise Refusal(
            f"Keys for idempotent requests can only be used with the same parameters they were first used with. {other}",
            kind="idempotency_error",
        )
