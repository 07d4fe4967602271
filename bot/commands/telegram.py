"""What `frontdoor telegram` does: bring the bot into shape, say what is not, and fetch without an address."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from types import FrameType
from typing import Literal
from urllib.parse import urlsplit

import typer

from bot.channels.telegram_setup import (
    PORTS,
    BotApi,
    Change,
    Webhook,
    compare_webhook,
    find_text_changes,
    find_webhook_change,
    name_host,
    read_webhook,
    write_texts,
)
from bot.channels.wire import find_text, find_whole
from bot.pack import Pack, load_pack
from bot.ports import name_door
from bot.settings import Settings
from bot.wiring.common import utc_now
from bot.wiring.poll import open_api, open_poll

_HOW_TO_POLL = "`frontdoor telegram poll` works without a webhook"
_RENEW = "its secret cannot be read back: after a new TELEGRAM_WEBHOOK_SECRET run `frontdoor telegram setup --renew-secret`"
_MEND = "run `frontdoor telegram setup`"
#: A fault that is older may be mended already.
_RECENT = timedelta(hours=1)
#: More than this are not just on their way.
_MANY_WAITING = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `frontdoor telegram check`. WARN and MEND ask for something to be done."""

    level: Literal["ok", "NOTE", "WARN", "MEND"]
    line: str

    @property
    def is_well(self) -> bool:
        """Whether nothing needs to be done."""
        return self.level in {"ok", "NOTE"}


def set_up_telegram(
    settings: Settings, *, dry_run: bool, renews_secret: bool, pack: Pack | None = None
) -> None:
    """Set webhook, commands and texts, telling each change. ConfigError, ChannelError: one line with the mend."""

    async def work(api: BotApi) -> None:
        changes = await _find_changes(api, settings, pack or load_pack(), renews_secret=renews_secret)
        for change in changes:
            if not dry_run:
                await api.ask(change.method, change.parameters)
            typer.echo(f"{'would set' if dry_run else 'set'} {change.says}")
        if not changes:
            typer.echo("nothing to change")

    _run_with_api(settings, work)


def check_telegram(settings: Settings, *, pack: Pack | None = None) -> int:
    """Print a line for each part of the channel, changing nothing; returns 1 when something asks to be mended."""
    findings: list[Finding] = []

    async def work(api: BotApi) -> None:
        found = await api.ask("getMe")
        findings.extend(judge_bot(found if isinstance(found, dict) else {}))
        findings.extend(judge_webhook(await read_webhook(api), settings, api.clean, utc_now()))
        findings.extend(judge_texts(await _find_text_changes(api, pack or load_pack())))

    _run_with_api(settings, work)
    for one in findings:
        typer.echo(f"{one.level:<4} {one.line}")
    return 0 if all(one.is_well for one in findings) else 1


async def poll_telegram(settings: Settings, *, take_over: bool) -> None:
    """Fetch and deliver until a signal. ChannelError: Telegram does not let us, with the mend."""
    from bot.programs import SOUND_DATA, finish  # noqa: PLC0415 - the other commands start without a server
    from bot.wiring.checks import refuse_to_start  # noqa: PLC0415 - as above
    from bot.wiring.soundness import refuse_faulty  # noqa: PLC0415 - as above

    refuse_to_start(settings, "poll")
    refuse_faulty(remember=settings.data_dir / SOUND_DATA)
    async with open_poll(settings) as polling:
        typer.echo("fetching from Telegram; Ctrl-C stops")
        worker = asyncio.create_task(polling.worker.run())
        try:
            with _stopping_on_signals(polling.poller.stop):
                await polling.poller.run(take_over=take_over)
        finally:
            await finish(polling.worker, worker)


# ─── Setting up ───────────────────────────────────────────────────────────────


async def _find_changes(api: BotApi, settings: Settings, pack: Pack, *, renews_secret: bool) -> list[Change]:
    changes = await _find_text_changes(api, pack)
    why_not = find_obstacle(settings)
    if why_not:
        typer.echo(f"webhook: left alone: {why_not}; {_HOW_TO_POLL}")
        return changes
    wanted = Webhook(_webhook_of(settings), settings.telegram_webhook_secret.get_secret_value())
    change = find_webhook_change(await read_webhook(api), wanted, renews_secret=renews_secret)
    if change is None:
        typer.echo(f"webhook: stands; {_RENEW}")
    return [change, *changes] if change else changes


async def _find_text_changes(api: BotApi, pack: Pack) -> list[Change]:
    translate = pack.catalogs.translate
    return await find_text_changes(api, write_texts(pack.flow, pack.words, translate, pack.catalogs.locales))


def find_obstacle(settings: Settings) -> str:
    """Say why Telegram could not call us; empty when it can. Source: Telegram Bot API, setWebhook."""
    if not settings.has_telegram:
        return "TELEGRAM_WEBHOOK_SECRET is empty"
    if not settings.origin.startswith("https://"):
        return "Telegram calls https addresses only, and FRONTDOOR_PUBLIC_URL is none"
    if (urlsplit(settings.origin).port or PORTS[0]) not in PORTS:
        return f"Telegram calls the ports {', '.join(map(str, PORTS))} only; change FRONTDOOR_PUBLIC_URL"
    return ""


def _webhook_of(settings: Settings) -> str:
    return f"{settings.origin}{name_door('telegram')}"


def _run_with_api(settings: Settings, work: Callable[[BotApi], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_api(settings) as api:
            await work(api)

    asyncio.run(run())


# ─── Judging ──────────────────────────────────────────────────────────────────


def judge_bot(found: Mapping[str, object]) -> Iterator[Finding]:
    """Judge what the bot may do. Source: Telegram Bot API, User."""
    yield Finding("ok", f"bot: @{find_text(found, 'username') or '?'}")
    if found.get("can_join_groups") is True:
        yield Finding(
            "WARN",
            "groups: the bot can be added to them; in BotFather: /setjoingroups, choose the bot, Disable",
        )
    if found.get("can_read_all_group_messages") is True:
        yield Finding(
            "WARN",
            "privacy mode: off, so the bot would read along in groups; in BotFather: /setprivacy, choose the bot, Enable",
        )


def judge_webhook(
    found: Mapping[str, object], settings: Settings, clean: Callable[[str], str], now: datetime
) -> Iterator[Finding]:
    """Judge how updates come to us: by a webhook, or by polling where Telegram cannot call us."""
    url, why_not = found.get("url") or "", find_obstacle(settings)
    if why_not and not url:
        yield Finding("NOTE", f"webhook: none: {why_not}; {_HOW_TO_POLL}")
    elif why_not:
        yield Finding(
            "MEND",
            f"webhook: set to {name_host(url)}, but {why_not}; `frontdoor telegram poll --take-over` ends it",
        )
    else:
        yield _judge_address(found, _webhook_of(settings))
    yield from _judge_ip(found)
    yield from _judge_deliveries(found, clean, now)


def _judge_address(found: Mapping[str, object], wanted: str) -> Finding:
    if not found.get("url"):
        return Finding("MEND", f"webhook: none is set, so nothing arrives at {wanted}; {_MEND}")
    differs = [name for name, stands in compare_webhook(found, wanted).items() if not stands]
    if "address" in differs:
        return Finding("MEND", f"webhook: set to {name_host(found['url'])}, not to {wanted}; {_MEND}")
    if differs:
        return Finding("MEND", f"webhook: {', '.join(differs)} are not ours; {_MEND}")
    return Finding("ok", f"webhook: {wanted}")


def _judge_ip(found: Mapping[str, object]) -> Iterator[Finding]:
    """Telegram resolves the name once in a while and keeps what it got."""
    address = find_text(found, "ip_address")
    if not address:
        return
    try:
        is_public = ip_address(address).is_global
    except ValueError:
        is_public = False
    if not is_public:
        yield Finding("MEND", "webhook: its name leads to no public address; mend the DNS record")


def _judge_deliveries(
    found: Mapping[str, object], clean: Callable[[str], str], now: datetime
) -> Iterator[Finding]:
    waiting = find_whole(found, "pending_update_count") or 0
    yield Finding("WARN" if waiting > _MANY_WAITING else "ok", f"waiting at Telegram: {waiting}")
    at = _read_date(found, "last_error_date")
    if at is not None:
        said = clean(find_text(found, "last_error_message") or "") or "no reason given"
        is_new = now - at < _RECENT
        yield Finding(
            "MEND" if is_new and waiting else "WARN" if is_new else "NOTE",
            f"last failed delivery: {at.isoformat(timespec='minutes')}: {said}",
        )
    at = _read_date(found, "last_synchronization_error_date")
    if at is not None and now - at < _RECENT:
        yield Finding(
            "NOTE",
            f"Telegram had a fault of its own: {at.isoformat(timespec='minutes')}; it fetches the rest",
        )


def judge_texts(changes: list[Change]) -> Iterator[Finding]:
    """Every text that setting up would change."""
    for change in changes:
        yield Finding("MEND", f"{change.says}: not so at Telegram; {_MEND}")
    if not changes:
        yield Finding("ok", "commands and texts: as in flows/ and locales/")


def _read_date(found: Mapping[str, object], key: str) -> datetime | None:
    unix_s = find_whole(found, key)
    try:
        return datetime.fromtimestamp(unix_s, UTC) if unix_s else None
    except (ValueError, OverflowError, OSError):
        return None


# ─── Polling ──────────────────────────────────────────────────────────────────


@contextmanager
def _stopping_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Take SIGINT and SIGTERM as a wish to end, so that what is in hand can be finished first."""
    loop = asyncio.get_running_loop()

    def take(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)

    before = {number: signal.signal(number, take) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
