"""A service of the test's own, on either database, and a second place that is blank."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands import tree
from bot.desk.identity import load_identities
from bot.desk.opening import Opener
from bot.desk.reading import Failure, read_handoff
from bot.keys import read_signers
from bot.ports import StoredHandoff
from bot.settings import Settings, load_settings
from bot.store.office import OfficeStore
from bot.wiring.common import prepare, utc_now
from tests.desk.sending import Sending
from tests.end_to_end.service import load_pack_once

_BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@dataclass(frozen=True)
class Host:
    """One host: its data directory and its database, as commands are told of them."""

    data_dir: Path
    url: str
    patch: pytest.MonkeyPatch

    @property
    def settings(self) -> Settings:
        self.patch.setenv("FRONTDOOR_DATA_DIR", str(self.data_dir))
        self.patch.setenv("FRONTDOOR_DATABASE_URL", self.url)
        return load_settings()

    def run(self, *args: str, words: str = "") -> tuple[int, str]:
        """Run a command here; returns its exit status and all that it said."""
        assert self.settings
        result = CliRunner().invoke(tree.app, list(args), input=words)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    def open_sending(self) -> Sending:
        settings = self.settings
        prepare(settings)
        return Sending(settings)

    def list_handoffs(self) -> list[StoredHandoff]:
        async def read() -> list[StoredHandoff]:
            store = OfficeStore(self.settings.database, utc_now)
            try:
                return list(await store.handoffs.list_handoffs())
            finally:
                await store.close()

        return asyncio.run(read())

    def open_all(self, identity: Path) -> int:
        """Open every handoff with one identity alone; returns how many."""
        opener = Opener(load_identities([identity]), read_signers(self.data_dir))
        read = [read_handoff(one, form=load_pack_once().form, opener=opener) for one in self.list_handoffs()]
        assert not [one for one in read if isinstance(one, Failure) or one.failures]
        return len(read)


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the developer."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields.values():
        monkeypatch.delenv(str(name.alias), raising=False)


@pytest.fixture
def host(tmp_path: Path, bare_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Give a host on either database, not set up yet."""
    return Host(tmp_path / "var", bare_database_url, monkeypatch)


@pytest.fixture
def sqlite_host(tmp_path: Path, bare_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Give a host on SQLite, not set up yet."""
    return Host(tmp_path / "var", bare_sqlite_url, monkeypatch)


@pytest.fixture(params=_BOTH)
def blank(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Give another host on either database, on which nothing is."""
    (tmp_path / "blank").mkdir()
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'blank' / 'other.sqlite3'}"
    else:
        url = _another_database(request)
    return Host(tmp_path / "blank" / "var", url, monkeypatch)


def _another_database(request: pytest.FixtureRequest) -> str:
    from tests.conftest_postgres import _database

    opened = _database(request.getfixturevalue("postgres_server"), template="template1")
    url = opened.__enter__()
    request.addfinalizer(lambda: opened.__exit__(None, None, None))
    return url
