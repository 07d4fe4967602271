"""
People who chat with a runner over a real database, and a worker that delivers when a test lets it.

The flow is the tiny one with what people ask for in their own way: a code to go on elsewhere, and
their messages taken back. Time stands still unless somebody listens.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

from bot.core.engine import Engine
from bot.core.hear import Ear
from bot.core.inputs import Edited, Input, SentMedia, Started, Tapped, Typed, Unsent
from bot.core.model import ChoiceId, Flow, PersonKey, Session, VisitId
from bot.core.parse import parse_flow
from bot.core.reply import Reply
from bot.crypto import RootVault
from bot.ports import Address, Inbound, Letter
from bot.runner import Runner
from bot.store.sql import SqlStore
from bot.wiring.common import new_code
from tests.core.cast import TINY, TINY_ALARMS
from tests.fakes.handing import make_handing
from tests.fakes.memory_store import BareVoice, MemoryClock

VAULT = RootVault(bytes(range(32)))
_ROLES = 'wiped = "wiped"\nwiped_partly = "wiped_partly"\nerased = "erased"\n'
_MORE = """
[[ways_out]]
id = "more"
label = "更多"
kind = "overlay"
to = "more"
words = ["more"]
[states.more]
title = "more"
overlay = true
say = ["還有這些。"]
choices = [
  { id = "moving", label = "換地方", kind = "move", to = "moving" },
  { id = "wipe", label = "都刪", kind = "wipe" },
  { id = "forget", label = "忘了我", kind = "erase" },
  { id = "speak", label = "英文", kind = "return", locale = "en" },
  { id = "return", label = "回去", kind = "return" },
]
[states.moving]
title = "moving"
overlay = true
say = ["這是代碼。"]
choices = [
  { id = "another", label = "再一組", kind = "move", to = "moving" },
  { id = "return", label = "回去", kind = "return" },
]
[states.wiped]
title = "wiped"
say = ["收掉了。"]
[states.wiped_partly]
title = "wiped partly"
say = ["有些還在。"]
"""
#: A reply token lives so long.
TOKEN_LIVES = timedelta(seconds=50)


def a_flow() -> Flow:
    """The tiny flow with more to ask for."""
    return parse_flow(TINY.replace('erased = "erased"\n', _ROLES, 1) + _MORE, "tiny.toml")


@dataclass
class ChatWorld:
    """One program over one database; `delivered` is every letter that left it."""

    store: SqlStore
    clock: MemoryClock
    voice: BareVoice = field(default_factory=BareVoice)
    delivered: list[Letter] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _visits: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        flow = a_flow()
        engine = Engine(flow, Ear(flow, TINY_ALARMS))
        self.runner = Runner(
            engine=engine,
            store=self.store,
            vault=VAULT,
            voice=self.voice,
            clock=self.clock,
            new_visit=lambda: f"visit-{next(self._visits)}",
            new_code=new_code,
            handing=make_handing(engine),
        )

    def number(self) -> int:
        """A number that nobody else has, greater than those before."""
        return next(self._numbers)

    async def take_in_hand(self) -> list[Letter]:
        """Let a worker begin to send what is due in a second."""
        self.clock.pass_by(seconds=1)
        return list(await self.store.claim_due(self.clock(), 64))

    async def deliver(self) -> list[Letter]:
        """Deliver what is due, letter after letter, as a channel that counts its messages would."""
        left: list[Letter] = []
        while letters := await self.store.claim_due(self.clock(), 64):
            for letter in letters:
                message_ids = (str(self.number()),) if letter.channel == "telegram" else ()
                await self.store.mark_sent(letter, message_ids)
            left.extend(letters)
        self.delivered.extend(left)
        return left


@dataclass
class Chatter:
    """One person in one chat. What is sent without listening in between is sent in one breath."""

    world: ChatWorld
    user_id: str = "U-her"
    channel: str = "line"
    locale: str = ""

    @property
    def person(self) -> PersonKey:
        return VAULT.person_key(self.channel, self.user_id)

    async def find_session(self) -> Session | None:
        stored = await self.world.store.look(self.person)
        return stored.session if stored else None

    async def get_session(self) -> Session:
        found = await self.find_session()
        assert found is not None
        return found

    async def send(self, what: Input, **changes: object) -> Reply | None:
        """Deliver one event of theirs; each is a new one unless its id is given."""
        number = self.world.number()
        is_message = isinstance(what, Typed | SentMedia | Started)
        counts = self.channel == "telegram" and is_message
        inbound = Inbound(
            channel=self.channel,
            user_id=self.user_id,
            delivery_id=f"event-{number}",
            what=what,
            sent_at=self.world.clock(),
            locale=self.locale,
            reply_to=self._address(number) if self.channel != "web" else None,
            message_id=str(number) if is_message else "",
            order=number if counts else None,
        )
        return await self.world.runner.attempt(replace(inbound, **changes))  # type: ignore[arg-type]

    async def type(self, text: str, **changes: object) -> Reply | None:
        return await self.send(Typed(text), **changes)

    async def show(self, **changes: object) -> Reply | None:
        return await self.send(SentMedia("image"), **changes)

    async def edit(self, message_id: str, text: str) -> Reply | None:
        return await self.send(Edited(text), message_id=message_id)

    async def unsend(self, message_id: str) -> Reply | None:
        return await self.send(Unsent(), message_id=message_id, reply_to=None)

    async def tap(self, button: str, **changes: object) -> Reply | None:
        """Press a button of the question that stands now."""
        return await self.send(await self.draw(button), **changes)

    async def draw(self, button: str) -> Tapped:
        """The button as it hangs under the question that stands now."""
        session = await self.get_session()
        return Tapped(ChoiceId(button), VisitId(session.visit), session.turn)

    async def start(self) -> None:
        """Open the chat and read the first question."""
        await self.send(Started())
        await self.listen()

    async def listen(self) -> list[str]:
        """Wait for what is said, and return it; then read it for ten seconds."""
        self.world.clock.pass_by(seconds=2)
        heard = [one.reply.bubbles[0] for one in await self.world.deliver() if one.person == self.person]
        self.world.clock.pass_by(seconds=10)
        return heard

    async def take_over(self, code: str) -> Reply | None:
        """Use a code on the page."""
        return await self.world.runner.take_over(self.channel, self.user_id, code)

    async def get_code(self) -> str:
        """Ask for a code; in a chat it comes with the last letter, on the page at once."""
        await self.send(Typed("more"))
        await self.listen()
        shown = await self.tap("moving")
        told = shown.bubbles if shown else await self.listen()
        return told[0].split()[-1]

    def _address(self, number: int) -> Address:
        if self.channel == "telegram":
            return Address(self.user_id)
        return Address(self.user_id, f"token-{number}", self.world.clock() + TOKEN_LIVES)
