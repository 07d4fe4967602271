"""
Write the words that Thai lines are divided by, from our own sentences: bot/desk/paper/thai_words.txt.

    .venv/bin/python -m scripts.thai_words

Chromium knows where Thai words end; nothing does where forms are printed. Another Chromium may find a few others.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import sync_playwright

from bot.desk.paper.thai import WORDS
from scripts.chromium import find_chromium
from scripts.words_po import read_translations

TOP = Path(__file__).resolve().parent.parent
_DIVIDE = """(texts) => {
  const words = new Intl.Segmenter("th", { granularity: "word" });
  return texts.map((text) => [...words.segment(text)].map((one) => one.segment));
}"""
_WORD = re.compile("[ก-ฮเแโใไ][ก-ฮะ-ฺเ-์]+")
#: What people mistype is divided into pieces that are no words: a short one counts only where it is met often.
_OFTEN = {2: 12, 3: 2}


def main() -> None:
    """Read the sentences, divide them, write the words."""
    written = read_translations((TOP / "locales/th/LC_MESSAGES/frontdoor.po").read_text("utf-8")).values()
    typed = [
        json.loads(line)["text"]
        for path in sorted((TOP / "training/examples/th").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    careful, all_of_them = _count(written), _count([*written, *typed])
    kept = {
        word for word, times in all_of_them.items() if word in careful or times >= _OFTEN.get(len(word), 1)
    }
    WORDS.write_text("\n".join(sorted(kept)) + "\n", "utf-8")
    print(f"{WORDS.relative_to(TOP)}: {len(kept)} words")


def _count(texts: Iterable[str]) -> Counter[str]:
    path = find_chromium()
    if path is None:
        sys.exit("thai_words: no Chromium on PATH; install it (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        divided: list[list[str]] = browser.new_page().evaluate(_DIVIDE, list(texts))
        browser.close()
    return Counter(word for words in divided for word in words if _WORD.fullmatch(word))


if __name__ == "__main__":
    main()
