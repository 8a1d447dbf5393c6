"""Runs localstripe on a loopback port: `python run_localstripe.py PORT`, with the Python of localstripe's own venv.

Its own command listens on every address and pickles its store to a shared file, which it loads at the next start; a test
wants neither. Nothing of the project imports this file.
"""

import sys

from aiohttp import web
from localstripe import resources, server


def main(port: int) -> None:
    """Serve until SIGTERM, with the store in memory alone."""
    resources.Store.dump_to_disk = lambda _store: None
    web.run_app(server.app, host="127.0.0.1", port=port, access_log=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
