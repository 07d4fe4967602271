"""R26: what the judge of a long run sees, and what it does not take for a leak. Nothing here is about time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from benchmarks.soak import SAMPLES, STATE, Sample, judge, judge_all, main, read_samples
from scripts.security_figures import read_results

HOUR = 3600.0


def life(
    rss: Callable[[float], float] = lambda _: 120.0,
    files: Callable[[float], int] = lambda _: 30,
    hours: int = 72,
    number: int = 1,
) -> list[Sample]:
    """One sample every quarter of an hour."""
    moments = [quarter * HOUR / 4 for quarter in range(hours * 4)]
    return [Sample(number, "serve", at_s, rss(at_s), files(at_s), 9, 1.0) for at_s in moments]


def test_what_stays_as_it_was_is_flat() -> None:
    """R26: neither the caches that fill at the beginning nor what comes and goes with the load is a leak."""
    fills = life(rss=lambda at_s: 90 + min(at_s / 60, 30) + (at_s // 900) % 3)
    found = judge(fills)
    assert found is not None
    assert found.is_flat
    assert abs(found.slope_mb_per_hour) < 0.05
    busy = judge(life(files=lambda at_s: 30 + int(at_s // 900) % 40))
    assert busy is not None
    assert busy.is_flat


@pytest.mark.parametrize(
    "grown",
    [life(rss=lambda at_s: 120 + at_s / HOUR / 8), life(files=lambda at_s: 30 + int(at_s / HOUR))],
    ids=["an eighth of a megabyte an hour", "a file an hour"],
)
def test_what_grows_is_found(grown: list[Sample]) -> None:
    """R26: 5 % of the memory, or files that are never given back."""
    found = judge(grown)
    assert found is not None
    assert not found.is_flat


def test_each_start_is_judged_by_itself() -> None:
    """A program that was started anew holds less: that hides nothing, and proves nothing."""
    leaks = life(rss=lambda at_s: 120 + at_s / HOUR, hours=24)
    both = [*leaks, *(replace(one, life=2) for one in leaks)]
    assert [(one.life, one.is_flat) for one in judge_all(both)] == [(1, False), (2, False)]
    assert judge([]) is None
    assert judge(leaks[:3]) is None


def test_a_line_that_a_stop_cut_off_is_left_out(tmp_path: Path) -> None:
    """And the rest is read."""
    whole = [json.dumps(asdict(one)) for one in life(hours=1)]
    (tmp_path / SAMPLES).write_text("\n".join([*whole, whole[0][:20]]), encoding="utf-8")
    assert len(read_samples(tmp_path)) == 4


def test_a_run_is_neither_mixed_with_another_nor_resumed_without_its_database(tmp_path: Path) -> None:
    """What stands in the folder is gone on with on purpose only."""
    (tmp_path / STATE).write_text("{}", encoding="utf-8")
    for words in (["--folder", str(tmp_path)], ["--resume", "--database", "postgres"]):
        with pytest.raises(SystemExit):
            main(words)


def test_the_longest_life_is_what_is_told() -> None:
    """A run of three days that was stopped on the second is no run of three days."""
    lives = [
        {"name": "serve", "hours": hours, "rss_mb": [120.0, 121.2], "growth_percent": 1.0,
         "slope_mb_per_hour": 0.1, "files": [[30, 41], [30, 30]]} for hours in (20.0, 52.0)
    ]  # fmt: skip
    whole = {"kind": "soak", "at": "2026-11-22T03:00+00:00", "rate": 5.0, "events": 1_296_000, "database": "sqlite", "lives": lives}  # fmt: skip
    ((name, told),) = read_results(whole)
    assert name == "soak:both"
    assert told == (
        "2026-11-22: sqlite, 1,296,000 events at 5.0 a second: serve 52.0 h: 120.0 → 121.2 MB (+1.0 %),"
        " +0.1 MB an hour, open files 30 to 41 → 30"
    )
    figures = {
        "kind": "figures",
        "at": "2026-11-22T03:00+00:00",
        "figures": {"poison:next": "34 next messages"},
    }
    assert list(read_results(figures)) == [("poison:next", "2026-11-22: 34 next messages")]
