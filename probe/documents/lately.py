"""Whether files were changed a moment ago: whoever writes one in place shows halves of it, and for a moment nothing."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

LATELY_S: Final = 2.0
"""As coarse as the times of some file systems; a writer takes far less."""
MOMENTS_S: Final = (0.02, 0.03, 0.05, 0.08, 0.12, 0.15)
"""Between the readings of a file that is being written, after which it is taken as it is. Each file has its own: `cp` writes one after the other. Uneven: who writes at even intervals is not met at the same point each time."""
_NS: Final = 1_000_000_000


def changed_lately(files: Iterable[Path | None]) -> bool:
    """Whether one of them, or of the files in one that is a directory, was; of what is missing, whether its directory was. None is none."""
    return any(_lately(file) for file in files if file is not None)


def _lately(file: Path) -> bool:
    now_ns = time.clock_gettime_ns(time.CLOCK_REALTIME)  # the clock that file systems stamp with
    try:
        seen = [os.stat(file)]  # noqa: PTH116 - beside the other calls of stat
        if os.path.isdir(file):  # noqa: PTH112 - likewise
            with os.scandir(file) as entries:
                seen += [entry.stat() for entry in entries if entry.is_file()]
    except FileNotFoundError:
        return _is_lately(os.stat(file.parent), now_ns) if file.parent.is_dir() else False  # noqa: PTH116
    except (OSError, ValueError):  # what cannot be looked at shows when it is read
        return False
    return any(_is_lately(each, now_ns) for each in seen)


def _is_lately(seen: os.stat_result, now_ns: int) -> bool:
    """By the inode's change, which nobody can set; a file system's clock may go before ours."""
    return abs(now_ns - seen.st_ctime_ns) < LATELY_S * _NS
