"""`paypath drill --against CONFIG`: what would be checked, and who would be paged, without sending anything."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from probe.report.incident import took
from probe.report.paint import rows
from probe.report.words import printable

if TYPE_CHECKING:
    from probe.compose.against import Plan, PlannedDrill

SCHEMA: Final = "paypath.drill-plan/1"


def plan_to_dict(plan: "Plan") -> dict[str, Any]:
    """One object."""
    return {"schema": SCHEMA, **asdict(plan)}


def render_plan(plan: "Plan", *, width: int) -> str:
    """Path by path; ends without a newline."""
    lines = [f"Nothing is sent. With {plan.config}:"]
    for path in plan.paths:
        identity = f"identity {path.identity}" if path.identity else "no client certificate"
        lines += ["", f"path {printable(path.path)} · {path.connector} · {identity}", "", "  what is sent"]
        sent = [(f"{each.scenario}, every {took(each.every_s)}", " → ".join(each.steps)) for each in path.scenarios]
        lines += rows(sent or [("nothing", "no scenario fits this path")], width=width, indent="    ")
        lines += ["", "  what would come of each drill"]
        lines += rows([(each.drill, _comes_to(each)) for each in path.drills], width=width, indent="    ")
    paged = ", ".join(plan.sinks) or "nobody: there is no sink under `pages`"
    return "\n".join([*lines, "", f"paged: {paged}"])


def _comes_to(found: "PlannedDrill") -> str:
    if found.seen_within_s is None:
        return f"not seen: {found.because}"
    seen = f"seen within {took(found.seen_within_s)}"
    if found.paged_within_s is None:
        return f"{seen}; nobody is paged: {found.because}"
    return f"{seen}, paged within {took(found.paged_within_s)}"
