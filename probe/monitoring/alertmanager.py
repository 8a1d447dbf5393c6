"""An example for Alertmanager under which one cause is one page."""

from typing import Final

from probe.monitoring.burn import BURN
from probe.monitoring.certificates import ATTENTION, ENDS, EXPIRING
from probe.monitoring.down import DOWN, DOWN_PROVEN, LATCHED
from probe.monitoring.prober import ALL_UNKNOWN, LOCATION_SILENT, NOT_RUNNING, OVERDUE, PROBER_DOWN, SCENARIO_UNKNOWN
from probe.monitoring.rule import to_yaml
from probe.monitoring.unwatched import PATH_UNWATCHED, SCENARIO_UNWATCHED

_HEADING: Final = """\
An example for Alertmanager: one cause is one page. `python -m probe.monitoring.docs` writes it anew; docs/alerts.md explains it.
Put your own receivers in. What matters is the rest:
- `reason` and `code` are in no `group_by`: an outage whose reason changes stays one incident.
- An outage has a group of its own, so that it pages although a certificate of the path has paged days before.
- Its group_interval is short, so that a second outage soon after the first pages as fast as the first did.
- Each rung of a certificate has a group of its own: a silence on threshold="7d" leaves 48h awake.
- `inhibit_rules`: what follows from a cause is not told beside it.
"""
_OUTAGES: Final = (DOWN, DOWN_PROVEN, LATCHED)
_PATH: Final = ["environment", "path"]
_SOON: Final = "10s"
"""Prometheus repeats a resolved alert for 15 minutes, which keeps its group alive: the next outage waits for the group's interval, not for `group_wait`."""


def alertmanager_example(
    *, pager: str = "http://pager.example:8080/page", tickets: str = "http://tickets.example:8080/ticket"
) -> str:
    """The file; `pager` and `tickets` are the addresses of webhooks."""
    document = {
        "route": _route(),
        "time_intervals": [_WORKING_HOURS],
        "inhibit_rules": _inhibitions(),
        "receivers": _receivers(pager, tickets),
    }
    return to_yaml(document, heading=_HEADING)


def _route() -> dict[str, object]:
    return {
        "receiver": "tickets",
        "group_by": ["environment", "path", "alertname"],
        # Long enough for what follows from the same cause to arrive, short enough for an outage.
        "group_wait": "10s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [
            {
                "matchers": [f"alertname=~{_names(*_OUTAGES)}"],
                "receiver": "pager",
                "group_by": _PATH,
                "group_interval": _SOON,
            },
            {
                "matchers": [f"alertname={_names(EXPIRING)}"],
                "receiver": "tickets",
                "group_by": ["environment", "path", "role", "name", "threshold"],
                "routes": [
                    {"matchers": ['severity="page"', 'threshold="48h"'], "receiver": "pager"},
                    {
                        "matchers": ['severity="page"'],
                        "receiver": "pager",
                        "active_time_intervals": [_WORKING_HOURS["name"]],
                    },
                ],
            },
            {
                "matchers": [f"alertname={_names(ATTENTION)}"],
                "receiver": "tickets",
                "group_by": ["environment", "path", "role", "name", "reason"],
                "routes": [{"matchers": ['severity="page"'], "receiver": "pager"}],
            },
            {"matchers": ['severity="page"'], "receiver": "pager", "group_interval": _SOON},
        ],
    }


_WORKING_HOURS: Final[dict[str, object]] = {
    "name": "working-hours",
    "time_intervals": [
        {
            "weekdays": ["monday:friday"],
            "times": [{"start_time": "09:00", "end_time": "17:00"}],
            "location": "Europe/Berlin",
        }
    ],
}


def _receivers(pager: str, tickets: str) -> list[dict[str, object]]:
    """A webhook of your own stands for a pager here; for PagerDuty write pagerduty_configs with a routing_key_file."""
    return [
        {"name": name, "webhook_configs": [{"url": url, "send_resolved": True}]}
        for name, url in (("pager", pager), ("tickets", tickets))
    ]


def _inhibitions() -> list[dict[str, object]]:
    blind = (PROBER_DOWN, NOT_RUNNING, ALL_UNKNOWN)
    parts = ("PaypathLocationDown", "PaypathInstanceFailing", "PaypathScenarioFailing")
    return [
        # The certificate that has expired is the outage: it need not be told as a certificate too, nor be seen by the peer.
        _inhibit((DOWN_PROVEN,), (DOWN, ENDS), _PATH),
        # Nor a certificate of the server's, which the path refuses: its outage is told already.
        _inhibit((DOWN, DOWN_PROVEN), (ATTENTION,), _PATH, 'reason="certificate.expired"'),
        # An outage uses up the budget, fails in each place, and leaves some scenarios unable to tell.
        _inhibit((DOWN, DOWN_PROVEN), (BURN, f"{BURN}Slowly", *parts, SCENARIO_UNKNOWN), _PATH),
        # A path that is shut on purpose: its charges do not run.
        _inhibit((LATCHED,), (BURN, OVERDUE, PATH_UNWATCHED, SCENARIO_UNWATCHED), _PATH),
        # Without a probe nothing runs.
        _inhibit(
            blind, (PATH_UNWATCHED, SCENARIO_UNWATCHED, OVERDUE, SCENARIO_UNKNOWN, LOCATION_SILENT), ["environment"]
        ),
        _inhibit((PROBER_DOWN,), (NOT_RUNNING, ALL_UNKNOWN), ["environment"]),
        _inhibit((PATH_UNWATCHED,), (SCENARIO_UNWATCHED, OVERDUE), _PATH),
        # Where the last rung of a certificate pages, the path that ends with it says the same.
        {
            "source_matchers": [f"alertname={_names(EXPIRING)}", 'threshold="48h"'],
            "target_matchers": [f"alertname={_names(ENDS)}"],
            "equal": _PATH,
        },
    ]


def _inhibit(sources: tuple[str, ...], targets: tuple[str, ...], equal: list[str], *more: str) -> dict[str, object]:
    return {
        "source_matchers": [f"alertname=~{_names(*sources)}"],
        "target_matchers": [f"alertname=~{_names(*targets)}", *more],
        "equal": equal,
    }


def _names(*alerts: str) -> str:
    return f'"{"|".join(alerts)}"'
