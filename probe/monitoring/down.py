"""The path is down: who says so, in how many places, and because of what.

An instance says so when its last two runs of a scenario failed, whatever their reasons; at once when it is proven that a
certificate of ours has expired; and when two readings, five seconds apart, found our files unusable. A location says so
when half of its instances do. A page needs two of the locations that run the scenario and can tell, or the only one.
"""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.model.identity import FileFault
from probe.monitoring.cause import failing, indented, with_cause
from probe.monitoring.rule import Alert, Group, Record, Rule
from probe.monitoring.scope import Scope
from probe.monitoring.texts import dashboard, in_words, reasons_of, runbook, runbook_of

FAMILIES: Final = ("dns.", "tcp.", "tls.", "connector.", "stripe.", "charge.")
"""Reasons for which a path is down."""
EXPIRED: Final = ("tls.client_cert.expired", "tls.client_cert.chain_expired")
"""An end that is read from our own files needs no second run."""
BROKEN: Final = tuple(f"tls.{fault.value}" for fault in FileFault)
"""What a copy in progress looks like for a moment."""
OURS: Final = (*EXPIRED, *BROKEN)
DOWN: Final = "PaypathPathDown"
DOWN_PROVEN: Final = "PaypathPathDownProven"
LATCHED: Final = "PaypathPathLatched"

_INSTANCE: Final = "environment, location, job, instance, path, scenario"
_LOCATION: Final = "environment, location, path, scenario"
_PAIR: Final = "environment, path, scenario"
_PATH: Final = "environment, path"
_PAGES: Final = 'severity="page"'


def down(catalogue: Catalogue, scope: Scope) -> Group:
    """Recording rules from instance to path, and the alerts on them."""
    return Group(
        name="paypath-down",
        rules=(*_records(), _proven(catalogue, scope), _down(catalogue, scope), _latched(catalogue, scope)),
    )


def parts(catalogue: Catalogue, scope: Scope) -> Group:
    """Tickets for what is not the whole path: one location of several, a few instances, a scenario that may not page."""
    return Group(
        name="paypath-parts",
        rules=(_location(catalogue, scope), _instance(catalogue, scope), _ticket(catalogue, scope)),
    )


def _records() -> tuple[Rule, ...]:
    ours = f'confidence="proven", blame="ours", {_PAGES}'
    proven = (
        f'paypath_failure_active{{{ours}, reason=~"{_any(EXPIRED)}"}}\n'
        f"or\n"
        f'paypath_failure_active{{{ours}, reason=~"{_any(BROKEN)}"}}\n'
        f"  and on (environment, location, job, instance, path) paypath_identity_broken == 1"
    )
    # A run that cannot tell shows no failure: then the last one counts for a while, so that an outage does not seem to end.
    twice = (
        f"(paypath_consecutive_failures >= bool 2)\n"
        f"  and on ({_INSTANCE}) last_over_time(paypath_failure_active{{{_PAGES}}}[15m])\n"
        f'  unless on ({_INSTANCE}) paypath_failure_active{{severity!="page"}}\n'
        f'  unless on ({_INSTANCE}) paypath_failure_active{{{ours}, reason=~"{_any(OURS)}"}}'
    )
    able = "paypath_up or paypath_consecutive_failures > 0"
    return (
        Record(record="paypath:able:instance", expr=f"max by ({_INSTANCE}) ({able}) * 0"),
        Record(
            record="paypath:proven:instance",
            expr=f"max by ({_INSTANCE}) (\n{indented(proven, 2)}\n)\nor paypath:able:instance",
        ),
        Record(
            record="paypath:down:instance",
            expr=(
                f"paypath:proven:instance == 1\nor\nmax by ({_INSTANCE}) (\n{indented(twice, 2)}\n)\nor paypath:able:instance"
            ),
        ),
        *(
            Record(
                record=f"paypath:{kind}:location", expr=f"avg by ({_LOCATION}) (paypath:{kind}:instance) >= bool 0.5"
            )
            for kind in ("proven", "down")
        ),
        Record(
            record="paypath:down:path",
            expr=(
                f"max by ({_PATH}) (\n"
                f"  sum by ({_PAIR}) (paypath:down:location)\n"
                f"  >= bool\n"
                f"  clamp_max(count by ({_PAIR}) (paypath:down:location), 2)\n"
                f")"
            ),
        ),
    )


def _proven(catalogue: Catalogue, scope: Scope) -> Alert:
    condition = f"paypath:down:path == 1 and on ({_PATH}) max by ({_PATH}) (paypath:proven:location) == 1"
    chosen = f'confidence="proven", {_PAGES}, reason=~"{_any(OURS)}"'
    return _page(
        catalogue,
        scope,
        OURS,
        alert=DOWN_PROVEN,
        expr=with_cause(condition, by=_PATH, alert=DOWN_PROVEN, candidates=failing(chosen)),
        sure="It is proven by our own files.",
    )


def _down(catalogue: Catalogue, scope: Scope) -> Alert:
    condition = f"paypath:down:path == 1 unless on ({_PATH}) max by ({_PATH}) (paypath:proven:location) == 1"
    return _page(
        catalogue,
        scope,
        reasons_of(catalogue, *FAMILIES),
        alert=DOWN,
        expr=with_cause(condition, by=_PATH, alert=DOWN, candidates=failing(_PAGES)),
        sure="Two runs in a row failed, in two locations where there are two.",
    )


def _page(catalogue: Catalogue, scope: Scope, reasons: tuple[str, ...], *, alert: str, expr: str, sure: str) -> Alert:
    return Alert(
        alert=alert,
        expr=expr,
        # A run that passes in between does not end an outage; the page is resolved when this time has passed in health.
        keep_firing_for="5m",
        labels={"severity": "page"},
        annotations={
            "summary": (
                f"{in_words(catalogue, reasons)} ({{{{ $labels.reason }}}}): payments on {{{{ $labels.path }}}} fail"
                f" in {{{{ $labels.environment }}}}; customers see {{{{ $labels.code }}}}"
            ),
            "description": f"{sure} Now failing: {_NOW_FAILING} {_FIRST_STEP}",
            "runbook_url": runbook(catalogue, scope, reasons),
            "dashboard_url": dashboard(scope, "path", "environment", "path"),
        },
    )


_NOW_FAILING: Final = (
    '{{ range printf "paypath_failure_active{environment=%q, path=%q}" $labels.environment $labels.path | query | sortByLabel "scenario" }}'
    "{{ .Labels.scenario }} at {{ .Labels.location }} ({{ .Labels.code }} {{ .Labels.reason }}); {{ end }}"
)
_FIRST_STEP: Final = (
    "`paypath explain {{ $labels.reason }}` says what it means and what to do first; `paypath check` looks again."
)


def _links(catalogue: Catalogue, scope: Scope) -> dict[str, str]:
    return {
        "runbook_url": runbook(catalogue, scope, reasons_of(catalogue, *FAMILIES)),
        "dashboard_url": dashboard(scope, "path", "environment", "path"),
    }


def _latched(catalogue: Catalogue, scope: Scope) -> Alert:
    entry = catalogue.entry("charge.live_mode")
    return Alert(
        alert=LATCHED,
        expr=f"max by ({_PATH}) (paypath_latched) == 1",
        labels={"severity": "page", "code": str(entry.code), "reason": entry.reason},
        annotations={
            "summary": (
                "Live-mode answer (charge.live_mode): {{ $labels.path }} in {{ $labels.environment }} is latched shut, and no longer"
                " probed by charges"
            ),
            "description": (
                "An answer on this path came from Stripe's live mode: a test may have moved real money. Nothing more is sent until"
                " somebody has looked and runs `paypath unlock {{ $labels.path }} --reason TEXT`."
            ),
            "runbook_url": runbook_of(catalogue, scope, entry.reason),
            "dashboard_url": dashboard(scope, "path", "environment", "path"),
        },
    )


def _location(catalogue: Catalogue, scope: Scope) -> Alert:
    by = "environment, path, location"
    return _partly(
        catalogue,
        scope,
        alert="PaypathLocationDown",
        condition=f"max by ({by}) (paypath:down:location) == 1 unless on ({_PATH}) paypath:down:path == 1",
        by=by,
        where="{{ $labels.location }} alone; from elsewhere payments go through",
        look="Something between this location and the connector, or in its own files.",
    )


def _instance(catalogue: Catalogue, scope: Scope) -> Alert:
    place = "environment, path, location"
    by = f"{place}, instance"
    return _partly(
        catalogue,
        scope,
        alert="PaypathInstanceFailing",
        condition=f"max by ({by}) (paypath:down:instance) == 1\nunless on ({place}) max by ({place}) (paypath:down:location) == 1",
        by=by,
        where="{{ $labels.instance }}, one of several at {{ $labels.location }}",
        look="This instance alone: its files, its node, its network.",
    )


def _partly(catalogue: Catalogue, scope: Scope, *, alert: str, condition: str, by: str, where: str, look: str) -> Alert:
    """A ticket for a path that fails from a part of those who probe it."""
    cause = f"{in_words(catalogue, reasons_of(catalogue, *FAMILIES))} ({{{{ $labels.reason }}}})"
    return Alert(
        alert=alert,
        expr=with_cause(condition, by=by, alert=alert, candidates=failing(_PAGES)),
        for_="1m",
        labels={"severity": "ticket"},
        annotations={
            "summary": f"{cause}: {{{{ $labels.path }}}} fails from {where}",
            "description": f"{look} {_FIRST_STEP}",
            **_links(catalogue, scope),
        },
    )


def _ticket(catalogue: Catalogue, scope: Scope) -> Alert:
    tickets = 'severity="ticket"'
    condition = (
        f"max by ({_PAIR}) (paypath_consecutive_failures) >= 2\n"
        f"and on ({_PAIR}) max by ({_PAIR}) (paypath_failure_active{{{tickets}}})"
    )
    return Alert(
        alert="PaypathScenarioFailing",
        expr=with_cause(condition, by=_PAIR, alert="PaypathScenarioFailing", candidates=failing(tickets)),
        keep_firing_for="5m",
        labels={"severity": "ticket"},
        annotations={
            "summary": (
                f"{in_words(catalogue, reasons_of(catalogue, *FAMILIES))} ({{{{ $labels.reason }}}}): {{{{ $labels.scenario }}}} fails on"
                f" {{{{ $labels.path }}}} in {{{{ $labels.environment }}}}"
            ),
            "description": f"Nobody is woken by it: the reason or the scenario says so. {_FIRST_STEP}",
            **_links(catalogue, scope),
        },
    )


def _any(reasons: tuple[str, ...]) -> str:
    return "|".join(reason.replace(".", "[.]") for reason in reasons)
