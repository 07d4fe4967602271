"""Who speaks in the core's tests: a person with a clock of their own, and a tiny flow beside the shipped one."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from bot.core.engine import Engine
from bot.core.events import Turn
from bot.core.hear import AlarmWords, Ear
from bot.core.inputs import Arrival, Input, Left, SentMedia, Started, Tapped, Typed
from bot.core.issues.answers import find_read_keys, find_settable, list_guards
from bot.core.model import ChoiceId, Session, StateId, VisitId
from bot.core.parse import parse_flow
from bot.core.reply import Reply
from bot.core.standing import list_open, see
from bot.pack import Pack, load_pack
from bot.voice.speaker import Speaker
from bot.workdays import is_workday

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
VISIT = VisitId("visit-1")
#: Words that lead where no button does.
_HEARD = ("我想死", "救命", "求連結")
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


@dataclass
class Talk:
    """One person's conversation; `turn` keeps the last result. `tells_time`: the channel gives times of its own."""

    engine: Engine
    speaker: Speaker | None = None
    now: datetime = NOON
    visit: VisitId = VISIT
    locale: str = "zh_TW"
    tells_time: bool = True
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
        self.turn = self.engine.take_turn(self.session, what, self.now, came)
        self.session = self.turn.session
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
def shipped() -> Pack:
    return load_pack()


@cache
def shipped_engine() -> Engine:
    pack = shipped()
    return Engine(pack.flow, Ear(pack.flow, pack.alarms, pack.catalogs.translate))


@cache
def shipped_speaker() -> Speaker:
    pack = shipped()
    return Speaker(
        pack.flow,
        pack.knowledge,
        pack.catalogs,
        words=pack.words,
        operator=pack.operator,
        is_workday=is_workday,
    )


def caller(**changes: object) -> Talk:
    """A person who opens the real conversation."""
    return Talk(shipped_engine(), shipped_speaker(), **changes)


@cache
def explore() -> tuple[tuple[Session, tuple[str, ...]], ...]:
    """
    Every place of the real conversation, with the fewest buttons that lead there, found by pressing them.

    A place is a state with the ages and the answers that the state itself asks about: all of their
    combinations that buttons can lead to, without the millions of histories behind them.
    """
    talks = {(): caller().start()} | {(f"~{words}",): caller().start().type(words) for words in _HEARD}
    waiting = deque((talk.session, path) for path, talk in talks.items())
    seen, places = {_kind_of(session) for session, _ in waiting}, []
    while waiting:
        session, path = waiting.popleft()
        places.append((session, path))
        for act in _acts_of(session):
            after = replace(_do(act, session).session, trail=(), turn=1, tapped="")
            if _kind_of(after) not in seen:
                seen.add(_kind_of(after))
                waiting.append((after, (*path, act)))
    return tuple(places)


@cache
def paths() -> dict[StateId, tuple[str, ...]]:
    """The fewest buttons that lead from the opening question to each state."""
    found: dict[StateId, tuple[str, ...]] = {}
    for session, path in explore():
        found.setdefault(session.state, path)
    return found


def _do(act: str, session: Session) -> Turn:
    what = Typed(act[1:]) if act.startswith("~") else Tapped(ChoiceId(act), session.visit, session.turn)
    return shipped_engine().take_turn(session, what, session.seen_at)


def _acts_of(session: Session) -> list[str]:
    """What can be pressed, and what can be typed where a day is read; typed words begin with ~."""
    flow = shipped().flow
    state = flow.states[session.state]
    ways = [way.id for way in flow.ways_out if way.to] if session.interrupted is None else []
    if state.silent or state.id in flow.special.ends:
        return []
    days = ["~昨天", "~2020-01-01"] if state.reads else []
    return [choice.id for choice in list_open(state, see(session, session.seen_at.date()))] + ways + days


def _kind_of(session: Session) -> tuple[object, ...]:
    read = _read_in(session.state) | {"age_now", "age_filmed"}
    return (session.state, frozenset((k, v) for k, v in session.answers.items() if k in read))


@cache
def _read_in(state: StateId) -> frozenset[str]:
    flow = shipped().flow
    return find_read_keys(list_guards(flow.states[state]), find_settable(flow))


def walk_to(state: str) -> Talk:
    """Bring a caller to any state of the shipped flow that one can be in."""
    talk = caller().start()
    if state == "welcome_back":
        return talk.tap("safe").wait(31).start()
    for act in paths()[StateId(state)]:
        talk.type(act[1:]) if act.startswith("~") else talk.tap(act)
    assert state == talk.state
    return talk


#: Every state somebody can be in when they write: of `erased` nothing is kept.
LIVE_STATES = tuple(sorted(shipped().flow.states.keys() - shipped().flow.special.ends))
