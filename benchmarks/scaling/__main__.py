"""
Write the figures of docs/scaling.md and draw its night: `make scaling`, or `python -m benchmarks.scaling --take`.

`--take` reads raw results first: benchmarks/results/latest-*.json of `make bench`, cluster.json of `make cluster-figures`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestants import TOP
from benchmarks.scaling import page, plot
from benchmarks.scaling.burst import TOO_LATE_S, Night, Waits, find_peak, play
from benchmarks.scaling.inputs import KEPT, Inputs, load_inputs, save_inputs, take

_RESULTS = TOP / "benchmarks" / "results"
_SEED = 113
#: Replicas beside as many as would just do: too few, hardly enough, enough.
_SHARES = (0.5, 0.75, 0.95, 1.4)
_STEP_S = 15.0


def main(words: Sequence[str] | None = None) -> int:
    """Write page and plot. 2: there is nothing to write them from."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--take", action="store_true", help="take the figures out of raw results first")
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--people", type=int, default=Night().people, help="of the night")
    asked = parser.parse_args(words)
    if asked.take:
        try:
            save_inputs(
                take(
                    _find_bench(), _read(_RESULTS / "cluster.json"), load_inputs() if KEPT.exists() else None
                )
            )
        except KeyError as missing:
            print(f"no figures: {missing}; run make bench first", file=sys.stderr)
            return 2
    text, picture = render(load_inputs(), Night(people=asked.people), asked.seed)
    page.PAGE.write_text(page.write(text), encoding="utf-8")
    page.PICTURE.write_text(picture, encoding="utf-8")
    return 0


def render(inputs: Inputs, night: Night, seed: int) -> tuple[str, str]:
    """Return the page's text and the plot. The same seed gives the same."""
    arrivals = night.arrive(random.Random(seed))  # noqa: S311 - a simulation
    peak = find_peak(arrivals)
    played = list(_play_all(inputs, arrivals, peak, seed))
    curves = {
        f"{replicas} replica{'s' if replicas > 1 else ''}": waits.ranks_by_time(0.95, _STEP_S)
        for replicas, _, waits in played
    }
    rates = _count_by_time(arrivals)
    picture = plot.draw(rates, curves, lasts_s=night.lasts_s, late_s=TOO_LATE_S)
    return page.draw(inputs, night, played, seed, peak), picture


def _play_all(
    inputs: Inputs, arrivals: Sequence[float], peak: float, seed: int
) -> Iterator[tuple[int, int, Waits]]:
    needed = peak * inputs.cpu_ms / 1000
    cores = max(1, math.ceil(peak * inputs.database_ms / 1000 / page.FULL_SHARE))
    for replicas in sorted({max(1, math.ceil(needed * share)) for share in _SHARES}):
        dice = random.Random(seed)  # noqa: S311 - a simulation: everybody meets the same night
        yield (
            replicas,
            cores,
            play(arrivals, inputs.service, replicas=replicas, database_cores=cores, dice=dice),
        )


def _count_by_time(arrivals: Sequence[float]) -> list[tuple[float, float]]:
    counts: dict[int, int] = {}
    for at in arrivals:
        counts[int(at // _STEP_S)] = counts.get(int(at // _STEP_S), 0) + 1
    return [(number * _STEP_S, count / _STEP_S) for number, count in sorted(counts.items())]


def _find_bench() -> dict[str, Any]:
    return _read(_RESULTS / "latest-full.json") or _read(_RESULTS / "latest-quick.json")


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


if __name__ == "__main__":
    sys.exit(main())
