"""A process in which `paypath` is imported already, and which becomes one `paypath` after the other by forking.

A start of Python with all that `paypath check` imports takes more than half a second of CPU, and the tests start a thousand. What a fork
runs is what the console script runs, from `probe.cli.main.main` to the end of the interpreter, in a process of its own.

Run as a script: `python server.py FD SCRIPT`, where FD is a socket (SOCK_SEQPACKET) and SCRIPT what `sys.argv[0]` is to be. A message is
`{"words": […], "environ": {…}, "directory": "…"}` with four descriptors: stdin, stdout, stderr, and a pipe to which the exit status is
written (negative for a signal). The answer is the process's number.
"""

import gc
import importlib
import json
import os
import pathlib
import pkgutil
import select
import socket
import sys
import time

import probe
from probe.billing.methods import find
from probe.cli.main import main as paypath

ENOUGH = 1 << 20
"""Bytes of the longest message."""


def main() -> int:
    """Until the socket is closed; in a child, what the command comes to."""
    asks = socket.socket(fileno=int(sys.argv[1]))
    sys.argv = [sys.argv[2]]
    sys.path[0] = str(pathlib.Path(sys.argv[0]).parent)  # as where the console script is run
    _import_everything()
    asks.send(b"ready")
    waited_for: dict[int, tuple[int, int]] = {}
    """By what tells of a child's end: its number, and where its status is wanted."""
    while True:
        for ready in select.select([asks, *waited_for], [], [])[0]:
            if ready is not asks:
                pid, told = waited_for.pop(ready)
                os.close(ready)
                os.write(told, str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
                os.close(told)
                continue
            message, descriptors, _, _ = socket.recv_fds(asks, ENOUGH, 4)
            if not message:
                return 0
            *streams, told = descriptors
            pid = os.fork()
            if pid == 0:
                return _child(json.loads(message), streams)
            waited_for[os.pidfd_open(pid)] = pid, told
            for descriptor in streams:
                os.close(descriptor)
            asks.send(str(pid).encode())


def _import_everything() -> None:
    """All of ours, so all of theirs; and what Stripe's SDK imports when a call is first made."""
    for module in pkgutil.walk_packages(probe.__path__, "probe."):
        importlib.import_module(module.name)
    for method in ("balance.retrieve", "customers.create", "payment_intents.create", "refunds.create"):
        find(f"v1.{method}")
    gc.collect()
    gc.freeze()  # or each child would copy what it never looks at


def _child(wanted: dict[str, object], streams: list[int]) -> int:
    """Be the command."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    _open_streams()
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir(str(wanted["directory"]))
    os.environ.clear()
    os.environ.update(wanted["environ"])  # type: ignore[call-overload]  # from JSON of our own
    time.tzset()
    sys.argv += wanted["words"]  # type: ignore[arg-type]  # from JSON of our own
    return paypath()


def _open_streams() -> None:
    """As Python does at its start: what they are decides whether they can be sought in and are written line by line."""
    for name, mode, buffering in (("stdin", "r", -1), ("stdout", "w", -1), ("stderr", "w", 1)):
        ours = getattr(sys, name)
        stream = os.fdopen(ours.fileno(), mode, buffering, encoding=ours.encoding, errors=ours.errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


if __name__ == "__main__":
    sys.exit(main())
