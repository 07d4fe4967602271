"""Everything that decides what is learned, but the sentences and the lexicon."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Manner:
    """
    How a net is taught.

    `pace`: how far each step goes; `warm`: steps until that pace is reached, from where it falls to nothing. `forget`, `blind`: how
    likely a feature, and a whole group of them, is left out. `drop`: the same for hidden units. `stated`: how much more a value
    counts that is said than one that is not.
    """

    hidden: int = 76
    epochs: int = 9
    batch: int = 128
    pace: float = 0.01
    warm: int = 50
    forget: float = 0.4
    blind: float = 0.3
    drop: float = 0.0
    stated: float = 2.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """
    How the nets are made that are kept.

    `least`: in so many sentences a feature must stand, by group. `seeds`: one net each, and their outputs are averaged. `folds`,
    `fold_seeds`: the nets on whose mistakes the thresholds are chosen. `levels`: so many steps a weight has on either side of nothing; a byte
    has room for 127, but fewer make a smaller file and are read no worse. `noise`: texts without meaning, in each language.
    """

    manner: Manner = field(default_factory=Manner)
    least: tuple[int, int] = (14, 24)
    seeds: tuple[int, ...] = (1, 2, 3, 4)
    folds: int = 3
    fold_seeds: tuple[int, ...] = (11, 12)
    levels: int = 20
    noise: int = 160

    def as_json(self) -> dict[str, Any]:
        """Return it as the artefact keeps it."""
        told = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
