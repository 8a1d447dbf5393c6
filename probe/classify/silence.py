"""What a wait in vain was: packets that were lost, or a peer that got them and says nothing. By what the kernel knows of the connection."""

from dataclasses import dataclass
from typing import Final

from probe.classify.attempt import Attempt
from probe.model.failure import Blame
from probe.model.network import TcpFacts

_FEW: Final = 2
"""Repetitions in a row of one packet that remained without an answer: at 2 % loss each way that comes once in 15,000 packets."""


@dataclass(frozen=True, slots=True)
class Silence:
    """How to go on in a sentence about a wait, and who is to blame; None: whom the catalogue blames."""

    says: str
    blame: Blame | None = None


def silence(attempt: Attempt) -> Silence | None:
    """What is known of the packets; None where the kernel told nothing, or nothing that explains the wait."""
    tcp = attempt.tcp
    if tcp is None:
        return None
    if tcp.unacknowledged and tcp.tries_in_vain >= _FEW:
        return Silence(_unheard(tcp), Blame.NETWORK)
    if tcp.gap:
        return Silence(
            "later packets of its answer came, and the first one never did: packets are lost on the way, and where that "
            "stays so it is the large ones, on a link that is narrower than both sides believe (MTU)",
            Blame.NETWORK,
        )
    if tcp.acknowledged and not tcp.unacknowledged and not tcp.received:
        return Silence(
            f"its machine acknowledged our {tcp.acknowledged} bytes, so it is not cut off, and not a byte of TLS came back: "
            "its process hangs, or it does not speak TLS at all and waits for more, as one of plain HTTP does, or its answer, in "
            "larger packets, is lost on the way (MTU)"
        )
    return None


def _unheard(tcp: TcpFacts) -> str:
    again = f"although they were sent {tcp.tries_in_vain + 1} times"
    if tcp.acknowledged_beyond:
        return (
            f"the earlier ones of our {tcp.unacknowledged} bytes were not acknowledged, {again}, and a later, smaller packet "
            "was: a link on the way is narrower than both sides believe and drops large packets (MTU)"
        )
    if not tcp.acknowledged:
        return (
            f"the connection was made, and then none of our {tcp.unacknowledged} bytes were acknowledged, {again}: packets "
            "of this connection are dropped on the way, or the machine there is gone"
        )
    if 0 < tcp.largest_segment <= tcp.unacknowledged:
        return (
            f"{tcp.unacknowledged} bytes of ours were not acknowledged, {again}, and smaller packets before them were: a link "
            "on the way may be narrower than both sides believe and drop large packets (MTU), or all is dropped since then"
        )
    return (
        f"our last {tcp.unacknowledged} bytes were not acknowledged, {again}, and those before them were: since then packets "
        "of this connection are dropped on the way, or the machine there is gone"
    )
