"""The language somebody asked for, as a code, or left to a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.languages import LANGUAGES, read_languages


@pytest.mark.parametrize(
    ("words", "locale", "codes"),
    [
        ("", "zh_TW", ("zh",)),
        (" ", "vi", ("vi",)),
        ("", "xx", ("read",)),
        ("台語", "zh_TW", ("nan",)),
        ("臺灣手語", "zh_TW", ("sign",)),
        ("越南語、中文都可以", "zh_TW", ("vi", "zh")),
        ("英文或 English", "zh_TW", ("en",)),
        ("I speak Tagalog and English", "en", ("fil", "en")),
        ("tiếng Việt", "vi", ("vi",)),
        ("ภาษาไทย", "th", ("th",)),
        ("tiếng Việt hoặc tiếng Anh", "vi", ("vi", "en")),
        ("Bahasa Inggris atau Indonesia", "id", ("en", "id")),
        ("ภาษาไทยหรือภาษาอังกฤษ", "th", ("th", "en")),
        ("Tagalog at Ingles", "fil", ("fil", "en")),
        ("tiếng Mông", "vi", ("read",)),
        ("不要中文", "zh_TW", ("read",)),
        ("阿美語", "zh_TW", ("read",)),
        ("都可以", "zh_TW", ("read",)),
        ("<script>alert(1)</script>", "zh_TW", ("read",)),
    ],
)
def test_a_language_becomes_a_code(words, locale, codes):
    """Understood whole, or not at all."""
    assert read_languages(words, locale) == codes


@given(st.text(max_size=80), st.text(max_size=10))
def test_only_known_codes_come_out(words, locale):
    """T20: whatever is written."""
    codes = read_languages(words, locale)
    assert codes
    assert set(codes) <= set(LANGUAGES)
