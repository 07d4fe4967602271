"""What a text states follows from what it says, by rules that always hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.stated import LANGUAGES, Stated
from bot.understanding.deciding import Limits, Verdict, decide
from bot.understanding.ideas import Reading, read_ideas
from bot.understanding.net import Head
from bot.understanding.reading import Reader
from tests.understanding.tiny import HEADS, tiny_lexicon, tiny_model

READER = Reader(tiny_model())
NOTHING = read_ideas("", tiny_lexicon())
SPREAD = {"status:spread": 0.9, "harms:shared_without_consent": 0.9}
THREATENED = {"status:threatened": 0.9, "harms:threatened_sharing": 0.9}


def facts(text: str) -> dict[str, Any]:
    return READER.read(text).as_facts()


def judge(
    weights: dict[str, float], thresholds: dict[str, float] | None = None, reading: Reading = NOTHING
) -> Stated:
    """Decide by these weights; all others are 0."""
    told = {head.field: dict.fromkeys(head.values, 0.0) for head in HEADS}
    for name, weight in weights.items():
        field, _, value = name.partition(":")
        told.setdefault(field, {})[value or "true"] = weight
    heads = [Head(field, "many", tuple(values)) for field, values in told.items()]
    return decide(Verdict(told, Limits.read(thresholds or {}, heads, "en")), reading)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("i want to die", {"crisis": True, "role": "self"}),
        ("he hits me", {"danger": True}),
        ("he posted my nudes", {"status": "spread", "harms": ["shared_without_consent"]}),
        ("he threatens me, i am 15", {"status": "threatened", "harms": ["threatened_sharing"], "role": "self", "minor": True, "minor_at_filming": True}),
        ("pizza", {"out_of_scope": True}),
        ("full video", {}),
        ("...", {}),
    ],
)  # fmt: skip
def test_a_text_states_what_its_words_say(text: str, stated: dict[str, Any]) -> None:
    told = facts(text)
    told.pop("language", None)
    assert told == stated


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("go back", "back"),
        ("Go back!", "back"),
        ("離開", "exit"),
        ("yes", "yes"),
        ("QUIT", "exit"),
        ("help", "help"),
    ],
)
def test_a_message_that_is_nothing_but_an_order_is_one(text: str, command: str) -> None:
    assert facts(text)["command"] == command


@pytest.mark.parametrize("text", ["he said go back", "no nudes", "go back police", "quit?"])
def test_a_message_with_more_in_it_is_no_order(text: str) -> None:
    assert "command" not in facts(text)


def test_out_of_scope_and_orders_stand_alone() -> None:
    others = {**SPREAD, "role:self": 0.9, "wants:police": 0.9}
    assert judge({"out_of_scope": 0.9, **others}) == Stated(out_of_scope=True)
    assert judge({"command:help": 0.9, **others}) == Stated(command="help")
    assert judge({"seeking": 0.9, **others}) == Stated()


@pytest.mark.parametrize("alarm", ["crisis", "danger"])
@pytest.mark.parametrize("other", ["out_of_scope", "command:exit", "seeking"])
def test_nothing_drops_an_alarm(alarm: str, other: str) -> None:
    stated = judge({alarm: 0.95, other: 1.0})
    assert getattr(stated, alarm)
    assert not stated.out_of_scope
    assert not stated.command


def test_an_alarm_is_not_dropped_by_a_message_that_is_an_order() -> None:
    assert judge({"danger": 0.9}, reading=read_ideas("help", tiny_lexicon())) == Stated(
        language="en", danger=True
    )


def test_a_few_words_that_name_nothing_alarming_must_sound_more_surely() -> None:
    lexicon, low = tiny_lexicon(), {"crisis": 0.1, "danger": 0.1}
    for alarm in low:
        assert not getattr(judge({alarm: 0.4}, low, read_ideas("in autumn", lexicon)), alarm)
        assert getattr(judge({alarm: 0.95}, low, read_ideas("in autumn", lexicon)), alarm)
        assert getattr(judge({alarm: 0.4}, low, read_ideas("in autumn " * 5, lexicon)), alarm)
    assert judge({"crisis": 0.4}, low, read_ideas("i want to die", lexicon)).crisis


def test_thresholds_are_asked_from_the_most_special_to_the_most_general() -> None:
    weights = {"wants:law": 0.4, "wants:police": 0.4, "crisis": 0.95}
    assert judge(weights).wants == ()
    assert judge(weights, {"wants": 0.3}).wants == ("police", "law")
    assert judge(weights, {"wants": 0.3, "wants:law": 0.5}).wants == ("police",)
    assert judge(weights, {"wants:police": 0.5, "wants:police@en": 0.3}).wants == ("police",)
    assert judge(weights, {"wants:police@vi": 0.3}).wants == ()
    assert judge(weights, {"crisis@en": 0.9}).crisis
    assert not judge(weights, {"crisis@en": 0.97}).crisis
    assert judge(weights, {"wants": 0.4}).wants == ("police", "law")


def test_the_likeliest_of_those_that_pass_is_stated() -> None:
    weights = {"role:self": 0.45, "role:relative": 0.35, "role:": 0.2}
    assert judge(weights).role == ""
    assert judge(weights, {"role": 0.3}).role == "self"
    assert judge(weights, {"role:self": 0.5, "role:relative": 0.3}).role == "relative"


def test_status_and_harms_go_together() -> None:
    both = judge({**SPREAD, **THREATENED, "status:threatened": 0.1})
    assert both.status == "spread"
    assert both.harms == ("shared_without_consent", "threatened_sharing")
    shared_only_by_harm = judge(
        {"status:threatened": 0.9, "harms:threatened_sharing": 0.9, "harms:shared_without_consent": 0.6}
    )
    assert shared_only_by_harm.status == "threatened"
    assert shared_only_by_harm.harms == ("threatened_sharing",)
    assert judge({"harms:threatened_sharing": 0.6}).harms == ()
    assert judge({"status:spread": 0.8, "harms:shared_without_consent": 0.4}).harms == (
        "shared_without_consent",
    )
    assert judge({"status:threatened": 0.8, "harms:threatened_sharing_deepfake": 0.3}).harms == (
        "deepfake",
        "threatened_sharing_deepfake",
    )
    assert judge({"status:spread": 1.0}).harms == ()


@pytest.mark.parametrize("passed_on", ["deepfake_shared", "threatened_sharing_deepfake"])
def test_a_fake_that_is_passed_on_was_made(passed_on: str) -> None:
    """Criminal Code article 319-4: making it and passing it on are two acts; the form has a box for each."""
    status = "spread" if passed_on == "deepfake_shared" else "threatened"
    stated = judge({f"status:{status}": 0.9, f"harms:{passed_on}": 0.9, "harms:deepfake": 0.1})
    assert stated.harms == ("deepfake", passed_on)


def test_who_is_under_age_now_was_so_then_where_images_are_spoken_of() -> None:
    assert judge({"minor:true": 0.9}).minor_at_filming is None
    assert judge({"minor:true": 0.9, **SPREAD}).minor_at_filming is True
    assert judge({"minor:true": 0.9, "minor_at_filming:false": 0.9}).minor_at_filming is True
    assert judge({"minor:true": 0.9}, reading=read_ideas("photo", tiny_lexicon())).minor_at_filming is True
    assert judge({"minor:false": 0.9, **SPREAD}).minor_at_filming is None
    assert judge({"minor:false": 0.9, "minor_at_filming:true": 0.9}).minor_at_filming is True


FAKE = {"status:spread": 0.9, "harms:deepfake_shared": 0.9}


def test_for_a_fake_nobody_was_filmed_and_the_age_in_its_picture_is_asked() -> None:
    """What is said of the picture that it was made of stands; nothing follows from how old anybody is now."""
    assert judge({"minor:true": 0.9, **FAKE}).minor_at_filming is None
    assert judge({"minor:true": 0.9, "minor_at_filming:true": 0.9, **FAKE}).minor_at_filming is True
    now = read_ideas("i am 24 now", tiny_lexicon())
    assert (
        judge({"minor:false": 0.9, "minor_at_filming:false": 0.9, **FAKE}, reading=now).minor_at_filming
        is None
    )
    assert judge({"minor:true": 0.9, "harms:other": 0.9, **FAKE}).minor_at_filming is True


def test_a_platform_counts_where_it_is_named_and_nothing_speaks_against_it() -> None:
    named = read_ideas("he posted it on facebook and telegram", tiny_lexicon())
    assert judge(SPREAD, reading=named).platforms == ("facebook", "telegram")
    vetoed = judge({**SPREAD, "platforms:facebook": 0.9, "platforms:line": 0.9}, reading=named)
    assert vetoed.platforms == ("facebook",)


@pytest.mark.parametrize(
    ("text", "language"), [("我想", "zh-TW"), ("หนู", "th"), ("want to go on the line", "en"), ("15", "")]
)
def test_the_language_is_told(text: str, language: str) -> None:
    assert READER.read(text).language == language


def test_birth_years_count_up_to_the_year_that_it_is() -> None:
    assert Reader(tiny_model(), year=2026).read("i was born in 2010").minor is True
    assert Reader(tiny_model(), year=2030).read("i was born in 2010").minor is False


WORDS = st.sampled_from(
    ["i", "he", "my", "nudes", "posted", "threatens", "15", "歲", "我", "想死", "前男友", "傳出去", ".", "?", ",", "help", "pizza", "หนู", "แฟนเก่า",
     "18", "nó", "ảnh", "😭", "\u200b", "facebook", "not yet\n", "not", "quit", "full video", "ai", "want to die", "hits me"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=400), st.lists(WORDS, max_size=60).map(" ".join)))
def test_whatever_is_typed_is_read_the_same_twice_and_holds_together(text: str) -> None:
    stated = READER.read(text)
    assert stated == READER.read(text)
    assert stated.language in {"", *LANGUAGES}
    if stated.out_of_scope:
        assert stated == Stated(language=stated.language, out_of_scope=True)
    if stated.command:
        assert stated == Stated(language=stated.language, command=stated.command)
    if set(stated.harms) & {"shared_without_consent", "deepfake_shared"}:
        assert stated.status == "spread"
    assert not (stated.minor and stated.minor_at_filming is False)


@pytest.mark.parametrize("piece", ["a", "我", "ก", "é", "😭", "15 ", ". ", "\u0301", "i want to die ", "ม.3"])
def test_the_longest_texts_are_read_and_no_end_of_them_is_lost(piece: str) -> None:
    long = piece * (20_000 // len(piece))
    assert READER.read(f"{long} . i want to die").crisis
    assert READER.read(f"i want to die . {long}").crisis


def test_alarms_in_the_middle_of_a_long_story_are_heard() -> None:
    filler = "my photo he . " * 150
    assert READER.read(f"{filler} i want to die . {filler}").crisis
