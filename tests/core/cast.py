"""Who speaks in the core's tests: a person with a clock of their own, and a tiny flow beside the shipped one."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from bot.core.engine import Engine
from bot.core.events import SubmitRequested, Turn
from bot.core.filling import see_draft, stamp
from bot.core.hear import AlarmWords, Ear
from bot.core.inputs import Arrival, Input, Left, SentMedia, Started, Tapped, Typed
from bot.core.issues.answers import find_read_keys, find_settable, list_guards
from bot.core.model import Choice, ChoiceId, Session, State, StateId, VisitId
from bot.core.parse import parse_flow
from bot.core.reply import Reply
from bot.core.standing import list_open, see
from bot.core.stated import Stated
from bot.core.understood import see_told
from bot.form.reading import FormReader
from bot.pack import Pack, load_pack
from bot.voice.speaker import Speaker
from bot.wiring.common import build_engine, build_speaker
from tests.counting_lines import unmeasured

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
VISIT = VisitId("visit-1")
#: Words that lead where no button does.
#: A story of which everything is used up at once, and one that tells every kind of fact.
WISH = "role=self wants=police"
STORY = "role=self minor=no minor_at_filming=no harms=threatened_sharing abuser=unknown wants=police"
_HEARD = ("我想死", "救命", "求連結", WISH, STORY)
#: A receipt, as people are told it; and what somebody may write into the form.
RECEIPT = "ABCD-EFGH-2345"
WRITTEN = {
    "name": "林小美",
    "birth": "34",
    "phone_mobile": "0912-345-678",
    "phone_home": "02-2345-6789",
    "phone_work": "02-2345-6780",
    "id_number": "A123456789",
    "county": "臺中市",
    "district": "中正區",
    "safe_name": "阿姨",
    "safe_phone_mobile": "0922-333-444",
}
_STATUSES = ("received", "working", "closed", "unknown", "later")
#: From the form's first question to the last look, with everything that a later page asks about.
_FILLS_ALL = (
    *("~林小美", "~34", "~0912345678", *("skip",) * 3, "skip", "skip", "skip", "skip"),
    *("t1", "done", "counselling", "done", "~不用寫細節", "done", "edit", "safe", "~阿姨", "keep", "keep"),
)
TINY_ALARMS = AlarmWords(danger=("拿刀",), crisis=("想死",))

#: Everything the engine knows how to do, in as few states as possible.
TINY = """
id = "tiny"
[special]
start = "start"
resume = "resume"
crisis = "crisis"
danger = "danger"
seeking = "danger"
erased = "erased"
[[ways_out]]
id = "human"
label = "真人"
kind = "overlay"
to = "human"
words = ["help"]
[[ways_out]]
id = "back"
label = "上一步"
kind = "back"
words = ["back"]
[[ways_out]]
id = "restart"
label = "重新開始"
kind = "restart"
words = []
[[ways_out]]
id = "leave"
label = "離開"
kind = "overlay"
to = "left"
words = []
[notes]
not_understood = "沒看懂"
not_understood_again = "打真人"
old_button = "舊按鈕"
no_pictures = "不收檔案"
sticker = "貼圖"
only_text = "只看字"
nothing_before = "最前面"
at_an_ending = "我在。"
edited = "改過"
arrived = "接上了"
code_gone = "用過了"
hushed = "小聲"
unhushed = "出聲"
day_ahead = "還沒到"
off_topic = "幫不上"
kept_for_later = "先記著"
heard = "聽到了"
[states.start]
title = "age"
say = ["滿 18 歲了嗎？"]
choices = [
  { id = "adult", label = "滿了", to = "loop", set = { age_now = "adult" }, words = ["yes"] },
  { id = "minor", label = "還沒", to = "loop", routes = [{ to = "minor", when = ["is_minor"] }], set = { age_now = "minor" } },
  { id = "call", label = "先打電話", to = "human", set = { age_now = "adult" } },
  { id = "english", label = "English", to = "loop", locale = "en" },
]
[states.loop]
title = "loop"
say = ["再一次？"]
choices = [{ id = "again", label = "再一次", to = "loop", set = { again = "yes" } }]
[states.minor]
title = "minor"
say = ["你很勇敢。"]
choices = [{ id = "again", label = "好", to = "loop" }]
[states.human]
title = "human"
overlay = true
say = ["打 113。"]
choices = [
  { id = "return", label = "回去", kind = "return" },
  { id = "move", label = "走吧", to = "loop" },
]
[states.crisis]
title = "crisis"
overlay = true
say = ["打 1925。"]
choices = [{ id = "return", label = "回去", kind = "return" }]
[states.danger]
title = "danger"
overlay = true
say = ["打 110。"]
choices = [{ id = "return", label = "回去", kind = "return" }]
[states.left]
title = "left"
overlay = true
silent = true
say = ["先這樣。"]
[states.resume]
title = "resume"
overlay = true
say = ["你好。"]
choices = [
  { id = "on", label = "接著", kind = "return" },
  { id = "anew", label = "重來", kind = "restart" },
  { id = "erase", label = "刪除", kind = "erase" },
]
[states.erased]
title = "erased"
say = ["刪好了。"]
"""


def read_plainly(text: str) -> Stated:
    """Understand a text that says in so many words what it states: `role=self minor=no harms=deepfake,other`."""
    names = {one.name: one for one in fields(Stated)}
    told = dict(part.split("=", 1) for part in text.split() if part.partition("=")[0] in names)
    return Stated(**{name: _read_value(names[name].type, value) for name, value in told.items()})


def _read_value(kind: object, value: str) -> object:
    if "tuple" in str(kind):
        return tuple(value.split(","))
    return value == "yes" if "bool" in str(kind) else value


@dataclass
class Talk:
    """
    One person's conversation; `turn` keeps the last result. `tells_time`: the channel gives times of its own.

    What is sent arrives, unless a `refusal` says why not.
    """

    engine: Engine
    speaker: Speaker | None = None
    now: datetime = NOON
    visit: VisitId = VISIT
    locale: str = "zh_TW"
    tells_time: bool = True
    refusal: str = ""
    session: Session = field(init=False)
    turn: Turn = field(init=False)

    def __post_init__(self) -> None:
        self.session = self.engine.begin(self.visit, self.locale, self.now)

    def send(
        self, what: Input, *, sent_at: datetime | None = None, reply_lost: bool = False, **how: object
    ) -> Talk:
        """One input, a second after the last; `how` it came stands in Arrival."""
        self.now += timedelta(seconds=1)
        told = sent_at or (self.now if self.tells_time else None)
        came = Arrival(sent_at=told, reply_lost=reply_lost, **how)
        turn = self.engine.take_turn(self.session, what, self.now, came)
        return self.meet(hand_over(self.engine, turn, what, self.refusal))

    def meet(self, turn: Turn) -> Talk:
        """Go on after a turn that was made elsewhere."""
        self.turn, self.session = turn, turn.session
        return self

    def act(self, *acts: str) -> Talk:
        """Do what stands in a path: a button, words after `~`, a receipt's state after `@`, a refusal after `!`."""
        for act in acts:
            match act[0]:
                case "~":
                    self.type(act[1:])
                case "@" | "!":
                    self.meet(_meet(act, self.session, self.now))
                case _:
                    self.tap(act)
        return self

    def start(self) -> Talk:
        return self.send(Started())

    def tap(self, button: str, *, turn: int | None = None, visit: str | None = None) -> Talk:
        """Press a button of the question that stands now, or an older one's."""
        drawn = (visit or self.session.visit, self.session.turn if turn is None else turn)
        return self.send(Tapped(ChoiceId(button), VisitId(drawn[0]), drawn[1]))

    def type(self, text: str, *, sent_at: datetime | None = None, reply_lost: bool = False) -> Talk:
        return self.send(Typed(text), sent_at=sent_at, reply_lost=reply_lost)

    def show(self, kind: str) -> Talk:
        return self.send(SentMedia(kind))

    def block(self) -> Talk:
        return self.send(Left())

    def wait(self, minutes: float) -> Talk:
        self.now += timedelta(minutes=minutes)
        return self

    @property
    def state(self) -> str:
        return self.session.state

    @property
    def note(self) -> str | None:
        said = self.turn.get_said()
        return said.note if said else None

    @property
    def reply(self) -> Reply:
        """What was said last, rendered."""
        said = self.turn.get_said()
        assert said is not None
        assert self.speaker is not None
        return self.speaker.render(said, self.session, self.now, channel="web")

    @property
    def text(self) -> str:
        return "\n".join(self.reply.bubbles)


def settle(session: Session) -> Session:
    """Return a session without what only says how the last input came."""
    return replace(
        session,
        last_words="",
        words_at=0,
        locale_known=False,
        seen_at=NOON,
        sent_at=NOON,
        asked_at=NOON,
        misses=0,
        note=None,
        fresh=False,
        tapped="",
    )


def tiny(flow: str = TINY) -> Talk:
    """A conversation over the tiny flow."""
    parsed = parse_flow(flow, "tiny.toml")
    return Talk(Engine(parsed, Ear(parsed, TINY_ALARMS)))


@cache
@unmeasured()
def shipped() -> Pack:
    return load_pack()


@cache
@unmeasured()
def shipped_engine() -> Engine:
    return build_engine(shipped(), understand=read_plainly)


@cache
@unmeasured()
def shipped_speaker() -> Speaker:
    return build_speaker(shipped())


def caller(**changes: object) -> Talk:
    """A person who opens the real conversation."""
    return Talk(shipped_engine(), shipped_speaker(), **changes)


def hand_over(engine: Engine, turn: Turn, what: Input, refusal: str = "") -> Turn:
    """What the desk makes of a turn that sends."""
    if SubmitRequested() not in turn.events:
        return turn
    now = turn.session.seen_at
    ended = (
        engine.refuse(turn.session, refusal)
        if refusal
        else engine.empty(turn.session, now, receipt=RECEIPT, what=what)
    )
    return Turn(ended.session, (*turn.events[:-1], *ended.events))


def agree(session: Session) -> Session:
    """Let what was agreed to be agreed to with these lines before one's eyes."""
    yes = Choice(ChoiceId("yes"), "好", sets={"use_contact": "yes"})
    return stamp(session, yes, FormReader(shipped().form))


def show_receipt(talk: Talk, status: str, receipt: str = RECEIPT, *, is_asked_back: bool = False) -> Talk:
    """Somebody types a receipt, and the desk says how far it is."""
    talk.now += timedelta(seconds=1)
    return talk.meet(
        talk.engine.show_receipt(talk.session, receipt, status, talk.now, is_asked_back=is_asked_back)
    )


@cache
@unmeasured()
def explore() -> tuple[tuple[Session, tuple[str, ...]], ...]:
    """
    Every place of the real conversation, with the fewest acts that lead there, found by doing them.

    A place is a state with the ages, and the answers and fields of the form that the state itself asks about: all of their
    combinations that acts can lead to, without the millions of histories behind them.
    """
    talks = {(): caller().start()} | {(f"~{words}",): caller().start().type(words) for words in _HEARD}
    talks |= {(f"@{status}",): caller().start().act(f"@{status}") for status in _STATUSES}
    seen: set[tuple[object, ...]] = set()
    places = _spread({path: talk.session for path, talk in talks.items()}, seen)
    to_form = next(path for session, path in places if session.state == "form_name")
    whole = caller().start().act(*to_form, *_FILLS_ALL)
    assert whole.state == "form_review", whole.state
    to_words = (*to_form, *_FILLS_ALL, "edit", "what")
    more = caller().start().act(*to_words)
    places += _spread({(*to_form, *_FILLS_ALL): whole.session, to_words: more.session}, seen)
    to_send = next(path for session, path in places if session.state == "handoff_send")
    refused = {(*to_send, f"!{why}"): why for why in ("closed", "often", "unfit", "minor")}
    places += _spread({path: caller().start().act(*path).session for path in refused}, seen)
    return tuple(places)


def _spread(
    begun: dict[tuple[str, ...], Session], seen: set[tuple[object, ...]]
) -> list[tuple[Session, tuple[str, ...]]]:
    """Find every place that acts lead to from these, leaving out what was seen."""
    waiting, places = deque((session, path) for path, session in begun.items()), []
    seen.update(_kind_of(session) for session in begun.values())
    while waiting:
        session, path = waiting.popleft()
        places.append((session, path))
        for act in _acts_of(session):
            after = replace(_do(act, session).session, trail=(), heard=(), turn=1, tapped="")
            if _kind_of(after) not in seen:
                seen.add(_kind_of(after))
                waiting.append((after, (*path, act)))
    return places


@cache
def paths() -> dict[StateId, tuple[str, ...]]:
    """The fewest acts that lead from the opening question to each state."""
    found: dict[StateId, tuple[str, ...]] = {}
    for session, path in explore():
        found.setdefault(session.state, path)
    return found


def _do(act: str, session: Session) -> Turn:
    what = Typed(act[1:]) if act.startswith("~") else Tapped(ChoiceId(act), session.visit, session.turn)
    engine = shipped_engine()
    return hand_over(engine, engine.take_turn(session, what, session.seen_at), what)


def _meet(act: str, session: Session, now: datetime) -> Turn:
    if act.startswith("@"):
        return shipped_engine().show_receipt(session, RECEIPT, act[1:], now, is_asked_back=False)
    return shipped_engine().refuse(session, act[1:])


def _acts_of(session: Session) -> list[str]:
    """What can be pressed, and what can be typed where something is read; typed words begin with ~."""
    flow = shipped().flow
    state = flow.states[session.state]
    ways = [way.id for way in flow.ways_out if way.to] if session.interrupted is None else []
    if state.silent or state.id in flow.special.ends:
        return []
    open_choices = list_open(state, see(session, session.seen_at.date()))
    # What is agreed to and not used yet answers later questions by itself: those stories have tests of their own.
    is_simple = {"heard_role", "heard_want"} >= set(see_told(session))
    pressed = [choice.id for choice in open_choices if choice.kind != "confirm" or is_simple]
    return pressed + ways + _words_for(state)


def _words_for(state: State) -> list[str]:
    reads = state.reads
    if reads is None:
        return []
    return ["~昨天", "~2020-01-01"] if reads.kind == "day" else [f"~{WRITTEN.get(reads.key, '下午三點以後')}"]


def _kind_of(session: Session) -> tuple[object, ...]:
    read = _read_in(session.state) | {"age_now", "age_filmed"}
    known = {**session.answers, **see_draft(session), **see_told(session)}
    return (session.state, frozenset((k, v) for k, v in known.items() if k in read))


@cache
def _read_in(state: StateId) -> frozenset[str]:
    flow = shipped().flow
    return find_read_keys(list_guards(flow.states[state]), find_settable(flow))


def walk_to(state: str) -> Talk:
    """Bring a caller to any state of the shipped flow that one can be in."""
    talk = caller().start()
    if state == "welcome_back":
        return talk.tap("safe").wait(31).start()
    talk.act(*paths()[StateId(state)])
    assert state == talk.state
    return talk


#: Every state somebody can be in when they write: of `erased` nothing is kept.
LIVE_STATES = tuple(sorted(shipped().flow.states.keys() - shipped().flow.special.ends))
