"""Certificates: one alert for each rung of a ladder, one for whatever else needs somebody, one for a path that ends.

paypath scales each ladder by the certificate's lifetime and keeps it below the renewal, so that nothing here has to know it.
"""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.monitoring.rule import Alert, Group
from probe.monitoring.scope import Scope
from probe.monitoring.texts import code_of, dashboard, in_words, reasons_of, runbook, runbook_of

EXPIRING: Final = "PaypathCertificateExpiring"
ATTENTION: Final = "PaypathCertificateNeedsAttention"
ENDS: Final = "PaypathCertificatesEndWithin48h"
_FAMILY: Final = ("certificate.",)
_TWO_DAYS_S: Final = 172800


def certificates(catalogue: Catalogue, scope: Scope) -> Group:
    """The three alerts."""
    return Group(
        name="paypath-certificates",
        rules=(_expiring(catalogue, scope), _attention(catalogue, scope), _ends(catalogue, scope)),
    )


def _expiring(catalogue: Catalogue, scope: Scope) -> Alert:
    entry = catalogue.entry("certificate.expiring")
    return Alert(
        alert=EXPIRING,
        expr="max by (environment, path, role, name, threshold, severity) (paypath_certificate_threshold) == 1",
        # A renewal in progress is over within minutes; nothing is broken yet.
        for_="15m",
        labels={"code": str(entry.code), "reason": entry.reason},
        annotations={
            "summary": (
                "Certificate expires soon (certificate.expiring): {{ if $labels.path }}{{ $labels.path }}: {{ end }}the {{ $labels.role }}"
                " certificate of {{ $labels.name }} is inside its {{ $labels.threshold }} threshold"
            ),
            "description": (
                "Payments stop when it ends. `paypath certs` names the certificate, the file and the days that are left;"
                " `paypath rotate --plan` prints the commands of its rotation."
            ),
            "runbook_url": f"{scope.runbooks}/rotation.md",
            "dashboard_url": dashboard(scope, "certificates", "environment", "path"),
        },
    )


def _attention(catalogue: Catalogue, scope: Scope) -> Alert:
    return Alert(
        alert=ATTENTION,
        expr=(
            "max by (environment, path, role, name, reason, severity) (\n"
            '  paypath_certificate_attention{reason!="certificate.expiring"}\n'
            ") == 1"
        ),
        # Longer than any rotation that goes well: half of one, or a new one that is not yet in use, is normal for a while.
        for_="10m",
        labels={"code": code_of(catalogue, reasons_of(catalogue, *_FAMILY))},
        annotations={
            "summary": (
                f"{in_words(catalogue, reasons_of(catalogue, *_FAMILY))} ({{{{ $labels.reason }}}}): {{{{ if $labels.path }}}}{{{{ $labels.path }}}}, {{{{ end }}}}"
                "{{ $labels.role }} {{ $labels.name }}"
            ),
            "description": (
                "`paypath explain {{ $labels.reason }}` says what it means and what to do first; `paypath certs` which certificate it is."
            ),
            "runbook_url": runbook(catalogue, scope, reasons_of(catalogue, *_FAMILY)),
            "dashboard_url": dashboard(scope, "certificates", "environment", "path"),
        },
    )


def _ends(catalogue: Catalogue, scope: Scope) -> Alert:
    entry = catalogue.entry("certificate.expiring")
    return Alert(
        alert=ENDS,
        # The path as a whole, and though the prober has gone quiet since. Two days are much for a certificate that lives for two
        # years, and all there ever is for one of a day: only where one of the path has reached a rung that pages.
        expr=(
            "min by (environment, path) (last_over_time(paypath_path_valid_until_timestamp_seconds[1h]))"
            f" - time() < {_TWO_DAYS_S}\n"
            "and on (environment, path)\n"
            'max by (environment, path) (last_over_time(paypath_certificate_threshold{severity="page"}[1h])) == 1'
        ),
        for_="15m",
        labels={"severity": "page", "code": str(entry.code), "reason": entry.reason},
        annotations={
            "summary": (
                "Certificates end within two days (certificate.expiring): money can flow on {{ $labels.path }} for"
                " {{ $value | humanizeDuration }} more"
            ),
            "description": (
                "`paypath forecast` says because of which certificate; `paypath rotate --plan` prints the commands of its rotation."
            ),
            "runbook_url": runbook_of(catalogue, scope, entry.reason),
            "dashboard_url": dashboard(scope, "certificates", "environment", "path"),
        },
    )
