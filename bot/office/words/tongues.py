"""The languages of the staff, how one is chosen, and all words of all topics in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from bot.office.words import (
    accounts,
    audit,
    case,
    exports,
    figures,
    keeping,
    keys,
    queue,
    shared,
    signing,
    unlocking,
)

Tongue = Literal["zh_TW", "en"]
TONGUES: tuple[Tongue, ...] = get_args(Tongue)
SOURCE_TONGUE: Tongue = "zh_TW"
#: How HTML names our languages.
HTML_TAGS: Mapping[Tongue, str] = {"zh_TW": "zh-Hant-TW", "en": "en"}
TONGUE_NAMES: Mapping[Tongue, str] = {"zh_TW": "中文", "en": "English"}

_TOPICS = (accounts, audit, case, exports, figures, keeping, keys, queue, shared, signing, unlocking)
BY_TONGUE: Mapping[Tongue, Mapping[str, str]] = {
    tongue: {key: both[place] for topic in _TOPICS for key, both in topic.WORDS.items()}
    for place, tongue in enumerate(TONGUES)
}


def find_tongue(tag: str) -> Tongue | None:
    """Map a language tag in any form to a language of the staff; None if it is neither."""
    primary = tag.strip().replace("_", "-").partition("-")[0].lower()
    return {"zh": SOURCE_TONGUE, "en": "en"}.get(primary)


def choose_tongue(asked: str, kept: str, accepted: str) -> Tongue:
    """
    Choose the language: asked for now, kept from before, then the browser's.

    `accepted` is an Accept-Language header. Source: RFC 9110 §12.5.4; browsers list the liked first,
    so that weights need not be read.
    """
    tags = [asked, kept, *(part.partition(";")[0] for part in accepted[:500].split(","))]
    return next((tongue for tag in tags if (tongue := find_tongue(tag))), SOURCE_TONGUE)
