"""
The last figures of the long runs, one line for each, kept in docs/security-figures.json: raw results are not kept.

Runs leave JSON in benchmarks/results (`python -m tests.chaos`, `python -m benchmarks.run`, `python -m tests.migrations kill`).
Fuzzing adds up in docs/fuzzing.json (`python -m tests.fuzz`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
RESULTS = TOP / "benchmarks" / "results"
KEPT = TOP / "docs" / "security-figures.json"
FUZZED = TOP / "docs" / "fuzzing.json"
_ALARMING = ("lost", "doubled", "unanswered", "stale writes")
#: Which aims of the benchmarks belong to which part: words that stand in what an aim says.
_AIMS = {"bench:flood": "flooder", "bench:latency": "webhook answered"}


def load_kept() -> dict[str, str]:
    """Return the kept figures: one line of text by name. None kept yet: empty."""
    if not KEPT.exists():
        return {}
    read: dict[str, str] = json.loads(KEPT.read_text(encoding="utf-8"))
    return read


def renew_kept() -> dict[str, str]:
    """Take in what lies in benchmarks/results, oldest first, and return what is kept then."""
    kept = load_kept()
    found = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")]
    for whole in sorted(filter(_is_whole, found), key=_date):
        kept |= dict(read_results(whole))
    if FUZZED.exists():
        kept |= dict(read_fuzzing(json.loads(FUZZED.read_text(encoding="utf-8"))))
    if kept:
        text = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True)
        KEPT.write_text(text + "\n", encoding="utf-8")
    return kept


def _is_whole(whole: Mapping[str, Any]) -> bool:
    """A quick benchmark shows only the shape of the figures."""
    return bool(whole.get("plan", {}).get("name") != "quick")


def _date(whole: Mapping[str, Any]) -> str:
    return str(whole.get("at") or whole.get("about", {}).get("date", ""))


def read_results(whole: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Read one file of results, whichever run left it; what it is not known to be is nothing."""
    day = _date(whole)[:10] or "undated"
    runs = whole.get("runs", [])
    kind = whole.get("kind")
    if kind == "migrations":
        yield "migrations:kill", f"{day}: {_tell_migrations(runs)}"
    elif kind == "figures":
        yield from ((name, f"{day}: {told}") for name, told in whole["figures"].items())
    elif kind == "soak":
        yield "soak:both", f"{day}: {_tell_soak(whole)}"
    elif isinstance(runs, list) and all("trouble" in run for run in runs):
        for trouble in dict.fromkeys(run["trouble"] for run in runs):
            mine = [run for run in runs if run["trouble"] == trouble]
            yield (
                f"chaos:{trouble}",
                f"{day}, {whole.get('profile', '')}: {'; '.join(map(_tell_chaos, mine))}",
            )
    for name, word in _AIMS.items():
        told = "; ".join(_tell_aims(whole, word))
        if told:
            yield name, f"{day}: {told}"


def read_fuzzing(lines: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Add up what the newest release was fuzzed with."""
    version = lines[-1]["version"] if lines else ""
    mine = [line for line in lines if line["version"] == version]
    bodies, seconds = _add_up(mine, "bodies", "bodies"), _add_up(mine, "led", "seconds")
    if bodies or seconds:
        told = f"{bodies:,} bodies and {seconds / 60:,.0f} minutes led by coverage: {_say_found(mine, 'bodies', 'led')}"
        yield "fuzz:bodies", f"{_last_day(mine, 'bodies', 'led')}, {version}: {told}"
    if unsigned := _add_up(mine, "bodies", "unsigned"):
        told = f"{unsigned:,} bad signatures: {_say_found(mine, 'bodies', about='signature unsigned')}"
        yield "fuzz:signatures", f"{_last_day(mine, 'bodies')}, {version}: {told}"
    if texts := _add_up(mine, "texts", "texts"):
        told = f"{texts:,} texts × five ways out: {_say_found(mine, 'texts')}"
        yield "fuzz:texts", f"{_last_day(mine, 'texts')}, {version}: {told}"


def _add_up(lines: Iterable[Mapping[str, Any]], part: str, name: str) -> int:
    return sum(line["counts"].get(name, 0) for line in lines if line["part"] == part)


def _say_found(lines: Iterable[Mapping[str, Any]], *parts: str, about: str = "") -> str:
    """Say how much was found; `about`: only where one of these words stands in it."""
    told = [one for line in lines if line["part"] in parts for one in line["found"].items()]
    found = sum(times for what, times in told if not about or any(word in what for word in about.split()))
    return f"{found:,} found" if found else "nothing found"


def _last_day(lines: Iterable[Mapping[str, Any]], *parts: str) -> str:
    return max(line["day"] for line in lines if line["part"] in parts)


def _tell_chaos(run: Mapping[str, Any]) -> str:
    found = run["found"]
    other = sum(count for name, count in found.items() if name not in _ALARMING)
    counts = ", ".join(f"{name} {found.get(name, 0)}" for name in _ALARMING)
    return f"{run['database']} {sum(run['made'].values()):,} ×, {run['events']:,} events: {counts}, other {other}"


def _tell_migrations(runs: Iterable[Mapping[str, Any]]) -> str:
    by_database: dict[str, int] = {}
    for run in runs:
        by_database[run["database"]] = by_database.get(run["database"], 0) + sum(run["kills"].values())
    return ", ".join(f"{name} {count:,} deaths" for name, count in by_database.items()) + ": all whole"


def _tell_soak(whole: Mapping[str, Any]) -> str:
    """Tell the longest life of each program: what it was stopped before is no figure of three days."""
    longest: dict[str, Mapping[str, Any]] = {}
    for life in whole["lives"]:
        if life["hours"] >= longest.get(life["name"], life)["hours"]:
            longest[life["name"]] = life
    lives = "; ".join(
        f"{name} {life['hours']} h: {life['rss_mb'][0]} → {life['rss_mb'][1]} MB ({life['growth_percent']:+} %),"
        f" {life['slope_mb_per_hour']:+} MB an hour, open files {_tell_range(life['files'][0])} → {_tell_range(life['files'][1])}"
        for name, life in longest.items()
    )
    return f"{whole['database']}, {whole['events']:,} events at {whole['rate']} a second: {lives}"


def _tell_range(files: Iterable[int]) -> str:
    return " to ".join(str(number) for number in dict.fromkeys(files))


def _tell_aims(whole: Mapping[str, Any], word: str) -> Iterator[str]:
    if not any(part in whole for part in ("throughput", "latency", "flood")):
        return
    from benchmarks.aims import judge  # noqa: PLC0415 - only where there is something to judge

    for aim in judge(whole):
        if word in aim.says:
            yield f"{aim.server}, {aim.says}: {aim.found} (aim {aim.wanted})"
