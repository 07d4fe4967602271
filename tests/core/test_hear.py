"""Typed words are heard as an alarm first, a way out second, an answer third, and else as nothing known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.hear import Alarm, AlarmWords, Chose, Ear, TookWayOut, Unclear, as_is
from bot.core.model import Choice, StateId
from bot.core.parse import parse_flow
from bot.core.stated import Stated
from bot.core.text import squeeze
from tests.core.cast import LIVE_STATES, TINY, TINY_ALARMS, shipped

DANGER = [
  "他在門口", "他拿刀了", "救命", "救 命 啊", "他說要殺我", "他在我家楼下", "跟踪我", "he is outside", "He is OUTSIDE!!",
  "He's here, outside my house.", "he has a knife", "ＨＥ　ＩＳ　ＯＵＴＳＩＤＥ", "help me now",
]  # fmt: skip
CRISIS = [
  "我想死", "我 想 死", "不想活了", "活不下去", "我想自殺", "想自杀", "好累，死了算了", "好累死了算了", "我想死，你不要管我",
  "笑死，但是我不想活了", "i want to die", "I WANT TO DIE", "kms", "can't go on", "I can’t go on", "i cant go on",
  "suicide", "suicidal", "don't want to live",
]  # fmt: skip
HARMLESS = [
  "想死你了", "我想死你了！", "笑死", "累死我了", "氣死我了", "嚇死寶寶", "热死了，累死了", "自殺式攻擊的新聞", "想死妳了",
  "kmstuff", "outsider", "I live at home", "要見面", "他要我見面",
]  # fmt: skip


def _shipped_ear() -> Ear:
    pack = shipped()
    return Ear(pack.flow, pack.alarms, pack.catalogs.translate)


def _alarm_to(choice: Choice) -> Alarm | None:
    """Some answers are alarms themselves, and lead to the same place."""
    ends = [str(route.to) for route in choice.routes]
    return Alarm(ends[0]) if ends in (["crisis"], ["danger"]) else None


def _hear(text: str, state: str = "start", locale: str = "zh_TW"):
    ear = _shipped_ear()
    return ear.hear(text, ear.flow.states[StateId(state)], locale)


@pytest.mark.parametrize("text", DANGER)
def test_danger_is_heard(text):
    """However it is spaced, cased or spelled, in Chinese of both scripts and in English."""
    assert Alarm("danger") == _hear(text)


@pytest.mark.parametrize("text", CRISIS)
def test_crisis_is_heard(text):
    """Also behind an idiom, and where a comma makes another sentence of one."""
    assert Alarm("crisis") == _hear(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_idioms_are_no_alarm(text):
    """People die of laughter in every chat, and a Latin phrase is a whole word."""
    assert not isinstance(_hear(text), Alarm)


def test_danger_comes_before_crisis():
    """Who is in both needs the police first."""
    assert Alarm("danger") == _hear("我不想活了，他拿刀")


@pytest.mark.parametrize("kind", ["danger", "crisis"])
def test_every_curated_phrase_fires_inside_a_sentence(kind):
    """None is lost to folding, to an idiom or to an answer of the question that stands."""
    phrases = getattr(shipped().alarms, kind)
    assert [phrase for phrase in phrases if _hear(f"我跟你說, {phrase}, ok") != Alarm(kind)] == []


@pytest.mark.parametrize("state", LIVE_STATES)
def test_alarms_come_before_anything_that_a_state_may_answer(state):
    """No label or word of any question swallows an alarm."""
    assert Alarm("crisis") == _hear("我想死", state)
    assert Alarm("danger") == _hear("救命", state)


def test_the_harmless_phrase_excuses_only_what_lies_within_it():
    """Once as an idiom and once in earnest is in earnest, whichever comes first."""
    assert Alarm("crisis") == _hear("想死你了可是我想死")
    assert Alarm("crisis") == _hear("我想死，想死你了")


def test_a_harmless_latin_phrase_is_whole_words():
    """It excuses the phrase inside it and nothing longer."""
    flow = parse_flow(TINY, "tiny.toml")
    alarms = AlarmWords(crisis=("suicide",), harmless=("suicide squad",))
    ear = Ear(flow, alarms)
    start = flow.states[StateId("start")]
    assert Unclear() == ear.hear("I saw Suicide Squad", start, "zh_TW")
    assert Alarm("crisis") == ear.hear("Suicide squads", start, "zh_TW")


def test_a_phrase_of_punctuation_alone_is_no_phrase():
    """A slip in the word list must not turn every message into an alarm."""
    flow = parse_flow(TINY, "tiny.toml")
    ear = Ear(flow, AlarmWords(danger=("!!",), crisis=("！？",), harmless=("…",)))
    for text in ("!!", "你好", "", "hi there"):
        assert Unclear() == ear.hear(text, flow.states[StateId("loop")], "zh_TW")


@pytest.mark.parametrize("state", LIVE_STATES)
@pytest.mark.parametrize("way", [way.id for way in shipped().flow.ways_out])
def test_every_word_of_every_way_out_works_in_every_state(state, way):
    """Unless one is there already: then the state's own answers count."""
    found = next(w for w in shipped().flow.ways_out if w.id == way)
    for word in (*found.words, found.label):
        heard = _hear(word, state)
        assert TookWayOut(way) == heard or (found.to == state and isinstance(heard, Chose)), word


@pytest.mark.parametrize(
    ("text", "state", "choice"),
    [("刪除", "erase_confirm", "erase_yes"), ("delete", "erase_confirm", "erase_yes"),
     ("English", "language", "en"), ("中文", "language", "zh")],
)  # fmt: skip
def test_the_word_that_led_somewhere_answers_there(text, state, choice):
    """The word "delete" twice deletes; "English" among the languages chooses English."""
    assert Chose(choice) == _hear(text, state)


def test_asking_for_the_human_among_the_numbers_shows_them_again():
    """Where the state has no such answer, the way out is still heard."""
    assert TookWayOut("human") == _hear("真人", "human")


@pytest.mark.parametrize("state", LIVE_STATES)
def test_every_number_label_and_word_answers_its_question(state):
    """By number in either width, by label and by word, however spaced or cased."""
    ways = {squeeze(name) for way in shipped().flow.ways_out for name in (*way.words, way.label)}
    for place, choice in enumerate(shipped().flow.states[StateId(state)].choices, 1):
        typed = [str(place), f"{place}.", chr(0xFF10 + place), f" （{place}） "]
        names = [name for name in (choice.label, *choice.words) if squeeze(name) not in ways]
        spaced = [" ".join(name) for name in names if not name.isascii()]
        for text in (*typed, *names, *spaced, *(name.upper() for name in names)):
            assert _hear(text, state) in (Chose(choice.id), _alarm_to(choice)), text


@pytest.mark.parametrize(
    "text", ["9", "00", "99", "100", "٣", "೨", "一", "1 或 2", "", " ", "。！？", "👍", "\x00", "早安"]
)
def test_what_is_no_answer_stays_unclear(text):
    """Numbers that are not offered, digits of other scripts, silence and small talk."""
    assert Unclear() == _hear(text, "who")


def test_zero_asks_for_a_human():
    """As on a telephone."""
    assert TookWayOut("human") == _hear("0")
    assert TookWayOut("human") == _hear("０")


def test_the_translated_label_is_heard_beside_the_source():
    """A person answers with the words on their screen."""
    flow = parse_flow(TINY, "tiny.toml")
    told = {("tiny.start.adult", "滿了"): "I am 18", ("tiny.ways_out.human", "真人"): "A person"}
    ear = Ear(
        flow,
        TINY_ALARMS,
        lambda context, text, locale: told.get((context, text), text) if locale == "en" else text,
    )
    start = flow.states[StateId("start")]
    assert Chose("adult") == ear.hear("i am 18!", start, "en")
    assert Chose("adult") == ear.hear("滿了", start, "en")
    assert TookWayOut("human") == ear.hear("a person", start, "en")
    assert Unclear() == ear.hear("I am 18", start, "zh_TW")


def test_without_catalogues_the_source_is_spoken():
    """The default translation changes nothing."""
    assert as_is("tiny.start.adult", "滿了", "en") == "滿了"


@given(st.text(max_size=300), st.sampled_from(LIVE_STATES))
def test_hearing_never_fails(text, state):
    """Whatever is typed, wherever, means one of four things."""
    assert isinstance(_hear(text, state), Alarm | TookWayOut | Chose | Unclear)


def test_nothing_is_read_into_a_code():
    """Whoever goes on elsewhere types letters by chance: they mean what they are, however they are misread."""
    flow = parse_flow(TINY, "tiny.toml")
    ear = Ear(flow, AlarmWords(), understand=lambda _: Stated(crisis=True, out_of_scope=True))
    start = flow.get_state(flow.special.start)
    assert ear.hear("22222-33333", start, "zh_TW") == Unclear()
    assert ear.hear("harassment", start, "zh_TW") == Alarm("crisis")
