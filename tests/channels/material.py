"""Material for the channel tests: a fixed moment, replies, LINE events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bot.core.model import VisitId
from bot.core.reply import Button, Reply

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
WEBHOOK_SECRET = "s" * 43
SOMEBODY = "U" + "1" * 32
VISIT = VisitId("Ab3-_xyz")


def make_reply(
    *bubbles: str, choices: list[str] | None = None, ways_out: list[str] | None = None, **more: Any
) -> Reply:
    """Make a reply whose buttons are c0, c1 … and w0, w1 … with these labels."""
    buttons = [Button(f"c{n}", label, "choice") for n, label in enumerate(choices or [])]
    buttons += [Button(f"w{n}", label, "way_out") for n, label in enumerate(ways_out or [])]
    words = {"hint": "也可以輸入數字：", "ways_hint": "隨時可以輸入：找真人"}
    fields = {"visit": VISIT, "turn": 3, "locale": "zh_TW", **words, **more}
    return Reply(bubbles=bubbles, buttons=tuple(buttons), **fields)


QUESTION = make_reply("我相信你。", "你現在安全嗎？", choices=["安全", "不安全"], ways_out=["找真人", "離開"])


def make_event(**changes: Any) -> dict[str, Any]:
    """Make a LINE text event of today's shape; a change to None takes the property away."""
    event: dict[str, Any] = {
        "type": "message",
        "mode": "active",
        "timestamp": NOW_MS,
        "source": {"type": "user", "userId": SOMEBODY},
        "webhookEventId": "01HZZZZZZZZZZZZZZZZZZZZZZZ",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": "a" * 32,
        "message": {"id": "1", "type": "text", "text": "你好", "quoteToken": "q"},
        **changes,
    }
    return {key: value for key, value in event.items() if value is not None}


def make_body(*events: Any) -> bytes:
    return json.dumps({"destination": "U" + "b" * 32, "events": events}).encode()
