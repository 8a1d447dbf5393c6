"""All steps of a rotation, for people and for programs."""

from collections.abc import Iterator
from datetime import datetime

from probe.classify.wording import dates, described
from probe.report.json import certificate_to_dict
from probe.report.paint import WARN_MARK, Paint, paragraph
from probe.report.rotation import Command, Occasion, RotationPlan, Step
from probe.report.rotation_issue import issue
from probe.report.rotation_rollout import POOLED, keep, roll_back, roll_out
from probe.report.rotation_verify import afterwards, preflight, verify
from probe.report.schema_parts import TEXT, TEXTS, defined, object_of, or_null
from probe.report.words import printable

SCHEMA = "paypath.rotation/1"
"""Names the shape; a change that breaks a reader gets a new number."""


def plan(occasion: Occasion) -> RotationPlan:
    """The steps for this identity. Nothing is read or changed."""
    made = (keep, issue, preflight, roll_out, verify, roll_back, afterwards)
    return RotationPlan(
        occasion=occasion,
        warnings=tuple(_warnings(occasion)),
        steps=tuple(step(occasion) for step in made),
    )


def plan_to_dict(made: RotationPlan) -> dict[str, object]:
    """The plan as plain values, for one line of JSON."""
    occasion = made.occasion
    identity, current = occasion.identity, occasion.certificate
    return {
        "schema": SCHEMA,
        "identity": identity.name,
        "managed_by": identity.managed_by,
        "paths": [path.name for path in occasion.paths],
        "certificate_file": str(identity.certificate),
        "key_file": str(identity.private_key) if identity.private_key else None,
        "current": certificate_to_dict(current, occasion.at) if current else None,
        "warnings": list(made.warnings),
        "fill_in": dict(made.fill_in),
        "steps": [_step_to_dict(step) for step in made.steps],
    }


def rotation_schema() -> dict[str, object]:
    """One line of `rotate --plan`."""
    typed = object_of({"command": TEXT, "comment": {"type": "string", "description": "May be empty."}})
    step = {
        "name": {"type": "string", "description": "Stable, such as `roll-out`."},
        "title": TEXT,
        "notes": {**TEXTS, "description": "What to know before the commands are typed."},
        "commands": {"type": "array", "items": typed, "description": "Lines for a POSIX shell, in their order."},
    }
    return {
        "schema": {"const": SCHEMA},
        "identity": TEXT,
        "managed_by": or_null(TEXT),
        "paths": {**TEXTS, "description": "Those that use the identity."},
        "certificate_file": TEXT,
        "key_file": or_null(TEXT),
        "current": {
            **or_null(defined("certificate")),
            "description": "null: it cannot be read, and the plan has gaps.",
        },
        "warnings": TEXTS,
        "fill_in": {
            "type": "object",
            "additionalProperties": TEXT,
            "description": "Shell variables to be set first, and what to.",
        },
        "steps": {"type": "array", "items": object_of(step)},
    }


def render_plan(made: RotationPlan, *, color: bool, width: int) -> str:
    """One screen or two: what is rotated, what to heed, and each step with its commands, unbroken, to be pasted."""
    paint = Paint(color)
    parts = [_head(made.occasion, paint, width)]
    parts += [paragraph(one, width=width, indent="    ", first=f"  {paint.warn(WARN_MARK)} ") for one in made.warnings]
    if made.fill_in:
        parts.append(_fill_in(made, paint))
    parts += [_step(number, step, paint, width) for number, step in enumerate(made.steps, start=1)]
    return "\n\n".join("\n".join(part) for part in parts)


def _warnings(occasion: Occasion) -> Iterator[str]:
    yield POOLED
    if occasion.trouble is not None:
        yield f"The current certificate cannot be read ({printable(occasion.trouble)}): what it would have told is left to be filled in."
    current = occasion.certificate
    if current is not None and current.publicly_trusted:
        yield (
            "The current certificate comes from a public CA. Those no longer issue clientAuth: renewed there, it will be refused. "
            "Have the new one issued by a private CA that the connector accepts."
        )


def _head(occasion: Occasion, paint: Paint, width: int) -> list[str]:
    identity, current = occasion.identity, occasion.certificate
    of = f" of {', '.join(path.name for path in occasion.paths)}" if occasion.paths else ""
    lines = [paint.strong(f"ROTATION PLAN identity {identity.name}{of}") + " · paypath changes nothing by itself"]
    if current is not None:
        lines += paragraph(printable(f"{described(current)} {_dates(occasion.at, occasion)}."), width=width)
    return lines + paragraph(f"renewed by: {printable(identity.managed_by or 'nothing that is known')}", width=width)


def _fill_in(made: RotationPlan, paint: Paint) -> list[str]:
    """Lines to be completed and typed first."""
    room = max(map(len, made.fill_in)) + 1
    lines = [f"     {f'{name}=':<{room}}  {paint.dim(f'# {what}')}" for name, what in made.fill_in.items()]
    return ["Fill in first; until then the shell refuses what needs it:", *lines]


def _dates(at: datetime, occasion: Occasion) -> str:
    return dates(occasion.certificate, at) if occasion.certificate else ""


def _step(number: int, step: Step, paint: Paint, width: int) -> list[str]:
    lines = [paint.strong(f"{number}. {step.title}")]
    lines += [line for note in step.notes for line in paragraph(note, width=width, indent="   ")]
    for one in step.commands:
        lines += _command(one, paint)
    return lines


def _command(one: Command, paint: Paint) -> list[str]:
    """The comment stands above, so that what is pasted is the command alone."""
    return ([f"     {paint.dim(f'# {one.comment}')}"] if one.comment else []) + [f"     {one.text}"]


def _step_to_dict(step: Step) -> dict[str, object]:
    return {
        "name": step.name,
        "title": step.title,
        "notes": list(step.notes),
        "commands": [{"command": one.text, "comment": one.comment} for one in step.commands],
    }
