"""From which probability on a value is stated: chosen on examples that the nets which weighed them had not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bot.understanding.net import Head
from training.heads import BESIDE, HEADS, OUTPUTS, SLICES, list_claims

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.lesson import Bools, Floats

_GRID = np.linspace(0.02, 0.96, 48)
#: A curve over few sentences jumps; what is best is looked for after it was smoothed over so many steps.
_SMOOTHED = 7
#: A life may hang on these: a missed one weighs so much more than a wrong one, which costs one tap.
_MISSED = {"crisis": 2.0, "danger": 2.0}
#: These stand whatever else is read, so that a text which has one of them is never out of scope.
_ALWAYS = ("crisis", "danger")
#: What `bot.understanding.deciding` weighs together: a status and its harms.
_TOGETHER = {
    "spread": ("shared_without_consent", "deepfake_shared"),
    "threatened": ("threatened_sharing", "threatened_sharing_deepfake"),
}
#: Of all that state something so large a part may at most be called out of scope; of those that are, so many may fire anything.
_SWALLOWED = 0.01
_FIRING = 0.02


def choose(found: Floats, wanted: Floats, counts: Floats) -> Floats:
    """Return one threshold for each output, from probabilities."""
    found = weigh_together(found)
    chosen = np.full(OUTPUTS, 0.5, np.float32)
    for head in HEADS:
        if head.field in BESIDE and head.field != "seeking":
            continue
        for at in list_claims(head):
            counted = counts[:, at] > 0
            score = [
                measure(wanted[counted, at] > 0, passing[counted], _MISSED.get(head.field, 1.0))
                for passing in (_pass(found, head, at, float(limit)) for limit in _GRID)
            ]
            chosen[at] = _GRID[int(np.argmax(_smooth(score)))]
    own = SLICES["out_of_scope"].start
    chosen[own] = _choose_scope(found, wanted, chosen, own)
    return chosen


def weigh_together(found: Floats) -> Floats:
    """Return probabilities in which a status is as likely as it and its likeliest harm are on average."""
    joined = found.copy()
    for status, harms in _TOGETHER.items():
        at = _find("status", status)
        joined[:, at] = (found[:, at] + found[:, [_find("harms", harm) for harm in harms]].max(1)) / 2
    return joined


def _find(field: str, value: str) -> int:
    head = next(head for head in HEADS if head.field == field)
    return SLICES[field].start + head.values.index(value)


def _pass(found: Floats, head: Head, at: int, limit: float) -> Bools:
    """Return where one output passes; of a `one` head only the likeliest value other than "" does."""
    passing = found[:, at] >= limit
    if head.kind == "one":
        claims = list_claims(head)
        passing &= found[:, claims].argmax(1) == claims.index(at)
    return passing


def measure(true: Bools, said: Bools, missed: float = 1.0) -> float:
    """Return F: the harmonic mean of precision and recall, recall weighing `missed` times as much."""
    right = float((true & said).sum())
    often = missed * missed
    whole = (1 + often) * right + often * float((true & ~said).sum()) + float((~true & said).sum())
    return (1 + often) * right / whole if whole else 1.0


def _smooth(score: list[float]) -> NDArray[np.float64]:
    beside = _SMOOTHED // 2
    return np.convolve(np.pad(score, beside, mode="edge"), np.ones(_SMOOTHED) / _SMOOTHED, "valid")


def decide(found: Floats, chosen: Floats) -> Bools:
    """Return what is stated from probabilities, as `bot.understanding.deciding` does it where that looks at nothing else."""
    return _decide(weigh_together(found), chosen)


def _decide(found: Floats, chosen: Floats) -> Bools:
    said = np.zeros(found.shape, bool)
    for head in HEADS:
        claims = list_claims(head)
        if head.kind == "many":
            said[:, claims] = found[:, claims] >= chosen[claims]
        elif head.field == "language":
            said[np.arange(len(found)), SLICES[head.field].start + found[:, SLICES[head.field]].argmax(1)] = (
                True
            )
        else:
            passing = np.where(found[:, claims] >= chosen[claims], found[:, claims], -1)
            said[np.arange(len(found)), np.array(claims)[passing.argmax(1)]] = passing.max(1) >= 0
    own = SLICES["out_of_scope"].start
    said[said[:, [SLICES[field].start for field in _ALWAYS]].any(1), own] = False
    said[np.ix_(said[:, own], claims_of_cases())] = False
    return said


def claims_of_cases() -> list[int]:
    """Return the outputs that claim something about somebody's case or order."""
    return [at for head in HEADS if head.field not in BESIDE for at in list_claims(head)]


def _choose_scope(found: Floats, wanted: Floats, chosen: Floats, own: int) -> float:
    """Take the highest limit at which few that are out of scope fire anything, unless that swallows too much of the rest."""
    nowhere = chosen.copy()
    nowhere[own] = 2.0
    said = _decide(found, nowhere)
    fires = said[:, claims_of_cases()].any(1)
    alarmed = said[:, [SLICES[field].start for field in _ALWAYS]].any(1)
    outside, stating = wanted[:, own] > 0, (wanted[:, claims_of_cases()] > 0).any(1)
    for limit in _GRID[::-1]:
        passing = (found[:, own] >= limit) & ~alarmed
        if (passing & stating).sum() > _SWALLOWED * stating.sum():
            return float(limit)
        if (fires & ~passing & outside).sum() <= _FIRING * outside.sum():
            return float(limit)
    return float(_GRID[0])


def name_thresholds(chosen: Floats) -> dict[str, float]:
    """Return them as a model holds them: by field and value."""
    return {
        f"{head.field}:{value}": round(float(chosen[SLICES[head.field].start + at]), 3)
        for head in HEADS
        if head.field != "language"
        for at, value in enumerate(head.values)
        if value
    }
