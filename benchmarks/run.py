"""
Measure: `python -m benchmarks.run`, or `--quick` for the shape of it in a minute.

Prints what it finds and keeps it as JSON; `--write-docs` puts it into docs/performance.md and draws the plot.
An answer that is lost or comes twice ends the run with an error.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.contestants import CONTESTANTS, TOP
from benchmarks.machine import describe_machine, find_file_system
from benchmarks.measures import Bench
from benchmarks.plan import FULL, PARTS, QUICK, Plan
from benchmarks.report import print_summary, write_docs
from benchmarks.stage import Cores, Failed, Server, Stage, Wrong, stop

RESULTS = TOP / "benchmarks" / "results"
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_FOREIGN = TOP / ".venv-bench" / "bin" / "python"


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and short rounds, the nearest rivals only")
    parser.add_argument("--only", default="", help=f"comma-separated: {', '.join(CONTESTANTS)}")
    parser.add_argument("--parts", default="", help=f"comma-separated: {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison; the flood has its own")
    parser.add_argument("--seconds", type=float, help="seconds of full load in each round")
    parser.add_argument("--events", type=int, help="events whose work is measured")
    parser.add_argument("--people", type=int, help="people side by side at full load")
    parser.add_argument("--taps", type=int, help="events of one person")
    parser.add_argument("--stored", default="", help="comma-separated numbers of stored sessions")
    parser.add_argument("--server-core", type=int, help="the core of the server; the first if empty")
    parser.add_argument("--load-core", type=int, help="the core of everything else; the second if empty")
    parser.add_argument(
        "--folder", default="", help="a folder on a real disk; the system's temporary one if empty"
    )
    parser.add_argument(
        "--foreign-python", default=str(_FOREIGN), help="interpreter with the alternatives' packages"
    )
    parser.add_argument(
        "--out", default="", help="JSON file; benchmarks/results/latest-PROFILE.json if empty"
    )
    parser.add_argument(
        "--go-on", action="store_true", help="measure only what a run of the same plan did not come to"
    )
    parser.add_argument("--write-docs", action="store_true", help="write docs/performance.md and the plot")
    return parser.parse_args(words)


def make_plan(asked: argparse.Namespace) -> Plan:
    """Choose a profile, changed as asked."""
    plan = QUICK if asked.quick else FULL
    changes: dict[str, Any] = {
        "rounds": asked.rounds,
        "throughput_s": asked.seconds,
        "work_events": asked.events,
        "people": asked.people,
        "taps": asked.taps,
        "contestants": _split(asked.only),
        "parts": _split(asked.parts),
        "stored": tuple(int(one) for one in _split(asked.stored)),
    }
    return replace(plan, **{name: value for name, value in changes.items() if value})


def read_begun(begun: Path, plan: Plan) -> dict[str, Any]:
    """Return what a run of the same plan found before it ended, whole parts only. Wrong: there is none, or it had another plan."""
    if not begun.exists():
        raise Wrong("there is no run to go on with: leave --go-on out")
    whole: dict[str, Any] = json.loads(begun.read_text(encoding="utf-8"))
    if whole["plan"] != _as_json(plan):
        raise Wrong("the run that ended had another plan: ask for the same, or leave --go-on out")
    return whole


def _as_json(plan: Plan) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(asdict(plan)))
    return plain


def _keep(path: Path, whole: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    half.replace(path)


def measure(stage: Stage, plan: Plan, found: dict[str, Any]) -> None:
    """Measure what the plan says and `found` lacks, and add it there."""
    bench = Bench(stage, plan)
    names = [name for name in CONTESTANTS if name in plan.contestants]
    ours = [name for name in names if CONTESTANTS[name].is_ours]
    servers = [stage.start(CONTESTANTS[name]) for name in names]
    if "work" in plan.parts and "work" not in found:
        print("work of an event")
        found["work"] = bench.work(servers)
    needs_full_load = {"throughput", "latency", "overload", "flood", "typed"} & set(plan.parts)
    if needs_full_load and "throughput" not in found:
        print("full load")
        found["throughput"] = bench.throughput(servers)
    if "latency" in plan.parts and "latency" not in found:
        print("half load and alone")
        found["latency"] = bench.latency(servers, found["throughput"])
    by_name = {one.contestant.name: one for one in servers}
    for name in ours:
        _measure_ours(bench, by_name[name], plan, found)
    for server in servers:
        stop(server.process)
    _measure_fresh(bench, ours, plan, found)


def _measure_ours(bench: Bench, server: Server, plan: Plan, found: dict[str, Any]) -> None:
    name = server.contestant.name
    if _lacks(found, plan, "slow-line", name):
        print(f"{name}: a slow LINE API")
        found["slow-line"][name] = bench.slow_line(server)
    if _lacks(found, plan, "overload", name):
        print(f"{name}: more than it can answer")
        found["overload"][name] = bench.overload(server, found["throughput"][name]["median"])
    if _lacks(found, plan, "typed", name):
        print(f"{name}: typed text")
        found["typed"][name] = bench.typed(server, found["throughput"][name]["median"] / 4)


def _measure_fresh(bench: Bench, ours: list[str], plan: Plan, found: dict[str, Any]) -> None:
    for name in ours:
        if _lacks(found, plan, "flood", name):
            print(f"{name}: one who floods")
            found["flood"][name] = bench.flood(name, found["throughput"][name]["median"] / 4)
        if _lacks(found, plan, "memory", name):
            print(f"{name}: memory")
            found["memory"][name] = bench.memory(name)
        if _lacks(found, plan, "stored", name):
            print(f"{name}: stored sessions")
            found["stored"][name] = bench.stored(name)
    if "replicas" in plan.parts and "replicas" not in found and "frontdoor-postgres" in ours:
        print("replicas")
        found["replicas"] = bench.replicas()


def _lacks(found: dict[str, Any], plan: Plan, part: str, name: str) -> bool:
    return part in plan.parts and name not in found.setdefault(part, {})


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, keep. Returns the exit status."""
    asked = read_arguments(words)
    # Whoever ends the run ends what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    plan = make_plan(asked)
    cores = Cores.choose()
    cores = replace(
        cores,
        **{
            name: core
            for name, core in (("server", asked.server_core), ("load", asked.load_core))
            if core is not None
        },
    )
    with tempfile.TemporaryDirectory(prefix="frontdoor-bench-", dir=asked.folder or None) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  # a PostgreSQL that root starts runs as somebody else
        kind = find_file_system(Path(folder))
        if kind in _IN_MEMORY:
            print(f"{kind} is memory, no disk: no commit lasts there; give --folder", file=sys.stderr)
            if asked.write_docs:
                return 2
        out = Path(asked.out) if asked.out else RESULTS / f"latest-{plan.name}.json"
        begun = out.with_suffix(".begun")
        about = describe_machine(cores, kind, asked.foreign_python)
        try:
            whole = read_begun(begun, plan) if asked.go_on else {"plan": _as_json(plan), "goes": 0}
            whole |= {"about": about, "goes": whole["goes"] + 1}
            with Stage(Path(folder), cores, asked.foreign_python) as stage:
                try:
                    measure(stage, plan, whole)
                finally:
                    _keep(begun, whole)
        except (Failed, Wrong) as fault:
            print(f"{type(fault).__name__.upper()}: {fault}", file=sys.stderr)
            return 1
    begun.replace(out)
    print_summary(whole)
    if asked.write_docs:
        write_docs(whole)
    return 0


def _split(words: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in words.split(",") if one.strip())


if __name__ == "__main__":
    sys.exit(main())
