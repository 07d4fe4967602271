"""Working at one handoff: the log comes first, what colleagues did is not written over, and nothing is open for long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.desk.acts import REASONS
from bot.desk.casework import Casework, Draft, Seen, Shown, Worked, name_wait
from bot.desk.duplicates import Like
from bot.desk.papers import MOST_CHARS
from bot.desk.reading import Failure, Opens
from bot.errors import AuditDown, DeskClosed, StoreDown
from bot.ports import Sealed, StaffSession, Status, StoredHandoff, StoredPaper
from tests.desk.export_cast import FORM, HOUR, FakeOpener, ask, forge, make_id, make_stored, seal

ID = make_id(1)
MEI = StaffSession(
    "林社工", HOUR, HOUR, id="s-1", account_id="a-1", rights=frozenset({"list", "open"}), seat="seat-1"
)
LEE = replace(MEI, name="李社工", id="s-2", account_id="a-2", seat="seat-2")


@dataclass
class FakeOffice:
    """Store, log, counts, vaults and sealer in one; `did` is what happened, in order."""

    handoffs: dict[str, StoredHandoff]
    did: list[str] = field(default_factory=list)
    details: list[Mapping[str, str]] = field(default_factory=list)
    open_vaults: dict[tuple[str, str], int] = field(
        default_factory=lambda: {("a-1", "seat-1"): 1, ("a-2", "seat-2"): 2}
    )
    called: set[str] = field(default_factory=set)
    counted: list[tuple[Any, Any]] = field(default_factory=list)
    log_is_down: bool = False
    counts_are_down: bool = False
    has_recipients: bool = True
    sets_late: bool = False
    without_key: set[tuple[str, str]] = field(default_factory=set)

    async def write(
        self, act: str, *, actor: str, subject: str = "", detail: Mapping[str, Any] | None = None
    ) -> None:
        if self.log_is_down:
            raise AuditDown("down")
        self.did.append(f"log {act} {actor} {subject == ID}")
        self.details.append(dict(detail or {}))

    async def find_handoff(self, handoff_id: str) -> StoredHandoff | None:
        return self.handoffs.get(handoff_id)

    async def list_handoffs(self, status: Status | None = None) -> Sequence[StoredHandoff]:
        return list(self.handoffs.values())

    async def mark_opened(self, handoff_id: str, now: datetime, *, requests: Sequence[str] = ()) -> None:
        self.did.append("mark")
        if handoff_id in self.handoffs:
            one = self.handoffs[handoff_id]
            asked = [replace(each, seen_at=now) if each.id in requests else each for each in one.requests]
            self.handoffs[handoff_id] = replace(one, opened_at=now, requests=tuple(asked))

    async def set_status(
        self,
        handoff_id: str,
        status: Status,
        now: datetime,
        *,
        instead_of: Status | None = None,
        counts_as_opened: bool = False,
    ) -> bool:
        assert not counts_as_opened
        if self.sets_late or self.handoffs[handoff_id].status != instead_of:
            return False
        self.did.append(f"set {status}")
        self.handoffs[handoff_id] = replace(self.handoffs[handoff_id], status=status)
        return True

    async def erase(self, handoff_ids: Sequence[str]) -> Sequence[str]:
        self.did.append("erase")
        return [id_ for id_ in handoff_ids if self.handoffs.pop(id_, None)]

    async def add_paper(self, paper: StoredPaper) -> None:
        self.did.append("paper")
        one = self.handoffs[paper.handoff_id]
        if paper.id not in {each.id for each in one.papers}:
            self.handoffs[paper.handoff_id] = replace(one, papers=(*one.papers, paper))

    async def note_called(self, handoff_id: str, now: datetime) -> bool:
        is_first = handoff_id not in self.called
        self.called.add(handoff_id)
        return is_first

    async def add(self, day: Any, counts: Any) -> None:
        if self.counts_are_down:
            raise StoreDown("away")
        self.counted.append((day, counts))

    def state(self, account_id: str, seat: str) -> str:
        return "open" if self.generation(account_id, seat) else "locked"

    def opener(self, account_id: str, seat: str, *, is_use: bool = True) -> Opens | None:
        return FakeOpener() if self.generation(account_id, seat) else None

    def generation(self, account_id: str, seat: str) -> int:
        return self.open_vaults.get((account_id, seat), 0)

    def holds_active(self, account_id: str, seat: str = "", *, at: datetime | None = None) -> bool:
        assert at == HOUR
        return (account_id, seat) not in self.without_key

    def seal(self, plain: bytes, *, purpose: Any, name: str, at: datetime) -> Sealed:
        if not self.has_recipients:
            raise DeskClosed("one")
        return seal(plain, purpose=purpose, name=name, at=at)


@dataclass
class Desk:
    """An office at work, and its clock."""

    office: FakeOffice
    cases: Casework
    now: datetime = HOUR + timedelta(minutes=30)

    @property
    def stored(self) -> StoredHandoff:
        return self.office.handoffs[ID]

    def look(self, member: StaffSession = MEI) -> Shown | Failure | None:
        return self.cases.look(member, self.stored)

    def read(self) -> Shown:
        shown = self.look()
        assert isinstance(shown, Shown)
        return shown

    async def open(self, member: StaffSession = MEI, reason: str = "first_call") -> str:
        return await self.cases.open(member, ID, reason=reason)


def make_desk(*handoffs: StoredHandoff) -> Desk:
    office: Any = FakeOffice({one.id: one for one in handoffs or (make_stored(),)})
    desk = Desk(office, None)  # type: ignore[arg-type]
    desk.cases = Casework(
        Worked(office, office, office, office, office, office, FORM, clock=lambda: desk.now)
    )
    return desk


async def make_opened() -> Desk:
    """A desk at which both have it open, with nothing in the log since."""
    desk = make_desk()
    await desk.open()
    await desk.open(LEE)
    desk.office.did.clear()
    desk.office.details.clear()
    return desk


# ─── Opening ──────────────────────────────────────────────────────────────────


async def test_the_log_is_written_before_anything_is_shown_or_marked() -> None:
    """T6: who, what and why."""
    desk = make_desk()
    assert desk.look() is None
    assert await desk.open(reason="follow_up") == "open"
    assert desk.office.did == ["log opened a-1 True", "mark"]
    assert desk.office.details == [{"reason": "follow_up"}]
    assert desk.read().handoff.record.fields["name"] == "林小雨"


async def test_a_log_that_is_down_keeps_it_shut_and_as_new_as_it_was() -> None:
    """SECURITY §1 rule 9."""
    desk = make_desk()
    desk.office.log_is_down = True
    with pytest.raises(AuditDown):
        await desk.open()
    assert desk.office.did == []
    assert desk.look() is None


@pytest.mark.parametrize("reason", ["", "because", "OPENED", "first_call "])
async def test_without_a_reason_nothing_is_opened_and_nothing_is_noted(reason: str) -> None:
    """No reason is free text: nothing of a person can come into the log."""
    desk = make_desk()
    assert await desk.open(reason=reason) == "no_reason"
    assert desk.office.did == []
    assert desk.look() is None


@pytest.mark.parametrize("reason", REASONS)
async def test_each_reason_opens(reason: str) -> None:
    assert await make_desk().open(reason=reason) == "open"


async def test_a_locked_vault_opens_nothing_and_nothing_is_noted() -> None:
    desk = make_desk()
    desk.office.open_vaults.clear()
    assert await desk.open() == "locked"
    assert desk.office.did == []


@pytest.mark.parametrize("odd", [make_id(9), "", "x", f"{ID}\0", ID.upper(), "../x", "１" * 36])
async def test_what_is_not_there_is_gone(odd: str) -> None:
    """Also what the database would stumble over."""
    desk = make_desk()
    assert await desk.cases.find(odd) is None
    assert await desk.cases.open(MEI, odd, reason="duty") == "gone"
    assert desk.office.did == []


async def test_one_that_cannot_be_read_stays_new_and_says_why() -> None:
    """R21: nobody has seen it, so it must not end unseen."""
    desk = make_desk(forge(make_stored()))
    assert await desk.open() == "open"
    assert desk.office.did == ["log opened a-1 True"]
    assert desk.look() == Failure(ID, HOUR, "forged")


async def test_others_that_may_be_of_the_same_person_are_found() -> None:
    """By id and time alone; the reason was given for this one."""
    desk = make_desk(make_stored(), make_stored(2), make_stored(3, {"name": "別人"}))
    await desk.open()
    assert desk.read().alike.found == (Like(make_id(2), HOUR),)


# ─── For how long ─────────────────────────────────────────────────────────────


async def test_it_is_open_for_a_quarter_of_an_hour_and_then_covered() -> None:
    desk = make_desk()
    await desk.open()
    desk.now += timedelta(minutes=15, seconds=-1)
    assert isinstance(desk.look(), Shown)
    desk.now += timedelta(seconds=1)
    assert desk.look() is None


async def test_looking_does_not_make_it_longer() -> None:
    desk = make_desk()
    await desk.open()
    for _ in range(3):
        desk.now += timedelta(minutes=5)
        desk.look()
    assert desk.look() is None


async def test_it_is_open_for_nobody_else_and_in_no_other_session() -> None:
    """T6: a colleague gives a reason of their own; so does whoever signs in anew."""
    desk = make_desk()
    await desk.open()
    assert desk.look(LEE) is None
    assert desk.look(replace(MEI, id="s-9")) is None
    assert isinstance(desk.look(), Shown)


async def test_a_vault_that_was_locked_takes_it_away_for_good() -> None:
    """Unlocking again does not open it again."""
    desk = make_desk()
    await desk.open()
    await desk.open(LEE)
    del desk.office.open_vaults["a-1", "seat-1"]
    assert desk.look() is None
    desk.office.open_vaults["a-1", "seat-1"] = 3
    assert desk.look() is None
    assert isinstance(desk.look(LEE), Shown)


async def test_a_vault_that_was_closed_and_opened_between_two_looks_takes_it_away() -> None:
    """T6: nobody had to look while it was closed."""
    desk = make_desk()
    await desk.open()
    desk.office.open_vaults["a-1", "seat-1"] = 3
    assert desk.look() is None


async def test_it_is_open_at_the_seat_of_the_vault_alone() -> None:
    """T24: another sign-in of the same member has its own vault to open."""
    desk = make_desk()
    await desk.open()
    assert desk.look(replace(MEI, seat="seat-9")) is None
    assert await desk.open(replace(MEI, seat="seat-9")) == "locked"


async def test_a_vault_that_closes_while_it_is_looked_at_shows_nothing() -> None:
    desk = make_desk()
    await desk.open()
    desk.office.opener = lambda *_: None  # type: ignore[method-assign]
    assert desk.look() is None


async def test_one_is_covered_and_the_others_stay_open() -> None:
    desk = make_desk(make_stored(), make_stored(2))
    await desk.open()
    await desk.cases.open(MEI, make_id(2), reason="duty")
    desk.cases.openings.shut(MEI, ID)
    desk.cases.openings.shut(MEI, make_id(7))
    assert desk.look() is None
    assert isinstance(desk.cases.look(MEI, desk.office.handoffs[make_id(2)]), Shown)


async def test_what_could_not_be_shown_rings_on() -> None:
    """R29: a database that goes away while a handoff is opened leaves one that nobody has seen, or one that can be read."""
    desk = make_desk()

    async def fail(*_: object, **__: object) -> Any:
        raise StoreDown("away")

    desk.office.list_handoffs = fail  # type: ignore[method-assign]
    await desk.open()
    assert desk.read().alike.is_partial
    other = make_desk()
    other.office.mark_opened = fail  # type: ignore[method-assign]
    with pytest.raises(StoreDown):
        await other.open()
    assert other.stored.opened_at is None
    assert other.read()


async def test_what_is_over_is_forgotten_when_the_next_is_opened() -> None:
    """Memory holds what is open, and not what was."""
    desk = make_desk(make_stored(), make_stored(2))
    await desk.open()
    desk.now += timedelta(minutes=16)
    await desk.cases.open(MEI, make_id(2), reason="duty")
    assert len(desk.cases.openings._open) == 1


# ─── Only what is open is worked at ───────────────────────────────────────────


async def write(desk: Desk, how: str, member: StaffSession = MEI) -> object:
    """Say that it is done, leave a note, or fill in the reply block."""
    match how:
        case "status":
            return await desk.cases.set_status(member, ID, "done", seen=Seen(desk.stored.status, 0))
        case "note":
            return await desk.cases.add_note(member, ID, Draft("n-1", "字"))
    return await desk.cases.acknowledge(member, ID, Draft("n-1", fields={"reply_name": "林"}), seen=0)


@pytest.mark.parametrize("how", ["status", "note", "reply"])
async def test_nothing_is_written_about_what_its_writer_does_not_have_open(how: str) -> None:
    """T6, R29: what nobody read can be called done by nobody, so that its alarm goes on and its time does not run."""
    desk = make_desk()
    assert await write(desk, how) == "closed"
    await desk.open(LEE)
    assert await write(desk, how) == "closed"
    await desk.open()
    desk.now += timedelta(minutes=15)
    assert await write(desk, how) == "closed"
    await desk.open()
    desk.office.open_vaults.clear()
    assert await write(desk, how) == "closed"
    assert (desk.stored.status, desk.stored.papers) == ("new", ())
    assert [
        one for one in desk.office.did if one.startswith(("log status", "log paper", "set", "paper"))
    ] == []


@pytest.mark.parametrize("how", ["note", "reply"])
async def test_nothing_is_noted_about_what_could_not_be_read(how: str) -> None:
    """R21: there is nothing to write about."""
    desk = make_desk(forge(make_stored()))
    await desk.open()
    assert await write(desk, how) == "closed"


async def test_one_that_cannot_be_read_is_done_by_whoever_tried_and_is_sure() -> None:
    """R21: it counts as opened only then, or it would ring and stay for ever."""
    desk = make_desk(forge(make_stored()))
    assert await write(desk, "status") == "closed"
    await desk.open()
    assert await write(desk, "status") == "unread"
    done = await desk.cases.set_status(MEI, ID, "done", seen=Seen("new", 0), is_sure=True)
    assert done == "set"
    assert desk.office.did[-3:] == ["log status_set a-1 True", "set done", "mark"]
    assert desk.stored.opened_at == desk.now


async def test_who_holds_no_key_for_it_cannot_call_it_unreadable() -> None:
    """T6, R29: a vault with a key of one's own making opens nothing, and ends nothing."""
    desk = make_desk(forge(make_stored()))
    desk.office.without_key.add(("a-1", "seat-1"))
    await desk.open()
    done = await desk.cases.set_status(MEI, ID, "done", seen=Seen("new", 0), is_sure=True)
    assert done == "unread"
    assert (desk.stored.status, desk.stored.opened_at) == ("new", None)


@pytest.mark.parametrize("wanted", ["in_progress", "called"])
async def test_nobody_is_told_that_somebody_is_at_what_nobody_can_read(wanted: str) -> None:
    """R21, R29: the receipt would say so, and no alarm would go on."""
    desk = make_desk(forge(make_stored()))
    await desk.open()
    told = await desk.cases.set_status(MEI, ID, wanted, seen=Seen("new", 0), is_sure=True)
    assert told == "unread"
    assert (desk.stored.status, desk.stored.opened_at) == ("new", None)
    assert desk.office.called == set()


async def test_one_that_was_called_done_unseen_is_done_again_once_it_was_opened() -> None:
    """R29: as an older release or another hand has left it."""
    desk = make_desk(replace(forge(make_stored()), status="done"))
    await desk.open()
    done = await desk.cases.set_status(MEI, ID, "done", seen=Seen("done", 0), is_sure=True)
    assert done == "set"
    assert desk.stored.opened_at == desk.now


@pytest.mark.parametrize("reason", ["supervision", "duty", "other"])
async def test_who_does_not_take_care_of_it_reads_it_and_leaves_it_ringing(reason: str) -> None:
    """R29: or its person would be told that a social worker is at it, and no alarm would go on."""
    asked = ask(ID)
    desk = make_desk(replace(make_stored(), requests=(asked,)))
    assert await desk.open(reason=reason) == "open"
    assert desk.read().handoff.requests[0].id == asked.id
    assert (desk.stored.opened_at, desk.stored.requests[0].seen_at) == (None, None)
    assert "mark" not in desk.office.did


@pytest.mark.parametrize("reason", ["first_call", "follow_up", "request", "handover"])
async def test_who_takes_care_of_it_has_read_its_requests_too(reason: str) -> None:
    """R29: those that could be read; another one rings on."""
    good, bad = ask(ID), replace(ask(ID), id=make_id(77))
    desk = make_desk(replace(make_stored(), requests=(good, bad)))
    await desk.open(reason=reason)
    assert desk.stored.opened_at == desk.now
    assert [one.seen_at for one in desk.stored.requests] == [desk.now, None]


async def test_whoever_says_how_far_it_is_takes_care_of_it() -> None:
    """R29: also if they came to look for another reason. Done, it is quiet, with what nobody can read."""
    good, bad = ask(ID), replace(ask(ID), id=make_id(77))
    desk = make_desk(replace(make_stored(), requests=(good, bad)))
    await desk.open(reason="supervision")
    assert await desk.cases.set_status(MEI, ID, "called", seen=Seen("new", 2)) == "set"
    assert desk.stored.opened_at == desk.now
    assert [one.seen_at for one in desk.stored.requests] == [desk.now, None]
    assert await desk.cases.set_status(MEI, ID, "done", seen=Seen("called", 2)) == "set"
    assert [one.seen_at for one in desk.stored.requests] == [desk.now, desk.now]


# ─── Notes ────────────────────────────────────────────────────────────────────


async def test_a_note_is_logged_sealed_and_read_by_whoever_opens_it() -> None:
    desk = await make_opened()
    assert await desk.cases.add_note(LEE, ID, Draft("n-1", " 明晚再打 ")) == "added"
    assert desk.office.did == ["log paper_added a-2 True", "paper"]
    assert desk.office.details == [{"kind": "note"}]
    [note] = desk.read().notes
    assert (note.text, note.author, note.at, note.about) == ("明晚再打", "a-2", desk.now, "")


async def test_a_note_about_a_withdrawal_says_so() -> None:
    desk = await make_opened()
    await desk.cases.add_note(MEI, ID, Draft("n-1", "她說先不要刪"), about="withdraw")
    assert desk.office.details == [{"kind": "note", "about": "withdraw"}]
    assert [note.about for note in desk.read().notes] == ["withdraw"]


async def test_a_double_click_adds_one_note_and_other_words_another() -> None:
    desk = await make_opened()
    for words in ("一", "一", "二"):
        await desk.cases.add_note(MEI, ID, Draft("n-1", words))
    assert len(desk.stored.papers) == 2


@pytest.mark.parametrize(
    ("text", "said"), [("", "empty"), (" \n", "empty"), ("字" * (MOST_CHARS + 1), "too_long")]
)
async def test_a_note_that_does_not_fit_is_not_added(text: str, said: str) -> None:
    desk = make_desk()
    assert await desk.cases.add_note(MEI, ID, Draft("n-1", text)) == said
    assert desk.office.did == []


async def test_no_note_is_added_to_what_is_erased() -> None:
    desk = make_desk()
    assert await desk.cases.add_note(MEI, make_id(9), Draft("n-1", "字")) == "gone"
    assert desk.office.did == []


@pytest.mark.parametrize(
    ("trouble", "raised"), [({"log_is_down": True}, AuditDown), ({"has_recipients": False}, DeskClosed)]
)
async def test_what_cannot_be_logged_or_sealed_is_not_added(
    trouble: dict[str, bool], raised: type[Exception]
) -> None:
    """And what cannot be sealed is not in the log either."""
    desk = await make_opened()
    for name, value in trouble.items():
        setattr(desk.office, name, value)
    with pytest.raises(raised):
        await desk.cases.add_note(MEI, ID, Draft("n-1", "字"))
    with pytest.raises(raised):
        await desk.cases.acknowledge(MEI, ID, Draft("n-1", fields={"reply_name": "林"}), seen=0)
    assert desk.office.did == []


async def test_a_note_that_cannot_be_read_is_named() -> None:
    desk = await make_opened()
    await desk.cases.add_note(MEI, ID, Draft("n-1", "字"))
    bad = replace(desk.stored.papers[0], author="a-2")
    desk.office.handoffs[ID] = replace(desk.stored, papers=(bad,))
    assert desk.read().failures == (Failure(ID, HOUR, "forged", "paper"),)


# ─── The reply block ──────────────────────────────────────────────────────────


async def test_the_reply_block_is_filled_in_and_the_newest_counts() -> None:
    desk = await make_opened()
    assert await desk.cases.acknowledge(MEI, ID, Draft("n-1", fields={"reply_name": "林"}), seen=0) == "added"
    desk.now += timedelta(minutes=1)
    assert await desk.cases.acknowledge(LEE, ID, Draft("n-2", fields={"reply_name": "李"}), seen=1) == "added"
    assert desk.office.details == [{"kind": "acknowledgement"}] * 2
    assert desk.read().handoff.added == {"reply_name": "李"}
    assert [paper.author for paper in desk.read().replies] == ["a-1", "a-2"]


async def test_one_that_a_colleague_filled_in_meanwhile_is_not_written_over_unseen() -> None:
    """Optimistic: the second one is told, and may say it again."""
    desk = await make_opened()
    await desk.cases.acknowledge(LEE, ID, Draft("n-1", fields={"reply_name": "李"}), seen=0)
    mine = Draft("n-2", fields={"reply_name": "林"})
    assert await desk.cases.acknowledge(MEI, ID, mine, seen=0) == "changed"
    assert len(desk.stored.papers) == 1
    assert await desk.cases.acknowledge(MEI, ID, mine, seen=1) == "added"


async def test_a_double_click_on_the_reply_block_is_no_conflict() -> None:
    desk = await make_opened()
    mine = Draft("n-1", fields={"reply_name": "林"})
    for _ in range(2):
        assert await desk.cases.acknowledge(MEI, ID, mine, seen=0) == "added"
    assert len(desk.stored.papers) == 1


async def test_what_does_not_fit_the_reply_block_is_named() -> None:
    desk = make_desk()
    long = Draft("n-1", fields={"reply_name": "字" * 201})
    assert await desk.cases.acknowledge(MEI, ID, long, seen=0) == {"reply_name": "too_long"}
    assert await desk.cases.acknowledge(MEI, make_id(9), Draft("n-1"), seen=0) == "gone"
    assert desk.office.did == []


async def test_what_is_written_last_counts_also_where_the_clock_went_back() -> None:
    """R18: on the form stands what was filled in last."""
    desk = await make_opened()
    for seen, unit in enumerate(("錯的單位", "對的單位")):
        draft = Draft(f"n-{seen}", fields={"reply_name": unit})
        assert await desk.cases.acknowledge(MEI, ID, draft, seen=seen) == "added"
        assert await desk.cases.add_note(MEI, ID, Draft(f"m-{seen}", unit)) == "added"
        desk.now -= timedelta(minutes=2)
    assert desk.read().handoff.added == {"reply_name": "對的單位"}
    assert [note.text for note in desk.read().notes] == ["錯的單位", "對的單位"]


# ─── How far it is ────────────────────────────────────────────────────────────


async def test_a_status_is_logged_and_then_set() -> None:
    desk = await make_opened()
    assert await desk.cases.set_status(MEI, ID, "done", seen=Seen("new", 0)) == "set"
    assert desk.office.did == ["log status_set a-1 True", "set done"]
    assert desk.office.details == [{"before": "new", "now": "done"}]
    assert desk.office.counted == []


@pytest.mark.parametrize("wanted", ["", "new", "open", "DONE"])
async def test_what_is_no_status_is_not_set(wanted: str) -> None:
    """`new` neither: somebody has seen it."""
    desk = make_desk()
    assert await desk.cases.set_status(MEI, ID, wanted, seen=Seen("new", 0)) == "unknown"
    assert desk.office.did == []


async def test_a_status_that_a_colleague_changed_is_not_written_over() -> None:
    desk = await make_opened()
    assert await desk.cases.set_status(MEI, ID, "done", seen=Seen("called", 0)) == "changed"
    assert desk.office.did == []
    desk.office.sets_late = True
    assert await desk.cases.set_status(MEI, ID, "called", seen=Seen("new", 0)) == "changed"
    assert desk.office.called == set()
    assert await desk.cases.set_status(MEI, make_id(9), "done", seen=Seen("new", 0)) == "gone"


async def test_a_status_drawn_before_its_person_wrote_again_is_not_set() -> None:
    """What may say that a number is not safe any more is read before anybody calls."""
    desk = await make_opened()
    desk.office.handoffs[ID] = replace(desk.stored, requests=(ask(ID),))
    assert await desk.cases.set_status(MEI, ID, "called", seen=Seen("new", 0)) == "asked"
    assert desk.office.did == []
    assert await desk.cases.set_status(MEI, ID, "called", seen=Seen("new", 1)) == "set"


async def test_a_status_is_not_set_when_the_log_is_down() -> None:
    desk = await make_opened()
    desk.office.log_is_down = True
    with pytest.raises(AuditDown):
        await desk.cases.set_status(MEI, ID, "called", seen=Seen("new", 0))
    assert desk.stored.status == "new"
    assert desk.office.called == set()


async def test_the_first_call_is_noted_and_the_wait_is_counted_once() -> None:
    """By the day in Taiwan."""
    desk = make_desk()
    desk.now = HOUR + timedelta(hours=20)
    await desk.open()
    for seen in ("new", "called"):
        assert await desk.cases.set_status(MEI, ID, "called", seen=Seen(seen, 0)) == "set"
    assert [(str(day), counts) for day, counts in desk.office.counted] == [
        ("2026-11-22", {("first_call", "4_24h"): 1})
    ]
    assert desk.office.did.count("set called") == 1


async def test_a_count_that_is_lost_keeps_nobody_from_noting_a_call() -> None:
    desk = await make_opened()
    desk.office.counts_are_down = True
    assert await desk.cases.set_status(MEI, ID, "called", seen=Seen("new", 0)) == "set"


@pytest.mark.parametrize(
    ("waited", "name"),
    [
        (timedelta(0), "under_1h"),
        (timedelta(minutes=59), "under_1h"),
        (timedelta(hours=1), "1_4h"),
        (timedelta(hours=4), "4_24h"),
        (timedelta(hours=24), "1_3d"),
        (timedelta(days=3), "over_3d"),
    ],
)
def test_a_wait_has_a_name(waited: timedelta, name: str) -> None:
    assert name_wait(waited) == name


# ─── The end ──────────────────────────────────────────────────────────────────


def asked_back(kind: str = "withdraw") -> StoredHandoff:
    return replace(make_stored(), requests=(ask(ID, "", kind),))


async def test_what_is_asked_back_is_logged_erased_and_no_longer_open() -> None:
    """T4: by staff, who asked the person."""
    desk = make_desk(asked_back())
    await desk.open()
    assert await desk.cases.erase(MEI, ID, typed=f" {ID[:8].upper()} ") == "erased"
    assert desk.office.did[-2:] == ["log erased a-1 True", "erase"]
    assert desk.office.details[-1] == {"status": "new"}
    assert await desk.cases.find(ID) is None
    assert await desk.cases.erase(MEI, ID, typed=ID[:8]) == "gone"


@pytest.mark.parametrize("typed", ["", ID[:7], ID, make_id(2)[:8]])
async def test_a_slip_erases_nothing(typed: str) -> None:
    desk = make_desk(asked_back())
    await desk.open()
    assert await desk.cases.erase(MEI, ID, typed=typed) == "mistyped"
    assert "erase" not in desk.office.did


async def test_nothing_is_erased_by_whoever_does_not_have_it_open() -> None:
    desk = make_desk(asked_back())
    assert await desk.cases.erase(MEI, ID, typed=ID[:8]) == "closed"
    assert desk.office.did == []


@pytest.mark.parametrize("bad", ["none", "correct", "forged"])
async def test_nothing_is_erased_that_nobody_asked_back(bad: str) -> None:
    """T4, T11: a forged request is not followed."""
    forged = replace(asked_back().requests[0], kind="withdraw", sealed=Sealed(b"x", b"y", "test"))
    requests = {"none": (), "correct": asked_back("correct").requests, "forged": (forged,)}
    desk = make_desk(replace(make_stored(), requests=requests[bad]))
    await desk.open()
    assert await desk.cases.erase(MEI, ID, typed=ID[:8]) == "not_asked"
    assert "erase" not in desk.office.did


async def test_a_log_that_is_down_erases_nothing() -> None:
    desk = make_desk(asked_back())
    await desk.open()
    desk.office.log_is_down = True
    with pytest.raises(AuditDown):
        await desk.cases.erase(MEI, ID, typed=ID[:8])
    assert "erase" not in desk.office.did
