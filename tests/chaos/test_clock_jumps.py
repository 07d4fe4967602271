"""R18: the program's clock jumps fifty times; nothing outlives its time, and nothing goes sooner than the jump was long."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.core.model import PersonKey
from bot.store.sql import SESSION_TTL, open_store
from tests.store.cast import VAULT, a_session

JUMPS = 50
#: How often the worker sweeps, with room; the bound of R18 is a minute.
MINUTE = timedelta(minutes=1)
SPANS_S = (2, 45, 600, 3600, 6 * 3600)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@dataclass
class WrongClock:
    """The time, and by how much the program's clock is wrong."""

    true: datetime = NOON
    wrong_by: timedelta = timedelta(0)
    furthest_ahead: timedelta = timedelta(0)
    furthest_back: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return self.true + self.wrong_by

    def jump(self, span: timedelta) -> None:
        self.wrong_by += span
        self.furthest_ahead = max(self.furthest_ahead, self.wrong_by)
        self.furthest_back = min(self.furthest_back, self.wrong_by)

    def set_right(self) -> None:
        self.wrong_by = timedelta(0)

    @property
    def slack(self) -> timedelta:
        """How much sooner than in true time something may seem to be over."""
        return self.furthest_ahead - self.furthest_back


async def test_nothing_outlives_its_time_and_nothing_goes_sooner_than_the_jump(database_url: str) -> None:
    """Sessions end 24 h after the last message by the clock that the program had; once it is right again, within a minute."""
    seed = secrets.randbelow(10**6)
    dice, clock = random.Random(seed), WrongClock()
    store = open_store(database_url, VAULT, clock=clock)
    spoke_at: dict[PersonKey, datetime] = {}
    for number in range(JUMPS):
        person = PersonKey(f"{number:064x}")
        async with store.transaction() as tx:
            session = replace(a_session(), seen_at=clock())
            await tx.save_session(person, session, expected_version=None)
        spoke_at[person] = clock.true
        clock.jump(timedelta(seconds=dice.choice((-1, 1)) * dice.choice(SPANS_S)))
        clock.true += MINUTE * dice.randint(1, 20)
        await store.sweep(clock())
        if abs(clock.wrong_by) > timedelta(hours=8):
            clock.set_right()
        for one, at in spoke_at.items():
            is_gone = await store.look(one) is None
            if is_gone:
                assert clock.true - at >= SESSION_TTL - clock.slack, f"seed {seed}: gone too soon"
    clock.set_right()
    clock.true = max(spoke_at.values()) + SESSION_TTL + clock.furthest_ahead + MINUTE
    await store.sweep(clock())
    assert [one for one in spoke_at if await store.look(one) is not None] == [], f"seed {seed}"
    await store.close()
