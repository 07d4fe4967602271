"""What is to be learned from each sentence, and in which order sentences are left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from training.heads import HEADS, OUTPUTS, SLICES
from training.sentences import Sentence

#: What is learned of somebody who looks for such images; of everything else such a sentence says nothing for sure.
_LEARNED_OF_SEEKERS = {"seeking", "language", "crisis", "danger", "command"}
#: Whether letters alone are a cat on the keyboard or a language that we do not know, they do not tell.
_NOT_LEARNED_OF_NOISE = {"out_of_scope", "language"}

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Bools = NDArray[np.bool_]


def make_targets(sentences: Sequence[Sentence]) -> tuple[Floats, Floats]:
    """Return what each output is to be for each sentence, 0 or 1, and which of these count, 0 or 1."""
    wanted = np.zeros((len(sentences), OUTPUTS), np.float32)
    counts = np.ones_like(wanted)
    for row, sentence in enumerate(sentences):
        for head in HEADS:
            own = SLICES[head.field]
            said = sentence.values_of(head.field)
            wanted[row, own] = [value in said for value in head.values]
            if sentence.facts.get("seeking") and head.field not in _LEARNED_OF_SEEKERS:
                counts[row, own] = 0
            if sentence.facts.get("noise") and head.field in _NOT_LEARNED_OF_NOISE:
                counts[row, own] = 0
    return wanted, counts


def deal_out(sentences: Iterable[Sentence], folds: int) -> Numbers:
    """Return for each sentence the fold in which it is left out; a block stays together."""
    return np.array(
        [int(hashlib.sha256(one.block.encode()).hexdigest()[:12], 16) % folds for one in sentences]
    )
