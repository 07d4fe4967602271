"""A table of numbers by name answers as a dictionary would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.index import Index


@given(st.dictionaries(st.text(), st.integers(0, 1000)), st.lists(st.text()))
def test_it_answers_like_a_dictionary(named: dict[str, int], others: list[str]) -> None:
    index = Index.of(named.items())
    for name in [*named, *others]:
        assert index.find(name.encode()) == named.get(name, -1)


def test_thousands_of_names_are_told_apart() -> None:
    index = Index.of((f"name {number}", number) for number in range(20_000))
    assert index.find_all(f"name {number}" for number in range(0, 40_000, 7)) == list(range(0, 20_000, 7))


def test_large_numbers_fit() -> None:
    assert Index.of([("a", 100_000), ("b", 0)]).find_all(["a", "b", "c"]) == [100_000, 0]


def test_a_name_that_comes_again_keeps_its_last_number() -> None:
    assert Index.of([("a", 1), ("a", 2)]).find(b"a") == 2


def test_an_empty_table_knows_nothing() -> None:
    assert Index.of([]).find(b"") == -1


def test_the_same_names_make_the_same_table_in_any_order() -> None:
    names = [(f"name {number}", number) for number in range(100)]
    assert Index.of(names) == Index.of(reversed(names))
