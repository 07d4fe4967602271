"""The fast way of weighing comes to what the slow one comes to."""

from __future__ import annotations

from array import array
from math import exp, sqrt, tanh
from random import Random

import pytest

from bot.understanding.index import Index
from bot.understanding.net import Head, Model, Net, Scales, weigh
from tests.understanding.tiny import tiny_lexicon, tiny_model

LEXICON = tiny_lexicon()


def random_model(random: Random, hidden: int, outputs: int, activation: str, *, names: int = 700) -> Model:
    def floats(number: int, most: float) -> array[float]:
        return array("f", [random.uniform(-most, most) for _ in range(number)])

    net = Net(
        random.randbytes(names * hidden),
        floats(hidden, 0.03),
        floats(hidden, 0.03),
        floats(hidden, 1),
        floats(hidden * outputs, 4),
        floats(outputs, 1),
        activation,  # type: ignore[arg-type]
    )
    heads = (
        Head("one", "one", ("", *(f"{at}" for at in range(2)))),
        Head("many", "many", tuple(f"{at}" for at in range(outputs - 3))),
    )
    return Model(LEXICON, Index.of((f"sign {at}", at) for at in range(names)), net, heads, {}, {})


def weigh_slowly(model: Model, groups: list[list[int]]) -> dict[str, list[float]]:
    """As the formula in the module's docstring says."""
    net, size = model.net, len(model.net.bias)
    before = list(net.bias)
    for rows, scales in zip(groups, (net.idea_scales, net.letter_scales), strict=True):
        for unit in range(size):
            total = sum(net.rows[row * size + unit] - 128 for row in rows)
            before[unit] += scales[unit] * total / sqrt(len(rows)) if rows else 0
    hidden = [tanh(one) if net.activation == "tanh" else max(one, 0) for one in before]
    outputs = [
        sum(net.weights[at * size + unit] * hidden[unit] for unit in range(size)) + net.output_bias[at]
        for at in range(len(net.output_bias))
    ]
    whole = sum(exp(one) for one in outputs[:3])
    return {
        "one": [exp(one) / whole for one in outputs[:3]],
        "many": [1 / (1 + exp(-one)) for one in outputs[3:]],
    }


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize(("hidden", "outputs"), [(1, 4), (7, 5), (64, 9), (129, 30)])
@pytest.mark.parametrize("known", [(0, 0), (1, 0), (0, 3), (40, 60), (300, 300)])
def test_it_weighs_as_the_formula_says(
    hidden: int, outputs: int, activation: str, known: tuple[int, int]
) -> None:
    random = Random(f"{hidden} {outputs} {known}")
    model = random_model(random, hidden, outputs, activation)
    rows = random.sample(range(700), sum(known))
    groups = [rows[: known[0]], rows[known[0] :]]
    told = weigh(model, *([f"sign {row}" for row in group] for group in groups))
    for field, slow in weigh_slowly(model, groups).items():
        assert list(told[field].values()) == pytest.approx(slow, abs=2e-4)


def test_signs_that_were_never_learned_count_for_nothing() -> None:
    model = random_model(Random(5), 16, 6, "tanh")
    scales = Scales(model)
    assert scales.weigh(["sign 1", "new"], ["other"] * 20) == scales.weigh(["sign 1"], [])


def test_the_greatest_numbers_do_not_run_over() -> None:
    """A row's bytes are added in rooms of two bytes, and outputs in rooms of eight."""
    size, outputs = 4, 5
    net = Net(
        bytes([255, 0, 255, 0]) * 3000,
        array("f", [30.0] * size),
        array("f", [30.0] * size),
        array("f", [0.0] * size),
        array("f", [50.0, -50.0] * (size * outputs // 2)),
        array("f", [0.0] * outputs),
        "relu",
    )
    heads = (Head("many", "many", tuple("abcde")),)
    model = Model(LEXICON, Index.of((f"{at}", at) for at in range(3000)), net, heads, {}, {})
    told = weigh(model, [f"{at}" for at in range(3000)], [])
    assert list(told["many"].values()) == [1.0] * outputs


def test_the_tiny_model_says_what_it_was_made_to_say() -> None:
    told = weigh(tiny_model(), ["DIE", "ME"], ["w:x"])
    assert told["crisis"]["true"] > 0.9
    assert told["role"]["self"] > 0.9
    assert told["danger"]["true"] < 0.1
    assert told["status"][""] > 0.9
