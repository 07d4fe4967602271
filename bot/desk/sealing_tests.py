"""
What the newest test handoff says of the public host: that it runs, to whom it seals, and that a recipient's key opens it.

Looked at without any key, every minute, also when nobody is signed in; opened with the key of a member who is there. Nothing of
anybody is in it, so that opening it is no act to be noted. A public host that seals its tests well and real handoffs badly is
not seen so: those tell it themselves (`sealings.py`). Source: SECURITY T10.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.core.envelope import TEST_TEXT, count_recipients, name_test
from bot.desk.opening import KnownSigner, Opener
from bot.desk.reading import Opens
from bot.desk.sealings import Sealing, differ, is_carried
from bot.errors import BotError, ConfigError, Forged, Unreadable
from bot.log import log_incident
from bot.ports import FEWEST_RECIPIENTS, Clock, SealingTest, SealingTestStore
from bot.ports.keyring import Ring

_log = logging.getLogger(__name__)
_HOUR: Final = timedelta(hours=1)
#: One is made as soon as an hour begins: two hours after the beginning of the newest one's, a whole one is missing.
LATE_AFTER: Final = timedelta(hours=2)
KEPT: Final = timedelta(hours=48)
#: Both hosts' clocks may differ by so much; what is from later was written by a clock that was wrong, or by nobody of ours.
_AHEAD: Final = timedelta(hours=1)

#: `late`: none has come for hours. `odd`: it is not signed by us, or is not sealed as it says. `others`: it is sealed to other
#: keys than the list's. `unopened`: who holds a recipient's key cannot open it, or finds something else in it.
TestFault = Literal["late", "odd", "others", "unopened"]


class SealingTestWrong(BotError):
    """The newest test handoff is not as it must be, or there is none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong, most weighty last. `hours`: how old the newest is, or for how long none was seen."""

    faults: tuple[TestFault, ...] = ()
    hours: int = 0


class SealingTests:
    """
    Looks at the newest test handoff. `look_at_keys` reads the ring of now; `read_signers`, whose signature counts.

    `takes_handoffs`: whether handoffs are to be taken at all. With too few recipients none are, and nothing is expected.
    """

    def __init__(
        self,
        store: SealingTestStore,
        clock: Clock,
        *,
        look_at_keys: Callable[[], Ring],
        read_signers: Callable[[], Iterable[KnownSigner]],
        takes_handoffs: bool = True,
    ) -> None:
        self._store = store
        self._clock = clock
        self._look_at_keys = look_at_keys
        self._read_signers = read_signers
        self._takes = takes_handoffs
        self._since: datetime | None = None
        self._newest: SealingTest | None = None
        self._is_odd = False
        #: Of which hour the test was that an account's key did not open.
        self._unopened: dict[str, datetime] = {}
        self._logged: tuple[TestFault, datetime] | None = None
        self._dropped_in: datetime | None = None

    @property
    def sealing(self) -> tuple[Sealing, ...]:
        """To whom the newest was sealed, for `Sealings.differ`; none if there is none, or it is not to be believed."""
        newest = self._newest
        return () if newest is None or self._is_odd else (Sealing(newest.hour, frozenset(newest.recipients)),)

    async def look(self) -> None:
        """Look once, log what is wrong, and take away what is old. StoreDown: nothing is known anew."""
        now = self._clock()
        self._since = self._since or now
        self._newest = await self._store.find_newest(now + _AHEAD)
        self._is_odd = self._newest is not None and not self._is_genuine(self._newest)
        self._log(self.judge(), now)
        hour = _hour(now)
        if hour != self._dropped_in:
            await self._store.drop(before=now - KEPT, after=now + _AHEAD)
            self._dropped_in = hour

    def prove(
        self, account_id: str, opener: Opens | None, *, holds_active: Callable[[datetime], bool]
    ) -> None:
        """
        Open the newest with the keys of a member who is there; None: their vault is closed.

        `holds_active` says whether they hold a key that was a recipient's at that moment. Only then it matters that it does
        not open, and until that member opens a later one, or two days have passed.
        """
        newest = self._newest
        if opener is None or newest is None or self._is_odd:
            return
        if _opens(newest, opener):
            self._unopened.pop(account_id, None)
        elif holds_active(newest.hour):
            self._unopened[account_id] = newest.hour

    def judge(self, ring: Ring | None = None) -> Verdict:
        """Say what is wrong now, by this ring or the one that is read for it."""
        ring = self._look_at_keys() if ring is None else ring
        since = self._newest.hour if self._newest else self._since
        if since is None:
            return Verdict()  # nobody has looked yet
        age = self._clock() - since
        told: dict[TestFault, bool] = {
            "late": self._is_expected(ring) and age > LATE_AFTER,
            "others": differ(self.sealing, ring),
            "unopened": self._is_unopened(ring),
            "odd": self._is_odd,
        }
        return Verdict(tuple(fault for fault, is_so in told.items() if is_so), age // _HOUR)

    def _is_expected(self, ring: Ring) -> bool:
        return self._takes and ring.is_sound and ring.active >= FEWEST_RECIPIENTS

    def _is_unopened(self, ring: Ring) -> bool:
        """What did not open counts unless a change of the keys was on its way then, for as long as tests are kept."""
        begin = self._clock() - KEPT
        return ring.is_sound and any(
            hour >= begin and is_carried(hour, ring) for hour in self._unopened.values()
        )

    def _is_genuine(self, test: SealingTest) -> bool:
        """Whether somebody we know signed just this, and it is sealed to as many keys as it says."""
        try:
            Opener((), self._read_signers()).check(
                test.sealed, purpose="test", name=name_test(test.recipients), at=test.hour
            )
        except (Forged, ConfigError):
            return False
        return count_recipients(test.sealed.blob) == len(test.recipients)

    def _log(self, verdict: Verdict, now: datetime) -> None:
        """Log the weightiest fault when it begins, and then once in every hour of the clock."""
        if not verdict.faults:
            self._logged = None
            return
        told = verdict.faults[-1], _hour(now)
        if told != self._logged:
            self._logged = told
            fault = SealingTestWrong("the newest test handoff is not as it must be")
            log_incident(_log, "sealing_test_wrong", fault, channel=told[0])


def _opens(test: SealingTest, opener: Opens) -> bool:
    try:
        plain = opener.open(test.sealed, purpose="test", name=name_test(test.recipients), at=test.hour)
    except Forged:
        return True  # genuine by the signers of now; an office that runs longer knows those of its start
    except Unreadable:
        return False
    return plain == TEST_TEXT


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
