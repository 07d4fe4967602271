"""What the figures are held to. An aim is judged only by what runs of one plan measured on one machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.contestants import CONTESTANTS

Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Aim:
    """One aim for one server, and how it stands."""

    server: str
    says: str
    wanted: str
    found: str
    is_met: bool


def judge(whole: Found) -> list[Aim]:
    """Judge every aim that the run has figures for."""
    ours = [name for name in CONTESTANTS if CONTESTANTS[name].is_ours]
    return [aim for name in ours for aim in _judge_one(whole, name)]


def _judge_one(whole: Found, name: str) -> Iterator[Aim]:
    full = whole.get("throughput", {})
    if name in full:
        yield from _judge_speed(full, name)
    latency = whole.get("latency", {}).get(name)
    if latency:
        half, alone = latency["half"], latency["alone"]
        for kind, says in (("webhook_ms", "webhook answered"), ("reply_ms", "reply arrived")):
            yield _at_most(name, f"{says} at half load, p99 ms", 10, half[kind].get("p99"))
            yield _at_most(name, f"{says} alone, median ms", 1.5, alone[kind].get("p50"))
    if name in full:
        yield _at_most(name, "webhook answered at full load, p99 ms", 500, full[name]["webhook_ms"]["p99"])
    slow = whole.get("slow-line", {}).get(name)
    if slow:
        yield _at_least(name, f"throughput with LINE at 50 ms, {slow['people']} people", 0.9, slow["ratio"])
    memory = whole.get("memory", {}).get(name)
    if memory:
        yield _at_most(name, "memory when started, RSS MB", 80, memory["idle"]["rss"])
        yield _at_most(
            name,
            f"memory with {memory['conversations']:,} open conversations, RSS MB",
            150,
            memory["open"]["rss"],
        )
    flood = whole.get("flood", {}).get(name)
    if flood:
        yield _at_most(
            name, "webhook of others beside a flooder, p95 ratio", 1.2, flood["ratio"]["webhook_ms"]
        )
        yield _at_most(name, "reply to others beside a flooder, p95 ratio", 1.2, flood["ratio"]["reply_ms"])
    stored = whole.get("stored", {}).get(name)
    if stored and len(stored) > 1:
        ratio = stored[-1]["cpu_ms_per_event"] / stored[0]["cpu_ms_per_event"]
        says = f"work of an event among {stored[-1]['stored']:,} stored ÷ among {stored[0]['stored']:,}"
        yield _at_most(name, says, 1.1, ratio)


def _judge_speed(full: Found, name: str) -> Iterator[Aim]:
    mine = full[name]["median"]
    keeping_nothing = [
        one["median"] for other, one in full.items() if CONTESTANTS[other].keeps.startswith("nothing")
    ]
    if keeping_nothing:
        yield _at_least(name, "÷ the fastest that keeps nothing", 2.5, mine / max(*keeping_nothing, 0.1))
    if "usual-stack" in full:
        yield _at_least(
            name, "÷ the usual stack that keeps", 3.5, mine / max(full["usual-stack"]["median"], 0.1)
        )
    if "floor" in full:
        yield _at_least(name, "÷ the floor", 0.6, mine / max(full["floor"]["median"], 0.1))


def _at_most(server: str, says: str, wanted: float, found: float | None) -> Aim:
    is_met = found is not None and found <= wanted
    return Aim(server, says, f"≤ {wanted:g}", "nothing" if found is None else f"{found:.2f}", is_met)


def _at_least(server: str, says: str, wanted: float, found: float) -> Aim:
    return Aim(server, says, f"≥ {wanted:g}", f"{found:.2f}", found >= wanted)
