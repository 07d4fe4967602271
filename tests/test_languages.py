"""Which language is spoken, what the catalogues give, and what translators are given."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.voice.catalogs import SOURCE_LOCALE, choose_locale, extract_sentences, load_catalogs

# ─── Which language ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("zh-TW", "zh_TW"), ("zh-Hant", "zh_TW"), ("zh_TW", "zh_TW"), ("zh-Hant-TW", "zh_TW"), ("zh", "zh_TW"),
        ("zh-CN", "zh_TW"), ("zh-Hans-CN", "zh_TW"), ("ZH-hk", "zh_TW"), ("zh_Hant_TW", "zh_TW"),
        ("en", "en"), ("en-US", "en"), ("en_GB", "en"), ("EN-us", "en"), ("en-Latn-US", "en"), ("en-US-posix", "en"),
        ("vi-VN", "vi"), ("vi", "vi"), ("fil-PH", "fil"), ("id-ID", "id"), ("th", "th"), ("th-TH", "th"),
        # What phones and programs still say: tl for Filipino, in for Indonesian.
        ("tl", "fil"), ("tl-PH", "fil"), ("tl_PH", "fil"), ("in", "id"), ("in-ID", "id"), ("vi-Latn-VN", "vi"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh_TW"), ("en-US,en;q=0.9,zh-TW;q=0.8", "en"), ("fr-FR,fr;q=0.9,en;q=0.8", "en"),
        ("fr, vi", "vi"), ("fr;q=1 vi;q=0.5", "vi"), ("de,*", "zh_TW"), ("fr", "zh_TW"), ("xx-YY, en", "en"),
        ("", "zh_TW"), ("*", "zh_TW"), ("_", "zh_TW"), ("-", "zh_TW"), (";;;,,,", "zh_TW"), ("q=0.5", "zh_TW"),
        ("english please", "zh_TW"), ("en" * 50, "zh_TW"), ("e", "zh_TW"), ("12", "zh_TW"), ("\x00", "zh_TW"),
        ("<script>", "zh_TW"), ("../../etc", "zh_TW"),
    ],
)  # fmt: skip
def test_any_form_of_a_language_tag_finds_a_language(wanted, chosen):
    """Every Chinese is answered in the source; what is not known, too."""
    assert choose_locale(wanted, ("zh_TW", "en", "fil", "id", "th", "vi")) == chosen


@given(st.text(max_size=60))
def test_choosing_a_language_never_fails(wanted):
    """A header is whatever somebody sends."""
    assert choose_locale(wanted, ("zh_TW", "en")) in {"zh_TW", "en"}


@given(st.from_regex(r"[A-Za-z]{1,8}([-_@.][A-Za-z0-9]{0,8}){0,4}", fullmatch=True))
def test_choosing_by_what_looks_like_a_tag_never_fails(wanted):
    """Also where the reader of tags would raise."""
    assert choose_locale(wanted, ("zh_TW", "en")) in {"zh_TW", "en"}


# ─── Catalogues ───────────────────────────────────────────────────────────────

PO = """
msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=UTF-8\\n"

msgctxt "tiny.start"
msgid "滿 18 歲了嗎？"
msgstr "Are you 18?"

msgctxt "tiny.loop"
msgid "滿 18 歲了嗎？"
msgstr "Is she 18?"

#, fuzzy
msgctxt "tiny.minor"
msgid "你很勇敢。"
msgstr "You were told something else once."

msgctxt "tiny.human"
msgid "打 113。"
msgstr ""

msgid "沒有出處"
msgstr "no context"
"""


def _write_catalog(folder: Path, locale: str, text: str = PO) -> Path:
    path = folder / locale / "LC_MESSAGES" / "frontdoor.po"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_a_catalogue_is_read_by_place_and_sentence(tmp_path):
    """The same words may be said differently in two places."""
    catalogs = load_catalogs(_write_catalog(tmp_path, "en"))
    assert catalogs.locales == ("zh_TW", "en")
    assert catalogs.translate("tiny.start", "滿 18 歲了嗎？", "en") == "Are you 18?"
    assert catalogs.translate("tiny.loop", "滿 18 歲了嗎？", "en") == "Is she 18?"
    assert catalogs.translate("", "沒有出處", "en") == "no context"


@pytest.mark.parametrize(
    ("context", "sentence", "locale"),
    [
        ("tiny.minor", "你很勇敢。", "en"),  # fuzzy: the sentence was reworded
        ("tiny.human", "打 113。", "en"),  # empty
        ("tiny.start", "滿 18 歲了嗎？！", "en"),  # another sentence
        ("tiny.start", "滿 18 歲了嗎？", "vi"),  # a language nobody speaks
        ("tiny.start", "滿 18 歲了嗎？", "zh_TW"),
        ("", "", "en"),  # the header
    ],
)
def test_without_a_sound_translation_the_source_is_said(tmp_path, context, sentence, locale):
    """A stale sentence is never shown, whatever it is about."""
    catalogs = load_catalogs(_write_catalog(tmp_path, "en"))
    assert catalogs.translate(context, sentence, locale) == sentence


def test_languages_are_listed_source_first_then_by_name(tmp_path):
    """And where there is no catalogue there is one language."""
    for locale in ("vi", "en", "id"):
        _write_catalog(tmp_path, locale)
    assert load_catalogs(tmp_path).locales == ("zh_TW", "en", "id", "vi")
    assert load_catalogs(tmp_path / "nowhere").locales == (SOURCE_LOCALE,)


# ─── For translators ──────────────────────────────────────────────────────────


def _extract(text: str, **options: str) -> list[tuple[int, str, tuple[str, str], list[str]]]:
    return list(extract_sentences(io.BytesIO(text.encode()), (), (), options))


def test_babel_is_given_every_sentence_with_its_line_and_place():
    """The line is where a translator finds it."""
    found = _extract('# words\n[words]\nsend = "送出"\nlong = """\n  第一行\n第二行"""\n')
    assert found == [
        (3, "pgettext", ("interface.send", "送出"), []),
        (5, "pgettext", ("interface.long", "第一行\n第二行"), []),
    ]


def test_a_sentence_written_with_escapes_is_given_all_the_same():
    """Its line is not found, but it is not lost."""
    assert _extract('[words]\nsend = "\\u9001"\n') == [(1, "pgettext", ("interface.send", "送"), [])]


def test_a_broken_file_is_named_to_whoever_extracts(tmp_path):
    """By the option, by the file itself, or by a usual name."""
    path = tmp_path / "broken.toml"
    path.write_text("a =", encoding="utf-8")
    with path.open("rb") as file, pytest.raises(Exception, match=r"^broken\.toml: not valid TOML"):
        list(extract_sentences(file, (), (), {}))
    with pytest.raises(Exception, match=r"^flow\.toml: not valid TOML"):
        _extract("a =")
    with pytest.raises(Exception, match=r"^my\.toml: not valid TOML"):
        _extract("a =", name="my.toml")
