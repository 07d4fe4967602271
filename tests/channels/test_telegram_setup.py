"""`frontdoor telegram setup` and `check`: the bot becomes what we want, once, and says what it is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.channels.telegram_setup import (
    ALLOWED_UPDATES,
    COMMANDS,
    BotApi,
    Change,
    find_language,
    name_host,
    write_texts,
)
from bot.commands.telegram import check_telegram, find_obstacle, judge_webhook, set_up_telegram
from bot.core.model import WayOut
from bot.errors import ChannelError, ConfigError
from bot.pack import load_pack
from bot.settings import Settings
from bot.voice.catalogs import Catalogs
from tests.fakes.serving import Fault
from tests.fakes.telegram_server import FakeTelegramServer

SECRET = "w" * 43
ORIGIN = "https://chat.example.org"
WEBHOOK = f"{ORIGIN}/telegram/webhook"
PRIVATE = "all_private_chats"
WAYS = tuple(
    WayOut(way, label, "overlay", words)
    for way, label, words in (("human", "找真人", ("真人",)), ("look_up", "查資料", ()), ("odd", "別的", ()))
)
WORDS = {"tg_about": "備忘", "tg_description": "打一句話就可以開始。"}
ENGLISH = {
    ("frontdoor.ways_out.human", "找真人"): "Talk to a person",
    ("frontdoor.ways_out.look_up", "查資料"): "Look things up",
    ("interface.tg_about", "備忘"): "Notes",
    ("interface.tg_description", "打一句話就可以開始。"): "Write anything to begin.",
}
PACK: Any = SimpleNamespace(
    flow=SimpleNamespace(id="frontdoor", ways_out=WAYS),
    words=WORDS,
    catalogs=Catalogs({"en": ENGLISH, "fil": {}, "nan": {}}),
)
LABELS = [
    {"command": "human", "description": "找真人"},
    {"command": "look_up", "description": "查資料"},
]

Run = Callable[..., Awaitable[str]]


def make(telegram: FakeTelegramServer, **more: Any) -> Settings:
    fields = {
        "telegram_bot_token": telegram.token,
        "telegram_webhook_secret": SECRET,
        "telegram_api_base": telegram.base_url,
        "public_url": ORIGIN,
        **more,
    }
    return Settings(_env_file=None, **fields)  # type: ignore[call-arg]


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the developer."""
    monkeypatch.chdir(tmp_path)
    for one in Settings.model_fields.values():
        monkeypatch.delenv(str(one.alias), raising=False)


@pytest.fixture
def set_up(telegram: FakeTelegramServer, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command beside the fake, as in a program of its own; returns what it printed."""

    async def run(*, dry_run: bool = False, renews_secret: bool = False, **more: Any) -> str:
        settings = make(telegram, **more)
        await asyncio.to_thread(
            set_up_telegram, settings, dry_run=dry_run, renews_secret=renews_secret, pack=PACK
        )
        return capsys.readouterr().out

    return run


@pytest.fixture
def check(telegram: FakeTelegramServer, capsys: pytest.CaptureFixture[str]) -> Callable[..., Awaitable[Any]]:
    async def run(**more: Any) -> tuple[int, str]:
        status = await asyncio.to_thread(check_telegram, make(telegram, **more), pack=PACK)
        return status, capsys.readouterr().out

    return run


# ─── Setting up ───────────────────────────────────────────────────────────────


async def test_a_new_bot_gets_webhook_commands_and_texts(telegram: FakeTelegramServer, set_up: Run) -> None:
    """Each change is one line; nothing that waits is dropped."""
    told = await set_up()
    console = telegram.console
    assert console.webhook["url"] == WEBHOOK
    assert (console.secret_token, console.allowed) == (SECRET, set(ALLOWED_UPDATES))
    assert console.commands[PRIVATE, ""] == LABELS
    assert console.commands[PRIVATE, "en"][0] == {"command": "human", "description": "Talk to a person"}
    assert console.texts["short_description", ""] == "備忘"
    assert console.texts["description", "en"] == "Write anything to begin."
    assert len(told.splitlines()) == len(console.published) == 1 + 3 * 3
    assert told.startswith(f"set webhook: {WEBHOOK}")
    raw = next(one.raw.decode() for one in telegram.requests if one.path.endswith("/setWebhook"))
    assert "drop_pending_updates=false" in raw


async def test_the_second_run_changes_nothing(telegram: FakeTelegramServer, set_up: Run) -> None:
    """And says so, and that a new secret would not be seen."""
    await set_up()
    telegram.console.published.clear()
    told = await set_up()
    assert telegram.console.published == []
    assert told.endswith("nothing to change\n")
    assert "--renew-secret" in told


async def test_a_dry_run_says_the_same_and_changes_nothing(telegram: FakeTelegramServer, set_up: Run) -> None:
    """Only reading calls are made."""
    would = await set_up(dry_run=True)
    assert telegram.console.published == []
    assert {one.path.rsplit("/", 1)[-1][:3] for one in telegram.requests} == {"get"}
    assert would.replace("would set", "set") == await set_up()


async def test_only_what_differs_is_set_again(telegram: FakeTelegramServer, set_up: Run) -> None:
    """Somebody changed a text in BotFather, and another program asked for other updates."""
    await set_up()
    telegram.console.texts["description", "en"] = "Something else"
    telegram.console.allowed = {"message"}
    telegram.console.published.clear()
    told = await set_up()
    assert telegram.console.published == ["setWebhook", "set description"]
    assert "webhook" in told.splitlines()[0]
    assert "kinds of update" in told.splitlines()[0]


@pytest.mark.parametrize(
    "webhook", [{"url": "https://old.example.org/x"}, {"url": WEBHOOK, "max_connections": 1}]
)
async def test_a_webhook_that_differs_is_set_anew(
    telegram: FakeTelegramServer, set_up: Run, webhook: dict[str, Any]
) -> None:
    """An address of before, or fewer connections than people need."""
    await set_up()
    telegram.console.webhook = webhook
    await set_up()
    assert telegram.console.webhook["url"] == WEBHOOK
    assert telegram.console.webhook["max_connections"] == 40


async def test_a_new_secret_is_set_when_asked_for(telegram: FakeTelegramServer, set_up: Run) -> None:
    """It cannot be read back, so it is not seen otherwise."""
    await set_up()
    await set_up(telegram_webhook_secret="n" * 43)
    assert telegram.console.secret_token == SECRET
    told = await set_up(telegram_webhook_secret="n" * 43, renews_secret=True)
    assert telegram.console.secret_token == "n" * 43
    assert told == f"set webhook: {WEBHOOK} (secret)\n"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"public_url": ""}, "https addresses only"),
        ({"public_url": "http://127.0.0.1:8080"}, "https addresses only"),
        ({"public_url": "https://chat.example.org:9443"}, "the ports 443, 80, 88, 8443"),
        ({"telegram_webhook_secret": ""}, "TELEGRAM_WEBHOOK_SECRET is empty"),
    ],
)
async def test_without_a_public_address_it_names_polling(
    telegram: FakeTelegramServer, set_up: Run, more: dict[str, str], says: str
) -> None:
    """The rest is set all the same."""
    told = await set_up(**more)
    assert says in told.splitlines()[0]
    assert "frontdoor telegram poll" in told.splitlines()[0]
    assert telegram.console.webhook == {}
    assert telegram.console.commands[PRIVATE, ""] == LABELS


async def test_no_secret_is_printed(telegram: FakeTelegramServer, set_up: Run) -> None:
    """Neither the token nor the webhook's secret, nor in what a change shows of itself."""
    told = await set_up()
    assert telegram.token not in told
    assert SECRET not in told
    assert SECRET not in repr(Change("x", "setWebhook", {"secret_token": SECRET}))


async def test_a_text_that_a_pack_does_not_have_is_left_alone(
    telegram: FakeTelegramServer, set_up: Run
) -> None:
    """Whoever wrote one in BotFather keeps it."""
    telegram.console.texts["description", ""] = "own"
    pack = SimpleNamespace(flow=PACK.flow, words={}, catalogs=Catalogs({}))
    settings = make(telegram)
    await asyncio.to_thread(set_up_telegram, settings, dry_run=False, renews_secret=False, pack=pack)
    assert telegram.console.texts == {("description", ""): "own"}


# ─── When Telegram does not do it ─────────────────────────────────────────────


async def test_a_wait_is_kept_and_then_it_goes_on(telegram: FakeTelegramServer) -> None:
    """Many texts at once are too many for Telegram."""
    body = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}}'
    telegram.fail_next(Fault(429, body=body), Fault(429, body=body))
    waits: list[float] = []

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)

    async with BotApi(bot_token=telegram.token, api_base=telegram.base_url, sleep=sleep) as api:
        await api.ask("getMe")
    assert waits == [7.0, 7.0]


@pytest.mark.parametrize(
    ("code", "more", "says", "permanent"),
    [
        (429, ',"parameters":{"retry_after":3600}', "too many requests; run it again in 3600 s", False),
        (429, "", "run it again in 60 s", False),
        (401, "", "TELEGRAM_BOT_TOKEN", True),
        (404, "", "TELEGRAM_BOT_TOKEN", True),
        (400, ',"description":"Bad Request: no"', "getMe: refused: Bad Request: no (400)", True),
        (500, "", "getMe: refused: no reason given (500)", False),
    ],
)
async def test_a_refusal_says_what_to_do(
    telegram: FakeTelegramServer, code: int, more: str, says: str, *, permanent: bool
) -> None:
    """In one line."""
    body = f'{{"ok":false,"error_code":{code}{more}}}'.encode()
    telegram.fail_next(*[Fault(code, body=body)] * 3)

    async def sleep(_: float) -> None:
        return

    async with BotApi(bot_token=telegram.token, api_base=telegram.base_url, sleep=sleep) as api:
        with pytest.raises(ChannelError) as refusal:
            await api.ask("getMe")
    assert says in str(refusal.value)
    assert refusal.value.permanent is permanent


@pytest.mark.parametrize("fault", [Fault(drop="before"), Fault(drop="after"), Fault(body=b"<html>")])
async def test_a_network_that_fails_says_where_to_look(telegram: FakeTelegramServer, fault: Fault) -> None:
    """Without the address, which holds the token."""
    telegram.fail_next(fault)
    async with BotApi(bot_token=telegram.token, api_base=telegram.base_url) as api:
        with pytest.raises(ChannelError, match="TELEGRAM_API_BASE") as refusal:
            await api.ask("getMe")
    assert telegram.token not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


async def test_words_of_telegrams_are_cleaned(telegram: FakeTelegramServer) -> None:
    """They may hold an address, and an address a token."""
    async with BotApi(bot_token=telegram.token, api_base=telegram.base_url) as api:
        said = api.clean(
            f"Wrong response\nfrom {ORIGIN}/telegram?x={SECRET} /bot{telegram.token}/x "
            "bot987654321:AAaaBBbbCCccDDddEEeeFFffGGgg: 403 Forbidden " + "x" * 200
        )
    assert said.startswith("Wrong response from … /bot…/x … 403 Forbidden xxx")
    assert len(said) == 160


@pytest.mark.parametrize("token", ["", "12 34", "12\n"])
def test_without_a_token_nothing_is_called(token: str) -> None:
    """The setting is named."""
    with pytest.raises(ConfigError, match="TELEGRAM_BOT_TOKEN"):
        BotApi(bot_token=token, api_base="https://api.telegram.org")


# ─── Checking ─────────────────────────────────────────────────────────────────


async def test_a_bot_that_was_set_up_is_well(
    telegram: FakeTelegramServer, set_up: Run, check: Callable[..., Awaitable[Any]]
) -> None:
    """Nothing is asked for, and nothing is changed."""
    await set_up()
    telegram.console.published.clear()
    status, told = await check()
    assert (status, telegram.console.published) == (0, [])
    assert {line[:4] for line in told.splitlines()} == {"ok  "}
    assert "@frontdoor_bot" in told


async def test_a_bot_without_a_webhook_is_well_where_it_is_polled(
    telegram: FakeTelegramServer, set_up: Run, check: Callable[..., Awaitable[Any]]
) -> None:
    """It is said how updates come."""
    await set_up(telegram_webhook_secret="")
    status, told = await check(telegram_webhook_secret="")
    assert status == 0
    assert "NOTE webhook: none" in told
    assert "frontdoor telegram poll" in told


async def test_a_new_bot_needs_everything(check: Callable[..., Awaitable[Any]]) -> None:
    """And is told how to get it."""
    status, told = await check()
    assert status == 1
    assert "MEND webhook: none is set" in told
    assert "MEND commands (everybody else)" in told
    assert told.count("frontdoor telegram setup") == 10


async def test_groups_and_reading_along_are_to_be_switched_off(
    telegram: FakeTelegramServer, set_up: Run, check: Callable[..., Awaitable[Any]]
) -> None:
    """Only BotFather can do it, so its words are told."""
    await set_up()
    telegram.console.me = {"can_join_groups": True, "can_read_all_group_messages": True}
    status, told = await check()
    assert status == 1
    assert "/setjoingroups" in told
    assert "/setprivacy" in told


@pytest.mark.parametrize(
    ("webhook", "more", "says"),
    [
        ({"url": "https://old.example.org/secret-path"}, {}, "MEND webhook: set to old.example.org, not to"),
        ({"url": "https://[bad/"}, {}, "MEND webhook: set to an address of no host"),
        ({"url": WEBHOOK, "max_connections": 1}, {}, "MEND webhook: connections are not ours"),
        ({"url": WEBHOOK, "ip_address": "10.0.0.5"}, {}, "MEND webhook: its name leads to no public address"),
        ({"url": WEBHOOK, "ip_address": "?"}, {}, "MEND webhook: its name leads to no public address"),
        ({"url": WEBHOOK}, {"telegram_webhook_secret": ""}, "--take-over"),
        ({"url": WEBHOOK, "pending_update_count": 101}, {}, "WARN waiting at Telegram: 101"),
    ],
)
async def test_a_webhook_that_is_not_ours_is_told(
    telegram: FakeTelegramServer,
    set_up: Run,
    check: Callable[..., Awaitable[Any]],
    webhook: dict[str, Any],
    more: dict[str, str],
    says: str,
) -> None:
    """The host alone: the rest of an address may be a secret."""
    await set_up()
    telegram.console.webhook = webhook
    status, told = await check(**more)
    assert status == 1
    assert says in told
    assert "secret-path" not in told


@pytest.mark.parametrize(
    ("ago_s", "waiting", "level"), [(60, 3, "MEND"), (60, 0, "WARN"), (7200, 3, "NOTE"), (7200, 0, "NOTE")]
)
async def test_a_failed_delivery_is_told_with_its_day_and_without_addresses(
    telegram: FakeTelegramServer,
    set_up: Run,
    check: Callable[..., Awaitable[Any]],
    ago_s: int,
    waiting: int,
    level: str,
) -> None:
    """A fault of now with people waiting is to be mended; one of yesterday is told."""
    await set_up()
    telegram.console.webhook |= {
        "pending_update_count": waiting,
        "last_error_date": int(time.time()) - ago_s,
        "last_error_message": f"Wrong response from the webhook {WEBHOOK}?{SECRET}: 403 Forbidden",
    }
    status, told = await check()
    line = next(line for line in told.splitlines() if "last failed delivery" in line)
    assert line.startswith(level)
    assert line.endswith("Wrong response from the webhook … 403 Forbidden")
    assert status == (1 if level in {"MEND", "WARN"} else 0)
    assert SECRET not in told


def test_odd_answers_are_judged_and_not_tripped_over() -> None:
    """Dates beyond time, counts that are none, a fault of Telegram's own."""
    settings = Settings(_env_file=None, telegram_bot_token="1:x")  # type: ignore[call-arg]
    odd = {"pending_update_count": "many", "last_error_date": 10**18}
    now = datetime.now(UTC)
    judged = list(judge_webhook(odd, settings, str, now))
    assert [one.is_well for one in judged] == [True, True]
    late = {"last_synchronization_error_date": int(now.timestamp()), "last_error_date": int(now.timestamp())}
    lines = [one.line for one in judge_webhook(late, settings, str, now)]
    assert any(line.endswith("no reason given") for line in lines)
    assert any(line.startswith("Telegram had a fault of its own") for line in lines)


async def test_answers_that_are_no_objects_are_judged_too(
    telegram: FakeTelegramServer, check: Callable[..., Awaitable[Any]]
) -> None:
    """A proxy that says yes to everything."""
    telegram.fail_next(*[Fault(body=b'{"ok":true,"result":true}')] * 20)
    status, told = await check()
    assert status == 1
    assert "bot: @?" in told


# ─── The words ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("locale", "code"), [("en", "en"), ("vi_VN", "vi"), ("pt-BR", "pt"), ("fil", "tl"), ("nan", ""), ("", "")]
)
def test_telegram_knows_languages_by_two_letters(locale: str, code: str) -> None:
    """Who has no such code gets everybody else's texts."""
    assert find_language(locale) == code


def test_a_language_without_a_code_has_no_texts_of_its_own() -> None:
    """Instead of a refusal in the middle of the work."""
    texts = write_texts(PACK.flow, PACK.words, PACK.catalogs.translate, PACK.catalogs.locales)
    assert [one.language for one in texts] == ["", "en", "tl"]


def test_every_command_is_a_word_of_its_way_out() -> None:
    """What it means stands in the flow, which hears a command as words."""
    ways = {way.id: way for way in load_pack().flow.ways_out}
    assert set(COMMANDS) <= set(ways)
    for way, command in COMMANDS.items():
        heard = command.replace("_", " ")
        assert heard in ways[way].words or command == way


def test_every_text_of_ours_fits_into_telegrams_limits() -> None:
    """In every language. Source: Telegram Bot API, BotCommand, setMyDescription, setMyShortDescription."""
    pack = load_pack()
    for one in write_texts(pack.flow, pack.words, pack.catalogs.translate, pack.catalogs.locales):
        assert len(one.about) <= 120
        assert len(one.description) <= 512
        assert 1 <= len(one.commands) <= 32
        for command, label in one.commands:
            assert 1 <= len(command) <= 32
            assert set(command) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
            assert 1 <= len(label) <= 256


def test_the_host_of_an_address_is_all_that_is_told() -> None:
    assert name_host("https://bot:pass@chat.example.org/123:token") == "chat.example.org"
    assert name_host("") == "an address of no host"


def test_a_public_address_has_no_obstacle(telegram: FakeTelegramServer) -> None:
    assert find_obstacle(make(telegram)) == ""
    assert find_obstacle(make(telegram, public_url="https://chat.example.org:8443")) == ""
