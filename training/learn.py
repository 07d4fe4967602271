"""From the sentences in the repository to the file by which texts are read."""

from __future__ import annotations

import multiprocessing
import os
from array import array
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.understanding.artefact import Model, pack
from bot.understanding.index import Index
from bot.understanding.lexicon import Lexicon, load_lexicon
from bot.understanding.net import Net
from bot.understanding.signs import read_signs
from training import thresholds
from training.checking import FOLDER, describe
from training.heads import HEADS, OUTPUTS
from training.lesson import Floats, Numbers, deal_out, make_targets
from training.net import Weights, teach, to_probabilities, weigh_all
from training.noise import make_noise
from training.recipe import Manner, Recipe
from training.sentences import Sentence, read_sentences
from training.table import Signs, Table, Vocabulary

_ZERO = 128


@dataclass(frozen=True, slots=True)
class Lesson:
    """All that nets are taught from: the sentences' features, what each output is to be, and which outputs count."""

    sentences: Sequence[Sentence]
    vocabulary: Vocabulary
    table: Table
    wanted: Floats
    counts: Floats

    @classmethod
    def of(
        cls, sentences: Sequence[Sentence], signs: Sequence[Signs], recipe: Recipe, like: Lesson | None = None
    ) -> Lesson:
        """Prepare it; with the features of another lesson, if there is one that was learned before."""
        vocabulary = like.vocabulary if like else Vocabulary.of(signs, recipe.least)
        return cls(sentences, vocabulary, Table.of(signs, vocabulary), *make_targets(sentences))


@dataclass(frozen=True, slots=True)
class _Task:
    """One net: taught from `rows`, and what it says of `asked` is wanted, or the net itself if nothing is asked."""

    rows: Numbers
    asked: Numbers
    seed: int


#: What the processes that were forked work on.
_shared: list[tuple[Lesson, Manner]] = []


def _teach_one(task: _Task) -> Weights | Floats:
    lesson, manner = _shared[-1]
    net = teach(lesson.table, lesson.wanted, lesson.counts, task.rows, task.seed, manner)
    return weigh_all(net, lesson.table, task.asked) if len(task.asked) else net


def _teach_all(lesson: Lesson, manner: Manner, tasks: Iterable[_Task]) -> list[Weights | Floats]:
    """Teach nets beside each other, in processes that share the lesson. Their order is that of the tasks."""
    _shared.append((lesson, manner))
    try:
        with ProcessPoolExecutor(min(os.cpu_count() or 1, 8), multiprocessing.get_context("fork")) as pool:
            return list(pool.map(_teach_one, tasks))
    finally:
        _shared.pop()


def weigh_unseen(lesson: Lesson, recipe: Recipe) -> Floats:
    """Return what nets say of each sentence that had not seen it nor its neighbours: outputs, averaged."""
    dealt = deal_out(lesson.sentences, recipe.folds)
    tasks = [
        _Task(np.flatnonzero(dealt != fold), np.flatnonzero(dealt == fold), seed)
        for fold in range(recipe.folds)
        for seed in recipe.fold_seeds
    ]
    outputs = np.zeros((len(lesson.sentences), OUTPUTS), np.float32)
    for task, said in zip(tasks, _teach_all(lesson, recipe.manner, tasks), strict=True):
        outputs[task.asked] += said / np.float32(len(recipe.fold_seeds))
    return outputs


def teach_ensemble(lesson: Lesson, recipe: Recipe) -> list[Weights]:
    """Teach the nets that are kept, from all sentences."""
    everything, nothing = np.arange(len(lesson.sentences)), np.zeros(0, np.int64)
    return _teach_all(lesson, recipe.manner, [_Task(everything, nothing, seed) for seed in recipe.seeds])


def join(nets: Sequence[Weights], vocabulary: Vocabulary, levels: int) -> Net:
    """Make one net of several whose outputs are averaged, its rows in bytes."""
    rows = np.concatenate([net.rows for net in nets], 1)
    packed = np.empty(rows.shape, np.uint8)
    scales = []
    for group in (0, 1):
        own = vocabulary.groups == group
        scale = np.maximum(np.abs(rows[own]).max(0, initial=0.0), 1e-6) / levels
        packed[own] = np.clip(np.rint(rows[own] / scale) + _ZERO, 0, 255).astype(np.uint8)
        scales.append(_as_array(scale))
    weights = np.concatenate([net.out for net in nets]) / len(nets)
    return Net(
        packed.tobytes(),
        *scales,
        _as_array(np.concatenate([net.bias for net in nets])),
        _as_array(np.ascontiguousarray(weights.T)),
        _as_array(np.mean([net.out_bias for net in nets], 0)),
        "relu",
    )


def _as_array(numbers: Floats) -> array[float]:
    return array("f", numbers.astype(np.float32).tobytes())


def read_all(sentences: Iterable[Sentence], lexicon: Lexicon) -> list[Signs]:
    """Return the features of sentences."""
    return [read_signs(one.text, lexicon) for one in sentences]


def prepare(sentences: Sequence[Sentence], lexicon: Lexicon, recipe: Recipe) -> Lesson:
    """Prepare a lesson of sentences and of noise, which brings no features of its own."""
    said, noise = read_all(sentences, lexicon), make_noise(sentences, recipe.noise)
    known = Lesson.of(sentences, said, recipe)
    return Lesson.of([*sentences, *noise], [*said, *read_all(noise, lexicon)], recipe, known)


def learn(recipe: Recipe, folder: Path = FOLDER) -> Model:
    """Learn everything anew. The same sentences, lexicon and recipe give the same model."""
    lexicon = load_lexicon(folder / "lexicon")
    sentences = read_sentences(folder / "examples")
    lesson = prepare(sentences, lexicon, recipe)
    said = slice(len(sentences))  # how surely something must sound is asked of what people say
    unseen = to_probabilities(weigh_unseen(lesson, recipe))[said]
    limits = thresholds.choose(unseen, lesson.wanted[said], lesson.counts[said])
    return Model(
        lexicon,
        Index.of(lesson.vocabulary.numbers.items()),
        join(teach_ensemble(lesson, recipe), lesson.vocabulary, recipe.levels),
        HEADS,
        thresholds.name_thresholds(limits),
        {**describe(folder, lexicon, recipe), "sentences": len(sentences)},
    )


def write(path: Path, recipe: Recipe) -> int:
    """Learn, write the file, and return its size in bytes."""
    packed = pack(learn(recipe))
    path.write_bytes(packed)
    return len(packed)
