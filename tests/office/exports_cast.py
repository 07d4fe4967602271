"""What tests of exports from the screen share."""

from __future__ import annotations

from sqlalchemy import text

from bot.store.engine import for_writing, make_engine
from tests.office.world import Browser, World


async def make(browser: Browser, ids: list[str], fmt: str = "csv", reason: str = "duty") -> None:
    """Begin an export, as the form does it."""
    answer = await browser.post("/exports", {"id": ids, "format": fmt, "reason": reason})
    assert (answer.status_code, answer.headers["location"]) == (303, "/exports/progress")


async def list_opened(world: World) -> set[str]:
    """The handoffs that somebody has opened, or taken out to take care."""
    return {one.id for one in await world.parts.handoffs.list_handoffs() if one.opened_at}


async def list_acts(world: World) -> list[str]:
    """What the audit log says was done, in order."""
    return [one.act for one in await world.parts.log.read()]


async def spoil(world: World, handoff_id: str) -> None:
    """Break a seal, behind everybody's back."""
    engine = make_engine(world.settings.database)
    async with for_writing(engine).begin() as conn:
        await conn.execute(
            text("UPDATE handoff SET signature = :bad WHERE id = :id"), {"bad": b"x" * 64, "id": handoff_id}
        )
    await engine.dispose()
