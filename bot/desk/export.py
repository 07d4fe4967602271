"""
Handoffs out of the database into files that a person or a program can work with.

Nothing is stored here: what is given back lives in memory, and whoever asked decides where it goes.
One bad record is named and never keeps the others back. Source: SECURITY T19, §6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol, get_args

from bot.core.events import RequestKind
from bot.core.taipei import TAIPEI
from bot.desk.as_csv import write_csv
from bot.desk.as_json import write_json
from bot.desk.as_xlsx import write_xlsx
from bot.desk.paper import Asked, NotPrinted, Sheet, print_sheet
from bot.desk.reading import Failure, OpenHandoff, Opens, read_handoff
from bot.desk.table import DEMO_MARK, build_table, list_failures
from bot.desk.watermark import Watermark
from bot.form.model import Form
from bot.ports.desk import StoredHandoff

Format = Literal["json", "csv", "xlsx", "pdf"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
#: Enough of an id to find a handoff again; where two share it, all of it is used.
SHORT_ID_CHARS = 8


class Printer(Protocol):
    """Prints one form as a PDF. NotPrinted: this one cannot be printed."""

    def __call__(self, sheet: Sheet, *, demo: bool) -> bytes:
        """In the demo the paper says so."""
        ...


@dataclass(frozen=True, slots=True)
class Exported:
    """
    What came of an export: files by name, and what is not in them.

    `handoffs`: the ids of those whose record is in the files. `failures` may also name parts of these.
    """

    files: Mapping[str, bytes] = field(repr=False)
    handoffs: tuple[str, ...]
    failures: tuple[Failure, ...]


def export(
    handoffs: Iterable[StoredHandoff],
    *,
    form: Form,
    opener: Opens,
    fmt: Format,
    now: datetime,
    mark: Watermark,
    referrer: Mapping[str, str] | None = None,
    demo: bool = False,
    printer: Printer = print_sheet,
) -> Exported:
    """
    Open handoffs and write them as one file (json, csv, xlsx), or as one for each (pdf).

    `now` is aware UTC. `mark` stands on every page, row or envelope. `referrer`: what the operator writes into the form,
    by field; JSON goes without it. Names of files carry the day in Taipei, or the beginning of a random id, and nothing
    else. SheetFull: more than a sheet holds.
    """
    read = [read_handoff(one, form=form, opener=opener) for one in handoffs]
    opened = [one for one in read if isinstance(one, OpenHandoff)]
    unread = [one for one in read if isinstance(one, Failure)]
    name = name_whole(now, demo=demo)
    if fmt == "pdf":
        sheets = [
            Sheet(
                one.record,
                form,
                added={**(referrer or {}), **one.added},
                requests=_list_asked(one),
                mark=mark.say(),
            )
            for one in opened
        ]
        return _print(opened, sheets, unread, printer=printer, name=name, mark=mark, demo=demo)
    if fmt == "json":
        whole = write_json(opened, unread, mark=mark, now=now, demo=demo)
    else:
        said = mark.say()
        table = build_table(opened, unread, form=form, referrer=referrer or {}, exported=said, demo=demo)
        whole = write_csv(table) if fmt == "csv" else write_xlsx(table, now=now, demo=demo, footer=said)
    ids = tuple(one.stored.id for one in opened)
    return Exported({f"{name}.{fmt}": whole}, ids, (*unread, *_list_inner(opened)))


def name_whole(now: datetime, *, demo: bool) -> str:
    """Name a file with all of them, without its ending: it tells the day in Taipei and nothing else."""
    name = f"{DEMO_MARK}-handoffs" if demo else "handoffs"
    return f"{name}-{now.astimezone(TAIPEI).date().isoformat()}"


def _print(
    opened: Sequence[OpenHandoff],
    sheets: Sequence[Sheet],
    unread: Sequence[Failure],
    *,
    printer: Printer,
    name: str,
    mark: Watermark,
    demo: bool,
) -> Exported:
    """Print each on its own, so that one that cannot be printed is missed alone; a list beside names what is missing."""
    names = _name_each([one.stored.id for one in opened], demo=demo)
    pages = {
        one.stored.id: _print_one(sheet, one, printer, demo=demo)
        for one, sheet in zip(opened, sheets, strict=True)
    }
    files = {names[id_]: page for id_, page in pages.items() if isinstance(page, bytes)}
    missing = (page for page in pages.values() if isinstance(page, Failure))
    failures = (*unread, *missing, *_list_inner(opened))
    if failures:
        files[f"{name}.failures.csv"] = write_csv(list_failures(failures, exported=mark.say(), demo=demo))
    return Exported(files, tuple(id_ for id_, page in pages.items() if isinstance(page, bytes)), failures)


def _print_one(sheet: Sheet, one: OpenHandoff, printer: Printer, *, demo: bool) -> bytes | Failure:
    try:
        return printer(sheet, demo=demo)
    except NotPrinted:
        return Failure(one.stored.id, one.stored.created_at, "not printed")


def _list_asked(one: OpenHandoff) -> tuple[Asked, ...]:
    """What was asked for later, oldest first; what could not be read is there too, and says so."""
    read = [Asked(request.kind, request.created_at, request.words) for request in one.requests]
    lost = [
        Asked(_find_kind(one, failure), failure.created_at, fault=_name_fault(failure))
        for failure in one.failures
        if failure.part == "request"
    ]
    return tuple(sorted((*read, *lost), key=lambda asked: asked.at))


def _find_kind(one: OpenHandoff, failure: Failure) -> RequestKind | Literal[""]:
    """Return the kind that the database has for a request that was not read, if no other was made at that moment."""
    kinds = [stored.kind for stored in one.stored.requests if stored.created_at == failure.created_at]
    return kinds[0] if len(set(kinds)) == 1 else ""


def _name_fault(failure: Failure) -> Literal["unreadable", "forged"]:
    return "forged" if failure.what == "forged" else "unreadable"


def _list_inner(opened: Iterable[OpenHandoff]) -> tuple[Failure, ...]:
    return tuple(failure for one in opened for failure in one.failures)


def _name_each(ids: Sequence[str], *, demo: bool) -> dict[str, str]:
    short = {id_: id_[:SHORT_ID_CHARS] for id_ in ids}
    told = short if len(set(short.values())) == len(ids) else {id_: id_ for id_ in ids}
    begin = f"{DEMO_MARK}-handoff" if demo else "handoff"
    return {id_: f"{begin}-{name}.pdf" for id_, name in told.items()}
