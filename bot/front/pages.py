"""Drawing the pages. Every word comes from the interface or from a reply; autoescape is never off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.core.text import MAX_TYPED_CHARS, drop_directions
from bot.ports import Interface

_TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"

#: Everything that flows/interface.toml must say; a test holds both together.
WORDS = frozenset({
    "lang", "title", "demo",
    "exit", "exit_hint", "exit_url", "cannot", "goodbye",
    "log_label", "bot", "you", "answers_label", "ways_label", "text_label", "placeholder", "send", "noscript",
    "day_send", "title_waiting", "go_on_line", "go_on_here", "code_gone",
    "call_113", "call_110",
    "calendar_title", "calendar_note",
    "too_long", "too_big", "unclear", "not_saved", "offline", "retry", "down", "slow_down",
    "refused", "not_found", "wrong_way", "failed", "to_chat",
})  # fmt: skip
#: What the script needs again when the conversation changes its language.
SCRIPT_WORDS = WORDS - {
    "down", "failed", "not_found", "refused", "wrong_way", "noscript", "too_big", "slow_down",
    "calendar_title", "calendar_note", "go_on_line", "go_on_here", "code_gone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Again:
    """What one button sends again: a field, its value, and the question that it answered."""

    name: str
    value: str = field(repr=False)
    visit: str = ""
    turn: str = ""


@dataclass(frozen=True, slots=True)
class ChatPage:
    """
    What the chat page shows.

    `view` is the codec's, None when the question cannot be read. `seat` is the person's name, carried on
    where cookies are refused. `line` is the key of a word that says what went wrong. `text` stays in the box,
    and `again` is offered once more under `delivery`.
    """

    view: Mapping[str, Any] | None
    delivery: str
    seat: str = field(repr=False)
    line: str = ""
    text: str = ""
    again: Again | None = None


class Pages:
    """The templates, filled."""

    def __init__(self, interface: Interface, *, demo: bool) -> None:
        self._interface = interface
        self._demo = demo
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def words(self, locale: str) -> Mapping[str, str]:
        """Return the interface's words for a locale in any form."""
        return self._interface.words(locale)

    def draw_chat(self, page: ChatPage, *, locale: str) -> str:
        """Draw the chat, whole without scripts."""
        words = self.words(locale)
        page = replace(page, text=drop_directions(page.text))
        # Never cut what somebody wrote: the box takes more than may be sent, and says so kindly. A
        # text this long still fits a form's body when every character takes nine bytes.
        return self._templates.get_template("chat.html").render(
            words=words, page=page, seat=page.seat, demo=self._demo, max_chars=MAX_TYPED_CHARS, box_chars=6_000,
            script_words={key: words[key] for key in sorted(SCRIPT_WORDS)},
        )  # fmt: skip

    def draw_notice(self, line: str, *, locale: str) -> str:
        """Draw a page that says one thing and shows the way back and the human route."""
        return self._templates.get_template("notice.html").render(
            words=self.words(locale), line=line, demo=self._demo, seat=""
        )

    def draw_passage(self, code: str, *, seat: str, line: str, locale: str) -> str:
        """Draw the page whose one button goes on with a conversation from elsewhere."""
        return self._templates.get_template("passage.html").render(
            words=self.words(locale), line=line, demo=self._demo, seat=seat, code=code
        )

    def fill(self, template: str, *, locale: str, **values: object) -> str:
        """Draw another page of the same frame. `values` must have what it names; a missing one is a bug."""
        words = self.words(locale)
        return self._templates.get_template(template).render(words=words, demo=self._demo, **values)

    def draw_blank(self, *, locale: str) -> str:
        """Draw the almost empty page shown for the moment between here and elsewhere."""
        return self._templates.get_template("blank.html").render(words=self.words(locale))
