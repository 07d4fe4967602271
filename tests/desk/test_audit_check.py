"""Checking the audit log: page by page where it lies, against anchors kept elsewhere, and in a copy of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.desk.audit_chain import Proofs, verify, write_head
from bot.desk.audit_check import (
    read_beginning,
    read_copy,
    write_beginning,
    write_copy,
)
from tests.desk.audit_cast import SIGNERS, Desk, head, make_chain


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_a_long_log_is_checked_page_by_page(tmp_path: Path) -> None:
    """Beyond one page, and no further than the first fault."""
    entries = make_chain(2_500)
    desk = Desk(tmp_path, entries)
    room = desk.anchor.make_room()
    room.put(head(entries[-1]))
    room.drop()
    assert (await desk.check.run()).lines == 2_500
    desk.store.entries[1_200] = replace(entries[1_200], act="listed")
    verdict = await desk.check.run()
    assert (verdict.fault, verdict.number, verdict.lines) == ("changed", 1_201, 1_200)


async def test_anchors_kept_elsewhere_are_held_against_it(desk: Desk) -> None:
    """T32: somebody who turns back both the log and the file beside it is found by them."""
    await desk.write(4)
    kept = head(desk.store.entries[3])
    del desk.store.entries[2:]
    desk.path.write_text(write_head(head(desk.store.entries[1])))
    assert (await desk.check.run()).is_sound
    assert (await desk.check.run([kept])).fault == "cut"


async def test_a_copy_is_checked_like_the_log(desk: Desk) -> None:
    """Somewhere else, from a file."""
    await desk.write(3)
    lines = [write_copy(each) for each in desk.store.entries]
    assert list(read_copy([*lines, "", "\n"])) == desk.store.entries
    assert verify(read_copy(lines), Proofs(SIGNERS)).lines == 3


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "[]",
        "{}",
        "[" * 100_000,
        write_copy(make_chain(2)[1]).replace('"number":2', '"number":"2"'),
        write_copy(make_chain(2)[1]).replace("+00:00", ""),
        write_copy(make_chain(2)[1]).replace("2026-11", "0001-01").replace("+00:00", "+23:00"),
        write_copy(make_chain(2)[1]).replace('"act":"opened"', '"act":3'),
        write_copy(make_chain(2)[1]).replace('"signature":"', '"signature":"*'),
    ],
)
def test_a_line_of_a_copy_that_is_none_is_found(line: str) -> None:
    """T32: it breaks the check at its place, not the program."""
    lines = [write_copy(make_chain(1)[0]), line]
    verdict = verify(read_copy(lines), Proofs(SIGNERS))
    assert (verdict.is_sound, verdict.lines, verdict.number) == (False, 1, 2)


def test_a_copy_can_begin_with_a_checkpoint() -> None:
    """Other lines are none."""
    checkpoint = head(make_chain(1)[0])
    assert read_beginning(write_beginning(checkpoint)) == checkpoint
    for other in ("", "{}", write_copy(make_chain(1)[0]), '{"checkpoint":{}}', '{"checkpoint":3'):
        assert read_beginning(other) is None
