"""What can be wrong with a scenario that only other rooms know: the SDK's methods, the configured paths."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol


class ParameterFault(Protocol):
    """One thing that is wrong with the parameters of a call; `probe.billing.parameters` has the real one."""

    @property
    def place(self) -> tuple[str | int, ...]:
        """Below `with`."""

    @property
    def message(self) -> str:
        """What is wrong."""

    @property
    def hint(self) -> str:
        """How to mend it; empty where the message says it."""


class WayBack(Protocol):
    """One call that takes back what a method makes; `probe.billing.taking_back` has the real one."""

    @property
    def method(self) -> str:
        """What has to be called."""

    @property
    def parameter(self) -> str:
        """Under which it has the id."""

    @property
    def besides(self) -> Mapping[str, object]:
        """Further parameters, without which it takes nothing back."""

    @property
    def parent(self) -> str | None:
        """The parameter of the making method that has the id, where what was made goes with its parent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Each None: not known, and so not checked."""

    method_hint: Callable[[str], str | None] | None = None
    """What to do about a Stripe method that does not exist; None for one that does."""
    parameter_faults: Callable[[str, Mapping[str, object]], Iterable[ParameterFault]] | None = None
    """What is wrong with the parameters of a method that exists."""
    stays: Callable[[str], bool] | None = None
    """Whether a method makes something at Stripe that nothing but the scenario's own cleanup takes back."""
    ways_back: Callable[[str], Iterable[WayBack]] | None = None
    """What takes back what such a method makes; none where nothing at Stripe does."""
    gives_back: Callable[[str], bool] | None = None
    """Whether a method makes something only to take back what another has made."""
    answer_faults: Callable[[str, Mapping[str, object]], Iterable[ParameterFault]] | None = None
    """What is wrong with the expectations of a method that exists; places below `expect`."""
    event_fault: Callable[[str], str | None] | None = None
    """What to do about an event that Stripe does not send; None for one that it sends."""
    reasons: Collection[str] | None = None
    """Every reason of the catalogue."""
    paths: Collection[str] | None = None
    """Names of the configured paths."""


NOTHING: Final = Knowledge()
