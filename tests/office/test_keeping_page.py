"""What is erased when: sums for everybody who may see the list, each handoff only for whoever has their vault open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.desk.clock_mark import MARK, ClockMark
from tests.office.world import World, open_world, read_text

DAY = timedelta(days=1)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Four handoffs, one for each sum."""
    async with open_world(tmp_path) as opened:
        now = opened.clock()
        for ago in (85 * DAY, 65 * DAY, 40 * DAY):
            opened.clock.now = now - ago
            await opened.parts.handoffs.mark_opened(await opened.send(), opened.clock())
        opened.clock.now = now
        await opened.send()
        yield opened


async def list_ids(world: World) -> list[str]:
    return [one.id for one in await world.parts.handoffs.list_handoffs()]


async def test_who_may_open_sees_each_one(world: World) -> None:
    await world.hire("林社工", "list", "open")
    page = (await (await world.sign_in("林社工")).get("/keeping")).text
    assert all(f'href="/handoffs/{id_}"' in page for id_ in await list_ids(world))
    assert (
        "Not seen by anybody 1 Erased within 7 days 1 Erased in 8 to 30 days 1 Erased later 1"
        in read_text(page)
    )


async def test_a_locked_vault_shows_sums_and_a_way_to_unlock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SECURITY §5: a locked desk shows only counts and ages."""
    await world.hire("林社工", "list", "open")
    monkeypatch.setattr(world.parts.vaults, "_free", ())
    page = (await (await world.sign_in("林社工")).get("/keeping")).text
    assert not [id_ for id_ in await list_ids(world) if id_[:8] in page]
    assert "Erased within 7 days 1" in read_text(page)
    assert 'href="/vault?to=/keeping"' in page


async def test_who_may_not_open_sees_sums_alone(world: World) -> None:
    """T6: the auditor has no vault, and none that would help."""
    await world.hire("稽核", "list", "audit")
    page = (await (await world.sign_in("稽核")).get("/keeping")).text
    assert not [id_ for id_ in await list_ids(world) if id_[:8] in page]
    assert "Your account sees counts only" in page
    assert "/vault" not in page


async def test_a_clock_that_may_have_jumped_is_told_of(world: World) -> None:
    """R18: nothing is erased then, and the page says what is to be done; so does one whose mark cannot be read."""
    await world.hire("稽核", "list", "audit")
    browser = await world.sign_in("稽核")
    assert "the clock may be wrong" not in (await browser.get("/keeping")).text
    file = world.parts.data_dir / MARK
    file.parent.mkdir(parents=True, exist_ok=True)
    ClockMark(file).put(world.clock() - 5 * DAY)
    assert "--even-so" in (await browser.get("/keeping")).text
    ClockMark(file).put(world.clock())
    assert "--even-so" not in (await browser.get("/keeping")).text
    file.write_text("x", "ascii")
    assert "the clock may be wrong" in (await browser.get("/keeping")).text


async def test_what_waits_to_be_read_is_said_to(world: World) -> None:
    """R29: a request that nobody read keeps what would be erased."""
    await world.hire("林社工", "list", "open")
    await world.ask((await list_ids(world))[0], "correct", "換電話了")
    page = read_text((await (await world.sign_in("林社工")).get("/keeping")).text)
    assert "Nobody has read what its person asked for" in page
    assert "Not seen by anybody 2 Erased within 7 days 0" in page
