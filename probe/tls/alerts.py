"""TLS alerts by number and name, from the IANA registry "TLS Alerts"."""

from typing import Final

from probe.model.tls import Alert, AlertFrom

CLOSE_NOTIFY: Final = 0
"""Says that the sender will send no more; the one alert that belongs to a healthy connection (RFC 8446 6.1)."""

NAMES: Final[dict[int, str]] = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    52: "too_many_cids_requested",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    117: "general_error",
    120: "no_application_protocol",
    121: "ech_required",
}
"""Every registered alert; the registry's `_RESERVED` suffix of retired ones is left out."""

_FATAL: Final = 2


def name_of(number: int) -> str:
    """The IANA name, or `alert_N` where there is none."""
    return NAMES.get(number, f"alert_{number}")


def alert_from_bytes(data: bytes, sender: AlertFrom) -> Alert | None:
    """The alert in the two bytes of an alert message (level, description); None where they are not two."""
    if len(data) != 2:  # noqa: PLR2004 - RFC 8446 6: level and description
        return None
    level, number = data
    return Alert(sender=sender, number=number, name=name_of(number), fatal=level == _FATAL)
