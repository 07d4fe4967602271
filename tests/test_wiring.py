"""The composition root: what each program is built of, and what stops its start."""

from __future__ import annotations

import asyncio
import ctypes
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from bot import programs
from bot.core.events import Said
from bot.core.model import VisitId
from bot.errors import ConfigError
from bot.limiting import Limiter
from bot.pack import find_data, load_pack
from bot.settings import Settings
from bot.wiring.checking import check_folder
from bot.wiring.common import (
    build_engine,
    build_speaker,
    new_token,
    new_visit,
    prepare,
    refuse_nameless,
    utc_now,
)
from bot.wiring.front import open_front
from bot.wiring.office import describe_demo_login, open_office, read_demo_password
from bot.wiring.soundness import refuse_faulty


def make(tmp_path: Path, **more: object) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "var", **more)  # type: ignore[call-arg,arg-type]


async def prepared(tmp_path: Path, **more: object) -> Settings:
    settings = make(tmp_path, **more)
    await asyncio.to_thread(prepare, settings)
    return settings


async def test_both_channels_are_wired_when_their_settings_are_there(tmp_path: Path) -> None:
    """And have no route when they are not."""
    secrets = {
        "line_channel_secret": "s", "line_channel_access_token": "t",
        "telegram_bot_token": "1:x", "telegram_webhook_secret": "w" * 43,
    }  # fmt: skip
    settings = await prepared(tmp_path, **secrets)
    for chosen, expected in ((settings, 403), (make(tmp_path), 404)):
        async with open_front(chosen) as front:
            transport = httpx.ASGITransport(front.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
                for channel in ("line", "telegram"):
                    assert (await client.post(f"/{channel}/webhook")).status_code == expected


async def test_only_what_comes_again_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R12: a channel brings it again; a page is told more than a number, and a channel that is off has no door."""
    settings = await prepared(tmp_path, line_channel_secret="s", line_channel_access_token="t")
    addresses = (b"/line/webhook", b"/telegram/webhook", b"/chat", b"/chat/turn", b"/healthz")
    async with open_front(settings) as front:
        assert [front.refusing.refuses(address) for address in addresses] == [False] * 5
        monkeypatch.setattr(Limiter, "turns_away", lambda _: True)
        assert [front.refusing.refuses(address) for address in addresses] == [
            True,
            False,
            False,
            False,
            False,
        ]


async def test_who_is_refused_with_everybody_reads_the_numbers_in_every_language(tmp_path: Path) -> None:
    """Nobody has looked at what they asked for, so nobody knows their language."""
    async with open_front(await prepared(tmp_path)) as front:
        said = [one.split("\n") for one in front.refusing.words.split("\n\n")]
    assert said[0][1].startswith("系統暫時打不開")
    assert said[0][2:] == ["113 24 小時保護專線", "110 有立即危險"]
    assert len({one[1] for one in said}) == len({one[2] for one in said}) == 6
    assert all(one[0].startswith("示範 DEMO") for one in said[:1])
    assert all((one[2][:4], one[3][:4]) == ("113 ", "110 ") for one in said)


async def test_places_are_kept_for_channels_and_for_who_leaves(tmp_path: Path) -> None:
    """SECURITY T14: an exit is not refused; what is refused with everybody is counted and carries the page's own headers."""
    settings = await prepared(tmp_path, line_channel_secret="s", line_channel_access_token="t")
    async with open_front(settings) as front:
        refusing = front.refusing
    assert refusing.urgent == {b"/line/webhook", b"/chat/leave"}
    assert refusing.headers["x-robots-tag"].startswith("noindex")


def test_a_system_without_the_call_that_gives_memory_back_is_served_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another C library, or none of that name."""
    programs._give_back_memory()
    asked: list[str] = []

    def find_none(name: str) -> object:
        asked.append(name)
        raise OSError("no such library")

    monkeypatch.setattr(ctypes, "CDLL", find_none)
    programs._give_back_memory()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    programs._give_back_memory()
    assert asked == ["libc.so.6"]


async def test_the_office_shows_the_service_and_no_superseded_number(tmp_path: Path) -> None:
    """Counts, recipients, languages and the directory, for whoever signs in with the printed login."""
    settings = await prepared(tmp_path)
    assert read_demo_password(settings) in describe_demo_login(settings)
    async with open_office(settings) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=settings.office_origin) as client:
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/")).status_code == 303


async def test_production_does_not_open_without_a_name(tmp_path: Path) -> None:
    """People are told who runs the service."""
    pack = load_pack()
    with pytest.raises(ConfigError, match=r"flows/operator\.toml"):
        refuse_nameless(replace(pack, operator=""))
    refuse_nameless(replace(pack, operator="某某單位"))


def test_names_are_random_and_short_enough():
    """A visit travels in every button; a token is 256 bits."""
    assert len({new_visit() for _ in range(1000)}) == 1000
    assert len(new_visit()) == 8
    assert len(new_token()) == 43
    assert utc_now().tzinfo is not None


def test_data_that_cannot_be_read_is_an_issue_not_a_crash(tmp_path: Path):
    """`flow check` prints it like any other fault."""
    (issue,) = check_folder(utc_now().date(), flows=tmp_path)
    assert issue.severity == "error"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:///relative.sqlite3",
        "sqlite+aiosqlite:///:memory:",
        "postgresql+asyncpg://x:y@h:port/db",
    ],
)
def test_an_odd_database_is_refused_before_anything_is_made(tmp_path: Path, url: str):
    """One line that names the setting."""
    with pytest.raises(ConfigError, match="FRONTDOOR_DATABASE_URL"):
        prepare(make(tmp_path, database_url=url))
    assert not (tmp_path / "var").exists()


def test_a_database_that_does_not_answer_stops_the_start(tmp_path: Path):
    """With the setting's name and what to look at."""
    with pytest.raises(ConfigError, match="FRONTDOOR_DATABASE_URL"):
        prepare(make(tmp_path, database_url="postgresql+asyncpg://nobody@127.0.0.1:1/none"))


def test_the_office_needs_no_root_key(tmp_path: Path):
    """Its machine must not have it; it refuses the demo's all the same."""
    settings = make(tmp_path, env="production", public_url="https://chat.example.org")
    prepare(settings, needs_root=False)
    with pytest.raises(ConfigError, match=r"root\.key"):
        prepare(settings)


def test_a_folder_is_no_database(tmp_path: Path):
    """Said in one line, before a driver trips over it."""
    with pytest.raises(ConfigError, match="is no file"):
        prepare(make(tmp_path, database_url=f"sqlite+aiosqlite:///{tmp_path}"))


def test_faulty_data_does_not_start_and_overdue_data_does(tmp_path: Path):
    """A fault must not meet a person first; a service must not vanish because a date has passed."""
    refuse_faulty(date(2026, 11, 20))
    refuse_faulty(date(2040, 1, 1))
    with pytest.raises(ConfigError, match="flow check"):
        refuse_faulty(date(2026, 11, 20), flows=tmp_path)


def test_data_that_was_sound_today_is_not_judged_again_until_it_changes(tmp_path: Path):
    """A program that was stopped is back at once, and a changed word is judged before anybody reads it."""
    flows, remember = tmp_path / "flows", tmp_path / "sound-data"
    shutil.copytree(find_data("flows"), flows)
    refuse_faulty(date(2026, 11, 20), flows=flows, remember=remember)
    first = remember.read_text()
    refuse_faulty(date(2026, 11, 20), flows=flows, remember=remember)
    assert remember.read_text() == first
    (flows / "operator.toml").write_text("name = [", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"operator\.toml"):
        refuse_faulty(date(2026, 11, 20), flows=flows, remember=remember)


def test_what_cannot_be_remembered_is_judged_again(tmp_path: Path):
    """A folder in its place, or a full disk, stops nobody."""
    (tmp_path / "sound-data").mkdir()
    refuse_faulty(date(2026, 11, 20), remember=tmp_path / "sound-data")


def test_when_everything_is_overdue_every_ending_still_names_a_number():
    """Fallbacks lead to 110, once and not three times."""
    pack = load_pack()
    speaker, engine = build_speaker(pack), build_engine(pack)
    session = engine.begin(VisitId("v"), "zh_TW", utc_now())
    for state in pack.flow.states.values():
        if state.ends or state.id == "human":
            reply = speaker.render(Said(state.id), session, datetime(2040, 1, 1, tzinfo=UTC))
            assert any("110" in bubble for bubble in reply.bubbles), state.id
            assert all(bubble.count("110 警察") <= 1 for bubble in reply.bubbles), reply.bubbles
            assert not any("02-6605-7373" in bubble for bubble in reply.bubbles)
