"""
The five ways out for what somebody wrote: LINE, Telegram, the web pages, the paper, the files of an export.

Each way takes texts and gives its complaints, in words of ours: nothing may raise, no bidi control may come out, markup stays
text, and where nothing may be cut the text that comes out is the text that went in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import Any

from bot.channels.limits import LINE_LIMITS, TELEGRAM_LIMITS
from bot.channels.line_messages import Drawings
from bot.channels.measure import count_units
from bot.channels.telegram_messages import encode as encode_telegram
from bot.core.text import clean
from bot.form.reading import FormReader
from bot.front.form_drawing import FormPages
from bot.front.form_sheet import SheetReader
from bot.front.form_steps import STEPS
from bot.front.pages import ChatPage, Pages
from bot.office.case_drawing import clean as clean_for_desk
from bot.office.case_drawing import draw_blocks, draw_calls, draw_told
from bot.office.pages import load_pages
from bot.office.words import BY_TONGUE
from bot.wiring.common import build_speaker
from tests.channels.material import make_reply
from tests.desk.papers import fill
from tests.end_to_end.service import load_pack_once
from tests.fuzz.fields import DIRECTIONS, TODAY, Complaint, Way, find_form, list_asked, spread, whole
from tests.fuzz.files_out import export_files, print_paper

# LINE and Telegram

#: So much, said in bubbles and once more on buttons, fits into one text of either.
_SURELY_FITS = 1_200


def send_line(texts: Sequence[str]) -> Iterator[Complaint]:
    """Say the texts in bubbles and on buttons; what fits comes out whole."""
    drawings = Drawings()
    for at in range(0, len(texts), 3):
        said = [clean(text) for text in texts[at : at + 3]]
        written = drawings.write(make_reply(*said, choices=[*said, "好"], ways_out=said[:1]))
        if not DIRECTIONS.isdisjoint(json.dumps(json.loads(written), ensure_ascii=False)):
            yield "a bidi control comes out", "line"
        yield from _check_line(json.loads(written), said)


def _check_line(messages: list[dict[str, Any]], said: Sequence[str]) -> Iterator[Complaint]:
    if not 1 <= len(messages) <= LINE_LIMITS.bubbles:
        yield "more messages than a reply takes", "line"
    texts = [message["text"] for message in messages if message["type"] == "text"]
    if any(not text.strip() or count_units(text) > LINE_LIMITS.text_units for text in texts):
        yield "a text of no size", "line"
    if sum(map(count_units, said)) > _SURELY_FITS:
        return
    if [text for text in said if text.strip() and not any(text in one for one in texts)]:
        yield "a text does not come out whole", "line"


def send_telegram(texts: Sequence[str]) -> Iterator[Complaint]:
    """The same for Telegram."""
    for at in range(0, len(texts), 3):
        said = [clean(text) for text in texts[at : at + 3]]
        messages = encode_telegram(make_reply(*said, choices=[*said, "好"], ways_out=said[:1]))
        shown = [message.text for message in messages]
        keys = [key.label for message in messages for row in message.keyboard for key in row]
        if not DIRECTIONS.isdisjoint("".join((*shown, *keys))):
            yield "a bidi control comes out", "telegram"
        if any(not text.strip() or count_units(text) > TELEGRAM_LIMITS.text_units for text in shown):
            yield "a text of no size", "telegram"
        json.dumps(shown + keys).encode()
        if sum(map(count_units, said)) > _SURELY_FITS:
            continue
        if [text for text in said if text.strip() and not any(text in one for one in shown)]:
            yield "a text does not come out whole", "telegram"


# The web: the person's pages, and the desk's


class _Read(HTMLParser):
    """Reads a page as a browser would: which elements and attributes there are, and what is said."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shapes: set[str] = set()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shapes |= {tag, *(f"{tag}.{name}" for name, _ in attrs)}
        self.said += [value for _, value in attrs if value]

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_comment(self, data: str) -> None:
        self.shapes.add("a comment")

    def handle_pi(self, data: str) -> None:
        self.shapes.add("an instruction")


def read_page(page: str) -> _Read:
    read = _Read()
    read.feed(page)
    read.close()
    return read


@cache
def _front() -> tuple[FormPages, Pages]:
    pack = load_pack_once()
    speaker = build_speaker(pack, "https://x.example")
    pages = Pages(speaker, demo=False)
    return FormPages(pages, speaker, SheetReader(pack.form, FormReader(pack.form))), pages


@cache
def _shapes() -> frozenset[str]:
    """Elements and attributes of our own pages: those of harmless texts, in every field, fitting or not."""
    harmless = [one.options[0].id if one.options else "好" for one in list_asked()]
    shapes: set[str] = set()
    for texts in (
        harmless,
        ["x" * 300] * len(harmless),
        ["x" * 5_001] * len(harmless),
        ["0912345678"] * len(harmless),
        ["1990-05-20"] * len(harmless),
        ["臺北市"] * len(harmless),
    ):
        for page, _ in _draw_pages(texts):
            shapes |= read_page(page).shapes
    return frozenset(shapes)


def show_pages(texts: Sequence[str]) -> Iterator[Complaint]:
    """Draw them into the chat's box, each step of the form, and the desk's page: as text, whole, and nothing else."""
    for page, expected in _draw_pages([whole(text) for text in texts]):
        read = read_page(page)
        if not DIRECTIONS.isdisjoint(page) or not DIRECTIONS.isdisjoint("".join(read.said)):
            yield "a bidi control comes out", "pages"
        if strange := read.shapes - _shapes():
            yield f"markup came out of a text: {sorted(strange)[:3]}", "pages"
        everything = "\x00".join(read.said)
        if missing := [key for key, text in expected.items() if text not in everything]:
            yield "a text does not come out whole", f"{missing[0]} of the pages"


def _draw_pages(texts: Sequence[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    forms, pages = _front()
    for text in texts[:1]:
        page = ChatPage(None, "d" * 43, "s" * 43, line="too_long", text=text)
        yield pages.draw_chat(page, locale="zh_TW"), {}
    for fields in spread(texts):
        pairs = [
            ("seat", "s" * 43),
            ("locale", "zh_TW"),
            *((f"f.{key}", text) for key, text in fields.items()),
        ]
        sheet = forms.sheets.read(pairs, today=TODAY)
        for step in STEPS:
            yield forms.draw_step(replace(sheet, step=step), "t" * 22), {}
        yield (
            _draw_desk(fields),
            {key: clean_for_desk(text) for key, text in fields.items() if _is_plain(key)},
        )


def _is_plain(key: str) -> bool:
    """Whether a field is shown as it stands on the desk's page, and not in the form's own words."""
    return find_form().fields[key].kind in {
        "text",
        "long_text",
        "identity",
        "county",
        "district",
    } and key not in {"if_other_words", "speak"}


@cache
def _office() -> Any:
    return load_pages(demo=False).templates


def _draw_desk(fields: Mapping[str, str]) -> str:
    record = fill(fields)
    form = find_form()
    told = {
        "w": BY_TONGUE["zh_TW"],
        "blocks": draw_blocks(record, form),
        "told_lines": draw_told(record, form),
    }
    calls = draw_calls(record, form)
    case = {"asked": {}}
    told_calls = {"calls": calls, "case": case}
    return str(_office().from_string(_DESK).render(**told, **told_calls))


_DESK = (
    '{% from "case_parts.html" import line_texts with context %}{% include "case_wrote.html" %}'
    "<p>{{ calls.speak }}</p><p>{{ calls.name }}</p>{% for rule in calls.said %}{% for text in rule.texts %}<dd>{{ text }}</dd>{% endfor %}{% endfor %}"
    '{% for number in calls.numbers %}{% if number.address %}<a href="tel:{{ number.address }}">{{ number.text }}</a>{% else %}{{ number.text }}{% endif %}{% endfor %}'
)


#: By name, in the order in which figures tell them.
WAYS: Mapping[str, Way] = {
    "LINE": send_line,
    "Telegram": send_telegram,
    "web pages": show_pages,
    "paper": print_paper,
    "exports": export_files,
}
