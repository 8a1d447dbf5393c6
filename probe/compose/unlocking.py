"""Opening a latched path again: a person's decision, with a reason that is kept."""

from collections.abc import Mapping
from pathlib import Path

from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.history.store import History
from probe.history.trouble import HistoryError
from probe.model.clock import SystemClock
from probe.settings.load import load_settings


def unlock(*, config: Path | None, environ: Mapping[str, str], path: str, reason: str) -> bool:
    """Clear the latch of `path`; False where it was not latched. Raises SetupError, and HistoryError where the history is locked or its disk full."""
    loaded = load_settings(config, environ)
    known = [each.name for each in loaded.paths]
    if path not in known:
        hint = suggestion(path, known, "there is")
        raise SetupError([Mistake("command line", None, None, path, f"no path `{path}` is configured", hint)])
    if loaded.state_directory is None:
        hint = "set state.directory (PAYPATH_STATE__DIRECTORY) to the one that `run` and `check` use"
        raise SetupError(
            [Mistake("state.directory", None, None, "state.directory", "there is no state directory", hint)]
        )
    try:
        history = History.open(loaded.state_directory)
        try:
            return history.clear_latch(path, reason=reason, at=SystemClock().now())
        finally:
            history.close()
    except HistoryError as error:
        if error.passing:
            raise
        raise SetupError([Mistake("state.directory", None, None, "state.directory", str(error))]) from error
