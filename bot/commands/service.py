"""What the smaller subcommands do: talk, check, draw, list."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import assert_never

import typer
from rich.console import Console
from rich.table import Table

from bot.core.knowledge import Checklist, Contact, Entry, Fact, Law, Platform
from bot.core.taipei import TAIPEI
from bot.core.transcript import Script
from bot.errors import ConfigError, FlowError
from bot.pack import load_knowledge, load_pack
from bot.play import play
from bot.play import record as write_record
from bot.settings import Settings
from bot.store.grants import grant
from bot.voice.catalogs import choose_locale
from bot.wiring.checking import check_folder
from bot.wiring.common import build_engine, build_speaker, utc_now


def play_in_terminal(locale: str, *, record: str, proves: str, out: Path) -> None:
    """Talk, then write the transcript if one was asked for."""
    if record and not proves:
        raise FlowError("play", "say with --proves what the transcript proves")
    pack = load_pack()
    engine, speaker = build_engine(pack), build_speaker(pack)
    spoken = choose_locale(locale, pack.catalogs.locales)
    acts = play(engine, speaker.render, spoken, _read_lines(), typer.echo)
    if record:
        path = out / f"{pack.flow.id}.{record}.txt"
        write_record(path, Script(proves, spoken, tuple(acts)), engine, speaker.render)
        typer.echo(str(path))


def check_flow(today: date | None, *, strict: bool) -> int:
    """Print every issue; returns the exit status."""
    issues = check_folder(today or _today())
    for issue in issues:
        typer.echo(f"{issue.severity}: {issue.rule}: {issue.where}: {issue.says}")
    errors = sum(issue.severity == "error" for issue in issues)
    typer.echo(f"{errors} errors, {len(issues) - errors} warnings")
    return 1 if errors or (strict and issues) else 0


def draw_flow(out: Path) -> list[Path]:
    """Write the drawings; returns their paths. FlowError: the drawing library is not installed."""
    try:
        from bot.drawing import write_drawings  # noqa: PLC0415 - an extra: nothing else needs the library
    except ModuleNotFoundError:
        raise FlowError("flow draw", "needs the extra `draw`: pip install 'frontdoor[draw]'") from None
    return write_drawings(load_pack().flow, out)


def list_directory() -> None:
    """Print everything that is known, a table for each kind; an overdue day is marked."""
    knowledge, today = load_knowledge(), _today()
    _print_table(_list_contacts(knowledge.contacts.values(), today))
    known = list(knowledge.entries())
    for kind in ("facts", "laws", "platforms", "lists"):
        table = Table("id", "says", "source", "date", "status", "recheck by", title=kind)
        for one in (entry for place, entry in known if place.startswith(f"{kind}.")):
            dates = (one.source_date, one.status, _name_day(one, today))
            table.add_row(one.id, _name_entry(one), one.source, *dates)
        _print_table(table)


def check_directory(today: date | None) -> int:
    """Print what is overdue or was never dialled; returns the exit status."""
    knowledge, day = load_knowledge(), today or _today()
    overdue = [(place, one) for place, one in knowledge.entries() if one.recheck_by < day]
    for place, one in overdue:
        name = place.removeprefix("contacts.").removeprefix("facts.")
        typer.echo(f"overdue since {one.recheck_by}: {name}: check it at its source ({one.source})")
    for contact in knowledge.contacts.values():
        if contact.show != "no" and contact.number and contact.phone_checked_on is None:
            typer.echo(f"never dialled: {contact.id}: {contact.number}")
    for platform in knowledge.platforms.values():
        for held in platform.held:
            typer.echo(f"held back: platforms.{platform.id}: {held.what}: {held.why}")
    return 1 if overdue else 0


def _list_contacts(contacts: Iterable[Contact], today: date) -> Table:
    columns = ("id", "name", "number", "source", "date", "status", "show", "recheck by", "dialled")
    table = Table(*columns, title="contacts")
    for one in contacts:
        number = f"{one.number} #{one.ext}" if one.ext else one.number or one.url
        dialled = one.phone_checked_on.isoformat() if one.phone_checked_on else "never"
        dates = (one.source_date, one.status, one.show, _name_day(one, today), dialled)
        table.add_row(one.id, one.name, number, one.source, *dates)
    return table


def _name_day(one: Entry, today: date) -> str:
    return f"{one.recheck_by.isoformat()}{' OVERDUE' if one.recheck_by < today else ''}"


def _name_entry(one: Entry) -> str:
    match one:
        case Fact():
            return one.text
        case Law():
            return f"{one.article} {one.what}"
        case Checklist():
            return f"{one.title} {len(one.items)}"
        case Platform():
            return f"{one.name} {one.url}"
        case Contact():
            return one.name
        case _:
            assert_never(one)


def _print_table(table: Table) -> None:
    Console(width=200 if not sys.stdout.isatty() else None).print(table)


def grant_roles(settings: Settings, front_role: str, office_role: str) -> None:
    """Set what the two programs may do in PostgreSQL, if both roles are named. ConfigError: only one is."""
    if bool(front_role) != bool(office_role):
        raise ConfigError("--front-role and --office-role: give both, or neither")
    if front_role:
        grant(settings.database, front_role=front_role, office_role=office_role)
        typer.echo(f"rights set for {front_role} (serve) and {office_role} (office)")


def _read_lines() -> Iterator[str]:
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def _today() -> date:
    return utc_now().astimezone(TAIPEI).date()
