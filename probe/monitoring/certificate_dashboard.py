"""The dashboard *Certificates*: which ends first, what renews it, what was rotated."""

from typing import Final

from probe.monitoring.dashboard import Annotation, Dashboard
from probe.monitoring.panel import BAD_IF_SOME, CHOSEN, GOOD_IF_SOME, TIME_LEFT, Panel, Query, something

CERTIFICATES: Final = Dashboard(
    name="certificates",
    title="Certificates",
    span="now-30d",
    variables=(
        ("environment", "Environment", "paypath_certificate_not_after_timestamp_seconds"),
        ("path", "Path", "paypath_certificate_not_after_timestamp_seconds"),
    ),
    annotations=(
        Annotation(
            name="Rotations",
            expr=f'changes(paypath_certificate_not_before_timestamp_seconds{{{CHOSEN}, source!="wire"}}[5m]) > 0',
            title="{{name}} has a new {{role}} certificate",
            color="blue",
        ),
    ),
    panels=(
        Panel(
            kind="stat",
            title="For how long can money flow?",
            description="Until the first certificate that the path needs ends. `paypath forecast` says which one it is.",
            unit="s",
            queries=(
                Query(
                    expr=f"min by (path) (paypath_path_valid_until_timestamp_seconds{{{CHOSEN}}}) - time()",
                    legend="{{path}}",
                ),
            ),
            steps=TIME_LEFT,
            height=6,
        ),
        Panel(
            kind="stat",
            title="How soon does the first certificate end?",
            description="The soonest of all that are seen, also of those that no path depends on.",
            unit="s",
            queries=(
                Query(
                    expr=f"min by (path) (paypath_certificate_not_after_timestamp_seconds{{{CHOSEN}}}) - time()",
                    legend="{{path}}",
                ),
            ),
            steps=TIME_LEFT,
            height=6,
        ),
        Panel(
            kind="table",
            title="Which certificates end first?",
            description="Every certificate of the paths and of the watched files, by the time that is left. It stays true while handshakes fail.",
            unit="s",
            queries=(
                Query(
                    expr=f"sort(min by (path, role, name, source) (paypath_certificate_not_after_timestamp_seconds{{{CHOSEN}}}) - time())",
                    legend="{{path}} {{name}}",
                ),
            ),
            steps=TIME_LEFT,
            height=10,
        ),
        Panel(
            kind="table",
            title="Which of ours does nothing renew?",
            description=(
                "0: nothing is proven to renew it, be it that nobody said so (certificate.unmanaged) or that the claim is not proven"
                " (certificate.management_unproven). This is how the outage of 5023 began."
            ),
            unit="none",
            queries=(
                Query(
                    expr=f"sort(min by (path, role, name) (paypath_certificate_managed{{{CHOSEN}}}))",
                    legend="{{path}} {{name}}",
                ),
            ),
            steps=GOOD_IF_SOME,
            named=(("1", "renewed", "green"), ("0", "by nothing", "red")),
            height=10,
        ),
        Panel(
            kind="table",
            title="Which thresholds are crossed?",
            description="The rung that each certificate stands in, scaled by its lifetime. A page is for severity page alone.",
            unit="none",
            queries=(
                Query(
                    expr=something(
                        f"max by (path, role, name, threshold, severity) (paypath_certificate_threshold{{{CHOSEN}}})",
                        "threshold",
                        "none",
                    ),
                    legend="{{name}} {{threshold}}",
                ),
            ),
            steps=BAD_IF_SOME,
        ),
        Panel(
            kind="table",
            title="What else needs somebody?",
            description="`paypath explain REASON` says what each reason means and what to do first.",
            unit="none",
            queries=(
                Query(
                    expr=something(
                        f"max by (path, role, name, reason, severity) (paypath_certificate_attention{{{CHOSEN}}})",
                        "reason",
                        "nothing",
                    ),
                    legend="{{name}} {{reason}}",
                ),
            ),
            steps=BAD_IF_SOME,
        ),
        Panel(
            kind="timeseries",
            title="When was each certificate renewed?",
            description="Days that are left. Each jump upwards is a rotation, blue marks are those of files of ours; a line that only falls has nobody.",
            unit="d",
            queries=(
                Query(
                    expr=f"(min by (path, role, name) (paypath_certificate_not_after_timestamp_seconds{{{CHOSEN}}}) - time()) / 86400",
                    legend="{{path}} {{role}} {{name}}",
                ),
            ),
            steps=(("red", None), ("orange", 2), ("yellow", 7), ("green", 30)),
            width=24,
        ),
    ),
)
