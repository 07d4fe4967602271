"""The catalogues: nothing stale, nothing missing, nothing that a person could not press or dial."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from bot.channels.limits import LINE_LIMITS
from bot.channels.measure import count_graphemes
from bot.core.sentences import Sentence
from bot.pack import find_data, list_spoken, load_pack
from bot.voice.catalogs import load_catalogs

ROOT = Path(__file__).parent.parent
TEMPLATE = Path("locales/frontdoor.pot")
CATALOGUES = sorted(ROOT.glob("locales/*/LC_MESSAGES/frontdoor.po"))
SENTENCES = load_pack().sentences

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_HAN = re.compile("[㐀-䶿一-鿿]")
_HEADERS = ("Language", "X-Review-Status", "Plural-Forms")


# What can be wrong with a catalogue: each function names the contexts (or header fields) at fault.


def find_missing(catalog: Catalog, sentences: AbstractSet[Sentence]) -> list[str]:
    """Sentences that a reader of this language would get in Chinese."""
    translated = {(message.context, message.id) for message in catalog if message.id and message.string}
    return sorted(context for context, _ in sentences - translated)


def find_superfluous(catalog: Catalog, sentences: AbstractSet[Sentence]) -> list[str]:
    """Translations of what nobody says any more, the ones struck out included."""
    entries = (*(message for message in catalog if message.id), *catalog.obsolete.values())
    return [str(one.context) for one in entries if (one.context, one.id) not in sentences]


def find_fuzzy(catalog: Catalog) -> list[str]:
    """Guesses: they are never shown, so they only look like translations."""
    return [str(message.context) for message in catalog if message.id and message.fuzzy]


def find_other_placeholders(catalog: Catalog) -> list[str]:
    """A number, link or fact that the source has and the translation has not, or the other way round."""
    return [
        context
        for context, source, text in _translated(catalog)
        if Counter(_PLACEHOLDER.findall(source)) != Counter(_PLACEHOLDER.findall(text))
    ]


def find_long_labels(catalog: Catalog) -> list[str]:
    """Labels that LINE would cut off."""
    return [
        context
        for context, _, text in _translated(catalog)
        if is_label(context) and count_graphemes(text) > LINE_LIMITS.label_graphemes
    ]


def find_leftovers(catalog: Catalog) -> list[str]:
    """Chinese outside brackets. In brackets stand the names that a person must recognise or say."""
    return [context for context, _, text in _translated(catalog) if _HAN.search(_strip_brackets(text))]


def find_header_faults(text: str, locale: str) -> list[str]:
    """Header fields that are empty or absent, and a language that is not the folder's."""
    header = dict(re.findall(r'^"([\w-]+): *(.*?)\\n"$', text.split("\n\n", 1)[0], flags=re.MULTILINE))
    absent = [name for name in _HEADERS if not header.get(name)]
    return absent or ([] if header["Language"] == locale else ["Language"])


def is_label(context: str) -> bool:
    """Whether the sentence of that context is written on a button."""
    flow, _, rest = context.partition(".")
    return flow == "frontdoor" and "." in rest and not rest.startswith("notes.")


def _translated(catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    return ((str(one.context), str(one.id), str(one.string)) for one in catalog if one.id and one.string)


def _strip_brackets(text: str) -> str:
    return _IN_BRACKETS.sub("", text)


# The catalogues that are there


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parts[-3])
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def catalog(path: Path) -> Catalog:
    return _read(path.read_bytes(), path.parts[-3])


def test_six_languages_are_spoken() -> None:
    """Chinese is the source; these are the others, and no half-made one lies beside them."""
    assert [path.parts[-3] for path in CATALOGUES] == ["en", "fil", "id", "th", "vi"]
    assert {path.name for path in (ROOT / "locales").iterdir()} == {
        "en", "fil", "id", "th", "vi", "babel.cfg", TEMPLATE.name
    }  # fmt: skip


def test_template_and_catalogues_are_up_to_date() -> None:
    """Extracting anew changes nothing."""
    checked = _run(ROOT, "--check")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_template_holds_every_sentence_and_no_trace_of_a_machine() -> None:
    """Translators see all that is said; where and when the file was written is nobody's business."""
    text = (ROOT / TEMPLATE).read_text()
    template = _read(text.encode())
    assert {(one.context, one.id) for one in template if one.id} == SENTENCES
    assert "Date" not in text
    named = set(re.findall(r"^#: (.*)$", text, flags=re.MULTILINE))
    assert named == {f"flows/{name}" for name in list_spoken(find_data("flows"))}


def test_every_sentence_is_translated(catalog: Catalog) -> None:
    """An enabled language is whole: nobody is answered half in Chinese."""
    assert find_missing(catalog, SENTENCES) == []


def test_no_translation_is_superfluous(catalog: Catalog) -> None:
    """What is no longer said is no longer translated."""
    assert find_superfluous(catalog, SENTENCES) == []


def test_no_translation_is_a_guess(catalog: Catalog) -> None:
    """Fuzzy entries are looked at by a person or emptied."""
    assert find_fuzzy(catalog) == []


def test_translations_mention_what_their_source_mentions(catalog: Catalog) -> None:
    """The same numbers, links and facts in every language."""
    assert find_other_placeholders(catalog) == []


def test_labels_fit_on_a_button(catalog: Catalog) -> None:
    """Nobody in a hurry has to guess the end of a label."""
    assert find_long_labels(catalog) == []


def test_chinese_stands_in_brackets_only(catalog: Catalog) -> None:
    """A reader of another language meets Chinese only as a name or a word to say."""
    assert find_leftovers(catalog) == []


def test_header_says_how_far_the_review_is(path: Path) -> None:
    """Everybody can see whether a native-speaking counsellor has read it."""
    assert find_header_faults(path.read_text(), path.parts[-3]) == []


# The checks themselves, each against a planted fault

GOOD = """
msgctxt "frontdoor.start"
msgid "請打 {number.police_110}"
msgstr "Call {number.police_110} (警察)"

msgctxt "frontdoor.start.go"
msgid "好"
msgstr "Yes, go on from here"
"""
SAID = frozenset({("frontdoor.start", "請打 {number.police_110}"), ("frontdoor.start.go", "好")})
WHERE = "frontdoor.start"


def _missing(catalog: Catalog) -> list[str]:
    return find_missing(catalog, SAID)


def _superfluous(catalog: Catalog) -> list[str]:
    return find_superfluous(catalog, SAID)


ALL_CHECKS = (
    _missing, _superfluous, find_fuzzy, find_other_placeholders, find_long_labels, find_leftovers,
)  # fmt: skip
OLD = 'msgctxt "frontdoor.start"\nmsgid "請打"\nmsgstr "Call"\n'
STRUCK_OUT = "".join(f"#~ {line}\n" for line in OLD.splitlines())
GONE = 'msgctxt "frontdoor.gone"\nmsgid "再見"\nmsgstr "Bye"\n'


@pytest.mark.parametrize(
    ("find", "there", "planted", "found"),
    [
        (_missing, 'msgstr "Call {number.police_110} (警察)"', 'msgstr ""', WHERE),
        (_missing, "請打 {number", "請撥 {number", WHERE),
        (_superfluous, GOOD, GOOD + "\n" + GONE, "frontdoor.gone"),
        (_superfluous, GOOD, GOOD + "\n" + OLD, WHERE),
        (_superfluous, GOOD, GOOD + "\n" + STRUCK_OUT, WHERE),
        (find_fuzzy, GOOD, "\n#, fuzzy" + GOOD, WHERE),
        (find_other_placeholders, "Call {number.police_110}", "Call 110", WHERE),
        (find_other_placeholders, "Call {number.police_110}", "Call {number.police_100}", WHERE),
        (find_other_placeholders, '(警察)"', '{number.police_110}"', WHERE),
        (find_long_labels, "Yes, go on from here", "Yes, go on from here!", "frontdoor.start.go"),
        (find_leftovers, "(警察)", "警察", WHERE),
        (find_leftovers, "Yes, go on from here", "好", "frontdoor.start.go"),
    ],
)
def test_a_planted_fault_is_found(
    find: Callable[[Catalog], list[str]], there: str, planted: str, found: str
) -> None:
    """Every check stays silent about a good catalogue and names the place in a bad one."""
    assert [check(_read(GOOD.encode())) for check in ALL_CHECKS] == [[]] * len(ALL_CHECKS)
    assert find(_read(GOOD.replace(there, planted).encode())) == [found]


def test_only_buttons_have_short_words() -> None:
    """A bubble or a note may be longer than a label."""
    contexts = (
        "frontdoor.start",
        "frontdoor.start.go",
        "frontdoor.ways_out.human",
        "frontdoor.notes.sticker",
    )
    assert [is_label(context) for context in contexts] == [False, True, True, False]
    assert not is_label("contact.siarc.name")


HEADER = 'msgid ""\nmsgstr ""\n"Language: en\\n"\n"X-Review-Status: draft\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'


@pytest.mark.parametrize(
    ("there", "planted", "found"),
    [
        ("", "", []),
        ('"X-Review-Status: draft\\n"\n', "", ["X-Review-Status"]),
        ("X-Review-Status: draft", "X-Review-Status: ", ["X-Review-Status"]),
        ("Language: en", "Language: km", ["Language"]),
        ("Plural-Forms", "Plural", ["Plural-Forms"]),
    ],
)
def test_a_faulty_header_is_found(there: str, planted: str, found: list[str]) -> None:
    """A status in the body or in a comment does not count."""
    text = f"# X-Review-Status: read\n{HEADER.replace(there, planted)}\n{GOOD}"
    assert find_header_faults(text, "en") == found


# Falling back to the source


def test_what_cannot_be_translated_is_said_in_the_source_language(tmp_path: Path) -> None:
    """An unknown language, sentence or context, an empty or a fuzzy entry: Chinese, never nothing."""
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    guessed = '#, fuzzy\nmsgctxt "c"\nmsgid "猜"\nmsgstr "Guess"\n\nmsgctxt "c"\nmsgid "空"\nmsgstr ""\n'
    (folder / "frontdoor.po").write_text(f'msgctxt "c"\nmsgid "好"\nmsgstr "Good"\n\n{guessed}')
    catalogs = load_catalogs(tmp_path)
    assert catalogs.locales == ("zh_TW", "en")
    assert catalogs.translate("c", "好", "en") == "Good"
    asked = [
        ("c", "好", "zh_TW"),
        ("c", "好", "vi"),
        ("d", "好", "en"),
        ("c", "很好", "en"),
        ("c", "猜", "en"),
    ]
    assert [catalogs.translate(*one) for one in (*asked, ("c", "空", "en"))] == [
        "好", "好", "好", "很好", "猜", "空",
    ]  # fmt: skip


# Extraction


def test_babel_finds_the_extractor_by_name() -> None:
    """`flow` gives each sentence with its context and the line where it stands."""
    file = BytesIO('[words]\n# a comment\nsend = "送出"\nretry = "再試一次"\n'.encode())
    found = [(line, context, text) for line, text, _, context in extract("flow", file)]
    assert found == [(3, "interface.send", "送出"), (4, "interface.retry", "再試一次")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what the script works on, so that it can be spoiled."""
    for name in ("flows", "locales"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/catalogues.sh", tmp_path / "scripts")
    return tmp_path


def test_a_reworded_sentence_loses_its_translation(checkout: Path) -> None:
    """Stale until the script has run; then empty, and everything else is kept, the header included."""
    phrases = checkout / "flows/phrases.toml"
    sentence = 'number_hint = "選一個，或是回數字："'
    assert sentence in phrases.read_text()
    phrases.write_text(phrases.read_text().replace(sentence, 'number_hint = "沒有按鈕時，回數字："'))

    refused = _run(checkout, "--check")
    assert refused.returncode == 1
    assert "locales/frontdoor.pot is stale" in refused.stderr
    assert "locales/en/LC_MESSAGES/frontdoor.po is stale" in refused.stderr

    assert _run(checkout).returncode == 0
    assert _run(checkout, "--check").returncode == 0
    english = (checkout / "locales/en/LC_MESSAGES/frontdoor.po").read_bytes()
    said = frozenset((str(one.context), str(one.id)) for one in _read(english) if one.id)
    assert find_missing(_read(english, "en"), said) == ["interface.number_hint"]
    assert find_superfluous(_read(english, "en"), said) == find_fuzzy(_read(english, "en")) == []
    assert find_header_faults(english.decode(), "en") == []


def test_a_new_language_starts_from_a_header(checkout: Path) -> None:
    """docs/translators.md: copy the header, run the script, and every sentence is there to translate."""
    english = (checkout / "locales/en/LC_MESSAGES/frontdoor.po").read_text()
    folder = checkout / "locales/km/LC_MESSAGES"
    folder.mkdir(parents=True)
    header = english.split("\n\n", 1)[0].replace("Language: en", "Language: km")
    (folder / "frontdoor.po").write_text(header + "\n\n")
    assert _run(checkout).returncode == 0
    begun = _read((folder / "frontdoor.po").read_bytes(), "km")
    assert find_missing(begun, SENTENCES) == sorted(context for context, _ in SENTENCES)
    assert find_superfluous(begun, SENTENCES) == []


def test_a_mistyped_option_writes_nothing(checkout: Path) -> None:
    """Only `--check` is known; anything else is a typing error, not a wish to write."""
    assert _run(checkout, "--chekc").returncode == 2


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["scripts/catalogues.sh", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )


def _read(text: bytes, locale: str | None = None) -> Catalog:
    return read_po(BytesIO(text), locale=locale)
