"""
Bringing a LINE channel into the state we want.

Look, decide, apply: `look` reads what is there, `plan` is pure and says what is missing, `set_up`
does it step by step. What stands already is not touched, so a run that broke half-way is finished
by the next one. Menus and aliases that are not ours are never touched.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from bot.channels.line_console import Endpoint, LineConsole, Listed
from bot.channels.line_menus import SOURCE_LOCALE, Menu, find_locale_of, is_our_alias
from bot.errors import ChannelError

#: How often, and how many times, we look whether LINE has moved people to the new menus.
_LOOK_EVERY_S = 2.0
_LOOKS = 15


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be there. The menu of the source language is among `menus`: it is everybody's default."""

    webhook: str
    menus: tuple[Menu, ...]

    @property
    def default(self) -> Menu:
        """The menu for whoever has none of their own."""
        return next(menu for menu in self.menus if menu.locale == SOURCE_LOCALE)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is there. `kept` are the menus of ours that hold what we want, by language; `pictured` have a picture."""

    endpoint: Endpoint | None
    menus: tuple[Listed, ...]
    aliases: Mapping[str, str]
    default: str | None
    kept: Mapping[str, str]
    pictured: frozenset[str]

    @property
    def stale(self) -> tuple[Listed, ...]:
        """Menus of ours that hold something else by now, or the same twice."""
        kept = set(self.kept.values())
        return tuple(one for one in self.menus if find_locale_of(one.name) and one.id not in kept)


@dataclass(frozen=True, slots=True)
class SetWebhook:
    """Let LINE send to us."""

    url: str
    before: str

    @property
    def says(self) -> str:
        """The step in one line, as something to do."""
        return f"set the webhook address to {self.url} (before: {self.before or 'none'})"


@dataclass(frozen=True, slots=True)
class MakeMenu:
    """Make the menu of a language, without its picture."""

    menu: Menu

    @property
    def says(self) -> str:
        """The step in one line, as something to do."""
        return f"make the menu {self.menu.locale} ({self.menu.name})"


@dataclass(frozen=True, slots=True)
class GivePicture:
    """Give the menu of a language its picture."""

    menu: Menu

    @property
    def says(self) -> str:
        """The step in one line, as something to do."""
        return f"send the picture of the menu {self.menu.locale} ({len(self.menu.png) // 1024} KB)"


@dataclass(frozen=True, slots=True)
class PointAlias:
    """Let the language's alias lead to its menu; `exists`: it leads elsewhere today."""

    menu: Menu
    exists: bool

    @property
    def says(self) -> str:
        """The step in one line, as something to do."""
        return f"{'move' if self.exists else 'make'} the alias {self.menu.alias}"


@dataclass(frozen=True, slots=True)
class SetDefault:
    """Show a language's menu to whoever has none of their own."""

    menu: Menu

    @property
    def says(self) -> str:
        """The step in one line, as something to do."""
        return f"make the menu {self.menu.locale} everybody's default"


@dataclass(frozen=True, slots=True)
class MovePeople:
    """Give people the new menu of the language whose old one they have: pairs of menu id and language."""

    moves: tuple[tuple[str, str], ...]

    @property
    def says(self) -> str:
        """The step in one line, as something to do."""
        return f"move people to the new menu ({', '.join(sorted({locale for _, locale in self.moves}))})"


@dataclass(frozen=True, slots=True)
class DropAlias:
    """Take away an alias of ours for a language that has no menu any more."""

    alias: str

    @property
    def says(self) -> str:
        """The step in one line, as something to do."""
        return f"remove the alias {self.alias}"


@dataclass(frozen=True, slots=True)
class DropMenu:
    """Take away an older menu of ours."""

    menu: Listed

    @property
    def says(self) -> str:
        """The step in one line, as something to do."""
        return f"remove the old menu {self.menu.name}"


Step = SetWebhook | MakeMenu | GivePicture | PointAlias | SetDefault | MovePeople | DropAlias | DropMenu


async def set_up(
    console: LineConsole,
    wanted: Wanted,
    *,
    dry_run: bool,
    say: Callable[[str], None],
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Do what is missing, telling each change. `dry_run` only tells. ChannelError: what is done stays; run it again."""
    standing = await look(console, wanted)
    steps = plan(standing, wanted)
    made = dict(standing.kept)
    for step in steps:
        if not dry_run:
            await _take(step, console, made, rest)
        say(f"{'would' if dry_run else 'done:'} {step.says}")
    if not steps:
        say("nothing to change")


async def look(console: LineConsole, wanted: Wanted) -> Standing:
    """Read what is there; changes nothing."""
    menus, aliases = await console.list_menus(), await console.list_aliases()
    kept = dict(_find_kept(menus, aliases, wanted))
    pictured = {menu_id for menu_id in kept.values() if await console.has_picture(menu_id)}
    endpoint, default = await console.read_endpoint(), await console.read_default()
    return Standing(endpoint, menus, aliases, default, kept, frozenset(pictured))


def _find_kept(
    menus: Iterable[Listed], aliases: Mapping[str, str], wanted: Wanted
) -> Iterator[tuple[str, str]]:
    """Give the menu to keep for each language; of several alike the one in use."""
    for menu in wanted.menus:
        alike = [one.id for one in menus if one.name == menu.name]
        if alike:
            in_use = aliases.get(menu.alias, "")
            yield menu.locale, in_use if in_use in alike else alike[0]


def plan(standing: Standing, wanted: Wanted) -> tuple[Step, ...]:
    """Say what is missing, in an order in which nobody is ever without a menu."""
    return (
        *plan_webhook(standing, wanted),
        *_plan_menus(standing, wanted),
        *_plan_aliases(standing, wanted),
        *_plan_default(standing, wanted),
        *_plan_removals(standing, wanted),
    )


def plan_webhook(standing: Standing, wanted: Wanted) -> Iterator[Step]:
    """Say what is missing of the webhook address."""
    before = standing.endpoint.url if standing.endpoint else ""
    if before != wanted.webhook:
        yield SetWebhook(wanted.webhook, before)


def _plan_menus(standing: Standing, wanted: Wanted) -> Iterator[Step]:
    for menu in wanted.menus:
        menu_id = standing.kept.get(menu.locale)
        if menu_id is None:
            yield MakeMenu(menu)
        if menu_id not in standing.pictured:
            yield GivePicture(menu)


def _plan_aliases(standing: Standing, wanted: Wanted) -> Iterator[Step]:
    for menu in wanted.menus:
        leads_to = standing.aliases.get(menu.alias)
        if leads_to is None or leads_to != standing.kept.get(menu.locale):
            yield PointAlias(menu, exists=leads_to is not None)


def _plan_default(standing: Standing, wanted: Wanted) -> Iterator[Step]:
    if standing.default is None or standing.default != standing.kept.get(SOURCE_LOCALE):
        yield SetDefault(wanted.default)


def _plan_removals(standing: Standing, wanted: Wanted) -> Iterator[Step]:
    # People have a menu of their own in every language but the source.
    own = {menu.locale for menu in wanted.menus} - {SOURCE_LOCALE}
    named = [(one.id, find_locale_of(one.name) or "") for one in standing.stale]
    moves = tuple((menu_id, locale) for menu_id, locale in named if locale in own)
    if moves:
        yield MovePeople(moves)
    foreign = {one.id for one in standing.menus if not find_locale_of(one.name)}
    needed = {menu.alias for menu in wanted.menus}
    for alias, leads_to in standing.aliases.items():
        if is_our_alias(alias) and alias not in needed and leads_to not in foreign:
            yield DropAlias(alias)
    for one in standing.stale:
        yield DropMenu(one)


async def _take(
    step: Step, console: LineConsole, made: dict[str, str], rest: Callable[[float], Awaitable[None]]
) -> None:
    """Do one step. `made` holds the menu of each language as it is now."""
    match step:
        case SetWebhook(url):
            await console.set_endpoint(url)
        case MakeMenu(menu):
            made[menu.locale] = await console.create_menu(menu.body)
        case GivePicture(menu):
            await console.give_picture(made[menu.locale], menu.png)
        case PointAlias(menu, exists):
            point = console.move_alias if exists else console.create_alias
            await point(menu.alias, made[menu.locale])
        case SetDefault(menu):
            await console.set_default(made[menu.locale])
        case MovePeople(moves):
            await _move([(menu_id, made[locale]) for menu_id, locale in moves], console, rest)
        case DropAlias(alias):
            await console.delete_alias(alias)
        case DropMenu(menu):
            await console.delete_menu(menu.id)
        case _:
            assert_never(step)


async def _move(
    pairs: list[tuple[str, str]], console: LineConsole, rest: Callable[[float], Awaitable[None]]
) -> None:
    """Move people and wait: an old menu may go only when nobody has it. ChannelError: it did not come to an end."""
    # The same pairs have the same key, so that the next run resumes this one instead of beginning anew.
    key = hashlib.sha256(repr(sorted(pairs)).encode()).hexdigest()
    request_id = await console.move_people(pairs, key=key)
    for _ in range(_LOOKS):
        phase = await console.read_progress(request_id)
        if phase == "succeeded":
            return
        if phase == "failed":
            break
        await rest(_LOOK_EVERY_S)
    raise ChannelError(
        "LINE: not everybody has been moved to the new menus yet; run the command again in half an hour, "
        "it removes the old menus then",
        permanent=False,
    )
