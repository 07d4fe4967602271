"""T6: small numbers are hidden, and no hidden number can be computed from what is shown."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.hiding import SMALLEST_SHOWN, hide, hide_alone

#: Every table of so many cells, with numbers up to so many: small ones, and enough beside them to be hidden as well.
EVERY = [(1, 30), (2, 14), (3, 12), (4, 9), (5, 7)]
tables = st.lists(st.integers(0, 40), min_size=1, max_size=24)


@pytest.mark.parametrize(("cells", "most"), EVERY)
def test_every_hidden_number_could_be_another(cells: int, most: int) -> None:
    """
    T6: at least two tables give the same picture, with another number in that cell.

    Tried on all tables of that size against somebody who knows the rules and the sum.
    """
    pictures: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for table in product(range(most + 1), repeat=cells):
        pictures[hide(table), hide_alone(sum(table))].append(table)
    assert len(pictures) > 1
    for (shown, _), completions in pictures.items():
        for place, cell in enumerate(shown):
            if cell is None:
                assert len({table[place] for table in completions}) > 1, (shown, completions)


@given(tables)
def test_no_small_number_is_shown(table: list[int]) -> None:
    """T6: one to four never; what is shown is true."""
    for count, shown in zip(table, hide(table), strict=True):
        assert shown is None or (shown == count and not 0 < count < SMALLEST_SHOWN)


@given(tables)
def test_a_hidden_number_has_company(table: list[int]) -> None:
    """T6: one alone could be computed from the sum, unless that is hidden as well or there is no other cell."""
    shown = hide(table)
    if shown.count(None) == 1:
        assert len(table) == 1
        assert hide_alone(sum(table)) is None


@given(tables)
def test_a_zero_is_shown_only_where_nothing_is_hidden(table: list[int]) -> None:
    """T6: beside a hidden number a zero would say where the hidden ones are."""
    shown = hide(table)
    assert None not in shown or 0 not in shown


@given(tables, st.randoms())
def test_the_order_of_the_rows_tells_nothing(table: list[int], order: object) -> None:
    """T6: the same numbers in other places are hidden alike."""
    mixed = table.copy()
    order.shuffle(mixed)  # type: ignore[attr-defined]  # a Random
    hidden = {count for count, cell in zip(table, hide(table), strict=True) if cell is None}
    assert hidden == {count for count, cell in zip(mixed, hide(mixed), strict=True) if cell is None}


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        ((12, 9, 7), (12, 9, 7)),
        ((12, 9, 0), (12, 9, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((12, 3, 2, 9), (12, None, None, 9)),
        ((12, 3, 0, 9), (12, None, None, 9)),
        ((12, 3, 9), (12, None, None)),
        ((12, 3, 9, 9), (12, None, None, None)),
        ((20, 4, 4, 9), (20, None, None, None)),
        ((4, 4, 4), (None, None, None)),
        ((2, 10, 0), (None, None, None)),
        ((3,), (None,)),
        ((6,), (6,)),
        ((), ()),
    ],
)
def test_what_a_table_looks_like(table: tuple[int, ...], shown: tuple[int | None, ...]) -> None:
    """Nothing small; small ones together; a small one with the next larger; an average of four as a whole."""
    assert hide(table) == shown


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (80, 80)])
def test_a_number_by_itself(count: int, shown: int | None) -> None:
    """A sum has no other cells: below five it is hidden, but for nobody at all."""
    assert hide_alone(count) == shown
