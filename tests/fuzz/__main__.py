"""
Fuzz: `python -m tests.fuzz bodies --minutes 10 --write`. Exit 1 when anything was found.

    bodies   webhook bodies through the real front into SQLite, or `--database postgres`
    texts    odd texts through every field and the five ways out
    words    what people might write, whole, damaged and odd, read by the shipped understanding
    led      random search led by coverage, `--minutes` altogether (needs requirements/fuzz.txt)

A run is made of pieces, each by its own seed: `bodies --seed N --count M` plays them again.
"""

from __future__ import annotations

import argparse
import contextlib
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import uvloop

from bot.store.migrate import upgrade
from tests.fuzz import kept, led, play, texts, words
from tests.fuzz.stage import make_sqlite

#: In one piece, on one empty database.
_BODIES = 20_000
_FOREVER = 10**12
#: So many shares of texts in one process.
_SHARES = 20


def main() -> int:
    """Run the part that was asked for."""
    asked = _read_arguments()
    base = asked.seed or secrets.randbelow(10**9)
    if asked.part == "led":
        found = led.lead(asked.minutes or 1.0, targets=asked.target, write=asked.write)
    else:
        found = {"bodies": _play_bodies, "texts": _play_texts, "words": _play_words}[asked.part](asked, base)
    if asked.write:
        kept.write_page()
    return 1 if found else 0


def _play_bodies(asked: argparse.Namespace, base: int) -> int:
    found = 0
    with _room() as folder, _make_databases(asked.database, folder) as make:
        for seed, count in _list_pieces(asked, base, at_once=_BODIES):
            own = folder / str(seed)
            own.mkdir()
            piece = uvloop.run(play.play(own, make(own), seed=seed, count=count))
            shutil.rmtree(own)
            rate, share = piece.bodies / piece.took_s, piece.with_events / piece.bodies
            print(
                f"bodies on {piece.database}, seed {seed}: {piece.bodies:,} ({piece.unsigned:,} unsigned, {share:.0%} with events), "
                f"{piece.events:,} events, {piece.awaiting:,} people awaited an answer, {piece.replies:,} messages out, letters {dict(piece.letters)}, "
                f"later {piece.later}; {rate:,.0f}/s, {piece.cpu_s / piece.bodies * 1e3:.1f} ms of CPU each: {dict(piece.found) or 'nothing found'}",
                *(f"  {example[:3_000]}" for example in piece.examples), sep="\n", flush=True,
            )  # fmt: skip
            found += sum(piece.found.values())
            if asked.write:
                names = ("bodies", "unsigned", "with_events", "events", "awaiting", "replies", "later")
                kept.add(
                    "bodies",
                    piece.database,
                    {name: getattr(piece, name) for name in names},
                    piece.found,
                    [seed],
                )
    return found


def _play_texts(asked: argparse.Namespace, base: int) -> int:
    sums, found, began = Counter[str](), Counter[str](), time.monotonic()
    # The typesetter keeps what it has set: now and then it begins anew.
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=_SHARES)
    for seed, count in _list_pieces(asked, base, at_once=texts.AT_ONCE):
        share = pool.submit(texts.play, seed, count).result()
        sums.update({"texts": share.texts, "characters": share.characters})
        found.update(share.found)
        if share.found:
            print(f"seed {seed}: {dict(share.found)}", *share.examples, sep="\n  ", flush=True)
        if asked.write:
            kept.add(
                "texts",
                "five ways",
                {"texts": share.texts, "characters": share.characters},
                share.found,
                [seed],
            )
    pool.shutdown()
    rate = sums["texts"] / (time.monotonic() - began)
    print(
        f"texts from seed {base}: {sums['texts']:,} of {sums['characters']:,} characters, {rate:,.0f}/s: {dict(found) or 'nothing found'}"
    )
    return found.total()


def _play_words(asked: argparse.Namespace, base: int) -> int:
    sums, found, began = Counter[str](), Counter[str](), time.monotonic()
    for seed, count in _list_pieces(asked, base, at_once=words.AT_ONCE):
        share = words.play(seed, count)
        sums.update({"texts": share.texts, "characters": share.characters})
        found.update(share.found)
        if share.found:
            print(f"seed {seed}: {dict(share.found)}", *share.examples[:20], sep="\n  ", flush=True)
        if asked.write:
            counts = {"texts": share.texts, "characters": share.characters}
            kept.add("words", "understanding", counts, share.found, [seed])
    rate = sums["texts"] / (time.monotonic() - began)
    print(f"words from seed {base}: {sums['texts']:,}, {rate:,.0f}/s: {dict(found) or 'nothing found'}")
    return found.total()


def _list_pieces(asked: argparse.Namespace, base: int, *, at_once: int) -> Iterator[tuple[int, int]]:
    """Yield a seed and a count for each piece, until there were as many as asked for, or the time is over."""
    left = asked.count or (_FOREVER if asked.minutes else at_once)
    until = time.monotonic() + asked.minutes * 60 if asked.minutes else float("inf")
    seed = base
    while left > 0 and time.monotonic() < until:
        yield seed, min(left, asked.piece or at_once)
        left -= min(left, asked.piece or at_once)
        seed += 1


@contextlib.contextmanager
def _room() -> Iterator[Path]:
    """Files lie in memory where that is possible: the machine's disk is not what is tested."""
    folder = Path(
        tempfile.mkdtemp(prefix="frontdoor-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _make_databases(kind: str, folder: Path) -> Iterator[play.Make]:
    """Give what makes an empty, migrated database for a piece."""
    if kind == "sqlite":
        template = folder / "template.sqlite3"
        upgrade(f"sqlite+aiosqlite:///{template}")
        yield lambda own: make_sqlite(own, template)
        return
    from tests.chaos.__main__ import run_server
    from tests.conftest_postgres import _admin, _url

    with run_server() as server:

        def make(own: Path) -> str:
            name = f"fuzz_{own.name}"
            _admin(server, f'CREATE DATABASE "{name}"')
            upgrade(_url(server, name))
            return _url(server, name)

        yield make


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=("bodies", "texts", "words", "led"))
    parser.add_argument(
        "--count", type=int, default=0, help="how many; without it and without --minutes one piece"
    )
    parser.add_argument(
        "--minutes", type=float, default=0.0, help="stop after the piece in which this is over"
    )
    parser.add_argument("--piece", type=int, default=0, help="how many in one piece")
    parser.add_argument("--seed", type=int, default=0, help="of the first piece; a new one if 0")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--target", action="append", default=[], help="led: only these")
    parser.add_argument(
        "--write", action="store_true", help="add to docs/fuzzing.json and write docs/fuzzing.md"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
