"""
python-telegram-bot's ConversationHandler with PicklePersistence, behind Starlette, as its own example shows.

Its persistence writes every 60 seconds: what came since then is lost in a crash. The webhook is answered
before the work. Both are how it comes.

`python -m benchmarks.alternatives.ptb_conversation`
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackContext,
    CallbackQueryHandler,
    CommandHandler,
    ConversationHandler,
    PicklePersistence,
)

from benchmarks.alternatives.menu import MENU, START, carry, follow
from benchmarks.alternatives.place import API, FOLDER, PORT
from benchmarks.terms import TELEGRAM_SECRET, TELEGRAM_TOKEN

PAGES = {page: number for number, page in enumerate(MENU)}


async def show(update: Update, context: CallbackContext, page: str) -> int:
    """Answer with a page."""
    text, choices = MENU[page]
    rows = [[InlineKeyboardButton(label, callback_data=carry(name))] for name, label, _ in choices]
    assert update.effective_chat is not None
    await context.bot.send_message(update.effective_chat.id, text, reply_markup=InlineKeyboardMarkup(rows))
    return PAGES[page]


async def start(update: Update, context: CallbackContext) -> int:
    """Begin."""
    return await show(update, context, START)


def make_press(page: str) -> CallbackQueryHandler:
    """Make the handler for the buttons of a page."""

    async def press(update: Update, context: CallbackContext) -> int:
        assert update.callback_query is not None
        return await show(update, context, follow(page, update.callback_query.data or ""))

    return CallbackQueryHandler(press)


def make_application() -> Application:
    """Put the bot together."""
    application = (
        Application.builder()
        .token(TELEGRAM_TOKEN)
        .base_url(f"{API}/bot")
        .updater(None)
        .persistence(PicklePersistence(FOLDER / "ptb.pickle"))
        .build()
    )
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("start", start)],
            states={number: [make_press(page)] for page, number in PAGES.items()},
            fallbacks=[CommandHandler("start", start)],
            name="menu",
            persistent=True,
            per_message=False,
        )
    )
    return application


def make_app() -> Starlette:
    """Put the webhook before it."""
    application = make_application()

    async def webhook(request: Request) -> Response:
        if request.headers.get("x-telegram-bot-api-secret-token") != TELEGRAM_SECRET:
            return Response(status_code=403)
        await application.update_queue.put(Update.de_json(await request.json(), application.bot))
        return Response()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with application:
            await application.start()
            yield
            await application.stop()

    return Starlette(routes=[Route("/webhook", webhook, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(make_app(), port=PORT, access_log=False, log_level="warning")
