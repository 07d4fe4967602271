"""The judge itself: each kind of harm, done on purpose, is found and called by its name."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.line_messages import encode
from bot.core.model import StateId
from bot.crypto import RootVault
from bot.ports import Stored
from tests.chaos.clean import Clean, Past
from tests.chaos.fleet import ORIGIN, Fleet
from tests.chaos.ledger import Ledger, open_ledger
from tests.chaos.post import Line, Post
from tests.chaos.stage import _stand_before_sending
from tests.chaos.verdict import Verdict, judge
from tests.chaos.walker import Scene, Walker
from tests.end_to_end.service import load_pack_once

VAULT = RootVault(b"c" * 32)


class SilentPost(Post):
    """Acknowledges everything and delivers nothing: the events go straight to the clean run."""

    async def deliver(self, *events: dict[str, Any]) -> bool:
        self.taken_ids += [event["webhookEventId"] for event in events]
        return True


@pytest.fixture(scope="module")
def clean() -> Clean:
    return Clean(load_pack_once(), VAULT, ORIGIN)


@pytest.fixture
def scene(clean: Clean) -> Iterator[Scene]:
    line = Line(random.Random(1))
    post = SilentPost(line, lambda: "", None, random.Random(1))  # type: ignore[arg-type]
    yield Scene(line, post, clean, time.monotonic, patience_s=0.01)
    line._socket.close()


@pytest.fixture
async def ledger(sqlite_url: str) -> AsyncIterator[Ledger]:
    async with open_ledger(sqlite_url, VAULT) as ledger:
        yield ledger


@pytest.fixture
def walker(scene: Scene) -> Walker:
    return Walker("U" + "1" * 32, scene, random.Random(1))


def answer(walker: Walker, past: Past, clean: Clean) -> list[dict[str, Any]]:
    """Write the reply that the question of a past would be."""
    assert past.stored
    said = clean.engine.look(past.stored.session, datetime.now(UTC)).get_said()
    assert said
    return encode(clean.speaker.render(said, past.stored.session, datetime.now(UTC), channel="line"))


async def be_somewhere(walker: Walker, ledger: Ledger, steps: int) -> Stored:
    """Walk a few steps as the program would: each event taken once, its reply seen, all of it stored."""
    session = _stand_before_sending(walker.scene.clean)
    session = replace(session, visit="abcd1234", seen_at=datetime.now(UTC), sent_at=datetime.now(UTC))  # type: ignore[arg-type]
    walker.pasts = [Past(Stored(session, 1))]
    for _ in range(steps):
        await walker.do(walker.write("嗯"), waits=False)
    past = walker.pasts[0]
    assert past.stored
    await keep(ledger, walker, past.stored)
    await claim_all(ledger, walker)
    return past.stored


async def keep(ledger: Ledger, walker: Walker, stored: Stored) -> None:
    """Store a session under that version."""
    person = VAULT.person_key("line", walker.user_id)
    for version in range(stored.version):
        async with ledger.store.transaction() as tx:
            await tx.save_session(person, stored.session, expected_version=version or None)


async def claim_all(ledger: Ledger, walker: Walker) -> None:
    async with ledger.store.transaction() as tx:
        for event_id in walker.scene.post.taken_ids:
            await tx.claim("line", event_id, datetime.now(UTC))


async def judged(walker: Walker, ledger: Ledger, tmp_path: Path) -> Verdict:
    fleet = Fleet(tmp_path, {}, None, None)  # type: ignore[arg-type]
    return await judge([walker], ledger, walker.scene.post, fleet)


async def test_a_clean_run_is_found_clean(walker: Walker, ledger: Ledger, tmp_path: Path) -> None:
    """Else everything below would prove nothing."""
    await be_somewhere(walker, ledger, 3)
    assert (await judged(walker, ledger, tmp_path)).counts() == Verdict().counts()


async def test_an_acknowledged_event_that_is_not_stored_is_lost(
    walker: Walker, ledger: Ledger, tmp_path: Path
) -> None:
    """R1: 200 is a promise."""
    await be_somewhere(walker, ledger, 1)
    walker.scene.post.taken_ids.append("01NEVERSTORED")
    assert (await judged(walker, ledger, tmp_path)).lost == 1


@pytest.mark.parametrize(("by", "found"), [(-1, "lost"), (1, "doubled")])
async def test_a_turn_too_few_or_too_many_is_found(
    walker: Walker, ledger: Ledger, tmp_path: Path, by: int, found: str
) -> None:
    """R1, T13: each event moves a conversation once."""
    stored = await be_somewhere(walker, ledger, 0)
    walker.pasts = [Past(replace(stored, version=2 - by))]
    person = VAULT.person_key("line", walker.user_id)
    async with ledger.store.transaction() as tx:
        await tx.save_session(person, stored.session, expected_version=1)
    assert (await judged(walker, ledger, tmp_path)).counts()[found] == 1


async def test_a_conversation_at_the_wrong_place_is_stale(
    walker: Walker, ledger: Ledger, tmp_path: Path
) -> None:
    """R5: as many turns as there should be, and one of them was overwritten."""
    stored = await be_somewhere(walker, ledger, 0)
    elsewhere = replace(stored.session, state=StateId("start"))
    walker.pasts = [Past(replace(stored, session=elsewhere))]
    assert (await judged(walker, ledger, tmp_path)).stale == 1


async def test_a_reply_that_comes_twice_is_doubled(
    walker: Walker, ledger: Ledger, tmp_path: Path, clean: Clean
) -> None:
    """R1: one doubled message frightens."""
    await be_somewhere(walker, ledger, 0)
    await walker.do(walker.make("follow", follow={"isUnblocked": False}), waits=False)
    past = walker.pasts[0]
    messages = answer(walker, past, clean)
    walker.hear(messages)
    assert walker.is_answered
    walker.hear(messages)
    assert (await judged(walker, ledger, tmp_path)).doubled >= 1


async def test_a_reply_that_nobody_should_see_is_a_stray(
    walker: Walker, ledger: Ledger, tmp_path: Path, clean: Clean
) -> None:
    """The words of another place."""
    stored = await be_somewhere(walker, ledger, 0)
    lost = Past(replace(stored, session=replace(stored.session, state=StateId("who"), turn=2)))
    walker.hear(answer(walker, lost, clean))
    assert (await judged(walker, ledger, tmp_path)).strayed == 1


async def test_a_receipt_without_its_handoff_is_found(walker: Walker, ledger: Ledger, tmp_path: Path) -> None:
    """R8: nobody is told that it is sent unless it is stored."""
    await be_somewhere(walker, ledger, 0)
    walker.receipts.append("ABCD-EFGH-JKMN")
    assert (await judged(walker, ledger, tmp_path)).false_receipts == 1


async def test_a_form_that_is_not_there_is_lost(walker: Walker, ledger: Ledger, tmp_path: Path) -> None:
    """R8: as many handoffs as were sent."""
    await be_somewhere(walker, ledger, 0)
    walker.pasts = [replace(past, submits=1) for past in walker.pasts]
    assert (await judged(walker, ledger, tmp_path)).lost == 1


async def test_whoever_hears_nothing_twice_is_unanswered(
    walker: Walker, ledger: Ledger, tmp_path: Path
) -> None:
    """R1: left alone is the worst that can happen."""
    from tests.chaos.stage import Cast, Stage

    await be_somewhere(walker, ledger, 1)
    await claim_all(ledger, walker)
    scene = walker.scene
    stage = Stage(scene.line, None, ledger, scene.post, scene, scene.clean, random.Random(1), Cast())  # type: ignore[arg-type]
    stage.walkers.append(walker)
    await asyncio.wait_for(stage.ask_again(), 30)
    assert (await judged(walker, ledger, tmp_path)).unanswered == 1


async def test_a_session_that_nobody_can_open_is_damage(
    walker: Walker, ledger: Ledger, tmp_path: Path
) -> None:
    """Half an erasure, or half a save."""
    from sqlalchemy import text

    await be_somewhere(walker, ledger, 0)
    await ledger.database.write(lambda conn: conn.run(text("DELETE FROM erasable_key")))
    assert (await judged(walker, ledger, tmp_path)).damage == 1


@pytest.mark.parametrize("event", ["turn_failed", "worker_failed"])
async def test_a_fault_of_ours_in_the_log_is_found(
    walker: Walker, ledger: Ledger, tmp_path: Path, event: str
) -> None:
    """What nobody saw may still have been a bug."""
    (tmp_path / "serve.log").write_text(f'{{"event": "{event}", "incident": "1"}}\n')
    assert (await judged(walker, ledger, tmp_path)).incidents == 1


async def test_somebody_of_whom_too_much_is_possible_is_counted_apart(
    walker: Walker, ledger: Ledger, tmp_path: Path
) -> None:
    """What fits no past that was kept may fit one that was dropped: neither a finding nor clean."""
    stored = await be_somewhere(walker, ledger, 1)
    walker.pasts = [Past(replace(stored, version=stored.version + 1))]
    assert not (await judged(walker, ledger, tmp_path)).is_clean
    walker.is_cut = True
    verdict = await judged(walker, ledger, tmp_path)
    assert (verdict.is_clean, verdict.unjudged) == (True, 1)


async def test_nobody_passes_a_gate_that_was_closed_again_before_they_got_through(walker: Walker) -> None:
    """Else it would not be known by whose clock they were taken."""
    walker.scene.gate.clear()
    doing = asyncio.create_task(walker.do(walker.make("follow", follow={"isUnblocked": False}), waits=False))
    await asyncio.sleep(0)
    walker.scene.gate.set()
    walker.scene.gate.clear()
    for _ in range(5):
        await asyncio.sleep(0)
    assert walker.events == 0
    walker.scene.gate.set()
    await doing
    assert walker.events == 1
