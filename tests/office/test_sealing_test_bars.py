"""T10: what the newest test handoff tells stands on the pages of whoever can do something about it, in both languages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.envelope import TEST_TEXT, name_test
from bot.keys import create_signer
from bot.ports import SealingTest
from bot.proving import Proving
from bot.settings import Settings
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.sealing_tests import AddedSealingTests
from bot.wiring.common import utc_now
from bot.wiring.office import open_office
from bot.wiring.talking import build_sealer
from tests.keys.folders import new_key
from tests.office.locked_world import WORDS, LockedWorld, open_locked_world
from tests.office.world import Browser, World, read_text

HOUR = timedelta(hours=1)
LATE = "No test handoff for 3 hours"
DIFFERS = "The public host seals to other keys than this list"
ODD = "The newest test handoff is not what it says it is"
UNOPENED = "The key of a recipient does not open the newest test handoff"
UNSOUND = "The list of recipients on this host cannot be read, so test handoffs are compared with nothing"
BARS = (LATE, DIFFERS, ODD, UNOPENED, UNSOUND)


@dataclass
class Public:
    """The public side: it seals to the files of the folder, and puts in."""

    world: World
    settings: Settings

    async def prove(self) -> None:
        """Send the test of this hour, and let the office look."""
        await self._store(lambda rows: Proving(build_sealer(self.settings), rows, self.world.clock).prove())

    async def lie(self, told: Sequence[str]) -> None:
        """Send one that names other recipients than it is sealed to."""
        hour = self.world.clock().replace(minute=0, second=0, microsecond=0)
        sealed = build_sealer(self.settings).seal(TEST_TEXT, purpose="test", name=name_test(told), at=hour)
        await self._store(lambda rows: rows.add(SealingTest(hour, tuple(told), sealed)))

    async def _store(self, work: object) -> None:
        database = Database(make_engine(self.settings.database, public=True))
        await work(AddedSealingTests(database))  # type: ignore[operator]  # one of those above
        await database.close()
        await self.world.parts.sealing_tests.look()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[LockedWorld]:
    async with open_locked_world(tmp_path) as opened:
        await opened.hire("林社工", "list", "open")
        await opened.hire("王管理", "accounts")
        await opened.sign_in("林社工")
        await opened.fill("林社工")
        await opened.parts.sealing_tests.look()
        yield opened


@pytest.fixture
def public(world: LockedWorld) -> Public:
    return Public(world, world.settings)


async def bars_of(browser: Browser, path: str = "/queue", tongue: str = "en") -> list[str]:
    answer = await browser.get(f"{path}?lang={tongue}")
    assert answer.status_code == 200  # who is not signed in any more sees no bar
    page = read_text(answer.text)
    return [bar for bar in BARS if bar in page]


def swap_recipient(world: World, name: str) -> None:
    """Put another key in a recipient's file, as somebody who is root on the public host can."""
    (world.settings.data_dir / "recipients.d" / f"{name}.pub").write_text(f"{new_key()}\n")


async def test_while_all_is_well_nothing_is_said(world: LockedWorld, public: Public) -> None:
    """T10: before the first test, with one, and when its member is there."""
    lin, wang = await world.sign_in("林社工"), await world.sign_in("王管理")
    assert await bars_of(lin) == []
    await public.prove()
    await lin.post("/vault/unlock", {"words": WORDS})
    for browser, path in ((lin, "/queue"), (lin, "/vault"), (wang, "/keys")):
        assert await bars_of(browser, path) == []


async def test_one_that_is_too_old_is_said_to_all_who_can_do_something(
    world: LockedWorld, public: Public
) -> None:
    """T10: also while every vault is closed, in calm words, with how many hours it is."""
    await public.prove()
    world.clock.pass_by(3 * HOUR)
    lin, wang = await world.sign_in("林社工"), await world.sign_in("王管理")
    for browser, path in ((lin, "/queue"), (lin, "/vault"), (wang, "/keys")):
        assert await bars_of(browser, path) == [LATE]
    assert "is the public program running, does it have its keys" in read_text((await lin.get("/queue")).text)
    assert "已經 3 小時沒有測試轉介進來" in (await lin.get("/queue?lang=zh")).text
    await public.prove()
    assert await bars_of(lin) == []


async def test_swapped_recipients_are_said_though_nobody_wrote(world: LockedWorld, public: Public) -> None:
    """T10: by the very bar that a handoff raises; the folder is swapped, and the desk's own list put back."""
    folder = world.settings.data_dir / "recipients.d" / "recovery.pub"
    ours = folder.read_text()
    swap_recipient(world, "recovery")
    await public.prove()
    folder.write_text(ours)
    lin = await world.sign_in("林社工")
    assert await bars_of(lin) == [DIFFERS]
    world.clock.pass_by(HOUR)
    await public.prove()
    assert await bars_of(await world.sign_in("林社工")) == []


async def test_a_second_host_that_was_swapped_is_said_beside_one_that_is_well(
    world: LockedWorld, public: Public
) -> None:
    """T10: one that leaves a recipient out; of the same hour, and of the hour before while the other is ahead."""
    third = world.settings.data_dir / "recipients.d" / "third.pub"
    third.write_text(ours := f"{new_key()}\n")
    await public.prove()
    create_signer(world.settings.data_dir, "front", world.clock(), renew=True)
    third.unlink()
    await public.prove()
    third.write_text(ours)
    lin = await world.sign_in("林社工")
    assert await bars_of(lin) == [DIFFERS]
    create_signer(world.settings.data_dir, "front", world.clock(), renew=True)
    world.clock.pass_by(HOUR)
    await public.prove()
    assert await bars_of(await world.sign_in("林社工")) == [DIFFERS]


async def test_the_test_of_one_host_excuses_no_handoff_of_another(world: LockedWorld, public: Public) -> None:
    """T10: what a handoff told stands until every host has sent a newer test."""
    third, key = (world.settings.data_dir / name for name in ("recipients.d/third.pub", "keys/sign.key"))
    third.write_text(ours := f"{new_key()}\n")
    first = key.read_bytes()
    await public.prove()
    third.unlink()
    await world.send()
    third.write_text(ours)
    create_signer(world.settings.data_dir, "front", world.clock(), renew=True)
    second, told = key.read_bytes(), []
    for sign_key, hours in ((second, 0), (second, 1), (first, 0)):
        key.write_bytes(sign_key)
        world.clock.pass_by(hours * HOUR)
        await public.prove()
        lin = await world.sign_in("林社工")
        await lin.post("/vault/unlock", {"words": WORDS})
        await lin.get("/queue")
        told.append(await bars_of(lin))
    assert told == [[DIFFERS], [DIFFERS], []]


async def test_a_list_that_cannot_be_read_is_said_beside_what_needs_none(
    world: LockedWorld, public: Public
) -> None:
    """T10: nothing is compared then, and that one comes no more is said all the same."""
    await public.prove()
    (world.settings.data_dir / "recipients.d" / "odd.pub").write_text("no key\n")
    world.clock.pass_by(3 * HOUR)
    lin, wang = await world.sign_in("林社工"), await world.sign_in("王管理")
    for browser, path in ((lin, "/queue"), (wang, "/keys")):
        assert await bars_of(browser, path) == [LATE, UNSOUND]
    assert "收件人名單讀不出來" in (await lin.get("/queue?lang=zh")).text


async def test_one_that_somebody_else_signed_is_said(world: LockedWorld, public: Public) -> None:
    """T10: a signing key that was renewed and not carried, or nobody of ours."""
    await public.prove()
    (signer,) = (world.settings.data_dir / "signers.d").glob("front*.pub")
    signer.unlink()
    await world.parts.sealing_tests.look()
    assert await bars_of(await world.sign_in("王管理"), "/keys") == [ODD]


async def test_a_public_host_that_lies_is_said_once_who_holds_the_key_is_there(
    world: LockedWorld, public: Public
) -> None:
    """T10: it names the right recipients and seals to another key; a closed vault cannot know, an open one does."""
    told = sorted(build_sealer(world.settings).list_fingerprints())
    folder = world.settings.data_dir / "recipients.d" / "desk.pub"
    ours = folder.read_text()
    swap_recipient(world, "desk")
    await public.lie(told)
    folder.write_text(ours)
    lin, wang = await world.sign_in("林社工"), await world.sign_in("王管理")
    assert await bars_of(lin) == []
    await lin.post("/vault/unlock", {"words": WORDS})
    assert await bars_of(lin) == [UNOPENED]
    assert await bars_of(wang, "/keys") == [UNOPENED]
    assert "最新的測試轉介" in (await lin.get("/queue?lang=zh")).text
    assert [act for act in world.log.acts if act == "opened"] == []


async def test_trying_it_is_no_use_of_a_vault(world: LockedWorld, public: Public) -> None:
    """T10: a page that looks again by itself keeps nothing open."""
    await public.prove()
    lin = await world.sign_in("林社工")
    await lin.post("/vault/unlock", {"words": WORDS})
    for _ in range(4):
        world.clock.pass_by(timedelta(minutes=4))
        await lin.get("/queue?quiet=1")
    assert world.parts.vaults.state(world.accounts["林社工"], lin.seat) == "locked"


async def test_the_real_office_looks_by_itself(
    world: LockedWorld, public: Public, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: from its start on, with nobody signed in; by the time of the host."""
    world.clock.now = utc_now()
    create_signer(world.settings.data_dir, "front", world.clock(), renew=True)
    for path in (world.settings.data_dir / "signers.d").glob("front*.pub"):
        path.unlink()
    await public.prove()
    caplog.clear()
    async with open_office(world.settings), asyncio.timeout(60):
        while "sealing_test_wrong" not in caplog.messages:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
