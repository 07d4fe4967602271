"""Which features each sentence has, by number, and batches of it as sparse matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from training.lesson import Floats, Numbers

#: Ideas and letters, as `bot.understanding.signs.read_signs` returns them.
Signs = tuple[Sequence[str], Sequence[str]]
GROUPS = 2


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features that are learned, each with its number; those of the first group come first."""

    numbers: dict[str, int]
    groups: NDArray[np.int8]

    @classmethod
    def of(cls, signs: Sequence[Signs], least: tuple[int, int]) -> Vocabulary:
        """Take those features that stand in at least so many sentences, by group."""
        numbers: dict[str, int] = {}
        groups: list[int] = []
        for group in range(GROUPS):
            times = Counter(name for one in signs for name in one[group])
            known = sorted(name for name, number in times.items() if number >= least[group])
            numbers.update((name, len(groups) + at) for at, name in enumerate(known))
            groups += [group] * len(known)
        return cls(numbers, np.array(groups, np.int8))


@dataclass(frozen=True, slots=True)
class Table:
    """The features of sentence i are `numbers[starts[i]:starts[i + 1]]`."""

    starts: Numbers
    numbers: NDArray[np.int32]
    groups: NDArray[np.int8]

    @classmethod
    def of(cls, signs: Sequence[Signs], vocabulary: Vocabulary) -> Table:
        """Look up the features of sentences; those that were not learned count for nothing."""
        known = vocabulary.numbers
        found = [[known[name] for group in one for name in group if name in known] for one in signs]
        starts = np.zeros(len(found) + 1, np.int64)
        starts[1:] = np.cumsum([len(one) for one in found])
        numbers = np.fromiter((number for one in found for number in one), np.int32, count=int(starts[-1]))
        return cls(starts, numbers, vocabulary.groups)

    def __len__(self) -> int:
        """Count the sentences."""
        return len(self.starts) - 1

    def gather(self, rows: Numbers) -> tuple[NDArray[np.int32], Numbers]:
        """Return the features of some sentences, and of each the place of its sentence among them."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(lengths)
        shifts = np.repeat(self.starts[rows] - ends + lengths, lengths)
        total = int(ends[-1]) if len(ends) else 0
        return self.numbers[np.arange(total) + shifts], np.repeat(np.arange(len(rows)), lengths)


@dataclass(frozen=True, slots=True)
class Batch:
    """`matrix`: sentences by those features that any of them has, `columns` their numbers; each group has length 1."""

    matrix: scipy.sparse.csr_matrix
    columns: NDArray[np.int32]


def make_batch(table: Table, rows: Numbers) -> Batch:
    """Return sentences as they are."""
    return _weigh(table, len(rows), *table.gather(rows))


def make_blurred(
    table: Table, rows: Numbers, chance: np.random.Generator, forget: float, blind: float
) -> Batch:
    """
    Return sentences with features left out at random, so that nothing is learned that hangs on one of them.

    `forget`: how likely each is left out; `blind`: how likely a whole group is, so that each group learns to do alone.
    """
    numbers, places = table.gather(rows)
    unseen = np.where(chance.random(len(rows)) < blind, chance.integers(0, GROUPS, len(rows)), -1)
    kept = (chance.random(len(numbers)) >= forget) & (unseen[places] != table.groups[numbers])
    return _weigh(table, len(rows), numbers[kept], places[kept])


def _weigh(table: Table, count: int, numbers: NDArray[np.int32], places: Numbers) -> Batch:
    groups = table.groups[numbers]
    sizes = np.bincount(places * GROUPS + groups, minlength=count * GROUPS)
    weights: Floats = (1 / np.sqrt(sizes[places * GROUPS + groups])).astype(np.float32)
    columns, at = np.unique(numbers, return_inverse=True)
    return Batch(scipy.sparse.csr_matrix((weights, (places, at)), shape=(count, len(columns))), columns)
