"""Settings come from the environment or not at all: what is unsafe is refused in one line, without its value."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.errors import ConfigError
from bot.settings import Settings, load_settings

STRONG = "k" * 43
SECRETS = ("line-secret-canary", "line-token-canary", "telegram-token-canary", "pass-canary")
LINE = {"LINE_CHANNEL_SECRET": SECRETS[0], "LINE_CHANNEL_ACCESS_TOKEN": SECRETS[1]}
TELEGRAM = {"TELEGRAM_BOT_TOKEN": SECRETS[2], "TELEGRAM_WEBHOOK_SECRET": STRONG}
PRODUCTION = {"FRONTDOOR_ENV": "production", "FRONTDOOR_PUBLIC_URL": "https://chat.example.org"}
POSTGRES = f"postgresql+asyncpg://front:{SECRETS[3]}@db/front"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    """No setting of this machine, and no `.env` of this checkout."""
    for name in [name for name in os.environ if name.startswith(("FRONTDOOR_", "LINE_", "TELEGRAM_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load(monkeypatch):
    def load_with(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load_with


def test_without_any_setting_it_is_a_demo_on_this_machine_only(load):
    """Nothing listens to the outside, nothing talks to a channel."""
    settings = load()
    assert (settings.env, settings.is_demo) == ("demo", True)
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.office_host, settings.office_port) == ("127.0.0.1", 8081)
    assert (settings.has_line, settings.has_telegram) == (False, False)
    assert settings.data_dir == Path("var")
    assert settings.origin == "http://127.0.0.1:8080"
    assert settings.office_origin == "http://127.0.0.1:8081"


def test_the_database_is_a_file_in_the_data_directory(load, tmp_path):
    """Under an absolute name, because commands are started anywhere."""
    settings = load(FRONTDOOR_DATA_DIR="data")
    assert settings.sqlite_path == tmp_path / "data" / "frontdoor.sqlite3"
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path}/data/frontdoor.sqlite3"


def test_another_database_is_taken_as_it_is(load):
    """PostgreSQL has no file."""
    settings = load(FRONTDOOR_DATABASE_URL=POSTGRES)
    assert settings.database == POSTGRES
    assert settings.sqlite_path is None
    assert load(FRONTDOOR_DATABASE_URL="sqlite+aiosqlite:////srv/a.db").sqlite_path == Path("/srv/a.db")


def test_channels_are_on_when_their_pair_is_whole(load):
    """And off without it."""
    assert load(**LINE).has_line
    assert load(**TELEGRAM).has_telegram


def test_a_bot_without_a_webhook_is_for_fetching_only(load):
    """`serve` opens no door for Telegram: anybody could post there."""
    settings = load(TELEGRAM_BOT_TOKEN=SECRETS[2])
    assert (settings.has_telegram_bot, settings.has_telegram) == (True, False)
    assert load(**TELEGRAM).has_telegram_bot


def test_production_is_told_from_a_demo(load):
    """With the address that people see."""
    settings = load(**PRODUCTION)
    assert not settings.is_demo
    assert settings.origin == "https://chat.example.org"


@pytest.mark.parametrize(
    "url",
    ["https://chat.example.org", "https://chat.example.org/", "http://127.0.0.1:9000", "http://[::1]:9000"],
)
def test_an_origin_is_kept_without_its_slash(load, url):
    """It is put before paths, and compared with what browsers say."""
    assert load(FRONTDOOR_PUBLIC_URL=url).origin == url.rstrip("/")
    assert load(FRONTDOOR_OFFICE_URL=url).office_origin == url.rstrip("/")


@pytest.mark.parametrize("proxies", ["", "10.0.0.5", "10.0.0.5, 10.1.0.0/16,::1"])
def test_real_proxies_are_believed(load, proxies):
    """Addresses and networks, as many as there are."""
    assert load(FRONTDOOR_TRUSTED_PROXIES=proxies).trusted_proxies == proxies


@pytest.mark.parametrize(
    ("environment", "name", "mend"),
    [
        ({"FRONTDOOR_ENV": "prod"}, "FRONTDOOR_ENV", "'demo' or 'production'"),
        ({"FRONTDOOR_PORT": "http"}, "FRONTDOOR_PORT", "valid integer"),
        ({"FRONTDOOR_PORT": ""}, "FRONTDOOR_PORT", "valid integer"),
        ({"FRONTDOOR_PORT": "0"}, "FRONTDOOR_PORT", "greater than or equal to 1"),
        ({"FRONTDOOR_OFFICE_PORT": "65536"}, "FRONTDOOR_OFFICE_PORT", "less than or equal to 65535"),
        ({"FRONTDOOR_PORT": "8081"}, "FRONTDOOR_PORT and FRONTDOOR_OFFICE_PORT", "must differ"),
        ({"FRONTDOOR_DATABASE_URL": f"mysql://u:{SECRETS[3]}@db"}, "FRONTDOOR_DATABASE_URL", "must start with sqlite+aiosqlite:///"),
        ({"FRONTDOOR_TRUSTED_PROXIES": "banana"}, "FRONTDOOR_TRUSTED_PROXIES", "10.0.0.5, 10.1.0.0/16"),
        ({"FRONTDOOR_TRUSTED_PROXIES": "10.0.0.5, *"}, "FRONTDOOR_TRUSTED_PROXIES", "10.0.0.5, 10.1.0.0/16"),
        ({"FRONTDOOR_PUBLIC_URL": "chat.example.org"}, "FRONTDOOR_PUBLIC_URL", "such as https://example.org"),
        ({"FRONTDOOR_PUBLIC_URL": "https://chat.example.org/front"}, "FRONTDOOR_PUBLIC_URL", "without a path"),
        ({"FRONTDOOR_PUBLIC_URL": "https://chat.example.org?a=1"}, "FRONTDOOR_PUBLIC_URL", "without a path"),
        ({"FRONTDOOR_PUBLIC_URL": f"https://u:{SECRETS[3]}@chat.example.org"}, "FRONTDOOR_PUBLIC_URL", "must be an origin"),
        ({"FRONTDOOR_PUBLIC_URL": "https://[bad"}, "FRONTDOOR_PUBLIC_URL", "must be an origin"),
        ({"FRONTDOOR_PUBLIC_URL": "ftp://chat.example.org"}, "FRONTDOOR_PUBLIC_URL", "must be an origin"),
        ({"LINE_API_BASE": "api.line.me"}, "LINE_API_BASE", "must be an origin"),
        ({"TELEGRAM_API_BASE": f"https://api.telegram.org/bot{SECRETS[2]}"}, "TELEGRAM_API_BASE", "without a path"),
        ({"LINE_CHANNEL_SECRET": SECRETS[0]}, "LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN", "set both"),
        ({"LINE_CHANNEL_ACCESS_TOKEN": SECRETS[1]}, "LINE_CHANNEL_ACCESS_TOKEN", "or neither"),
        ({"TELEGRAM_WEBHOOK_SECRET": STRONG}, "TELEGRAM_WEBHOOK_SECRET", "set TELEGRAM_BOT_TOKEN too"),
        ({**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "k" * 42}, "TELEGRAM_WEBHOOK_SECRET", "43 to 256 characters"),
        ({**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "k" * 257}, "TELEGRAM_WEBHOOK_SECRET", "43 to 256 characters"),
        ({**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "k" * 43 + "!"}, "TELEGRAM_WEBHOOK_SECRET", "A-Z a-z 0-9 _ -"),
        # T23: cookies know no ports.
        (
            {**PRODUCTION, "FRONTDOOR_OFFICE_URL": "https://chat.example.org:8443"},
            "FRONTDOOR_OFFICE_URL",
            "a host name of its own",
        ),
        ({"FRONTDOOR_ENV": "production"}, "FRONTDOOR_PUBLIC_URL", "needs an https:// origin"),
        ({**PRODUCTION, "FRONTDOOR_PUBLIC_URL": "http://chat.example.org"}, "FRONTDOOR_PUBLIC_URL", "needs an https:// origin"),
        ({**PRODUCTION, "LINE_API_BASE": "http://api.line.me"}, "LINE_API_BASE", "over https only"),
        ({**PRODUCTION, "LINE_API_BASE": "https://127.0.0.1:9000"}, "LINE_API_BASE", "the real service"),
        ({**PRODUCTION, "TELEGRAM_API_BASE": "https://localhost"}, "TELEGRAM_API_BASE", "the real service"),
    ],
)  # fmt: skip
def test_an_unsafe_setting_is_refused_in_one_line(load, environment, name, mend):
    """It names the setting and the mend, and never shows a value, which may be a secret."""
    with pytest.raises(ConfigError) as refusal:
        load(**environment)
    said = str(refusal.value)
    assert name in said
    assert mend in said
    assert "\n" not in said
    assert not any(secret in said for secret in (*SECRETS, STRONG, "k" * 42))
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_secrets_do_not_show_when_settings_are_printed(load):
    """In a traceback or a debugger's window."""
    settings = load(**LINE, **TELEGRAM, FRONTDOOR_DATABASE_URL=POSTGRES)
    for shown in (repr(settings), str(settings)):
        assert not any(secret in shown for secret in (*SECRETS, STRONG))


def test_settings_cannot_be_changed_while_running(load):
    """What was checked at the start stays so."""
    settings = load()
    with pytest.raises(ValidationError):
        settings.env = "production"


def test_a_file_of_settings_is_read_and_the_environment_wins(load):
    """As the one-command start needs it."""
    Path(".env").write_text("FRONTDOOR_PORT=9000\nFRONTDOOR_OFFICE_PORT=9001\nUNKNOWN=1\n", encoding="utf-8")
    settings = load(FRONTDOOR_PORT="9500")
    assert (settings.port, settings.office_port) == (9500, 9001)


def test_a_file_saved_by_a_windows_editor_is_read_from_its_first_line(load):
    """A byte-order mark must not swallow the first setting."""
    Path(".env").write_bytes(b"\xef\xbb\xbfFRONTDOOR_PORT=9000\r\n# \xe4\xb8\xad\xe6\x96\x87\r\n")
    assert load().port == 9000


def test_a_file_in_another_encoding_is_refused_with_its_mend(load):
    """Big5 comments are no reason for a traceback that shows the file."""
    Path(".env").write_bytes(f"# 中文\nLINE_CHANNEL_SECRET={SECRETS[0]}\n".encode("big5"))
    with pytest.raises(ConfigError, match=r"^\.env: is not UTF-8; save it again") as refusal:
        load()
    assert SECRETS[0] not in str(refusal.value)


def test_what_a_command_overrides_is_checked_too():
    """By the name of the field, as the commands do."""
    assert load_settings(port=9000).port == 9000
    with pytest.raises(ConfigError, match="must differ"):
        load_settings(port=8081)


def test_an_ipv6_address_stands_in_brackets(load):
    """As browsers write it, or nobody's page would be ours."""
    settings = load(FRONTDOOR_HOST="::1", FRONTDOOR_OFFICE_HOST="::1")
    assert (settings.origin, settings.office_origin) == ("http://[::1]:8080", "http://[::1]:8081")
