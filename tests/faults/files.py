"""Files that are rewritten all the time while they are read, and a file system that does not answer."""

import itertools
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from probe.lab.thread import LabInThread, lab_in_thread
from tests.faults.fault import Setting
from tests.faults.peer import Peer
from tests.faults.prober import Prober
from tests.faults.stand import PATH, Stand
from tests.support.dead_mount import dead_mount

_PAIR: Final = ("tls.crt", "tls.key")
_WRITING_S: Final = 0.002
"""So long a file is empty, and so long half of it stands there."""


@contextmanager
def _again_and_again(rewrite: Callable[[int], None], pause_s: float) -> Iterator[None]:
    over = threading.Event()

    def rewriting() -> None:
        number = 0
        while not over.wait(pause_s):
            number += 1
            rewrite(number)

    writer = threading.Thread(target=rewriting)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


@contextmanager
def configuration(stand: Stand, _prober: Prober) -> Iterator[None]:
    """Written in place, a half at a time: a reader finds halves, and another comment each time."""
    whole = stand.config.read_text(encoding="utf-8")

    def rewrite(number: int) -> None:
        text = f"# {number}\n{whole}"
        with stand.config.open("w", encoding="utf-8") as file:
            file.write(text[: len(text) // 2])
            file.flush()
            file.write(text[len(text) // 2 :])

    with _again_and_again(rewrite, 0.02):
        yield
    stand.config.write_text(whole, encoding="utf-8")


@contextmanager
def renamed(stand: Stand, _prober: Prober) -> Iterator[None]:
    """Two issues take turns, each file by a rename: between the two, certificate and key do not fit."""
    directory, issues = own(stand), itertools.cycle(stand.issues)

    def rewrite(_number: int) -> None:
        issued, new = next(issues), [directory / f"{name}.new" for name in _PAIR]
        issued.write(*new)
        for file in new:
            file.replace(file.with_suffix(""))

    with _again_and_again(rewrite, 0.01):
        yield


@contextmanager
def copied(stand: Stand, _prober: Prober) -> Iterator[None]:
    """The same issues, and what is trusted, each as `cp` writes to a slow disk: empty for a moment, then half of it."""
    directory, issues = own(stand), itertools.cycle(stand.issues)
    trust = (directory / "ca.pem").read_bytes()

    def rewrite(_number: int) -> None:
        issued = next(issues)
        for name, content in zip((*_PAIR, "ca.pem"), (issued.certificate_pem, issued.key_pem, trust), strict=True):
            with (directory / name).open("wb", buffering=0) as file:
                for part in (content[: len(content) // 2], content[len(content) // 2 :]):
                    time.sleep(_WRITING_S)
                    file.write(part)

    with _again_and_again(rewrite, 0.05):
        yield


@contextmanager
def silent(stand: Stand, _prober: Prober) -> Iterator[None]:
    """What is mounted over them answers nothing."""
    with dead_mount(own(stand)):
        yield


def own(stand: Stand) -> Path:
    """Where the prober of `REISSUED` has its identity and what it trusts, as files that are no links."""
    return stand.directory / "own"


@contextmanager
def _reissuing(directory: Path) -> Iterator[Stand]:
    """A stand whose lab is in this process, since nobody else can have it issue certificates."""
    with ExitStack() as stack:
        lab = stack.enter_context(lab_in_thread(directory / "lab"))
        collector, pager = stack.enter_context(Peer()), stack.enter_context(Peer())
        stand = Stand(directory=directory, lab=_InThread(lab), collector=collector, pager=pager)
        stand.issues = tuple(lab.call(lambda lab: lab.issue(lasts=timedelta(days=30))) for _ in range(2))
        own(stand).mkdir()
        stand.issues[0].write(*(own(stand) / name for name in _PAIR))
        shutil.copyfile(lab.directory / "ca.pem", own(stand) / "ca.pem")
        yield stand


class _InThread:
    """The switches of a lab in a thread, as those of one that is a process."""

    def __init__(self, lab: LabInThread) -> None:
        """None is on."""
        self._lab = lab
        self.config = lab.addresses.configuration

    def put(self, fault: str) -> None:
        """Switch a fault on."""
        self._lab.switch(fault, on=True)

    def delete(self, fault: str) -> None:
        """Switch it off."""
        self._lab.switch(fault, on=False)


def _own_files(stand: Stand) -> Mapping[str, Any]:
    content = yaml.safe_load(stand.config_of_lab())
    content["paths"][PATH]["connector"]["trust"] = str(own(stand) / "ca.pem")
    certificate, key = (str(own(stand) / name) for name in _PAIR)
    return {"paths": content["paths"], "identities": {"billing": {"certificate": certificate, "private_key": key}}}


REISSUED: Final = Setting(name="reissued", lab=_reissuing, changes=_own_files)
