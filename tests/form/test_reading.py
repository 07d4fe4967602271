"""Every field reads words into canonical values, or says why not; whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fields import FieldReader, NoFields, Refused, Taken
from bot.form.model import Form
from bot.form.reading import FormReader, say_refusal
from tests.form.conftest import ANY_TIME, FORM, READER, TODAY, take

ASKED = [one for one in FORM.fields.values() if one.filled_by == "person"]
KEYS = [one.key for one in ASKED]
#: What the kinds are made of, so that free text often fits.
WORDS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="0123456789/-年月日歲民國+#. ０１２", max_size=14),
    st.sampled_from(
        [
            option
            for one in ASKED
            for option in (*(o.label for o in one.options), *(o.id for o in one.options))
        ]
    ),
    st.sampled_from([district for county in FORM.counties for district in county.districts]),
    st.sampled_from(
        ["0900000001", "02-2000-0001#3", "A123456789", "1990-05-20", "79/5/20", "34", "1 2", "臺北市中正區"]
    ),
)
HOSTILE = [
    pytest.param(make(100_000), id=name)
    for name, make in {
        "digits": lambda n: "1" * n,
        "marks": lambda n: "a" + "\u0316\u0301" * (n // 2),
        "spaces": lambda n: " " * n + "x",
        "commas": lambda n: "1," * (n // 2),
        "numerals": lambda n: "十百" * (n // 2),
        "extensions": lambda n: "#x分" * (n // 3),
        "expanding": lambda n: "\ufdfa" * n,
        "hidden": lambda n: "\u200b" * n,
        "slashes": lambda n: "1/" * (n // 2),
        "newlines": lambda n: "\r\n" * (n // 2) + "x",
        "surrogates": lambda n: "\ud800" * n,
    }.items()
]


def _accepts(reader: FieldReader) -> FieldReader:
    return reader


def test_the_reader_is_what_the_engine_asks_for():
    """One implements the other's protocol."""
    assert _accepts(READER) is READER
    assert NoFields().suggest({"spread": "yes"}) == {}


@ANY_TIME
@given(st.sampled_from(KEYS), WORDS)
def test_a_value_that_was_read_reads_as_itself(key, words):
    """Values are canonical, within their bounds, and only of fields that the person fills in."""
    read = READER.read(key, words, {}, today=TODAY)
    if isinstance(read, Refused):
        assert read.reason in FORM.refusals
        return
    for taken, value in read.values.items():
        assert 0 < len(value) <= FORM.fields[taken].max_chars or FORM.fields[taken].options
        assert READER.read(taken, value, read.values, today=TODAY).values[taken] == value
    assert READER.find_unfit(read.values, today=TODAY) == {}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("size", [100, 5_000, 100_000])
def test_no_hostile_text_costs_much_or_passes(key, size):
    """T17, R15: each is answered; nothing in a reading grows faster than the text, so this does not hang."""
    for param in HOSTILE:
        text = param.values[0][:size]
        read = READER.read(key, text, {}, today=TODAY)
        assert isinstance(read, Taken | Refused)
        if len(text) > 5_000:
            assert read == Refused("too_long", over=len(text) - FORM.fields[key].max_chars)


@pytest.mark.parametrize("key", ["nothing", "unit_name", "reply_name", "referrer_phone", ""])
def test_what_others_fill_in_cannot_be_written_by_a_person(key):
    """T5: a form that came back from a page could name any field."""
    with pytest.raises(KeyError):
        READER.read(key, "x", {}, today=TODAY)
    assert READER.find_unfit({key: "x"}, today=TODAY) == {key: "unclear"}


def test_an_empty_answer_is_no_answer():
    """It says that one may skip."""
    assert take("story", " \n ") == "empty"
    assert take("story", "\u200b") == "empty"


@pytest.mark.parametrize(
    ("draft", "reasons"),
    [
        ({"birth": "1990-05-20", "county": "臺北市", "district": "中正區"}, {}),
        ({"birth": "1990/5/20"}, {"birth": "unclear"}),
        ({"birth": "2099-01-01"}, {"birth": "birth_future"}),
        ({"county": "臺北市", "district": "三重區"}, {"district": "district_elsewhere"}),
        ({"needs": "shelter,counselling"}, {"needs": "unclear"}),
        ({"gender": "x"}, {"gender": "choice_unclear"}),
        ({"name": "a\u202eb"}, {"name": "unclear"}),
        ({"name": ""}, {"name": "empty"}),
        ({"phone_home": "0900-000-001"}, {}),
        ({"phone_home": "0900000001"}, {"phone_home": "unclear"}),
        ({"story": "字" * 2001}, {"story": "too_long"}),
    ],
)
def test_a_draft_that_came_back_is_read_again(draft, reasons):
    """T20: a page's hidden fields are the visitor's to change; what is not canonical is not sealed."""
    assert READER.find_unfit(draft, today=TODAY) == reasons


def test_a_refusal_says_how_many_characters_are_too_many():
    """Where it is known and there is a sentence for it; it is translated, and holds nothing that was written."""
    asked: list[str] = []

    def say(context: str, sentence: str) -> str:
        asked.append(context)
        return sentence

    read = READER.read("story", "字" * 2_003, {}, today=TODAY)
    assert read == Refused("too_long", over=3)
    assert "多了 3 個字" in say_refusal(FORM, read, say=say)
    assert say_refusal(FORM, Refused("too_long"), say=say) == FORM.refusals["too_long"]
    assert say_refusal(FORM, Refused("nobody_said_this"), say=say) == FORM.refusals["unclear"]
    assert asked == ["form.refusal.too_long_by", "form.refusal.too_long", "form.refusal.unclear"]


@pytest.mark.parametrize(
    ("said", "types"),
    [
        ("", ""), ("spread", "t4"), ("threat", "t6"), ("secret", "t1"), ("forced", "t2"), ("fake", "t3"),
        ("fake spread", "t3,t5"), ("fake threat", "t3,t7"), ("spread threat", "t4,t6"), ("fake spread threat", "t3,t5,t7"),
        ("secret fake spread", "t1,t3,t4,t5"), ("forced fake threat", "t2,t3,t6,t7"), ("secret forced", "t1,t2"),
        ("account demand age_now", ""),
    ],
)  # fmt: skip
def test_what_the_conversation_knows_is_suggested(said, types):
    """Kinds of abuse by the boxes of the form; never an age, and only what was said with yes."""
    answers = dict.fromkeys(said.split(), "yes") | {"about": "self", "worker": "yes"}
    draft = READER.suggest(answers)
    assert draft == ({"types": types} if types else {})
    assert READER.find_unfit(draft, today=TODAY) == {}
    assert READER.suggest(dict.fromkeys(said.split(), "no")) == {}


def test_a_reader_can_be_made_of_any_form():
    """It keeps nothing but the form."""
    assert isinstance(FORM, Form)
    assert FormReader(FORM).read("name", "王", {}, today=TODAY) == Taken({"name": "王"})
