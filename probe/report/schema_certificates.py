"""The shapes of a watched certificate and of a forecast (draft 2020-12)."""

from probe.model.certificate import CertificateRole
from probe.model.failure import Severity
from probe.model.watch import Held
from probe.report.schema_parts import FLAG, MOMENT, REASON, TEXT, TEXTS, Schema, defined, object_of, one_of, or_null
from probe.report.schema_run import certificate
from probe.report.watched import FORECAST, WATCHED


def watched() -> dict[str, object]:
    """One line of `certs`: a certificate, or a file that should have held one."""
    facts = certificate()
    unknown = {key: or_null(_schema(facts[key])) for key in ("not_before", "not_after", "expires_in_s")}
    return {
        "schema": {"const": WATCHED},
        **facts,
        **unknown,
        "role": {**or_null(one_of(CertificateRole)), "description": "null: the file is unreadable."},
        "path": {**or_null(TEXT), "description": "null: a watched file, or an identity that no path uses."},
        "name": {"type": "string", "description": "The identity's name, the server name, or the watched file's path."},
        "managed_by": or_null(TEXT),
        "threshold": {**or_null(TEXT), "description": "The unscaled rung that it has reached, such as `30d`."},
        "severity": one_of(Severity),
        "reasons": {"type": "array", "items": REASON},
        "summaries": {**TEXTS, "description": "One sentence for each of the reasons."},
        "seen": {
            "type": "array",
            "items": object_of({"source": facts["source"], "at": MOMENT, "held": one_of(Held)}),
            "description": "Each place once, the latest sighting there.",
        },
        "ours": {**FLAG, "description": "Ours to renew."},
        "proven": {**or_null(FLAG), "description": "Whether `managed_by` is proven; null: it is not known."},
        "relied_on": {**or_null(FLAG), "description": "Whether the path needs it; null: no handshake has shown yet."},
        "in_use_until": {
            **or_null(MOMENT),
            "description": "The end of the older one that the running service still holds instead of it.",
        },
    }


def forecast() -> dict[str, object]:
    """One line of `forecast`."""
    return {
        "schema": {"const": FORECAST},
        "path": TEXT,
        "valid_until": {**or_null(MOMENT), "description": "null: nothing is known. It may have passed."},
        "because": {**or_null(defined("certificate")), "description": "What ends first."},
    }


def _schema(value: object) -> Schema:
    return value if isinstance(value, dict) else {}
