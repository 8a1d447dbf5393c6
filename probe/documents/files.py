"""Small text files of the operator."""

import pathlib

from probe.documents.mistakes import Mistake, SetupError

MAX_BYTES = 4_000_000


def read_text(file: pathlib.Path) -> str:
    """The text of a UTF-8 file. Raises OSError, or SetupError with the place of the first byte that is not UTF-8."""
    with file.open("rb") as opened:
        content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise SetupError([Mistake(str(file), 1, 1, "", "larger than four megabytes", "is it the right file?")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].split(b"\n")
        place = (len(before), len(before[-1]) + 1)
        raise SetupError([Mistake(str(file), *place, "", "not UTF-8 text", "save it as UTF-8")]) from error
