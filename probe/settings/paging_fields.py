"""Values that only `pages` and `maintenance` have: secret addresses, moments, days, times of day."""

import re
from datetime import UTC, datetime, time
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, InstanceOf, WithJsonSchema

from probe.documents.fields import kind_of, number_schema, one_of, refused, text, whole
from probe.documents.masking import quoted
from probe.model.secret import Secret
from probe.redact.leaving import learned
from probe.settings.secret_values import no_live_key

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Monday is 0."""
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def secret_url(value: object) -> Secret:
    """An http or https URL whose path or query may be a secret; in no message."""
    hint = "write it as `https://host/path`, better in a file named by `url_file`"
    if not isinstance(value, str):
        raise refused(f"must be text, not {kind_of(value)}", hint)
    written = value.strip()
    try:
        parts = urlsplit(written)
        _ = parts.port
    except ValueError as error:
        raise refused("is not a URL", hint) from error
    plain = written.isascii() and written.isprintable() and " " not in written
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or parts.username is not None:
        raise refused("is not a URL with http or https", hint)
    no_live_key(written)
    return learned(Secret(written.rstrip("/")))


def routing_key(value: object) -> Secret:
    """PagerDuty's integration key; in no message."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9]{32}", value.strip()):
        raise refused(
            "is not an integration key of PagerDuty", "copy the 32 letters and digits of an Events API v2 integration"
        )
    no_live_key(value)
    return learned(Secret(value.strip()))


def token(value: object) -> Secret:
    """A bearer token (RFC 6750 2.1); in no message."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", value.strip()):
        raise refused("is not a bearer token", "write the token alone, without `Bearer`")
    no_live_key(value)
    return learned(Secret(value.strip()))


def moment(value: object) -> datetime:
    """RFC 3339 with its zone, in quotes or not."""
    hint = "write it with its zone, such as `2026-01-15T02:00:00Z`"
    if isinstance(value, datetime):
        found = value
    else:
        try:
            found = datetime.fromisoformat(text(value))
        except ValueError as error:
            raise refused(f"{quoted(value)} is not a moment", hint) from error
    if found.tzinfo is None:
        raise refused(f"{quoted(value)} has no time zone", hint)
    try:
        return found.astimezone(UTC)
    except OverflowError as error:  # in the first or last hours of the calendar
        raise refused(f"{quoted(value)} is not a moment that can be told in UTC", hint) from error


def time_of_day(value: object) -> time:
    """`HH:MM`, UTC."""
    found = _TIME.fullmatch(text(value))
    if found is None:
        raise refused(f"{quoted(value)} is not a time of day", 'write it in quotes, such as `"02:00"`; it is UTC')
    return time(int(found[1]), int(found[2]))


def share(value: object) -> float:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise refused("must be a number from 0 to 1", "write `0.8` for four fifths")
    return float(value)


SecretUrl = Annotated[
    InstanceOf[Secret],
    BeforeValidator(secret_url),
    WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://", "writeOnly": True}),
]
RoutingKey = Annotated[
    InstanceOf[Secret],
    BeforeValidator(routing_key),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9]{32}$", "writeOnly": True}),
]
Token = Annotated[
    InstanceOf[Secret], BeforeValidator(token), WithJsonSchema({"type": "string", "minLength": 1, "writeOnly": True})
]
Moment = Annotated[datetime, BeforeValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})]
TimeOfDay = Annotated[
    time, BeforeValidator(time_of_day), WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
]
Share = Annotated[float, BeforeValidator(share), number_schema("number", 0, 1)]
Count = Annotated[int, BeforeValidator(whole(1, 1000)), number_schema("integer", 1, 1000)]
Day = Annotated[str, *one_of(*DAYS)]
