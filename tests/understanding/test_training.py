"""The file by which texts are read is the one of the sentences in the repository, and anybody can make it again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.understanding.artefact import load, pack, unpack
from bot.understanding.lexicon import load_lexicon
from bot.understanding.reading import Reader
from training import page, thresholds
from training.checking import ARTEFACT, FOLDER, find_fault
from training.heads import HEADS, OUTPUTS, SLICES
from training.learn import Lesson, learn, prepare, read_all
from training.lesson import deal_out, make_targets
from training.noise import make_noise
from training.recipe import Manner, Recipe
from training.scoring import EVERYWHERE, count_firing, list_misread, tally
from training.sentences import Sentence, read_sentences

_MOST_BYTES = 10_000_000
_LITTLE = Recipe(Manner(hidden=8, epochs=20, batch=8), least=(1, 1), seeds=(1, 2), folds=2, fold_seeds=(3,))
_THREAT = {"role": "self", "status": "threatened", "harms": ["threatened_sharing"]}
_SAID = (
    ("he says he will post my photos", _THREAT),
    ("my ex wants to post my pictures", _THREAT),
    ("the parcel did not come", {"out_of_scope": True}),
    ("is it going to rain today", {"out_of_scope": True}),
    ("i want to die", {"crisis": True, "role": "self"}),
)


@pytest.fixture
def little(tmp_path: Path) -> Path:
    """A folder with a lexicon of a few words and a few sentences, each many times."""
    (tmp_path / "lexicon").mkdir()
    for language in ("zh-TW", "en", "vi", "id", "th", "fil"):
        (tmp_path / "lexicon" / f"{language}.toml").write_text(
            'DIE = ["die"]\nPICTURE = ["photos", "pictures"]\n'
        )
    lines = [json.dumps({"text": text, **facts}) for text, facts in _SAID] * 30
    (tmp_path / "examples" / "en").mkdir(parents=True)
    (tmp_path / "examples" / "en" / "some.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_the_same_sentences_give_the_same_bytes(little: Path) -> None:
    """Learning is repeatable to the last bit."""
    assert pack(learn(_LITTLE, little)) == pack(learn(_LITTLE, little))


def test_what_was_learned_is_read_back(little: Path) -> None:
    """A net reads the sentences that it learned, through the file and in pure Python."""
    reader = Reader(unpack(pack(learn(_LITTLE, little))))

    assert [reader.read(text).as_facts().items() >= facts.items() for text, facts in _SAID] == [True] * len(
        _SAID
    )


def test_other_sentences_are_noticed(little: Path) -> None:
    """A file that was learned before a sentence was added is named as such, and what to do."""
    path = little / "understood.bin"
    path.write_bytes(pack(learn(_LITTLE, little)))
    assert find_fault(path, little, _LITTLE) == ""

    with (little / "examples" / "en" / "some.jsonl").open("a") as more:
        more.write('{"text": "one more"}\n')

    assert "the examples or the lexicon" in find_fault(path, little, _LITTLE)
    assert "make understanding" in find_fault(path, little, _LITTLE)


def test_letters_alone_are_learned_as_nothing_said(little: Path) -> None:
    """The same sentences give the same noise, in their own letters; of what it is about nothing is learned."""
    sentences = read_sentences(little / "examples")
    noise = make_noise(sentences, 50)
    assert noise == make_noise(sentences, 50)
    assert {one.language for one in noise} == {"en"}
    assert set("".join(one.text for one in noise)) <= set("".join(one.text for one in sentences))
    wanted, counts = make_targets(noise)
    assert not wanted[:, SLICES["crisis"]].any()
    assert counts[:, SLICES["crisis"]].all()
    assert not counts[:, SLICES["out_of_scope"]].any()


def test_noise_brings_no_features_of_its_own(little: Path) -> None:
    """The file would grow by what nobody writes."""
    lexicon, sentences = load_lexicon(little / "lexicon"), read_sentences(little / "examples")
    lesson = prepare(sentences, lexicon, _LITTLE)
    assert len(lesson.sentences) == len(sentences) + _LITTLE.noise
    assert (
        lesson.vocabulary.numbers
        == Lesson.of(sentences, read_all(sentences, lexicon), _LITTLE).vocabulary.numbers
    )


@pytest.mark.parametrize("piece", ["很長", "很慢", "abc ", "อะไร", "字", "ha"])
def test_what_is_said_again_and_again_is_no_cry_for_help(piece: str) -> None:
    """Unknown and long once looked like a farewell."""
    said = Reader(load(ARTEFACT)).read(piece * 1_500).as_facts()
    assert not {"crisis", "danger", "role", "status", "harms"} & said.keys()


def test_the_file_in_the_repository_is_that_of_the_sentences() -> None:
    """Whoever adds a sentence or a word makes the file anew."""
    assert find_fault() == ""


def test_the_file_is_small() -> None:
    """It travels with the program."""
    assert ARTEFACT.stat().st_size <= _MOST_BYTES
    assert load(ARTEFACT).recipe["sentences"] == len(read_sentences(FOLDER / "examples"))


def test_no_sentence_that_is_counted_was_learned() -> None:
    """What is counted says nothing if it was learned; a bare answer or order of a few letters is the same everywhere."""
    learned = {one.text.casefold() for one in read_sentences(FOLDER / "examples")}
    counted = [*read_sentences(FOLDER / "evaluation"), *read_sentences(FOLDER / "outsiders")]
    both = [one.text for one in counted if one.text.casefold() in learned]

    assert [text for text in both if len(text) > 40] == []


def test_the_page_is_made_of_the_report() -> None:
    """docs/understanding.md shows what was measured last."""
    text = page.PAGE.read_text(encoding="utf-8")

    assert page.fill(text, page.read_report()) == text


def test_the_report_is_about_the_file_in_the_repository() -> None:
    """Figures of another file would mislead."""
    report, learned_from = page.read_report(), load(ARTEFACT).recipe["learned_from"]
    assert [report[part]["learned_from"] for part in ("scores", "outsiders")] == [learned_from] * 2


def test_each_of_the_worst_confusions_says_what_was_done() -> None:
    """A table of faults that nobody did anything about is no use."""
    done = page.read_done()

    assert [
        one for one in map(page.name_confusion, page.read_report()["confusions"]["worst"]) if one not in done
    ] == []


def test_neighbours_are_left_out_together() -> None:
    """Sentences that were written in one go do not judge each other."""
    blocks = [Sentence("", "en", {}, f"en/file/{number // 40}") for number in range(400)]
    dealt = deal_out(blocks, 5)

    assert len({(one.block, fold) for one, fold in zip(blocks, dealt, strict=True)}) == 10
    assert len(set(dealt)) > 1


def test_a_wrong_value_counts_as_wrong_and_as_missed() -> None:
    """Nothing is gained by guessing."""
    sentence = Sentence("x", "vi", {"role": "self", "harms": ["other", "deepfake"]}, "")
    counted = tally([sentence], [{"role": "witness", "harms": ["other"], "language": "vi"}])

    assert (counted["role"]["vi"].wrong, counted["role"]["vi"].missed) == (1, 1)
    assert counted["harms"][EVERYWHERE].f1 == pytest.approx(2 / 3)
    assert counted["language"]["vi"].f1 == 1.0
    assert list_misread([sentence], [{"role": "witness", "harms": ["other"], "language": "vi"}]) == {
        ("role", "self", "witness"): 1,
        ("harms", "deepfake", ""): 1,
    }


def test_firing_is_any_claim_about_what_is_out_of_scope() -> None:
    """A language is no claim."""
    sentences = [Sentence("x", "th", {"out_of_scope": True}, "")] * 3
    fired = count_firing(
        sentences, [{"language": "th"}, {"role": "self"}, {"out_of_scope": True, "language": "th"}]
    )

    assert fired["th"] == (1, 3)


def test_a_missed_crisis_weighs_more_than_a_wrong_one() -> None:
    """Of two thresholds with as many mistakes the one that misses less is taken."""
    found = np.zeros((100, OUTPUTS), np.float32)
    wanted = np.zeros((100, OUTPUTS), np.float32)
    for at in (SLICES["crisis"].start, SLICES["harms"].stop - 1):
        found[:, at] = np.linspace(0, 1, 100)
        wanted[:, at] = (np.arange(100) >= 80) | (np.arange(100) % 10 == 5) & (np.arange(100) > 40)
    limits = thresholds.name_thresholds(thresholds.choose(found, wanted, np.ones_like(wanted)))

    assert limits["crisis:true"] < limits["harms:other"]


def test_every_field_is_learned() -> None:
    """What can be stated is either learned, or nobody would ever read it."""
    assert {head.field for head in HEADS} >= {
        "crisis",
        "danger",
        "role",
        "minor",
        "harms",
        "wants",
        "command",
    }
