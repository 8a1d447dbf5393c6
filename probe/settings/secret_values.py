"""Values that are secrets: each is learned, so that no output holds it, and none is of live mode."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, InstanceOf, WithJsonSchema

from probe.documents.fields import kind_of, refused
from probe.documents.masking import holds_live_key
from probe.model.secret import Secret
from probe.redact.leaving import learned

TEST_KEY: Final = re.compile(r"(?:sk|rk)_test_[A-Za-z0-9_]+")
NOT_A_TEST_KEY: Final = "is not a Stripe test-mode key"
KEY_HINT: Final = (
    "give one that begins with `sk_test_` or `rk_test_`; nothing else is ever accepted, and it is not shown here"
)
_SHORTEST_TOKEN: Final = 16


def api_key(value: object) -> Secret:
    """A Stripe key of test mode. There is no way to turn this off, and the value is in no message."""
    if not isinstance(value, str):
        raise refused(f"must be text, not {kind_of(value)}", "put the key in quotes")
    if not TEST_KEY.fullmatch(value.strip()):
        raise refused(NOT_A_TEST_KEY, KEY_HINT)
    return learned(Secret(value.strip()))


def no_live_key(written: str) -> None:
    """Of no secret but a Stripe key is a Stripe key the value; one of live mode is refused wherever it stands."""
    if holds_live_key(written):
        raise refused("holds a live-mode Stripe key", KEY_HINT)


def password(value: object) -> Secret:
    """Any text; in no message."""
    if not isinstance(value, str) or not value:
        raise refused("must be text and not empty", "put it in quotes")
    no_live_key(value)
    return learned(Secret(value))


def webhook_secret(value: object) -> Secret:
    """The signing secret of a webhook endpoint; in no message."""
    if not isinstance(value, str) or not re.fullmatch(r"whsec_[!-~]+", value.strip()):
        raise refused("is not the signing secret of a webhook endpoint", "give the one that begins with `whsec_`")
    no_live_key(value)
    return learned(Secret(value.strip()))


def admin_token(value: object) -> Secret:
    """Something that nobody guesses; in no message."""
    if not isinstance(value, str) or len(value) < _SHORTEST_TOKEN or any(not c.isprintable() for c in value):
        hint = "make one with `openssl rand -hex 32`"
        raise refused(f"must be text in one line, of {_SHORTEST_TOKEN} characters or more", hint)
    no_live_key(value)
    return learned(Secret(value))


def credentials(value: object) -> Secret:
    """`NAME:PASSWORD` for a proxy; in no message."""
    if not isinstance(value, str) or not all(value.partition(":")) or any(not c.isprintable() for c in value):
        raise refused("must be `NAME:PASSWORD` in one line", "put a colon between the two, and quotes around both")
    no_live_key(value)
    learned(Secret(value.partition(":")[2]))
    return learned(Secret(value))


ApiKey = Annotated[
    InstanceOf[Secret],
    BeforeValidator(api_key),
    WithJsonSchema({"type": "string", "pattern": "^(sk|rk)_test_", "writeOnly": True}),
]
Password = Annotated[
    InstanceOf[Secret], BeforeValidator(password), WithJsonSchema({"type": "string", "minLength": 1, "writeOnly": True})
]
WebhookSecret = Annotated[
    InstanceOf[Secret],
    BeforeValidator(webhook_secret),
    WithJsonSchema({"type": "string", "pattern": "^whsec_", "writeOnly": True}),
]
Credentials = Annotated[
    InstanceOf[Secret],
    BeforeValidator(credentials),
    WithJsonSchema({"type": "string", "pattern": ":", "writeOnly": True}),
]
AdminToken = Annotated[
    InstanceOf[Secret],
    BeforeValidator(admin_token),
    WithJsonSchema({"type": "string", "minLength": 16, "writeOnly": True}),
]
