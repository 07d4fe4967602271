"""`frontdoor quarantine`: where the program failed, the shape of it, and never what somebody wrote."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands.quarantine import drop_records, list_records, show_record
from bot.commands.tree import app
from bot.core.shape import draw_shape
from bot.crypto import RootVault
from bot.keys import read_root
from bot.ports import Poison
from bot.settings import Settings
from bot.store.sql import open_store
from bot.wiring.common import prepare, utc_now

SECRET = "小美 0912345678"


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    """A demo with two records."""
    made = Settings(_env_file=None, data_dir=tmp_path / "var", database_url=sqlite_url)  # type: ignore[call-arg]  # a developer's own .env must not reach tests
    prepare(made)

    async def keep() -> None:
        store = open_store(made.database, RootVault(read_root(made.env, made.data_dir)))
        for place in ("engine.py:1", "engine.py:2"):
            poison = Poison("line", "typed", "KeyError", place, draw_shape(SECRET))
            await store.quarantine.keep(poison, utc_now())
        await store.close()

    asyncio.run(keep())
    return made


def test_it_lists_shows_and_destroys(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """T15: facts first, the shape when asked for, and nothing of what was written anywhere."""
    list_records(settings)
    listed = capsys.readouterr().out.splitlines()
    assert listed[-1] == "2 in quarantine"
    assert "line  typed  KeyError at engine.py:" in listed[0]
    record_id = listed[0].split()[0]
    assert show_record(settings, record_id) == 0
    shown = capsys.readouterr().out
    assert "xx_0000000000" in shown
    assert drop_records(settings, record_id) == 0
    assert drop_records(settings, record_id) == 1
    assert show_record(settings, record_id) == 1
    assert drop_records(settings, "") == 0
    capsys.readouterr()
    list_records(settings)
    assert capsys.readouterr().out == "0 in quarantine\n"
    assert not any(part in " ".join((*listed, shown)) for part in SECRET.split())


def test_dropping_needs_one_or_all() -> None:
    """Nothing is destroyed by a word too few."""
    assert CliRunner().invoke(app, ["quarantine", "drop"]).exit_code == 2
    assert CliRunner().invoke(app, ["quarantine", "drop", "an-id", "--all"]).exit_code == 2
