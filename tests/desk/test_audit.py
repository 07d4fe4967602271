"""Writing the audit log: what a line may say, when writing is refused, and the anchor beside it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.desk.acts import COMMAND, OFFICE
from bot.desk.audit import AuditLog, Lost, write_detail
from bot.desk.audit_anchor import Anchor
from bot.desk.audit_chain import START, Signers, write_head
from bot.errors import AuditDown, ConfigError, StaleSession, StoreDown
from bot.ports import AuditEntry
from tests.desk.audit_cast import ACCOUNT, HANDOFF, KEY, NOON, SIGNERS, Desk, head, make_chain, seal


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# ─── What a line says ─────────────────────────────────────────────────────────


async def test_a_line_says_who_did_what_when_to_which(desk: Desk) -> None:
    """To the second, in codes and ids."""
    await desk.log.write("opened", actor=ACCOUNT, subject=HANDOFF, detail={"reason": "duty", "count": 3})
    (line,) = desk.store.entries
    assert (line.number, line.act, line.actor, line.subject) == (1, "opened", ACCOUNT, HANDOFF)
    assert (line.at, line.detail) == (NOON, '{"count":3,"reason":"duty"}')
    assert (await desk.check.run()).is_sound


async def test_lines_follow_each_other(desk: Desk) -> None:
    """And the anchor is the last of them."""
    await desk.write(5)
    assert [each.number for each in desk.store.entries] == [1, 2, 3, 4, 5]
    assert desk.anchor.read() == head(desk.store.entries[-1])
    verdict = await desk.check.run()
    assert (verdict.lines, verdict.anchored, verdict.is_sound) == (5, 5, True)


@pytest.mark.parametrize("actor", [OFFICE, COMMAND, ACCOUNT])
async def test_who_acts_is_an_account_or_the_program(desk: Desk, actor: str) -> None:
    """With or without something it is done to."""
    await desk.log.write("listed", actor=actor)
    assert desk.store.entries[0].actor == actor


@pytest.mark.parametrize(
    ("act", "actor", "subject"),
    [
        ("eaten", ACCOUNT, HANDOFF),
        ("", ACCOUNT, HANDOFF),
        ("opened", "林社工", HANDOFF),
        ("opened", "", HANDOFF),
        ("opened", ACCOUNT.upper(), HANDOFF),
        ("opened", ACCOUNT, "王小明"),
        ("opened", ACCOUNT, "0912345678"),
        ("opened", ACCOUNT, HANDOFF + "\n"),
        ("opened", ACCOUNT, "0b8a3f1e"),
    ],
)
async def test_what_is_no_act_or_id_is_refused(desk: Desk, act: str, actor: str, subject: str) -> None:
    """SECURITY §1 rule 9: nobody's name or number goes in, and the refusal does not repeat it."""
    with pytest.raises(ValueError, match="the audit log") as refusal:
        await desk.log.write(act, actor=actor, subject=subject)
    assert not desk.store.entries
    assert not desk.path.exists()
    assert not subject or subject not in str(refusal.value)


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"reason": "first_call"},
        {"count": 0, "rows": 999_999},
        {"to": "", "instead_of": ACCOUNT},
        {"rights": "audit export list open"},
        {"key": "3f9a11c277de0b41", "name": "desk-2026"},
        {"export": HANDOFF, "day": "2026-11-20"},
    ],
)
def test_codes_ids_and_counts_are_taken(detail: dict[str, Any]) -> None:
    """And written in one way only."""
    assert write_detail(detail) == write_detail(dict(reversed(detail.items())))


@pytest.mark.parametrize(
    "detail",
    [
        {"note": "她說不要打電話"},
        {"note": "call after six!"},
        {"note": "Wang"},
        {"phone": "0912345678"},
        {"phone": "0912-345-678"},
        {"phone": "0912 345 678"},
        {"phone": 912345678},
        {"id": "a123456789"},
        {"note": "a" * 41},
        {"note": "a\n"},
        {"note": " a"},
        {"note": "a  b"},
        {"note": " ".join("abcdefghijklm")},
        {"count": -1},
        {"count": 1.5},
        {"count": True},
        {"count": None},
        {"count": ["a"]},
        {"count": {"a": "b"}},
        {"count": b"a"},
        {"note": "\ud800"},
        {"note": "ａ"},
        {"note": "٣"},
        {"王": 1},
        {"A": 1},
        {1: 1},
        {"": 1},
        {"a\n": 1},
        {f"n{number}": 1 for number in range(13)},
    ],
)
async def test_everything_else_is_refused(desk: Desk, detail: dict[str, Any]) -> None:
    """SECURITY §1 rule 9: no sentence, no name, no number of anybody; a refusal repeats nothing and writes nothing."""
    with pytest.raises(ValueError, match=r"^the audit log takes codes, ids and counts only$"):
        await desk.log.write("opened", actor=ACCOUNT, subject=HANDOFF, detail=detail)
    assert not desk.store.entries
    assert not list(desk.path.parent.iterdir())


# ─── When it cannot be written ────────────────────────────────────────────────


async def test_a_row_put_after_a_cut_does_not_hide_it(desk: Desk) -> None:
    """T32: the last line must be one that the desk signed."""
    await desk.write(6)
    filler = replace(desk.store.entries[2], number=7)
    desk.store.entries[3:] = [filler]
    with pytest.raises(AuditDown, match="not what it was"):
        await desk.write()
    assert desk.store.entries[-1] is filler


async def test_an_anchor_that_was_moved_to_another_log_does_not_hide_a_cut(
    desk: Desk, tmp_path: Path
) -> None:
    """T32: as `frontdoor audit accept` against another database would do it."""
    await desk.write(6)
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other")
    other.anchor = desk.anchor
    other.log = AuditLog(other.store, KEY, lambda: NOON, desk.anchor, signers=lambda: SIGNERS)
    assert await other.log.accept_loss() == Lost(0, 6)
    del desk.store.entries[4:]
    with pytest.raises(AuditDown, match="not what it was"):
        await desk.write()
    assert await desk.log.accept_loss() == Lost(4, 1)
    assert [entry.act for entry in desk.store.entries][-1] == "audit_lost"
    await desk.write()


async def test_a_signer_that_cannot_be_read_keeps_from_writing(desk: Desk) -> None:
    """Nothing is done then, as with a disk that is full."""

    def fail() -> Signers:
        raise ConfigError("signers.d/desk.pub: is none")

    log = AuditLog(desk.store, KEY, lambda: NOON, desk.anchor, signers=fail)
    with pytest.raises(AuditDown):
        await log.write("opened", actor=ACCOUNT, subject=HANDOFF)


async def test_who_begins_the_log_at_the_same_time_is_no_thief(desk: Desk) -> None:
    """Several programs that start at once: whoever looked before the anchor was there looks again."""
    others = [AuditLog(desk.store, KEY, lambda: NOON, desk.anchor, signers=lambda: SIGNERS) for _ in range(5)]
    await asyncio.gather(*(log.write("listed", actor=ACCOUNT) for log in others * 4))
    assert (await desk.check.run()).anchored == 20


async def test_a_database_that_is_away_stops_everything(desk: Desk) -> None:
    """SECURITY §1 rule 9: whoever asked hears of it, and nothing is left behind."""
    desk.store.is_down = True
    with pytest.raises(AuditDown):
        await desk.write()
    assert not list(desk.path.parent.iterdir())


async def test_a_database_that_changes_under_us_stops_everything(desk: Desk, monkeypatch: Any) -> None:
    """It is no other fault for whoever wants to open something."""

    async def append(_make: object) -> AuditEntry:
        raise StaleSession("the schema changed")

    monkeypatch.setattr(desk.store, "append", append)
    with pytest.raises(AuditDown):
        await desk.write()


async def test_an_anchor_that_cannot_be_written_stops_everything(desk: Desk) -> None:
    """T32: a folder where the file belongs is met before a line is written that would not be true."""
    desk.path.mkdir()
    with pytest.raises(AuditDown):
        await desk.write()
    assert not desk.store.entries
    assert (await desk.check.run()).fault == "bad_anchor"


async def test_a_full_disk_stops_everything(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """R8: room for the anchor is made before the line, so no line says what was not done."""
    await desk.write()

    def fill(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", fill)
        with pytest.raises(AuditDown, match="No space left"):
            await desk.write()
    assert len(desk.store.entries) == 1
    assert [path.name for path in desk.path.parent.iterdir()] == ["audit-anchor"]
    await desk.write()
    assert (await desk.check.run()).lines == 2


async def test_a_folder_that_is_no_folder_stops_everything(tmp_path: Path) -> None:
    """As above."""
    (tmp_path / "desk").write_text("")
    desk = Desk(tmp_path / "desk")
    with pytest.raises(AuditDown):
        await desk.write()
    assert not desk.store.entries


def test_where_no_file_can_be_there_is_no_room(tmp_path: Path) -> None:
    """It is the log that is down, whatever the disk calls it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditDown, match="cannot be written"):
        Anchor(tmp_path / "file" / "audit-anchor").make_room()


async def test_a_crash_between_line_and_anchor_is_healed_by_the_next_line(
    desk: Desk, monkeypatch: Any
) -> None:
    """The anchor may be behind, and that is no tampering."""
    await desk.write(2)

    def crash(*_args: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", crash)
        with pytest.raises(AuditDown):
            await desk.write()
    assert (len(desk.store.entries), desk.anchor.read()) == (3, head(desk.store.entries[1]))
    assert (await desk.check.run()).is_sound
    await desk.write()
    assert desk.anchor.read() == head(desk.store.entries[3])
    assert (await desk.check.run()).is_sound


async def test_a_crash_after_the_very_first_line_is_healed_too(desk: Desk, monkeypatch: Any) -> None:
    """The anchor of an empty log is there before any line is."""
    await desk.write()
    first = head(desk.store.entries.pop())
    desk.path.unlink()

    async def append(_make: object) -> AuditEntry:
        raise StoreDown("the database did not answer")

    with monkeypatch.context() as broken:
        broken.setattr(desk.store, "append", append)
        with pytest.raises(AuditDown):
            await desk.write()
    start = desk.anchor.read()
    assert start is not None
    assert (start.number, start.hash) == (0, START)
    assert (await desk.check.run()).is_sound
    await desk.write()
    assert desk.anchor.read() == first


async def test_two_who_write_at_once_leave_the_higher_anchor(desk: Desk) -> None:
    """Whoever is slower does not turn it back."""
    slow, quick = desk.anchor.make_room(), desk.anchor.make_room()
    entries = make_chain(2)
    quick.put(head(entries[1]))
    slow.put(head(entries[0]))
    slow.drop()
    quick.drop()
    assert desk.anchor.read() == head(entries[1])
    assert [path.name for path in desk.path.parent.iterdir()] == ["audit-anchor"]


async def test_many_who_write_at_once_make_one_chain(desk: Desk) -> None:
    """Within one program."""
    await asyncio.gather(*(desk.write() for _ in range(20)))
    assert (await desk.check.run()).anchored == 20


# ─── A log that was cut ───────────────────────────────────────────────────────


@pytest.mark.parametrize("kept", [0, 1, 3])
async def test_nobody_writes_on_over_a_cut(desk: Desk, kept: int) -> None:
    """T32: else the next line would hide that some are missing."""
    await desk.write(4)
    del desk.store.entries[kept:]
    with pytest.raises(AuditDown, match="is not what it was"):
        await desk.write()
    assert len(desk.store.entries) == kept
    verdict = await desk.check.run()
    assert (verdict.fault, verdict.number) == ("cut", kept + 1)


async def test_nobody_writes_on_over_another_last_line(desk: Desk) -> None:
    """T32: it has the number of the one that was anchored, and our signature."""
    await desk.write(2)
    desk.store.entries[1] = seal(replace(desk.store.entries[1], actor=HANDOFF))
    with pytest.raises(AuditDown, match="is not what it was"):
        await desk.write()
    assert (await desk.check.run()).fault == "replaced"


async def test_nobody_writes_on_without_the_anchor(desk: Desk) -> None:
    """T32: taking it away does not hide a cut."""
    await desk.write(3)
    desk.path.unlink()
    with pytest.raises(AuditDown, match="is not what it was"):
        await desk.write()
    assert (await desk.check.run()).fault == "no_anchor"


@pytest.mark.parametrize("content", [b"", b"x\n", b"\xff\xfe", b"{}\n", "two"])
async def test_nobody_writes_on_over_an_anchor_that_is_none(desk: Desk, content: bytes | str) -> None:
    """T32: whoever spoils the file stops the office and does not fool it."""
    await desk.write(2)
    two = f"{desk.path.read_text()}{write_head(head(desk.store.entries[0]))}\n".encode()
    desk.path.write_bytes(two if isinstance(content, str) else content)
    with pytest.raises(AuditDown, match="anchor"):
        await desk.write()
    assert (await desk.check.run()).fault == "bad_anchor"


async def test_a_loss_that_somebody_knows_of_is_written_down(desk: Desk) -> None:
    """After a backup was put back: the log goes on, and says what is missing."""
    await desk.write(4)
    del desk.store.entries[2:]
    assert await desk.log.accept_loss() == Lost(2, 4)
    last = desk.store.entries[-1]
    assert (last.number, last.act, last.actor, last.detail) == (
        3,
        "audit_lost",
        COMMAND,
        '{"kept":2,"known":4}',
    )
    assert desk.anchor.read() == head(last)
    await desk.write()
    assert (await desk.check.run()).is_sound


@pytest.mark.parametrize("kept", [0, 2])
async def test_a_loss_can_be_accepted_without_an_anchor(desk: Desk, kept: int) -> None:
    """As when the whole folder was lost, or the file is spoilt."""
    await desk.write(2)
    del desk.store.entries[kept:]
    if kept:
        desk.path.write_text("spoilt")
    assert await desk.log.accept_loss() == (Lost(2, 0) if kept else Lost(0, 2))
    assert (await desk.check.run()).lines == kept + 1


async def test_nothing_is_accepted_that_is_not_lost(desk: Desk) -> None:
    """A sound log gets no such line."""
    assert await desk.log.accept_loss() is None
    await desk.write(2)
    assert await desk.log.accept_loss() is None
    assert len(desk.store.entries) == 2


async def test_a_loss_cannot_be_accepted_while_the_database_is_away(desk: Desk) -> None:
    """It says so as every other line would."""
    desk.store.is_down = True
    with pytest.raises(AuditDown):
        await desk.log.accept_loss()
