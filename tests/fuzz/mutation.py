"""Bytes near real ones: a seed with a few edits, the way that broken and hostile peers differ from working ones."""

from collections.abc import Callable, Sequence
from typing import Final

from hypothesis import strategies as st

Edit = Callable[[bytes], bytes]
_INTERESTING: Final = (
    b"\x00",
    b"\xff",
    b"\x80",
    b"\xff\xff",
    b"\x00\x00\x00",
    b"\r\n",
    b"\n",
    b": ",
    b"{",
    b"[",
    b"-",
    b"9" * 20,
)


def near(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """A seed with up to six edits, or anything at all."""
    edited = st.builds(_applied, st.sampled_from(sorted(seeds, key=len)), st.lists(EDITS, max_size=6))
    return edited | st.binary(max_size=400)


def _applied(seed: bytes, edits: Sequence[Edit]) -> bytes:
    for edit in edits:
        seed = edit(seed)
    return seed


def _place(data: bytes, where: float) -> int:
    return int(where * len(data))


def _overwrite(where: float, new: bytes) -> Edit:
    return lambda data: data[: _place(data, where)] + new + data[_place(data, where) + len(new) :]


def _insert(where: float, new: bytes) -> Edit:
    return lambda data: data[: _place(data, where)] + new + data[_place(data, where) :]


def _delete(where: float, count: int) -> Edit:
    return lambda data: data[: _place(data, where)] + data[_place(data, where) + count :]


def _repeat(where: float, count: int, times: int) -> Edit:
    def edit(data: bytes) -> bytes:
        at = _place(data, where)
        return data[:at] + data[at : at + count] * times + data[at + count :]

    return edit


def _cut(where: float) -> Edit:
    return lambda data: data[: _place(data, where)]


_WHERE: Final = st.floats(0, 1, exclude_max=True)
_NEW: Final = st.binary(min_size=1, max_size=4) | st.sampled_from(_INTERESTING)
EDITS: Final[st.SearchStrategy[Edit]] = st.one_of(
    st.builds(_overwrite, _WHERE, _NEW),
    st.builds(_insert, _WHERE, _NEW),
    st.builds(_delete, _WHERE, st.integers(1, 40)),
    st.builds(_repeat, _WHERE, st.integers(1, 60), st.integers(2, 40)),
    st.builds(_cut, _WHERE),
)
