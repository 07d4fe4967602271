"""Looking at what the bot writes on LINE: each message held to every rule there is, and taken apart."""

from __future__ import annotations

from typing import Any

from linebot.v3.messaging.models.message import Message
from linebot.v3.messaging.models.reply_message_request import ReplyMessageRequest

from bot.channels.line_messages import encode
from bot.core.reply import Reply
from tests.fakes import line_schema
from tests.fakes.line_flex_rules import list_said
from tests.fakes.line_rules import find_complaints

Json = dict[str, Any]


def write(reply: Reply) -> list[Json]:
    """Encode, and hold the messages to LINE's rules, its API description and its SDK."""
    messages = encode(reply)
    if messages:
        judge(messages)
    return messages


def judge(messages: list[Json]) -> None:
    assert find_complaints(messages) == []
    read_by_sdk(messages)
    if line_schema.is_available():
        assert line_schema.find_faults("ReplyMessageRequest", {"replyToken": "t", "messages": messages}) == []


def read_by_sdk(messages: list[Json]) -> None:
    """The SDK's own models take every message and give it back as it was."""
    request = ReplyMessageRequest.from_dict({"replyToken": "t", "messages": messages})
    assert request.to_dict()["messages"] == messages
    assert [Message.from_dict(message).to_dict() for message in messages] == messages


def list_parts(part: Any) -> list[Json]:
    """Return a drawing's components, the outer before the inner ones."""
    if isinstance(part, list):
        return [found for inner in part for found in list_parts(inner)]
    if not isinstance(part, dict):
        return []
    inner = [found for key, value in part.items() if key != "action" for found in list_parts(value)]
    return [part, *inner] if "type" in part else inner


def list_actions(message: Json) -> list[Json]:
    """Return what can be pressed in a drawing, top to bottom."""
    return [part["action"] for part in list_parts(message["contents"]) if "action" in part]


def list_quick(messages: list[Json]) -> list[Json]:
    return [item["action"] for item in messages[-1].get("quickReply", {}).get("items", [])]


def said_in(message: Json) -> list[str]:
    return list_said(message["contents"]) if message["type"] == "flex" else message["text"].split("\n")
