"""What the libraries and rooms log becomes a remark on stderr: one redacted line each, no traceback unless debugging."""

import contextlib
import logging
from collections.abc import Iterator

from probe.cli.face import Face


class Remarks(logging.Handler):
    """Says log records with the face's voice, also while a screen holds the terminal."""

    def __init__(self, face: Face) -> None:
        """Warnings and worse; with `--quiet` only errors."""
        super().__init__(logging.ERROR if face.quiet else logging.WARNING)
        self._face = face

    def emit(self, record: logging.LogRecord) -> None:
        """One line; with `--debug` the traceback below it."""
        try:
            text = record.getMessage()
            if self._face.debug and record.exc_info:
                text += "\n" + logging.Formatter().formatException(record.exc_info)
            self._face.complain(f"paypath: {text}")
        except Exception:  # noqa: BLE001 - logging's own rule: a record that cannot be shown must not stop the work
            self.handleError(record)


@contextlib.contextmanager
def remarking(face: Face) -> Iterator[None]:
    """Inside the block, log records become remarks."""
    root, remarks = logging.getLogger(), Remarks(face)
    root.addHandler(remarks)
    try:
        yield
    finally:
        root.removeHandler(remarks)
