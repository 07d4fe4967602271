"""What the nets make of examples that they had not seen: what they confuse, and what more examples would bring."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.understanding.lexicon import load_lexicon
from training import thresholds
from training.checking import FOLDER
from training.heads import HEADS, SLICES, list_claims
from training.learn import Lesson, read_all, weigh_unseen
from training.lesson import Bools, Floats, Numbers, deal_out
from training.net import Weights, teach, to_probabilities, weigh_all
from training.recipe import Recipe
from training.scoring import list_misread
from training.sentences import Sentence, read_sentences

#: Parts of the examples that the curve is drawn over.
_PARTS = (0.1, 0.2, 0.4, 0.7, 1.0)
_WORST = 10
_SHOWN = 3
_SHORT = 90
_SEED = 7


def measure_confusions() -> dict[str, Any]:
    """Return what is most often taken for what, with examples of it."""
    recipe = Recipe()
    lesson = _prepare(recipe)
    return list_confusions(lesson.sentences, weigh_unseen(lesson, recipe), lesson.wanted, lesson.counts)


def list_confusions(
    sentences: Sequence[Sentence], outputs: Floats, wanted: Floats, counts: Floats
) -> dict[str, Any]:
    """Return the same from what nets say of sentences that they had not seen."""
    found = to_probabilities(outputs)
    said = thresholds.decide(found, thresholds.choose(found, wanted, counts))
    counted = [at for at, one in enumerate(sentences) if not one.facts.get("seeking")]
    kept, facts = [sentences[at] for at in counted], [as_facts(said[at]) for at in counted]
    worst = list_misread(kept, facts).most_common(_WORST)
    shown = _choose_shown(kept, facts, [pair for pair, _ in worst])
    return {
        "sentences": len(kept),
        "worst": [
            {"field": pair[0], "there": pair[1], "read": pair[2], "times": times, "examples": shown[pair]}
            for pair, times in worst
        ],
    }


def as_facts(said: Bools) -> dict[str, Any]:
    """Return outputs that stand as the facts of a sentence."""
    facts = {}
    for head in HEADS:
        if head.field == "seeking":
            continue
        own = said[SLICES[head.field]]
        facts[head.field] = [
            value for value, stands in zip(head.values, own, strict=True) if value and stands
        ]
    return facts


def _choose_shown(
    sentences: Sequence[Sentence], facts: Sequence[dict[str, Any]], pairs: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str, str], list[str]]:
    """Take short ones, each of another language."""
    shown: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for sentence, said in zip(sentences, facts, strict=True):
        if len(sentence.text) <= _SHORT:
            for pair in list_misread([sentence], [said]):
                if pair in pairs:
                    shown[pair].setdefault(sentence.language, sentence.text)
    return {pair: list(shown[pair].values())[:_SHOWN] for pair in pairs}


def measure_curve() -> dict[str, Any]:
    """
    Return the mean F1 over all fields for five numbers of examples, by one net each.

    `unseen`: on examples that were left out, `evaluation`: on those sentences, `learned`: on the very examples that were learned. Where the
    last is far above, more examples help; where even that is low, only better features or clearer labels do.
    """
    recipe = Recipe()
    lesson = _prepare(recipe)
    others = _prepare(recipe, lesson)
    dealt = deal_out(lesson.sentences, recipe.folds)
    left_out, order = np.flatnonzero(dealt == 0), _shuffle(lesson.sentences, np.flatnonzero(dealt))
    points = []
    for part in _PARTS:
        rows = np.sort(order[: round(part * len(order))])
        net = teach(lesson.table, lesson.wanted, lesson.counts, rows, _SEED, recipe.manner)
        asked = {
            "unseen": (lesson, left_out),
            "learned": (lesson, rows),
            "evaluation": (others, np.arange(len(others.sentences))),
        }
        found = {name: _Judged.of(net, *one) for name, one in asked.items()}
        limits = thresholds.choose(found["unseen"].found, found["unseen"].wanted, found["unseen"].counts)
        points.append({"examples": len(rows), **{name: one.mean_f1(limits) for name, one in found.items()}})
    return {"points": points}


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a net found in sentences, and what there is."""

    found: Floats
    wanted: Floats
    counts: Floats

    @classmethod
    def of(cls, net: Weights, lesson: Lesson, rows: Numbers) -> _Judged:
        found = to_probabilities(weigh_all(net, lesson.table, rows))
        return cls(found, lesson.wanted[rows], lesson.counts[rows])

    def mean_f1(self, limits: Floats) -> float:
        said = thresholds.decide(self.found, limits)
        each = []
        for head in HEADS:
            if head.field not in {"seeking", "language"}:
                claims = list_claims(head)
                counted = self.counts[:, claims[0]] > 0
                each.append(thresholds.measure(self.wanted[counted][:, claims] > 0, said[counted][:, claims]))
        return float(np.mean(each))


def _shuffle(sentences: Sequence[Sentence], rows: Numbers) -> Numbers:
    """Return sentences in an order by chance, in which neighbours stay together."""
    keys = [hashlib.sha256(f"{_SEED} {sentences[row].block}".encode()).hexdigest() for row in rows]
    return rows[np.argsort(keys, kind="stable")]


def _prepare(recipe: Recipe, like: Lesson | None = None) -> Lesson:
    """Return the lesson of the examples, or of the evaluation with the features of another lesson."""
    sentences = read_sentences(FOLDER / ("evaluation" if like else "examples"))
    return Lesson.of(sentences, read_all(sentences, load_lexicon(FOLDER / "lexicon")), recipe, like)
