"""Judge a run: what each person saw and what is stored of them, against every past that a clean run allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.channels.line_events import CHANNEL
from bot.ports import Stored
from tests.chaos.clean import Past, describe
from tests.chaos.fleet import Fleet
from tests.chaos.ledger import Ledger
from tests.chaos.post import Post
from tests.chaos.walker import Walker

#: Logged faults that are nobody's but ours.
_OURS = ("turn_failed", "event_failed", "worker_failed", "delivery_failed", "delivery_refused", "page_failed")
_ANSWERS = {0, 200, 503}
_FAILED = 500


@dataclass
class Verdict:
    """Counts of what must never happen, with a line for each case of it."""

    lost: int = 0
    doubled: int = 0
    unanswered: int = 0
    stale: int = 0
    strayed: int = 0
    false_receipts: int = 0
    damage: int = 0
    incidents: int = 0
    #: People of whom too much is possible to say that something is wrong.
    unjudged: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not any(self.counts().values())

    def counts(self) -> dict[str, int]:
        return {
            "lost": self.lost,
            "doubled": self.doubled,
            "unanswered": self.unanswered,
            "stale writes": self.stale,
            "strayed": self.strayed,
            "receipts without a handoff": self.false_receipts,
            "damage": self.damage,
            "incidents": self.incidents,
        }


async def judge(
    walkers: Sequence[Walker], ledger: Ledger, post: Post, fleet: Fleet, *, expected: Sequence[str] = ()
) -> Verdict:
    """Compare. `expected`: incidents that the trouble itself brings about."""
    verdict = Verdict()
    await _judge_events(verdict, ledger, post)
    taken = await ledger.list_taken()
    for walker in walkers:
        _judge_person(verdict, walker, await ledger.look(walker.user_id), taken, ledger)
    await _judge_handoffs(verdict, walkers, ledger)
    _judge_strays(verdict, walkers)
    for damage in await ledger.find_damage():
        verdict.damage += 1
        verdict.notes.append(f"damage: {damage}")
    for line in fleet.read_incidents():
        if any(f'"{name}"' in line for name in _OURS if name not in expected):
            verdict.incidents += 1
            verdict.notes.append(f"incident: {line[:300]}")
    allowed = _ANSWERS | (
        {_FAILED} if "turn_failed" in expected else set()
    )  # it may be the door itself that fails
    odd = {status: count for status, count in post.answers.items() if status not in allowed}
    if odd:
        verdict.incidents += sum(odd.values())
        verdict.notes.append(f"answers: {odd}")
    for violation in post.line.violations:
        verdict.strayed += 1
        verdict.notes.append(violation)
    return verdict


async def _judge_events(verdict: Verdict, ledger: Ledger, post: Post) -> None:
    """An answer of 200 was a promise: the delivery is in the database."""
    taken = await ledger.list_taken()
    for event_id in post.taken_ids:
        if ledger.vault.event_key(CHANNEL, event_id) not in taken:
            verdict.lost += 1
            verdict.notes.append(f"lost: {event_id} was acknowledged and is not stored")


def _judge_person(
    verdict: Verdict, walker: Walker, stored: Stored | None, taken: set[str], ledger: Ledger
) -> None:
    """The stored session is that of a run in which each event was taken once."""
    found = describe(stored, {})
    called = {} if stored is None else {"": stored.session.visit}
    if any(_fits(past, stored, found, called) for past in walker.pasts):
        return
    if walker.is_cut:
        verdict.unjudged += 1
        return
    versions = sorted({past.version for past in walker.pasts})
    version = stored.version if stored else 0
    if version < versions[0]:
        verdict.lost += 1
        kind = "lost"
    elif version > versions[-1]:
        verdict.doubled += 1
        kind = "doubled"
    else:
        verdict.stale += 1
        kind = "stale"
    closest = next((past for past in walker.pasts if past.version == version), walker.pasts[0])
    verdict.notes.append(
        f"{kind}: {walker.user_id} stands at version {version}, a clean run at {versions}:"
        f" {_differ(found, describe(closest.stored, {}))};"
        f" of {walker.events} events stored: {[ledger.vault.event_key(CHANNEL, one) in taken for one in walker.history]},"
        f" {walker.replies} replies seen"
    )


def _fits(past: Past, stored: Stored | None, found: str, called: dict[str, str]) -> bool:
    if stored is None or past.stored is None:
        return stored is past.stored
    visit = past.stored.session.visit
    return describe(past.stored, {visit: called[""]} if visit.startswith("?") else {}) == found


def _differ(one: str, other: str) -> str:
    """Show where two descriptions part."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, at - 60)
    return f"…{one[start : at + 120]}… instead of …{other[start : at + 120]}…"


async def _judge_handoffs(verdict: Verdict, walkers: Sequence[Walker], ledger: Ledger) -> None:
    """Whoever was told that it is sent has a handoff, and nobody two."""
    least = sum(min(past.submits for past in walker.pasts) for walker in walkers if not walker.is_cut)
    most = sum(max(past.submits for past in walker.pasts) + walker.is_cut for walker in walkers)
    found = await ledger.count_handoffs()
    if not least <= found <= most:
        verdict.doubled += max(0, found - most)
        verdict.lost += max(0, least - found)
        verdict.notes.append(f"handoffs: {found} are stored, a clean run has {least} to {most}")
    for walker in walkers:
        for receipt in walker.receipts:
            if not await ledger.has_case(receipt):
                verdict.false_receipts += 1
                verdict.notes.append(f"{walker.user_id} was told {receipt}, and nothing is stored")


def _judge_strays(verdict: Verdict, walkers: Sequence[Walker]) -> None:
    if not walkers:
        return
    for stray in walkers[0].scene.strays:
        kind = stray.partition(":")[0]
        if kind == "doubled":
            verdict.doubled += 1
        elif kind == "lost":
            verdict.lost += 1
        elif kind == "unanswered":
            verdict.unanswered += 1
        else:
            verdict.strayed += 1
        verdict.notes.append(stray)


def summarise(verdict: Verdict, outcomes: dict[str, int], seen: Counter[str]) -> dict[str, Any]:
    """Return what is kept of a verdict."""
    return {"found": verdict.counts(), "letters": outcomes, "met": dict(seen), "notes": verdict.notes[:50]}
