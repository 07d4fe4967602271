"""What each channel accepts, as plain numbers. Rules only: nothing here talks to a channel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much fits into one reply of a channel.

    `text_units` are UTF-16 code units, `label_graphemes` and `echo_graphemes` grapheme clusters,
    `tap_bytes` the size of what a button carries. `echo` is the text a tap leaves in the chat; 0
    where a tap leaves none.
    """

    bubbles: int
    text_units: int
    buttons: int
    label_graphemes: int
    echo_graphemes: int
    tap_bytes: int


@dataclass(frozen=True, slots=True)
class FlexLimits:
    """
    How much fits into what is drawn on LINE instead of said.

    `bubble_bytes` are bytes of JSON, `alt_units` and `uri_units` UTF-16 code units.
    """

    bubble_bytes: int
    label_graphemes: int
    alt_units: int
    uri_units: int


LINE_LIMITS = Limits(
    bubbles=5,  # Source: LINE messaging-api.yml, ReplyMessageRequest.messages.maxItems
    text_units=5_000,  # Source: LINE Messaging API reference, Text message, `text`
    buttons=13,  # Source: LINE messaging-api.yml, QuickReply.items.maxItems
    label_graphemes=20,  # Source: LINE Messaging API reference, Action objects, `label` in quick replies
    echo_graphemes=300,  # Source: LINE Messaging API reference, Postback action, `displayText`
    tap_bytes=300,  # Source: LINE messaging-api.yml, PostbackAction.data.maxLength
)

LINE_FLEX_LIMITS = FlexLimits(
    # Source: LINE Messaging API reference, Bubble, 30 KB. It does not say how they are counted, so these
    # are the most cautious ones: thousands, and six bytes for every character beyond ASCII.
    bubble_bytes=30_000,
    label_graphemes=40,  # Source: LINE Messaging API reference, Action objects, `label` in Flex Messages
    alt_units=1_500,  # Source: LINE Messaging API reference, Flex Message, `altText`
    uri_units=1_000,  # Source: LINE Messaging API reference, URI action, `uri`
)

TELEGRAM_LIMITS = Limits(
    bubbles=5,  # ours: Telegram allows about one message a second in a chat. Source: Bots FAQ, limits
    text_units=4_096,  # Source: Telegram Bot API, sendMessage, `text`
    buttons=100,  # Source: python-telegram-bot constants, InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER
    label_graphemes=60,  # ours: undocumented; a longer label is cut off on a narrow phone
    echo_graphemes=0,  # a tap on an inline button posts nothing
    tap_bytes=64,  # Source: Telegram Bot API, InlineKeyboardButton, `callback_data`
)
