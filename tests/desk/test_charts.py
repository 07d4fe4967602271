"""Charts as numbers: honest lengths, and none for what is hidden."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.desk.charts import FULL, HEIGHT, WIDTH, scale_bars, stand_columns

counts = st.lists(st.none() | st.integers(0, 10_000), max_size=31)


def test_a_bar_is_as_long_as_its_number() -> None:
    """From zero, and the largest fills the room."""
    assert scale_bars([20, 5, 0, 10]) == (100.0, 25.0, 0.0, 50.0)


def test_a_hidden_number_has_no_bar() -> None:
    """T6: a length would tell it."""
    assert scale_bars([None, 8, None]) == (0.0, 100.0, 0.0)
    assert scale_bars([None, 0]) == (0.0, 0.0)
    assert scale_bars([]) == ()


@given(counts)
def test_columns_stand_apart_and_inside_the_drawing(numbers: list[int | None]) -> None:
    """However many there are."""
    columns = stand_columns(numbers)
    assert len(columns) == len(numbers)
    for one in columns:
        assert 0 <= one.x <= one.x + one.width <= WIDTH
        assert 0 <= one.y <= one.y + one.height <= HEIGHT + 0.1
    for one, following in pairwise(columns):
        assert one.x + one.width < following.x


def test_hidden_columns_all_look_alike() -> None:
    """T6: a mark stands there, of the same height whatever it hides."""
    first, second, third = stand_columns([None, 50, None])
    assert (first.y, first.height, first.hidden) == (third.y, third.height, third.hidden)
    assert first.hidden
    assert (second.hidden, second.y, second.height) == (False, 0.0, HEIGHT)
    assert FULL == 100
