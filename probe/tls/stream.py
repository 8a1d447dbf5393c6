"""TLS over a non-blocking socket of our own, either side of it: `ssl.MemoryBIO` and `SSLObject` in place of asyncio's TLS.

asyncio drops the failed object (and the chain with it), does not put the alert of a failed verification on the wire
(gh-98078), and loses a peer's alert when a write fails first. Here all three survive.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeVar

from probe.model.tls import AlertFrom
from probe.tls.evidence import Evidence, RecordingObject
from probe.tls.inbox import Inbox

T = TypeVar("T")

_CHUNK: Final = 65536
_FIRST_BYTES: Final = 64
_DISCARDED: Final = 64
"""Chunks, 4 MiB: about what a socket buffers."""

_NO_LIMIT: Final = contextlib.nullcontext()


def _until(deadline: float | None) -> AbstractAsyncContextManager[object]:
    """A limit of its own for what it encloses; none costs nothing."""
    return _NO_LIMIT if deadline is None else asyncio.timeout_at(deadline)


class TlsStream:
    """One TLS connection. One reader and one writer may use it at the same time.

    Deadlines are moments of the running loop's clock (`loop.time()`, which is `time.monotonic`); a wait that passes one raises
    TimeoutError, and `None` waits for ever.
    """

    def __init__(
        self,
        sock: socket.socket,
        context: ssl.SSLContext,
        *,
        server_side: bool = False,
        server_hostname: str | None = None,
    ) -> None:
        """Take over `sock` (connected, non-blocking); `context` has been given to `record_on`."""
        self._socket = sock
        self._inbox = Inbox(sock, self._arrived)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._server_side = server_side
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=server_side, server_hostname=server_hostname)
        if not isinstance(tls, RecordingObject):
            raise TypeError("the context keeps no evidence: pass it to probe.tls.evidence.record_on first")
        self._tls = tls
        self._flushing = asyncio.Lock()
        self._unsent = b""
        self._early = bytearray()
        self._write_error: OSError | None = None
        self._failed = False
        self.ended = False
        """The peer has closed its sending side, by close_notify or by FIN."""
        self.bytes_sent = 0
        self.bytes_received = 0
        self.first_bytes = b""
        """The first bytes that the peer sent, at most 64, before any TLS is read into them."""

    @property
    def evidence(self) -> Evidence:
        """What was said so far; grows while the connection lives."""
        return self._tls.evidence

    @property
    def tls(self) -> ssl.SSLObject:
        """The TLS object, to ask it for more (`getpeercert`). Do not read or write through it."""
        return self._tls

    async def handshake(self, deadline: float | None = None) -> None:
        """Shake hands. Raises ssl.SSLError (after our own alert went out), OSError, TimeoutError."""
        async with _until(deadline):
            await self._drive(self._tls.do_handshake)

    async def read(self, count: int = _CHUNK, deadline: float | None = None) -> bytes:
        """Up to `count` decrypted bytes; b"" at the end. Raises ssl.SSLError (a late alert too), OSError, TimeoutError."""
        if self._early:
            taken = bytes(self._early[:count])
            del self._early[:count]
            return taken
        async with _until(deadline):
            return await self._read(count)

    async def read_until(self, seen: Callable[[Evidence], bool], deadline: float | None = None) -> bool:
        """Read without answering until the evidence shows `seen`; what arrives meanwhile is kept for `read`.

        False where the peer ended its side, or application bytes came, before that. Raises as `read` does.
        """
        async with _until(deadline):
            while not seen(self.evidence):
                try:
                    arrived = self._tls.read(_CHUNK)
                except ssl.SSLWantReadError:
                    if not seen(self.evidence):
                        await self._receive()
                except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                    self.ended = True
                    return False
                except ssl.SSLError:
                    self._fail()
                    raise
                else:
                    self._early += arrived
                    self.ended = not arrived  # Python turns a close_notify into b""
                    return bool(arrived) and seen(self.evidence)
        return True

    async def write(self, data: bytes, deadline: float | None = None) -> None:
        """Encrypt and send all of `data`. After a ConnectionError, read on: the peer's alert may still be there."""
        async with _until(deadline):
            view = memoryview(data)
            while view:
                view = view[await self._drive(lambda left=view: self._tls.write(left)) :]  # type: ignore[misc]
            await self._flush()
            if self._write_error is not None:
                raise self._write_error

    async def close(self, linger_s: float = 1.0) -> None:
        """Say goodbye and close; never raises for what the peer does.

        A server, and a client that has sent a fatal alert, half-closes and reads on until EOF or `linger_s`: closing a
        socket with unread bytes in it sends a reset, which can destroy what is still on its way.
        """
        try:
            self._goodbye()
            alert = self.evidence.fatal_alert
            if self._server_side or (alert is not None and alert.sender is AlertFrom.US):
                await self._linger(linger_s)
            else:
                self._discard()
        finally:
            self._inbox.close()
            self._socket.close()

    async def _read(self, count: int) -> bytes:
        try:
            data = await self._drive(lambda: self._tls.read(count))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            data = b""
        self.ended = self.ended or not data
        return data

    async def _drive(self, operation: Callable[[], T]) -> T:
        """Repeat `operation`, moving bytes between the socket and the BIOs, until it is through."""
        while True:
            try:
                result = operation()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._receive()
            except ssl.SSLError:
                self._fail()
                raise
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        """Send what OpenSSL has written. A broken connection is remembered, not raised: what it said last is still to read."""
        if not self._outgoing.pending:  # a reader does not queue behind a writer whose peer is not reading
            return
        if not self._flushing.locked() and self._sent_at_once():
            return
        async with self._flushing:
            loop = asyncio.get_running_loop()
            while self._write_error is None and (pending := self._unsent or self._outgoing.read()):
                self._unsent = b""
                try:
                    await loop.sock_sendall(self._socket, pending)
                except ConnectionError as error:
                    self._write_error = error
                else:
                    self.bytes_sent += len(pending)

    def _sent_at_once(self) -> bool:
        """Whether the socket took all of it, as nearly always; what it did not take is `_unsent`."""
        if self._write_error is not None:
            return True
        pending = self._outgoing.read()
        try:
            taken = self._socket.send(pending)
        except (BlockingIOError, InterruptedError):
            taken = 0
        except ConnectionError as error:
            self._write_error = error
            return True
        self.bytes_sent += taken
        self._unsent = pending[taken:]
        return not self._unsent

    async def _receive(self) -> None:
        """Wait for bytes of the peer, which OpenSSL has then, or the end of them."""
        try:
            await self._inbox.arrival()
        except ConnectionError as error:
            raise (self._write_error or error) from None
        if self.evidence.peer_gone and self._write_error is not None:
            raise self._write_error

    def _arrived(self, data: bytes) -> None:
        if not data:
            self.ended = self.evidence.peer_gone = True
            self._incoming.write_eof()
            return
        if len(self.first_bytes) < _FIRST_BYTES:
            self.first_bytes += data[: _FIRST_BYTES - len(self.first_bytes)]
        self.bytes_received += len(data)
        self._incoming.write(data)

    def _fail(self) -> None:
        """Send the alert that OpenSSL has written, now: nothing may come between it and the socket."""
        self._failed = True
        if self.evidence.peer_gone:
            self._outgoing.read()  # OpenSSL's decode_error about an EOF: nobody is there to read it
        self._send_now()

    def _send_now(self) -> None:
        with contextlib.suppress(OSError):  # the peer is gone, or its buffer full: then nobody reads the alert
            while pending := self._unsent or self._outgoing.read():
                self._unsent = b""
                self.bytes_sent += self._socket.send(pending)

    def _goodbye(self) -> None:
        """Write close_notify where the connection is whole, and half-close."""
        if self.evidence.established and not self._failed and self._write_error is None:
            with contextlib.suppress(ssl.SSLError):  # it waits for the peer's own close_notify, we do not
                self._tls.unwrap()
        self._send_now()
        with contextlib.suppress(OSError):  # already disconnected
            self._socket.shutdown(socket.SHUT_WR)

    async def _linger(self, seconds: float) -> None:
        self._inbox.close()  # what comes now is for nobody
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):  # TimeoutError too: we waited long enough
            async with asyncio.timeout(seconds):
                while await loop.sock_recv(self._socket, _CHUNK):  # noqa: ASYNC110 - not polling: see below
                    await asyncio.sleep(0)  # a fast peer must not keep the loop to itself

    def _discard(self) -> None:
        with contextlib.suppress(OSError):  # BlockingIOError: nothing more is there
            for _ in range(_DISCARDED):  # a peer that never stops gets a reset
                if not self._socket.recv(_CHUNK):
                    break
