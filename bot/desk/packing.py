"""
From chosen handoffs to the one file that is handed over: written in memory, counted on the way, stopped when asked to.

It runs in a thread of its own. Nothing of it may touch a disk. Source: SECURITY §6, "exports: not stored; streamed".
"""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.desk.export import Exported, Format, Printer, export, name_whole
from bot.desk.paper import Sheet
from bot.desk.reading import Failure, Opens
from bot.desk.watermark import Watermark
from bot.errors import BotError
from bot.form.model import Form
from bot.ports import StoredHandoff

#: A form takes about 110 KB. What is made lies in memory twice for a moment: as files, and as the one with all of them.
MOST_BYTES: Final = 64 * 1024 * 1024
_TYPES: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
}
#: The earliest that the format knows: when it was made stands in the watermark. Source: APPNOTE.TXT 4.4.6.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
#: Whoever unpacks it may read it, and nobody else on that machine.
_OWNERS_ALONE = 0o600


class Stopped(BotError):
    """Whoever asked for it does not want it any more, or may not have it."""


class TooLarge(BotError):
    """It would take more memory than there is for it: export in parts."""


@dataclass(slots=True)
class Progress:
    """How far it is: `done` of `total`, `size` bytes by now. Set `stop`, and it ends before the next one."""

    total: int = 0
    done: int = 0
    size: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def count(self, size: int) -> None:
        """Count one that is done. TooLarge: together they are more than may be held."""
        self.done += 1
        self.size += size
        if self.size > MOST_BYTES:
            raise TooLarge("the export takes too much memory")


@dataclass(frozen=True, slots=True)
class Packed:
    """One file to hand over. `handoffs`: the ids of those that are in it; `failures` name what is not."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    handoffs: tuple[str, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that is needed to make the file of one export."""

    handoffs: Sequence[StoredHandoff] = field(repr=False)
    form: Form = field(repr=False)
    opener: Opens = field(repr=False)
    fmt: Format
    now: datetime
    mark: Watermark
    referrer: Mapping[str, str] = field(repr=False)
    demo: bool
    printer: Printer = field(repr=False)


def pack(order: Order, progress: Progress) -> Packed:
    """Make the file. Stopped; TooLarge; SheetFull as in `export`."""

    def print_counted(sheet: Sheet, *, demo: bool) -> bytes:
        if progress.stop.is_set():
            raise Stopped("nobody wants it any more")
        page = b""
        try:
            page = order.printer(sheet, demo=demo)
        finally:
            progress.count(len(page))
        return page

    exported = export(
        order.handoffs,
        form=order.form,
        opener=order.opener,
        fmt=order.fmt,
        now=order.now,
        mark=order.mark,
        referrer=order.referrer,
        demo=order.demo,
        printer=print_counted,
    )
    name, content = _join(exported, order)
    if len(content) > MOST_BYTES:
        raise TooLarge("the export takes too much memory")
    media_type = _TYPES[name.rpartition(".")[2]]
    return Packed(name, media_type, content, exported.handoffs, exported.failures)


def _join(exported: Exported, order: Order) -> tuple[str, bytes]:
    """Return the only file as it is, or several as one archive."""
    if len(exported.files) == 1:
        [(name, content)] = exported.files.items()
        return name, content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in exported.files.items():
            member = zipfile.ZipInfo(name, _NO_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = _OWNERS_ALONE << 16
            archive.writestr(member, content)
    return f"{name_whole(order.now, demo=order.demo)}.zip", out.getvalue()
