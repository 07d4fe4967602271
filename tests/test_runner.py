"""One input is one transaction: all of it is kept or none."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.core.engine import Engine
from bot.core.hear import Ear
from bot.core.inputs import Input, Left, SentMedia, Started, Tapped, Typed
from bot.core.model import NOT_YET, ChoiceId, StateId, VisitId
from bot.core.parse import parse_flow
from bot.errors import StoreDown
from bot.ports import Address, Inbound
from bot.runner import Runner
from tests.core.cast import TINY, TINY_ALARMS
from tests.fakes.handing import make_handing
from tests.fakes.memory_store import NOON, BareVoice, MemoryClock, MemoryStore, PlainVault

HER = "line:U-her"


@dataclass
class World:
    """A runner over the tiny flow, everything around it in memory."""

    store: MemoryStore = field(default_factory=MemoryStore)
    voice: BareVoice = field(default_factory=BareVoice)
    clock: MemoryClock = field(default_factory=MemoryClock)
    sent: int = 0
    visits: int = 0

    def __post_init__(self) -> None:
        flow = parse_flow(TINY, "tiny.toml")
        engine = Engine(flow, Ear(flow, TINY_ALARMS))
        self.runner = Runner(
            engine=engine,
            store=self.store,
            vault=PlainVault(),
            voice=self.voice,
            clock=self.clock,
            new_visit=self._new_visit,
            new_code=lambda: "ABCDE-FGH23",
            handing=make_handing(engine),
        )

    async def say(self, what: Input, **changes: object):
        """Deliver one event of hers; each is a new one unless its id is given."""
        self.sent += 1
        self.clock.pass_by(seconds=1)
        inbound = Inbound(
            channel="line",
            user_id="U-her",
            delivery_id=f"event-{self.sent}",
            what=what,
            sent_at=self.clock(),
            reply_to=Address("U-her", "token"),
        )
        return await self.runner.attempt(replace(inbound, **changes))

    def tap(self, button: str):
        session = self.session
        return self.say(Tapped(ChoiceId(button), session.visit, session.turn))

    async def look(self, **changes: str):
        return await self.runner.look("line", **{"user_id": "U-her", "locale": "", **changes})

    @property
    def session(self):
        return self.store.rows.sessions[HER].session

    @property
    def letters(self) -> list[str]:
        return [reply.bubbles[0] for _, _, _, reply in self.store.rows.queued]

    def _new_visit(self) -> str:
        self.visits += 1
        return f"visit-{self.visits}"


@pytest.fixture
def world() -> World:
    return World()


async def test_the_first_word_begins_a_conversation(world):
    """Session, claim and letter are stored together; nothing is handed back where a letter is sent."""
    assert await world.say(Typed("hi")) is None
    assert world.letters == ["start"]
    assert (world.session.visit, world.session.turn) == ("visit-1", 1)
    assert world.store.rows.claimed == {("line", "event-1")}
    assert world.store.rows.queued[0][:3] == (HER, "line", Address("U-her", "token"))


async def test_a_page_gets_its_reply_back(world):
    """Without an address nothing is queued."""
    reply = await world.say(Typed("hi"), reply_to=None)
    assert reply.bubbles == ("start",)
    assert world.letters == []


async def test_a_redelivered_event_gives_no_second_letter(world):
    """The same event again changes nothing and says nothing."""
    await world.say(Started())
    await world.tap("adult")
    before = world.session
    await world.say(Tapped(ChoiceId("again"), before.visit, before.turn), delivery_id="event-2")
    assert world.letters == ["start", "loop"]
    assert world.session == before


async def test_a_page_that_sends_twice_sees_the_question_again(world):
    """The second time it learns where it is, and nothing changes."""
    await world.say(Started(), reply_to=None)
    tap = Tapped(ChoiceId("adult"), world.session.visit, 1)
    first = await world.say(tap, reply_to=None, delivery_id="same")
    before = world.session
    second = await world.say(tap, reply_to=None, delivery_id="same")
    assert first == second
    assert world.session == before


async def test_the_language_of_the_channel_is_taken_once(world):
    """And kept, whatever the next event reports."""
    await world.say(Started(), locale="en-US")
    await world.say(Typed("1"), locale="zh-TW")
    assert world.session.locale == "en"


async def test_a_lost_race_is_tried_again(world):
    """Somebody saved first: load again, answer again, and send once."""
    world.store.stale = 4
    await world.say(Started())
    assert world.letters == ["start"]
    assert world.store.begun == 5


async def test_a_race_lost_for_ever_is_a_store_that_is_down(world):
    """Nothing is kept, so the channel sends it again."""
    world.store.stale = 5
    with pytest.raises(StoreDown):
        await world.say(Started())
    assert world.store.rows.claimed == set()
    assert world.letters == []


async def test_a_store_that_is_down_is_told_to_the_channel(world, caplog):
    """It is no incident of ours, and no apology: nothing was stored."""
    with world.store.out(), pytest.raises(StoreDown):
        await world.say(Started())
    with world.store.out(), pytest.raises(StoreDown):
        await world.look()
    assert not caplog.records
    await world.say(Started(), delivery_id="event-1")
    assert world.letters == ["start"]


async def test_two_deliveries_at_once_are_two_answers(world):
    """Both are answered, one after the other, and neither is lost."""
    await world.say(Started())
    await asyncio.gather(world.say(Typed("1")), world.say(Typed("1")))
    assert world.letters == ["start", "loop", "loop"]
    assert len(world.session.trail) == 2


# ─── Faults of ours ───────────────────────────────────────────────────────────


async def test_a_bug_is_raised_and_nothing_of_the_turn_is_kept(world):
    """Whoever stands around makes up for it; the conversation stands as before, and the event may come again."""
    await world.say(Started())
    before = world.store.rows.sessions[HER]
    world.voice.mute = frozenset({"loop"})
    with pytest.raises(KeyError):
        await world.say(Typed("1"), delivery_id="bad")
    assert world.letters == ["start"]
    assert world.store.rows.sessions[HER] == before
    assert ("line", "bad") not in world.store.rows.claimed


# ─── Erasing and leaving ──────────────────────────────────────────────────────


async def test_who_blocks_us_is_erased_and_not_answered(world):
    """Session and undelivered replies are destroyed; the event is claimed, so it happens once."""
    await world.say(Started())
    assert await world.say(Left()) is None
    assert HER not in world.store.rows.sessions
    assert world.letters == []
    assert world.store.rows.erased == [HER]
    assert ("line", "event-2") in world.store.rows.claimed


async def test_a_stranger_who_blocks_us_leaves_nothing_behind(world):
    """No session is made for the sake of forgetting it."""
    await world.say(Left(), reply_to=None)
    assert world.store.rows.sessions == {}


async def test_erasing_leaves_only_the_last_words(world):
    """Waiting replies go, the confirmation is sent, and the next word begins anew."""
    await world.say(Started())
    await world.tap("adult")
    world.clock.pass_by(minutes=31)
    await world.say(Started())
    await world.tap("erase")
    assert world.letters == ["erased"]
    assert HER not in world.store.rows.sessions
    await world.say(Typed("1"))
    assert world.letters == ["erased", "start"]
    assert (world.session.visit, dict(world.session.answers)) == ("visit-2", {})


# ─── Looking ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("user_id", ["", "U-nobody"])
async def test_looking_at_nothing_stores_nothing(world, user_id):
    """Somebody unknown sees the opening question, drawn for nobody yet."""
    reply = await world.look(user_id=user_id, locale="en")
    assert (reply.bubbles, reply.visit, reply.turn, reply.locale) == (("start",), NOT_YET, 0, "en")
    assert world.store.begun == 0
    assert world.visits == 0


async def test_the_first_pages_button_begins_the_conversation(world):
    """What was drawn for nobody is answered by somebody."""
    seen = await world.look(user_id="")
    reply = await world.say(Tapped(ChoiceId("adult"), seen.visit, seen.turn), reply_to=None)
    assert reply.bubbles == ("loop",)
    assert world.session.answers == {"age_now": "adult"}


async def test_looking_shows_where_one_is_and_changes_nothing(world):
    """Also after hours, when it is the neutral greeting whose buttons count."""
    await world.say(Started())
    await world.tap("adult")
    before = world.store.rows.sessions[HER]
    assert (await world.look()).bubbles == ("loop",)
    world.clock.pass_by(minutes=31)
    seen = await world.look()
    assert seen.bubbles == ("resume",)
    assert world.store.rows.sessions[HER] == before
    await world.say(Tapped(ChoiceId("on"), seen.visit, seen.turn))
    assert world.letters[-1] == "loop"


# ─── What changed under a session ─────────────────────────────────────────────


async def _lose_state(world: World) -> None:
    await world.say(Started(), locale="en")
    kept = world.store.rows.sessions[HER]
    world.store.rows.sessions[HER] = replace(kept, session=replace(kept.session, state=StateId("gone")))


async def test_a_session_whose_state_is_gone_begins_anew_in_its_language(world, caplog):
    """Nothing is guessed: the opening question, a new visit, and no answer taken."""
    await _lose_state(world)
    await world.say(Typed("1"))
    assert world.letters == ["start", "start"]
    assert (world.session.visit, world.session.locale, dict(world.session.answers)) == ("visit-2", "en", {})
    assert [record.getMessage() for record in caplog.records] == ["session_restarted"]


async def test_looking_at_a_session_whose_state_is_gone_shows_the_opening(world):
    """And stores nothing; its button then counts."""
    await _lose_state(world)
    seen = await world.look()
    assert (seen.bubbles, seen.visit) == (("start",), NOT_YET)
    assert world.session.state == "gone"
    await world.say(Tapped(ChoiceId("adult"), seen.visit, seen.turn))
    assert world.letters[-1] == "loop"


async def test_a_lost_reply_makes_words_no_answer(world):
    """The flag that the worker set reaches the engine, and the save clears it."""
    await world.say(Started())
    kept = world.store.rows.sessions[HER]
    world.store.rows.sessions[HER] = replace(kept, reply_lost=True)
    await world.say(Typed("1"))
    assert world.letters == ["start", "start"]
    assert not world.store.rows.sessions[HER].reply_lost
    await world.say(Typed("1"))
    assert world.letters[-1] == "loop"


async def test_the_channels_time_reaches_the_engine(world):
    """An event written before our question is not its answer."""
    await world.say(Started())
    await world.say(Typed("1"), sent_at=NOON - timedelta(minutes=1))
    assert world.letters == ["start", "start"]


async def test_media_is_answered_and_nothing_of_it_is_kept(world):
    """The session is as before but for the moment, and for what was said about it."""
    await world.say(Started())
    before = world.session
    await world.say(SentMedia("image"))
    assert world.letters[-1] == "no_pictures start"
    since = {"seen_at": world.session.seen_at, "sent_at": world.session.sent_at}
    assert world.session == replace(before, **since, note="no_pictures", fresh=False)


async def test_people_do_not_share_a_place(world):
    """The same id on another channel is another person."""
    await world.say(Started())
    await world.tap("adult")
    await world.say(Started(), channel="telegram")
    assert world.letters[-1] == "start"
    assert world.session.visit == VisitId("visit-1")
