"""An export leaves nothing on a disk."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.desk.export import FORMATS, Format
from bot.desk.paper import Sheet, print_sheet
from tests.desk.exporting_cast import (
    make_desk,
)

TICK = timedelta(microseconds=1)


_watching: list[str] | None = None


def _note_writes(event: str, args: tuple[Any, ...]) -> None:
    if _watching is None or event != "open":
        return
    path, mode, flags = args
    if isinstance(path, int):  # a pipe
        return
    if any(sign in str(mode or "") for sign in "wax+") or (flags or 0) & 3:
        _watching.append(str(path))


@contextmanager
def watched() -> Iterator[list[str]]:
    """Name every file that this program opens for writing."""
    global _watching  # noqa: PLW0603 - a hook of the interpreter cannot be taken away again
    if not getattr(sys, "_exports_are_watched", False):
        sys.addaudithook(_note_writes)
        sys._exports_are_watched = True  # type: ignore[attr-defined]
    _watching = written = []
    try:
        yield written
    finally:
        _watching = None


def test_the_watch_sees_what_is_written(tmp_path: Path) -> None:
    """Or the next one could not fail."""
    with watched() as written:
        (tmp_path / "x").write_text("x")
        with tempfile.TemporaryFile():
            pass
    assert len(written) >= 2


@pytest.mark.parametrize("fmt", FORMATS)
async def test_nothing_is_written_to_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fmt: Format
) -> None:
    """SECURITY §6, "exports: not stored": no file of this program, and none that the printing process leaves."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left: list[Path] = []

    def print_watched(sheet: Sheet, *, demo: bool) -> bytes:
        page = print_sheet(sheet, demo=demo)
        left.extend(one for one in tmp_path.rglob("*") if one.is_file())
        return page

    desk = make_desk(2, printer=print_watched, moment_s=60.0)
    lin = desk.hire("林社工", "export")
    with watched() as written:
        packed = await desk.export(lin, desk.want(2, fmt=fmt))
    assert len(packed.content) > 1000
    assert [one for one in written if one != "/dev/null"] == []
    assert left == []
    assert list(tmp_path.iterdir()) == []
    await desk.exporting.close()
