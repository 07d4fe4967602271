"""Hours: said and kept alike, and a directory whose order changes with the clock never counted by its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.hours import is_always_open
from bot.core.issues.material import Finding, Material
from bot.core.knowledge import Contact

_DIRECTORY_LINE = re.compile(r"^\s*\{contact\.[a-z0-9_]+\}\s*$", re.MULTILINE)
_SMALLEST_DIRECTORY = 2

#: "The first one" in the languages of the product. An hour, a month or a step may be the first.
_ORDINAL = re.compile(
    r"第[一二兩三四五六1-6]\s*(?:支|個(?!小時|月|步驟)|通|條(?:專?線))|[前後][一二兩三]支|最[上下後前]面?的?[那這一]?支"
    r"|[上下][面方]的?(?:[那這]一?|第[一二三])[支個]"
    r"|\bthe (?:first|second|third|fourth|last)(?: (?:one|two|number|line|hotline|contact)\b|(?=\s*[.,;:!?)])|$)"
    r"|\bthe (?:number|line|one) (?:above|below)\b"
    r"|\b(?:số|đường dây) (?:đầu tiên|thứ (?:nhất|hai|ba))"
    r"|\b(?:nomor|yang) (?:pertama|kedua|ketiga)\b"
    r"|(?:เบอร์|สาย|หมายเลข)(?:แรก|ที่(?:หนึ่ง|สอง|สาม|[1-3]))"
    r"|\b(?:unang|ikalawang|pangalawang|ikatlong) (?:numero|linya|hotline)\b",
    re.IGNORECASE,
)

_ROUND_THE_CLOCK = "24"
#: Words that say on which days; without them times alone are not enough for the clock.
_DAYS = ("每天", "每日", "平日", "上班日", "工作日", "週", "星期")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:：](\d{2})(?!\d)")
_HOUR_MIN = 60
_DAY_MIN = 24 * _HOUR_MIN


def ordinal_mentions(material: Material) -> Iterator[Finding]:
    """A sentence counts the lines of a directory ("the first one"), but who can be reached now comes first."""
    for context, locale, sentence in material.say_all():
        if len(_DIRECTORY_LINE.findall(sentence)) < _SMALLEST_DIRECTORY:
            continue
        for found in _ORDINAL.finditer(sentence):
            yield f"{context} [{locale}]", f"'{found[0]}' moves with the clock: name whom you mean"


def hours_without_words(material: Material) -> Iterator[Finding]:
    """A contact's hours for the clock (`open`) and its hours in words (`hours`) do not say the same."""
    for contact in material.knowledge.contacts.values():
        fault = _judge(contact)
        if fault:
            yield f"contacts.{contact.id}", fault


def _judge(contact: Contact) -> str:
    if not contact.open:
        tells_days = any(word in contact.hours for word in _DAYS)
        is_plain = contact.hours.startswith(_ROUND_THE_CLOCK) or (tells_days and _list_clocks(contact.hours))
        return f"says '{contact.hours}', but has no `open`" if is_plain else ""
    if not contact.hours:
        return "has `open`, but no words that say it (`hours`)"
    if not contact.number:
        return "has `open`, but no number that could be called then"
    if is_always_open(contact.open):
        return "" if _ROUND_THE_CLOCK in contact.hours else f"is always open, but says '{contact.hours}'"
    edges = {minute % _DAY_MIN for span in contact.open for minute in (span.opens, span.closes)}
    said = {minute % _DAY_MIN for minute in _list_clocks(contact.hours)}
    return "" if edges == said else f"says '{contact.hours}', but `open` has other times"


def _list_clocks(words: str) -> set[int]:
    """Return the times of day that words name, in minutes."""
    return {int(hour) * _HOUR_MIN + int(minute) for hour, minute in _CLOCK.findall(words)}
