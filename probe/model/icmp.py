"""What a router or a firewall on the way said of a connection."""

from dataclasses import dataclass
from typing import Final

_ICMP: Final = {
    (3, 0): "no route to that network",
    (3, 1): "no route to that host, or it does not answer",
    (3, 2): "no such protocol there",
    (3, 3): "that port is closed, as firewalls put it",
    (3, 9): "its rules forbid that network",
    (3, 10): "its rules forbid that host",
    (3, 13): "its rules forbid it",
}
"""Type and code (RFC 792, RFC 1812 5.2.7.1)."""
_ICMP6: Final = {
    (1, 0): "no route there",
    (1, 1): "its rules forbid it",
    (1, 3): "no route to that host, or it does not answer",
    (1, 4): "that port is closed, as firewalls put it",
    (1, 5): "its rules forbid our address",
    (1, 6): "its routes reject it",
}
"""The same of ICMPv6 (RFC 4443 3.1)."""
_FORBIDS: Final = frozenset({(3, 9), (3, 10), (3, 13)})
_FORBIDS6: Final = frozenset({(1, 1), (1, 5)})


@dataclass(frozen=True, slots=True, kw_only=True)
class IcmpWord:
    """A message on the way that refused a connection."""

    by: str
    """The address that it came from: mostly a router's or a firewall's."""
    kind: int
    """ICMP type."""
    code: int
    v6: bool = False
    """ICMPv6, whose numbers mean other things."""
    ours: bool = False
    """It came from this machine itself: nobody in its own network answers for the address."""

    @property
    def forbids(self) -> bool:
        """A rule of somebody's, not a lack of a way."""
        return (self.kind, self.code) in (_FORBIDS6 if self.v6 else _FORBIDS)

    @property
    def means(self) -> str:
        """For people."""
        return (_ICMP6 if self.v6 else _ICMP).get((self.kind, self.code), "not reachable")
