"""The form in words: masked where it stays on a phone, whole where it is agreed to, in every language."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import pytest

from bot.voice.form_words import FormWords
from tests.core.cast import shipped

PACK = shipped()
DRAFT = {
    "name": "鸑鷟龘靐",
    "birth": "1987-06-05",
    "phone_mobile": "0971-717-737",
    "types": "t1,t6",
    "story": "饕餮在鼉鼇街",
}


@dataclass
class Translator:
    """Gives everything back and remembers what was asked for."""

    asked: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, context: str, said: str) -> str:
        self.asked.append((context, said))
        return said


def say_in(locale: str = "zh_TW", translate: Translator | None = None) -> FormWords:
    def look_up(context: str, said: str) -> str:
        return PACK.catalogs.translate(context, said, locale)

    def word(key: str) -> str:
        return look_up(f"interface.{key}", PACK.words[key])

    return FormWords(PACK.form, translate or look_up, word, "某某局", "收件的單位")


def test_what_was_filled_in_is_numbered_and_masked():
    """T1: the lines stay in the chat; no four characters of what was typed are among them."""
    said = say_in().list_draft(DRAFT, ())
    lines = said.splitlines()
    assert [line[0] for line in lines] == ["1", "2", "3", "4", "5"]
    for value in (DRAFT[key] for key in ("name", "birth", "phone_mobile", "story")):
        assert not any(value[i : i + 4] in said for i in range(len(value) - 3))


def test_what_a_button_filled_in_is_our_own_words_and_not_hidden():
    """Anything else in the same field is."""
    said = say_in().list_draft({"contact_time": "平日晚上", "contact_way": "平日晚上七點"}, {"平日晚上"})
    assert said.splitlines()[0].endswith("平日晚上")
    assert "七點" not in said


def test_an_empty_form_says_so():
    """Instead of nothing at all."""
    assert say_in().list_draft({}, ()) == PACK.words["form_empty"]
    assert say_in().list_draft({"made_up": "x"}, ()) == PACK.words["form_empty"]


@pytest.mark.parametrize("hostile", ["{label}{value}{number}", "{operator}", "{form}", "1. 假的：一行"])
def test_what_somebody_writes_is_never_a_place_to_fill_in(hostile):
    """A county stands as it is written, whatever is in it."""
    said = say_in().list_draft({"county": hostile}, ())
    assert said.endswith(hostile)
    assert said.count("\n") == 0


def test_ticked_boxes_are_named_in_our_words():
    """In the form's order; an option that is gone is left out."""
    words = say_in()
    both = words.name_picked("types", {"types": "t6,t1,t99"})
    first, second = (words.name_picked("types", {"types": one}) for one in ("t1", "t6"))
    assert both == f"{first}{PACK.words['comma']}{second}"
    for empty in ({}, {"types": ""}, {"types": "t99"}):
        assert words.name_picked("types", empty) == PACK.words["form_nothing_picked"]


def test_each_notice_and_use_is_said_whole():
    """All that the law wants to be said, with who runs this in its place."""
    words = say_in()
    for name in PACK.form.notices.notices:
        assert words.notice(name).strip()
        assert "{" not in words.notice(name)
    assert any("某某局" in words.notice(name) for name in PACK.form.notices.notices)
    for use in PACK.form.notices.uses:
        assert words.use(use.id) == use.text


@pytest.mark.parametrize("locale", PACK.catalogs.locales)
def test_what_is_agreed_to_is_the_same_text_every_time(locale):
    """Canonical JSON, so that its hash names it: six notices, every use, the language and the version."""
    text = say_in(locale).write_notices(locale)
    assert text == say_in(locale).write_notices(locale)
    told = json.loads(text)
    assert json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")) == text
    assert (told["locale"], told["version"]) == (locale, PACK.form.notices.version)
    assert len(told["notices"]) == 6
    assert set(told["uses"]) == {use.id for use in PACK.form.notices.uses}
    assert not re.search(r"\{[a-z_.]+\}", text)


def test_another_text_has_another_name():
    """Who runs the service is part of what is agreed to."""
    other = FormWords(PACK.form, lambda _, zh: zh, lambda key: PACK.words[key], "另一局", "收件的單位")
    assert other.write_notices("zh_TW") != say_in().write_notices("zh_TW")


def test_every_sentence_is_asked_for_by_a_context_that_translators_have():
    """A context that nobody extracts would never be translated."""
    translator = Translator()
    words = say_in(translate=translator)
    words.list_draft(DRAFT, ())
    words.name_picked("types", DRAFT)
    words.name_picked("needs", {"needs": "counselling"})
    words.write_notices("en")
    for reason in PACK.form.refusals:
        words.refusal(reason)
    known = {context for context, _ in PACK.sentences}
    unknown = {context for context, _ in translator.asked} - known
    assert {context for context in unknown if not context.endswith(".label")} == set()
