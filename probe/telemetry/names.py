"""Every exported metric: its OpenTelemetry name and unit, from which its Prometheus name follows.

Dots become underscores, the unit `s` becomes `_seconds`, counters end in `_total`; units in braces say what is counted
and leave no trace in the name. Attributes are named as the labels are. Never rename one.
"""

from dataclasses import dataclass
from typing import Final

SCOPE: Final = "paypath"
"""Instrumentation scope of spans and metrics."""


@dataclass(frozen=True, slots=True)
class MetricName:
    """One metric as OpenTelemetry knows it."""

    name: str
    unit: str
    description: str


RUNS: Final = MetricName("paypath.runs", "{run}", "Finished runs, by what became of them.")
FAILURES: Final = MetricName(
    "paypath.failures", "{run}", "Runs that failed, or could not tell (outcome unknown), by the reason."
)
FAILURE_ACTIVE: Final = MetricName("paypath.failure.active", "", "1 while the last run failed, absent otherwise.")
RUN_DURATION: Final = MetricName("paypath.run.duration", "s", "How long a run took, cleanup included.")
STEP_DURATION: Final = MetricName("paypath.step.duration", "s", "How long a step took, all its attempts together.")
PHASE_DURATION: Final = MetricName(
    "paypath.phase.duration",
    "s",
    "How long a phase of a connection took; of a Stripe call, the wait for the answer counts to the second hop.",
)
SUCCESS_RATIO: Final = MetricName(
    "paypath.success_ratio", "1", "Passed runs among those that could tell, within the window."
)
UP: Final = MetricName("paypath.up", "", "Whether the last run passed; absent where it could not tell.")
CONSECUTIVE_FAILURES: Final = MetricName(
    "paypath.consecutive_failures", "{run}", "Failed runs since the last passed one."
)
LAST_RUN: Final = MetricName("paypath.last_run.timestamp", "s", "Unix time of the end of the last run.")
LAST_SUCCESS: Final = MetricName("paypath.last_success.timestamp", "s", "Unix time of the end of the last passed run.")
RETRIES: Final = MetricName("paypath.retries", "{attempt}", "Steps tried again, by why the attempt before had failed.")
NOT_AFTER: Final = MetricName(
    "paypath.certificate.not_after.timestamp", "s", "Unix time at which the certificate expires; of several, the first."
)
NOT_BEFORE: Final = MetricName(
    "paypath.certificate.not_before.timestamp",
    "s",
    "Unix time from which the certificate is valid; of several, the last.",
)
MANAGED: Final = MetricName(
    "paypath.certificate.managed", "", "Whether it is proven that something renews this certificate of ours."
)
THRESHOLD: Final = MetricName(
    "paypath.certificate.threshold", "", "1 while the certificate is inside this threshold, absent otherwise."
)
ATTENTION: Final = MetricName(
    "paypath.certificate.attention", "", "1 while the certificate needs somebody for this reason, absent otherwise."
)
VALID_UNTIL: Final = MetricName(
    "paypath.path.valid_until.timestamp", "s", "Unix time until which money can flow as far as certificates go."
)
LATCHED: Final = MetricName(
    "paypath.latched", "", "Whether a live-mode answer has shut the path to scenarios that write."
)
IDENTITY_USABLE: Final = MetricName(
    "paypath.identity.usable", "", "Whether the identity's files can be read and belong together."
)
IDENTITY_BROKEN: Final = MetricName(
    "paypath.identity.broken", "", "Whether two readings, five seconds apart, found the identity's files unusable."
)
SCHEDULE_INTERVAL: Final = MetricName("paypath.schedule.interval", "s", "How often a scenario is due on a path.")
OBJECTIVE: Final = MetricName("paypath.objective_ratio", "1", "Share of its runs that must pass, as the scenario says.")
STRIPE_REQUESTS: Final = MetricName("paypath.stripe.requests", "{request}", "Requests sent to Stripe, by account.")
STRIPE_WAITING: Final = MetricName(
    "paypath.stripe.waiting", "", "Runs and requests that wait for the account's budget of requests."
)
STRIPE_IN_FLIGHT: Final = MetricName("paypath.stripe.in_flight", "", "Requests to Stripe without an answer yet.")
STRIPE_LIMITED: Final = MetricName(
    "paypath.stripe.limited", "{request}", "Requests that Stripe refused with 429, by the limit it named."
)
STRIPE_SWEPT: Final = MetricName(
    "paypath.stripe.swept", "{object}", "Objects that killed runs had left at Stripe, by what became of them."
)
SCHEDULE_LAG: Final = MetricName("paypath.schedule.lag", "s", "How much later than due runs started.")
RUNS_SKIPPED: Final = MetricName("paypath.runs.skipped", "{run}", "Runs that were due and were not begun.")
PAGES: Final = MetricName("paypath.pages", "{page}", "Attempts to hand a page to a sink, by what became of them.")
HISTORY_LOST: Final = MetricName("paypath.history.lost", "{run}", "Runs that could not be written to the history.")
HISTORY_WAITING: Final = MetricName(
    "paypath.history.waiting", "", "Runs that wait in memory until the history can be written."
)
OUTPUT_DROPPED: Final = MetricName(
    "paypath.output.dropped",
    "{line}",
    "Lines for stdout or stderr that were dropped: nobody read them, or they could not be written.",
)
WEBHOOKS: Final = MetricName(
    "paypath.webhooks", "{webhook}", "Webhooks that were delivered here, by what became of them."
)
EXPORT_FAILURES: Final = MetricName(
    "paypath.telemetry.export.failures", "{export}", "Exports that did not reach the collector."
)
CONFIG_RELOADED: Final = MetricName(
    "paypath.config.last_reload_successful", "", "Whether the configuration that is written last was taken over."
)
CONFIG_RELOADED_AT: Final = MetricName(
    "paypath.config.last_reload_success.timestamp", "s", "Unix time at which a configuration was taken over last."
)
BUILD_INFO: Final = MetricName("paypath.build.info", "", "1; its labels say what is running.")
HTTP_REQUEST: Final = MetricName("http.client.request.duration", "s", "Duration of HTTP client requests.")

OUTCOMES: Final = ("passed", "failed", "unknown")
"""Values of `outcome` of a run."""
SWEPT: Final = ("taken_back", "still_there")
"""Values of `outcome` of what a sweep found."""
SKIP_CAUSES: Final = (
    "overlap",
    "late",
    "no_state",
    "latched",
    "no_stripe",
    "no_health_path",
    "no_webhook",
    "no_canary",
    "not_ours",
)
"""Values of `cause`, the closed set of `probe.model.run.RunSkipped`."""
PAGE_OUTCOMES: Final = ("delivered", "failed", "expired")
"""Values of `outcome` of a page: taken, to be tried again, given up."""
WEBHOOK_OUTCOMES: Final = ("taken", "unsigned", "forged", "stale", "malformed")
"""Values of `outcome` of a webhook; all but the first were refused."""
SIGNALS: Final = ("traces", "metrics")
"""Values of `signal`."""

WINDOWS_S: Final = {"5m": 300.0, "30m": 1800.0, "1h": 3600.0, "6h": 21600.0}
"""Windows of the success ratio, in seconds: those of multi-window burn-rate alerts (SRE workbook, chapter 5)."""

RUN_BOUNDS_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0)
"""Bucket boundaries of runs and steps: from a handshake near by to a deadline."""
PHASE_BOUNDS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bucket boundaries of phases: up to the default limit of one."""
HTTP_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""As the HTTP semantic conventions advise."""
LAG_BOUNDS_S: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0)
"""Bucket boundaries of the schedule's lag."""
