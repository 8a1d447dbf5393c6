"""Every request's way from the wire to its method and back."""

import dataclasses
import json
import re
import urllib.parse
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from probe.lab.stripe import keys
from probe.lab.stripe.calls import Call, Route
from probe.lab.stripe.errors import Json, Refusal
from probe.lab.stripe.expand import check_expandable, expanded
from probe.lab.stripe.faults import (
    KEY_IGNORED,
    LIVE_MODE,
    SLOW_CREATE,
    SLOW_EXECUTION,
    STRIPE_401,
    STRIPE_429,
    STRIPE_500,
    StripeFaults,
    as_live,
)
from probe.lab.stripe.forms import parse
from probe.lab.stripe.idempotency import Answer, IdempotencyKeys
from probe.lab.stripe.parameters import read
from probe.lab.stripe.state import API_VERSION, SimulatorState

_VERSION: Final = re.compile(r"20\d\d-\d\d-\d\d(\.[a-z]+)?")
_FORM: Final = "application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 1000
_CREATE: Final = "/v1/payment_intents"


class Front:
    """Ids, keys, limits, idempotency: what every method of the API has in common."""

    def __init__(self, state: SimulatorState, faults: StripeFaults) -> None:
        """The idempotency keys live as long as this object."""
        self._state = state
        self._faults = faults
        self._keys = IdempotencyKeys(state.clock)

    def serving(self, route: Route | None) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The aiohttp handler of a route; of None, the answer to every other address."""

        async def serve(request: web.Request) -> web.Response:
            authorization = request.headers.get("Authorization", "")
            self._faults.tripwire(request.method, authorization)
            request_id = self._state.new_id("req", 14)
            version = request.headers.get("Stripe-Version", API_VERSION)
            try:
                response = await self._answer(request, route, request_id, version)
            except Refusal as refusal:
                response = _response(self._refused(refusal, request_id))
                response.headers.update(refusal.headers)
            self._faults.tripwire(request.method, authorization)
            response.headers["Request-Id"] = request_id
            response.headers["Stripe-Version"] = version if _VERSION.fullmatch(version) else API_VERSION
            return response

        return serve

    async def _answer(self, request: web.Request, route: Route | None, request_id: str, version: str) -> web.Response:
        """Admit the request, then execute it, or find what it was answered before."""
        self._state.catch_up()
        if route is None:
            raise _unrecognized(request)
        key = self._admit(request, version)
        call = Call(
            state=self._state,
            faults=self._faults,
            request_id=request_id,
            idempotency_key=request.headers.get("Idempotency-Key") if request.method == "POST" else None,
            path=request.path,
            version=version,
            ids=dict(request.match_info),
            parameters=await _form(request),
        )
        keys.authorize(self._state, key, route, request.headers)
        if call.idempotency_key is None or KEY_IGNORED in self._faults.active:
            return _response(await self._execute(call, route, request_id))
        return await self._execute_once(call, route, request_id, key)

    def _admit(self, request: web.Request, version: str) -> str:
        """Who asks, and whether we listen; the key."""
        key = keys.authenticate(request.headers)
        if STRIPE_401 in self._faults.active:
            raise keys.invalid_key(key)
        if STRIPE_429 in self._faults.active:
            raise Refusal(
                "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
                status=429,
                code="rate_limit",
                headers={"Stripe-Rate-Limited-Reason": "global-rate"},
            )
        if not _VERSION.fullmatch(version):
            raise Refusal(f"Invalid Stripe API version: {version}")
        return key

    async def _execute_once(self, call: Call, route: Route, request_id: str, key: str) -> web.Response:
        """Execute under an idempotency key, or give the first answer again."""
        name = call.idempotency_key or ""
        stored = self._keys.begin(key, name, call.path, call.parameters)
        if stored is not None:
            response = _response(stored)
            response.headers.update({"Idempotent-Replayed": "true", "Original-Request": stored.request_id})
        else:
            try:
                answer = await self._execute(call, route, request_id)
            except BaseException:
                self._keys.forget(key, name)
                raise
            self._keys.finish(key, name, answer)
            await self._dawdle(call, SLOW_CREATE, when=route.path == _CREATE)
            response = _response(answer)
        response.headers["Idempotency-Key"] = name
        return response

    async def _execute(self, call: Call, route: Route, request_id: str) -> Answer:
        """Do what the method does. A refusal that it executed is an answer, any other one is raised."""
        await self._dawdle(call, SLOW_EXECUTION, when=route.method == "POST")
        try:
            return self._act(call, route, request_id)
        except Refusal as refusal:
            if not refusal.executed:
                raise
            return self._refused(refusal, request_id)

    def _act(self, call: Call, route: Route, request_id: str) -> Answer:
        if STRIPE_500 in self._faults.active:
            raise Refusal(
                "An unknown error occurred. Please try again, and contact https://support.stripe.com/ if it persists.",
                status=500,
                kind="api_error",
                executed=True,
            )
        parameters = read(route.spec, call.parameters, required=route.required)
        paths = parameters.pop("expand", [])
        if route.method == "POST":
            check_expandable(route.resource, paths)
        checked = dataclasses.replace(call, parameters=parameters)
        return self._sealed(200, expanded(self._state, route.act(checked), paths), request_id)

    def _refused(self, refusal: Refusal, request_id: str) -> Answer:
        return self._sealed(refusal.status, refusal.body(request_id, self._state.created()), request_id)

    def _sealed(self, status: int, body: Json, request_id: str) -> Answer:
        """What goes over the wire, with the live mode that a fault pretends."""
        shown = as_live(body) if LIVE_MODE in self._faults.active else body
        return Answer(status=status, body=json.dumps(shown, indent=2).encode(), request_id=request_id)

    async def _dawdle(self, call: Call, fault: str, *, when: bool) -> None:
        if when and fault in self._faults.active:
            await call.state.clock.sleep(self._faults.delay_s)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, content_type="application/json")


async def _form(request: web.Request) -> Json:
    """The parameters: of the query, or of the body."""
    encoded = request.query_string
    if request.method == "POST":
        body = await request.read()
        if body and request.content_type != _FORM:
            raise Refusal(
                f"Invalid request (check that your POST content type is {_FORM}). If you have any questions, we can help at"
                " https://support.stripe.com/."
            )
        try:
            encoded = body.decode("ascii")
        except UnicodeDecodeError as error:
            raise Refusal(f"Invalid request: the form is not percent-encoded ({error.reason}).") from error
    try:
        pairs = urllib.parse.parse_qsl(encoded, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise Refusal(f"Invalid request: the form cannot be read ({error}).") from error
    return parse(pairs)


def _unrecognized(request: web.Request) -> Refusal:
    return Refusal(
        f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs or we can help at"
        " https://support.stripe.com/.",
        status=404,
    )
