"""`frontdoor line setup` and `frontdoor line check` as an operator runs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands import line as line_commands
from bot.commands import tree
from bot.errors import BotError, ConfigError
from bot.pack import Pack, load_pack
from bot.settings import Settings
from tests.fakes.line_server import FakeLineServer

Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture(scope="module")
def pack() -> Pack:
    loaded = load_pack()
    return replace(loaded, words={"menu_bar": "選單", **loaded.words})


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Pack) -> None:
    """No settings of the developer."""
    monkeypatch.chdir(tmp_path)
    for one in Settings.model_fields.values():
        monkeypatch.delenv(str(one.alias), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(line_commands, "load_pack", lambda: pack)


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeLineServer]:
    async with FakeLineServer() as server:
        monkeypatch.setenv("LINE_CHANNEL_SECRET", server.channel_secret)
        monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", server.access_token)
        monkeypatch.setenv("LINE_API_BASE", server.base_url)
        monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", "https://chat.example.org")
        yield server


async def run(*args: str) -> tuple[int, str]:
    """Run a command beside the fake; a refusal is raised, as `main` would print it."""
    result = await asyncio.to_thread(CliRunner().invoke, tree.app, ["line", *args])
    if isinstance(result.exception, BotError):
        raise result.exception
    return result.exit_code, result.output


async def test_set_up_then_check(line: FakeLineServer, pack: Pack):
    """Every change has its line, the second run none; then all is well, and DEMO is said."""
    code, told = await run("setup")
    assert code == 0
    assert "DEMO" in told
    assert "done: set the webhook address to https://chat.example.org/line/webhook" in told
    assert set(line.aliases) == {f"frontdoor-{locale.lower()}" for locale in pack.catalogs.locales}

    assert "nothing to change" in (await run("setup"))[1]
    code, told = await run("check")

    assert code == 0
    assert "ok   webhook" in told
    assert "NOTE nobody can read these" in told


async def test_a_dry_run_changes_nothing(line: FakeLineServer):
    code, told = await run("setup", "--dry-run")

    assert code == 0
    assert "would make the menu zh_TW" in told
    assert line.writes == []


async def test_a_check_that_finds_something_fails(line: FakeLineServer):
    """With `--test` LINE calls us too."""
    line.console.trial = {"success": False, "statusCode": 0, "reason": "COULD_NOT_CONNECT"}
    line.console.endpoint = "https://chat.example.org/line/webhook"

    code, told = await run("check", "--test")

    assert code == 1
    assert "MEND run `frontdoor line setup`" in told
    assert "MEND webhook call by LINE: COULD_NOT_CONNECT" in told


async def test_a_picture_with_other_words_is_told(
    line: FakeLineServer, pack: Pack, monkeypatch: pytest.MonkeyPatch
):
    """Somebody reworded a button, or a language has come that nobody drew."""
    pictures = dict(line_commands.read_pictures())
    monkeypatch.setattr(
        line_commands, "read_pictures", lambda: {"zh_TW": pictures["en"], "xx": pictures["en"]}
    )

    _, set_up = await run("setup")
    code, checked = await run("check")

    assert code == 1
    for told, level in ((set_up, "note:"), (checked, "WARN")):
        assert f"{level} menus: the picture zh_TW shows other words" in told
        assert f"{level} menus: en has no picture" in told
    assert set(line.aliases) == {"frontdoor-zh_tw"}


async def test_without_pictures_nothing_is_begun(line: FakeLineServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(line_commands, "read_pictures", dict)

    with pytest.raises(ConfigError, match="install the package again"):
        await run("setup")
    assert line.requests == []


@pytest.mark.parametrize("command", ["setup", "check"])
@pytest.mark.parametrize(
    ("origin", "says"),
    [
        ("", "LINE sends to https addresses only"),
        ("http://chat.example.org", "LINE sends to https addresses only"),
        (f"https://{'a' * 490}.org", "over 500 characters"),
    ],
)
async def test_an_address_that_line_would_not_take_is_refused(
    line: FakeLineServer, monkeypatch: pytest.MonkeyPatch, command: str, origin: str, says: str
):
    """Before anything is asked."""
    monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", origin)

    with pytest.raises(ConfigError, match=says):
        await run(command)
    assert line.requests == []


async def test_line_must_be_on():
    with pytest.raises(ConfigError, match="LINE is off"):
        await run("setup")


async def test_the_group_shows_its_help():
    """An operator finds out what a command does without running it."""
    _, told = await run()
    assert "setup" in told
    assert "check" in told
    for name in ("setup", "check"):
        assert (await run(name, "--help"))[0] == 0
