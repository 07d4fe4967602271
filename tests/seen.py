"""
Everything that people can see of the service, in one language: each reply on each channel, each page, menu and file.

What is seen is judged by two questions. In the language of nobody: does it stand within brackets, whole? In a real one: is
there Chinese outside brackets?
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html.parser import HTMLParser
from itertools import product
from typing import Any

from bot.channels import line_messages, telegram_messages
from bot.channels.limits import LINE_FLEX_LIMITS, LINE_LIMITS, TELEGRAM_LIMITS
from bot.channels.measure import ELLIPSIS
from bot.channels.web import Web
from bot.core.events import Said
from bot.core.fields import REFUSAL
from bot.core.issues.answers import find_settable
from bot.core.issues.replies import _tell_apart
from bot.core.model import NOT_YET, NoteId, Session
from bot.core.reply import Reply
from bot.core.taipei import TAIPEI
from bot.front.pages import Pages
from bot.pack import Pack
from bot.voice.speaker import Speaker
from bot.wiring.checking import _render
from bot.wiring.common import build_speaker
from tests.fakes.line_flex_rules import list_said
from tests.fakes.line_rules import find_complaints
from tests.pseudo import CLOSE, OPEN

#: Inside the life of every fact: what is overdue is another test's.
DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=TAIPEI)
CHANNELS = ("line", "telegram", "web")
_ADDRESS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+")
_LETTER = re.compile(r"[^\W\d_]")
_HAN = re.compile("[㐀-䶿一-鿿]")
_IN_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
#: What stands for a person's own words where the flow is looked at without anybody in it (bot/wiring/checking.py).
_OWN_WORDS = re.compile(r"(?<!\S)(?:一○○|一|yes)(?!\S)")


@dataclass(frozen=True, slots=True)
class Seen:
    """One message, label, page text or the like; `where` names the state or page, `part` what of it."""

    where: str
    part: str
    text: str


# ─── What is wrong ────────────────────────────────────────────────────────────


def find_unbracketed(text: str) -> str:
    """Return the letters outside all brackets: what no catalogue gave. Addresses are nobody's language."""
    depth, outside = 0, []
    for char in _ADDRESS.sub(" ", _OWN_WORDS.sub(" ", _drop_official(text))):
        depth += (char == OPEN) - (char == CLOSE)
        outside.append(char if depth == 0 and char not in {OPEN, CLOSE} else " ")
    return " ".join("".join(outside).split()) if _LETTER.search("".join(outside)) else ""


def find_cut(text: str) -> str:
    """Return the text when it lost one of its brackets: something was cut off."""
    return text if text.count(OPEN) != text.count(CLOSE) else ""


def find_chinese(text: str) -> str:
    """Return the lines in which there is Chinese outside brackets: names stand within, beside their meaning."""
    rest = _OWN_WORDS.sub(" ", _drop_official(text))
    return "\n".join(line for line in rest.split("\n") if _HAN.search(line))


def _drop_official(text: str) -> str:
    """Leave out Chinese in brackets, also in brackets within: the official name beside its meaning."""
    less = _IN_BRACKETS.sub(lambda found: "" if _HAN.search(found[0]) else found[0], text)
    return text if less == text else _drop_official(less)


# ─── Replies ──────────────────────────────────────────────────────────────────


def list_replies(pack: Pack, locale: str, *, only: str = "") -> Iterator[tuple[str, Reply]]:
    """Yield every state (or `only` one) with all the answers that change it, on every channel, and every note."""
    render, settable = _render(pack, DAY), find_settable(pack.flow)
    seen: set[tuple[object, ...]] = set()
    for state in pack.flow.states.values():
        if only not in {"", state.id}:
            continue
        for answers, channel in product(_tell_apart(state, pack.flow, settable), CHANNELS):
            reply = render(state.id, {**answers, "channel": channel}, locale)
            what = state.id, reply.bubbles, reply.buttons, reply.look
            if what not in seen:
                seen.add(what)
                yield f"{state.id} on {channel}", reply
    yield from _list_notes(pack, locale)


def _list_notes(pack: Pack, locale: str) -> Iterator[tuple[str, Reply]]:
    speaker = build_speaker(pack)
    notes = [*pack.flow.notes, *(f"{REFUSAL}{reason}" for reason in pack.form.refusals)]
    session = Session(NOT_YET, 1, pack.flow.special.start, locale, seen_at=NOW, sent_at=NOW)
    for note, channel in product(notes, CHANNELS):
        said = Said(pack.flow.special.start, NoteId(note))
        yield f"note {note} on {channel}", speaker.render(said, session, NOW, channel=channel)
    yield "sorry", speaker.sorry(locale)


def see_reply(where: str, reply: Reply) -> Iterator[Seen]:
    """Yield all that is shown of a reply on LINE, Telegram and the web, labels apart from what is said."""
    yield from (Seen(where, part, text) for part, text in _see_line(reply))
    yield from (Seen(where, part, text) for part, text in _see_telegram(reply))
    yield from (Seen(where, part, text) for part, text in _see_web(reply))


def _see_line(reply: Reply) -> Iterator[tuple[str, str]]:
    for message in line_messages.encode(reply):
        yield "LINE, alt", message.get("altText", "")
        drawn = message["type"] == "flex"
        yield "LINE, said", "\n".join(list_said(message["contents"])) if drawn else message["text"]
        yield from (("LINE, label", label) for label in _list_labels(message))


def _list_labels(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _list_labels(one)
    elif isinstance(part, dict):
        if isinstance(part.get("action"), dict) and part["action"]["type"] != "uri":
            yield from (part["action"][key] for key in ("label", "displayText") if key in part["action"])
        for one in part.values():
            yield from _list_labels(one)


def _see_telegram(reply: Reply) -> Iterator[tuple[str, str]]:
    for message in telegram_messages.encode(reply):
        yield "Telegram, said", message.text
        yield from (("Telegram, label", key.label) for row in message.keyboard for key in row)


def _see_web(reply: Reply) -> Iterator[tuple[str, str]]:
    view = Web().encode(reply)
    for bubble in view["bubbles"]:
        yield "web, said", "".join(piece["text"] for piece in bubble)
    for button in (*view["choices"], *view["ways"]):
        yield "web, label", button["label"]
    yield "web, day", view["day"]


def list_words(reply: Reply) -> tuple[str, ...]:
    """Return all that is said in a reply, before a channel draws it."""
    labels = (button.label for button in reply.buttons)
    return (*reply.bubbles, *labels, reply.hint, reply.ways_hint, reply.alt, reply.day_label)


def find_broken(reply: Reply) -> list[str]:
    """Return what a channel would refuse or cut off: LINE's own rules, Telegram's sizes, and an ellipsis of ours."""
    messages = line_messages.encode(reply)
    broken = [f"{why} at {place}" for why, place in find_complaints(messages)] if messages else []
    whole = "\n".join(list_words(reply))
    ends = (seen for seen in see_reply("", reply) if seen.text.endswith(ELLIPSIS))
    broken += [f"{seen.part} is cut off: {seen.text}" for seen in ends if seen.text not in whole]
    if reply.choices and messages[-1]["type"] != "flex":
        broken.append("the question has no room to be drawn")
    if len(reply.bubbles) > min(LINE_LIMITS.bubbles, TELEGRAM_LIMITS.bubbles):
        broken.append(f"{len(reply.bubbles)} bubbles")
    long = max((len(one.label) for one in reply.buttons), default=0)
    return [*broken, f"a label of {long}"] if long > 3 * LINE_FLEX_LIMITS.label_graphemes else broken


# ─── Pages ────────────────────────────────────────────────────────────────────


def draw_notices(voice: Speaker, locale: str) -> Iterator[tuple[str, str]]:
    """Yield the pages that are met only when something goes wrong or somebody leaves."""
    pages = Pages(voice, demo=True)
    for line in ("failed", "slow_down", "refused", "too_big", "code_gone", "not_found", "wrong_way"):
        yield line, pages.draw_notice(line, locale=locale)
    yield "blank", pages.draw_blank(locale=locale)
    yield "passage", pages.draw_passage("23456-789AB", seat="s", line="code_gone", locale=locale)


class Sight(HTMLParser):
    """A page as somebody sees or hears it: its texts, and what its parts are called."""

    _NAMES = ("placeholder", "aria-label", "title", "alt")
    _UNSEEN = ("script", "style", "template")
    _VOID = ("input", "meta", "link", "br", "img", "hr", "wbr")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.texts += [(f"<{tag} {name}>", told[name]) for name in self._NAMES if told.get(name)]
        if tag not in self._VOID:
            self._open.append((tag, told.get("lang", "")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        # What is marked as another language is meant to be in it: the words of the official form, and of other languages.
        is_foreign = any(lang for tag, lang in self._open if tag != "html")
        if data.strip() and not is_foreign and not any(tag in tags for tag in self._UNSEEN):
            self.texts.append((f"<{tags[-1] if tags else ''}>", data.strip()))


def see_page(where: str, page: str) -> Iterator[Seen]:
    """Yield every text of a page."""
    for part, text in Sight(page).texts:
        yield Seen(where, part, text)
