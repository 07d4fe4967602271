"""The shipped understanding: how it is put together, and which language the first words are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.stated import Stated
from bot.errors import FlowError
from bot.wiring import understanding
from bot.wiring.understanding import LocaleFinder, load_understanding

ALL = ("zh_TW", "en", "vi", "id", "th", "fil")
TONGUES = {
    "someone has my photos": "en",
    "có người dọa đăng ảnh": "vi",
    "ada yang mengancam saya": "id",
    "tinatakot niya ako palagi": "fil",
    "foto foto foto": "",
}


def read_tongue(text: str) -> Stated:
    return Stated(language=TONGUES.get(text, "en"))


FINDS = LocaleFinder(read_tongue, ALL)


@pytest.mark.parametrize("text", list(TONGUES)[:4])
def test_two_words_tell_a_language(text: str):
    """As what understands them says."""
    assert TONGUES[text] == FINDS(text)


@pytest.mark.parametrize("text", ["hi", "ok", "hello", "facebook", "line id", "1 2 3 4 5 6 7 8", "😭😭", ""])
def test_a_word_that_everybody_borrows_tells_none(text: str):
    """Fewer than two words or eight letters."""
    assert FINDS(text) == ""


@pytest.mark.parametrize(
    ("text", "locale"),
    [("我被 threatened by my ex", "zh_TW"), ("ㄉㄟ help me please", "zh_TW"), ("กลัว", "th")],
)
def test_a_script_of_its_own_tells_it(text: str, locale: str):
    """Who mixes English into Chinese writes Chinese."""
    assert FINDS(text) == locale


def test_a_language_that_is_not_spoken_here_is_none():
    """Then the answer stays in the one that is."""
    assert LocaleFinder(read_tongue, ("zh_TW", "en"))("có người dọa đăng ảnh") == ""


def test_what_tells_no_language_leaves_it_open():
    """It is not guessed."""
    assert FINDS("foto foto foto") == ""


def test_without_the_model_nobody_is_served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Cries for help in own words would go unheard, and nobody would know."""
    monkeypatch.setattr(understanding, "find_data", lambda _name: tmp_path)
    with pytest.raises(FlowError, match="put back the file of this version"):
        load_understanding.__wrapped__()


def test_the_model_is_read_once():
    """Every engine of a process shares it."""
    assert load_understanding() is load_understanding()


@pytest.mark.parametrize("code", ["ABCD-EFGH-2345", "KMNP-QRST-VWXY", "ABCDE-FGHJK", "abcd-efgh-jkmn"])
def test_a_code_is_in_no_language(code: str) -> None:
    """Its letters are chance: whoever types a receipt first is answered as before."""
    assert FINDS(code) == ""
