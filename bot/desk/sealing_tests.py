"""
What the newest test handoffs say of the public hosts: that they run, to whom they seal, and that a recipient's key opens it.

Looked at without any key, every minute, also when nobody is signed in; opened with the keys of a member who is there. Nothing of
anybody is in them, so that opening one is no act to be noted. A public host that seals its tests well and real handoffs badly is
not seen so: those tell it themselves (`sealings.py`). Source: SECURITY T10.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.core.envelope import TEST_TEXT, name_test
from bot.desk.clock_mark import ClockMark
from bot.desk.newest_tests import LATE_AFTER, Newest, choose_newest
from bot.desk.opening import KnownSigner
from bot.desk.reading import Opens
from bot.desk.sealings import Sealing, differ
from bot.errors import BotError, ConfigError, Forged, StoreDown, Unreadable
from bot.log import log_incident
from bot.ports import FEWEST_RECIPIENTS, Clock, SealingTest, SealingTestStore
from bot.ports.keyring import Ring
from bot.ports.sealing_tests import AHEAD

_log = logging.getLogger(__name__)
_HOUR: Final = timedelta(hours=1)
KEPT: Final = timedelta(hours=48)
#: Both programs may have been started together, and the public one has more urgent things to do first.
SETTLED_AFTER: Final = timedelta(minutes=10)
#: Looks are a minute apart: where the clock says so much more or less, it was wrong before, or the host slept.
_JUMP: Final = timedelta(minutes=15)

#: `late`: none has come for hours. `unsound`: the desk's own list cannot be read, so nothing is compared with it. `odd`: one is not
#: signed by us, or is not sealed as it says. `others`: one is sealed to other keys than the list's. `unopened`: who holds a key
#: that it names cannot open it, or finds something else in it.
TestFault = Literal["late", "unsound", "odd", "others", "unopened"]


class SealingTestWrong(BotError):
    """The newest test handoff is not as it must be, or there is none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong, most weighty last. `hours`: how old the newest is, or for how long none was seen."""

    faults: tuple[TestFault, ...] = ()
    hours: int = 0


@dataclass(frozen=True, slots=True)
class _Try:
    """Whose key was tried on whose test."""

    account_id: str
    fingerprint: str
    signer: str


class SealingTests:
    """
    Looks at the newest test handoffs. `look_at_keys` reads the ring of now; `read_signers`, whose signature counts.

    `takes_handoffs`: whether handoffs are to be taken at all. With too few recipients none are, and nothing is expected.
    `mark`: what doubts the clock; without one it is believed.
    """

    def __init__(
        self,
        store: SealingTestStore,
        clock: Clock,
        *,
        look_at_keys: Callable[[], Ring],
        read_signers: Callable[[], Iterable[KnownSigner]],
        takes_handoffs: bool = True,
        mark: ClockMark | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._look_at_keys = look_at_keys
        self._read_signers = read_signers
        self._takes = takes_handoffs
        self._mark = mark
        self._even = _EvenClock()
        self._newest = Newest()
        #: Of which hour the test was that did not open.
        self._unopened: dict[_Try, datetime] = {}
        self._logged: frozenset[tuple[TestFault, datetime]] = frozenset()
        self._dropped_in: datetime | None = None

    @property
    def sealing(self) -> tuple[Sealing, ...]:
        """To whom the newest of each host was sealed, for `Sealings.differ`; nothing of what is not to be believed."""
        return tuple(Sealing(one.hour, frozenset(one.recipients)) for one in self._newest.believed)

    async def look(self) -> None:
        """
        Look once, log what is wrong, and take away what is old.

        StoreDown, or whatever the rows made of it: nothing is known anew, and the rest was done all the same.
        """
        now = self._clock()
        self._even.note(now)
        try:
            await self._find(now)
        except Exception:
            await self._end(now)
            raise
        await self._end(now)

    def prove(self, account_id: str, openers: Mapping[str, Opens]) -> None:
        """
        Open the newest with the keys of a member who is there: what opens with each alone, by the key's fingerprint.

        A key that a test names must open it, whatever else opens it. That it does not is told until this key opens a later one
        of the same host, or two days have passed; no change of the list takes it back.
        """
        for test in self._newest.believed:
            for name in openers.keys() & frozenset(test.recipients):
                self._note(_Try(account_id, name, test.sealed.signer), test, openers[name])

    def judge(self, ring: Ring | None = None) -> Verdict:
        """Say what is wrong now, by this ring or the one that is read for it."""
        ring = self._look_at_keys() if ring is None else ring
        since = self._newest.hour or self._even.since
        if since is None:
            return Verdict()  # nobody has looked yet
        now = self._clock()
        told: dict[TestFault, bool] = {
            "late": self._is_expected(ring) and now - since > LATE_AFTER and self._even.is_settled(now),
            "unsound": not ring.is_sound,
            # Each by itself: of two hosts the one that wrote last speaks for itself alone.
            "others": any(differ((one,), ring) for one in self.sealing),
            "unopened": any(hour >= now - KEPT for hour in self._unopened.values()),
            "odd": self._newest.is_odd,
        }
        return Verdict(tuple(fault for fault, is_so in told.items() if is_so), max(0, (now - since) // _HOUR))

    def _is_expected(self, ring: Ring) -> bool:
        """Whether tests should come; a list that cannot be read here keeps no public host from sending them."""
        return self._takes and (not ring.is_sound or ring.active >= FEWEST_RECIPIENTS)

    async def _find(self, now: datetime) -> None:
        signers = self._list_signers()
        names = tuple(one.fingerprint for one in signers)
        found = await self._store.find_newest(names, since=now - LATE_AFTER, until=now + AHEAD)
        self._newest = choose_newest(found, signers, now)

    def _list_signers(self) -> tuple[KnownSigner, ...]:
        """List whose signature counts. Nobody's does while their files are not sound."""
        try:
            return tuple(self._read_signers())
        except ConfigError:
            return ()

    def _note(self, tried: _Try, test: SealingTest, opener: Opens) -> None:
        is_open, before = _opens(test, opener), self._unopened.get(tried)
        if is_open is False:
            self._unopened[tried] = test.hour
        elif is_open and before is not None and test.hour > before:
            del self._unopened[tried]

    async def _end(self, now: datetime) -> None:
        self._log(self.judge(), now)
        hour = _hour(now)
        if hour == self._dropped_in or self._is_doubted(now):
            return
        await self._store.drop(before=now - KEPT, after=now + AHEAD)
        self._unopened = {one: at for one, at in self._unopened.items() if at >= now - KEPT}
        self._dropped_in = hour

    def _is_doubted(self, now: datetime) -> bool:
        """Whether nothing is to be taken away by this clock: it jumped a moment ago, or so far that nobody erases by it."""
        try:
            is_far = self._mark is not None and self._mark.find_doubt(now) is not None
        except StoreDown:
            return True  # retention tells it
        return is_far or not self._even.is_settled(now)

    def _log(self, verdict: Verdict, now: datetime) -> None:
        """Log each fault when it begins, and then once in every hour of the clock."""
        told = frozenset((fault, _hour(now)) for fault in verdict.faults)
        for fault, _ in sorted(told - self._logged):
            wrong = SealingTestWrong("the newest test handoff is not as it must be")
            log_incident(_log, "sealing_test_wrong", wrong, channel=fault)
        self._logged = told | frozenset(one for one in self._logged if one[1] == _hour(now))


class _EvenClock:
    """Since when the clock has been going on evenly, as far as looks tell: what it said before a jump counts for nothing."""

    def __init__(self) -> None:
        self.since: datetime | None = None
        self._last: datetime | None = None

    def note(self, now: datetime) -> None:
        if self._last is None or abs(now - self._last) > _JUMP:
            self.since = now
        self._last = now

    def is_settled(self, now: datetime) -> bool:
        return self.since is not None and now - self.since >= SETTLED_AFTER


def _opens(test: SealingTest, opener: Opens) -> bool | None:
    """Say whether it opens. None: nobody can tell, by the signers of its start whoever opens here takes it for forged."""
    try:
        plain = opener.open(test.sealed, purpose="test", name=name_test(test.recipients), at=test.hour)
    except Forged:
        return None
    except Unreadable:
        return False
    return plain == TEST_TEXT


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
