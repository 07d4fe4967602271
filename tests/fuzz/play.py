"""One piece of bodies: post them all, wait until everybody is answered, and say what was found."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.end_to_end.service import PATIENT
from tests.fuzz.bodies import Body, Grammar
from tests.fuzz.judge import Reading, find_unanswered
from tests.fuzz.stage import Stage, open_stage

#: Makes an empty, migrated database in a folder and returns its address.
Make = Callable[[Path], str]
#: Bodies that no platform has signed.
UNSIGNED_SHARE = 0.25
_SIDE_BY_SIDE = 20
_OK = {True: {200, 413}, False: {403, 413}}
_TOO_LARGE = 256 * 1024
#: One piece in so many runs with the limits of a real service: then people are told that it was too much.
_LIMITED_EVERY = 5
#: So many replies may be on their way before the senders wait: a token lives for 50 s.
_MOST_WAITING = 4_000


@dataclass
class Piece:
    """What one piece was and gave. `found`: kinds of findings and how often; empty is what is wanted."""

    seed: int
    database: str
    bodies: int = 0
    unsigned: int = 0
    with_events: int = 0
    events: int = 0
    awaiting: int = 0
    replies: int = 0
    later: int = 0
    took_s: float = 0.0
    cpu_s: float = 0.0
    letters: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


async def play(
    folder: Path, database_url: str, *, seed: int, count: int, unsigned: float = UNSIGNED_SHARE
) -> Piece:
    """Play `count` bodies by one seed into a migrated, empty database."""
    piece = Piece(seed, "sqlite" if database_url.startswith("sqlite") else "postgres")
    grammar = Grammar(Random(seed), 1 + seed % 1_000_000)
    limits = {} if seed % _LIMITED_EVERY == 0 else PATIENT
    began, cpu = time.monotonic(), time.process_time()
    async with open_stage(folder, database_url, grammar, **limits) as stage:
        reading, signed = Reading(), round(count * (1 - unsigned))
        await _post_all(stage, (grammar.write() for _ in range(signed)), piece, reading)
        await _judge(stage, piece, reading)
        await _post_unsigned(stage, grammar, piece, count - signed)
    _take_faults(stage, piece)
    piece.bodies, piece.unsigned = count, count - signed
    piece.took_s, piece.cpu_s = time.monotonic() - began, time.process_time() - cpu
    return piece


async def _post_all(stage: Stage, bodies: Iterator[Body], piece: Piece, reading: Reading | None) -> None:
    """Post side by side, as platforms do."""

    async def post_on() -> None:
        for body in bodies:
            if reading is not None and len(body.raw) <= _TOO_LARGE:
                reading.read(body)
            _look_at(body, await stage.post(body), piece)

    async with asyncio.TaskGroup() as group:
        for _ in range(_SIDE_BY_SIDE):
            group.create_task(post_on())


def _look_at(body: Body, status: int, piece: Piece) -> None:
    expected = 413 if len(body.raw) > _TOO_LARGE else None
    if status in _OK[body.is_signed] and (expected is None or status == expected):
        return
    kind = "a bad signature was accepted" if not body.is_signed and status == 200 else f"answered {status}"
    _note(piece, kind, json.dumps({"channel": body.channel, "raw": base64.b64encode(body.raw).decode()}))


async def _judge(stage: Stage, piece: Piece, reading: Reading) -> None:
    if not await stage.settle():
        _note(piece, "never settled")
    awaiting = reading.list_awaiting()
    rows = await stage.ask("SELECT state, person FROM outbox")
    piece.letters.update(state for state, _ in rows)
    heard = stage.heard
    settled = [person for state, person in rows if state not in {"new", "sending"}]
    lost = find_unanswered(awaiting, stage.vault, tokens=heard.tokens, chats=heard.chats, settled=settled)
    for channel, who in lost:
        _note(piece, "unanswered", f"{channel} {who}")
    for channel, who in reading.list_left_out():
        _note(piece, "left out", f"{channel} {who}")
    for broken in reading.broken:
        _note(piece, "unreadable", broken)
    piece.found["dead letters"] += piece.letters["dead"]
    known = {stage.vault.person_key(one.channel, one.user_id) for one in reading.inbounds}
    begun = {row[0] for row in await stage.ask("SELECT person FROM person_session")} - known
    piece.found["begun with nobody named"] += len(begun)
    piece.with_events, piece.events, piece.awaiting = (
        reading.with_events,
        len(reading.inbounds),
        len(awaiting),
    )
    piece.replies, piece.later = heard.replies, stage.later


async def _post_unsigned(stage: Stage, grammar: Grammar, piece: Piece, count: int) -> None:
    """Post what nobody signed: nothing at all may be written, nor anybody told anything."""
    before, replies = await stage.count_rows(), stage.heard.replies
    await _post_all(stage, (grammar.write(signed=False) for _ in range(count)), piece, None)
    after = await stage.count_rows()
    written = {name: after[name] - before[name] for name in before if after[name] != before[name]}
    if written or stage.heard.replies != replies:
        _note(piece, "written for unsigned bodies", str(written))


def _take_faults(stage: Stage, piece: Piece) -> None:
    for name, times in stage.faults.found.items():
        piece.found["incident"] += times
        piece.examples.append(name)
    for escaped in stage.escaped:
        _note(piece, "escaped", escaped)
    piece.found = +piece.found


def _note(piece: Piece, kind: str, example: str = "") -> None:
    piece.found[kind] += 1
    if example and piece.found[kind] <= 5:
        piece.examples.append(f"{kind}: {example}")
