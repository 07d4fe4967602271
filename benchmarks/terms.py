"""What the load, the fake API and every server must agree on. Nothing here is secret: all of it is a fake's."""

from __future__ import annotations

from typing import Final

CHANNEL_SECRET: Final = "benchmark-channel-secret"  # noqa: S105  # the fake's own
ACCESS_TOKEN: Final = "benchmark-access-token"  # noqa: S105  # the fake's own
#: Who the bot is, in `destination` of a webhook and in the answer to "who am I".
BOT_USER_ID: Final = "Ub" + "0" * 31
TELEGRAM_TOKEN: Final = "100:benchmark"  # noqa: S105  # the fake's own
TELEGRAM_SECRET: Final = "b" * 43
