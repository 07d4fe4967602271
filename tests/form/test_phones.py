"""Telephone numbers, and the line where each belongs. Numbers end in digits that spell no real line we know of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.form.conftest import ANY_TIME, take

MOBILE, HOME, WORK = "0900-000-001", "02-2000-0001", "037-200-001"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0900000001", MOBILE), ("0900-000-001", MOBILE), ("0900 000 001", MOBILE), ("(0900)000001", MOBILE),
        ("０９００－０００－００１", MOBILE), ("+886900000001", MOBILE), ("+886 0900 000 001", MOBILE), ("886900000001", MOBILE),
        ("00886900000001", MOBILE), ("900000001", MOBILE), ("手機：0900000001", MOBILE), ("Tel: 0900000001", MOBILE),
        ("+84900000001", "+84900000001"), ("+62 812-3456-789", "+628123456789"), ("+1 (202) 555-0100", "+12025550100"),
        ("0800000001", "080-000-0001"), ("0701000001", "phone_unclear"), ("070-1012-3456", "070-1012-3456"),
    ],
)  # fmt: skip
def test_a_mobile_number_is_read_as_people_write_it(typed, number):
    """With spaces, dashes, brackets, full width, the country's code or without the first nought."""
    taken = take("phone_mobile", typed)
    assert taken == ({"phone_mobile": number} if number[0] in "0+" else number)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("02-20000001", HOME), ("(02)2000-0001", HOME), ("+886-2-20000001", HOME), ("02 2000 0001#12", f"{HOME}#12"),
        ("02-2000-0001 分機 12", f"{HOME}#12"), ("02-2000-0001轉12", f"{HOME}#12"), ("02-2000-0001 ext. 12", f"{HOME}#12"),
        ("02-2000-0001 extension 12", f"{HOME}#12"), ("02-2000-0001 x12", f"{HOME}#12"), ("市話 02-2000-0001", HOME),
        ("037-200001", "037-200-001"), ("049-2200001", "049-220-0001"), ("0826-60001", "0826-60001"), ("082-300001", "082-30-0001"),
    ],
)  # fmt: skip
def test_a_fixed_line_is_read_with_area_code_and_extension(typed, number):
    """For the home as for work."""
    assert take("phone_home", typed) == {"phone_home": number}
    assert take("phone_work", typed) == {"phone_work": number}


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("20000001", "phone_area"), ("2000-0001#12", "phone_area"), ("110", "phone_unclear"), ("113", "phone_unclear"),
        ("不要打 0900000001", "phone_unclear"), ("0900000001 或 0900000002", "phone_unclear"), ("0900000001, 0900000002", "phone_unclear"),
        ("0900000001#5", "phone_unclear"), ("02-2000-0001#", "phone_unclear"), ("02-2000-0001#1#2", "phone_unclear"),
        ("02-2000-0001#1234567", "phone_unclear"), ("0204000001", "phone_unclear"), ("+999123456", "phone_unclear"),
        ("+000000", "phone_unclear"), ("090000000", "phone_unclear"), ("0900x000001", "phone_unclear"), ("٠٩٠٠٠٠٠٠٠١", "phone_unclear"),
        ("沒有", "phone_unclear"), ("0" * 61, "phone_unclear"),
    ],
)  # fmt: skip
def test_what_cannot_be_called_for_sure_is_refused(typed, reason):
    """Eight digits without an area code may be another county's number with it; two numbers are asked for one by one."""
    assert take("phone_home", typed) == reason


@pytest.mark.parametrize(
    ("key", "typed", "draft", "taken"),
    [
        ("phone_mobile", HOME, {}, {"phone_home": HOME}),
        ("phone_mobile", HOME, {"phone_home": HOME}, {"phone_home": HOME}),
        ("phone_mobile", HOME, {"phone_home": WORK}, {"phone_work": HOME}),
        ("phone_mobile", HOME, {"phone_home": WORK, "phone_work": WORK}, "phone_not_mobile"),
        ("phone_home", MOBILE, {}, {"phone_mobile": MOBILE}),
        ("phone_work", MOBILE, {"phone_mobile": MOBILE}, {"phone_mobile": MOBILE}),
        ("phone_home", MOBILE, {"phone_mobile": "0900-000-002"}, {"phone_home": MOBILE}),
        ("phone_home", HOME, {"phone_home": WORK}, {"phone_home": HOME}),
        ("phone_home", "+12025550100", {}, {"phone_home": "+12025550100"}),
        ("safe_phone_mobile", HOME, {"phone_home": WORK}, {"safe_phone_home": HOME}),
    ],
)
def test_a_number_finds_its_own_line(key, typed, draft, taken):
    """It never takes the place of another one, and never goes to another person."""
    assert take(key, typed, draft) == taken


NUMBERS = st.one_of(
    st.from_regex(r"\A09[0-9]{8}\Z"),
    st.from_regex(r"\A0[2-8][0-9]{7,8}(#[0-9]{1,6})?\Z"),
    st.from_regex(r"\A\+(84|62|63|66|1|81|44)[0-9]{8,11}\Z"),
    st.text(alphabet="0123456789+-()# 分機ext.", max_size=30),
)


@ANY_TIME
@given(NUMBERS, st.sampled_from(["phone_home", "phone_work", "phone_mobile", "safe_phone_work"]))
def test_a_number_that_was_read_reads_as_itself(text, key):
    """Where it was put."""
    taken = take(key, text)
    if isinstance(taken, dict):
        assert all(take(slot, number) == {slot: number} for slot, number in taken.items())


@ANY_TIME
@given(NUMBERS)
def test_no_digit_is_lost_and_none_is_added(text):
    """But for the country's code and the first nought, which are two ways to write the same."""
    taken = take("phone_home", text)
    if isinstance(taken, dict):
        (number,) = taken.values()
        typed, kept = ("".join(c for c in one if c in "0123456789") for one in (text, number))
        assert (
            kept.lstrip("0") in typed
            or typed.lstrip("0") in kept
            or typed.removeprefix("886").lstrip("0") in kept
        )
