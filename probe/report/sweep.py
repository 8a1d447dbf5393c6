"""What a sweep found and took back: as `paypath.sweep/1`, and as people read it."""

from collections.abc import Sequence
from typing import Final

from probe.model.outcome import Failed, Passed, Skipped, Unknown, word
from probe.model.sweep import HeldBack, Leftover, Sweep
from probe.report.facts import failure_of
from probe.report.json import failure_to_dict
from probe.report.paint import Paint, paragraph
from probe.report.schema_parts import (
    COUNT,
    FLAG,
    MOMENT,
    SECONDS,
    TEXT,
    TEXTS,
    defined,
    object_of,
    or_null,
)
from probe.report.words import moment, printable, spoken_moment

SCHEMA: Final = "paypath.sweep/1"
"""Names the shape; a change that breaks a reader gets a new number."""
_DIGITS: Final = 6
_DONE: Final = {"create": "refunded", "cancel": "cancelled", "delete": "deleted", "detach": "detached"}
"""Last word of the method that took it back -> what became of it."""


def sweep_to_dict(told: Sweep) -> dict[str, object]:
    """One line for one account. `failure` says why where the outcome is not passed."""
    failure = failure_of(told.outcome)
    return {
        "schema": SCHEMA,
        "path": told.path,
        "paths": list(told.paths),
        "started_at": moment(told.started_at),
        "duration_s": round(told.duration_s, _DIGITS),
        "created_from": moment(told.created_from),
        "created_before": moment(told.created_before),
        "dry_run": told.dry_run,
        "outcome": word(told.outcome),
        "failure": failure_to_dict(failure, told.started_at) if failure else None,
        "looked_at": told.looked_at,
        "not_permitted": list(told.not_permitted),
        "left_behind": [_leftover_to_dict(each, told) for each in told.leftovers],
        "held_back": [_held_back_to_dict(each) for each in told.held_back],
    }


def _held_back_to_dict(held: HeldBack) -> dict[str, object]:
    return {
        "type": held.type,
        "id": held.id,
        "created": moment(held.created),
        "run_id": held.run_id,
        "scenario": held.scenario,
        "until": moment(held.until),
    }


def _leftover_to_dict(left: Leftover, told: Sweep) -> dict[str, object]:
    failure = failure_of(left.outcome)
    return {
        "type": left.type,
        "id": left.id,
        "created": moment(left.created),
        "run_id": left.run_id,
        "scenario": left.scenario,
        "undo": left.undo,
        "amount_minor": left.amount_minor,
        "currency": left.currency,
        "outcome": word(left.outcome),
        "failure": failure_to_dict(failure, told.started_at) if failure else None,
    }


def sweep_schema() -> dict[str, object]:
    """One line of `sweep`."""
    failure = or_null(defined("failure"))
    left = object_of(
        {
            "type": {"type": "string", "description": "Stripe's `object`, such as `payment_intent`."},
            "id": TEXT,
            "created": MOMENT,
            "run_id": {"type": "string", "description": "The run that made it, from its metadata."},
            "scenario": TEXT,
            "undo": {"type": "string", "description": "What takes it back, such as `v1.refunds.create`."},
            "amount_minor": {
                **or_null(COUNT),
                "description": "In the currency's smallest unit; null: no money is out.",
            },
            "currency": or_null(TEXT),
            "outcome": {
                "enum": ["passed", "failed", "unknown", "skipped"],
                "description": "passed: taken back; skipped: a dry run.",
            },
            "failure": {**failure, "description": "Why it is still there."},
        }
    )
    return {
        "schema": {"const": SCHEMA},
        "path": {"type": "string", "description": "The path by which the account was looked at."},
        "paths": {**TEXTS, "description": "All paths of the account."},
        "started_at": MOMENT,
        "duration_s": SECONDS,
        "created_from": MOMENT,
        "created_before": MOMENT,
        "dry_run": FLAG,
        "outcome": {"enum": ["passed", "failed", "unknown"]},
        "failure": failure,
        "looked_at": {**COUNT, "description": "Objects, whoever made them."},
        "not_permitted": {**TEXTS, "description": "Lists that the key may not read."},
        "left_behind": {"type": "array", "items": left},
        "held_back": {
            "type": "array",
            "items": _held_back_schema(),
            "description": "What a run may still be using, or what is younger than `--older-than`.",
        },
    }


def _held_back_schema() -> dict[str, object]:
    return object_of(
        {
            "type": {"type": "string", "description": "Stripe's `object`, such as `payment_intent`."},
            "id": TEXT,
            "created": MOMENT,
            "run_id": {"type": "string", "description": "The run that made it, from its metadata."},
            "scenario": TEXT,
            "until": {**MOMENT, "description": "From then on a sweep takes it back."},
        }
    )


def render_sweeps(told: Sequence[Sweep], *, color: bool, width: int) -> str:
    """A headline for each account, and a line for each thing that was left; no newline at the end."""
    paint = Paint(color)
    return "\n".join(line for each in told for line in _block(each, paint, width=width))


def headline(told: Sweep) -> str:
    """How it went, in a few words: also what a log says."""
    if told.held_back and not told.leftovers and isinstance(told.outcome, Passed):
        return f"{len(told.held_back)} held back, nothing else is left behind"
    held = f"; {len(told.held_back)} held back" if told.held_back else ""
    return _found(told) + held


def _found(told: Sweep) -> str:
    """The same of what is not held back."""
    back = sum(isinstance(left.outcome, Passed) for left in told.leftovers)
    found, still = len(told.leftovers), len(told.leftovers) - back
    match told.outcome:
        case Unknown() if not found:
            return "could not tell"
        case Failed() if not found:
            return "refused"
        case Unknown():
            return f"{found} left behind, {back} taken back; could not look at everything"
        case _ if not found:
            return "nothing is left behind"
        case _ if told.dry_run:
            return f"{found} left behind; a dry run takes nothing back"
        case _:
            return f"{found} left behind, {back} taken back" + (f", {still} still there" if still else "")


def _block(told: Sweep, paint: Paint, *, width: int) -> list[str]:
    names = ", ".join(printable(name) for name in told.paths)
    lines = [f"{paint.mark(told.outcome)} {paint.strong(names)}  {headline(told)}"]
    lines += [f"  {paint.mark(left.outcome)} {_sentence(left)}" for left in told.leftovers]
    lines += [f"  · {_waiting(held)}" for held in told.held_back]
    failure = failure_of(told.outcome)
    if failure is not None:
        lines += paragraph(f"{failure.summary} ({failure.reason})", width=width, indent="    ")
    if told.not_permitted:
        lists = ", ".join(told.not_permitted)
        lines += paragraph(
            f"The key may not read {lists}, so nothing can have been made there.", width=width, indent="    "
        )
    return lines


def _waiting(held: HeldBack) -> str:
    origin = f"{printable(held.scenario)}, run {printable(held.run_id)}, {spoken_moment(held.created)}"
    why = "a run may be using it, or it is younger than --older-than"
    return f"{held.type} {printable(held.id)} held back until {spoken_moment(held.until)} ({why}): {origin}"


def _sentence(left: Leftover) -> str:
    done = _DONE[left.undo.rpartition(".")[2]]
    match left.outcome:
        case Passed():
            fate = done
        case Skipped():
            fate = f"would be {done}"
        case _:
            fate = f"not {done}"
    money = "" if left.amount_minor is None else f" ({left.amount_minor} {left.currency} in its smallest unit)"
    origin = f"{printable(left.scenario)}, run {printable(left.run_id)}, {spoken_moment(left.created)}"
    return f"{left.type} {printable(left.id)} {fate}{money}: {origin}"
