"""Watch over handoffs that nobody opens, as long as the office runs: also when nobody is signed in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.desk.ledger import Ledger
from bot.desk.notices import Notices
from bot.desk.presence import Presence
from bot.desk.waiting import Watch
from bot.log import log_incident
from bot.notices.mail import MailMessenger
from bot.notices.webhook import WebhookMessenger
from bot.ports import Clock, Messenger
from bot.settings import Settings
from bot.store.handoffs_desk import open_desk_handoffs
from bot.wiring.common import utc_now
from bot.wiring.desk import LEDGER

_log = logging.getLogger(__name__)
_EVERY = timedelta(minutes=1)


@asynccontextmanager
async def keeping_watch(
    settings: Settings, *, every: timedelta = _EVERY, clock: Clock = utc_now
) -> AsyncIterator[None]:
    """Look now and every minute while this is open; raise the alarm, and send notices if any are set up."""
    handoffs = open_desk_handoffs(settings.database)
    notices = Notices(build_messengers(settings, clock), office=settings.office_origin)
    presence = Presence(handoffs, Ledger(settings.data_dir / LEDGER).list_ids)
    watching = asyncio.create_task(_keep(Watch(handoffs, clock), presence, notices, every))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await handoffs.close()


def build_messengers(settings: Settings, clock: Clock = utc_now) -> tuple[Messenger, ...]:
    """Build the ways by which notices leave: none, unless the operator has set them up."""
    found: list[Messenger] = []
    if settings.has_notice_mail:
        url = settings.smtp_url.get_secret_value()
        found += [
            MailMessenger(url, settings.notice_from, recipient, clock, place)
            for place, recipient in enumerate(settings.notice_recipients, start=1)
        ]
    if settings.has_notice_webhook:
        secret = settings.notice_secret.get_secret_value()
        found.append(WebhookMessenger(settings.notice_url.get_secret_value(), secret))
    return tuple(found)


async def _keep(watch: Watch, presence: Presence, notices: Notices, every: timedelta) -> None:
    while True:
        await watch_once(watch, notices)
        await look_who_is_there(presence)
        await asyncio.sleep(every.total_seconds())


async def watch_once(watch: Watch, notices: Notices) -> None:
    """
    Look once and tell. A fault is logged, and the next round looks again.

    What was told is noted last: who dies in between tells it once more after the restart, rather than never.
    """
    try:
        if await notices.tell(await watch.look()):
            await watch.note_told()
    except Exception as fault:  # noqa: BLE001 - whatever it is, the watch must go on
        log_incident(_log, "alarm_failed", fault)


async def look_who_is_there(presence: Presence) -> None:
    """Miss what was taken away. A fault is logged, and the next round looks again."""
    try:
        await presence.look()
    except Exception as fault:  # noqa: BLE001 - whatever it is, the watch must go on
        log_incident(_log, "presence_failed", fault)
