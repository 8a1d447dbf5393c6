"""The way that a run went: each hop with its phases, then each step."""

from probe.model.failure import Failure, Hop, Phase
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.outcome import Failed, Passed, Skipped, Unknown
from probe.model.run import Run, StepRun
from probe.report.facts import Networked, deciding_attempt, failure_of, observations, phases, told_by
from probe.report.paint import BAD_MARK, DEFAULT_WIDTH, NOT_MARK, OK_MARK, Paint, flowing
from probe.report.words import HOPS, phrase, printable, took

_AFTER_TLS = (Phase.ACCEPT, Phase.SEND, Phase.WAIT, Phase.RECEIVE)

_NAMED = ", server name "
_COPYING = (Phase.SEND, Phase.RECEIVE)
_NOTICED_S = 0.0005
_GOOD = range(200, 300)


def hop_lines(run: Run, paint: Paint, *, width: int = DEFAULT_WIDTH) -> list[str]:
    """Each hop with its phases and how long they took: reached, broken, not reached."""
    told = told_by(run).first_hop
    if told is None:
        return []
    failure = failure_of(run.outcome)
    if told.hop is Hop.CONNECTOR_STRIPE and told.proxy is not None:
        told = told.proxy  # the connector itself is the proxy
    heading = f"{HOPS[Hop.PROBE_CONNECTOR]}  {_address(told)}".split(_NAMED)
    named = [heading[0], *(f"server name {name}" for name in heading[1:])]
    lines = [paint.strong(line) for line in flowing(named, width=width, gap=", ")]
    broken = _broken(run, told, failure)
    if told.proxy is not None:
        stopped = failure is not None and failure.proxy is not None
        lines += _proxy_lines(told.proxy, broken if stopped else None, paint, width=width)
    if told.proxy is not None and not _let_through(told.proxy):
        lines.append(f"  {paint.dim(f'{NOT_MARK} the connector itself was not reached')}")
    elif told.ended is Ended.NOT_STARTED:
        lines.append("  " + paint.bad(f"{BAD_MARK} nothing was sent: our own set-up stood in the way"))
    else:
        marks = _phase_marks(told, None if failure and failure.proxy else broken, paint)
        lines += flowing(marks, width=width, first="  ")
    return [*lines, *_address_lines(run, paint), *_second_hop(run, failure, paint)]


def _let_through(leg: HandshakeObservation) -> bool:
    return leg.ended is Ended.COMPLETED and leg.http is not None and leg.http.status in _GOOD


def _proxy_lines(leg: HandshakeObservation, broken: Phase | None, paint: Paint, *, width: int) -> list[str]:
    """Where the proxy is, what it said, how long its leg took, and the phases of that."""
    mark = paint.good(OK_MARK) if _let_through(leg) else paint.bad(BAD_MARK)
    said = f", HTTP {leg.http.status}" if leg.http else ""
    head = f"  {mark} through the proxy {printable(str(leg.endpoint))}{said}, {took(sum(phases(leg).values()))}"
    indent = " " * 6
    return [head, *flowing(_phase_marks(leg, broken, paint), width=width, first=indent, indent=indent)]


def _address_lines(run: Run, paint: Paint) -> list[str]:
    """Each address with its outcome, where every address of the name was tried."""
    lines = []
    for step in run.steps:
        for address, outcome in step.attempts[-1].addresses if step.attempts else ():
            failure = failure_of(outcome)
            lines.append(f"  {paint.mark(outcome)} {printable(address)}" + (f"  {failure.reason}" if failure else ""))
    return lines


def _address(observation: Networked) -> str:
    endpoint = observation.endpoint
    peer = observation.peer_address if isinstance(observation, HandshakeObservation) else None
    name = f"{_NAMED}{endpoint.server_name}" if endpoint.server_name != endpoint.host else ""
    return printable(
        f"{endpoint}" + (f" ({peer})" if peer and peer not in {str(endpoint), endpoint.host} else "") + name
    )


def _broken(run: Run, told: Networked, failure: Failure | None) -> Phase | None:
    """The phase of the first hop that failed; None where the hop did its work."""
    if failure is None or failure.hop is Hop.CONNECTOR_STRIPE or deciding_attempt(run) is None:
        return None
    if failure.phase is not None:
        return failure.phase
    return told.phase if told.ended is not Ended.COMPLETED else None


def _phase_marks(told: Networked, broken: Phase | None, paint: Paint) -> list[str]:
    spent = phases(told)
    order = list(Phase)
    reached = max((order.index(phase) for phase in spent), default=-1)
    marks = []
    for place, phase in enumerate(order):
        time = f" {took(spent[phase])}" if phase in spent and not _at_once(phase, spent[phase]) else ""
        if phase is broken:
            marks.append(paint.bad(f"{BAD_MARK} {phase.value}{time}"))
        elif phase in spent:
            marks.append(f"{paint.good(OK_MARK)} {phase.value}{time}")
        elif place > reached and not _is_over(told, phase):
            marks.append(paint.dim(f"{NOT_MARK} {phase.value}"))
    return marks


def _at_once(phase: Phase, seconds: float) -> bool:
    """Sending and receiving take no time that is worth a column, unless they do."""
    return phase in _COPYING and seconds < _NOTICED_S


def _is_over(told: Networked, phase: Phase) -> bool:
    """A completed handshake without a request never meant to go on: its later phases are not missing."""
    return told.ended is Ended.COMPLETED and phase in _AFTER_TLS


def _second_hop(run: Run, failure: Failure | None, paint: Paint) -> list[str]:
    """What became of the second hop: its phases where it was probed, and the answers that came over it."""
    name = paint.strong(HOPS[Hop.CONNECTOR_STRIPE])
    handshake = told_by(run).handshake
    upstream = None if handshake is None else handshake.upstream
    if upstream is None:
        said = _answers(run, failure, paint)
        return [f"{name}  {said}"] if said else []
    there = failure if failure is not None and failure.hop is Hop.CONNECTOR_STRIPE else None
    on_the_way = there is not None and not there.reason.startswith(("stripe.", "charge."))
    broken = (there.phase or upstream.phase) if there is not None and on_the_way else None
    lines = [f"{name}  {_address(upstream)}", "  " + "  ".join(_phase_marks(upstream, broken, paint))]
    said = "" if on_the_way else _answers(run, failure, paint)
    return [*lines, f"  {said}"] if said else lines


def _answers(run: Run, failure: Failure | None, paint: Paint) -> str:
    """What became of the calls of Stripe; empty where there was none."""
    calls = [o for o in observations(run) if isinstance(o, StripeObservation)]
    if failure and failure.hop is Hop.CONNECTOR_STRIPE:
        return paint.bad(f"{BAD_MARK} {phrase(failure.reason)}")
    if not calls:
        return ""
    # Without Stripe's own request id it was somebody on the way who answered.
    answered = [call for call in calls if call.http is not None and (call.request_id or call.response is not None)]
    if not answered:
        return paint.dim(f"{NOT_MARK} not reached")
    waited = sum(phases(call).get(Phase.WAIT, 0.0) for call in answered)
    many = f"{len(answered)} answer{'' if len(answered) == 1 else 's'}"
    return f"{paint.good(OK_MARK)} {many} in {took(waited)}"


def step_lines(run: Run, paint: Paint) -> list[str]:
    """Each step with its outcome, duration, tries and reason."""
    if not run.steps:
        return []
    room = max(len(step.name) for step in run.steps)
    lines = [paint.strong("Steps")]
    for step in run.steps:
        head = f"  {paint.mark(step.outcome)} {step.name:<{room}}  "
        lines.append((head + _step_words(step)).rstrip())
    return lines


def _step_words(step: StepRun) -> str:
    words = []
    match step.outcome:
        case Skipped(because=because):
            words.append(f"skipped: {printable(because)}")
        case Failed(failure=failure) | Unknown(failure=failure):
            words += [took(step.duration_s), failure.reason]
        case Passed():
            words.append(took(step.duration_s))
    if len(step.attempts) > 1:
        before = [f.reason for a in step.attempts[:-1] if (f := failure_of(a.outcome))]
        words.append(f"{len(step.attempts)} tries" + (f" (before: {', '.join(before)})" if before else ""))
    observation = step.observation
    if isinstance(observation, StripeObservation) and observation.request_id:
        words.append(observation.request_id)
    if isinstance(observation, HttpObservation) and observation.answer:
        words.append(f"HTTP {observation.answer.status}")
    return " · ".join([*words, *(["cleanup"] if step.cleanup else [])])
