"""A runner with everything that it needs: history, certificates, pages, and the ways out of the process."""

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from probe.billing.inbox import Inbox
from probe.catalogue.catalogue import Catalogue
from probe.certificates.inventory import Inventory
from probe.certificates.stock import Stock
from probe.compose.codes import coded
from probe.compose.histories import Histories
from probe.compose.paging import PagingParts, Unwritten, paging_parts
from probe.compose.surroundings import place_of, surroundings
from probe.compose.watched_latches import watched_latches
from probe.history.keeping import keep, recall
from probe.history.recorder import Told
from probe.history.store import History
from probe.model.clock import Clock, SystemClock
from probe.model.path import Watch
from probe.model.run import Observer
from probe.pager.delivery import Count
from probe.pager.sink import Sink
from probe.runner.budget import Budgets
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
            place_of(loaded),
            catalogue=catalogue,
            clock=clock,
            randomness=randomness,
            observers=observers,
            certificates=stock,
            dialer=stand_ins.dialer,
            network=stand_ins.network,
            references=references,
            inbox=inbox,
        )
        latches, beside = watched_latches(history, loaded, on_latch)
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
