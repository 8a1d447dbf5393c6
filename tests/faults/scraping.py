"""Scrapers that are too many, and such as do not read."""

import contextlib
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from tests.faults.prober import Prober
from tests.faults.stand import Stand

MANY: Final = 20
SLOW: Final = 100


@contextmanager
def hard(_stand: Stand, prober: Prober) -> Iterator[None]:
    """Each begins anew as soon as it has its page."""
    over = threading.Event()

    def scrape() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError), urllib.request.urlopen(prober.url, timeout=60) as answer:  # noqa: S310 - loopback
                answer.read()

    scrapers = [threading.Thread(target=scrape) for _ in range(MANY)]
    for each in scrapers:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in scrapers:
            each.join()


@contextmanager
def slowly(_stand: Stand, prober: Prober) -> Iterator[None]:
    """They ask and then read nothing, with the smallest window that there is."""
    host, port = prober.url.removeprefix("http://").partition("/")[0].split(":")
    with ExitStack() as stack:
        for _ in range(SLOW):
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            reader.connect((host, int(port)))
            reader.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        yield
