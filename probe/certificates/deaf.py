"""Why the kernel tells no changes of files, and which limit to raise: inotify(7) gives one errno for two limits, and watchfiles no errno at all."""

import contextlib
import os
from typing import Final

_NEEDED: Final = 3
"""Descriptors that listening takes: inotify, epoll, and one to be woken by."""


def why_deaf(error: BaseException) -> str:
    """Which limit it is and how to raise it, where it is one; else the error's own words."""
    text = str(error)
    if "watch limit reached" in text:
        return "the user has no inotify watch left: raise fs.inotify.max_user_watches (`sysctl`)"
    if "(os error 23)" in text:
        return "the machine has no file descriptor left: raise fs.file-max (`sysctl`)"
    if "(os error 24)" not in text:
        return f"the kernel tells no changes of them ({text})"
    if _descriptors_left():
        return "the user has no inotify instance left: raise fs.inotify.max_user_instances (`sysctl`)"
    return "the process has no file descriptor left to be told of changes: raise `LimitNOFILE=` of the unit, or `ulimit -n`"


def _descriptors_left() -> bool:
    """Whether the process may open as many as listening takes."""
    with contextlib.ExitStack() as stack:
        try:
            for _ in range(_NEEDED):
                stack.callback(os.close, os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            return False
    return True
