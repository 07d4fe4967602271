"""The limits in front of the conversation: what is too much is dropped and said, what is pressing is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from bot.core.hear import AlarmWords, Ear
from bot.core.inputs import Input, Left, Started, Tapped, Typed, Unsent
from bot.core.model import NOT_YET, ChoiceId, VisitId
from bot.core.needed import find_needed
from bot.core.parse import parse_flow
from bot.core.reply import Reply
from bot.errors import StoreDown, TooOften
from bot.limiting import Limiter, make_limits
from bot.meter import MEANINGS, Meter
from bot.ports import Address, Inbound
from bot.slowing import SlowDown
from bot.wiring.limiting import hear_doubled
from tests.core.cast import TINY
from tests.fakes.memory_store import BareVoice, MemoryClock, MemoryStore, PlainVault
from tests.test_limits import Seconds

ALARMS = AlarmWords(danger=("他要殺我",), crisis=("想死",))


@dataclass
class Inner:
    """
    A conversation that notes what reaches it. `held` keeps it from answering; while it `is_away` it stores nothing.

    `doubled` hears what had been stored before.
    """

    received: list[Inbound] = field(default_factory=list)
    held: asyncio.Event | None = None
    is_away: bool = False
    doubled: Callable[[Inbound], None] | None = None

    async def receive(self, inbound: Inbound) -> Reply | None:
        if self.is_away:
            await asyncio.sleep(0)
            raise StoreDown("away")
        if self.doubled and inbound.delivery_id in {one.delivery_id for one in self.received}:
            self.doubled(inbound)
            return None
        self.received.append(inbound)
        if self.held:
            await self.held.wait()
        return None

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        return Reply(("look",), (), NOT_YET, 0, locale)

    async def take_over(self, channel: str, user_id: str, code: str) -> Reply | None:
        if self.is_away:
            raise StoreDown("away")
        return Reply((code,), (), NOT_YET, 0, "zh_TW")


@dataclass
class World:
    """A guard around a conversation, with everything in memory."""

    inner: Inner = field(default_factory=Inner)
    seconds: Seconds = field(default_factory=Seconds)
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: MemoryClock = field(default_factory=MemoryClock)
    meter: Meter = field(default_factory=Meter)
    most: int = 500
    sent: int = 0

    def __post_init__(self) -> None:
        slow = SlowDown(
            self.store, PlainVault(), BareVoice(), self.clock, lambda locale: f"slowly 113 {locale}"
        )
        self.limits = make_limits(20, 40, clock=self.seconds)
        self.limiter = Limiter(
            self.inner,
            self.limits,
            needed=find_needed(Ear(parse_flow(TINY, "tiny.toml"), ALARMS), ("zh_TW",)),
            tell=slow.tell,
            count=self.meter.count,
            most=self.most,
            clock=self.seconds,
        )

    async def say(self, what: Input, user_id: str = "U-her", **changes: object) -> Reply | None:
        self.sent += 1
        to = Address(user_id, "token")
        inbound = Inbound("line", user_id, f"event-{self.sent}", what, reply_to=to)
        return await self.limiter.receive(replace(inbound, **changes))  # type: ignore[arg-type]

    async def flood(self, number: int, what: Input | None = None) -> None:
        for _ in range(number):
            await self.say(what or Typed("嗨"))

    async def bring(self, number: int, **changes: object) -> bool:
        """Deliver message `number` as a channel does. False: the channel hears 503 and keeps it."""
        try:
            await self.say(Typed("嗨"), **{"delivery_id": f"kept-{number}", **changes})
        except StoreDown:
            return False
        return True

    async def hold(self, number: int) -> list[asyncio.Task[Reply | None]]:
        """Let so many people wait in the conversation."""
        tasks = [asyncio.create_task(self.say(Started(), f"U{one}")) for one in range(number)]
        await asyncio.sleep(0)
        return tasks

    async def let_go(self, waiting: list[asyncio.Task[Reply | None]]) -> None:
        """Let them through, and whoever comes after them."""
        assert self.inner.held is not None
        self.inner.held.set()
        await asyncio.gather(*waiting)

    def pass_by(self, seconds: float) -> None:
        self.seconds.now += seconds
        self.clock.pass_by(seconds=seconds)

    @property
    def letters(self) -> list[str]:
        return [reply.bubbles[0] for _, _, _, reply in self.store.rows.queued]


@pytest.fixture
def world() -> World:
    return World()


async def test_forty_at_once_are_heard_and_the_next_is_not(world: World) -> None:
    """T14: what is over the limit reaches nothing and is not stored; its person is told, with a human's number."""
    await world.flood(41)
    assert len(world.inner.received) == 40
    assert world.letters == ["slowly 113 zh_TW"]
    assert world.store.rows.sessions == {}
    assert world.meter.read() == dict.fromkeys(MEANINGS, 0) | {"limited": 1, "slowed": 1}


async def test_ten_thousand_in_a_minute_cost_one_transaction_a_minute(world: World) -> None:
    """T14: the flooder gets forty and twenty more, one line a minute, and the database hears of nothing else."""
    for _ in range(10_000):
        await world.say(Typed("嗨"))
        world.pass_by(0.006)
    assert 58 <= len(world.inner.received) <= 60
    assert 1 <= world.store.begun <= 2
    assert len(world.letters) == world.store.begun
    await world.say(Typed("嗨"), "U-somebody-else")
    assert world.inner.received[-1].user_id == "U-somebody-else"


async def test_the_line_comes_once_a_minute(world: World) -> None:
    await world.flood(100)
    world.pass_by(59)
    await world.flood(100)
    assert len(world.letters) == 1
    world.pass_by(2)
    await world.flood(100)
    assert len(world.letters) == 2


async def test_replicas_say_it_once_between_them(world: World) -> None:
    """Each counts for itself, and the database knows that the line was said in this minute."""
    other = World(store=world.store, clock=world.clock)
    await world.flood(41)
    await other.flood(41)
    assert world.letters == ["slowly 113 zh_TW"]


@pytest.mark.parametrize("text", ["他要殺我", "我好想死", f"{'很長' * 500}他要殺我"])
async def test_words_of_danger_are_heard_over_the_limit(world: World, text: str) -> None:
    """T14: an alarm is never dropped for being one message too many."""
    await world.flood(60)
    await world.say(Typed(text))
    assert world.inner.received[-1].what == Typed(text)
    assert world.meter.read()["pressing"] == 1


@pytest.mark.parametrize("what", [Unsent(), Left()])
async def test_what_somebody_takes_back_is_taken_back(world: World, what: Input) -> None:
    """To erase is a right, and there is no line to answer it with."""
    await world.flood(60)
    await world.say(what, reply_to=None)
    assert world.inner.received[-1].what == what


async def test_who_left_is_never_dropped(world: World) -> None:
    """T14: alarms use up nothing of it; on the page it is not counted, and a channel brings it again."""
    await world.flood(500, Typed("想死"))
    await world.say(Left(), reply_to=None)
    assert world.inner.received[-1].what == Left()
    for _ in range(39):
        await world.say(Left(), reply_to=None)
    with pytest.raises(StoreDown):
        await world.say(Left(), reply_to=None)
    before = len(world.inner.received)
    for _ in range(100):
        await world.say(Left(), channel="web", reply_to=None)
    assert len(world.inner.received) == before + 100
    assert world.meter.read()["later"] == 1


@pytest.mark.parametrize(
    "what",
    [
        Typed("真人"),
        Typed("Help！"),
        Typed("刪除"),
        Tapped(ChoiceId("human"), VisitId("v"), 3),
        Tapped(ChoiceId("erase"), VisitId("v"), 3),
    ],
)
async def test_a_human_and_the_erasure_are_heard_over_the_limit(world: World, what: Input) -> None:
    """T14: by word or by button, ten times; then somebody floods with these."""
    await world.flood(500, Typed("想死"))
    before = len(world.inner.received)
    await world.flood(30, what)
    assert [one.what for one in world.inner.received[before:]] == [what] * 10


@pytest.mark.parametrize(
    "what", [Typed("上一步"), Tapped(ChoiceId("on"), VisitId("v"), 3), Typed("真人" * 3_000)]
)
async def test_other_buttons_are_not(world: World, what: Input) -> None:
    await world.flood(40)
    await world.flood(1, what)
    assert len(world.inner.received) == 40


async def test_an_alarm_in_every_message_is_no_way_around(world: World) -> None:
    """As many again are heard, each of them answered with the numbers; the rest is told the human route."""
    await world.flood(500, Typed("想死"))
    assert len(world.inner.received) == 80
    assert world.letters == ["slowly 113 zh_TW"]


async def test_listening_is_bounded_too(world: World) -> None:
    """Whoever floods with the longest texts is not searched without end; the line names the human route."""
    await world.flood(40)
    heard = 0

    class Counting:
        def is_alarm(self, _: str) -> bool:
            nonlocal heard
            heard += 1
            return False

        def is_way_out(self, _: Input) -> bool:
            return False

    world.limiter._needed = Counting()  # type: ignore[assignment]
    await world.flood(200, Typed("啊" * 5_000))
    assert heard == 12


async def test_the_page_is_told_and_loses_nothing(world: World) -> None:
    """Without a reply address the page itself says it, and what was typed stays in its box."""
    for number in range(40):
        await world.say(Typed("嗨"), channel="web", reply_to=None, delivery_id=str(number))
    with pytest.raises(TooOften):
        await world.say(Typed("嗨"), channel="web", reply_to=None)
    assert world.letters == []


async def test_while_the_database_is_away_nobody_hears_that_something_was_taken(world: World) -> None:
    """T14, R6: a hundred messages, each brought five times: never a yes; when it is back all are stored, each once."""
    world.inner.doubled = world.limits.forgive
    world.inner.is_away = True
    with world.store.out():
        for _ in range(5):
            told = await asyncio.gather(*(world.bring(number) for number in range(100)))
            assert not any(told), "told as stored, while nothing can be stored"
            world.pass_by(10)
    world.inner.is_away = False
    waiting = set(range(100))
    for _ in range(10):
        waiting -= {number for number in sorted(waiting) if await world.bring(number)}
        world.pass_by(30)
    assert not waiting
    assert sorted(one.delivery_id for one in world.inner.received) == sorted(f"kept-{n}" for n in range(100))
    assert world.letters == []


async def test_an_outage_costs_its_people_nothing(world: World) -> None:
    """R6: forty can be sent at once after it, as before it; codes too."""
    world.inner.is_away = True
    for number in range(500):
        assert not await world.bring(number % 12)
        with suppress(StoreDown):
            await world.limiter.take_over("line", "U-her", "ABCDE-FGH23")
    world.inner.is_away = False
    await world.flood(40)
    assert len(world.inner.received) == 40


async def test_an_outage_is_no_way_around(world: World) -> None:
    """T14: of a flood in an outage two hundred come again and are let in as fast as anybody; the rest is dropped."""
    world.inner.is_away = True
    with world.store.out():
        for number in range(2_000):
            assert not await world.bring(number)
    world.inner.is_away = False
    answers = [await world.bring(number) for number in range(2_000)]
    assert len(world.inner.received) == 40
    assert answers.count(False) == 160
    world.pass_by(61)
    assert sum([await world.bring(number) for number in range(40, 200)]) == 20


async def test_the_line_that_could_not_be_stored_is_no_yes(world: World) -> None:
    """R6: over the limit, in an outage, several at once: each of them hears that it comes again, and the line comes later."""
    await world.flood(40)
    with world.store.out():
        assert not any(await asyncio.gather(*(world.bring(number) for number in range(20))))
    await world.flood(5)
    assert len(world.letters) == 1
    world.pass_by(60)
    assert all([await world.bring(number) for number in range(20)])
    assert len(world.inner.received) == 60


async def test_who_is_crowded_out_pays_nothing() -> None:
    """R12: the channel sends it again; forty times crowded out is nothing said."""
    world = World(inner=Inner(held=asyncio.Event()), most=1)
    first = asyncio.create_task(world.say(Started(), "U-somebody"))
    await asyncio.sleep(0)
    assert not any([await world.bring(number) for number in range(100)])
    assert world.inner.held is not None
    world.inner.held.set()
    await first
    assert all([await world.bring(number) for number in range(40)])
    assert len(world.inner.received) == 41


@pytest.mark.parametrize("unread", [True, False])
async def test_what_a_crowd_turned_away_is_not_dropped_when_it_comes_again(unread: bool) -> None:
    """Sixty messages of one person come again at once: forty are taken, and the others are told to come once more."""
    world = World(inner=Inner(held=asyncio.Event()), most=1)
    first = await world.hold(1)
    for number in range(60):
        assert world.limiter.turns_away() if unread else not await world.bring(number)
    await world.let_go(first)
    assert [await world.bring(number) for number in range(60)] == [True] * 40 + [False] * 20
    world.pass_by(60)
    assert [await world.bring(number) for number in range(40, 60)] == [True] * 20
    assert world.meter.read()["limited"] == 0


async def test_long_after_a_crowd_too_much_is_dropped_again() -> None:
    """Nothing is owed for ever because somebody was turned away once."""
    world = World(inner=Inner(held=asyncio.Event()), most=1)
    first = await world.hold(1)
    assert world.limiter.turns_away()
    await world.let_go(first)
    world.pass_by(3_601)
    assert all([await world.bring(number) for number in range(60)])
    assert world.meter.read()["limited"] == 20


async def test_what_is_stored_already_costs_nothing_when_it_comes_again(world: World) -> None:
    """R6: a channel that brings a stored message a hundred times uses up nobody's words; the page's own repeats do."""
    world.inner.doubled = hear_doubled(world.limits, lambda _: None)
    for _ in range(100):
        assert await world.bring(1)
    await world.flood(39)
    assert len(world.inner.received) == 40
    for _ in range(40):
        await world.bring(2, channel="web", reply_to=None)
    with pytest.raises(TooOften):
        await world.bring(2, channel="web", reply_to=None)


async def test_too_many_in_hand_are_sent_elsewhere() -> None:
    """Back-pressure: 503 at once instead of a heap of waiting work; when there is room again, they are taken."""
    world = World(inner=Inner(held=asyncio.Event()), most=10)
    waiting = await world.hold(10)
    assert world.limiter.is_busy
    with pytest.raises(StoreDown):
        async with asyncio.timeout(30):  # else it would wait with the others
            await world.say(Started(), "U-late")
    await world.let_go(waiting)
    assert not world.limiter.is_busy
    await world.say(Started(), "U-late")
    assert world.meter.read()["crowded"] == 1


async def test_who_would_come_too_late_is_turned_away_unread() -> None:
    """Whoever carries messages asks first: what is refused must cost next to nothing, and it is counted."""
    world = World(inner=Inner(held=asyncio.Event()))
    waiting = await world.hold(16)
    assert (world.limiter.turns_away(), world.limiter.is_busy) == (False, False)
    world.pass_by(0.61)
    assert (world.limiter.turns_away(), world.limiter.is_busy) == (True, True)
    assert not await world.bring(1)
    await world.let_go(waiting)
    assert not world.limiter.turns_away()
    assert await world.bring(1)
    assert world.meter.read()["crowded"] == 2


async def test_one_who_floods_shuts_nobody_out() -> None:
    """R12: of one person one message is in the conversation, and the others wait for it; somebody else passes them."""
    world = World(inner=Inner(held=asyncio.Event()))
    flooding = [asyncio.create_task(world.bring(number)) for number in range(60)]
    await asyncio.sleep(0)
    world.pass_by(5)
    assert (world.limiter.turns_away(), world.limiter.is_busy) == (False, False)
    await world.let_go(await world.hold(1))
    assert all(await asyncio.gather(*flooding))
    assert [one.user_id for one in world.inner.received].index("U0") <= 1
    assert (world.meter.read()["crowded"], world.meter.read()["limited"]) == (0, 20)


async def test_what_waits_too_long_for_its_own_person_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs them nothing, and it is not dropped when it comes."""
    monkeypatch.setattr("bot.limits._TURN_WITHIN_S", 0.01)
    world = World(inner=Inner(held=asyncio.Event()))
    first = asyncio.create_task(world.bring(0))
    await asyncio.sleep(0)
    assert [await world.bring(number) for number in range(1, 50)] == [False] * 49
    await world.let_go([first])
    assert all([await world.bring(number) for number in range(1, 40)])
    assert world.meter.read()["limited"] == 0


async def test_who_leaves_the_page_waits_for_none_of_their_messages() -> None:
    """The exit is carried out at once, however much they had sent before."""
    world = World(inner=Inner(held=asyncio.Event()))
    sent = [asyncio.create_task(world.say(Started(), channel="web")) for _ in range(10)]
    await asyncio.sleep(0)
    leaving = asyncio.create_task(world.say(Left(), channel="web", reply_to=None))
    await asyncio.sleep(0)
    await world.let_go([*sent, leaving])
    assert [type(one.what) for one in world.inner.received].index(Left) <= 1


async def test_what_is_over_the_limit_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """R12: it only waits until the person is told, which may take long; whoever floods must not fill all places so."""
    told = asyncio.Event()

    async def wait(_: Inbound) -> None:
        await told.wait()

    world = World(most=50)
    monkeypatch.setattr(world.limiter, "_tell", wait)
    await world.flood(40)
    over = [asyncio.create_task(world.bring(number)) for number in range(200)]
    await asyncio.sleep(0)
    assert not world.limiter.turns_away()
    told.set()
    assert all(await asyncio.gather(*over))


async def test_looking_is_not_counted_and_trying_codes_is(world: World) -> None:
    """A code is guessed by taking it over, again and again."""
    for _ in range(100):
        assert (await world.limiter.look("web", "U-her", locale="")).bubbles == ("look",)
    for _ in range(40):
        await world.limiter.take_over("web", "U-her", "ABCDE-FGH23")
    with pytest.raises(TooOften):
        await world.limiter.take_over("web", "U-her", "ABCDE-FGH23")


async def test_a_fault_in_saying_so_costs_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_: Inbound) -> None:
        raise RuntimeError("canary")

    world.limiter._tell = fail
    await world.flood(41)
    assert [record.getMessage() for record in caplog.records] == ["slow_down_failed"]
