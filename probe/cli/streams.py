"""stdout and stderr as the process has them: whoever writes there, and whatever it is, no secret is written."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final, TextIO, cast

from probe.redact.leaving import OUT, leaving
from probe.redact.patterns import ends_within_key

_END: Final = "-----END"


class LeavingStream:
    """A text stream that redacts each write; everything else is the stream's own.

    A secret in one write is found, and a private key also where its lines are written one by one, as tracebacks are.
    """

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream`."""
        self.target = stream
        self._within_key = False

    def write(self, text: str) -> int:
        """Write `text` without secrets; says that all of it was written."""
        self.target.write(self._shown(text))
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        """Write them one by one."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        """The stream's own, such as `flush`, `isatty`, `fileno`."""
        return getattr(self.target, name)

    def _shown(self, text: str) -> str:
        if self._within_key:
            _, end, rest = text.partition(_END)
            if not end:
                return ""
            text = rest.partition("\n")[2]
        self._within_key = ends_within_key(text)
        return leaving(text)


@contextlib.contextmanager
def leaving_streams() -> Iterator[None]:
    """Inside the block nothing secret is written to stdout and stderr. What was known to be secret before is forgotten."""
    OUT.forget()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", LeavingStream(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def relayed(change: Callable[[TextIO], TextIO]) -> Iterator[Callable[[], None]]:
    """Inside the block what leaves by stdout and stderr goes to `change` of where it went before; the block says when it goes back there."""
    relays = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, LeavingStream)]
    before = [relay.target for relay in relays]
    for relay, stream in zip(relays, before, strict=True):
        relay.target = change(stream)

    def put_back() -> None:
        for relay, stream in zip(relays, before, strict=True):
            relay.target = stream

    yield put_back
