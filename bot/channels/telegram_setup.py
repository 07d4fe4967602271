"""
Bringing a Telegram bot into the state we want, and saying what is not so.

Look, decide, apply: what Telegram holds already is read first, and only what differs becomes a
`Change`. The token is part of every address, so no address, no exception of the network and no text
of Telegram's leaves here uncleaned. Nothing here sends a message to anybody.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from bot.channels.wire import clean_text, find_text, find_whole, get_object, is_sendable, parse_json
from bot.core.model import Flow
from bot.errors import ChannelError, ConfigError

#: What may reach us, over the webhook and by polling; Telegram keeps the list of the last call.
ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member")
#: Telegram's own default, said aloud so that a lower one of somebody's is mended. 1 to 100.
MAX_CONNECTIONS: Final = 40
#: Way out → command. A command is one of the way's `words` or its id, with `_` for a space, so that what
#: it means stands in the flow alone. In the order in which the menu shows them. /privacy is a name that
#: Telegram reserves for this. Source: Telegram, Standard Bot Privacy Policy, 4.1.
COMMANDS: Final[Mapping[str, str]] = {
    "human": "human",
    "look_up": "look_up",
    "back": "back",
    "change": "change",
    "restart": "restart",
    "language": "language",
    "more": "more",
    "about_me": "privacy",
    "erase": "erase",
    "leave": "leave",
}
#: The ports that Telegram calls. Source: Telegram, Marvin's guide to all things webhook.
PORTS: Final = (443, 80, 88, 8443)
#: Telegram knows languages by ISO 639-1, which has no code for Filipino but one for what it is made of.
_TWO_LETTERS = {"fil": "tl"}
_PRIVATE_CHATS = json.dumps({"type": "all_private_chats"})
_SAID_AT_MOST = 160
#: Addresses, and whatever looks like a bot's token.
_SECRETIVE = re.compile(r"\S+://\S+|\S*\d{5,}:[A-Za-z0-9_-]{20,}\S*")
_OK, _UNAUTHORIZED, _NOT_FOUND, _TOO_MANY, _SERVER_FAULT = 200, 401, 404, 429, 500
_TRIES = 3
_WAIT_AT_MOST_S = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What Telegram answered: a `result` with the code 200, or a refusal and how long to wait."""

    code: int
    result: object = field(default=None, repr=False)
    says: str = ""
    wait_s: float | None = None


class BotApi:
    """
    Calls of the Bot API as they are: parameters in, Telegram's own JSON out.

    Not the library's bot, because its objects raise on what they do not know, and one such update
    would hold up everybody's. ConfigError: there is no usable token.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        api_base: str,
        timeout_s: float = 10.0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if not is_sendable(bot_token):
            raise ConfigError(
                "TELEGRAM_BOT_TOKEN: set the token that BotFather gave, without spaces or line ends"
            )
        for name in ("httpx", "httpcore"):  # at INFO they print addresses
            logging.getLogger(name).setLevel(logging.WARNING)
        self._token = bot_token
        self._address = f"{api_base.rstrip('/')}/bot{bot_token}"
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._http = httpx.AsyncClient()

    async def __aenter__(self) -> Self:
        """Nothing is connected before the first call."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Release the connections."""
        await self.close()

    async def close(self) -> None:
        """Release the connections."""
        await self._http.aclose()

    async def call(
        self, method: str, parameters: Mapping[str, str] | None = None, *, patience_s: float = 0.0
    ) -> Answer:
        """
        Call once; `patience_s` is added to the time an answer may take.

        ChannelError: nothing came back that Telegram would say.
        """
        timeout = httpx.Timeout(self._timeout_s, read=self._timeout_s + patience_s)
        try:
            response = await self._http.post(
                f"{self._address}/{method}", data=dict(parameters or {}), timeout=timeout
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            # `from None`: the exception holds the request, and that the address.
            raise ChannelError(
                f"Telegram: {method}: no answer; look at the network, the proxy and TELEGRAM_API_BASE",
                permanent=False,
            ) from None
        return self._read(method, response.status_code, response.content)

    async def ask(self, method: str, parameters: Mapping[str, str] | None = None) -> object:
        """Call and return the result. Waits when told to, a minute at most. ChannelError: one line with the mend."""
        for _ in range(_TRIES):
            answer = await self.call(method, parameters)
            if answer.code == _OK:
                return answer.result
            if answer.code != _TOO_MANY or (answer.wait_s or 0.0) > _WAIT_AT_MOST_S:
                break
            await self._sleep(answer.wait_s or 1.0)
        raise refuse(method, answer)

    def clean(self, text: str) -> str:
        """Return words of Telegram's on one line, without the token, addresses or what else looks secret."""
        said = " ".join(clean_text(text).split()).replace(self._token, "…")
        return _SECRETIVE.sub("…", said)[:_SAID_AT_MOST]

    def _read(self, method: str, status: int, content: bytes) -> Answer:
        """Source: Telegram Bot API, Making requests."""
        body = parse_json(content)
        if isinstance(body, dict) and body.get("ok") is True and "result" in body:
            return Answer(_OK, body["result"])
        if isinstance(body, dict) and body.get("ok") is False:
            wait_s = find_whole(get_object(body, "parameters"), "retry_after")
            code = find_whole(body, "error_code") or status
            says = self.clean(find_text(body, "description") or "")
            return Answer(code, says=says, wait_s=None if wait_s is None else float(wait_s))
        if status == _OK:
            raise ChannelError(
                f"Telegram: {method}: the answer makes no sense; is TELEGRAM_API_BASE right?",
                permanent=False,
                reached=True,
            )
        return Answer(status)


def refuse(method: str, answer: Answer) -> ChannelError:
    """Say in one line what a refusal means and what to do."""
    if answer.code in {_UNAUTHORIZED, _NOT_FOUND}:
        return ChannelError(
            "Telegram: does not know the token; copy it from BotFather into TELEGRAM_BOT_TOKEN",
            permanent=True,
            halts=True,
        )
    if answer.code == _TOO_MANY:
        return ChannelError(
            f"Telegram: {method}: too many requests; run it again in {answer.wait_s or 60:.0f} s",
            permanent=False,
            retry_after_s=answer.wait_s,
        )
    said = answer.says or "no reason given"
    return ChannelError(
        f"Telegram: {method}: refused: {said} ({answer.code})", permanent=answer.code < _SERVER_FAULT
    )


@dataclass(frozen=True, slots=True)
class Texts:
    """
    What the bot shows by itself in one language. All of it may be seen by bystanders.

    `language` has two letters; empty stands for everybody whose language has no texts of its own.
    An empty `about` or `description` leaves what Telegram has.
    """

    language: str
    commands: tuple[tuple[str, str], ...]
    about: str
    description: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram shall call us, and the secret that it shows."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """One writing call, and what it does in one line without a secret."""

    says: str
    method: str
    parameters: Mapping[str, str] = field(repr=False)


def list_commands(
    flow: Flow, translate: Callable[[str, str, str], str], locale: str
) -> tuple[tuple[str, str], ...]:
    """Return the commands of a flow with what they are called in that language; a way that is missing has none."""
    labels = {str(way.id): way.label for way in flow.ways_out}
    return tuple(
        (command, translate(f"{flow.id}.ways_out.{way}", labels[way], locale))
        for way, command in COMMANDS.items()
        if way in labels
    )


def find_language(locale: str) -> str:
    """Return the two letters under which Telegram knows a language; empty when it has none."""
    language = locale.replace("-", "_").partition("_")[0].lower()
    language = _TWO_LETTERS.get(language, language)
    return language if re.fullmatch("[a-z]{2}", language) else ""


def write_texts(
    flow: Flow,
    words: Mapping[str, str],
    translate: Callable[[str, str, str], str],
    locales: Sequence[str],
) -> tuple[Texts, ...]:
    """Write the texts of every language that Telegram knows; the first of `locales` is for everybody else too."""
    source, *others = locales
    codes = {source: "", **{locale: find_language(locale) for locale in others}}

    def say(key: str, locale: str) -> str:
        return translate(f"interface.{key}", words.get(key, ""), locale)

    return tuple(
        Texts(
            code,
            list_commands(flow, translate, locale),
            about=say("tg_about", locale),
            description=say("tg_description", locale),
        )
        for locale, code in codes.items()
        if code or locale == source
    )


async def find_text_changes(api: BotApi, texts: Sequence[Texts]) -> list[Change]:
    """Compare what the bot shows with what it should show."""
    return [change for one in texts for change in await _compare(api, one)]


async def _compare(api: BotApi, wanted: Texts) -> list[Change]:
    language = {"language_code": wanted.language} if wanted.language else {}
    named = f"({wanted.language or 'everybody else'})"
    changes = []
    if await _read_commands(api, language) != wanted.commands:
        listed = " ".join(f"/{command}" for command, _ in wanted.commands)
        rows = [{"command": command, "description": label} for command, label in wanted.commands]
        parameters = {"commands": _write(rows), "scope": _PRIVATE_CHATS, **language}
        changes.append(Change(f"commands {named}: {listed}", "setMyCommands", parameters))
    for kind, key, said in (
        ("ShortDescription", "short_description", wanted.about),
        ("Description", "description", wanted.description),
    ):
        found = await api.ask(f"getMy{kind}", language)
        if said and (find_text(found, key) if isinstance(found, dict) else None) != said:
            named_text = f"{key.replace('_', ' ')} {named}: {said}"
            changes.append(Change(named_text, f"setMy{kind}", {key: said, **language}))
    return changes


async def _read_commands(api: BotApi, language: Mapping[str, str]) -> tuple[tuple[object, object], ...]:
    found = await api.ask("getMyCommands", {"scope": _PRIVATE_CHATS, **language})
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return tuple((one.get("command"), one.get("description")) for one in rows)


async def read_webhook(api: BotApi) -> dict[str, object]:
    """Return what Telegram tells about the webhook. Source: Telegram Bot API, WebhookInfo."""
    found = await api.ask("getWebhookInfo")
    return found if isinstance(found, dict) else {}


def find_webhook_change(
    found: Mapping[str, object], wanted: Webhook, *, renews_secret: bool = False
) -> Change | None:
    """
    Compare the webhook with what it should be; None: it stands.

    The secret cannot be read back, so a new one alone is not seen: `renews_secret` sets it anew.
    """
    differs = [name for name, stands in compare_webhook(found, wanted.url).items() if not stands]
    if renews_secret and not differs:
        differs = ["secret"]
    if not differs:
        return None
    parameters = {
        "url": wanted.url,
        "secret_token": wanted.secret,
        "allowed_updates": _write(ALLOWED_UPDATES),
        "max_connections": str(MAX_CONNECTIONS),
        "drop_pending_updates": "false",  # what people wrote meanwhile is waiting there
    }
    return Change(f"webhook: {wanted.url} ({', '.join(differs)})", "setWebhook", parameters)


def compare_webhook(found: Mapping[str, object], url: str) -> dict[str, bool]:
    """Say of each part of the webhook whether it is as we want it; an address that differs tells no more."""
    if found.get("url") != url:
        return {"address": False}
    kinds = found.get("allowed_updates")
    return {
        "address": True,
        "kinds of update": isinstance(kinds, list) and set(map(str, kinds)) == set(ALLOWED_UPDATES),
        "connections": found.get("max_connections", MAX_CONNECTIONS) == MAX_CONNECTIONS,
    }


def name_host(url: object) -> str:
    """Name the host of an address; the rest of it may be somebody's secret."""
    try:
        return urlsplit(str(url)).hostname or "an address of no host"
    except ValueError:
        return "an address of no host"


def _write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
