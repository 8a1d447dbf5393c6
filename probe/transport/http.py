"""One arbitrary HTTP request to the connector, on a connection of its own."""

from probe.model.clock import Clock
from probe.model.identity import LoadedIdentity
from probe.model.observation import HttpObservation
from probe.model.path import Connector, ConnectorKind, PhaseLimits
from probe.model.scenario import HttpAction
from probe.tls.contexts import ContextCache
from probe.transport.dial import Dialer
from probe.transport.passage import Passage, PassEndedError, Tunnels, open_context
from probe.transport.request import render_request


class HttpProbe:
    """Sends what a scenario's `http` step says."""

    def __init__(self, *, dialer: Dialer, contexts: ContextCache, clock: Clock, tunnels: Tunnels | None = None) -> None:
        """All may be shared with other probes; `tunnels` are for proxies."""
        self._tunnels = tunnels
        self._dialer = dialer
        self._contexts = contexts
        self._clock = clock

    async def observe(
        self,
        connector: Connector,
        action: HttpAction,
        *,
        identity: LoadedIdentity | None,
        limits: PhaseLimits,
        deadline: float,
        traceparent: str | None = None,
        span_id: str | None = None,
    ) -> HttpObservation:
        """Send the request and read its answer. Raises ValueError where the action is no HTTP request, and nothing else.

        Of a connector that is a proxy, `identity` is shown to it, and the request goes to what it leads to.
        """
        tunnelled = connector.kind is ConnectorKind.PROXY
        shown, offered = (identity, None) if tunnelled else (None, identity)
        connector = connector.requested
        headers, body = action.headers, action.body
        request = render_request(
            connector, action.method, action.path, headers=headers, body=body, traceparent=traceparent
        )
        passage = Passage(
            dialer=self._dialer, clock=self._clock, limits=limits, deadline=deadline, tunnels=self._tunnels
        )
        try:
            context = await open_context(self._contexts, connector, offered, passage)
            await passage.reach(connector, shown)
            await passage.shake_hands(context, connector.endpoint.server_name)
            await passage.be_accepted()
            await passage.ask(request, action.method)
        except PassEndedError:
            pass  # the record says how
        finally:
            await passage.close()
        return HttpObservation(
            endpoint=connector.endpoint,
            started_at=passage.started_at,
            method=action.method,
            path=action.path,
            ended=passage.ended,
            phase=passage.phase,
            timings=tuple(passage.timings),
            answer=passage.answer,
            causes=passage.causes,
            tls=passage.tls,
            request_span_id=span_id if passage.asked else None,
            proxy=passage.proxy,
            hop=connector.hop,
        )
