"""Every fault of the surroundings, and what it must come to. `tests.faults.page` makes docs/reliability.md of it."""

from typing import Final

from tests.faults import clock, files, history, names, process, scraping
from tests.faults.fault import Fault, Series
from tests.faults.peer import Mood

_EXPORTS: Final = Series("paypath_telemetry_export_failures_total")
_UNDELIVERED: Final = Series("paypath_pages_total", {"outcome": "failed"})
_WAITING: Final = Series("paypath_history_waiting")
_TRACES: Final = frozenset({"traces"})
_HISTORY: Final = frozenset({"history"})
_UNNAMED: Final = Series("paypath_failures_total", {"path": names.NAMED}, 'paypath_failures_total{reason=~"dns[.].+"}')
"""Nobody at its address is `dns.unreachable` where the kernel says so in time, else `dns.timeout`."""
_NOT_TOLD: Final = "did not reach the collector"
_KEPT_PAGES: Final = "does not take pages, they are kept"
_KEPT: Final = "runs are not recorded, and wait in memory"
_AGAIN: Final = "runs are recorded again; 0 were lost"
_COLLECTOR: Final = "Mend the collector. Counters come whole with the next export; the traces of the time are gone."
_SINK: Final = "Mend the sink. Pages that wait are sent by themselves, each once and in order."

_COLLECTORS: Final = (
    Fault(
        name="collector-refuses",
        what="The collector refuses connections",
        injected="its port is closed",
        inject=lambda stand, _: stand.collector.gone(),
        first=_COLLECTOR,
        says=f"{_NOT_TOLD}.*refused",
        shows=_EXPORTS,
        loses=_TRACES,
    ),
    Fault(
        name="collector-hangs",
        what="The collector is a black hole",
        injected="it takes requests and never answers",
        inject=lambda stand, _: stand.collector.being(Mood.HANGING),
        first=_COLLECTOR,
        shows=_EXPORTS,
        loses=_TRACES,
        quick=False,
    ),
    Fault(
        name="collector-slow",
        what="The collector is slow",
        injected="it answers after three seconds, where two are waited for",
        inject=lambda stand, _: stand.collector.being(Mood.SLOW),
        first=_COLLECTOR,
        shows=_EXPORTS,
        loses=_TRACES,
        quick=False,
    ),
    Fault(
        name="collector-fails",
        what="The collector answers 500",
        injected="it does",
        inject=lambda stand, _: stand.collector.being(Mood.FAILING),
        first=_COLLECTOR,
        shows=_EXPORTS,
        loses=_TRACES,
        quick=False,
    ),
)
_SCRAPERS: Final = (
    Fault(
        name="scraped-hard",
        what="Prometheus scrapes hard",
        injected=f"{scraping.MANY} scrapers, each without a pause",
        inject=scraping.hard,
        first="Nothing.",
        quick=False,
    ),
    Fault(
        name="scraped-slowly",
        what="Scrapers do not read",
        injected=f"{scraping.SLOW} of them ask for the page and read none of it",
        inject=scraping.slowly,
        first="Nothing.",
        quick=False,
    ),
)
_SINKS: Final = (
    Fault(
        name="sink-refuses",
        what="Whoever takes pages refuses connections",
        injected="its port is closed",
        inject=lambda stand, _: stand.pager.gone(),
        first=_SINK,
        says=_KEPT_PAGES,
        shows=_UNDELIVERED,
        quick=False,
    ),
    Fault(
        name="sink-hangs",
        what="Whoever takes pages never answers",
        injected="it takes requests and never answers",
        inject=lambda stand, _: stand.pager.being(Mood.HANGING),
        first=_SINK,
        says=_KEPT_PAGES,
        shows=_UNDELIVERED,
        quick=False,
    ),
    Fault(
        name="sink-fails",
        what="Whoever takes pages answers 500",
        injected="it does",
        inject=lambda stand, _: stand.pager.being(Mood.FAILING),
        first=_SINK,
        says=_KEPT_PAGES,
        shows=_UNDELIVERED,
        quick=False,
    ),
)
_HISTORIES: Final = (
    Fault(
        name="history-locked",
        what="Another process has locked the history",
        injected="it holds SQLite's write lock",
        inject=history.locked,
        first="See who it is: `fuser history.sqlite3`. A backup or an `sqlite3` shell that is left open is the usual one.",
        says=f"{_KEPT}.*database is locked",
        says_after=_AGAIN,
        shows=_WAITING,
    ),
    Fault(
        name="history-unwritable",
        what="The history can no longer be written",
        injected="`chattr +i` on its open files",
        inject=history.unwritable,
        first="Make it writable again. A file system that the kernel has made read-only needs more: see below.",
        needs=("chattr",),
        says=f"{_KEPT}.*disk I/O error",
        says_after=_AGAIN,
        shows=_WAITING,
        quick=False,
    ),
    Fault(
        name="history-removed",
        what="The history is deleted",
        injected="`rm` on its open files",
        inject=history.removed,
        first="Nothing: it is brought back. To begin anew, stop paypath before you delete it.",
        says="was removed; it is back, with all that it held",
    ),
    Fault(
        name="history-overwritten",
        what="The history is damaged",
        injected="noise is written over its open files, in which 5,000 runs stand",
        inject=history.overwritten,
        first="Look at the disk. What is left of the old file is `history.sqlite3.damaged-1`; `sqlite3 FILE .recover` may save more of it.",
        says="is damaged; it is now",
        loses=_HISTORY,
    ),
    Fault(
        name="history-table-dropped",
        what="A table of the history is dropped",
        injected="`DROP TABLE run`",
        inject=history.dropped,
        first="Nothing: a new file is begun. What is left of the old one is `history.sqlite3.damaged-1`.",
        says="is damaged; it is now",
        loses=_HISTORY,
        quick=False,
    ),
    Fault(
        name="disk-full",
        what="The disk is full",
        injected="a file fills the disk that the state directory is on",
        inject=history.full,
        first="Make room. Nothing has to be restarted.",
        setting=history.SMALL_DISK,
        says=f"{_KEPT}.*disk is full",
        says_after=_AGAIN,
        shows=_WAITING,
    ),
    Fault(
        name="unwritable-at-start",
        what="The state directory cannot be written when the process starts",
        injected="its disk is mounted read-only, and writable later",
        at_start=history.unwritable_at_start,
        first="Make it writable, also where it is a `history.sqlite3` of another user (`chown`); within five seconds what writes to Stripe is probed too, and runs are recorded from then on.",
        setting=history.READ_ONLY_DISK,
        stops=frozenset({"card-charge"}),
        says="cannot write .*until then scenarios that write to Stripe are skipped",
        says_after="can be used now",
        shows=Series("paypath_runs_skipped_total", {"cause": "no_state"}),
        loses=_HISTORY,
    ),
    Fault(
        name="damaged-at-start",
        what="The history is damaged when the process starts",
        injected="64 KiB of noise in its place",
        at_start=history.damaged_at_start,
        first="Look at the disk; what was there is `history.sqlite3.damaged-1`.",
        says="is damaged; it is now",
        quick=False,
    ),
)
_PROCESSES: Final = (
    Fault(
        name="no-descriptors",
        what="The process is out of file descriptors",
        injected="`prlimit --nofile=3` on it",
        inject=process.no_descriptors,
        first="Raise `LimitNOFILE=` of the unit or `ulimit -n`; `ls /proc/PID/fd` tells who has them.",
        says="no file descriptor",
        shows=Series("paypath_failures_total", {"reason": "prober.failed"}),
        blind=True,
        loses=_TRACES,
    ),
    Fault(
        name="no-more-memory",
        what="The process gets hardly any more memory",
        injected=f"`prlimit --as` on it, {process.MARGIN_MIB} MiB above what it has",
        inject=process.hardly_more_memory,
        first="Raise the limit. Where nothing is left at all, see the last rows of this table.",
        quick=False,
    ),
    Fault(
        name="stopped",
        what="The process stands still",
        injected=f"SIGSTOP, and SIGCONT {process.STOPPED_S:g} s later, {process.STOPS} times",
        inject=process.stopped,
        first="Nothing. Where it happens by itself, give the container more CPU.",
        shows=Series("paypath_runs_skipped_total", {"cause": "late"}),
        quick=False,
    ),
)
_FILES: Final = (
    Fault(
        name="configuration-rewritten",
        what="The configuration is rewritten all the time",
        injected="in place, a half at a time, fifty times a second",
        inject=files.configuration,
        first="Nothing. It is taken over when two readings agree.",
        never_says="configuration: (taken over|refused)",
    ),
    Fault(
        name="certificates-rewritten",
        what="Certificate and key are replaced all the time",
        injected="two issues take turns a hundred times a second, each file by `rename`",
        inject=files.renamed,
        first="Nothing.",
        setting=files.REISSUED,
        quick=False,
    ),
    Fault(
        name="certificates-copied",
        what="Certificate, key and trust are written in place all the time",
        injected="two issues take turns twenty times a second, each file by `cp`, a half at a time",
        inject=files.copied,
        first="Nothing; better, write a new file and `mv` it: one that is not whole for longer than 0.45 s counts as it is.",
        setting=files.REISSUED,
    ),
    Fault(
        name="files-silent",
        what="The file system of certificate, key and trust does not answer",
        injected="a FUSE file system with nobody behind it is mounted over them, as NFS is whose server is gone",
        inject=files.silent,
        first="Mend or unmount what is mounted there; `grep nfs /proc/mounts` finds it, `df` would wait as well.",
        setting=files.REISSUED,
        needs=("fuse",),
        says="The file system of .* does not answer",
        shows=Series("paypath_failures_total", {"reason": "prober.files_silent"}),
        blind=True,
    ),
)
_NAMES: Final = (
    Fault(
        name="resolver-gone",
        what="Nobody is at the resolver's address",
        injected="its port is closed; one path is called by name, the other by address",
        inject=names.refused,
        first="Mend the resolver. Paths that are called by name fail with `dns.…` until then, which is true; the others go on.",
        setting=names.RESOLVED,
        fails={names.NAMED: "dns."},
        says="[Nn]ame server",
        shows=_UNNAMED,
    ),
    Fault(
        name="resolver-mute",
        what="The resolver never answers",
        injected="it takes questions and answers none",
        inject=names.mute,
        first="As above.",
        setting=names.RESOLVED,
        fails={names.NAMED: "dns."},
        says="[Nn]ame server",
        shows=_UNNAMED,
        quick=False,
    ),
)
_CLOCKS: Final = (
    Fault(
        name="clock-forward",
        what="The clock is set a day ahead",
        injected="libfaketime, and right again afterwards",
        inject=clock.set_to("+1d"),
        first="Set the clock. Runs warn of `prober.clock_skew` where the other side tells its time.",
        setting=clock.CLOCK,
        warns="prober.clock_skew",
        loses=_TRACES,
    ),
    Fault(
        name="clock-back",
        what="The clock is set a day back",
        injected="libfaketime, and right again afterwards",
        inject=clock.set_to("-1d"),
        first="The same.",
        setting=clock.CLOCK,
        warns="prober.clock_skew",
        loses=_TRACES,
        quick=False,
    ),
)

FAULTS: Final = (*_COLLECTORS, *_SCRAPERS, *_SINKS, *_HISTORIES, *_PROCESSES, *_FILES, *_NAMES, *_CLOCKS)
