"""Write docs/reliability.md from the table and the last figures: `python -m tests.faults.page`, or `--check` whether it is in step."""

import json
import pathlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from probe.documents.reference import DOCS, write_or_check
from tests.faults.fault import Fault
from tests.faults.killed import Killed
from tests.faults.play import Happened
from tests.faults.table import FAULTS

LAST: Final = pathlib.Path(__file__).with_name("last.json")
"""What each fault came to when it was played last; written by `make soak-faults`."""
KILLED: Final = "killed"

_HEAD: Final = """# Reliability: when something around paypath is broken

<!-- Written by `python -m tests.faults.page` from tests/faults. Change that, not this page; `make soak-faults` plays it and writes the figures. -->

Find what is broken, and do what stands beside it. Whatever it is, paypath needs no restart.

| what is broken | what to do | paypath says so by |
| --- | --- | --- |
"""
_ELSEWHERE: Final = (
    (
        "Nobody reads its output: a log collector that hangs, Ctrl-S on a terminal",
        "Let it read on: the lines that waited come then (tests/e2e/test_unread_output.py).",
        "`paypath_output_dropped_total`, once more than 4 MiB wait",
    ),
    (
        "The disk with its log is full (`paypath run >log 2>&1`)",
        "Make room: the lines that waited come then (tests/e2e/test_full_log.py). Where both streams share the file, one may stand inside the other's: `2>log.err` keeps them apart.",
        "the other stream, the log as it goes on; `paypath_output_dropped_total`, once more than 4 MiB wait",
    ),
    (
        "The process gets no memory at all: the limit of its address space (`ulimit -v`) is hit, or the kernel kills it",
        "Raise the limit; limit memory by cgroup (`MemoryMax=`, the container's), not by address space. See below.",
        "status 134, 137 or 139 where it dies; `prober.failed` while it lives",
    ),
    ("The process is killed", "Nothing: whatever starts it again. What was told of is there.", "its start"),
)
"""What is shown by other means than a play of the table."""
_PROMISE: Final = """
## What is promised

While any of these lasts,

- **no probe stops**: every scenario goes on at its interval, unless the table says that it is skipped;
- **no verdict on the path is false**: a healthy path is not reported as failed, a broken one is, with its true reason. What cannot be told is `unknown`;
- **nothing that was told is lost**: each run that stood on stdout or in a metric is in the history, each page that was decided arrives once, a latched path stays shut, also where
  the answer from live mode came while the history was locked or its disk full (tests/e2e/test_latch_outlives.py), and where the history cannot be opened at the start (tests/e2e/test_latch_unopened.py). What may be missing
  all the same stands in the last column;
- **it shows**, in the log and in a metric, and it is over without a restart.

## What happened

Each fault is brought about for real while `paypath run` goes on as its own process, against the lab as another one. The path breaks before the fault (`tcp.refused`), is mended while it
lasts, breaks again, and is mended after it: each outage has to be named, to page once and to end, whatever else is wrong. The interval is 0.2 s for handshakes and 0.4 s for charges.

"""
_REST: Final = """
**killed**: {killed}. A page comes a second time where the process dies between the receiver's answer and writing that down; receivers that merge by `dedup_key` show it once.

## What is not promised

- **A file system that the kernel makes read-only after an I/O error** can end the process (SIGBUS): SQLite maps the index of its log into memory. systemd and Kubernetes start it again; without a
  writable state directory it then does what stands above for that.
- **An address space that is used up** (`ulimit -v`, `prlimit --as`): most C libraries do not survive an allocation that is refused. The process dies (SIGSEGV, status 139, or SIGABRT, 134) or
  ends with status 3 and a line on stderr, or stands still and does not end at SIGTERM, which systemd and Kubernetes follow up with SIGKILL. Until then runs that lack memory are `prober.failed` (unknown), and
  some are not counted. It is started again, and each run that was told of before is in the history, as after any kill. With a cgroup's limit the kernel kills it at once instead.
- **A certificate that is younger than the clock is slow** looks not yet valid, and is refused by our own verification: a clock that is a day slow fails a path whose certificate was issued
  today. The summary says so where all certificates look not yet valid. In `clock-back` they are three days old.
- **A damaged history** is set aside with the runs that were in it, and those of up to ten seconds after the damage; `paypath report` begins anew.
- **Both at once, the history and whoever takes pages**: a page that was decided before waits in the history and its end in memory, so that the end may arrive first.
- **Traces** are not kept for a collector that is away, nor where the clock is set in the middle of an export, whose time the SDK takes by it; metrics are sums, of which nothing is missing afterwards.
- **A state directory that does not answer** (a dead NFS mount, a file system that a snapshot has frozen with `fsfreeze`) stops every run, the metrics and the page, until it answers; SIGTERM waits as well.
  Nothing is lost by that, and all goes on afterwards. Put it on a disk of the machine. It shows from outside: `/healthz` times out, `up` is 0.
- **More than 10,000 runs** do not wait for the history, and none outlives the process: the log says how many were lost, `paypath_history_lost_total` counts them.

`make test` plays the faults marked ●, `make soak-faults` all of them, as root on Linux: some need a mount of their own, `chattr`, or Debian's `faketime`. One that a machine cannot play is
skipped and says why; with `CI=true` it fails.
"""


def page(last: Mapping[str, Any]) -> str:
    """The whole page."""
    rows = (*((fault.what, fault.first, _visible(fault)) for fault in FAULTS), *_ELSEWHERE)
    trouble = "".join(map(_row, rows))
    heading = _row(("", "fault", "how it is brought about", "what happened", "what was lost")) + _row(["---"] * 5)
    happened = "".join(_happened(fault, last.get(fault.name)) for fault in FAULTS)
    return _HEAD + trouble + _PROMISE + heading + happened + _REST.format(killed=_killed(last.get(KILLED)))


def read_last() -> dict[str, Any]:
    """The last figures."""
    found: dict[str, Any] = json.loads(LAST.read_text(encoding="utf-8"))
    return found


def write_last(found: Iterable[Happened | Killed], **when: str) -> None:
    """Keep the figures of what was played now, and those of before of the rest."""
    last = read_last()
    for each in found:
        last[KILLED if isinstance(each, Killed) else each.fault] = {**asdict(each), **when}
    LAST.write_text(json.dumps(last, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _visible(fault: Fault) -> str:
    log = "" if fault.says is None else "the log"
    ways = [log, f"`{fault.shows}`" if fault.shows else "", f"the warning `{fault.warns}`" if fault.warns else ""]
    return ", ".join(way for way in ways if way) or "nothing: it harms nothing"


def _happened(fault: Fault, last: Mapping[str, Any] | None) -> str:
    mark = "●" if fault.quick else ""
    if last is None:
        return _row((mark, f"`{fault.name}`", fault.injected, "not played yet", ""))
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(last["outcomes"].items()))
    named = f"; {last['named']} named the outage" if last["named"] else ""
    wrong = f"; **false: {len(last['wrong'])}**" if last["wrong"] else ""
    text = f"{last['runs']} runs in {last['lasted_s']:.1f} s ({outcomes}{named}{wrong}), {last['longest_gap_s']:.1f} s the longest gap; {last['day']}"
    return _row((mark, f"`{fault.name}`", fault.injected, text, _lost(last["lost"])))


def _lost(lost: Mapping[str, int]) -> str:
    words = {"history": "{} runs of the history", "traces": "traces of {} runs", "pages": "{} pages"}
    return ", ".join(words[what].format(count) for what, count in lost.items() if count) or "nothing"


def _killed(last: Mapping[str, Any] | None) -> str:
    if last is None:
        return "not played yet"
    wrong = "nothing that was told is missing, no verdict was false" if not last["wrong"] else "; ".join(last["wrong"])
    return (
        f"`kill -9` at {last['kills']} moments by chance, and started again each time, on {last['day']} (Python {last['python']}): of {last['runs']:,} runs, "
        f"{last['pages']} pages, a latch and failures in a row {wrong}; {last['twice']} pages came twice"
    )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.exit(write_or_check(DOCS / "reliability.md", page(read_last()), sys.argv[1:]))
