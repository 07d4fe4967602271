"""
R26: both programs for hours or days under a steady load, and whether their memory and their open files grow.

    python -m benchmarks.soak --hours 72                  # samples in build/soak, the last line says how it went
    python -m benchmarks.soak --hours 72 --resume         # goes on after a stop, on the same database

A program that was started anew has forgotten what it held: each start is a life of its own, judged by itself, and "three days"
means one life. Every answer is counted; one that is lost or comes twice ends the run with an error.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.contestants import CONTESTANTS, TOP, list_unwalked, our_environment
from benchmarks.load.crowd import Job
from benchmarks.load.work import memory_mb
from benchmarks.stage import Cores, Failed, Server, Stage, Wrong

RESULT = TOP / "benchmarks" / "results" / "soak.json"
SAMPLES, STATE = "samples.jsonl", "soak.json"
#: What a program holds grows for a while after it started: caches fill. Of a life so much is left out, at most half an hour.
_WARM_PART, _WARM_AT_MOST_S = 0.2, 1800.0
#: Source: SECURITY R26.
_MOST_GROWTH_PERCENT = 5.0
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a program holds at a moment: seconds since its life began, MB (RSS), open files, threads; and the database, in MB."""

    life: int
    name: str
    at_s: float
    rss_mb: float
    files: int
    threads: int
    database_mb: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    How one program's life went.

    `slope_mb_per_hour`: of the straight line through the memory after the warm-up. `growth_percent`: of the median of its last
    fifth over the median of its first. `files`: fewest and most in the same fifths.
    """

    life: int
    name: str
    hours: float
    samples: int
    rss_mb: tuple[float, float]
    slope_mb_per_hour: float
    growth_percent: float
    files: tuple[tuple[int, int], tuple[int, int]]

    @property
    def is_flat(self) -> bool:
        """
        Whether it holds no more than it did: memory by less than 5 %, and no more files than at its beginning.

        Connections come and go with the load; what is never given back is in the fewest of the end as well.
        """
        return self.growth_percent < _MOST_GROWTH_PERCENT and self.files[1][0] <= self.files[0][1]


def judge(samples: Sequence[Sample]) -> Verdict | None:
    """Judge one life of one program. None: too few samples."""
    if not samples:
        return None
    length = samples[-1].at_s
    warm = min(length * _WARM_PART, _WARM_AT_MOST_S)
    steady = [one for one in samples if one.at_s >= warm]
    fifth = len(steady) // 5
    if fifth < 1:
        return None
    first, last = steady[:fifth], steady[-fifth:]
    rss = (_median(first), _median(last))
    slope = statistics.linear_regression([one.at_s for one in steady], [one.rss_mb for one in steady]).slope
    return Verdict(
        samples[0].life,
        samples[0].name,
        round(length / 3600, 2),
        len(samples),
        (round(rss[0], 1), round(rss[1], 1)),
        round(slope * 3600, 2),
        round((rss[1] / rss[0] - 1) * 100, 2),
        (_range_files(first), _range_files(last)),
    )


def judge_all(samples: Sequence[Sample]) -> list[Verdict]:
    """Judge each life of each program."""
    lives = dict.fromkeys((one.life, one.name) for one in samples)
    judged = (judge([one for one in samples if (one.life, one.name) == life]) for life in lives)
    return [one for one in judged if one]


def _median(samples: Sequence[Sample]) -> float:
    return statistics.median(one.rss_mb for one in samples)


def _range_files(samples: Sequence[Sample]) -> tuple[int, int]:
    return min(one.files for one in samples), max(one.files for one in samples)


# ─── The run ──────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Soak:
    """One run: its folder, how long, how much. `told`: what stands in the folder between two lives."""

    folder: Path
    seconds: float
    rate: float
    chunk_s: float
    every_s: float
    database: str
    told: dict[str, Any] = field(default_factory=dict)

    def load(self) -> None:
        """Go on where the folder says that it stood; without anything there, begin."""
        path = self.folder / STATE
        if path.exists():
            self.told = json.loads(path.read_text(encoding="utf-8"))
        self.told.setdefault("life", 0)
        self.told.setdefault("done_s", 0.0)
        self.told.setdefault("events", 0)
        self.told.setdefault("people", 0)

    def save(self) -> None:
        """Write down how far it is, whole or not at all."""
        fresh = self.folder / f"{STATE}.new"
        fresh.write_text(json.dumps(self.told), encoding="utf-8")
        fresh.replace(self.folder / STATE)

    def run(self) -> None:
        """Run one life: until the hours are over, or somebody stops it."""
        self.told["life"] += 1
        with Stage(self.folder, Cores.choose(), sys.executable) as stage:
            server = self._start(stage)
            with _office(stage, server) as office, self._sampling({"serve": server.process.pid, **office}):
                while self.told["done_s"] < self.seconds:
                    self._load_for_a_while(stage, server)

    def _start(self, stage: Stage) -> Server:
        contestant = CONTESTANTS[f"frontdoor-{self.database}"]
        known = self.told.get("place")
        like = Server(contestant, None, 0, Path(known[0]), known[1]) if known else None  # type: ignore[arg-type]  # it is over
        server = stage.start(contestant, like=like)
        self.told["place"] = (str(server.folder), server.database_url)
        self.save()
        return server

    def _load_for_a_while(self, stage: Stage, server: Server) -> None:
        length = min(self.chunk_s, self.seconds - self.told["done_s"])
        found = stage.run(
            Job(
                mode="open",
                targets=(),
                feed=0,
                rate=self.rate,
                warm_s=0.0,
                measure_s=length,
                first_person=self.told["people"],
                seed=int(self.told["done_s"]) + 1,
                avoid=list_unwalked(),
            ),
            [server],
        )
        self.told["events"] += found["all_events"]
        self.told["people"] += found["people"]
        self.told["done_s"] += length
        self.save()
        hours, worst = self.told["done_s"] / 3600, found["webhook_ms"].get("p99", 0)
        print(f"{hours:.2f} h, {self.told['events']:,} events, webhook p99 {worst} ms", flush=True)

    @contextlib.contextmanager
    def _sampling(self, pids: Mapping[str, int]) -> Iterator[None]:
        is_over = threading.Event()
        watching = threading.Thread(target=self._sample, args=(pids, is_over))
        watching.start()
        try:
            yield
        finally:
            is_over.set()
            watching.join()

    def _sample(self, pids: Mapping[str, int], is_over: threading.Event) -> None:
        began, folder = time.monotonic(), Path(self.told["place"][0])
        with (self.folder / SAMPLES).open("a", encoding="utf-8") as out:
            while not is_over.wait(self.every_s):
                at_s = round(time.monotonic() - began, 1)
                size = sum(path.stat().st_size for path in folder.glob("*.sqlite3*")) / 1e6
                for name, pid in pids.items():
                    sample = _look_at(pid, Sample(self.told["life"], name, at_s, 0, 0, 0, round(size, 2)))
                    out.write(json.dumps(asdict(sample)) + "\n")
                out.flush()


def _look_at(pid: int, empty: Sample) -> Sample:
    held = {
        "rss_mb": memory_mb([pid])["rss"],
        "files": len(list((_PROC / str(pid) / "fd").iterdir())),
        "threads": len(list((_PROC / str(pid) / "task").iterdir())),
    }
    return Sample(**(asdict(empty) | held))


@contextlib.contextmanager
def _office(stage: Stage, server: Server) -> Iterator[dict[str, int]]:
    """The back office beside it, whose page of sign-in somebody opens now and then."""
    settings = our_environment(
        port=server.port, api=stage.api, folder=server.folder, database_url=server.database_url
    )
    url = f"http://127.0.0.1:{settings['FRONTDOOR_OFFICE_PORT']}/login"
    with (server.folder / "log-office").open("ab") as log:
        command = [sys.executable, "-m", "bot", "office"]
        process = stage._spawn(command, stage.cores.load, settings=settings, stdout=log, stderr=log)  # noqa: SLF001  # as it starts all
    _wait_for(url, process)
    is_over = threading.Event()
    visiting = threading.Thread(target=_visit, args=(url, is_over))
    visiting.start()
    try:
        yield {"office": process.pid}
    finally:
        is_over.set()
        visiting.join()


def _visit(url: str, is_over: threading.Event) -> None:
    while not is_over.wait(2.0):
        _is_there(url)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            break
        if _is_there(url):
            return
        time.sleep(0.1)
    raise Failed("the back office does not answer")


def _is_there(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # our own
            return bool(answer.read())
    except (OSError, urllib.error.URLError):
        return False


# ─── The command ──────────────────────────────────────────────────────────────


def read_samples(folder: Path) -> list[Sample]:
    """Read what was sampled; a line that was cut by a stop is left out."""
    found = []
    for line in (folder / SAMPLES).read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):
            found.append(Sample(**json.loads(line)))
    return found


def write_result(soak: Soak, verdicts: Sequence[Verdict], out: Path) -> None:
    """Keep what was found, for docs/security-tests.md."""
    out.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "kind": "soak",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rate": soak.rate,
        "events": soak.told["events"],
        "database": soak.database,
        "lives": [asdict(one) | {"flat": one.is_flat} for one in verdicts],
    }
    out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def main(words: Sequence[str] | None = None) -> int:
    """Run, judge, keep. Returns the exit status: 1 if something grew, was lost or came twice."""
    parser = argparse.ArgumentParser(description="Both programs under a steady load for hours or days.")
    parser.add_argument("--hours", type=float, default=72.0)
    parser.add_argument("--rate", type=float, default=5.0, help="events in a second")
    parser.add_argument("--chunk", type=float, default=300.0, help="seconds of load between two notes")
    parser.add_argument("--every", type=float, default=15.0, help="seconds between two samples")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--folder", type=Path, default=TOP / "build" / "soak")
    parser.add_argument("--resume", action="store_true", help="go on with what stands in the folder")
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args(words)
    if asked.resume and asked.database == "postgres":
        parser.error("PostgreSQL is made for one run and gone after it: --resume needs SQLite")
    if not asked.resume and (asked.folder / STATE).exists():
        parser.error(f"{asked.folder} holds a run: --resume, or take it away")
    asked.folder.mkdir(parents=True, exist_ok=True)
    soak = Soak(asked.folder, asked.hours * 3600, asked.rate, asked.chunk, asked.every, asked.database)
    soak.load()
    status = _run(soak)
    verdicts = judge_all(read_samples(soak.folder))
    for one in verdicts:
        print(f"{'flat' if one.is_flat else 'GROWS'}: {one}")
    write_result(soak, verdicts, asked.out)
    return status or int(not all(one.is_flat for one in verdicts))


def _run(soak: Soak) -> int:
    try:
        soak.run()
    except KeyboardInterrupt:
        print("stopped; go on with --resume")
    except (Wrong, Failed) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
