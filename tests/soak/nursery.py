"""A process in which everything is imported already, and which forks one `paypath` after the other: kills by the hundred.

Started as `python -m tests.soak.nursery`. Each line on stdin is `{"words": […], "environ": {…}, "output": "FILE"}`; on stdout it says
`{"pid": N}` for it, and later `{"pid": N, "status": S}`, where S is negative for a signal.
"""

import contextlib
import gc
import importlib
import json
import os
import pathlib
import select
import sys

import stripe

import probe.compose.once
import probe.lab.stripe.app
import probe.report.json
from probe.billing.methods import find
from probe.cli.command import command

_USED = (
    "v1.balance.retrieve",
    "v1.customers.create",
    "v1.payment_intents.cancel",
    "v1.payment_intents.capture",
    "v1.payment_intents.create",
    "v1.refunds.create",
    "v1.setup_intents.create",
)
"""The SDK imports the parameters of each of them when it is first asked for."""
_IMPORTED = (stripe, probe.compose.once, probe.lab.stripe.app, probe.report.json)


def main() -> None:
    """Until stdin ends and every child has."""
    for method in _USED:
        find(method)
    gc.collect()
    gc.freeze()  # or each child would copy what it never looks at
    children: dict[int, pathlib.Path] = {}
    buffered = b""
    open_input = True
    while open_input or children:
        readable, _, _ = select.select([0] if open_input else [], [], [], 0.02)
        if readable:
            read = os.read(0, 65536)
            open_input = bool(read)
            *lines, buffered = (buffered + read).split(b"\n")
            for line in lines:
                wanted = json.loads(line)
                children[_born(wanted)] = _lesson(wanted)
        _buried(children)


def _born(wanted: dict[str, object]) -> int:
    pid = os.fork()
    if pid == 0:
        _live(wanted)
    _say(pid=pid)
    return pid


def _live(wanted: dict[str, object]) -> None:
    """Become the command; never returns."""
    status = 70
    try:
        output = os.open(str(wanted["output"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        status = command(wanted["words"], wanted["environ"])  # type: ignore[arg-type]  # from JSON of our own
        _lesson(wanted).write_text("\n".join(sys.modules), encoding="utf-8")
    finally:
        sys.stdout.flush()
        os._exit(status)


def _buried(children: dict[int, pathlib.Path]) -> None:
    for pid in sorted(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            _learn(children.pop(pid))
            _say(pid=pid, status=os.waitstatus_to_exitcode(status))


def _lesson(wanted: dict[str, object]) -> pathlib.Path:
    """Where a child that lives to its end leaves what it had imported."""
    return pathlib.Path(f"{wanted['output']}.modules")


def _learn(lesson: pathlib.Path) -> None:
    """Import what a child had to import by itself, so that the next ones need not."""
    if lesson.exists():
        for name in set(lesson.read_text(encoding="utf-8").split("\n")) - set(sys.modules):
            with contextlib.suppress(ImportError):  # made up while it ran
                importlib.import_module(name)


def _say(**what: int) -> None:
    os.write(1, (json.dumps(what) + "\n").encode())


if __name__ == "__main__":
    main()
