"""Idempotency keys: what lets a create that timed out be asked again, to learn its id and undo it."""

import hashlib


def key(run_id: str, step_name: str, method: str) -> str:
    """The key of one step of one run: the same for each attempt, another one for everything else. Under 60 characters.

    Stripe keeps keys for 24 hours and takes up to 255 characters; the run id stays readable in Stripe's request log.
    """
    step = hashlib.sha256(f"{step_name}\0{method}".encode()).hexdigest()[:16]
    return f"paypath-{run_id}-{step}"
