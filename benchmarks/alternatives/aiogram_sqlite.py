"""
An aiogram bot with its state in SQLite, by webhook.

aiogram brings storages for Redis and MongoDB; this one for SQLite is written as those are, over one
connection of aiosqlite. Each change of state and of data is a commit of its own.

`python -m benchmarks.alternatives.aiogram_sqlite`
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiosqlite
import uvloop
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from benchmarks.alternatives.menu import MENU, START, carry, follow
from benchmarks.alternatives.place import API, FOLDER, PORT
from benchmarks.terms import TELEGRAM_SECRET, TELEGRAM_TOKEN


class Talk(StatesGroup):
    """Somebody is somewhere in the menu; the page is in the data."""

    browsing = State()


class SqliteStorage(BaseStorage):
    """States and data by chat."""

    def __init__(self) -> None:
        self._database: aiosqlite.Connection | None = None

    async def open(self) -> None:
        """Connect."""
        self._database = await aiosqlite.connect(FOLDER / "aiogram.sqlite3")
        await self._database.execute("PRAGMA synchronous = FULL")
        await self._database.execute(
            "CREATE TABLE IF NOT EXISTS fsm (key TEXT PRIMARY KEY, state TEXT, data TEXT)"
        )
        await self._database.commit()

    async def close(self) -> None:
        """Disconnect."""
        if self._database:
            await self._database.close()

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """Keep a state."""
        await self._put(key, "state", state.state if isinstance(state, State) else state)

    async def get_state(self, key: StorageKey) -> str | None:
        """Look up a state."""
        return await self._get(key, "state")

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """Keep data."""
        await self._put(key, "data", json.dumps(dict(data)))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """Look up data."""
        return json.loads(await self._get(key, "data") or "{}")

    async def _put(self, key: StorageKey, column: str, value: str | None) -> None:
        assert self._database is not None
        await self._database.execute(
            f"INSERT INTO fsm (key, {column}) VALUES (?, ?) "  # noqa: S608  # one of two names of ours
            f"ON CONFLICT (key) DO UPDATE SET {column} = excluded.{column}",
            (_name(key), value),
        )
        await self._database.commit()

    async def _get(self, key: StorageKey, column: str) -> str | None:
        assert self._database is not None
        async with self._database.execute(
            f"SELECT {column} FROM fsm WHERE key = ?",  # noqa: S608  # as above
            (_name(key),),
        ) as cursor:
            row = await cursor.fetchone()
        return row[0] if row else None


def _name(key: StorageKey) -> str:
    return f"{key.bot_id}:{key.chat_id}:{key.user_id}"


storage = SqliteStorage()
dispatcher = Dispatcher(storage=storage)


async def _show(bot: Bot, chat_id: int, page: str) -> None:
    text, choices = MENU[page]
    rows = [[InlineKeyboardButton(text=label, callback_data=carry(name))] for name, label, _ in choices]
    await bot.send_message(chat_id, text, reply_markup=InlineKeyboardMarkup(inline_keyboard=rows))


@dispatcher.message(CommandStart())
async def start(message: Message, state: FSMContext, bot: Bot) -> None:
    """Begin."""
    await state.set_state(Talk.browsing)
    await state.set_data({"page": START})
    await _show(bot, message.chat.id, START)


@dispatcher.callback_query(StateFilter(Talk.browsing), F.data)
async def press(query: CallbackQuery, state: FSMContext, bot: Bot) -> None:
    """Follow a button."""
    page = follow((await state.get_data()).get("page", START), query.data or "")
    await state.set_data({"page": page})
    await _show(bot, query.from_user.id, page)


def main() -> None:
    """Serve."""
    uvloop.install()
    bot = Bot(TELEGRAM_TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(API)))
    app = web.Application()
    dispatcher.startup.register(storage.open)
    # The webhook is answered after the work: answered before it, a crash would lose what it took.
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=TELEGRAM_SECRET)
    handler.register(app, path="/webhook")
    setup_application(app, dispatcher, bot=bot)
    web.run_app(app, host="127.0.0.1", port=PORT, access_log=None, print=None)


if __name__ == "__main__":
    main()
