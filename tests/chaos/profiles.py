"""How much of each trouble a profile makes. Source of the numbers: SECURITY_NOTES §7, R1 to R9 and R18."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.failpoints import POINTS
from tests.chaos.run import Plan
from tests.chaos.stage import Cast

DATABASES = ("sqlite", "postgres")
_MANY_SENDERS = Cast(senders=0.35, steps=(3, 20))
#: So many on each of two channels.
_TWO_CHANNELS = Cast(people=12)
#: While one is frozen the others go on for seconds: a few people meet what is to be met.
_A_FEW = Cast(people=8, senders=0.35)


def _quick(seed: int) -> Sequence[Plan]:
    """Enough to see a mistake at once."""
    small = Cast(people=12, steps=(3, 12), patience_s=20, webhook_patience_s=10)
    return [Plan("some", 3, seed, small)]


def _nightly(seed: int) -> Sequence[Plan]:
    return _scaled(seed, kills=1000, events=50_000, strikes=50, freezes=200, others=100, jumps=50)


def _release(seed: int) -> Sequence[Plan]:
    return _scaled(seed, kills=10_000, events=500_000, strikes=500, freezes=2000, others=500, jumps=250)


def _short(seed: int) -> Sequence[Plan]:
    """Some of everything."""
    return _scaled(seed, kills=20, events=1000, strikes=1, freezes=5, others=4, jumps=5)


def _scaled(
    seed: int, *, kills: int, events: int, strikes: int, freezes: int, others: int, jumps: int
) -> Sequence[Plan]:
    return [
        Plan("kill", kills, seed, events=events),
        Plan("strike", strikes * len(POINTS), seed + 1, _MANY_SENDERS),
        Plan("err", max(1, strikes // 5) * len(POINTS), seed + 2, _MANY_SENDERS),
        Plan("freeze", freezes, seed + 3, _A_FEW),
        Plan("outage", others, seed + 4),
        Plan("disk", max(others // 2, jumps), seed + 5),
        Plan("clock", jumps, seed + 6),
        Plan("sending", others, seed + 7),
        Plan("telegram", others, seed + 8, _TWO_CHANNELS),
    ]


def _cluster(seed: int) -> Sequence[Plan]:
    """Several replicas of one PostgreSQL. Source of the numbers: SECURITY_NOTES §7, R4, R5, R27."""
    return _replicated(seed, deliveries=100_000, storms=200, kills=100, freezes=200, restarts=20)


def _cluster_short(seed: int) -> Sequence[Plan]:
    """The same, a few times."""
    return _replicated(seed, deliveries=1_000, storms=2, kills=3, freezes=2, restarts=1)


def _replicated(
    seed: int, *, deliveries: int, storms: int, kills: int, freezes: int, restarts: int
) -> Sequence[Plan]:
    return [
        Plan("storm", storms, seed, events=deliveries, duplicates=0.2, replicas=4),
        Plan("kill one", kills, seed + 1, replicas=3),
        Plan("freeze", freezes, seed + 2, replicas=3),
        Plan("rolling", restarts, seed + 3, replicas=3, balanced=True),
    ]


PROFILES: Mapping[str, Callable[[int], Sequence[Plan]]] = {
    "quick": _quick,
    "short": _short,
    "nightly": _nightly,
    "release": _release,
    "cluster": _cluster,
    "cluster-short": _cluster_short,
}
