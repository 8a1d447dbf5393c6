"""Values that only the configuration has and that lead nowhere: places in an answer, thresholds, shares."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from probe.documents.fields import Duration, kind_of, matching, refused, shaped, text
from probe.documents.masking import quoted

_MOST_THRESHOLDS: Final = 8


def proof(value: object) -> dict[str, str | bool | int]:
    """Dotted places, each with what proves test mode: a text, true or false, or a whole number."""
    hint = "write it as `proof: {payment.test_mode: true}`"
    if not isinstance(value, dict) or not value:
        raise refused(
            "must not be empty: it proves nothing" if value == {} else f"must be a map, not {kind_of(value)}", hint
        )
    for at, wanted in value.items():
        place(at)
        if not isinstance(wanted, str | bool | int):
            raise refused(f"{quoted(str(at))} must be text, true or false, or a whole number", hint)
    return value


place = matching(r"[^\s.]+(?:\.[^\s.]+)*", "a dotted place in a JSON answer", "write it as `error.code`")
canary_field = matching(
    r"(?:header:[!#$%&'*+.^_`|~0-9A-Za-z-]+|query:[^\s&=#]+|path:[^\s/?#]+|(?!(?:header|query|path):)[^\s.]+(?:\.[^\s.]+)*)",
    "a place in a request",
    "write it as `payment.tenant` (in the body), `header:X-Tenant`, `query:tenant` or `path:tenants`",
)


def thresholds(value: list[float]) -> list[float]:
    """One to eight times before the end of a certificate, each shorter than the one before."""
    if not 1 <= len(value) <= _MOST_THRESHOLDS or value != sorted(set(value), reverse=True):
        hint = "write `[30d, 14d, 7d, 48h]`: ticket, ticket, page in working hours, page at any time"
        raise refused("must be one to eight durations, each shorter than the one before", hint)
    return value


def files_alone(value: object) -> object:
    """`FILES` is short for `{files: FILES}`."""
    return value if isinstance(value, dict) else {"files": value} if isinstance(value, str) else text(value)


class TextOrMap:
    """Says in the JSON Schema that the map may also be written as one text."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Both forms."""
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}


Place = Annotated[str, BeforeValidator(place), WithJsonSchema({"type": "string", "minLength": 1})]
CanaryField = Annotated[str, BeforeValidator(canary_field), WithJsonSchema({"type": "string", "minLength": 1})]
Proof = Annotated[
    dict[str, str | bool | int],
    BeforeValidator(proof),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": ["string", "boolean", "integer"]},
        }
    ),
]
Thresholds = Annotated[list[Duration], AfterValidator(thresholds)]
Reasons = Annotated[
    str,
    *shaped(
        r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*(?:\.\*)?",
        "a reason or a family of reasons",
        "write it as `tls.client_cert.expired` or `tls.*`",
    ),
]
Account = Annotated[str, *shaped(r"acct_[A-Za-z0-9]+", "an account id", "write it as `acct_123`")]
SHARD_SHAPE: Final = r"(?:[1-9][0-9]{0,4}|auto)/[1-9][0-9]{0,4}"


def shard(value: object) -> str:
    """`2/5` or `auto/5`; the share is one of them."""
    hint = "write it as `2/5`, the second of five shares, or `auto/5` in a StatefulSet"
    if not isinstance(value, str):
        raise refused(f"must be text, not {kind_of(value)}", hint)
    index, _, of = value.partition("/")
    if not re.fullmatch(SHARD_SHAPE, value) or (index != "auto" and int(index) > int(of)):
        raise refused(f"{quoted(value)} is not a share of the paths", hint)
    return value


ShardText = Annotated[str, BeforeValidator(shard), WithJsonSchema({"type": "string", "pattern": f"^{SHARD_SHAPE}$"})]
