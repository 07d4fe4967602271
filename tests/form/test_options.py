"""Boxes are ticked by number, id, the form's word or the plain one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.form.conftest import ANY_TIME, FORM, READER, take

WITH_OPTIONS = [one for one in FORM.fields.values() if one.options]


@pytest.mark.parametrize("one", WITH_OPTIONS, ids=lambda one: one.key)
def test_every_option_is_found_by_each_of_its_names(one):
    """No name of one is a name of another."""
    for number, option in enumerate(one.options, 1):
        for name in {option.id, option.id.upper(), option.label, option.said, str(number), f" {number}. "}:
            assert take(one.key, name) == {one.key: option.id}, name


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("types", "1 3 5", "t1,t3,t5"), ("types", "5,3，1", "t1,t3,t5"), ("types", "1、3", "t1,t3"), ("types", "１　３", "t1,t3"),
        ("types", "t1,t1", "t1"), ("types", "遭偷拍攝性影像、被逼著拍", "t1,t2"), ("types", "未經同意遭他人重製、交付、散布性影像；6", "t4,t6"),
        ("needs", "10\n11\n12", "school,drugs,other"), ("needs", "法律扶助/陪同服務", "company,legal"), ("needs", "9", "interpreter"),
        ("needs", "135", "choices_unclear"), ("needs", "1 13", "choices_unclear"), ("needs", "1 別的", "choices_unclear"),
        ("needs", ",,", "choices_unclear"), ("needs", "1," * 400, "choices_unclear"), ("needs", "0", "choices_unclear"),
        ("gender", "１", "male"), ("gender", "4", "choice_unclear"), ("gender", "男女", "choice_unclear"),
        ("address_secret", "是", "yes"), ("address_secret", "不用", "no"), ("gender", "男" * 601, "choice_unclear"),
    ],
)  # fmt: skip
def test_several_are_ticked_at_once(key, typed, value):
    """In whatever order, kept in the form's; one that is not understood refuses them all."""
    taken = take(key, typed)
    assert taken == (value if value.endswith("unclear") else {key: value})


@ANY_TIME
@given(st.lists(st.sampled_from([option.id for option in FORM.fields["needs"].options])))
def test_ticking_twice_is_unticking(ids):
    """Several options stay in the form's order, whatever the order of taps."""
    value = ""
    for one in ids:
        value = READER.toggle("needs", one, {"needs": value} if value else {})
    odd = {one for one in ids if ids.count(one) % 2}
    assert value == ",".join(option.id for option in FORM.fields["needs"].options if option.id in odd)
    assert not value or take("needs", value) == {"needs": value}


def test_of_one_choice_only_one_is_ticked():
    """Another one takes its place; the same again empties the field."""
    assert READER.toggle("gender", "male", {"gender": "female"}) == "male"
    assert READER.toggle("gender", "male", {"gender": "male"}) == ""


@pytest.mark.parametrize(
    ("key", "option"), [("needs", "flying"), ("nothing", "yes"), ("name", "yes"), ("reply_unit", "x")]
)
def test_what_is_not_on_the_form_cannot_be_ticked(key, option):
    """It is a mistake in the flow, not something that a person did."""
    with pytest.raises(KeyError):
        READER.toggle(key, option, {})
