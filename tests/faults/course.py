"""One fault after the other: those of one setting on the same process, which has to come through all of them."""

import tempfile
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Self

from tests.faults.fault import Fault, Setting
from tests.faults.play import Happened, Play
from tests.faults.prober import Prober
from tests.faults.stand import Stand


class Course:
    """Plays faults. Use it in a `with` block."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._stands, self._around = ExitStack(), ExitStack()
        self._known: dict[object, Stand] = {}
        self._setting: Setting | None = None
        self._prober: Prober | None = None

    def __enter__(self) -> Self:
        """Nothing yet."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End everything."""
        self._leave()
        self._stands.close()

    def play(self, fault: Fault) -> Happened:
        """Play it. Raises AssertionError for what was promised and did not come; the next fault has a process of its own then."""
        stand = self._stand(fault.setting)
        if fault.at_start is not None:
            return self._play_from_start(fault, stand, fault.at_start(stand))
        if self._setting is not fault.setting:
            self._leave()
            self._start(fault.setting, stand)
        assert self._prober is not None
        try:
            happened = Play(fault, stand, self._prober).play()
        except BaseException:
            stand.mend()
            self._leave()
            raise
        return happened

    def _play_from_start(self, fault: Fault, stand: Stand, injection: AbstractContextManager[None]) -> Happened:
        self._leave()
        with ExitStack() as injected:
            stand.clear_state()
            self._around.enter_context(fault.setting.around(stand))
            injected.enter_context(injection)
            self._prober = stand.prober()
            try:
                return Play(fault, stand, self._prober).play_from_start(injected)
            finally:
                stand.mend()
                self._leave()

    def _stand(self, setting: Setting) -> Stand:
        if setting.lab not in self._known:
            directory = Path(self._stands.enter_context(tempfile.TemporaryDirectory()))
            self._known[setting.lab] = self._stands.enter_context(setting.lab(directory))
        return self._known[setting.lab]

    def _start(self, setting: Setting, stand: Stand) -> None:
        stand.clear_state()
        self._around.enter_context(setting.around(stand))
        self._prober = stand.prober(
            begin_with=setting.begin_with(stand), env=setting.env(stand), changes=setting.changes(stand)
        )
        self._setting = setting

    def _leave(self) -> None:
        """The process ends as it should, whatever it has been through."""
        prober, self._prober, self._setting = self._prober, None, None
        try:
            assert prober is None or prober.end() == 0, prober.log()
        finally:
            self._around.close()
