"""What `frontdoor line` does: bring the LINE channel into shape, and say what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from bot.channels.line_menus import (
    MENU_WAYS,
    SOURCE_LOCALE,
    Menu,
    build_menu,
    read_drawn_labels,
    read_pictures,
)
from bot.errors import ConfigError
from bot.pack import Pack, load_pack
from bot.ports import name_door
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.channels.line_console import LineConsole

#: Source: LINE Messaging API reference, Set webhook endpoint URL.
_URL_AT_MOST = 500
_BAR_WORD = "menu_bar"


def set_up_line(settings: Settings, *, dry_run: bool) -> None:
    """Set webhook address and menus, telling each change. ConfigError, ChannelError: one line with the mend."""
    from bot.channels.line_setup import Wanted, set_up  # noqa: PLC0415 - the SDK takes a second to load

    webhook, pack = find_webhook(settings), load_pack()
    wanted = Wanted(webhook, build_menus(pack))
    for line in find_stale_pictures(pack):
        typer.echo(f"note: {line}")

    async def run() -> None:
        async with _open(settings) as console:
            await set_up(console, wanted, dry_run=dry_run, say=typer.echo)

    asyncio.run(run())


def check_line(settings: Settings, *, tries_webhook: bool) -> int:
    """Print a line for each part of the channel; returns 1 when something asks to be mended."""
    from bot.channels.line_check import Finding, check  # noqa: PLC0415 - as above
    from bot.channels.line_setup import Wanted  # noqa: PLC0415 - as above

    webhook, pack = find_webhook(settings), load_pack()
    wanted = Wanted(webhook, build_menus(pack))

    async def run() -> tuple[Finding, ...]:
        async with _open(settings) as console:
            return await check(console, wanted, tries_webhook=tries_webhook)

    stale = [Finding("WARN", line) for line in find_stale_pictures(pack)]
    findings = (*stale, *asyncio.run(run()))
    for one in findings:
        typer.echo(f"{one.level:<4} {one.line}")
    return 0 if all(one.is_well for one in findings) else 1


def find_webhook(settings: Settings) -> str:
    """Return the address to which LINE shall send. ConfigError: LINE is off, or would not take it."""
    if not settings.has_line:
        raise ConfigError("LINE is off; set LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN")
    if not settings.origin.startswith("https://"):
        raise ConfigError(
            "FRONTDOOR_PUBLIC_URL: LINE sends to https addresses only; set the https:// origin that people use"
        )
    webhook = f"{settings.origin}{name_door('line')}"
    if len(webhook) > _URL_AT_MOST:
        raise ConfigError(
            "FRONTDOOR_PUBLIC_URL: LINE takes no address over 500 characters; use a shorter name"
        )
    return webhook


def build_menus(pack: Pack) -> tuple[Menu, ...]:
    """Build a menu for each language that is spoken and has a picture. ConfigError: the source has none."""
    pictures = read_pictures()
    if SOURCE_LOCALE not in pictures:
        raise ConfigError("bot/channels/menus: the pictures are missing: install the package again")
    spoken = [locale for locale in pack.catalogs.locales if locale in pictures]
    return tuple(
        build_menu(locale, list_labels(pack, locale), bar=_say_bar(pack, locale), png=pictures[locale])
        for locale in spoken
    )


def list_labels(pack: Pack, locale: str) -> tuple[str, ...]:
    """Return what the areas of the menu are called in that language, in the order of MENU_WAYS."""
    labels = {str(way.id): way.label for way in pack.flow.ways_out}
    flow, translate = pack.flow.id, pack.catalogs.translate
    return tuple(translate(f"{flow}.ways_out.{way}", labels[way], locale) for way in MENU_WAYS)


def find_stale_pictures(pack: Pack) -> Iterator[str]:
    """Say which languages have no picture, or one with other words than are said today."""
    pictures = read_pictures()
    for locale in pack.catalogs.locales:
        if locale not in pictures:
            yield f"menus: {locale} has no picture, so its menu is {SOURCE_LOCALE}'s; draw it with `make rich-menus`"
        elif read_drawn_labels(pictures[locale]) != list_labels(pack, locale):
            yield f"menus: the picture {locale} shows other words than we say today; draw it with `make rich-menus`"


def _say_bar(pack: Pack, locale: str) -> str:
    return pack.catalogs.translate(f"interface.{_BAR_WORD}", pack.words[_BAR_WORD], locale)


def _open(settings: Settings) -> LineConsole:
    from bot.channels.line_console import LineConsole  # noqa: PLC0415 - as above

    token = settings.line_channel_access_token.get_secret_value()
    return LineConsole(access_token=token, api_base=settings.line_api_base)
