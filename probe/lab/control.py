"""The control address of the lab: its fault switches over HTTP, on loopback."""

from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import web

from probe.lab.faults import FAULTS
from probe.lab.owned import LabError
from probe.lab.stripe.state import SimulatorState

_SWITCH: Final = "/faults/{name}"


def create_control(
    *,
    active: Callable[[], frozenset[str]],
    switch: Callable[[str, bool], None],
    state: SimulatorState,
    more_routes: Iterable[web.RouteDef] = (),
) -> web.Application:
    """`GET /faults` lists, `PUT` and `DELETE /faults/NAME` switch, `GET /open-money` shows what was not given back."""

    async def listed(_: web.Request) -> web.Response:
        on = active()
        return web.json_response(
            {
                "faults": [
                    {"name": name, "active": name in on, "reason": fault.reason, "text": fault.text}
                    for name, fault in FAULTS.items()
                ]
            }
        )

    async def switched(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in FAULTS:
            return web.json_response({"error": f"no fault is called {name}", "known": sorted(FAULTS)}, status=404)
        try:
            switch(name, request.method == "PUT")
        except LabError as error:
            return web.json_response({"error": str(error)}, status=503)
        return web.json_response({"active": sorted(active())})

    async def open_money(_: web.Request) -> web.Response:
        return web.json_response(
            [
                {
                    "kind": money.kind,
                    "charge": money.charge,
                    "payment_intent": money.payment_intent,
                    "amount_minor": money.amount_minor,
                    "currency": money.currency,
                    "metadata": money.metadata,
                }
                for money in state.open_money()
            ]
        )

    app = web.Application()
    app.add_routes(
        [
            web.get("/faults", listed),
            web.put(_SWITCH, switched),
            web.delete(_SWITCH, switched),
            web.get("/open-money", open_money),
            *more_routes,
        ]
    )
    return app
