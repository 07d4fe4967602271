"""
A language that nobody speaks, to see what a page does to long words and tall letters.

Every sentence is made from the English one: the same words under Vietnamese marks, then enough more
to be 60-100 % longer, Thai letters and one word without a break. Each line of words stands between
two brackets, so that what was cut off lacks one and what was not translated lacks both.

Its tag is Esperanto's. `en_XA`, the usual name for this, is English to `choose_locale`, which
looks at the language alone; a private tag (`qps`) is unknown to Babel, which must write weekdays and
dates. Esperanto is known to both, and no service here will be asked for it.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import regex
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.channels.limits import LINE_LIMITS
from bot.pack import Pack, find_data, load_pack
from bot.voice.catalogs import DOMAIN

PSEUDO = "eo"
OPEN, CLOSE = "⟦", "⟧"
#: The longest word: more than a line of the smallest phone.
MAX_WORD_CHARS = 48
#: Said as they are: what the page or the browser reads, not a person.
_VERBATIM = {"interface.lang": PSEUDO, "interface.exit_url": "https://www.cwa.gov.tw/"}

_MORE = 0.72
_MARKS = str.maketrans("AEIOUYaeiouyd", "ẪỄỊỖỮỸậễịộựỹđ")
_THAI = "ที่นี่ปู่กลุ้มใจผู้รู้สึกน้ำตาซึ้งเริ่มเมื่อพร้อมญู้ฐุ้ไม่ต้องเร่ง"
_WORD = "ngưỡngcửakhôngngắtquãngẤnỔlẫnđượcchữviếtliềnmộtmạch"
_HAN = re.compile(r"[\u3400-\u9fff]")
_KEPT = re.compile(r"(\{[a-z0-9_.]+\}|https?://\S+)")
_LETTER = re.compile(r"[^\W\d_]")
_CLUSTER = regex.compile(r"\X")


def count_seen(text: str) -> int:
    """Return how many letters a person sees: marks stand on theirs."""
    return len(_CLUSTER.findall(text))


def stretch(sentence: str) -> str:
    """Return the sentence in the language of nobody; mentions, addresses and digits stay."""
    return "\n".join(_stretch_line(line) for line in sentence.split("\n"))


def _stretch_line(line: str) -> str:
    said = _HAN.sub("a", line)
    if not _LETTER.search(_KEPT.sub("", said)):
        return said  # a mention alone, or a comma: nothing that could be translated
    head = said[: len(said) - len(said.lstrip())]
    tail = said[len(said.rstrip()) :]
    words = said.strip()
    more = round(count_seen(words) * _MORE) - 2
    return f"{head}{OPEN}{_mark(words)}{''.join(_fill(more))}{CLOSE}{tail}"


def _mark(words: str) -> str:
    """Put the marks on, but not in what is filled in later."""
    parts = _KEPT.split(words)
    return "".join(part if _KEPT.fullmatch(part) else part.translate(_MARKS) for part in parts)


def _fill(more: int) -> Iterator[str]:
    """Yield Thai letters, a word without a break, and so on until there is enough."""
    lead = max(1, more // 4 if more > MAX_WORD_CHARS else more // 2)
    yield _take(_THAI, lead)
    rest = more - lead
    for sample in itertools.cycle((_WORD, _THAI)):
        length = min(rest - 1, MAX_WORD_CHARS)
        if length < 1:
            return
        yield f" {_take(sample, length)}"
        rest -= length + 1


def _take(sample: str, length: int) -> str:
    return "".join(itertools.islice(itertools.cycle(_CLUSTER.findall(sample)), length))


def fit(label: str) -> str:
    """Return a label in the language of nobody that still fits on LINE's button: what cuts it off cuts its bracket."""
    return f"{OPEN}{_take(_mark(label) + _THAI, LINE_LIMITS.label_graphemes - 2)}{CLOSE}"


def is_label(context: str) -> bool:
    """Whether a sentence of that context stands on a button."""
    flow, _, rest = context.partition(".")
    return context == "interface.pick_day" or (
        flow == "frontdoor" and "." in rest and not rest.startswith("notes.")
    )


def write_locales(folder: Path, *, fitted: bool = False) -> Path:
    """
    Copy the real catalogues to `folder` and put the language of nobody beside them.

    `fitted`: labels are as long as LINE takes them and no longer, to see what a channel does to them.
    """
    shutil.copytree(find_data("locales"), folder, dirs_exist_ok=True)
    path = folder / PSEUDO / "LC_MESSAGES" / f"{DOMAIN}.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, _make_catalog(load_pack(), fitted=fitted), width=0)
    return folder


def load_stretched(folder: Path, *, fitted: bool = False) -> Pack:
    """Load everything as the programs do, with one language more. `folder` may be empty or missing."""
    return load_pack(locales=write_locales(folder, fitted=fitted))


def _make_catalog(pack: Pack, *, fitted: bool) -> Catalog:
    catalog = Catalog(locale=PSEUDO, fuzzy=False)
    for context, sentence in sorted(pack.sentences):
        english = pack.catalogs.translate(context, sentence, "en")
        longer = fit if fitted and is_label(context) else stretch
        catalog.add(sentence, _VERBATIM.get(context) or longer(english), context=context)
    return catalog
