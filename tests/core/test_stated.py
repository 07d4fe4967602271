"""What words state is told in full, and nothing beside it; no log can show it by accident."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.stated import Stated, understand_nothing

STORY = Stated(
    language="vi", crisis=True, role="self", minor=False, harms=("deepfake", "other"), platforms=("line",)
)


def test_only_what_is_stated_is_told():
    """What was not said is left out, not told as a no."""
    assert STORY.as_facts() == {
        "language": "vi",
        "crisis": True,
        "role": "self",
        "minor": False,
        "harms": ["deepfake", "other"],
        "platforms": ["line"],
    }


@pytest.mark.parametrize("field", ["minor", "minor_at_filming", "money_demanded"])
def test_a_no_is_told_where_it_says_something(field: str):
    """Who says that she is of age, or that nothing is asked for, has said so."""
    assert replace(Stated(), **{field: False}).as_facts() == {field: False}


def test_what_states_nothing_tells_nothing():
    """Also no language."""
    assert understand_nothing("我被偷拍").as_facts() == {}


def test_its_repr_hides_everything():
    """It may end in a log beside a fault, and what somebody told must not."""
    assert repr(STORY) == repr(Stated())
