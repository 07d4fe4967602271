"""What people are told: the conversation, the facts in it, its languages, who answers for it, and the channels it goes by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from bot.core.taipei import TAIPEI
from bot.errors import ConfigError
from bot.pack import Pack, find_data, load_pack
from bot.settings import Settings
from bot.voice.catalogs import DOMAIN, SOURCE_LOCALE
from bot.wiring.checking import find_pack_issues
from bot.wiring.checks.finding import Finding, attempt, refuse, warn, well
from bot.wiring.common import has_receiver, refuse_nameless, utc_now
from bot.wiring.understanding import load_understanding

_REVIEW: Final = "X-Review-Status"
#: Source: LINE Developers console: a channel secret is 32 hexadecimal digits; tokens are far longer than 100 characters.
_LINE_SECRET: Final = re.compile(r"[0-9a-f]{32}")
_LINE_TOKEN: Final = re.compile(r"[A-Za-z0-9+/=._-]{100,}")
#: Source: Telegram Bot API, "Authorizing your bot".
_TELEGRAM_TOKEN: Final = re.compile(r"[0-9]{6,}:[A-Za-z0-9_-]{30,}")


def check_content(settings: Settings) -> Iterator[Finding]:
    """Everything that stands in `flows/` and `locales/`."""
    pack, today = load_pack(), utc_now().astimezone(TAIPEI).date()
    yield from _check_flow(pack, today)
    yield from _check_directory(pack, today)
    yield from _check_languages(pack)
    yield attempt("flow", _try_understanding)
    yield attempt("operator", lambda: _find_operator(settings, pack))


def _try_understanding() -> str:
    load_understanding()
    return "own words are understood"


def _check_flow(pack: Pack, today: date) -> Iterator[Finding]:
    issues = find_pack_issues(pack, today)
    errors = [one for one in issues if one.severity == "error"]
    if errors:
        yield refuse(
            "flow",
            f"{len(errors)} errors, such as {errors[0].rule} at {errors[0].where}",
            "run `frontdoor flow check`",
        )
    elif issues:
        yield warn("flow", f"{len(issues)} warnings", "run `frontdoor flow check`")
    else:
        yield well("flow", "0 issues")


def _check_directory(pack: Pack, today: date) -> Iterator[Finding]:
    overdue = [place for place, one in pack.knowledge.entries() if one.recheck_by < today]
    undialled = [
        one.id
        for one in pack.knowledge.contacts.values()
        if one.show != "no" and one.number and one.phone_checked_on is None
    ]
    if overdue:
        yield warn(
            "directory",
            f"overdue, so hidden: {', '.join(overdue[:5])} ({len(overdue)})",
            "run `frontdoor directory check`, look at each source",
        )
    if undialled:
        yield warn(
            "directory",
            f"{len(undialled)} numbers were never dialled",
            "call them; `frontdoor directory check` lists them",
        )
    if not (overdue or undialled):
        yield well("directory", "nothing is overdue, every number was dialled")


def _check_languages(pack: Pack) -> Iterator[Finding]:
    """Each catalogue says itself who has read it."""
    yield well("languages", f"{SOURCE_LOCALE}: the source")
    for locale, status in read_reviews(find_data("locales")).items():
        if locale not in pack.catalogs.locales:
            continue
        if status.startswith("reviewed"):
            yield well("languages", f"{locale}: {status}")
        else:
            yield warn(
                "languages",
                f"{locale}: {status}",
                "have it read by somebody who counsels in it (docs/translators.md)",
            )


def read_reviews(folder: Path) -> Mapping[str, str]:
    """Read what each catalogue says about its review, by language."""
    found = {}
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        with path.open("rb") as file:
            headers = dict(read_po(file).mime_headers)
        found[path.parts[-3]] = (
            headers.get(_REVIEW, "") or _read_header(path) or "nobody has said that it was read"
        )
    return found


def _read_header(path: Path) -> str:
    """Babel drops headers that it does not know."""
    found = re.search(rf'"{_REVIEW}: (.*?)\\n"', path.read_text("utf-8"))
    return found[1] if found else ""


def _find_operator(settings: Settings, pack: Pack) -> str:
    if not settings.is_demo:
        refuse_nameless(pack)
        if not has_receiver(pack):
            raise ConfigError(
                "flows/operator.toml [receiver]: say unit, phone and hours; until then no handoff is taken"
            )
    return pack.operator or "nobody (demo)"


def check_channels(settings: Settings) -> Iterator[Finding]:
    """Whether what is set for LINE and Telegram can be right. Nobody is asked: `line check` and `telegram check` do that."""
    yield from _check_line(settings)
    yield from _check_telegram(settings)
    ways = [
        name
        for name, is_on in (("e-mail", settings.has_notice_mail), ("webhook", settings.has_notice_webhook))
        if is_on
    ]
    yield well("notices", ", ".join(ways) or "off (the alarm is on the office pages only)")


def _check_line(settings: Settings) -> Iterator[Finding]:
    if not settings.has_line:
        yield well("LINE", "off")
        return
    secret, token = settings.line_channel_secret, settings.line_channel_access_token
    odd = [
        name
        for name, value, form in (
            ("LINE_CHANNEL_SECRET", secret, _LINE_SECRET),
            ("LINE_CHANNEL_ACCESS_TOKEN", token, _LINE_TOKEN),
        )
        if not form.fullmatch(value.get_secret_value())
    ]
    yield from _judge("LINE", odd, settings)


def _check_telegram(settings: Settings) -> Iterator[Finding]:
    if not settings.has_telegram_bot:
        yield well("Telegram", "off")
        return
    is_odd = not _TELEGRAM_TOKEN.fullmatch(settings.telegram_bot_token.get_secret_value())
    yield from _judge("Telegram", ["TELEGRAM_BOT_TOKEN"] if is_odd else [], settings)


def _judge(channel: str, odd: list[str], settings: Settings) -> Iterator[Finding]:
    if odd:
        yield warn(
            channel, f"on, but {' and '.join(odd)} does not look like one", "copy it again, nothing around it"
        )
    elif not settings.origin.startswith("https://"):
        yield warn(
            channel,
            "on, but it calls https addresses only",
            "set FRONTDOOR_PUBLIC_URL, or fetch with `frontdoor telegram poll`",
        )
    else:
        yield well(channel, f"on; ask it with `frontdoor {channel.lower()} check`")
