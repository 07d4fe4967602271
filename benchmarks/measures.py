"""
The measurements. Each returns plain data for the report; whatever is compared was measured in turns.

Throughput is measured with buttons: typed text is gathered for a second by design (docs/adr/0016), so its
answers come late on purpose and are measured apart.
"""

from __future__ import annotations

import contextlib
import itertools
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contestants import CONTESTANTS, list_unwalked
from benchmarks.load.crowd import Job
from benchmarks.load.work import memory_mb
from benchmarks.plan import Plan
from benchmarks.seed import seed
from benchmarks.stage import Server, Stage, stop

Found = dict[str, Any]
#: Each job has people of its own, so that everybody in it is new.
_PEOPLE_APART = 10_000_000


@dataclass(slots=True)
class Bench:
    """The measurements of one run."""

    stage: Stage
    plan: Plan
    say: Callable[[str], None] = print
    _jobs: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # Throughput

    def throughput(self, servers: Sequence[Server]) -> dict[str, Found]:
        """Measure full load: rounds in which everybody has a turn, in another order each."""
        rounds: dict[str, list[Found]] = {one.contestant.name: [] for one in servers}
        for number in range(self.plan.rounds):
            order = [*servers[number % len(servers) :], *servers[: number % len(servers)]]
            for server in order:
                found = self._closed([server], self.plan.people, self.plan.throughput_s)
                rounds[server.contestant.name].append(found)
                self.say(f"  {server.contestant.name:20} {_brief(found)}")
        return {name: _sum_up(found) for name, found in rounds.items()}

    def work(self, servers: Sequence[Server]) -> dict[str, Found]:
        """Measure the work of an event where few come at once: a figure that a busy machine hardly moves."""
        for server in servers:
            self._closed([server], 4, 0, events=100)  # imports, caches, connections
        rounds: dict[str, list[Found]] = {one.contestant.name: [] for one in servers}
        for _ in range(self.plan.rounds):
            for server in servers:
                found = self._closed([server], 4, 0, events=self.plan.work_events)
                rounds[server.contestant.name].append(found)
                self.say(f"  {server.contestant.name:20} {_brief(found)}")
        return {name: _sum_up(found) for name, found in rounds.items()}

    def latency(self, servers: Sequence[Server], full: dict[str, Found]) -> dict[str, Found]:
        """Measure at half of what was reached, arrivals that wait for nobody; and one person alone."""
        found: dict[str, Found] = {}
        for server in servers:
            name = server.contestant.name
            rate = full[name]["median"] / 2
            half = self._open([server], rate, self.plan.half_load_s)
            alone = self._closed([server], 1, self.plan.alone_s)
            found[name] = {"rate": round(rate, 1), "half": half, "alone": alone}
            self.say(f"  {name:20} half load: {_brief(half)}")
            self.say(f"  {name:20} alone:     {_brief(alone)}")
        return found

    def overload(self, server: Server, full: float) -> Found:
        """Measure arrivals that wait for nobody and are more than can be answered: how many are answered all the same."""
        rate = full * self.plan.overload
        # Not for long: who came last waits for all others, and a reply token lives a minute.
        found = self._open([server], rate, self.plan.overload_s)
        self.say(f"  {rate:.0f}/s arrive: {_brief(found)}")
        return {"rate": round(rate, 1), "found": found, "ratio": _ratio(found["per_second"], full)}

    def typed(self, server: Server, rate: float) -> Found:
        """Measure typed text, which is gathered for a second before it is answered."""
        found = self._open([server], rate, self.plan.typed_s, typed=True)
        self.say(f"  typed, {rate:.0f}/s: {_brief(found)}")
        return {"rate": round(rate, 1), "found": found}

    # What may not cost anything

    def slow_line(self, server: Server) -> Found:
        """Measure full load with a LINE API that takes 50 ms, against one that takes none, in turns."""
        rounds: dict[str, list[Found]] = {"0": [], "50": []}
        for _ in range(self.plan.rounds):
            for delay, found in rounds.items():
                found.append(
                    self._closed([server], self.plan.crowd, self.plan.slow_line_s, delay_ms=float(delay))
                )
                self.say(f"  LINE API at {delay:>2} ms: {_brief(found[-1])}")
        fast, slow = _sum_up(rounds["0"]), _sum_up(rounds["50"])
        return {
            "people": self.plan.crowd,
            "0 ms": fast,
            "50 ms": slow,
            "ratio": _ratio(slow["median"], fast["median"]),
        }

    def flood(self, name: str, rate: float) -> Found:
        """Measure everybody else while one person floods a server with its limits, against the same without, in turns."""
        rounds: dict[str, list[Found]] = {"without": [], "with": []}
        with self.stage.running(CONTESTANTS[name], limited=True) as server:
            for turn in range(self.plan.flood_turns):
                # Now this one is first and now that: a disk that grows slower would count against the second.
                for how in ("without", "with") if turn % 2 == 0 else ("with", "without"):
                    per_s = self.plan.flood_per_minute / 60 if how == "with" else 0.0
                    rounds[how].append(self._open([server], rate, self.plan.flood_s, flood=per_s))
                    self.say(f"  {how:7} a flooder: {_brief(rounds[how][-1])}")
        p95 = {
            kind: {
                name: statistics.median(one[kind]["p95"] for one in found) for name, found in rounds.items()
            }
            for kind in ("webhook_ms", "reply_ms")
        }
        ratios = {kind: _ratio(both["with"], both["without"]) for kind, both in p95.items()}
        return {
            "per_minute": self.plan.flood_per_minute,
            "rate": round(rate, 1),
            "events": sum(one["events"] for found in rounds.values() for one in found),
            "p95": p95,
            "ratio": ratios,
        }

    # Ours alone

    def memory(self, name: str) -> Found:
        """Measure a fresh server when nobody came, and with many conversations open."""
        with self.stage.running(CONTESTANTS[name]) as server:
            few = self._closed([server], 1, 0, events=20)
            warm = memory_mb(server.pids)
            opened = self.plan.open_conversations
            found = self._closed([server], self.plan.people, 0, events=2 * opened, taps=2)
            full = memory_mb(server.pids)
        self.say(
            f"  {name}: idle {server.memory_idle}, after {few['events']} events {warm}, {opened} open {full}"
        )
        return {
            "idle": server.memory_idle,
            "warm": warm,
            "open": full,
            "conversations": opened,
            "events": found["events"],
        }

    def stored(self, name: str) -> list[Found]:
        """Measure full load by people who come back, among ever more who are stored."""
        found = []
        for size in self.plan.stored:
            with self._seeded(name, size) as server:
                rounds = [
                    self._closed([server], self.plan.people, self.plan.throughput_s, known=size)
                    for _ in range(max(1, self.plan.rounds // 2))
                ]
            one = {"stored": size, **_sum_up(rounds)}
            self.say(
                f"  {name}, {size} stored: {one['median']}/s, {one['cpu_ms_per_event']} ms of CPU an event"
            )
            found.append(one)
        return found

    def replicas(self, count: int = 3) -> Found:
        """Measure several servers on one PostgreSQL beside one, in turns."""
        cores = sorted(set(_cores_here()) - {self.stage.cores.load}) or [self.stage.cores.load]
        contestant = CONTESTANTS["frontdoor-postgres"]
        rounds: dict[int, list[Found]] = {1: [], count: []}
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(self.stage.running(contestant, core=cores[0]))
            others = [
                stack.enter_context(
                    self.stage.running(contestant, core=cores[number % len(cores)], like=first)
                )
                for number in range(1, count)
            ]
            for _ in range(self.plan.rounds):
                for number, found in rounds.items():
                    servers = [first, *others][:number]
                    found.append(self._closed(servers, self.plan.people, self.plan.throughput_s))
                    self.say(f"  {number} on PostgreSQL: {_brief(found[-1])}")
            rate = _sum_up(rounds[1])["median"] / 2
            half = {
                number: self._open([first, *others][:number], rate, self.plan.half_load_s)
                for number in rounds
            }
        return {
            "cores": len(cores),
            "rate": round(rate, 1),
            "full": {str(number): _sum_up(found) for number, found in rounds.items()},
            "half": {str(number): found for number, found in half.items()},
        }

    # Inside

    @contextlib.contextmanager
    def _seeded(self, name: str, size: int) -> Iterator[Server]:
        contestant = CONTESTANTS[name]
        empty = self.stage.start(contestant)  # it makes keys and tables
        stop(empty.process)
        seed(empty.folder, empty.database_url, size)
        with self.stage.running(contestant, like=empty) as server:
            yield server
        for file in empty.folder.glob("*.sqlite3*"):  # a million of them are gigabytes
            file.unlink()

    def _closed(self, servers: Sequence[Server], people: int, seconds: float, **more: Any) -> Found:
        return self._run(servers, mode="closed", people=people, measure_s=seconds, **more)

    def _open(self, servers: Sequence[Server], rate: float, seconds: float, **more: Any) -> Found:
        return self._run(servers, mode="open", rate=max(rate, 1.0), measure_s=seconds, **more)

    def _run(self, servers: Sequence[Server], **job: Any) -> Found:
        number = next(self._jobs)
        known = job.get("known", 0)
        return self.stage.run(
            Job(
                targets=(),
                feed=0,
                avoid=list_unwalked(),
                seed=number,
                first_person=0 if known else number * _PEOPLE_APART,
                **{"warm_s": self.plan.warm_s, "taps": self.plan.taps, **job},
            ),
            list(servers),
        )


def _sum_up(rounds: list[Found]) -> Found:
    """Give the median of the rounds, the least and the most, and the work of an event."""
    speeds = sorted(one["per_second"] for one in rounds)
    events = sum(one["events"] for one in rounds)
    work = {
        name: round(1000 * sum(one["cpu_s"].get(name, 0.0) for one in rounds) / max(events, 1), 3)
        for name in rounds[0]["cpu_s"]
    }
    return {
        "median": statistics.median(speeds),
        "low": speeds[0],
        "high": speeds[-1],
        "rounds": len(rounds),
        "events": events,
        "people": sum(one["people"] for one in rounds),
        "refused": sum(one["refused"] for one in rounds),
        "untaken": sum(one["untaken"] for one in rounds),
        "cpu_ms_per_event": work.get("server", 0.0),
        "database_cpu_ms_per_event": work.get("database", 0.0),
        "load_cpu_ms_per_event": work.get("load", 0.0),
        "webhook_ms": {
            rank: statistics.median(one["webhook_ms"].get(rank, 0.0) for one in rounds) for rank in _RANKS
        },
        "reply_ms": {
            rank: statistics.median(one["reply_ms"].get(rank, 0.0) for one in rounds) for rank in _RANKS
        },
    }


_RANKS = ("p50", "p95", "p99", "max")


def _brief(found: Found) -> str:
    work = 1000 * found["cpu_s"].get("server", 0.0) / max(found["events"], 1)
    ranks = {
        name: "/".join(f"{found[key].get(rank, 0.0):.1f}" for rank in _RANKS[:3])
        for name, key in (("webhook", "webhook_ms"), ("reply", "reply_ms"))
    }
    told = (("refused", "told later"), ("untaken", "never taken"), ("again", "sent again for nothing"))
    later = "".join(f", {found[name]} {says}" for name, says in told if found[name])
    return (
        f"{found['per_second']:7.1f}/s, {work:.2f} s of CPU for 1,000, "
        f"webhook {ranks['webhook']} ms, reply {ranks['reply']} ms{later}"
    )


def _ratio(one: float, other: float) -> float:
    return round(one / other, 3) if other else 0.0


def _cores_here() -> set[int]:
    import os  # noqa: PLC0415  # nowhere else here

    return os.sched_getaffinity(0)
