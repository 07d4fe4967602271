"""How long reading takes, and what it needs: each figure from a fresh process, on one core."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

#: Runs by itself, so that nothing of what measures counts.
_MEASURE = """
import gc, json, resource, sys, time
from pathlib import Path
from statistics import median, quantiles

folder, path = Path(sys.argv[1]), Path(sys.argv[2])
import bot.core.stated, bot.errors
used = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
before, began = used(), time.process_time()
from bot.understanding.artefact import load
from bot.understanding.reading import Reader
read = Reader(load(path)).read
read("hi")
cold, after = time.process_time() - began, used()
texts = [json.loads(line)["text"] for one in sorted(folder.glob("evaluation/*/*.jsonl")) for line in one.open(encoding="utf-8")]
gc.disable()
def take(text):
    began = time.process_time()
    read(text)
    return (time.process_time() - began) * 1000
for text in texts[:200]:
    take(text)
each = [median(take(text) for _ in range(3)) for text in texts]
long = [median(take((text * 5000)[:5000]) for _ in range(3)) for text in texts[::40]]
print(json.dumps({"median_ms": median(each), "p99_ms": quantiles(each, n=100)[98], "long_ms": median(long), "longest_ms": max(long),
                  "cold_ms": cold * 1000, "memory_mb": after - before, "messages": len(texts)}))
"""


def measure_speed(path: Path) -> dict[str, Any]:
    """Return times in milliseconds of the processor and sizes in megabytes."""
    folder = Path(__file__).parent
    done = subprocess.run(  # noqa: S603 - this very Python, and our own lines
        [sys.executable, "-c", _MEASURE, str(folder), str(path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder.parent,
    )
    return {**json.loads(done.stdout), "file_mb": path.stat().st_size / 1e6}
