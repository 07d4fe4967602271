"""What both alternatives on LINE's own SDK share: one client for the process, its parser, its models."""

from __future__ import annotations

from linebot.v3 import WebhookParser
from linebot.v3.messaging import (
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    PostbackAction,
    QuickReply,
    QuickReplyItem,
    ReplyMessageRequest,
    TextMessage,
)

from benchmarks.alternatives.menu import MENU, carry
from benchmarks.alternatives.place import API
from benchmarks.terms import ACCESS_TOKEN, CHANNEL_SECRET


def make_parser() -> WebhookParser:
    """Make the SDK's parser, which checks the signature too."""
    return WebhookParser(CHANNEL_SECRET)


def make_client() -> AsyncApiClient:
    """Make the SDK's client. Call it on the running loop."""
    return AsyncApiClient(Configuration(host=API, access_token=ACCESS_TOKEN))


async def say(line: AsyncMessagingApi, reply_token: str, page: str) -> None:
    """Answer with a page: a text and its choices."""
    text, choices = MENU[page]
    items = [
        QuickReplyItem(action=PostbackAction(label=label, data=carry(name), displayText=label))
        for name, label, _ in choices
    ]
    message = TextMessage(text=text, quickReply=QuickReply(items=items))
    await line.reply_message(ReplyMessageRequest(replyToken=reply_token, messages=[message]))
