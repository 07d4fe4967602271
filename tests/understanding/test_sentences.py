"""The sentences written by hand say only what can be said of them, and none teaches that is meant to judge."""

from __future__ import annotations

import pytest

from tests.understanding.sentences import FOLDER, LANGUAGES, Sentence, find_faults, load_sentences

APART = ("evaluation", "outsiders")
KINDS = ("examples", *APART)
#: So many characters may be the same by chance.
_EVERYBODY_SAYS = 20


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_states_only_what_there_is_a_field_for(kind: str, language: str) -> None:
    faults = [f"{one.place}: {fault}" for one in load_sentences(kind, language) for fault in find_faults(one)]
    assert faults == []


def test_nothing_lies_where_nobody_reads_it() -> None:
    known = {FOLDER / kind / language for kind in KINDS for language in LANGUAGES}
    assert {path.parent for path in FOLDER.rglob("*.jsonl")} <= known


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_stands_twice(kind: str, language: str) -> None:
    places: dict[str, list[str]] = {}
    for one in load_sentences(kind, language):
        places.setdefault(_fold(one), []).append(one.place)
    assert [found for found in places.values() if len(found) > 1] == []


@pytest.mark.parametrize("kind", APART)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_set_apart_is_no_example(kind: str, language: str) -> None:
    """But for the very short: everybody says yes and hello in the same words."""
    examples = {_fold(one) for one in load_sentences("examples", language)}
    apart = [one for one in load_sentences(kind, language) if len(one.text) > _EVERYBODY_SAYS]
    assert [one.place for one in apart if _fold(one) in examples] == []


def _fold(one: Sentence) -> str:
    return " ".join(one.text.split()).casefold()


@pytest.mark.parametrize(
    "facts",
    [
        {"mood": "sad"}, {"crisis": "yes"}, {"role": "victim"}, {"harms": []}, {"harms": ["deepfake", "deepfake"]},
        {"wants": ["money"]}, {"platforms": "line"}, {"out_of_scope": True, "role": "self"},
    ],
)  # fmt: skip
def test_a_wrong_field_is_found(facts: dict[str, object]) -> None:
    assert find_faults(Sentence("x", facts, "here:1"))
