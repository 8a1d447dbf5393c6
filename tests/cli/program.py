"""`paypath` as a process of its own: for signals, and for what only ends when it is told to."""

import contextlib
import pathlib
import subprocess
import sys
from collections.abc import Iterator, Mapping

_MAIN = "import sys; from probe.cli.main import main; sys.exit(main())"


@contextlib.contextmanager
def paypath(
    *words: str, cwd: pathlib.Path, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start it in `cwd` with both outputs as pipes; it is killed where the block leaves it running."""
    root = pathlib.Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-u", "-c", _MAIN, *words],
        cwd=cwd,
        env={"PYTHONPATH": str(root), "PYTHONUTF8": "1", "HOME": str(cwd), "PATH": "", **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as program:
        try:
            yield program
        finally:
            if program.poll() is None:
                program.kill()
