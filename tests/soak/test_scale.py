"""The scaling soak itself: one path for a moment, what is amiss, and what it writes down."""

import pathlib

import pytest

from benchmarks.place import places
from tests.soak.scale import PAGE, Figures, Look, amiss, growth, measured, table, with_figures

ROOT = pathlib.Path(__file__).parents[2]
STILL = Look(rss_mib=100.0, cpu_s=1.0, descriptors=20, threads=7)


@pytest.mark.server("nginx")
def test_a_moment_with_two_paths_loses_nothing(tmp_path: pathlib.Path) -> None:
    """Both are run against a real server, and the process is looked at."""
    with places(tmp_path) as where:
        figures = measured(where[1], 2, 1.0)
    assert [each for each in figures.lost if "late" not in each and "without a run" not in each] == []
    assert figures.looks[0].rss_mib > 20
    assert figures.looks[0].descriptors > 3


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (STILL, []),
        (Look(rss_mib=120.0, cpu_s=1.0, descriptors=20, threads=7), ["memory grew from 100 to 120 MiB"]),
        (Look(rss_mib=100.0, cpu_s=1.0, descriptors=40, threads=7), ["descriptors, threads: 20, 7 became 40, 7"]),
    ],
)
def test_what_does_not_stay_where_it_was_is_amiss(end: Look, told: list[str]) -> None:
    """Held against the middle of the time, when it has settled."""
    figures = Figures(paths=1, seconds=15.0, lag_p99_s=0.1, looks=[STILL, STILL, end])
    assert amiss(figures) == told


def test_a_late_schedule_is_amiss() -> None:
    """The bound is the tenth of a second that is promised."""
    figures = Figures(paths=1, seconds=15.0, lag_p99_s=0.5, looks=[STILL])
    assert amiss(figures) == ["99 % of the runs began up to 0.5 s late"]


def test_the_page_has_a_place_for_both_tables() -> None:
    """What stands around them stays."""
    figures = Figures(
        paths=1000, seconds=120.0, runs=12000, lag_p99_s=0.05, looks=[STILL, STILL], series=271000, page_s=0.4
    )
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    for which in ("bench", "load"):
        written = with_figures(page, table([figures]), which)
        assert (
            "| 1,000 | 10 s | 120 s | 12,000 | 0.0 % | 0.0 | 100 MiB | 20 | 7 | 0.05 s | 271,000 | 0.40 s | nothing |"
            in written
        )
        assert with_figures(written, table([figures]), which) == written
    with pytest.raises(ValueError, match="has no lines"):
        with_figures("nothing", "", "bench")


def test_what_each_path_adds() -> None:
    """Two rows make a line: memory by paths, CPU by runs in a second."""
    found = [
        Figures(
            paths=paths,
            seconds=10.0,
            runs=paths,
            history_bytes=200 * paths,
            looks=[at(0.0, mib), at(0.0, mib), at(cpu_s, mib)],
        )
        for paths, cpu_s, mib in ((100, 0.5, 110.0), (1100, 3.5, 210.0))
    ]
    said = (
        "The history grows by 200 bytes a run. Straight lines through these rows: 100 MiB and 102 KiB for each path; "
        "4.0 % of a core and 6.0 ms for each run."
    )
    assert growth(found) == ["", said]


def at(cpu_s: float, mib: float) -> Look:
    """A look five seconds after the one before it."""
    return Look(rss_mib=mib, cpu_s=cpu_s, descriptors=20, threads=7)
