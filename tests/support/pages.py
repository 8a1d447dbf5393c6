"""A small web server on loopback for one test, in the clear or over TLS."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from probe.lab.pki import Issued
from probe.tls.memory import as_file

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answer: Answer, identity: Issued | None = None, *, admits: bytes | None = None) -> AsyncIterator[str]:
    """Answer every request by `answer`; gives the URL without a trailing slash.

    `identity` makes it https; then `admits`, as PEM, makes it ask for a client certificate that these have issued.
    """
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=_context(identity, admits))
    await site.start()
    try:
        yield f"{'https' if identity else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _context(identity: Issued | None, admits: bytes | None) -> ssl.SSLContext | None:
    if identity is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with as_file(identity.certificate_pem + identity.key_pem) as pair:
        context.load_cert_chain(pair)
    if admits is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=admits.decode())
    return context
