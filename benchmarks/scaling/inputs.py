"""
What was measured, as far as the plan stands on it: taken out of raw results once, and kept beside the page.

Raw results are not kept in the repository; these few numbers are, so that the page can be drawn anew and checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.scaling.burst import Service

KEPT = Path(__file__).with_name("inputs.json")
_NAME = "frontdoor-postgres"
#: The least wait that is drawn, in proportion to the median: nothing takes no time.
_LEAST = 0.6
_ABOUT = ("date", "cpu", "cores", "memory_gb", "system", "file_system", "python", "load_at_begin", "nice")


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    Figures of one PostgreSQL and one replica, beside several.

    `about`: what it was measured on, with the profile. `replicas`: by their number, as `benchmarks.measures` gives it.
    `runs`: what the chaos runs among replicas found. `bytes`: of disk for each row, by table, with indexes and dead rows.
    """

    about: Mapping[str, Any]
    cpu_ms: float
    database_ms: float
    answer_ms: Mapping[str, float]
    events: int
    replicas: Mapping[str, Any]
    runs: tuple[Mapping[str, Any], ...]
    bytes: Mapping[str, float]

    @property
    def is_rough(self) -> bool:
        """Whether it was measured in a hurry, or on a machine that was busy with something else."""
        is_busy = self.about["load_at_begin"] > self.about["cores"] / 2 or self.about["nice"] > 0
        return self.about["profile"] != "full" or bool(is_busy)

    @property
    def service(self) -> Service:
        """What a message costs, for the simulation."""
        ranks, median = self.answer_ms, self.answer_ms["p50"]
        shape = (
            (0.0, _LEAST * median), (0.5, median), (0.95, ranks["p95"]), (0.99, ranks["p99"]), (1.0, ranks["max"])
        )  # fmt: skip
        disk_ms = max(0.0, median - self.cpu_ms - self.database_ms)
        return Service(self.cpu_ms, self.database_ms, disk_ms, shape)


def load_inputs(path: Path = KEPT) -> Inputs:
    """Read what is kept."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Inputs(**{**kept, "runs": tuple(kept["runs"])})


def save_inputs(inputs: Inputs, path: Path = KEPT) -> None:
    """Keep them."""
    kept = {name: getattr(inputs, name) for name in Inputs.__slots__}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def take(bench: Mapping[str, Any], cluster: Mapping[str, Any], before: Inputs | None = None) -> Inputs:
    """
    Take the figures out of raw results: of `make bench`, and of the chaos runs among replicas.

    What one of them lacks is taken from `before`. KeyError: nobody has it.
    """
    found = _take_bench(bench) if bench else _keep(before, "about", *_MEASURED)
    runs = tuple(map(_shorten, cluster["runs"])) if cluster else before.runs if before else ()
    sizes = _size(cluster) if cluster else dict(before.bytes) if before else {}
    return Inputs(**found, runs=runs, bytes=sizes)


_MEASURED = ("cpu_ms", "database_ms", "answer_ms", "events", "replicas")


def _keep(before: Inputs | None, *names: str) -> dict[str, Any]:
    if before is None:
        raise KeyError("no results of the benchmarks, and none were kept before")
    return {name: getattr(before, name) for name in names}


def _take_bench(bench: Mapping[str, Any]) -> dict[str, Any]:
    work = bench["work"][_NAME]
    alone = bench.get("latency", {}).get(_NAME, {}).get("alone", {})
    return {
        "about": {name: bench["about"][name] for name in _ABOUT} | {"profile": bench["plan"]["name"]},
        "cpu_ms": work["cpu_ms_per_event"],
        "database_ms": work["database_cpu_ms_per_event"],
        "answer_ms": alone.get("webhook_ms", work["webhook_ms"]),
        "events": work["events"],
        "replicas": bench.get("replicas", {}),
    }


def _shorten(run: Mapping[str, Any]) -> dict[str, Any]:
    kept = (
        "trouble",
        "seed",
        "replicas",
        "found",
        "made",
        "events",
        "duplicates",
        "redelivered",
        "people",
        "answers",
        "takeover_s",
    )
    return {name: run[name] for name in kept} | {"at": run.get("at", "")}


def _size(cluster: Mapping[str, Any]) -> dict[str, float]:
    """Say how many bytes a row takes in the largest run."""
    largest = max(cluster["runs"], key=lambda run: run["events"])
    return {
        name: round(one["bytes"] / one["added"], 1)
        for name, one in sorted(largest["tables"].items())
        if one["added"] >= 500 and name in {"inbox_event", "outbox", "person_session", "erasable_key"}
    }
