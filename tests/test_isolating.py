"""What makes us fail: tried again at once, then told to its person, kept without a word of it, and never in the way."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from bot.core.inputs import Input, Left, Started, Typed
from bot.core.model import NOT_YET
from bot.core.reply import Reply
from bot.core.shape import MAX_SHAPE_CHARS, draw_shape
from bot.errors import ChannelError, StoreDown, TooOften
from bot.isolating import Isolation, Patience
from bot.limits import Buckets
from bot.meter import Meter
from bot.ports import Address, Inbound, Poison
from tests.fakes.memory_store import BareVoice, MemoryClock, MemoryStore, PlainVault, ScriptedSender

SECRET = "小美 0912345678"


@dataclass
class Inner:
    """Fails as often as there are faults, then takes it."""

    faults: list[Exception] = field(default_factory=list)
    taken: list[Inbound] = field(default_factory=list)
    tried: int = 0

    async def attempt(self, inbound: Inbound) -> Reply | None:
        self.tried += 1
        if self.faults:
            raise self.faults.pop(0)
        self.taken.append(inbound)
        return None

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        raise NotImplementedError

    async def take_over(self, channel: str, user_id: str, code: str) -> Reply | None:
        raise NotImplementedError


class BrokenStore(MemoryStore):
    """A store whose transactions meet a bug of ours, not an outage, while `fault` is set."""

    fault: Exception | None = None

    def transaction(self):
        if self.fault:
            raise self.fault
        return super().transaction()


@dataclass
class Records:
    """A quarantine in memory; `fault` breaks it."""

    kept: list[Poison] = field(default_factory=list)
    fault: Exception | None = None

    async def keep(self, poison: Poison, now: datetime) -> None:
        if self.fault:
            raise self.fault
        self.kept.append(poison)


@dataclass
class World:
    inner: Inner = field(default_factory=Inner)
    store: BrokenStore = field(default_factory=BrokenStore)
    sender: ScriptedSender = field(default_factory=ScriptedSender)
    records: Records = field(default_factory=Records)
    meter: Meter = field(default_factory=Meter)
    pauses: list[float] = field(default_factory=list)
    tries: Buckets | None = None

    def __post_init__(self) -> None:
        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)

        self.isolation = Isolation(
            self.inner,
            store=self.store,
            vault=PlainVault(),  # type: ignore[arg-type]  # names people; the rest is not needed
            voice=BareVoice(),
            clock=MemoryClock(),
            sorries={one: Reply((f"sorry 113 {one}",), (), NOT_YET, 0, one) for one in ("zh_TW", "en")},
            senders={"line": self.sender},
            quarantine=self.records,  # type: ignore[arg-type]  # it only keeps
            patience=Patience(sleep=sleep, tries=self.tries),
            count=self.meter.count,
        )

    async def say(self, what: Input | None = None, **changes: object) -> Reply | None:
        inbound = Inbound(
            "line", "U-her", "event-1", what or Typed(SECRET), reply_to=Address("U-her", "token")
        )
        return await self.isolation.receive(replace(inbound, **changes))  # type: ignore[arg-type]

    @property
    def letters(self) -> list[str]:
        return [reply.bubbles[0] for _, _, _, reply in self.store.rows.queued]


@pytest.fixture
def world() -> World:
    return World()


def bug() -> Exception:
    return KeyError(f"a bug that repeats {SECRET}")


async def test_a_fault_that_passes_is_not_even_seen(world: World) -> None:
    """T15: five tries with growing pauses, all of them within the time that LINE waits."""
    world.inner.faults = [bug() for _ in range(4)]
    await world.say()
    assert (len(world.inner.taken), world.letters, world.records.kept) == (1, [], [])
    assert len(world.pauses) == 4
    assert sum(world.pauses) < 1.0


async def test_a_fault_that_stays_is_told_at_once_and_kept_without_words(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """T15: an apology with the human route, an incident, a record of where and of the shape; the next is heard."""
    world.inner.faults = [bug() for _ in range(5)]
    await world.say(locale="en")
    assert (world.inner.tried, world.letters) == (5, ["sorry 113 en"])
    (poison,) = world.records.kept
    assert (poison.channel, poison.kind, poison.fault) == ("line", "typed", "KeyError")
    assert poison.place.startswith("test_isolating.py:")
    assert poison.shape == "xx_0000000000"
    assert SECRET not in caplog.text
    assert [record.getMessage() for record in caplog.records] == ["turn_failed"]
    await world.say(delivery_id="event-2")
    assert len(world.inner.taken) == 1


async def test_the_same_event_again_gives_no_second_apology(world: World) -> None:
    for _ in range(2):
        world.inner.faults = [bug() for _ in range(5)]
        await world.say()
    assert world.letters == ["sorry 113 zh_TW"]


async def test_an_event_answered_meanwhile_gets_no_apology(world: World) -> None:
    """Another replica was faster: one answer to one event."""
    world.inner.faults = [bug() for _ in range(5)]
    world.store.rows.claimed.add(("line", "event-1"))
    await world.say()
    assert world.letters == []


async def test_an_incident_names_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Type, place and id, in every field of the record; nothing of what was written, or of who wrote it."""
    caplog.set_level(logging.DEBUG)
    world.inner.faults = [bug() for _ in range(5)]
    await world.say()
    (record,) = caplog.records
    fields = vars(record)
    assert (fields["fault"], fields["channel"]) == ("KeyError", "line")
    assert fields["incident"]
    assert not any(secret in repr(fields) for secret in (SECRET, "小美", "0912345678", "U-her", "token"))


async def test_when_everything_fails_nobody_is_tried_five_times() -> None:
    """A bad release must not make each message cost five: the further tries of the whole process are bounded."""
    world = World(tries=Buckets(10, 10, clock=lambda: 0.0))
    for number in range(20):
        world.inner.faults = [bug() for _ in range(5)]
        await world.say(delivery_id=f"event-{number}")
    assert world.inner.tried == 20 + 10
    assert len(world.letters) == 20


@pytest.mark.parametrize("fault", [StoreDown("away"), TooOften("messages")])
async def test_what_is_no_fault_passes_through(world: World, fault: Exception) -> None:
    world.inner.faults = [fault]
    with pytest.raises(type(fault)):
        await world.say()
    assert (world.inner.tried, world.letters, world.records.kept) == (1, [], [])


async def test_where_nothing_can_be_stored_it_is_said_directly(world: World) -> None:
    """T15: the outbox fails too, so the channel carries the apology; the event counts as handled if that can be noted."""
    world.inner.faults = [bug() for _ in range(5)]
    world.store.fault = bug()

    async def say_and_mend(address: Address, reply: Reply, *, done: int = 0) -> tuple[str, ...]:
        world.store.fault = None
        world.sender.delivered.append(reply.bubbles[0])
        return ()

    world.sender.deliver = say_and_mend  # type: ignore[method-assign]
    await world.say()
    assert world.sender.delivered == ["sorry 113 zh_TW"]
    assert ("line", "event-1") in world.store.rows.claimed
    assert world.meter.read()["told_directly"] == 1


async def test_who_cannot_be_told_at_all_is_asked_for_again_five_times(world: World) -> None:
    """T15: nothing works; the channel is told to send it again, and not for ever."""
    world.store.fault = bug()
    world.sender.script = [ChannelError("out", permanent=False) for _ in range(5)]
    for _ in range(4):
        world.inner.faults = [bug() for _ in range(5)]
        with pytest.raises(KeyError):
            await world.say()
    world.inner.faults = [bug() for _ in range(5)]
    await world.say()
    assert world.meter.read()["given_up"] == 1
    assert len(world.records.kept) == 1


async def test_an_outage_while_apologising_is_an_outage(world: World) -> None:
    world.inner.faults = [bug() for _ in range(5)]
    world.store.down = True
    with pytest.raises(StoreDown):
        await world.say()


async def test_a_broken_quarantine_changes_nothing_for_her(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.inner.faults = [bug() for _ in range(5)]
    world.records.fault = RuntimeError("canary")
    await world.say()
    assert world.letters == ["sorry 113 zh_TW"]
    assert [record.getMessage() for record in caplog.records] == ["turn_failed", "quarantine_failed"]


async def test_what_could_not_even_be_read_is_told(world: World) -> None:
    """T15, at the decoding: its fault comes with the event, and it is not taken for something that she did."""
    await world.say(Started(), fault=bug())
    assert (world.inner.tried, world.letters) == (0, ["sorry 113 zh_TW"])


async def test_a_page_gets_the_apology_back(world: World) -> None:
    world.inner.faults = [bug() for _ in range(5)]
    reply = await world.say(channel="web", reply_to=None)
    assert reply is not None
    assert reply.bubbles == ("sorry 113 zh_TW",)


async def test_who_left_is_asked_for_again(world: World) -> None:
    """There is nobody to tell, and what they told must go: the channel sends it again."""
    world.inner.faults = [bug() for _ in range(5)]
    with pytest.raises(KeyError):
        await world.say(Left(), reply_to=None)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Abc 12", "Aaa_00"),
        ("小美，住A1樓", "xx.xA0x"),
        ("a\u202eb\x00\ud800", "a<202E>a<0000><D800>"),
        ("é́\u0301", "amm"),
        ("👩‍👧", "*<200D>*"),
        ("①²½", "000"),
        ("王\ue863住", "xPx"),  # a surname in private use, as Taiwan's older systems write them
        ("น้ำใจ", "xmxxx"),
        ("กี่", "xmm"),
        (unicodedata.normalize("NFD", "Nguyễn Thị"), "Aaaaamma_Aaam"),
        ("\U000e0068\U000e0069\U000e007f", "TTT"),
        ("葛\U000e0101", "xm"),  # a variant of a name's character
        ("a\u200c\u200d\ufeff\u2067\u00ad", "a<200C><200D><FEFF><2067>f"),
        ("a\u2028b", "a|a"),
        ("a" + "\u0301" * 12, "a" + "m" * 12),
        ("", ""),
    ],
)
def test_a_shape_tells_kinds_and_no_words(text: str, shape: str) -> None:
    assert draw_shape(text) == shape


def test_no_shape_is_long_or_says_a_letter_or_a_digit() -> None:
    """Whatever characters there are: of letters and digits nothing but their kind is left, in ASCII."""
    drawn: Callable[[str], str] = draw_shape
    assert len(drawn("\u202e" * 10_000)) == MAX_SHAPE_CHARS
    for start in range(0, 0x11000, 997):
        shape = drawn("".join(map(chr, range(start, start + 997))))
        assert shape.isascii()
    assert set(drawn("ABCXYZabcxyz0123456789小美臺灣")) <= set("Aa0x")


def test_no_shape_names_a_character_that_words_are_written_with() -> None:
    """T15: nor one that this Python does not know: some surnames stand in private use or in a newer Unicode."""
    assert draw_shape("王\U00031350") in {"x?", "xx"}  # CJK Extension H; the second where Python knows it
    looked_at = (*range(0x3000), *range(0xA000, 0x12000), *range(0xE0000, 0xE0200))
    kept = [chr(code) for code in looked_at if draw_shape(chr(code)).startswith("<")]
    assert {unicodedata.category(char) for char in kept} == {"Cc", "Cs", "Cf"}
    assert sum(unicodedata.category(char) == "Cf" for char in kept) == 15
