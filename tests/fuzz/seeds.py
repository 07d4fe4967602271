"""
Good webhook bodies to begin from: each kind of event that the platforms describe, in their shape, with nobody in it.

Sources: LINE webhook.yml (Event and its discriminator), Messaging API reference, Webhook event objects; Telegram Bot API, Update, Message.
"""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]
#: Stand for what is different in every event; see `grammar`.
WHO, TOKEN, MARK, TIME, TEXT, NUMBER = "@who@", "@token@", "@mark@", "@time@", "@text@", "@number@"

_USER: Final[Json] = {"type": "user", "userId": WHO}
_GROUP: Final[Json] = {"type": "group", "groupId": "C0123456789abcdef0123456789abcdef", "userId": WHO}
_ROOM: Final[Json] = {"type": "room", "roomId": "R0123456789abcdef0123456789abcdef"}


def _line(kind: str, *, source: Json = _USER, token: bool = True, **content: Any) -> Json:
    reply = {"replyToken": TOKEN} if token else {}
    return {
        "type": kind, "mode": "active", "timestamp": TIME, "source": source, "webhookEventId": MARK,
        "deliveryContext": {"isRedelivery": False}, **reply, **content,
    }  # fmt: skip


def _said(**message: Any) -> Json:
    return _line("message", message={"id": NUMBER, **message})


_LINE_TEXT: Final = _said(type="text", text=TEXT, quoteToken="q3Plxr4AgKd")
#: The first are what people do; they are taken more often.
LINE_PEOPLE: Final[tuple[Json, ...]] = (
    _LINE_TEXT,
    _line("follow", follow={"isUnblocked": False}),
    _line("postback", postback={"data": TEXT}),
    _line("postback", postback={"data": "v=visit&t=1&c=pick", "params": {"date": "2026-10-31"}}),
    _said(type="sticker", quoteToken="q", packageId="446", stickerId="1988", stickerResourceType="ANIMATION", keywords=["sad", "cry"]),
    _said(type="image", quoteToken="q", contentProvider={"type": "line"}, imageSet={"id": "s", "index": 1, "total": 2}),
)  # fmt: skip
LINE_OTHERS: Final[tuple[Json, ...]] = (
    _line("messageEdited", message={"id": NUMBER, "type": "text", "text": TEXT}),
    _said(type="text", text=TEXT, quoteToken="q", quotedMessageId="468", emojis=[{"index": 0, "length": 1, "productId": "p", "emojiId": "001"}],
          mention={"mentionees": [{"index": 0, "length": 3, "type": "user", "userId": WHO, "isSelf": False}, {"index": 3, "length": 2, "type": "all"}]}),
    _said(type="video", quoteToken="q", duration=60_000, contentProvider={"type": "external", "originalContentUrl": "https://x.example/o.mp4", "previewImageUrl": "https://x.example/p.jpg"}),
    _said(type="audio", duration=6_000, contentProvider={"type": "line"}),
    _said(type="file", fileName="a.pdf", fileSize=22_016),
    _said(type="location", title="t", address="a", latitude=25.03, longitude=121.56),
    _line("postback", postback={"data": "menu", "params": {"newRichMenuAliasId": "a", "status": "SUCCESS"}}),
    _line("postback", postback={"data": TEXT, "params": {"datetime": "2026-10-31T10:00"}}),
    _line("unfollow", token=False),
    _line("unsend", token=False, unsend={"messageId": NUMBER}),
    _line("join", source=_ROOM),
    _line("leave", source=_GROUP, token=False),
    _line("memberJoined", source=_GROUP, joined={"members": [{"type": "user", "userId": WHO}]}),
    _line("memberLeft", source=_GROUP, token=False, left={"members": [{"type": "user", "userId": WHO}]}),
    _line("message", source=_GROUP, message={"id": NUMBER, "type": "text", "text": TEXT}),
    _line("beacon", beacon={"hwid": "374591320", "type": "enter", "dm": "1234567890abcdef"}),
    _line("accountLink", link={"result": "ok", "nonce": "n0nce"}),
    _line("videoPlayComplete", videoPlayComplete={"trackingId": "t"}),
    _line("membership", membership={"type": "joined", "membershipId": 3_189}),
    _line("module", token=False, module={"type": "attached", "botId": "U1", "scopes": ["message:send"]}),
    _line("activated", token=False, chatControl={"expireAt": TIME}),
    _line("deactivated", token=False),
    _line("botSuspended", token=False),
    _line("botResumed", token=False),
    _line("delivery", token=False, delivery={"data": "d"}),
    _line("greatNewFeature", feature={"size": 3}),
)  # fmt: skip

_SENDER: Final[Json] = {
    "id": WHO,
    "is_bot": False,
    "first_name": "T",
    "last_name": "T",
    "username": "t_t",
    "language_code": "zh-hant",
}
_PRIVATE: Final[Json] = {"id": WHO, "type": "private", "first_name": "T"}
_SUPERGROUP: Final[Json] = {"id": -1_001_234_567_890, "type": "supergroup", "title": "g"}
_BOT: Final[Json] = {"id": 123_456, "is_bot": True, "first_name": "b", "username": "b_bot"}


def _update(kind: str, content: Json) -> Json:
    return {"update_id": MARK, kind: content}


def _wrote(*, kind: str = "message", chat: Json = _PRIVATE, **content: Any) -> Json:
    return _update(kind, {"message_id": NUMBER, "from": _SENDER, "chat": chat, "date": TIME, **content})


_PHOTO: Final = [{"file_id": "f", "file_unique_id": "u", "width": 90, "height": 90, "file_size": 1_000}]
_FILE: Final[Json] = {
    "file_id": "f",
    "file_unique_id": "u",
    "duration": 1,
    "width": 1,
    "height": 1,
    "file_name": "a.mp4",
    "mime_type": "video/mp4",
}
TELEGRAM_PEOPLE: Final[tuple[Json, ...]] = (
    _wrote(text=TEXT),
    _wrote(text="/start", entities=[{"type": "bot_command", "offset": 0, "length": 6}]),
    _update("callback_query", {"id": f"43{TOKEN}", "from": _SENDER, "chat_instance": "1", "data": TEXT,
            "message": {"message_id": NUMBER, "from": _BOT, "chat": _PRIVATE, "date": TIME, "text": "t",
                        "reply_markup": {"inline_keyboard": [[{"text": "t", "callback_data": "v=a&t=1&c=safe"}]]}}}),
    _wrote(photo=_PHOTO, caption=TEXT, has_media_spoiler=True),
)  # fmt: skip
TELEGRAM_OTHERS: Final[tuple[Json, ...]] = (
    _wrote(kind="edited_message", text=TEXT, edit_date=TIME),
    _wrote(text=TEXT, entities=[{"type": "text_link", "offset": 0, "length": 1, "url": "tg://user?id=1"}], link_preview_options={"is_disabled": True}),
    _wrote(text=TEXT, reply_to_message={"message_id": 1, "from": _BOT, "chat": _PRIVATE, "date": TIME, "text": "t"}, quote={"text": "t", "position": 0}),
    _wrote(text=TEXT, forward_origin={"type": "user", "sender_user": _SENDER, "date": TIME}),
    _update("callback_query", {"id": f"43{TOKEN}", "from": _SENDER, "chat_instance": "1", "data": "v=a&t=1&c=safe",
            "message": {"chat": _PRIVATE, "message_id": NUMBER, "date": 0}}),
    _wrote(video=_FILE), _wrote(voice=_FILE), _wrote(document=_FILE), _wrote(animation=_FILE, document=_FILE), _wrote(video_note=_FILE),
    _wrote(sticker={**_FILE, "type": "regular", "is_animated": False, "is_video": False, "emoji": "😀"}),
    _wrote(location={"latitude": 25.0, "longitude": 121.5}, venue={"location": {"latitude": 25.0, "longitude": 121.5}, "title": "t", "address": "a"}),
    _wrote(contact={"phone_number": "+886", "first_name": "T", "user_id": WHO}),
    _wrote(poll={"id": "p", "question": "q", "options": [], "total_voter_count": 0, "is_closed": False}),
    _wrote(dice={"emoji": "🎲", "value": 6}), _wrote(story={"chat": _PRIVATE, "id": 1}),
    _wrote(message_auto_delete_timer_changed={"message_auto_delete_time": 86_400}), _wrote(write_access_allowed={"web_app_name": "w"}),
    _wrote(web_app_data={"data": TEXT, "button_text": "t"}), _wrote(users_shared={"request_id": 1, "users": [{"user_id": WHO}]}),
    _wrote(chat=_SUPERGROUP, text=TEXT), _wrote(chat=_SUPERGROUP, new_chat_members=[_BOT]), _wrote(chat=_SUPERGROUP, left_chat_member=_BOT),
    _update("channel_post", {"message_id": NUMBER, "sender_chat": _SUPERGROUP, "chat": {**_SUPERGROUP, "type": "channel"}, "date": TIME, "text": TEXT}),
    _update("my_chat_member", {"chat": _PRIVATE, "from": _SENDER, "date": TIME, "old_chat_member": {"user": _BOT, "status": "member"},
            "new_chat_member": {"user": _BOT, "status": "kicked", "until_date": 0}}),
    _update("my_chat_member", {"chat": _SUPERGROUP, "from": _SENDER, "date": TIME, "old_chat_member": {"user": _BOT, "status": "left"},
            "new_chat_member": {"user": _BOT, "status": "restricted", "is_member": True}}),
    _update("chat_member", {"chat": _SUPERGROUP, "from": _SENDER, "date": TIME, "old_chat_member": {"user": _SENDER, "status": "member"}, "new_chat_member": {"user": _SENDER, "status": "left"}}),
    _update("inline_query", {"id": "1", "from": _SENDER, "query": TEXT, "offset": ""}),
    _update("chosen_inline_result", {"result_id": "1", "from": _SENDER, "query": TEXT}),
    _update("message_reaction", {"chat": _PRIVATE, "message_id": 1, "user": _SENDER, "date": TIME, "old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "👍"}]}),
    _update("business_message", {"message_id": NUMBER, "business_connection_id": "b", "from": _SENDER, "chat": _PRIVATE, "date": TIME, "text": TEXT}),
    _update("poll_answer", {"poll_id": "p", "user": _SENDER, "option_ids": [0]}),
    _update("pre_checkout_query", {"id": "1", "from": _SENDER, "currency": "XTR", "total_amount": 1, "invoice_payload": TEXT}),
    _update("chat_join_request", {"chat": _SUPERGROUP, "from": _SENDER, "user_chat_id": WHO, "date": TIME}),
    _update("great_new_feature", {"from": _SENDER, "chat": _PRIVATE, "text": TEXT}),
)  # fmt: skip
