"""
What stands in a translators' sheet: one row for each sentence, what it is, how long it may be, what is wrong with it.

Pure: files are read and written elsewhere.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.channels.limits import LINE_LIMITS
from bot.channels.measure import count_graphemes
from bot.core.issues.replies import MAX_CHARS
from bot.core.issues.translations import find_numbers, find_placeholders
from bot.core.sentences import Sentence
from bot.core.text import clean

_HAN = re.compile("[㐀-䶿一-鿿]")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_LABEL = LINE_LIMITS.label_graphemes
_MESSAGE = MAX_CHARS[""]
#: Source: LINE messaging-api.yml, RichMenuRequest.chatBarText.maxLength
_BAR = 14
#: What is said of a context that has no kind yet.
ANYTHING = "Something that people read."
#: What each kind of context is, as docs/translators.md tells it, and how many letters it may have; the first that fits.
_KINDS: tuple[tuple[re.Pattern[str], str, int | None], ...] = tuple(
    (re.compile(pattern), what, limit)
    for pattern, what, limit in (
        (r"frontdoor\.notes\..+", "Said before a message. End it so that the message can follow.", None),
        (
            r"frontdoor\.ways_out\..+",
            "A button that is always there. Must also work as a typed word.",
            _LABEL,
        ),
        (r"frontdoor\.[^.]+\..+", "A button.", _LABEL),
        (r"frontdoor\.[^.]+", "A message.", _MESSAGE),
        (r"contact\..+", "A line of the directory. Times as 9:00–22:00, never am or pm.", None),
        (r"fact\..+\.fallback", "Said when the fact is out of date.", None),
        (r"fact\..+", "A fact with a source. Exact: no number more, none less.", None),
        (
            r"form\.(block\..+|.+\.label)",
            "A part or a field of the official form. The Chinese stands beside it by itself.",
            None,
        ),
        (
            r"form\.refusal\..+",
            "Why words did not fit: what to write, never what was wrong with the person.",
            None,
        ),
        (r"form\..+", "The form. Written formats such as 79/5/20 and 09xx stay as they are.", None),
        (
            r"consent\..+",
            "What the law asks for or somebody agrees to. EXACT: nothing added, nothing left out.",
            None,
        ),
        (r"answer\..+", "How an answer is read back.", None),
        (r"told\..+", "What was understood from somebody's own words, read back within a sentence.", None),
        (r"law\..+", "A law: an official name, then the Chinese in brackets. Exact.", None),
        (r"interface\.menu_bar", "The bar that opens the menu in LINE.", _BAR),
        (r"interface\.pick_day", "A button, to choose a day.", _LABEL),
        (
            r"interface\.(lang|exit_url)",
            "Read by the page: the code of your language; a harmless https page in it.",
            None,
        ),
        (
            r"interface\.form_.+",
            "The one-time page. Its title and first page must look like nothing special.",
            None,
        ),
        (r"interface\..+", "The web page, the menus and small words. Spaces at the ends count.", None),
        (r"(platform|list|item)\..+", "Look-up: a platform, a list, an item of it.", None),
    )
)


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence of a sheet. `key` tells later whether anything but the translation was touched, here or in the file."""

    context: str
    chinese: str
    english: str
    translation: str
    key: str

    @property
    def sentence(self) -> Sentence:
        """The context and the Chinese: what a translation is found by."""
        return self.context, self.chinese


def make_rows(
    sentences: Iterable[Sentence], english: Mapping[Sentence, str], translated: Mapping[Sentence, str]
) -> list[Row]:
    """Return a row for each sentence, in the order of the conversation."""
    return [
        Row(context, chinese, english.get((context, chinese), ""), said, sign((context, chinese), said))
        for context, chinese in dict.fromkeys(sentences)
        for said in (translated.get((context, chinese), ""),)
    ]


def sign(sentence: Sentence, translation: str) -> str:
    """Return a short fingerprint of a sentence with its translation; no spreadsheet takes it for a number."""
    return "k" + hashlib.sha256("\0".join((*sentence, translation)).encode()).hexdigest()[:15]


def describe(context: str) -> str:
    """Return what a sentence of that context is, for somebody who has never seen the service."""
    return _find_kind(context)[0]


def find_limit(context: str) -> int | None:
    """Return how many letters, as a reader counts them, a translation may have; None: any number."""
    return _find_kind(context)[1]


def _find_kind(context: str) -> tuple[str, int | None]:
    found = ((what, limit) for pattern, what, limit in _KINDS if pattern.fullmatch(context))
    return next(found, (ANYTHING, None))


def count_left(context: str, translation: str) -> int | None:
    """Return how many letters are left; below zero, it is too long; None: there is no limit."""
    limit = find_limit(context)
    return None if limit is None else limit - count_graphemes(translation)


def find_problems(row: Row) -> list[str]:
    """Return what is wrong with a translation and what to do about it; an empty one is said, not wrong."""
    if not row.translation:
        return ["not translated yet"]
    judged = (_find_lost, _find_numbers, _find_length, _find_leftovers, _find_invisible)
    return [problem for judge in judged for problem in judge(row)]


def _find_lost(row: Row) -> Iterator[str]:
    wanted, there = Counter(find_placeholders(row.chinese)), Counter(find_placeholders(row.translation))
    for name in wanted - there:
        yield f"{name} is missing: copy it exactly, once"
    for name in there - wanted:
        yield f"{name} is too much: take it out, or write it as in the Chinese"


def _find_numbers(row: Row) -> Iterator[str]:
    wanted, there = find_numbers(row.chinese), find_numbers(row.translation)
    for number in sorted(wanted ^ there):
        yield f"the number {number} is {'missing' if number in wanted else 'not in the Chinese'}"


def _find_length(row: Row) -> Iterator[str]:
    """Messages are measured filled in, by `make flows`: what a placeholder stands for may be long or short."""
    left = count_left(row.context, row.translation)
    if left is not None and left < 0 and not ("{" in row.chinese and find_limit(row.context) == _MESSAGE):
        yield f"{-left} letters too long: {find_limit(row.context)} at most"


def _find_leftovers(row: Row) -> Iterator[str]:
    if _HAN.search(_IN_BRACKETS.sub("", row.translation)):
        yield "Chinese outside brackets: put an official name in brackets, translate the rest"


def _find_invisible(row: Row) -> Iterator[str]:
    if clean(row.translation) != unicodedata.normalize("NFC", row.translation):
        yield "holds a character that nobody sees: delete the text and type it, do not paste it"
