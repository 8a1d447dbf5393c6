"""A watched certificate and a forecast in the contract's shape: plain values that `json.dumps` writes on one line."""

from datetime import datetime
from typing import Final

from probe.classify.expiry import Standing
from probe.model.certificate import Source, SourceKind
from probe.model.watch import WatchedCertificate
from probe.report.json import certificate_to_dict, source_to_dict
from probe.report.words import moment
from probe.verdict.forecast import Forecast

WATCHED: Final = "paypath.certificate/1"
FORECAST: Final = "paypath.forecast/1"
"""Name the shapes; a change that breaks a reader gets a new number."""


def watched_to_dict(entry: WatchedCertificate, standing: Standing, at: datetime) -> dict[str, object]:
    """One line of `certs`; of a file that could not be read all that is not known is null, and texts are empty."""
    proof = entry.care.proof
    return {
        "schema": WATCHED,
        **_certificate(entry, at),
        "path": entry.path,
        "name": entry.name,
        "managed_by": entry.care.managed_by,
        "threshold": standing.threshold,
        "severity": standing.severity.value,
        "reasons": [failure.reason for failure in standing.failures],
        "summaries": [failure.summary for failure in standing.failures],
        "seen": [
            {"source": source_to_dict(sighting.source), "at": moment(sighting.at), "held": sighting.held.value}
            for sighting in entry.seen
        ],
        "ours": entry.ours,
        "proven": proof.proven if proof is not None else None,
        "relied_on": entry.relied_on,
        "in_use_until": moment(entry.not_in_use) if entry.not_in_use is not None else None,
    }


def forecast_to_dict(found: Forecast, at: datetime) -> dict[str, object]:
    """One line of `forecast`."""
    because = found.because.certificate if found.because is not None else None
    return {
        "schema": FORECAST,
        "path": found.path,
        "valid_until": moment(found.valid_until) if found.valid_until is not None else None,
        "because": certificate_to_dict(because, at) if because is not None else None,
    }


def place_of(entry: WatchedCertificate) -> Source:
    """Where it is: the certificate's own place, else where it was looked for."""
    if entry.certificate is not None:
        return entry.certificate.source
    return entry.seen[0].source if entry.seen else Source(SourceKind.FILE, entry.name)


def _certificate(entry: WatchedCertificate, at: datetime) -> dict[str, object]:
    if entry.certificate is not None:
        return certificate_to_dict(entry.certificate, at)
    return {
        "role": None,
        "subject": "",
        "issuer": "",
        "serial": "",
        "not_before": None,
        "not_after": None,
        "sha256": "",
        "san": [],
        "source": source_to_dict(place_of(entry)),
        "expires_in_s": None,
    }
