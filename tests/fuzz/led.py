"""
Random search led by coverage: each target in a process of its own, for its share of the time, from where the last run stopped.

What it learned lies in var/fuzz: the corpus grows from run to run, and what broke something is kept beside it, to be made into a test.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.programs import ROOT
from tests.fuzz import kept
from tests.fuzz.targets import TARGETS, list_seeds

HOME = ROOT / "var" / "fuzz"
_LONGEST_INPUT = 4_096
#: After so many breaks there is nothing more to learn before they are mended.
_MOST_BREAKS = 10
_RUNS = re.compile(r"stat::number_of_executed_units: (\d+)")
_COVERED = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")
_FAULT = re.compile(r"^(\w[\w.]*(?:Error|Exception|Wrong|Interrupt)\b.*)$", re.MULTILINE)


@dataclass
class Search:
    """What one target's search came to."""

    target: str
    seconds: int = 0
    runs: int = 0
    covered: int = 0
    corpus: int = 0
    breaks: list[str] | None = None


def lead(minutes: float, *, targets: Sequence[str] = (), write: bool = False) -> int:
    """Search for so long altogether; returns how often something broke."""
    if importlib.util.find_spec("atheris") is None:
        print(
            "atheris is not installed: pip install --require-hashes -r requirements/fuzz.txt (make fuzz-release does)",
            file=sys.stderr,
        )
        return 1
    chosen = [name for name in TARGETS if not targets or name in targets]
    found = 0
    for name in chosen:
        search = _search(name, minutes * 60 / len(chosen))
        breaks = search.breaks or []
        found += len(breaks)
        print(
            f"{name}: {search.seconds} s, {search.runs:,} runs, {search.covered:,} places of ours met, corpus {search.corpus:,}: "
            + ("; ".join(breaks) or "nothing found"),
            flush=True,
        )
        if write:
            counts = {"seconds": search.seconds, "runs": search.runs}
            kept.add("led", name, counts, {one[:120]: 1 for one in breaks}, [])
    return found


def _search(name: str, seconds: float) -> Search:
    corpus, broken = HOME / "corpus" / name, HOME / "broken" / name
    corpus.mkdir(parents=True, exist_ok=True)
    broken.mkdir(parents=True, exist_ok=True)
    for raw in list_seeds(name):
        (corpus / hashlib.sha256(raw).hexdigest()[:20]).write_bytes(raw)
    search, began = Search(name, breaks=[]), time.monotonic()
    while (left := seconds - (time.monotonic() - began)) > 1 and len(search.breaks or []) < _MOST_BREAKS:
        if not _run_once(search, corpus, broken, left):
            break
    search.seconds = round(time.monotonic() - began)
    return search


def _run_once(search: Search, corpus: Path, broken: Path, seconds: float) -> bool:
    """Run until the time is over or something breaks. True: something did, and the search may go on."""
    seed = secrets.randbelow(2**31) + 1
    print(f"{search.target}: seed {seed}", flush=True)
    options = (
        f"-max_total_time={max(1, int(seconds))}", f"-seed={seed}", f"-max_len={_LONGEST_INPUT}", f"-artifact_prefix={broken}/",
        "-print_final_stats=1", "-timeout=20", "-rss_limit_mb=2048",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.led_one", search.target, *options, str(corpus)],
        cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    told = done.stdout + done.stderr
    search.runs += sum(map(int, _RUNS.findall(told)))
    for covered, _, size in _COVERED.findall(told):
        search.covered, search.corpus = max(search.covered, int(covered)), int(size)
    if done.returncode == 0:
        return False
    fault = _FAULT.findall(told)
    assert search.breaks is not None
    search.breaks.append(fault[0][:200] if fault else f"ended with {done.returncode}: {told[-300:]!r}")
    return True
