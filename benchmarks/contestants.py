"""The servers that are measured: how each is started, and how the load speaks to it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from benchmarks.terms import ACCESS_TOKEN, CHANNEL_SECRET

TOP: Final = Path(__file__).resolve().parent.parent
Database = Literal["", "sqlite", "postgres"]


@dataclass(frozen=True, slots=True)
class Contestant:
    """
    One server.

    `says` is its line in the table, `keeps` what is durable when the webhook is answered. `module` is run with
    the interpreter of the alternatives where it is `foreign`. `database` is set for ours only; `settings` are
    the others' own.
    """

    name: str
    says: str
    keeps: str
    module: str
    path: str
    speech: Literal["line", "telegram"] = "line"
    database: Database = ""
    foreign: bool = False
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether it is `frontdoor serve`."""
        return self.database != ""


_ALTERNATIVES = "benchmarks.alternatives"
CONTESTANTS: Final[Mapping[str, Contestant]] = {
    one.name: one
    for one in (
        Contestant(
            "frontdoor-sqlite",
            "**frontdoor serve**, SQLite",
            "everything",
            "bot",
            "/line/webhook",
            database="sqlite",
        ),
        Contestant(
            "frontdoor-postgres",
            "**frontdoor serve**, PostgreSQL",
            "everything",
            "bot",
            "/line/webhook",
            database="postgres",
        ),
        Contestant(
            "line-dict",
            "FastAPI + LINE SDK + a dict",
            "nothing",
            f"{_ALTERNATIVES}.line_dict",
            "/callback",
            foreign=True,
        ),
        Contestant(
            "aiogram-sqlite",
            "aiogram + SQLite storage (Telegram)",
            "the state",
            f"{_ALTERNATIVES}.aiogram_sqlite",
            "/webhook",
            "telegram",
            foreign=True,
        ),
        Contestant(
            "ptb-conversation",
            "PTB ConversationHandler + PicklePersistence (Telegram)",
            "nothing (every 60 s)",
            f"{_ALTERNATIVES}.ptb_conversation",
            "/webhook",
            "telegram",
            foreign=True,
        ),
        Contestant(
            "usual-stack",
            "FastAPI + LINE SDK + AsyncMachine + aiosqlite",
            "the state",
            f"{_ALTERNATIVES}.usual_stack",
            "/callback",
            foreign=True,
        ),
        Contestant(
            "floor",
            "the floor: uvicorn + HMAC + one commit + one POST",
            "one row",
            f"{_ALTERNATIVES}.floor",
            "/",
        ),
        Contestant(
            "floor-wal",
            "the same floor with a write-ahead log",
            "one row",
            f"{_ALTERNATIVES}.floor",
            "/",
            settings=(("BENCHMARK_JOURNAL", "WAL"),),
        ),
    )
}


def our_environment(
    *, port: int, api: str, folder: Path, database_url: str, limited: bool = False
) -> dict[str, str]:
    """
    Give the settings of `frontdoor serve`: those of the demo, with LINE switched on.

    `limited`: a person may write as often as it is shipped with, and no more.
    """
    # The people of the benchmark write faster than anybody can; what is over the limit would not be work.
    unlimited = {"FRONTDOOR_PERSON_PER_MINUTE": "100000", "FRONTDOOR_PERSON_BURST": "100000"}
    return {
        **({} if limited else unlimited),
        "FRONTDOOR_ENV": "demo",
        "FRONTDOOR_PORT": str(port),
        # Nobody listens there; it must only differ.
        "FRONTDOOR_OFFICE_PORT": str(port - 1 if port > 60000 else port + 1),
        "FRONTDOOR_DATA_DIR": str(folder),
        "FRONTDOOR_DATABASE_URL": database_url,
        "LINE_CHANNEL_SECRET": CHANNEL_SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": ACCESS_TOKEN,
        "LINE_API_BASE": api,
    }


def their_environment(*, port: int, api: str, folder: Path) -> dict[str, str]:
    """Give the settings of an alternative."""
    return {"BENCHMARK_PORT": str(port), "BENCHMARK_API": api, "BENCHMARK_FOLDER": str(folder)}


def list_unwalked() -> tuple[str, ...]:
    """List the choices that nobody presses: the ways out of the conversation, and the picker of days."""
    flow = tomllib.loads((TOP / "flows" / "frontdoor.toml").read_text(encoding="utf-8"))
    return (*(way["id"] for way in flow["ways_out"]), "pick")
