"""
A long profile in pieces: each is played, judged and kept by itself, and what all of them found is added up.

A piece counts for the program that it ran: after a change of its code or its conversations the counts begin anew. What an
earlier program went through is told, under that program's name, until this one has gone through as much.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests.chaos.report import RAW
from tests.chaos.run import Plan, Result, spread
from tests.end_to_end.programs import ROOT

Piece = dict[str, Any]
#: No longer than this by itself: what goes wrong later would be hard to find in it.
LONGEST_S = 300.0
#: A piece shorter than this is mostly starting and judging.
SHORTEST_S = 40.0
_SUMMED = ("events", "duplicates", "redelivered", "people", "replies", "handoffs", "took_s")
_COUNTED = ("found", "made", "answers", "letters", "met")


@dataclass(frozen=True, slots=True)
class Aim:
    """What a profile wants of one trouble on one database, and what was found of it so far."""

    database: str
    plan: Plan
    pieces: Sequence[Piece] = ()

    @property
    def made(self) -> Counter[str]:
        return sum((Counter(piece["made"]) for piece in self.pieces), Counter[str]())

    @property
    def rounds(self) -> int:
        """How often it went wrong so far, as it should have."""
        return sum(count for name, count in self.made.items() if not name.endswith("not passed"))

    @property
    def events(self) -> int:
        return sum(int(piece["events"]) for piece in self.pieces)

    @property
    def share(self) -> float:
        """How much of it is done; 1: all."""
        wanted = [(self.rounds, self.plan.rounds), (self.events, self.plan.events)]
        return min((done / all_ for done, all_ in wanted if all_), default=1.0)

    def cut(self, seed: int, at_most_s: float) -> Plan:
        """Return what is left of it, for so long."""
        rounds = max(0, self.plan.rounds - self.rounds)
        events = max(0, self.plan.events - self.events)
        is_cold = not self.pieces
        return replace(
            self.plan, rounds=rounds, events=events, seed=seed, at_most_s=at_most_s, earlier=self.made,
            first=sum(self.made.values()), cold=is_cold,
        )  # fmt: skip


def choose_next(aims: Sequence[Aim]) -> Aim | None:
    """Return that of which least is done, so that whoever stops early has seen some of everything. None: all is done."""
    left = [aim for aim in aims if aim.share < 1]
    return min(left, key=lambda aim: aim.share, default=None)


def load_pieces(profile: str, folder: Path = RAW) -> list[Piece]:
    """Return the pieces that count for the program as it is now, oldest first."""
    return [one for one in load_all_pieces(profile, folder) if one["code"] == name_code()]


def load_all_pieces(profile: str, folder: Path = RAW) -> list[Piece]:
    """Return the pieces of every program that was ever run, oldest first."""
    found = [json.loads(path.read_text("utf-8")) for path in (folder / f"chaos-{profile}").glob("*.json")]
    return sorted(found, key=lambda one: str(one["at"]))


def keep_piece(profile: str, result: Result, place: Mapping[str, str], folder: Path = RAW) -> Piece:
    """Keep one in a file of its own."""
    piece = {**result.as_json(), "raw": result.times(), "code": name_code(), **place}
    path = folder / f"chaos-{profile}" / f"{result.database}-{result.plan.trouble}-{result.plan.seed}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(piece, indent=1) + "\n", encoding="utf-8")
    return piece


def sort_pieces(plans: Sequence[tuple[str, Plan]], pieces: Sequence[Piece]) -> list[Aim]:
    """Put each piece to its trouble on its database."""
    by_name: dict[tuple[str, str], list[Piece]] = {}
    for piece in pieces:
        by_name.setdefault((piece["database"], piece["trouble"]), []).append(piece)
    return [Aim(database, plan, by_name.get((database, plan.trouble), ())) for database, plan in plans]


def choose_told(plans: Sequence[tuple[str, Plan]], pieces: Sequence[Piece]) -> list[Aim]:
    """Return for each trouble on each database the program that went through most of it; of equals the newest."""
    programs = list(dict.fromkeys(one["code"] for one in pieces))  # in the order in which they came
    told = [sort_pieces(plans, [one for one in pieces if one["code"] == code]) for code in reversed(programs)]
    return [max(same, key=lambda aim: aim.share) for same in zip(*told, strict=True)]


def add_up(aim: Aim) -> dict[str, Any]:
    """Return what all pieces of a trouble found, in the shape of one run. ValueError: there is none."""
    if not aim.pieces:
        raise ValueError(f"nothing of {aim.plan.trouble} was run on {aim.database}")
    *_, last = aim.pieces
    summed = {name: sum(piece[name] for piece in aim.pieces) for name in _SUMMED}
    counted = {name: _count_all([piece[name] for piece in aim.pieces]) for name in _COUNTED}
    times = {
        name: spread([value for piece in aim.pieces for value in piece["raw"][name]]) for name in last["raw"]
    }
    notes = [note for piece in aim.pieces for note in piece["notes"]][:50]
    return {
        **{name: value for name, value in last.items() if name != "raw"}, **summed, **counted, **times, "notes": notes, "rounds": aim.plan.rounds,
        "wanted": aim.plan.rounds, "wanted_events": aim.plan.events, "pieces": len(aim.pieces),
        "seed": aim.pieces[0]["seed"],
    }  # fmt: skip


def _count_all(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Add counts up; what was never found stays with its nought."""
    names = dict.fromkeys(name for one in counts for name in one)
    return {name: sum(one.get(name, 0) for one in counts) for name in names}


@cache
def name_code() -> str:
    """Name what is tested by its content: the program, and the conversations that it holds."""
    digest = hashlib.sha256()
    for folder, kind in (("bot", "*.py"), ("flows", "*.toml"), ("locales", "*.po")):
        for path in sorted((ROOT / folder).rglob(kind)):
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
