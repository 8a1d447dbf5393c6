"""Finding and taking back what crashed runs left at Stripe: once, or every hour beside the scenarios."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from probe.billing.accounts import by_account
from probe.compose.codes import code_mistakes
from probe.compose.engine import Engine, engine
from probe.compose.setup import Pair
from probe.documents.mistakes import Mistake, SetupError
from probe.history.store import History
from probe.history.trouble import HistoryError
from probe.model.outcome import Passed
from probe.model.path import PaymentPath
from probe.model.sweep import Sweep
from probe.report.sweep import headline
from probe.runner.leftovers import Window
from probe.runner.writing import writes_to_stripe
from probe.schedule.sweeping import Sweeping
from probe.settings.load import Loaded, load_settings

_LOG: Final = logging.getLogger("paypath.sweep")


async def sweep(
    *,
    config: Path | None,
    environ: Mapping[str, str],
    older_than_s: float,
    since_s: float,
    dry_run: bool,
    told: Callable[[Sweep], None],
    stop: asyncio.Event,
) -> None:
    """Sweep every Stripe account of the configuration once, and tell each result.

    Raises SetupError before anything is sent, and HistoryError where the history is locked or its disk full.
    """
    loaded = load_settings(config, environ)
    accounts = by_account(loaded.paths)
    _refuse(loaded, accounts)
    _refuse_for_now(loaded)
    with engine(loaded, observers=(), on_latch=lambda _path, _latched: None) as parts:
        if not parts.runner.latching.possible:
            raise SetupError([_no_state(loaded)])
        now = parts.clock.now()
        window = Window(
            created_from=now - timedelta(seconds=since_s),
            created_before=now - timedelta(seconds=older_than_s),
            held_back=True,
        )
        for account in accounts:
            told(await parts.sweeper.sweep(account, window, stop=stop, dry_run=dry_run))


class Count(Protocol):
    """Who counts what was left behind; `probe.telemetry.observer.TelemetryObserver.swept` is the real one."""

    def __call__(self, account: str, *, taken_back: int, still_there: int) -> None:
        """So much more, in the account of this name."""


def sweeping_beside(parts: Engine, pairs: Iterable[Pair], count: Count) -> Sweeping:
    """The hourly sweep of the accounts that the scenarios of this process write to; of none, where there is no latch to look at."""
    writing = {pair.path.name: pair.path for pair in pairs if writes_to_stripe(pair.scenario)}
    accounts = by_account(writing.values()) if parts.runner.latching.possible else ()
    for account in accounts:
        count(account[0].name, taken_back=0, still_there=0)
    return Sweeping(parts.sweeper, accounts, clock=parts.clock, tell=lambda told: swept(told, count))


def swept(told: Sweep, count: Count) -> None:
    """Count and say what the hourly sweep found. What keeps it from looking keeps runs from passing, which say so themselves."""
    back = sum(isinstance(left.outcome, Passed) for left in told.leftovers)
    count(told.paths[0], taken_back=back, still_there=len(told.leftovers) - back)
    if told.leftovers:
        _LOG.warning("sweep of %s: %s", ", ".join(told.paths), headline(told))


def _refuse(loaded: Loaded, accounts: tuple[tuple[PaymentPath, ...], ...]) -> None:
    mistakes = [*code_mistakes(loaded)]
    if not accounts:
        place = str(loaded.file) if loaded.file else "paypath.yaml"
        hint = "write `stripe: {api_key_file: …}` below the path whose account is to be swept"
        mistakes.append(
            Mistake(place, None, None, "paths", "no path has a `stripe` section: nothing can be left", hint)
        )
    if mistakes:
        raise SetupError(mistakes)


def _refuse_for_now(loaded: Loaded) -> None:
    """A history that may soon be opened as it is, is no mistake of the set-up. Raises HistoryError."""
    if loaded.state_directory is None:
        return
    try:
        History.open(loaded.state_directory).close()
    except HistoryError as error:
        if error.passing:
            raise


def _no_state(loaded: Loaded) -> Mistake:
    hint = "set state.directory (PAYPATH_STATE__DIRECTORY) to the one that `run` and `check` use"
    place = str(loaded.file) if loaded.file else "state.directory"
    what = "no writable state directory: without the latch nothing is written to Stripe"
    return Mistake(place, None, None, "state.directory", what, hint)
