"""R18: a clock that jumps ahead erases nothing; somebody has to say that so much time has passed."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.desk.clock_mark import LONGEST, ClockDoubtful, ClockMark
from bot.errors import StoreDown

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def mark(tmp_path: Path) -> ClockMark:
    return ClockMark(tmp_path / "desk" / "clock-mark")


def test_the_first_look_has_nothing_to_compare_with(mark: ClockMark) -> None:
    mark.require_belief(NOW)


def test_a_desk_where_nothing_happens_is_never_in_doubt(mark: ClockMark) -> None:
    """It looks every hour, and that is enough, for years."""
    for hour in range(0, 24 * 800, 24):
        mark.require_belief(NOW + hour * HOUR)
        mark.put(NOW + hour * HOUR)


def test_a_jump_is_doubted_until_the_clock_is_right_again(mark: ClockMark) -> None:
    """A weekend without power is none."""
    mark.put(NOW)
    assert mark.find_doubt(NOW + LONGEST) is None
    assert mark.find_doubt(NOW + LONGEST + HOUR) == NOW
    with pytest.raises(ClockDoubtful, match=r"last looked on 2026-11-21.*--even-so"):
        mark.require_belief(NOW + timedelta(days=100))
    mark.require_belief(NOW + HOUR)


def test_a_clock_that_was_put_back_is_marked_where_it_stands(mark: ClockMark) -> None:
    """So that its next jump is one again."""
    mark.put(NOW)
    earlier = NOW - timedelta(days=50)
    mark.require_belief(earlier)
    mark.put(earlier)
    assert mark.find_doubt(NOW) == earlier


def test_the_mark_is_the_owners_alone_and_leaves_nothing_beside_it(mark: ClockMark, tmp_path: Path) -> None:
    mark.put(NOW)
    [file] = (tmp_path / "desk").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_mark_that_cannot_be_read_or_written_lets_nothing_be_erased(tmp_path: Path) -> None:
    """Rather later than too early."""
    file = tmp_path / "clock-mark"
    file.write_text("yesterday", "ascii")
    with pytest.raises(StoreDown):
        ClockMark(file).require_belief(NOW)
    file.unlink()
    file.mkdir()
    (file / "x").touch()
    with pytest.raises(StoreDown):
        ClockMark(file).put(NOW)
    assert [one.name for one in tmp_path.iterdir()] == ["clock-mark"]
