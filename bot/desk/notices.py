"""
Notices by e-mail or webhook: how many wait and for how long, and nothing else.

They pass hosts that are not ours, so no id, no county and no urgency is in them, and their sentences never change.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.desk.waiting import Heap, Monotonic, Round, Waiting
from bot.log import log_incident
from bot.ports import Messenger, Notice

_log = logging.getLogger(__name__)
SUBJECT: Final = "後台待辦 / Back office: waiting"
_UNOPENED: Final = (
    "目前有 {count} 件轉介還沒有人打開，最久的{for_zh}。\n",
    "{count} waiting to be opened, the oldest {for_en}.\n",
)
_UNSEEN: Final = (
    "目前有 {count} 個撤回或更正的要求還沒有人看，最久的{for_zh}。\n",
    "{count} requests to withdraw or correct that nobody has read, the oldest {for_en}.\n",
)
_TEXT: Final = (
    "{zh}"
    "請登入後台查看：{office}\n"
    "這封通知不含任何人的資料，請不要回覆。\n"
    "\n"
    "{en}"
    "Open the back office: {office}\n"
    "This notice holds nobody's data. Please do not answer it.\n"
)
#: After each failure a way waits twice as long, from one minute to a quarter of an hour.
_FIRST_S: Final = 60.0
_LONGEST_S: Final = 15 * 60.0
#: A round comes a little early now and then, and is as good.
_SLACK_S: Final = 5.0


def write_notice(waiting: Waiting, *, office: str) -> Notice:
    """Write the notice. `office`: the origin at which staff reach the back office."""
    heaps = ((waiting, _UNOPENED), (waiting.asked, _UNSEEN))
    zh, en = ("".join(_say(heap, words[tongue]) for heap, words in heaps) for tongue in (0, 1))
    return Notice(
        waiting.count,
        waiting.hours,
        SUBJECT,
        _TEXT.format(zh=zh, en=en, office=office),
        office,
        waiting.asked.count,
        waiting.asked.hours,
    )


def _say(heap: Heap, sentence: str) -> str:
    """Say one sentence, and nothing of what is not there."""
    if not heap.count:
        return ""
    hours = heap.hours
    return sentence.format(
        count=heap.count,
        for_zh=f"大約 {hours} 小時" if hours else "不到 1 小時",
        for_en=f"for about {hours} h" if hours else "for less than 1 h",
    )


@dataclass(slots=True)
class _Way:
    """One way, and how it stands: what it owes, how often it failed since it last worked, and when it is tried again."""

    messenger: Messenger
    owes: bool = False
    failures: int = 0
    due_s: float = 0.0


class Notices:
    """
    Tells every messenger once of each piece of news. What could not be sent is tried again, ever more seldom.

    Several pieces in one round are one notice: it only says how many wait.
    """

    def __init__(
        self, messengers: Sequence[Messenger], *, office: str, monotonic: Monotonic = time.monotonic
    ) -> None:
        self._ways = tuple(_Way(messenger) for messenger in messengers)
        self._office = office
        self._monotonic = monotonic

    async def tell(self, found: Round) -> bool:
        """
        Send what is owed, each way for itself. A way that fails is logged once and keeps nothing back; nothing is raised.

        True: nobody is owed anything now.
        """
        for way in self._ways:
            way.owes = not found.waiting.is_empty and (way.owes or found.news)
            if found.news:
                way.due_s = 0.0  # the next level is too grave to wait for
        notice, now = write_notice(found.waiting, office=self._office), self._monotonic()
        await asyncio.gather(
            *(self._send(way, notice) for way in self._ways if way.owes and way.due_s <= now)
        )
        return not any(way.owes for way in self._ways)

    async def _send(self, way: _Way, notice: Notice) -> None:
        try:
            await way.messenger.send(notice)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the other ways and the alarm on the pages go on
            if not way.failures:
                log_incident(_log, "notice_failed", fault, channel=way.messenger.name)
            pause = min(_FIRST_S * 2 ** min(way.failures, 9), _LONGEST_S)
            way.failures += 1
            way.due_s = self._monotonic() + pause - _SLACK_S
        else:
            way.owes, way.failures = False, 0
