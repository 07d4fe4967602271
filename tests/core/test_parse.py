"""A slip in a data file stops the build with its file, its place and its reason."""

from datetime import date

import pytest

from bot.core.model import ChoiceId, Line, NoteId, Route, StateId
from bot.core.parse import NOTES, parse_alarms, parse_flow, parse_toml, parse_words
from bot.core.parse_knowledge import parse_knowledge
from bot.errors import FlowError
from tests.core.cast import TINY

CONTACT = """
[contacts.a]
name = "113 保護專線"
audience = "任何人"
area = "全國"
purpose = "保護"
source = "來源"
source_date = "2026-02"
status = "OFF"
show = "yes"
recheck_by = 2027-02-20
"""
FACT = """
[facts.f]
text = "真的。"
source = "來源"
source_date = "2026"
status = "OFF"
recheck_by = 2027-02-20
"""


def _refused(parse, *texts: object) -> FlowError:
    with pytest.raises(FlowError) as caught:
        parse(*texts)
    return caught.value


def _flow_refused(old: str, new: str) -> FlowError:
    assert old in TINY
    return _refused(parse_flow, TINY.replace(old, new, 1), "tiny.toml")


def test_a_flow_is_read_as_written():
    """Answers, guarded routes, words, bubbles and notes all arrive."""
    text = TINY.replace('say = ["再一次？"]', 'say = ["一", { text = " 二 ", when = ["is_minor"] }]')
    flow = parse_flow(text, "tiny.toml")
    start, loop = flow.get_state(StateId("start")), flow.get_state(StateId("loop"))
    minor = start.find_choice(ChoiceId("minor"))
    assert minor is not None
    assert minor.routes == (Route(StateId("minor"), ("is_minor",)), Route(StateId("loop")))
    assert minor.sets == {"age_now": "minor"}
    assert start.find_choice(ChoiceId("nobody")) is None
    assert loop.say == (Line("一"), Line("二", ("is_minor",)))
    assert flow.notes[NoteId("sticker")] == "貼圖"
    assert flow.states[StateId("left")].silent
    assert not flow.states[StateId("left")].choices
    assert [way.to for way in flow.ways_out] == ["human", None, None, "left"]


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        ('id = "tiny"', 'id = "Tiny"', "tiny.toml", "'Tiny' is not an id"),
        ('id = "tiny"', "", "tiny.toml", "'id' is missing or is not a str"),
        ('id = "tiny"', "id = 5", "tiny.toml", "'id' is missing or is not a str"),
        ('id = "tiny"', 'id = " "', "tiny.toml", "'id' is empty"),
        ('id = "tiny"', 'id = "tiny"\nextra = 1', "tiny.toml", "unknown key 'extra'"),
        ('id = "tiny"', 'id = "tiny', "tiny.toml", "not valid TOML: Illegal character"),
        ('resume = "resume"', "", "[special]", "'resume' is missing"),
        ('resume = "resume"', 'resume = "nowhere"', "tiny.toml", "state 'nowhere' does not exist"),
        ("[special]", "[specials]", "tiny.toml", "'special' must be a table"),
        ('kind = "back"', 'kind = "sideways"', "ways_out[1]", "'kind' must be one of overlay, restart, back"),
        ('kind = "back"', 'kind = "overlay"', "ways_out[1]", "an overlay needs 'to'"),
        ('kind = "back"', 'kind = "back"\nto = "human"', "ways_out[1]", "the other kinds must not have it"),
        ('id = "back"', 'id = "human"', "ways_out", "the id 'human' is used twice"),
        ('to = "human"\nwords = ["help"]', 'to = "lost"\nwords = []', "tiny.toml", "state 'lost' does not exist"),
        ('words = ["help"]', 'words = ["help", 1]', "ways_out[0]", "'words' must be a list of sentences"),
        ('words = ["help"]', 'words = ["help", " "]', "ways_out[0]", "'words' must be a list of sentences"),
        ('words = ["help"]', 'words = "help"', "ways_out[0]", "'words' is missing or is not a list"),
        ('words = ["help"]', "colour = 1", "ways_out[0]", "unknown key 'colour'"),
        ('sticker = "貼圖"', "", "tiny.toml", "note 'sticker' is missing"),
        ('sticker = "貼圖"', 'sticker = ""', "[notes]", "'sticker' is empty"),
        ('title = "loop"', "", "[states.loop]", "'title' is missing"),
        ("[states.loop]", "[states.Loop]", "tiny.toml", "'Loop' is not an id"),
        ('title = "loop"', 'title = "loop"\noverlay = "yes"', "[states.loop]", "'overlay' is missing or is not a bool"),
        ('title = "loop"', 'title = "loop"\noverlay = 1', "[states.loop]", "'overlay' is missing or is not a bool"),
        ('say = ["再一次？"]', "", "[states.loop]", "'say' is missing or is not a list"),
        ('say = ["再一次？"]', "say = [5]", "[states.loop]", "neither a sentence nor a table"),
        ('say = ["再一次？"]', 'say = [" "]', "[states.loop]", "'text' is empty"),
        ('say = ["再一次？"]', 'say = [{ text = "一", wen = [] }]', "[states.loop]", "unknown key 'wen'"),
        ('say = ["再一次？"]', 'say = [{ text = "一", when = ["os.remove"] }]', "[states.loop]", "unknown guard 'os.remove'"),
        ('choices = [{ id = "again", label = "好", to = "loop" }]', "choices = [5]", "[states.minor]", "'choices' must be a list of tables"),
        ('label = "好", to = "loop"', 'label = "好", to = "lost"', "[states.minor]", "state 'lost' does not exist"),
        ('label = "好", to = "loop"', 'label = "好"', "[states.minor] choices[0]", "'again' needs a 'to' that is always open"),
        ('label = "好", to = "loop"', 'label = "好", routes = [{ to = "loop", when = ["is_minor"] }]', "choices[0]", "always open"),
        ('label = "好", to = "loop"', 'label = "好", to = "loop", kind = "fly"', "choices[0]", "'kind' must be one of go, return, restart, erase"),
        ('label = "好", to = "loop"', 'label = "好", to = "loop", too = 1', "choices[0]", "unknown key 'too'"),
        ('label = "好", to = "loop"', 'label = "好", to = "loop", routes = [{ to = "loop", guard = 1 }]', "choices[0] routes[0]", "unknown key 'guard'"),
        ('id = "again", label = "好"', 'id = "human", label = "好"', "[states.minor]", "the id 'human' is used twice"),
        ('{ id = "minor", label = "還沒"', '{ id = "adult", label = "還沒"', "[states.start]", "the id 'adult' is used twice"),
    ],
)  # fmt: skip
def test_a_slip_in_a_flow_is_refused_with_its_place(old, new, where, reason):
    """File, state and reason in one line, so that a counsellor can mend it."""
    fault = _flow_refused(old, new)
    assert fault.where.startswith("tiny.toml")
    assert where in fault.where
    assert reason in fault.reason
    assert str(fault) == f"{fault.where}: {fault.reason}"


@pytest.mark.parametrize("note", NOTES)
def test_every_note_that_the_engine_says_is_required(note):
    """A flow that cannot answer a sticker is refused before a person sends one."""
    text = "\n".join(line for line in TINY.splitlines() if not line.startswith(f"{note} ="))
    assert f"note '{note}' is missing" == _refused(parse_flow, text, "tiny.toml").reason


def test_a_line_that_is_no_toml_is_named_by_its_number():
    """The place that the reader of TOML knows is passed on."""
    assert "line 2" in _refused(parse_toml, "a = 1\nb = ?\nc = 2", "x.toml").reason


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        ('source_date = "2026-02"', 'source_date = "Feb 2026"', "contacts.toml [contacts.a]", "must be YYYY"),
        ('source_date = "2026-02"', "", "[contacts.a]", "'source_date' is missing"),
        ('status = "OFF"', 'status = "SURE"', "[contacts.a]", "'status' must be one of"),
        ('show = "yes"', 'show = "maybe"', "[contacts.a]", "'show' must be one of yes, caveat, no"),
        ("recheck_by = 2027-02-20", 'recheck_by = "2027-02-20"', "[contacts.a]", "'recheck_by' is missing or is not a date"),
        ("recheck_by = 2027-02-20", "recheck_by = 2027-02-20T00:00:00", "[contacts.a]", "'recheck_by' must be a day without a time"),
        ("recheck_by = 2027-02-20", "recheck_by = 2027-02-20\nfon = 1", "[contacts.a]", "unknown key 'fon'"),
        ("recheck_by = 2027-02-20", 'recheck_by = 2027-02-20\nfallback = ["b"]', "contacts.toml", "'a' falls back to unknown 'b'"),
        ("recheck_by = 2027-02-20", 'recheck_by = 2027-02-20\nfallback = ["a"]', "contacts.toml", "the fallbacks of 'a' go in a circle"),
        ("[contacts.a]", "[contact.a]", "contacts.toml", "unknown key 'contact'"),
    ],
)  # fmt: skip
def test_a_slip_in_the_directory_is_refused(old, new, where, reason):
    """A wrong entry never reaches a person."""
    assert old in CONTACT
    fault = _refused(parse_knowledge, CONTACT.replace(old, new), {})
    assert where in fault.where
    assert reason in fault.reason


def test_a_longer_circle_of_fallbacks_is_refused_and_a_shared_end_is_not():
    """Two contacts may end at the same third."""
    a = CONTACT + 'fallback = ["b", "c"]\n'
    b = CONTACT.replace("contacts.a", "contacts.b") + 'fallback = ["c"]\n'
    c = CONTACT.replace("contacts.a", "contacts.c")
    assert set(parse_knowledge(a + b + c, {}).contacts) == {"a", "b", "c"}
    assert "in a circle" in _refused(parse_knowledge, a + b + c + 'fallback = ["a"]\n', {}).reason


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('text = "真的。"', "", "'text' is missing"),
        ('status = "OFF"', 'status = "off"', "'status' must be one of"),
        ('source = "來源"', 'sauce = "來源"', "'source' is missing"),
        ("[facts.f]", "[fact.f]", "unknown key 'fact'"),
        ("recheck_by = 2027-02-20", "recheck_by = 2027-02-20\nby = 1", "unknown key 'by'"),
    ],
)
def test_a_slip_in_the_facts_is_refused(old, new, reason):
    """Nothing is said without text, source, status and a day to check it again."""
    fault = _refused(parse_knowledge, "", {"facts/a.toml": FACT.replace(old, new)})
    assert fault.where.startswith("facts/a.toml")
    assert reason in fault.reason


def test_facts_come_from_several_files_and_each_only_once():
    """Two people who write one fact are told, with the file that came second."""
    other = FACT.replace("[facts.f]", "[facts.g]")
    assert set(parse_knowledge("", {"facts/a.toml": FACT, "facts/b.toml": other}).facts) == {"f", "g"}
    fault = _refused(parse_knowledge, "", {"facts/a.toml": FACT, "facts/b.toml": FACT})
    assert str(fault) == "facts/b.toml: the fact 'f' is defined twice"


def test_knowledge_is_read_as_written():
    """The day a person dialled the number is kept, and absent until then."""
    dialled = CONTACT.replace("contacts.a", "contacts.b") + "phone_checked_on = 2026-11-19\n"
    knowledge = parse_knowledge(CONTACT + dialled, {"facts/a.toml": FACT})
    days = {contact.id: contact.phone_checked_on for contact in knowledge.contacts.values()}
    assert days == {"a": None, "b": date(2026, 11, 19)}
    assert [fact.text for fact in knowledge.facts.values()] == ["真的。"]


def test_alarm_words_are_read_strictly():
    """A list with a wrong name would silence an alarm."""
    assert parse_alarms('danger = ["救命"]').danger == ("救命",)
    assert _refused(parse_alarms, 'dangers = ["救命"]').reason == "unknown key 'dangers'"


def test_the_pages_own_words_are_read_strictly():
    """An empty word or a second table is a slip."""
    assert parse_words('[words]\nsend = "送出"', "interface.toml") == {"send": "送出"}
    assert "'send' is empty" in _refused(parse_words, '[words]\nsend = ""', "i.toml").reason
    assert "unknown key 'word'" in _refused(parse_words, '[words]\n[word]\nsend = ""', "i.toml").reason
    assert "'words' is missing" in _refused(parse_words, "words = 1", "i.toml").reason


TRACK = 'flow = "tiny"\ntrack = "more"\ntitle = "更多"\n[states.page]\ntitle = "x"\nsay = ["嗨。"]\nchoices = [{ id = "on", label = "好", to = "loop" }]\n'


def test_states_may_stand_in_the_files_of_tracks():
    """Each is of its file's track, and the file's title is the track's."""
    flow = parse_flow(TINY, "tiny.toml", {"tracks/more.toml": TRACK})
    assert flow.get_state(StateId("page")).track == "more"
    assert [(track.id, track.title) for track in flow.tracks] == [("more", "更多")]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (TRACK.replace('"tiny"', '"other"'), "'flow' must be 'tiny'"),
        (TRACK.replace("[states.page]", "[states.loop]"), "'loop' is defined twice"),
        (TRACK + "[more]\n", "unknown key 'more'"),
    ],
)
def test_a_track_that_does_not_belong_here_is_refused(wrong, reason):
    """With the name of its file."""
    with pytest.raises(FlowError, match=reason) as refused:
        parse_flow(TINY, "tiny.toml", {"tracks/more.toml": wrong})
    assert refused.value.where.startswith("tracks/more.toml")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('label = "滿了"', 'label = "滿了", meant = ["mood=sad"]', "'mood=sad' is no fact"),
        ('label = "滿了"', 'label = "滿了", meant = ["minor=perhaps"]', "'minor=perhaps' is no fact"),
        ('label = "刪除"', 'label = "刪除", meant = ["story=told"]', "it cannot be meant by words"),
        ("[notes]", '[wants]\nhappiness = "human"\n[notes]', "'want=happiness' is no fact"),
        ("[notes]", '[wants]\npolice = "nowhere"\n[notes]', "state 'nowhere' does not exist"),
        ("[notes]", '[told.role]\ntitle = "誰"\nvalues = { cat = "貓" }\n[notes]', "'role=cat' is no fact"),
    ],
)
def test_what_cannot_be_understood_is_meant_by_nothing(old: str, new: str, reason: str):
    """A fact is one that is read out of words, and what binds is pressed or named exactly."""
    assert old in TINY
    with pytest.raises(FlowError, match=reason):
        parse_flow(TINY.replace(old, new, 1), "tiny.toml")


def test_what_can_be_understood_is_named_by_the_flow():
    """How each fact is said back, and which page shows what somebody asks for."""
    told = (
        '[wants]\npolice = "human"\n[told.role]\ntitle = "誰"\nvalues = { self = "我", witness = "別人" }\n'
    )
    flow = parse_flow(TINY.replace("[notes]", f"{told}[notes]", 1), "tiny.toml")
    assert flow.facts["role"].values == {"self": "我", "witness": "別人"}
    assert flow.wants == {"police": "human"}
