"""One question over a connection, and its answer."""

from typing import Protocol

from probe.transport.answer import AnswerParser, IncompleteAnswerError


class Speech(Protocol):
    """What a question is asked over."""

    async def write(self, data: bytes) -> None:
        """Send all of it."""

    async def read(self) -> bytes:
        """The next bytes; b"" at the end."""


async def send(stream: Speech, request: bytes) -> bytes:
    """Send; where the peer has hung up, read what it said before: an alert (raised) or an early answer (returned)."""
    try:
        await stream.write(request)
    except ConnectionError:
        said = await stream.read()
        if not said:
            raise
        return said
    return b""


async def receive(stream: Speech, parser: AnswerParser, data: bytes) -> None:
    """Read until the answer is whole. Raises NotHttpError, IncompleteAnswerError, and what reading raises."""
    while True:
        parser.feed(data)
        if parser.done:
            return
        try:
            data = await stream.read()
        except ConnectionResetError as error:
            if parser.answer is None:
                raise
            raise IncompleteAnswerError("the peer reset the connection inside of its answer") from error
        if not data:
            parser.end()
            return
