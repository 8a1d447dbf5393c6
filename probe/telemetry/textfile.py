"""A file that node_exporter's textfile collector reads: the classic text, whole or not at all."""

import os
import pathlib
import tempfile


def write_textfile(file: pathlib.Path, body: bytes) -> str | None:
    """Put `body` in the place of `file`; why that could not be done, None where it was.

    The collector reads `*.prom` at any moment: the text is written beside it under another ending, and renamed.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".tmp", dir=file.parent)
    except OSError as error:
        return f"{file}: {error.strerror or error}"
    try:
        with os.fdopen(handle, "wb") as beside:
            beside.write(body)
        pathlib.Path(name).chmod(0o644)  # the collector is another user
        pathlib.Path(name).replace(file)
    except OSError as error:
        pathlib.Path(name).unlink(missing_ok=True)
        return f"{file}: {error.strerror or error}"
    return None
