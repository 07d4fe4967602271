"""
A handoff made ready for the page: what to mind before calling, what the person wrote, what came out of buttons, what was agreed to.

It arranges and leaves nothing out; escaping is the template's. Web addresses are broken up, and characters that act are taken
out. Source: SECURITY T20, T22.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from bot.desk.addresses import defang
from bot.desk.calling import SAFE_LINES, How, choose_lines
from bot.desk.reading import OpenHandoff
from bot.desk.safe_text import strip_controls
from bot.desk.table import say_value
from bot.form.model import SEPARATOR, Field, Form
from bot.form.record import Record
from bot.form.review import WORDS_OF

_T = TypeVar("_T")

#: What is minded before a call, in the order in which one needs it; each is a field of the form.
RULES: Final = ("contact_time", "contact_way", "call_number", "may_say", "if_other", "may_text")
#: What is shown beside the rules.
_BESIDE: Final = ("if_other_words", "urgency", "speak")
#: Our own block of the form: all of it stands among the rules.
_SAFETY: Final = "safety"
_NUMBER = re.compile(r"\+?[0-9][0-9\-]{4,20}(?:#[0-9]{1,6})?", re.ASCII)
_CHUNK: Final = 3


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line of the form: its official label, and what stands in it, one text for each option.

    `is_told`: it came out of buttons. `is_barred`: a number that the consent does not cover.
    """

    key: str
    label: str
    texts: tuple[str, ...] = field(repr=False)
    is_told: bool = False
    is_barred: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """
    A number to call. `address`: for a telephone link, without extension; empty where it is no number as we know them.

    `aloud`: its digits with spaces, to be read out.
    """

    label: str
    text: str = field(repr=False)
    address: str = field(repr=False)
    aloud: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Calls:
    """How to call safely. `refused`: what must not be done, by name. `said` lines may have no texts: nothing was written."""

    said: tuple[Line, ...]
    refused: tuple[str, ...]
    urgency: str
    speak: str = field(repr=False)
    locale: str
    name: str = field(repr=False)
    how: How
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the form, in its order. `blank`: the labels of what was left empty."""

    title: str
    lines: tuple[Line, ...]
    blank: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """
    What was agreed to. `uses`: what each is about, and the answer. `title`, `notices`: the text as it was shown.

    `shown_uses`: the uses as they were worded there. `text`: all of it as it is stored, where it cannot be taken apart.
    """

    version: str
    sha256: str
    at: datetime
    locale: str
    uses: tuple[tuple[str, bool], ...]
    title: str
    notices: tuple[str, ...]
    shown_uses: tuple[str, ...]
    text: str


def clean(text: str) -> str:
    """Return what somebody wrote without characters that act, and with web addresses broken up."""
    return defang(strip_controls(text))


# ─── Calling ──────────────────────────────────────────────────────────────────


def draw_calls(record: Record, form: Form) -> Calls:
    """Put together what must be known before the number is called, and which number that is."""
    calling = choose_lines(record.fields, record.consent.uses)
    labels = {key: one.label for key, one in form.fields.items()}
    return Calls(
        said=tuple(_draw_rule(form, record, key) for key in RULES),
        refused=tuple(_list_refused(record)),
        urgency=clean(record.fields.get("urgency", "")),
        speak=clean(record.fields.get("speak", "")),
        locale=clean(record.locale),
        name=clean(record.fields.get("name", "")),
        how=calling.how,
        numbers=tuple(draw_number(clean(labels.get(key, key)), record.fields[key]) for key in calling.keys),
    )


def draw_number(label: str, text: str) -> Number:
    """Make a number ready to be dialled or read out; only what looks like one gets a link."""
    if not _NUMBER.fullmatch(text):
        return Number(label, clean(text), "", "")
    number = text.partition("#")[0]
    return Number(label, text, number.replace("-", ""), " · ".join(_read_out(number)))


def _read_out(number: str) -> Iterator[str]:
    groups = number.split("-") if "-" in number else re.findall(f".{{1,{_CHUNK}}}", number)
    return (" ".join(group) for group in groups)


def _draw_rule(form: Form, record: Record, key: str) -> Line:
    """One rule; the words that somebody wrote for a box stand with it."""
    asked = form.fields.get(key, Field(key, _SAFETY, key, "text"))
    texts = _list_texts(asked, record.fields.get(key, ""))
    words = [word for word, (parent, _) in WORDS_OF.items() if parent == key]
    texts += tuple(clean(record.fields[word]) for word in words if record.fields.get(word))
    return Line(key, clean(asked.label), texts, key in record.from_conversation)


def _list_refused(record: Record) -> Iterator[str]:
    fields, uses = record.fields, record.consent.uses
    names_safe = any(fields.get(key) for key in ("safe_name", *SAFE_LINES))
    told = {
        "text": fields.get("may_text") == "no",
        "safe_person": names_safe and not uses.get("safe_person"),
        "address": fields.get("address_secret") == "yes",
        "refer": not uses.get("refer"),
    }
    return (name for name, is_refused in told.items() if is_refused)


# ─── The form ─────────────────────────────────────────────────────────────────


def draw_blocks(record: Record, form: Form) -> tuple[Block, ...]:
    """Put what the person wrote into the form's blocks, under its official labels; what today's form has not is last."""
    blocks = [
        Block(clean(block.title), tuple(_list_lines(record, fields)), tuple(_list_blank(record, fields)))
        for block in form.blocks
        if (fields := [one for one in form.list_fields(block.id) if _is_listed(one)])
    ]
    known = {key for key, one in form.fields.items() if one.filled_by == "person"}
    rest = [Field(key, "", key, "text") for key in record.fields if key not in known]
    return (*blocks, Block("", tuple(_list_lines(record, rest)), ())) if rest else tuple(blocks)


def draw_told(record: Record, form: Form) -> tuple[Line, ...]:
    """List what came out of the buttons of the conversation and was left standing."""
    fields = [form.fields.get(key, Field(key, "", key, "text")) for key in record.from_conversation]
    return tuple(_draw_line(one, record.fields[one.key]) for one in fields)


def _is_listed(one: Field) -> bool:
    return one.filled_by == "person" and not (one.block == _SAFETY and one.key in {*RULES, *_BESIDE})


def _list_lines(record: Record, fields: list[Field]) -> Iterator[Line]:
    for one in fields:
        if one.key not in record.from_conversation and (value := record.fields.get(one.key)):
            is_barred = one.key in SAFE_LINES and not record.consent.uses.get("safe_person")
            yield replace(_draw_line(one, value), is_barred=is_barred)


def _list_blank(record: Record, fields: list[Field]) -> Iterator[str]:
    return (clean(one.label) for one in fields if not record.fields.get(one.key))


def _draw_line(one: Field, value: str) -> Line:
    return Line(one.key, clean(one.label), _list_texts(one, value))


def _list_texts(one: Field, value: str) -> tuple[str, ...]:
    """Say a value in the form's words, one text for each box that was ticked."""
    if not value:
        return ()
    values = value.split(SEPARATOR) if one.kind == "choices" else [value]
    return tuple(clean(say_value(one, each)) for each in values)


# ─── The consent ──────────────────────────────────────────────────────────────


def draw_agreed(opened: OpenHandoff, form: Form) -> Agreed:
    """Make the consent readable: what was agreed to in the form's words, and the text as it was shown."""
    consent, told = opened.record.consent, _read_shown(opened.stored.consent.text)
    texts = {use.id: use.text for use in form.notices.uses}
    shown = _read_texts(told.get("uses"))
    notices = _read_texts(told.get("notices"))
    order = [*form.notices.notices, *notices]
    return Agreed(
        version=clean(consent.notices_version),
        sha256=clean(consent.text_sha256),
        at=consent.at,
        locale=clean(consent.locale),
        uses=tuple(
            (clean(texts.get(use) or shown.get(use, use)), on) for use, on in _sort(consent.uses, texts)
        ),
        title=clean(str(told.get("title", ""))),
        notices=tuple(clean(notices[key]) for key in sorted(notices, key=order.index)),
        shown_uses=tuple(clean(text) for _, text in _sort(shown, texts)),
        text="" if notices else clean(opened.stored.consent.text),
    )


def _read_shown(text: str) -> Mapping[str, Any]:
    """Take the text apart; one of another shape is shown as it stands."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _read_texts(told: object) -> Mapping[str, str]:
    return {key: str(text) for key, text in told.items()} if isinstance(told, dict) else {}


def _sort(told: Mapping[str, _T], texts: Mapping[str, str]) -> list[tuple[str, _T]]:
    order = [*texts, *told]
    return sorted(told.items(), key=lambda item: order.index(item[0]))
