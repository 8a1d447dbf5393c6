"""What a scenario expects of an answer against what came: the first difference that matters, as a classified failure."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.checks.comparing import differs, shown
from probe.checks.declines import check_decline
from probe.checks.dotted import MISSING, find
from probe.checks.livemode import Mode, find_live, says_live
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Evidence, Failure, Phase, Severity, StripeError
from probe.model.observation import HttpObservation, StripeObservation
from probe.model.path import KeyFrom
from probe.model.scenario import StepPlan, StripeAction

_BY_WEIGHT: Final = ("charge.status", "charge.wrong_amount", "charge.unexpected", "connector.unexpected_answer")
"""Which difference leads where there are several: a status that is not `succeeded` explains the amount that is 0."""


WHOSE: Final = "v1.accounts.retrieve_current"
"""The method that says which account a key belongs to."""

BALANCE: Final = "v1.balance.retrieve"
"""The method whose answer proves test mode before anything is written."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that does not hold."""

    reason: str
    text: str
    """A clause for people."""
    confidence: Confidence = Confidence.PROVEN
    place: str = ""
    """Where in the answer; empty where it concerns the whole."""


def check_stripe(
    plan: StepPlan, expect: Mapping[str, object], observation: StripeObservation, catalogue: Catalogue
) -> Failure | None:
    """What is wrong with an answer of Stripe's; None where it is the expected one. For answers, not for broken transport.

    `expect` has its templates expanded. Live mode comes first, whatever else is wrong. Card errors are judged here alone.
    """
    live = _live(observation)
    if live is not None:
        return _failure(plan, [live], observation, catalogue)
    differences = list(_differences(plan, expect, observation))
    if not differences:
        return None
    failure = _failure(plan, differences, observation, catalogue)
    return as_refund_failure(failure, catalogue) if is_refund(plan) else failure


def is_refund(plan: StepPlan) -> bool:
    """Whether the step refunds: what fails it is `charge.refund_failed`."""
    return isinstance(plan.action, StripeAction) and plan.action.method.startswith("v1.refunds.")


def as_refund_failure(failure: Failure, catalogue: Catalogue) -> Failure:
    """A failure of a refund step under its own reason, with what stood in the way among `also`. Live mode stays what it is."""
    if failure.reason in {"charge.live_mode", "charge.refund_failed"}:
        return failure
    return dataclasses.replace(
        catalogue.failure(
            "charge.refund_failed",
            phase=failure.phase,
            confidence=failure.confidence,
            summary=failure.summary,
            evidence=failure.evidence,
            certificate=failure.certificate,
            also=(failure.reason, *failure.also),
            hop=failure.hop,
        ),
        retryable=failure.retryable,
    )


def check_http(
    plan: StepPlan, expect: Mapping[str, object], observation: HttpObservation, catalogue: Catalogue
) -> Failure | None:
    """What is wrong with the answer to an `http` step; None where it is the expected one.

    `status` is the HTTP status, `headers.NAME` a header, `body` the text; any other place, and all below `json`, lies in the JSON
    answer. Without an expected `status` the answer must be a 2xx.
    """
    answer = observation.answer
    live = check_live(plan, observation, catalogue)
    if live is not None:
        return live
    subject = {} if answer is None else _http_subject(answer)
    differences = list(_compare(expect, subject, "connector.unexpected_answer"))
    if "status" not in expect and answer is not None and answer.status // 100 != 2:  # noqa: PLR2004 - RFC 9110 15.3
        by_class = {4: "connector.http_4xx", 5: "connector.http_5xx"}
        reason = by_class.get(answer.status // 100, "connector.unexpected_answer")
        differences.insert(0, Difference(reason, f"the HTTP status is {answer.status}", Confidence.PEER_HTTP))
    return _http_failure(plan, differences, answer, catalogue) if differences else None


def check_live(plan: StepPlan, observation: HttpObservation, catalogue: Catalogue) -> Failure | None:
    """Live mode in the answer to an `http` step, whatever else became of it; None where it says nothing of the kind."""
    answer = observation.answer
    if answer is None or not (says_live(answer.body) or headers_say_live(answer)):
        return None
    return _http_failure(plan, [Difference("charge.live_mode", _LIVE)], answer, catalogue)


def check_live_headers(plan: StepPlan, answers: Iterable[HttpAnswer], catalogue: Catalogue) -> Failure | None:
    """Live mode in a header of any answer of a step, of whichever kind; None where none says so."""
    for answer in answers:
        if headers_say_live(answer):
            return _http_failure(plan, [Difference("charge.live_mode", _LIVE)], answer, catalogue)
    return None


def headers_say_live(answer: HttpAnswer) -> bool:
    """Whether one of its headers says live mode: `Livemode: true` is one, `X-Stripe: livemode=true` another."""
    # What stands there twice was joined with a comma.
    return any(says_live(f"{name}: {part}") for name, value in answer.headers.items() for part in value.split(","))


def as_wrong_account(
    failure: Failure, observation: StripeObservation, key_from: KeyFrom, catalogue: Catalogue
) -> Failure:
    """A failure of the question whose account it is, under its own reason, with what to look at; any other as it is."""
    answered = observation.response is not None and observation.response.get("id") is not None
    if observation.method != WHOSE or not answered or failure.reason != "charge.unexpected":
        return failure
    injected = key_from is KeyFrom.CONNECTOR
    whose = "that the connector injects" if injected else "of this path (`stripe.api_key`)"
    return catalogue.failure(
        "charge.wrong_account",
        phase=failure.phase,
        confidence=failure.confidence,
        summary=f"{failure.summary.rstrip('.')}: the key {whose} is not of the account in `stripe.account`.",
        evidence=failure.evidence,
        also=failure.also,
        blame=Blame.CONNECTOR if injected else None,
        severity=Severity.PAGE if injected else None,
    )


_LIVE: Final = "the answer says `livemode: true`: it comes from live mode, where no probe may ever be"


def _live(observation: StripeObservation) -> Difference | None:
    """Live mode, anywhere in the object or in an error."""
    verdict = None if observation.response is None else find_live(observation.response)
    in_object = verdict is not None and verdict.mode is Mode.LIVE
    in_error = observation.error is not None and observation.error.livemode is True
    answer = observation.http
    in_answer = answer is not None and (answer.live or says_live(answer.body) or headers_say_live(answer))
    return Difference("charge.live_mode", _LIVE, Confidence.PEER_HTTP) if in_object or in_error or in_answer else None


def _differences(plan: StepPlan, expect: Mapping[str, object], observation: StripeObservation) -> Iterator[Difference]:
    """Everything that is not as expected, in the order in which it is said."""
    decline = check_decline(expect.get("error"), observation)
    if decline is not None:
        yield Difference(decline.reason, decline.text, Confidence.PEER_HTTP)
        return
    response = observation.response
    if response is None and observation.error is None:
        yield Difference("charge.unexpected", "the answer is no JSON object")
        return
    if response is not None:
        yield from _unproven(response, balance=observation.method == BALANCE)
    others = {place: wanted for place, wanted in expect.items() if place not in {"error", "livemode"}}
    subject: object = response if response is not None else _json(observation.http)
    if isinstance(subject, Mapping) and observation.http is not None:
        subject = {**subject, "http": {"status": observation.http.status, "headers": observation.http.headers}}
    for difference in _compare(others, subject, "charge.unexpected"):
        twice = plan.same_key_as is not None and difference.place == "id"
        yield dataclasses.replace(difference, reason="charge.made_twice") if twice else difference


def _unproven(response: Mapping[str, object], *, balance: bool) -> Iterator[Difference]:
    """An answer that is no object of Stripe's, or does not prove test mode. `livemode: false` is always expected.

    A balance has to say it itself: that is what it is asked for. No list, and no type that says nothing of modes, stands for one.
    """
    verdict = find_live(response)
    if balance and (response.get("object", "balance") != "balance" or response.get("livemode") is not False):
        said = f"{shown(response.get('object', MISSING))} with `livemode` {shown(response.get('livemode', MISSING))}"
        yield Difference(
            "charge.unexpected",
            f"the answer is no balance that says `livemode: false` ({said}): test mode is not proven",
        )
        return
    if verdict.mode is not Mode.UNPROVEN:
        return
    if not isinstance(response.get("object"), str):
        yield Difference("charge.unexpected", "the answer is no object of Stripe's: it has no `object`")
    else:
        where = f"`{verdict.place}` of the answer" if verdict.place else f"the answer, a {response['object']},"
        yield Difference("charge.unexpected", f"{where} does not say `livemode: false`, so test mode is not proven")


def _compare(expect: Mapping[str, object], subject: object, otherwise: str) -> Iterator[Difference]:
    """Each expectation that `subject` does not meet."""
    for place, wanted in expect.items():
        found = find(subject, place)
        expected = differs(found, wanted)
        if expected is not None:
            reason = _reason(place) if otherwise == "charge.unexpected" else otherwise
            yield Difference(reason, f"`{place}` is {shown(found)}, expected {expected}", place=place)


def _reason(place: str) -> str:
    """The reason that a place of Stripe's objects has of its own."""
    last = place.rpartition(".")[2]
    if last == "status":
        return "charge.status"
    if last == "amount" or last.startswith("amount_") or last.endswith("_amount"):
        return "charge.wrong_amount"
    return "charge.unexpected"


def _failure(
    plan: StepPlan, differences: list[Difference], observation: StripeObservation, catalogue: Catalogue
) -> Failure:
    """The weightiest difference as a failure, the others among `also` and in the summary."""
    error, http = observation.error, observation.http
    evidence = Evidence(
        http_status=None if http is None else http.status,
        stripe=StripeError(type=error.type, code=error.code, decline_code=error.decline_code) if error else None,
        detail=f"request {observation.request_id}" if observation.request_id else "",
    )
    return _lead(plan, differences, evidence, catalogue)


def _http_failure(
    plan: StepPlan, differences: list[Difference], answer: HttpAnswer | None, catalogue: Catalogue
) -> Failure:
    """The same for an `http` step."""
    return _lead(plan, differences, Evidence(http_status=None if answer is None else answer.status), catalogue)


def _lead(plan: StepPlan, differences: list[Difference], evidence: Evidence, catalogue: Catalogue) -> Failure:
    """One failure of several differences."""
    ordered = sorted(differences, key=lambda each: _BY_WEIGHT.index(each.reason) if each.reason in _BY_WEIGHT else -1)
    return catalogue.failure(
        ordered[0].reason,
        phase=Phase.RECEIVE,
        confidence=ordered[0].confidence,
        summary=f"Step {plan.name}: {'; '.join(each.text for each in ordered)}.",
        evidence=evidence,
        also=tuple(each.reason for each in ordered[1:]),
    )


def _http_subject(answer: HttpAnswer) -> dict[str, object]:
    """What the expectations of an `http` step can name."""
    parsed = _json(answer)
    fields = parsed if isinstance(parsed, Mapping) else {}
    return {**fields, "json": parsed, "status": answer.status, "headers": answer.headers, "body": answer.body}


def _json(answer: HttpAnswer | None) -> object:
    """The body as JSON; an empty map where it is none."""
    try:
        return json.loads(answer.body) if answer is not None else {}
    except (ValueError, RecursionError):
        return {}
