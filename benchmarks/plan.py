"""How much is measured: every number of a run in one place, so that the table can state them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

PARTS: Final = (
    "work",
    "throughput",
    "latency",
    "overload",
    "memory",
    "slow-line",
    "stored",
    "flood",
    "typed",
    "replicas",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """
    One profile. Durations are seconds, each after a warm-up that is not counted.

    `people` are side by side at full load; each presses `taps` times and somebody new comes.
    `overload`: arrivals as a multiple of full load. `work_events`: how many few people make, to measure the work of one. `crowd` of them where LINE is slow, or slow for comparison.
    """

    name: str
    contestants: tuple[str, ...]
    parts: tuple[str, ...]
    rounds: int
    warm_s: float
    throughput_s: float
    half_load_s: float
    alone_s: float
    slow_line_s: float
    flood_s: float
    typed_s: float
    open_conversations: int
    stored: tuple[int, ...]
    work_events: int
    overload: float = 1.5
    overload_s: float = 8
    people: int = 64
    crowd: int = 256
    taps: int = 12
    flood_per_minute: int = 10_000
    flood_turns: int = 8


FULL: Final = Plan(
    name="full",
    contestants=(
        "frontdoor-sqlite",
        "frontdoor-postgres",
        "line-dict",
        "aiogram-sqlite",
        "ptb-conversation",
        "usual-stack",
        "floor",
        "floor-wal",
    ),
    parts=PARTS,
    rounds=5,
    warm_s=2,
    throughput_s=8,
    half_load_s=20,
    alone_s=6,
    slow_line_s=8,
    flood_s=10,
    typed_s=20,
    open_conversations=10_000,
    stored=(1_000, 10_000, 100_000, 1_000_000),
    work_events=5_000,
)
QUICK: Final = replace(
    FULL,
    name="quick",
    contestants=("frontdoor-sqlite", "line-dict", "usual-stack", "floor"),
    parts=("throughput", "latency"),
    rounds=2,
    warm_s=1,
    throughput_s=3,
    half_load_s=4,
    alone_s=2,
    slow_line_s=3,
    flood_s=5,
    flood_turns=2,
    typed_s=4,
    open_conversations=500,
    stored=(100, 1_000),
    work_events=1_000,
)
