"""How one invocation talks: where results and remarks go, in which format, with or without colour."""

import argparse
import contextlib
import os
import pathlib
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from probe.documents.masking import masked
from probe.redact.leaving import leaving

FORMATS = ("text", "json", "junit", "nagios")


class UnwritableError(OSError):
    """A result cannot be written to stdout: it is closed, or its disk is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The options that every verb has."""

    environ: Mapping[str, str]
    config: pathlib.Path | None = None
    format: str = "text"
    quiet: bool = False
    no_color: bool = False
    debug: bool = False

    @property
    def color(self) -> bool:
        """Whether results are coloured: on a terminal that can, unless `--no-color` or NO_COLOR (no-color.org) say no."""
        allowed = not self.no_color and not self.environ.get("NO_COLOR")
        return allowed and self.environ.get("TERM") != "dumb" and sys.stdout.isatty()

    @property
    def width(self) -> int:
        """Columns to write prose in: the terminal's, as far as lines stay readable."""
        return max(40, min(shutil.get_terminal_size((100, 24)).columns, 120))

    @property
    def columns(self) -> int | None:
        """How wide a table may be: the terminal's own width; None where nobody looks at a terminal, and nothing need be cut."""
        return shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else None

    def out(self, text: str) -> None:
        """A result, to stdout, at once. Raises BrokenPipeError where the reader has gone, else UnwritableError."""
        try:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UnwritableError(error.errno, error.strerror) from error

    def say(self, text: str) -> None:
        """A remark, to stderr; not with `--quiet`. What is wrong is no remark: see `complain`."""
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str) -> None:
        """What must be read, to stderr, also with `--quiet`; never a secret. Where it cannot be written, that changes no result and no status."""
        lines = [masked(line) for line in leaving(text).split("\n")]  # a private key has many lines
        try:
            sys.stderr.write("\n".join(lines) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):  # a full disk, or a reader who has gone; ValueError: the stream was closed
            forget(sys.stderr)


def face_of(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Face:
    """The common options, wherever on the line they were given."""
    return Face(
        environ=environ,
        config=getattr(arguments, "config", None),
        format=getattr(arguments, "format", "text"),
        quiet=getattr(arguments, "quiet", False),
        no_color=getattr(arguments, "no_color", False),
        debug=getattr(arguments, "debug", False) or bool(environ.get("PAYPATH_DEBUG")),
    )


def forget(stream: TextIO) -> None:
    """Nobody reads it, or nobody can write it: let what is left of it, and Python's flush at exit, go nowhere instead of failing."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def open_streams() -> None:
    """Give a process that was started with a closed stdout or stderr (`>&-`) streams that fail, or say nothing.

    Otherwise the next socket would get the number of the closed one, and whatever still writes there would write into it.
    """
    if sys.stdout is None:
        sys.stdout = _stream(1, os.O_RDONLY)  # so that writing a result fails, and is noticed
    if sys.stderr is None:
        sys.stderr = _stream(2, os.O_WRONLY)


def _stream(number: int, flags: int) -> TextIO:
    opened = os.open(os.devnull, flags)
    if opened != number:
        os.dup2(opened, number)
    return open(number, "w", encoding="utf-8", closefd=False)


def tolerant(stream: TextIO) -> None:
    """Let a stream that cannot show a character show `?` instead of breaking off (a Latin-1 locale, for example)."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
