"""Every key of a scenario file. What stands under a key is its documentation, also in the JSON Schema."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict

from probe.documents.fields import (
    NAME_PATTERN,
    Duration,
    Name,
    RequestPath,
    Text,
    kind_of,
    one_of,
    refused,
    shaped,
)
from probe.documents.masking import quoted
from probe.model.scenario import Forgery, WebhookProof

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SAVED_NAME: Final = r"[a-z][a-z0-9_]*"

_DOTTED: Final = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*"


def _free(value: object) -> dict[str, Any]:
    """A map whose content is somebody else's to judge: Stripe's parameters, the fields of an answer."""
    if not isinstance(value, dict):
        raise refused(f"must be a map, not {kind_of(value)}", "write it as `{key: value}`")
    return value


def _body(value: object) -> str:
    if not isinstance(value, str):
        raise refused(f"must be text, not {kind_of(value)}", "put it in quotes")
    return value


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        shown = quoted(str(value)) if isinstance(value, str | int | float) else kind_of(value)
        raise refused(f"{shown} is no share of runs", "write a number above 0 and below 1, such as `0.99`")
    return float(value)


def _names(value: object) -> list[Any]:
    if not isinstance(value, list) or not value:
        found = "an empty list" if value == [] else kind_of(value)
        raise refused(f"must be a list of names, not {found}", "write it as `[billing]`, or leave it out")
    return value


Slo = Annotated[
    float, BeforeValidator(_share), WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1})
]
Names = Annotated[
    list[Name],
    BeforeValidator(_names),
    WithJsonSchema({"type": "array", "minItems": 1, "items": {"type": "string", "pattern": f"^(?:{NAME_PATTERN})$"}}),
]
HeaderName = Annotated[
    str,
    *shaped(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", "a header's name", "use letters, digits and `-`, such as `X-Request-Id`"),
]
Free = Annotated[dict[str, Any], BeforeValidator(_free), WithJsonSchema({"type": "object"})]
SavedName = Annotated[str, *shaped(SAVED_NAME, "a name to save under", "use lower-case letters, digits and `_`")]
Dotted = Annotated[str, *shaped(_DOTTED, "a place in an answer", "write it as `id` or `latest_charge.id`")]
When = Annotated[str, *shaped(rf"saved\.{SAVED_NAME}", "a condition", "write it as `saved.NAME`")]


class Keys(BaseModel):
    """A map of known keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True, validate_default=False
    )


class HandshakeKeys(Keys):
    """TLS, acceptance, and the connector's `health_path`; `{}` is enough."""

    client_certificate: Annotated[str, *one_of("optional", "required", "withheld")] = "optional"
    """`required`: a connector that asks for no client certificate fails the step; otherwise it is a warning. `withheld`: ours is not
    shown, and the connector must refuse us; getting through is the failure."""


class HttpKeys(Keys):
    """One request to the connector."""

    method: Annotated[str, *one_of(*METHODS)] = "GET"
    """The request's method."""
    path: RequestPath | None = None
    """The request's path. Default: the connector's `health_path`."""
    headers: dict[HeaderName, Text] = Field(default={})
    """Further headers."""
    body: Annotated[str, BeforeValidator(_body), WithJsonSchema({"type": "string"})] | None = None
    """The request's body."""
    client_certificate: Annotated[str, *one_of("optional", "withheld")] = "optional"
    """`withheld`: our client certificate is not shown, and the connector must refuse us; getting through is the failure."""


class CertificatesKeys(Keys):
    """What must be true of every certificate that the path needs, as `paypath forecast` knows them."""

    valid_for: Duration
    """None of them may expire sooner, whoever presents or holds it. Needs a `handshake` step before it."""


class WebhookKeys(Keys):
    """An event that has to arrive, or a webhook that has to be refused."""

    event: (
        Annotated[
            str, *shaped(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+", "an event's type", "write it as `payment_intent.succeeded`")
        ]
        | None
    ) = None
    """The type of the event that has to come."""
    object: Text | None = None
    """The id of the object that the event is about, `"${saved.payment_intent}"`: that is how it is told from those of other payments."""
    by: Annotated[str, *one_of(*WebhookProof)] = WebhookProof.DELIVERY.value
    """`delivery`: Stripe's signed webhook reaches this probe (`listen.webhooks`). `pending_webhooks`: Stripe says that every endpoint has taken it, the path's own (`paths.NAME.webhook`) among them. `events`: it stands in Stripe's list of events."""
    within: Duration | None = None
    """How long it may take. Default: what is left of the scenario's `deadline`."""
    refuses: Annotated[str, *one_of(*Forgery)] | None = None
    """In place of `event`: send the path's own endpoint (`paths.NAME.webhook`) a webhook that is `unsigned`, `forged` (signed with another secret) or `stale` (signed rightly, an hour ago); it must be refused."""


_ONE_KIND: Final[JsonDict] = {
    "oneOf": [{"required": [kind]} for kind in ("handshake", "http", "stripe", "certificates", "wait", "webhook")],
}


class StepKeys(Keys):
    """One step: exactly one of `handshake`, `http`, `stripe`, `certificates`, `wait`, `webhook`, and what belongs to it."""

    model_config = ConfigDict(json_schema_extra=_ONE_KIND)

    name: Name | None = None
    """Default: the kind, or the end of the method's name."""
    handshake: HandshakeKeys | None = None
    """TLS, acceptance, and the connector's `health_path`; `{}` is enough."""
    http: HttpKeys | None = None
    """One request to the connector."""
    stripe: Text | None = None
    """A method of the Stripe SDK's `StripeClient` by its dotted path, `v1.payment_intents.create`."""
    certificates: CertificatesKeys | None = None
    """Every certificate that the path needs, wherever it was seen. Sends nothing."""
    wait: Duration | None = None
    """Let time pass."""
    webhook: WebhookKeys | None = None
    """An event that has to arrive, or a webhook that has to be refused."""
    with_: Free = Field(default={}, alias="with")
    """`stripe`: the method's parameters; texts may hold `${…}`. Those that the method does not have are mistakes."""
    expect: Free = Field(default={})
    """`stripe`, `http`: dotted places in the answer and their values; `http.status` and `http.headers.NAME` of a `stripe` step, `status`
    and `headers.NAME` of an `http` step are those of the HTTP answer. `error: {type, code, decline_code, param}` makes a refusal the
    healthy outcome. `within: 2s`, also of a `handshake`: the whole answer must be there by then. `livemode: false` is always expected."""
    save: dict[SavedName, Dotted] = Field(default={})
    """`stripe`, `http`: name -> dotted place in the answer; later steps write `${saved.NAME}`."""
    when: When | None = None
    """`saved.NAME`: run only where that was saved."""
    retry: list[Text] | None = None
    """Reasons, or families such as `stripe.*`, for which the step is tried again, up to five times in all; `[]`: never. Default: once more
    for what the catalogue calls retryable. Only where repeating changes nothing."""
    same_key_as: Name | None = None
    """`stripe`: an earlier step with the same method, whose idempotency key is sent once more. The answer must be the same object, or
    the `expect.error` where the parameters differ."""


class ScenarioKeys(Keys):
    """A scenario: what to do, how often, and within what time."""

    name: Name
    """Unique among all scenarios; a label of every metric."""
    summary: Text | None = None
    """One sentence: what works when this passes."""
    question: Text | None = None
    """What the business learns from it, as a question that a pass answers with yes."""
    every: Duration = 300.0
    """How often `paypath run` runs it."""
    deadline: Duration = 15.0
    """The time for all steps together; cleanup has its own."""
    values: dict[SavedName, Any] = Field(default={})
    """Drawn once for each run, then written `${values.NAME}`: `${random.amount(100, 500)}`, `${random.choice(usd, eur)}`, `${random.hex(8)}`."""
    severity: Annotated[str, *one_of("page", "ticket", "none")] = "page"
    """The most that a failure of it may do: with `ticket` it never pages. Live mode pages whatever stands here."""
    slo: Slo = 0.99
    """The share of runs that must pass, above 0 and below 1; the alert rules measure how fast the rest is used up."""
    paths: Names | None = None
    """The paths that it runs on. Default: all that it fits."""
    locations: Names | None = None
    """The locations that it runs from. Default: all."""
    steps: list[StepKeys] = Field(json_schema_extra={"minItems": 1})
    """What to do, in order; the first failure ends it."""
    cleanup: list[StepKeys] = Field(default=[])
    """What runs afterwards in any case: refunds, cancellations."""
