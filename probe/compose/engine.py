"""A runner with everything that it needs: history, certificates, pages, and the ways out of the process."""

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from probe.billing.inbox import Inbox
from probe.catalogue.catalogue import Catalogue
from probe.certificates.inventory import Inventory
from probe.certificates.stock import Stock
from probe.compose.codes import coded
from probe.compose.histories import Histories
from probe.compose.paging import PagingParts, Unwritten, paging_parts
from probe.compose.secrets import redactor_of
from probe.compose.surroundings import surroundings
from probe.history.glance import Glance
from probe.history.keeping import keep, recall
from probe.history.latches import Latch
from probe.history.recorder import Told
from probe.history.store import History
from probe.history.trouble import HistoryError
from probe.model.clock import Clock, SystemClock
from probe.model.path import Watch
from probe.model.run import Observer
from probe.pager.delivery import Count
from probe.pager.sink import Sink
from probe.runner.budget import Budgets
from probe.runner.latching import Beside, Latches
from probe.runner.runner import Runner
from probe.runner.sweeping import Sweeper
from probe.settings.addresses import host_port
from probe.settings.load import Loaded
from probe.transport.dial import Dialer, NetworkDialer
from probe.transport.offline import LocalNetwork
from probe.transport.references import References

_LOG: Final = logging.getLogger("paypath")


@dataclass(slots=True, kw_only=True)
class Engine:
    """A runner with what belongs to it; made by `engine`."""

    runner: Runner
    catalogue: Catalogue
    clock: Clock
    randomness: random.Random
    history: History | None
    sweeper: Sweeper
    budgets: Budgets
    """Of requests, one for each Stripe account."""
    stock: Stock
    """Every certificate of the paths, as judged; its files are read."""
    paging: PagingParts | None = None
    """None: nobody is paged from here."""
    inbox: Inbox
    """Takes the webhooks that are delivered to this process."""
    references: References
    """Beside the paths; to be asked as long as this runs."""


@dataclass(frozen=True, slots=True)
class WatchedLatches:
    """The latches, telling whoever shows them (`paypath_latched`) what they say at each run."""

    kept: Latches
    tell: Callable[[str, bool], None]
    tell_open: bool = True
    """Whether what it does not shut is open."""

    def latch(self, path: str) -> Latch | None:
        """See `probe.runner.latching.Latches`."""
        latch = self.kept.latch(path)
        if latch is not None or self.tell_open:
            self.tell(path, latch is not None)
        return latch

    def look(self, paths: Iterable[str]) -> None:
        """Tell of all of them."""
        with suppress(HistoryError):  # each run looks again, and says what it cannot read
            for path in paths:
                self.latch(path)

    def set_latch(self, latch: Latch) -> None:
        """See `probe.runner.latching.Latches`."""
        self.tell(latch.path, True)  # noqa: FBT003 - the state of a latch is a boolean; it holds in this process at least
        self.kept.set_latch(latch)


@dataclass(frozen=True, slots=True)
class WatchedBeside(WatchedLatches):
    """The same of what is left of them where there is no history: that it does not shut a path does not say that it is open."""

    kept: Beside
    tell_open: bool = False

    def opened(self, latch: Latch) -> bool:
        """See `probe.runner.latching.Beside`."""
        opened = self.kept.opened(latch)
        if opened:
            self.tell(latch.path, False)  # noqa: FBT003 - the state of a latch is a boolean
        return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """What stands in for the real network and the configured sinks in a drill."""

    dialer: Dialer | None = None
    network: LocalNetwork | None = None
    sinks: Sequence[Sink] | None = None


@contextmanager
def engine(
    loaded: Loaded,
    *,
    observers: Sequence[Observer],
    on_latch: Callable[[str, bool], None],
    on_page: Count = lambda _sink, _outcome: None,
    on_backlog: Told = lambda _lost, _waiting: None,
    intervals_s: Iterable[float] = (),
    stand_ins: StandIns = StandIns(),
    inbox: Inbox | None = None,
    unwritten: Unwritten | None = None,
    histories: Histories | None = None,
) -> Iterator[Engine]:
    """Everything that runs need, with the history open for as long as the block lasts.

    `on_latch` is told, whenever it is looked at, whether a path is latched; `on_page` of each attempt to hand over a page, and `on_backlog`
    of the runs that could not be written down. `intervals_s` are those at which runs are to be expected. `inbox` takes
    webhooks where it is older than this engine, and `unwritten` is what an older one knew of pages in memory alone; `histories` are open as long as
    one of them uses them.
    """
    for warning in loaded.warnings:
        _LOG.warning("%s", warning)
    clock, randomness = SystemClock(), random.SystemRandom()
    histories = histories or Histories()
    with histories.used(loaded.state_directory, told=on_backlog) as (history, recorder):
        if recorder is not None:
            observers = (recorder, *observers)  # what is told of a run is not lost where the process is killed then
        catalogue = coded(loaded)
        paging = paging_parts(
            loaded.paging,
            history,
            catalogue=catalogue,
            clock=clock,
            randomness=randomness,
            intervals_s=intervals_s,
            count=on_page,
            sinks=stand_ins.sinks,
            unwritten=unwritten,
        )
        if paging is not None:
            observers = (*observers, *paging.observers)
        stock = Stock(inventory_of(loaded, clock, history), catalogue, clock)
        keep(history, stock.scan(), stock.inventory.entries())
        addresses = map(host_port, loaded.settings.self_check.addresses)
        references = References(addresses, dialer=stand_ins.dialer or NetworkDialer(), clock=clock)
        around = surroundings(
            catalogue=catalogue,
            clock=clock,
            randomness=randomness,
            redactor=redactor_of(loaded),
            observers=observers,
            environment=loaded.environment,
            location=loaded.location,
            limits=loaded.limits,
            certificates=stock,
            dialer=stand_ins.dialer,
            network=stand_ins.network,
            references=references,
            inbox=inbox,
        )
        latches = None if history is None else WatchedLatches(history, on_latch)
        beside = _beside(loaded, on_latch) if latches is None else None
        for kept in (latches, beside):
            if kept is not None:
                kept.look(path.name for path in loaded.paths)
        budgets = Budgets(clock, loaded.paths)
        runner = Runner(around, latches=latches, beside=beside, budgets=budgets)
        try:
            yield Engine(
                runner=runner,
                sweeper=Sweeper(around, latching=runner.latching, budgets=budgets),
                budgets=budgets,
                catalogue=catalogue,
                clock=clock,
                randomness=randomness,
                history=history,
                stock=stock,
                paging=paging,
                inbox=around.seams.inbox,
                references=references,
            )
        finally:
            runner.latching.finish()
            keep(history, (), stock.inventory.entries())


def _beside(loaded: Loaded, on_latch: Callable[[str, bool], None]) -> WatchedBeside | None:
    """What is left of the latches where there is no history."""
    return None if loaded.state_directory is None else WatchedBeside(Glance(loaded.state_directory), on_latch)


def inventory_of(loaded: Loaded, clock: Clock, history: History | None) -> Inventory:
    """The certificates of everything that is configured, with what is known of them from before. Reads no file yet."""
    remembered, rotations = recall(history, now=clock.now())
    return Inventory(
        paths=loaded.paths,
        identities=loaded.identities,
        watches=(*loaded.watches, *_of_the_page(loaded)),
        thresholds_s=loaded.thresholds_s,
        clock=clock,
        remembered=remembered,
        rotations=rotations,
    )


def _of_the_page(loaded: Loaded) -> Iterator[Watch]:
    """The admin listener's own certificate: it may expire unseen like any other."""
    if loaded.admin_tls is not None:
        yield Watch(files=str(loaded.admin_tls.certificate))
