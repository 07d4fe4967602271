"""
The settings, read once from the environment and `.env`, and refused when unsafe.

Source: the outside contract, documented in docs/operators.md (generated table, tested).
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import ConfigError

SQLITE_PREFIX = "sqlite+aiosqlite:///"
POSTGRES_PREFIX = "postgresql+asyncpg://"
#: Telegram allows 1 to 256 characters; 43 of this alphabet carry 256 bits. Source: Bot API, setWebhook.
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{43,256}")
_ORIGIN = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/*")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Settings(BaseSettings):
    """Frozen settings. Build them with `load_settings`, which turns every fault into one line."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, populate_by_name=True
    )

    env: Literal["demo", "production"] = Field(
        "demo", alias="FRONTDOOR_ENV", description="`demo` or `production`; production refuses demo keys"
    )
    host: str = Field("127.0.0.1", alias="FRONTDOOR_HOST", description="public listener of `serve`")
    port: int = Field(8080, alias="FRONTDOOR_PORT", ge=1, le=65535, description="public port of `serve`")
    office_host: str = Field(
        "127.0.0.1", alias="FRONTDOOR_OFFICE_HOST", description="staff listener of `office`"
    )
    office_port: int = Field(
        8081, alias="FRONTDOOR_OFFICE_PORT", ge=1, le=65535, description="staff port of `office`"
    )
    office_url: str = Field(
        "",
        alias="FRONTDOOR_OFFICE_URL",
        description="https origin where staff reach the back office; http://host:port if empty",
    )
    trusted_proxies: str = Field(
        "",
        alias="FRONTDOOR_TRUSTED_PROXIES",
        description="addresses of our own TLS proxies, comma-separated: their X-Forwarded-For is believed",
    )
    data_dir: Path = Field(
        Path("var"), alias="FRONTDOOR_DATA_DIR", description="keys, embedded database, recipients"
    )
    database_url: str = Field(
        "",
        alias="FRONTDOOR_DATABASE_URL",
        repr=False,  # it may hold a password
        description="`sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`; SQLite in the data dir if empty",
    )
    public_url: str = Field(
        "",
        alias="FRONTDOOR_PUBLIC_URL",
        description="https origin used in links sent to people; http://host:port if empty",
    )
    line_channel_secret: SecretStr = Field(
        SecretStr(""), alias="LINE_CHANNEL_SECRET", description="LINE: proves that a webhook is from LINE"
    )
    line_channel_access_token: SecretStr = Field(
        SecretStr(""), alias="LINE_CHANNEL_ACCESS_TOKEN", description="LINE: lets us reply"
    )
    line_api_base: str = Field(
        "https://api.line.me",
        alias="LINE_API_BASE",
        description="LINE: base URL of api and api-data (for a fake)",
    )
    telegram_bot_token: SecretStr = Field(
        SecretStr(""),
        alias="TELEGRAM_BOT_TOKEN",
        description="Telegram: lets us send; alone it serves `telegram poll`, without a webhook",
    )
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""),
        alias="TELEGRAM_WEBHOOK_SECRET",
        description="Telegram: proves that a webhook is from Telegram; 43 characters or more of A-Z a-z 0-9 _ -",
    )
    telegram_api_base: str = Field(
        "https://api.telegram.org", alias="TELEGRAM_API_BASE", description="Telegram: base URL (for a fake)"
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith((SQLITE_PREFIX, POSTGRES_PREFIX)):
            raise ValueError(f"must start with {SQLITE_PREFIX} or {POSTGRES_PREFIX}")
        return value

    @field_validator("line_api_base", "telegram_api_base", "public_url", "office_url")
    @classmethod
    def _plain_origin(cls, value: str) -> str:
        if value and not _ORIGIN.fullmatch(value):
            raise ValueError("must be an origin such as https://example.org, without a path")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _pairs_are_whole(self) -> Self:
        secret, token = self.line_channel_secret, self.line_channel_access_token
        if bool(secret.get_secret_value()) != bool(token.get_secret_value()):
            raise ValueError("set both LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN, or neither")
        if self.telegram_webhook_secret.get_secret_value() and not self.has_telegram_bot:
            raise ValueError("TELEGRAM_WEBHOOK_SECRET: set TELEGRAM_BOT_TOKEN too, or neither")
        return self

    @model_validator(mode="after")
    def _telegram_secret_is_strong(self) -> Self:
        secret = self.telegram_webhook_secret.get_secret_value()
        if secret and not _TELEGRAM_SECRET.fullmatch(secret):
            raise ValueError("TELEGRAM_WEBHOOK_SECRET: use 43 to 256 characters of A-Z a-z 0-9 _ -")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _real_addresses(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            try:
                ip_network(part)
            except ValueError:
                raise ValueError("write addresses or networks such as 10.0.0.5, 10.1.0.0/16") from None
        return value

    @model_validator(mode="after")
    def _listeners_are_apart(self) -> Self:
        if self.port == self.office_port:
            raise ValueError("FRONTDOOR_PORT and FRONTDOOR_OFFICE_PORT must differ")
        return self

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if self.env != "production":
            return self
        if not self.public_url.startswith("https://"):
            raise ValueError("FRONTDOOR_PUBLIC_URL: production needs an https:// origin")
        for name, base in (
            ("LINE_API_BASE", self.line_api_base),
            ("TELEGRAM_API_BASE", self.telegram_api_base),
        ):
            if not base.startswith("https://") or urlsplit(base).hostname in _LOOPBACK:
                raise ValueError(f"{name}: production talks to the real service over https only")
        return self

    @property
    def has_line(self) -> bool:
        """Whether LINE is switched on."""
        return bool(self.line_channel_secret.get_secret_value())

    @property
    def has_telegram(self) -> bool:
        """Whether Telegram is switched on for `serve`: it may call our webhook."""
        return self.has_telegram_bot and bool(self.telegram_webhook_secret.get_secret_value())

    @property
    def has_telegram_bot(self) -> bool:
        """Whether there is a bot to speak as; without a webhook its updates are fetched."""
        return bool(self.telegram_bot_token.get_secret_value())

    @property
    def is_demo(self) -> bool:
        """Whether pages, commands and exports must say DEMO."""
        return self.env == "demo"

    @property
    def origin(self) -> str:
        """The origin used in links and to tell our own pages from others."""
        return self.public_url or _origin_of(self.host, self.port)

    @property
    def office_origin(self) -> str:
        """The origin at which staff reach the back office."""
        return self.office_url or _origin_of(self.office_host, self.office_port)

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database_url or f"{SQLITE_PREFIX}{(self.data_dir / 'frontdoor.sqlite3').absolute()}"

    @property
    def sqlite_path(self) -> Path | None:
        """The embedded database's file; None on PostgreSQL."""
        if not self.database.startswith(SQLITE_PREFIX):
            return None
        return Path(self.database.removeprefix(SQLITE_PREFIX))


def _origin_of(host: str, port: int) -> str:
    """Say where we listen as a browser writes it: an IPv6 address stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def load_settings(**overrides: object) -> Settings:
    """Read the environment. ConfigError: one line with the cause and the mend."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # aliases are strings by design
    except ValidationError as fault:
        raise ConfigError(_first_fault(fault)) from None
    except UnicodeDecodeError:
        raise ConfigError(".env: is not UTF-8; save it again with that encoding") from None


def _first_fault(fault: ValidationError) -> str:
    """Say the first fault without the value, which may be a secret."""
    first = fault.errors(include_input=False, include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    return f"{name}: {reason}" if name else reason
