"""Idempotency keys: the same for each attempt, different for everything else."""

import itertools

from probe.billing.idempotency import key

RUN = "0123456789abcdef0123456789abcdef"


def test_an_attempt_repeats_its_key() -> None:
    """Deterministic: a create that timed out is asked again with it."""
    assert key(RUN, "charge", "v1.payment_intents.create") == key(RUN, "charge", "v1.payment_intents.create")


def test_everything_else_has_another_key() -> None:
    """Run, step and method each make a difference, also where their texts only join differently."""
    keys = {key(*each) for each in itertools.product((RUN, RUN[::-1]), ("a", "ab"), ("b.c", "c"))}
    assert len(keys) == 8
    assert all(len(each) < 60 and each.isascii() for each in keys)
