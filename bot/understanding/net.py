"""
What the signs of a text weigh: a net over the rows of those signs that are there, and of no others.

    hidden = activation(idea_scales · sum(rows of ideas) / √ideas + letter_scales · sum(rows of letters) / √letters + bias)
    outputs = weights · hidden + output_bias

Several nets whose outputs are averaged are one net: their hidden units side by side, their weights divided by how many they are.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from math import exp, sqrt, tanh
from operator import add, mul
from typing import Any, Literal

from bot.understanding.index import Index
from bot.understanding.lexicon import Lexicon

#: What a byte of a row stands for is the byte less this.
ZERO = 128
#: So many bytes can be added up in the room of two.
_FITS = 256
#: Weights and hidden units are counted in such parts of one; a product of two then counts in parts of `_WHOLE`.
_FINE = 1 << 15
_WHOLE = _FINE * _FINE
_HALF_LANE = 1 << 63
#: No unit is taken for more, so that 64 bits are room enough.
_HIGHEST = 1000.0


@dataclass(frozen=True, slots=True)
class Head:
    """
    One field of what is stated, and what it can be.

    `one`: one of the values holds, "" where nothing is said. `many`: each value holds or not; a plain yes has the one value "true".
    """

    field: str
    kind: Literal["one", "many"]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Net:
    """
    All arrays hold 32-bit floats: `…scales` and `bias` one for each hidden unit, `output_bias` one for each output.

    `rows`: a byte for each hidden unit, row by row. `weights`: by output, then by hidden unit.
    """

    rows: bytes
    idea_scales: array[float]
    letter_scales: array[float]
    bias: array[float]
    weights: array[float]
    output_bias: array[float]
    activation: Literal["tanh", "relu"] = "tanh"


@dataclass(frozen=True, slots=True)
class Model:
    """
    All that understanding needs.

    `features`: the row of each sign's name. `heads`: in the order of the outputs. `thresholds`: by `field`, or `field:value`, and
    with `@language` behind where one differs. `recipe`: how it was made, as JSON.
    """

    lexicon: Lexicon
    features: Index
    net: Net
    heads: tuple[Head, ...]
    thresholds: Mapping[str, float]
    recipe: Mapping[str, Any]


#: By field and value.
Told = dict[str, dict[str, float]]


def weigh(model: Model, ideas: Sequence[str], letters: Sequence[str]) -> Told:
    """Return the probability of each value of each field. Who asks often keeps a `Scales`."""
    return Scales(model).weigh(ideas, letters)


class Scales:
    """
    A net made ready to weigh with.

    A row, and the weights of a hidden unit, are one long number each with room for one small number after another: adding such
    numbers adds all of them at once, twenty times as fast as one by one.
    """

    def __init__(self, model: Model) -> None:
        net = model.net
        self._features, self._heads = model.features, model.heads
        self._is_tanh = net.activation == "tanh"
        # Lists, because an array makes a new number whenever one is asked for.
        self._bias, self._output_bias = net.bias.tolist(), net.output_bias.tolist()
        self._scales = (net.idea_scales.tolist(), net.letter_scales.tolist())
        self._rows = net.rows
        self._every_other = int.from_bytes(b"\xff\x00" * ((len(net.bias) + 1) // 2), "little")
        self._columns = _make_columns(net)
        self._middle = sum(_HALF_LANE << 64 * at for at in range(len(net.output_bias)))

    def weigh(self, ideas: Sequence[str], letters: Sequence[str]) -> Told:
        """Return the probability of each value of each field."""
        before = self._bias
        for names, scales in zip((ideas, letters), self._scales, strict=True):
            found = self._features.find_all(names)
            if found:
                length = 1 / sqrt(len(found))
                sums = self._sum_rows(found)
                before = [
                    one + length * more * scale for one, more, scale in zip(before, sums, scales, strict=True)
                ]
        if self._is_tanh:
            hidden, columns = [tanh(unit) for unit in before], self._columns
        else:
            columns = list(compress(self._columns, [unit > 0 for unit in before]))
            hidden = [min(unit, _HIGHEST) for unit in before if unit > 0]
        total = sum(map(mul, [int(unit * _FINE) for unit in hidden], columns), self._middle)
        return _name(self._heads, self._read_outputs(total))

    def _read_outputs(self, total: int) -> list[float]:
        many = len(self._output_bias)
        lanes = struct.unpack(f"<{many}Q", total.to_bytes(8 * many, "little"))
        return [
            (lane - _HALF_LANE) / _WHOLE + bias for lane, bias in zip(lanes, self._output_bias, strict=True)
        ]

    def _sum_rows(self, found: Sequence[int]) -> Sequence[int]:
        width, packed, every_other = len(self._bias), self._rows, self._every_other
        sums: Sequence[int] = [-ZERO * len(found)] * width
        for start in range(0, len(found), _FITS):
            places = [at * width for at in found[start : start + _FITS]]
            rows = [int.from_bytes(packed[place : place + width], "little") for place in places]
            even, whole = sum([row & every_other for row in rows]), sum(rows)
            # What is in the whole and not in the even ones is in the odd ones, 256 times as much.
            numbers = zip(_as_numbers(even, width), _as_numbers((whole - even) >> 8, width), strict=True)
            sums = list(map(add, sums, chain.from_iterable(numbers)))
        return sums


def _as_numbers(packed: int, width: int) -> Sequence[int]:
    many = (width + 1) // 2
    return struct.unpack(f"<{many}H", packed.to_bytes(2 * many, "little"))


def _make_columns(net: Net) -> list[int]:
    """Return the weights of each hidden unit as one number, output by output in rooms of 64 bits."""
    width = len(net.bias)
    columns = []
    for at in range(width):
        column = 0
        for weight in reversed(net.weights[at::width]):
            column = (column << 64) + round(weight * _FINE)
        columns.append(column)
    return columns


def _name(heads: Sequence[Head], outputs: Sequence[float]) -> Told:
    told = {}
    at = 0
    for head in heads:
        own = outputs[at : at + len(head.values)]
        at += len(own)
        told[head.field] = dict(
            zip(head.values, _weigh_one(own) if head.kind == "one" else map(_weigh_many, own), strict=True)
        )
    return told


def _weigh_one(outputs: Sequence[float]) -> list[float]:
    highest = max(outputs)
    parts = [exp(one - highest) for one in outputs]
    whole = sum(parts)
    return [one / whole for one in parts]


def _weigh_many(output: float) -> float:
    # exp of more than 700 has no float.
    return 1 / (1 + exp(-max(output, -700.0)))
