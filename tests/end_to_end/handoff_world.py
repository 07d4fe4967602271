"""One program for many tests of what people send, what they write there, and how they agree to it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot import taking, worker
from bot.commands import handoffs
from tests.end_to_end.handoff_people import (
    empty_handoffs,
    get_status,
    read_receipt,
)
from tests.end_to_end.people import World, open_world
from tests.end_to_end.service import load_pack_once
from tests.front import filling

STORY = "有人把我的照片放到群組，\n我還沒有跟家裡說。"
#: Enough to be sent from the page.
BRIEFLY: dict[str, dict[str, str | list[str]]] = {
    "who": {"name": "林小雨", "birth": "34", "phone_mobile": "0912345678"},
    "more": {},
    "what": {"story": STORY},
}


@pytest.fixture(scope="module")
def in_a_hurry() -> Iterator[None]:
    """
    Both SDKs honour proxy variables, and the fakes are on this machine. Nobody here writes in one breath, for which
    others would have to wait; and the desk's commands read the same data each time.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1")
        patch.setattr(taking, "GATHER", timedelta(milliseconds=20))
        patch.setattr(worker, "_GATHERED_S", 0.03)
        patch.setattr(handoffs, "load_pack", load_pack_once)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_world(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, in_a_hurry: None
) -> AsyncIterator[World]:
    """One program for all of these tests: to start and to stop it takes longer than most of them."""
    folder = tmp_path_factory.mktemp("world")
    path = shutil.copy(_sqlite_template, folder / "frontdoor.sqlite3")
    async with open_world(folder, f"sqlite+aiosqlite:///{path}") as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def world(shared_world: World) -> World:
    """The program, when nobody has sent anything yet."""
    await empty_handoffs(shared_world)
    return shared_world


def word(name: str) -> str:
    """Return a word of the page."""
    return load_pack_once().words[name]


async def agree(visitor: filling.Person, *uses: str) -> str:
    """Tick what is needed and these, send, and read the receipt off the page."""
    await visitor.press("next")
    assert visitor.step == "consent"
    visitor.fill(*(("u", use) for use in ("contact", "special", *uses)))
    await visitor.press("send")
    assert get_status(visitor) == 200
    assert word("form_sent_head") in visitor.paper.said
    return read_receipt(visitor.paper.said)
