"""The little conversation that every alternative holds: a page says something and offers choices."""

from __future__ import annotations

from typing import Final, NamedTuple

START: Final = "start"


class Page(NamedTuple):
    """What is said, and the choices under it: name, label, page that it leads to."""

    text: str
    choices: tuple[tuple[str, str, str], ...]


MENU: Final[dict[str, Page]] = {
    START: Page(
        "你好。想先做什麼呢？",
        (("ask", "想問問題", "who"), ("numbers", "看電話", "numbers"), ("steps", "現在能做什麼", "steps")),
    ),
    "who": Page(
        "這次是為了誰來的呢？不想答的題目都可以跳過。",
        (("self", "我自己", "age"), ("other", "我認識的人", "age"), ("skip", "先跳過", "steps")),
    ),
    "age": Page(
        "想先知道一件事，因為能幫忙的單位不一樣。現在滿 18 歲了嗎？",
        (("adult", "滿 18 歲了", "steps"), ("minor", "還沒滿", "numbers"), ("skip", "先不說", "steps")),
    ),
    "steps": Page(
        "先做這三件，能做一件也很好：不付錢、不見面、對話和帳號都不要刪。",
        (("next", "下一步", "keep"), ("numbers", "看電話", "numbers"), ("back", "回到開始", START)),
    ),
    "keep": Page(
        "留下網址、帳號名稱、日期和時間就好。還想看什麼？",
        (("numbers", "看電話", "numbers"), ("steps", "再看一次", "steps"), ("back", "回到開始", START)),
    ),
    "numbers": Page(
        "113 保護專線（24 小時、免費）\n110 警察（24 小時）\n1925 安心專線（24 小時、免費）",
        (("steps", "現在能做什麼", "steps"), ("who", "回答問題", "who"), ("back", "回到開始", START)),
    ),
}


def carry(choice: str) -> str:
    """Write what a button carries."""
    return f"c={choice}"


def follow(page: str, carried: str) -> str:
    """Return the page that a button leads to; the same page where it has no such button."""
    return next((to for name, _, to in MENU[page].choices if carry(name) == carried), page)
