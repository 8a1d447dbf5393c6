"""Files that are rewritten all the time while they are read."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.prober import Prober
from tests.faults.stand import Stand


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
def certificates(stand: Stand, _prober: Prober) -> Iterator[None]:
    """Two issues of the same identity take turns, as the kubelet puts a Secret: a new directory, and the link to it in one step."""
    directory = Path(stand.lab.config).parent / "identity"

    def rewrite(_number: int) -> None:
        for name in ("tls.crt", "tls.key"):
            new = directory / f"{name}.new"
            shutil.copy(directory / name, new)
            new.replace(directory / name)

    with _again_and_again(rewrite, 0.005):
        yield
