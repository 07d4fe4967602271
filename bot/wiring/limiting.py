"""What stands around the conversation: limits before it, and isolation of what makes it fail."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping

from bot.core.engine import Engine
from bot.core.hear import Ear
from bot.core.needed import Needed, find_needed
from bot.crypto import RootVault
from bot.front.gate import Gate, make_budgets
from bot.front.puzzle import Puzzles
from bot.isolating import MOST_TRIES_A_MINUTE, Isolation, Patience
from bot.limiting import Limiter, Limits
from bot.limits import Buckets
from bot.pack import Pack
from bot.ports import Inbound, Sender
from bot.runner import Runner
from bot.settings import Settings
from bot.slowing import SlowDown
from bot.store.sql import SqlStore
from bot.voice.speaker import Speaker
from bot.wiring.common import utc_now

#: Told of what is dropped, held back or fails: one short word of ours each. It must not wait and must not raise.
Count = Callable[[str], None]
#: Under this name the key of the puzzles is derived; no channel has it.
_PUZZLES = "puzzles of the web page"


def count_nothing(_what: str) -> None:
    """Nobody counts."""


def find_pressing(pack: Pack) -> Needed:
    """Find what is never dropped for being too many."""
    return find_needed(Ear(pack.flow, pack.alarms, pack.catalogs.translate), pack.catalogs.locales)


def hear_doubled(limits: Limits, count: Callable[[str], None]) -> Callable[[Inbound], None]:
    """Return what is told of an input that had been taken before: it is counted, and costs its person nothing."""

    def hear(inbound: Inbound) -> None:
        count(inbound.channel)
        limits.forgive(inbound)

    return hear


def build_limiter(
    limits: Limits,
    pack: Pack,
    *,
    needed: Needed,
    runner: Runner,
    engine: Engine,
    store: SqlStore,
    vault: RootVault,
    speaker: Speaker,
    senders: Mapping[str, Sender],
    count: Count = count_nothing,
) -> Limiter:
    """Build the conversation as the public program asks it."""
    isolation = Isolation(
        runner,
        store=store,
        vault=vault,
        voice=speaker,
        clock=utc_now,
        sorries={locale: speaker.sorry(locale) for locale in pack.catalogs.locales},
        senders=senders,
        quarantine=store.quarantine,
        patience=Patience(tries=Buckets(MOST_TRIES_A_MINUTE, MOST_TRIES_A_MINUTE)),
        count=count,
    )
    slow_down = SlowDown(
        store, vault, speaker, utc_now, lambda locale: speaker.words(locale)["too_fast"], engine
    )
    return Limiter(
        isolation,
        limits,
        needed=needed,
        tell=slow_down.tell,
        count=count,
    )


def build_gate(
    settings: Settings, vault: RootVault, limiter: Limiter, *, needed: Needed, count: Count = count_nothing
) -> Gate:
    """Build what bounds the web page. Every replica of one root asks the same puzzles."""
    secret = hashlib.sha256(vault.event_key(_PUZZLES, "1").encode()).digest()
    puzzles = Puzzles(secret, time.time)
    return Gate(
        make_budgets(settings.source_per_minute),
        puzzles,
        needed=needed,
        is_busy=lambda: limiter.is_busy,
        count=count,
    )
