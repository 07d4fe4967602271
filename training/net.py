"""A net with one hidden layer over sparse features, learned with Adam; written out in numpy, so that it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.heads import HEADS, OUTPUTS, SLICES
from training.recipe import Manner
from training.table import Batch, Table, make_batch, make_blurred

if TYPE_CHECKING:
    from training.lesson import Floats, Numbers

_DECAY, _DECAY_OF_SQUARES = 0.9, 0.999
_TINY = 1e-8
_AT_ONCE = 2_000


@dataclass(slots=True)
class Weights:
    """`rows`: features by hidden units; `out`: hidden units by outputs. Hidden units are max(0, …)."""

    rows: Floats
    bias: Floats
    out: Floats
    out_bias: Floats


class _Adam:
    """The running means of one array's gradients. Of rows that no sentence has, nothing moves."""

    def __init__(self, weights: Floats) -> None:
        self.weights = weights
        self.mean = np.zeros_like(weights)
        self.square = np.zeros_like(weights)

    def move(self, gradient: Floats, step: int, pace: float, rows: Numbers | slice = slice(None)) -> None:
        mean = self.mean[rows] * _DECAY + gradient * (1 - _DECAY)
        square = self.square[rows] * _DECAY_OF_SQUARES + gradient * gradient * (1 - _DECAY_OF_SQUARES)
        self.mean[rows], self.square[rows] = mean, square
        evened = np.sqrt(square / (1 - _DECAY_OF_SQUARES**step)) + _TINY
        self.weights[rows] -= pace / (1 - _DECAY**step) * mean / evened


def teach(table: Table, wanted: Floats, counts: Floats, rows: Numbers, seed: int, manner: Manner) -> Weights:
    """Teach a net from some of the sentences. The same arguments give the same net."""
    chance = np.random.default_rng(seed)
    net = _begin(len(table.groups), wanted[rows] * counts[rows], chance, manner)
    weights = _weigh(wanted, counts, manner)
    learners = [_Adam(part) for part in (net.rows, net.bias, net.out, net.out_bias)]
    batches = manner.epochs * -(-len(rows) // manner.batch)
    step = 0
    for _ in range(manner.epochs):
        order = chance.permutation(rows)
        for at in range(0, len(order), manner.batch):
            chosen = order[at : at + manner.batch]
            step += 1
            pace = manner.pace * (1 - (step - 1) / batches) * min(1.0, step / manner.warm)
            batch = make_blurred(table, chosen, chance, manner.forget, manner.blind)
            _learn(net, learners, batch, (wanted[chosen], weights[chosen]), (step, pace, manner.drop, chance))
    return net


def _begin(features: int, wanted: Floats, chance: np.random.Generator, manner: Manner) -> Weights:
    """Begin with small chance weights, and with outputs that are as often true as their values are."""
    often = np.clip(wanted.mean(0), 1e-3, 0.999)
    out_bias = np.log(often / (1 - often))
    for head in HEADS:
        if head.kind == "one":
            out_bias[SLICES[head.field]] = np.log(often[SLICES[head.field]])
    return Weights(
        (chance.standard_normal((features, manner.hidden)) * 0.1).astype(np.float32),
        np.zeros(manner.hidden, np.float32),
        (chance.standard_normal((manner.hidden, OUTPUTS)) / np.sqrt(manner.hidden)).astype(np.float32),
        out_bias.astype(np.float32),
    )


def _weigh(wanted: Floats, counts: Floats, manner: Manner) -> Floats:
    """Return how much each output of each sentence counts."""
    weights = counts.copy()
    for head in HEADS:
        own = SLICES[head.field]
        if head.kind == "many":
            weights[:, own] *= np.where(wanted[:, own] > 0, manner.stated, 1)
        elif not head.values[0]:
            weights[:, own] *= np.where(wanted[:, [own.start]] > 0, 1, manner.stated)
    return weights


def _learn(
    net: Weights,
    learners: list[_Adam],
    batch: Batch,
    lesson: tuple[Floats, Floats],
    now: tuple[int, float, float, np.random.Generator],
) -> None:
    """Go one step down the gradient of the weighted cross-entropy."""
    wanted, weights = lesson
    step, pace, drop, chance = now
    before = batch.matrix @ net.rows[batch.columns] + net.bias
    passing = (before > 0).astype(np.float32)
    if drop:
        passing *= (chance.random(passing.shape) >= drop) / np.float32(1 - drop)
    hidden = before * passing
    wrong = (to_probabilities(hidden @ net.out + net.out_bias) - wanted) * weights / np.float32(len(wanted))
    back = (wrong @ net.out.T) * passing
    rows, bias, out, out_bias = learners
    out.move(hidden.T @ wrong, step, pace)
    out_bias.move(wrong.sum(0), step, pace)
    bias.move(back.sum(0), step, pace)
    rows.move(batch.matrix.T @ back, step, pace, batch.columns)


def to_probabilities(outputs: Floats) -> Floats:
    """Return the probability of each value, from the outputs of a net."""
    found = np.empty_like(outputs)
    for head in HEADS:
        own = outputs[:, SLICES[head.field]]
        if head.kind == "many":
            found[:, SLICES[head.field]] = 1 / (1 + np.exp(-np.clip(own, -30, 30)))
        else:
            parts = np.exp(own - own.max(1, keepdims=True))
            found[:, SLICES[head.field]] = parts / parts.sum(1, keepdims=True)
    return found


def weigh_all(net: Weights, table: Table, rows: Numbers) -> Floats:
    """Return the outputs for sentences."""
    parts = [np.empty((0, OUTPUTS), np.float32)]
    for at in range(0, len(rows), _AT_ONCE):
        batch = make_batch(table, rows[at : at + _AT_ONCE])
        hidden = np.maximum(batch.matrix @ net.rows[batch.columns] + net.bias, 0)
        parts.append(hidden @ net.out + net.out_bias)
    return np.concatenate(parts)
