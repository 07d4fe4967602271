"""The erasure ledger: written before anything is erased, whole or not at all, and never believed when altered."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk.ledger import Ledger, LedgerBroken
from bot.errors import StoreDown

IDS = ("id-1", "id-2", "id-3")


@dataclass
class FewHandoffs:
    """A desk's database that holds some ids, and erases them."""

    there: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def erase(self, handoff_ids: Sequence[str]) -> Sequence[str]:
        self.asked += handoff_ids
        erased = [one for one in handoff_ids if one in self.there]
        self.there -= set(erased)
        return erased


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "erasures.jsonl"


@pytest.fixture
def ledger(path: Path) -> Ledger:
    """A ledger with three ids in it."""
    made = Ledger(path)
    made.append(IDS[:2])
    made.append(IDS[2:])
    return made


def test_it_holds_ids_in_their_order_and_each_once(ledger: Ledger, path: Path) -> None:
    """Also for another program; writing the same again changes no byte."""
    before = path.read_bytes()
    ledger.append([*IDS, IDS[0]])
    ledger.append([])
    assert path.read_bytes() == before
    assert Ledger(path).list_ids() == IDS


def test_it_holds_nothing_but_ids(ledger: Ledger, path: Path) -> None:
    """No time, no name, no reason; and only its owner may read it."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [set(line) for line in lines] == [{"id", "chain"}] * 3
    assert [stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()] == [0o600] * 2


def test_a_new_one_is_empty(path: Path) -> None:
    assert Ledger(path).list_ids() == ()


async def test_a_replay_erases_what_came_back_and_nothing_else(ledger: Ledger) -> None:
    """R20: what a restore brought back goes again; doing it twice harms nothing."""
    store = FewHandoffs({"id-2", "another"})
    assert await ledger.replay(store.erase) == ["id-2"]
    assert await ledger.replay(store.erase) == []
    assert store.there == {"another"}


@pytest.mark.parametrize("cut", range(1, 40))
def test_half_a_last_line_is_as_if_never_written(ledger: Ledger, path: Path, cut: int) -> None:
    """Who died while writing had erased nothing; the next line takes its place."""
    whole = path.read_bytes()
    ledger.append(["id-4"])
    longer = path.read_bytes()
    path.with_name("erasures.jsonl.head").write_bytes(_head_of(whole))
    path.write_bytes(longer[: len(whole) + cut])
    assert Ledger(path).list_ids() == IDS
    Ledger(path).append(["id-5"])
    assert Ledger(path).list_ids() == (*IDS, "id-5")


def _head_of(lines: bytes) -> bytes:
    last = json.loads(lines.splitlines()[-1])
    return json.dumps({"lines": len(lines.splitlines()), "chain": last["chain"]}).encode()


def test_whole_lines_that_were_not_counted_yet_are_believed(ledger: Ledger, path: Path) -> None:
    """Who died after the lines and before the count wrote them down: they count."""
    head = path.with_name("erasures.jsonl.head")
    before = head.read_bytes()
    ledger.append(["id-4"])
    head.write_bytes(before)
    assert Ledger(path).list_ids() == (*IDS, "id-4")
    Ledger(path).append(["id-5"])
    assert Ledger(path).list_ids() == (*IDS, "id-4", "id-5")


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("how", ["taken out", "changed", "doubled", "moved", "noise"])
async def test_a_line_that_was_tampered_with_is_noticed(
    ledger: Ledger, path: Path, number: int, how: str
) -> None:
    """T32: what stands before it is erased again, what stands after it is believed by nobody."""
    lines = lines_of(path)
    changed = {
        "taken out": [*lines[:number], *lines[number + 1 :]],
        "changed": [*lines[:number], lines[number].replace(b"id-", b"xx-"), *lines[number + 1 :]],
        "doubled": [*lines[: number + 1], lines[number], *lines[number + 1 :]],
        "moved": [*lines[number + 1 :], *lines[: number + 1]] if number < 2 else lines[::-1],
        "noise": [*lines[:number], b"[]\n", *lines[number:]],
    }[how]
    path.write_bytes(b"".join(changed))
    with pytest.raises(LedgerBroken, match="newest copy"):
        ledger.list_ids()
    with pytest.raises(LedgerBroken):
        ledger.append(["id-4"])
    assert path.read_bytes() == b"".join(changed)
    store = FewHandoffs(set(IDS))
    with pytest.raises(LedgerBroken):
        await ledger.replay(store.erase)
    good = [json.loads(line)["id"] for line, real in zip(changed, lines, strict=False) if line == real]
    assert store.asked == good[: len(store.asked)]
    assert not set(store.asked) - set(IDS)


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_cut_tail_is_noticed(ledger: Ledger, path: Path, left: int) -> None:
    """T32: the file beside it counts; also when everything is gone, or cut within a line."""
    lines = lines_of(path)
    for half in (b"", lines[left][:9]):
        path.write_bytes(b"".join(lines[:left]) + half)
        with pytest.raises(LedgerBroken, match=f"ends after line {left}, but there were 3"):
            ledger.list_ids()
    path.unlink()
    with pytest.raises(LedgerBroken):
        ledger.list_ids()


@pytest.mark.parametrize(
    ("head", "says"),
    [(None, "is missing"), (b"", "cannot be read"), (b"[3]", "cannot be read"), (b"{}", "cannot be read")],
)
def test_a_count_that_is_gone_or_noise_is_noticed(
    ledger: Ledger, path: Path, head: bytes | None, says: str
) -> None:
    beside = path.with_name("erasures.jsonl.head")
    beside.unlink() if head is None else beside.write_bytes(head)
    with pytest.raises(LedgerBroken, match=says):
        ledger.list_ids()


def test_a_count_of_another_ledger_is_noticed(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    """Swapped for one of the same length."""
    other = tmp_path / "other.jsonl"
    Ledger(other).append(["x-1", "x-2", "x-3"])
    path.write_bytes(other.read_bytes())
    with pytest.raises(LedgerBroken):
        ledger.list_ids()


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("open", 0),
        ("open", 1),
        ("open", 2),
        ("pwrite", 0),
        ("pwrite", 1),
        ("fsync", 0),
        ("fsync", 1),
        ("fsync", 2),
    ],
)
def test_a_full_disk_refuses_and_leaves_what_was_there(
    ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch, name: str, after: int
) -> None:
    """R8: nothing is half written; and as soon as there is room, it goes on."""
    before = path.read_bytes()
    real, calls = getattr(os, name), []

    def full(*args: object, **more: object) -> object:
        calls.append(name)
        if len(calls) > after:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args, **more)

    monkeypatch.setattr(os, name, full)
    with pytest.raises(StoreDown, match="No space left"):
        ledger.append(["id-4"])
    monkeypatch.undo()
    assert ledger.list_ids()[:3] == IDS
    if after < 2:  # later, the lines are on the disk and only the folder is not
        assert path.read_bytes() == before
    ledger.append(["id-4"])
    assert ledger.list_ids() == (*IDS, "id-4")


class Killed(BaseException):
    """The program ends here: nobody catches it, nothing is tidied up."""


@pytest.mark.parametrize("fault", [Killed(), OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("before", [(), IDS])
def test_who_dies_at_any_step_stops_no_later_erasure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: tuple[str, ...], fault: BaseException
) -> None:
    """R8, T32: also in the very first writing; what is left is the old or the new, and the next one goes on."""
    steps = []
    for number in range(99):
        path = tmp_path / f"{number}.jsonl"
        Ledger(path).append(before)
        with monkeypatch.context() as patch:
            steps.append(_fail_at(patch, number, fault))
            with suppress(Killed, StoreDown):
                Ledger(path).append(["id-4", "id-5"])
        if len(steps[-1]) <= number:  # it came to its end
            break
        left = Ledger(path).list_ids()
        assert left == before + ("id-4", "id-5")[: len(left) - len(before)]
        Ledger(path).append(["id-4", "id-5", "id-6"])
        assert Ledger(path).list_ids() == (*before, "id-4", "id-5", "id-6")
    assert set(steps[-1]) == set(STEPS)


STEPS = ("open", "ftruncate", "pwrite", "fsync", "replace")


def _fail_at(patch: pytest.MonkeyPatch, number: int, fault: BaseException) -> list[str]:
    """Let that call to the disk fail, counted from nought; returns the list of calls, which grows."""
    calls: list[str] = []
    reals = {name: getattr(os, name) for name in STEPS}

    def replace_one(name: str) -> None:
        def step(*args: object, **more: object) -> object:
            calls.append(name)
            if len(calls) == number + 1:
                raise fault
            return reals[name](*args, **more)

        patch.setattr(os, name, step)

    for name in STEPS:
        replace_one(name)
    return calls


def test_a_disk_that_takes_little_at_a_time_gets_all_of_it(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, raw, at: real(file, raw[:7], at))
    ledger.append(["id-4"])
    assert ledger.list_ids() == (*IDS, "id-4")


def test_a_folder_that_is_not_there_is_down(tmp_path: Path) -> None:
    lost = Ledger(tmp_path / "no such folder" / "erasures.jsonl")
    with pytest.raises(StoreDown, match="cannot be read"):
        lost.list_ids()
    with pytest.raises(StoreDown, match="cannot be written"):
        lost.append(["id-1"])


def test_programs_that_write_at_once_lose_nothing(path: Path) -> None:
    """The office and a command may erase in the same moment."""
    code = (
        "import sys; from pathlib import Path; from bot.desk.ledger import Ledger; "
        "[Ledger(Path(sys.argv[1])).append([f'{sys.argv[2]}-{n}']) for n in range(20)]"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "abc"]
    assert [one.wait() for one in running] == [0, 0, 0]
    assert sorted(Ledger(path).list_ids()) == sorted(f"{name}-{n}" for name in "abc" for n in range(20))


@settings(deadline=None, max_examples=50)  # a busy machine is no failure
@given(st.lists(st.lists(st.text(max_size=20), max_size=4), max_size=5))
def test_whatever_goes_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]]
) -> None:
    """Ids are ours, but no id could break the file."""
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "erasures.jsonl")
    for batch in batches:
        ledger.append(batch)
    assert ledger.list_ids() == tuple(dict.fromkeys(one for batch in batches for one in batch))
