"""How an alert gets its code and reason, once, for as long as it fires."""

from typing import Final

_SHAPE: Final = """\
(
{condition}
)
* on ({by}) group_left (code, reason)
(
  (
{candidates}
  ) * 0 + 1
)"""


def with_cause(condition: str, *, by: str, alert: str, candidates: tuple[str, ...]) -> str:
    """PromQL: `condition`, by these labels, with the code and reason that most of the first of `candidates` have.

    Prometheus knows an alert by its labels, so one whose reason changes would be another alert, and page again. Hence the
    reason that it had when it began to fire stays (Prometheus' own `ALERTS`); the description tells what fails now.
    """
    kept = f'topk by ({by}) (1, ALERTS{{alertname="{alert}", alertstate="firing"}})'
    chosen = [f"topk by ({by}) (1, sum by ({by}, code, reason) ({candidate}))" for candidate in candidates]
    return _SHAPE.format(
        condition=indented(condition, 2), by=by, candidates=indented(f"\nor on ({by})\n".join([kept, *chosen]), 4)
    )


def failing(selector: str) -> tuple[str, ...]:
    """Candidates: what fails now, or failed a moment ago where a run could not tell."""
    series = f"paypath_failure_active{{{selector}}}"
    return series, f"last_over_time({series}[15m])"


def failed(window: str, selector: str) -> tuple[str, ...]:
    """Candidates: the reasons of a window's runs."""
    return (f"increase(paypath_failures_total{{{selector}}}[{window}])",)


def indented(text: str, by: int) -> str:
    """Every line moved to the right."""
    return "\n".join(" " * by + line for line in text.splitlines())
