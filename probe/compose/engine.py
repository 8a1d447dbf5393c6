"""Settings and scenarios to a runner and the jobs for it."""

import asyncio
import logging
import platform
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from probe.billing.forging import AiohttpSender
from probe.billing.inbox import Inbox
from probe.billing.stripe import SdkCaller
from probe.catalogue.catalogue import Catalogue
from probe.certificates.identity import read_checked_identity, read_identity
from probe.certificates.inventory import Inventory
from probe.certificates.stock import Stock
from probe.compose.canary import canary_mistakes
from probe.compose.codes import code_mistakes, coded
from probe.compose.fitting import fits, meant_for, runs_here
from probe.compose.knowing import knowledge
from probe.compose.paging import PagingParts, Unwritten, paging_parts
from probe.compose.placing import placed
from probe.compose.share import Share, share_of
from probe.compose.unmarked import unmarked_mistakes
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.history.keeping import keep, recall
from probe.history.recorder import RunRecorder, Told
from probe.history.store import History, HistoryError, Latch
from probe.model.clock import Clock, SystemClock
from probe.model.identity import LoadedIdentity
from probe.model.path import Connector, Identity, PaymentPath, PhaseLimits, Proxy, Watch
from probe.model.run import Observer
from probe.model.scenario import Scenario
from probe.model.secret import Secret
from probe.pager.delivery import Count
from probe.pager.sink import Sink
from probe.redact.text import Redactor
from probe.runner.budget import Budgets
from probe.runner.runner import Runner
from probe.runner.state import CertificateWatch, Surroundings
from probe.runner.sweeping import Sweeper
from probe.scenario.knowledge import Knowledge
from probe.scenario.load import Reading, load_shipped, read_scenarios
from probe.settings.fields import host_port
from probe.settings.load import Loaded, load_settings
from probe.steps.context import Seams
from probe.tls.contexts import ContextCache
from probe.transport.diagnosis import Diagnosis
from probe.transport.dial import Dialer, NetworkDialer
from probe.transport.handshake import HandshakeProbe
from probe.transport.http import HttpProbe
from probe.transport.offline import LocalNetwork, SystemNetwork
from probe.transport.references import References
from probe.transport.tunnel import ProxyTunnels
from probe.transport.way import SocketWays

_LOG: Final = logging.getLogger("paypath")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """A configuration and its scenarios, both without mistakes, as far as they are this replica's."""

    loaded: Loaded
    """With the paths of this shard alone."""
    scenarios: tuple[Scenario, ...]
    """The enabled ones, in the order in which they are run and shown."""
    share: Share = field(default_factory=Share)
    """What of it is this replica's; `loaded` has the paths of it alone already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One scenario on one path."""

    scenario: Scenario
    path: PaymentPath


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


def set_up(config: Path | None, environ: Mapping[str, str], *, only: Sequence[str] = (), whole: bool = False) -> SetUp:
    """Read configuration and scenarios; `only` names those to keep. Raises SetupError with every mistake.

    `whole` leaves out what this replica's share is: that is a matter of where it runs, not of what is written.
    """
    loaded = load_settings(config, environ)
    mistakes = [*code_mistakes(loaded)]
    try:
        read = _scenarios(loaded, None if whole else [*only, *(loaded.scenarios_enabled or ())])
    except SetupError as error:
        raise SetupError([*mistakes, *error.mistakes]) from error
    scenarios = read.scenarios
    mistakes += read.mistakes
    named = {scenario.name: scenario for scenario in scenarios}
    if not read.mistakes:  # else the name may stand in a file that cannot be understood
        mistakes += _unknown_enabled(loaded, scenarios)
        mistakes += _asked_mistakes(only, named, loaded.location)
    if not loaded.paths:
        hint = "write `paths: {billing: {connector: {url: https://host:8443}}}`, or try `paypath lab`"
        place = str(loaded.file) if loaded.file else "paypath.yaml"
        mistakes.append(Mistake(place, None, None, "paths", "no path is configured: there is nothing to probe", hint))
    wanted = only or loaded.scenarios_enabled
    chosen = tuple(named[name] for name in dict.fromkeys(wanted) if name in named) if wanted else scenarios
    everywhere = SetUp(loaded=loaded, scenarios=chosen)
    together = [(pair.scenario, pair.path) for pair in pairs(everywhere)]
    mistakes += placed([*canary_mistakes(loaded, together), *unmarked_mistakes(together)], chosen)
    if mistakes:
        raise SetupError(mistakes)
    if whole:
        return everywhere
    share = share_of(loaded, environ.get("HOSTNAME") or platform.node())
    mine = replace(loaded, paths=share.paths(loaded.paths))
    return SetUp(loaded=mine, scenarios=chosen, share=share)


def pairs(setup: SetUp) -> tuple[Pair, ...]:
    """Every scenario that runs from here on every path that it is meant for and fits.

    A scenario that is enabled by name goes to every path that it is meant for: that it does not fit is then said when it is
    skipped.
    """
    named = setup.loaded.scenarios_enabled is not None
    listening = setup.loaded.listen_webhooks is not None
    return tuple(
        Pair(scenario=scenario, path=path)
        for path in setup.loaded.paths
        for scenario in setup.scenarios
        if runs_here(scenario, setup.loaded.location)
        and setup.share.takes(scenario, path)
        and meant_for(scenario, path)
        and (named or fits(scenario, path, listening=listening))
    )


@dataclass(frozen=True, slots=True)
class WatchedLatches:
    """The latches of the history, telling whoever shows them (`paypath_latched`) what they say at each run."""

    history: History
    tell: Callable[[str, bool], None]

    def latch(self, path: str) -> Latch | None:
        """See `probe.runner.latching.Latches`."""
        latch = self.history.latch(path)
        self.tell(path, latch is not None)
        return latch

    def set_latch(self, latch: Latch) -> None:
        """See `probe.runner.latching.Latches`."""
        self.history.set_latch(latch)
        self.tell(latch.path, True)  # noqa: FBT003 - the state of a latch is a boolean


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
) -> Iterator[Engine]:
    """Everything that runs need, with the history open for as long as the block lasts.

    `on_latch` is told, whenever it is looked at, whether a path is latched; `on_page` of each attempt to hand over a page, and `on_backlog`
    of the runs that could not be written down. `intervals_s` are those at which runs are to be expected. `inbox` takes
    webhooks where it is older than this engine, and `unwritten` is what an older one knew of pages in memory alone.
    """
    for warning in loaded.warnings:
        _LOG.warning("%s", warning)
    clock, randomness = SystemClock(), random.SystemRandom()
    history = _history(loaded.state_directory)
    recorder = None if history is None else RunRecorder(history, told=on_backlog)
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
    if latches is not None:
        with suppress(HistoryError):  # each run looks again, and says what it cannot read
            for path in loaded.paths:
                latches.latch(path.name)
    budgets = Budgets(clock, loaded.paths)
    runner = Runner(around, latches=latches, budgets=budgets)
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
        keep(history, (), stock.inventory.entries())
        if recorder is not None:
            recorder.finish()
        if history is not None:
            history.close()


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


def surroundings(
    *,
    catalogue: Catalogue,
    clock: Clock,
    randomness: random.Random,
    redactor: Redactor,
    observers: Sequence[Observer],
    environment: str,
    location: str,
    limits: PhaseLimits,
    certificates: CertificateWatch | None = None,
    dialer: Dialer | None = None,
    network: LocalNetwork | None = None,
    references: References | None = None,
    inbox: Inbox | None = None,
) -> Surroundings:
    """The real ways out of the process, sharing one cache of TLS contexts."""
    contexts, dialer = ContextCache(), dialer or NetworkDialer()
    tunnels = ProxyTunnels(dialer=dialer, contexts=contexts, clock=clock, read=read)
    return Surroundings(
        seams=Seams(
            clock=clock,
            handshakes=HandshakeProbe(
                dialer=dialer,
                contexts=contexts,
                clock=clock,
                diagnosis=Diagnosis(dialer=dialer, clock=clock, tunnels=tunnels),
                tunnels=tunnels,
                read=read,
            ),
            http=HttpProbe(dialer=dialer, contexts=contexts, clock=clock, tunnels=tunnels),
            stripe=SdkCaller(
                contexts=contexts, clock=clock, ways=SocketWays(dialer=dialer, clock=clock, tunnels=tunnels)
            ),
            inbox=inbox or Inbox(),
            webhooks=AiohttpSender(contexts),
        ),
        catalogue=catalogue,
        randomness=randomness,
        redactor=redactor,
        observers=observers,
        environment=environment,
        location=location,
        limits=limits,
        certificates=certificates,
        network=network or SystemNetwork(),
        references=references,
    )


async def read(identity: Identity, security_level: int | None) -> LoadedIdentity:
    """An identity's files as they are now; what takes long is done beside the loop."""
    checked = read_checked_identity(identity, security_level=security_level)
    if checked is not None:
        return checked
    return await asyncio.to_thread(read_identity, identity, security_level=security_level)


def _history(directory: Path | None) -> History | None:
    """The history, or None with the reason on stderr: handshakes go on without it, writing scenarios do not."""
    if directory is None:
        _LOG.warning(
            "no state directory: set state.directory (PAYPATH_STATE__DIRECTORY); scenarios that write are skipped"
        )
        return None
    try:
        return History.open(directory)
    except HistoryError as error:
        _LOG.warning("%s; until then scenarios that write to Stripe are skipped", error)
        return None


def redactor_of(loaded: Loaded) -> Redactor:
    """What takes every secret of the configuration out of texts."""
    keys = [path.stripe.api_key for path in loaded.paths if path.stripe is not None]
    passwords = [identity.private_key_password for identity in loaded.identities if identity.private_key_password]
    passwords += [watch.password for watch in loaded.watches if watch.password]
    proxies = [path.connector.proxy for path in loaded.paths if path.connector.proxy is not None]
    credentials = [secret for proxy in proxies for secret in secrets_of(proxy)]
    credentials += [secret for path in loaded.paths for secret in secrets_of(path.connector)]
    credentials += [loaded.cron.credentials] if loaded.cron and loaded.cron.credentials else []
    return Redactor([*keys, *passwords, *credentials])


def secrets_of(proxy: Proxy | Connector) -> tuple[Secret, ...]:
    """The credentials, and the password alone."""
    if proxy.credentials is None:
        return ()
    return proxy.credentials, Secret(proxy.credentials.reveal().partition(":")[2])


def _scenarios(loaded: Loaded, names: Sequence[str] | None) -> Reading:
    """All that are there; without `names` (None) looked at closely, else of those that come with paypath only the named ones. Raises SetupError.

    That the latter fit the SDK is held by our own tests and by `paypath validate`: each start would pay a tenth of a second for it.
    """
    paths = [path.name for path in loaded.paths] or None
    if names is not None and loaded.scenarios_directory is None:
        return Reading(scenarios=load_shipped(names, known=Knowledge(paths=paths)), mistakes=())
    return read_scenarios(loaded.scenarios_directory, known=knowledge(paths=paths))


def _asked_mistakes(only: Sequence[str], named: Mapping[str, Scenario], location: str) -> Iterator[Mistake]:
    """Names on the command line that nothing can be done with."""
    for name in only:
        if name not in named:
            hint = suggestion(name, list(named), "there is")
            yield Mistake("command line", None, None, name, f"no scenario `{name}`", hint)
        elif not runs_here(named[name], location):
            message = f"`{name}` runs only from {', '.join(named[name].locations or ())}, and this is {location}"
            yield Mistake("command line", None, None, name, message, "run it there, or set `location`")


def _unknown_enabled(loaded: Loaded, scenarios: Sequence[Scenario]) -> Iterator[Mistake]:
    known = [scenario.name for scenario in scenarios]
    for index, name in enumerate(loaded.scenarios_enabled or ()):
        if name not in known:
            place = loaded.places.values["scenarios", "enabled", index]
            hint = suggestion(name, known, "there is")
            yield Mistake.at(place, f"scenarios.enabled[{index}]", f"there is no scenario `{name}`", hint)
