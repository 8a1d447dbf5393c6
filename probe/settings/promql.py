"""PromQL in the configuration: one mistake in it would cost every alert, since Prometheus refuses a rule file as a whole."""

import promql_parser

from probe.documents.fields import refused, text

_HINT = "try it in Prometheus first; write for example `sum(rate(ok_total[5m])) / sum(rate(all_total[5m]))`"


def promql(value: object) -> str:
    """A query that gives series with one value each, as `min()` takes them."""
    written = text(value)
    try:
        promql_parser.parse(written)
    except ValueError as error:
        raise refused(f"is not PromQL: {_in_one_line(error)}", _HINT) from error
    try:
        promql_parser.parse(f"min(\n{written}\n)")
    except ValueError as error:
        raise refused("is PromQL, but gives no series with one value each", _HINT) from error
    return written


def ratio_alone(value: object) -> object:
    """`PROMQL` is short for `{success_ratio: PROMQL}`."""
    return value if isinstance(value, dict) else {"success_ratio": promql(value)}


def _in_one_line(error: ValueError) -> str:
    return " ".join(str(error).split())
