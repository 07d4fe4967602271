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
from bot.origins import (
    is_issuer,
    is_mail_server,
    is_mailbox,
    is_origin,
    is_real_service,
    is_safe_hook,
    write_origin,
)

SQLITE_PREFIX = "sqlite+aiosqlite:///"
POSTGRES_PREFIX = "postgresql+asyncpg://"
#: Telegram allows 1 to 256 characters; 43 of this alphabet carry 256 bits. Source: Bot API, setWebhook.
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{43,256}")
_MIN_SECRET_CHARS = 32


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
    password_profile: Literal["modern", "baseline"] = Field(
        "modern",
        alias="FRONTDOOR_PASSWORD_PROFILE",
        description="staff passwords: `modern`, or `baseline` (rules of composition, changed every 90 days)",
    )
    oidc_issuer: str = Field(
        "",
        alias="FRONTDOOR_OIDC_ISSUER",
        description="sign-in of an agency (OpenID Connect): its issuer, https; off if empty",
    )
    oidc_client_id: str = Field(
        "", alias="FRONTDOOR_OIDC_CLIENT_ID", description="sign-in of an agency: what it knows the office as"
    )
    oidc_client_secret: SecretStr = Field(
        SecretStr(""),
        alias="FRONTDOOR_OIDC_CLIENT_SECRET",
        description="sign-in of an agency: proves to it that the office asks",
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

    smtp_url: SecretStr = Field(
        SecretStr(""),
        alias="FRONTDOOR_SMTP_URL",
        description="notices by e-mail: `smtps://user:password@host:465`, or `smtp://…:587` (STARTTLS); off if empty",
    )
    notice_from: str = Field("", alias="FRONTDOOR_NOTICE_FROM", description="notices by e-mail: the sender")
    notice_to: str = Field(
        "", alias="FRONTDOOR_NOTICE_TO", description="notices by e-mail: the recipients, comma-separated"
    )
    notice_url: SecretStr = Field(
        SecretStr(""),
        alias="FRONTDOOR_NOTICE_URL",
        description="notices by webhook: an https URL; off if empty",
    )
    notice_secret: SecretStr = Field(
        SecretStr(""),
        alias="FRONTDOOR_NOTICE_SECRET",
        description="notices by webhook: key of the HMAC in X-Frontdoor-Signature, 32 characters or more",
    )

    person_per_minute: int = Field(
        20,
        alias="FRONTDOOR_PERSON_PER_MINUTE",
        ge=1,
        le=100_000,
        description="messages of one person that each copy of `serve` takes in a minute, in the long run",
    )
    person_burst: int = Field(
        40,
        alias="FRONTDOOR_PERSON_BURST",
        ge=1,
        le=100_000,
        description="messages of one person that are taken at once, before the limit above holds",
    )
    source_per_minute: int = Field(
        120,
        alias="FRONTDOOR_SOURCE_PER_MINUTE",
        ge=1,
        le=1_000_000,
        description="acts in the web chat from one address before its pages must solve a small puzzle for each",
    )
    drain_s: float = Field(
        0,
        alias="FRONTDOOR_DRAIN_S",
        ge=0,
        le=60,
        description="seconds between SIGTERM and the end of listening: `/readyz` says 503 meanwhile; 0 without a balancer",
    )
    handoffs: Literal["taken", "not-taken"] = Field(
        "taken",
        alias="FRONTDOOR_HANDOFFS",
        description="`not-taken`: `serve` starts without two recipients; people get numbers to call, and no form",
    )
    clock: Literal["checked", "trusted"] = Field(
        "checked",
        alias="FRONTDOOR_CLOCK",
        description="`trusted`: something keeps this clock right that the kernel does not know of, such as the host of a virtual machine",
    )
    metrics_port: int = Field(
        0,
        alias="FRONTDOOR_METRICS_PORT",
        ge=0,
        le=65535,
        description="metrics of `serve` on 127.0.0.1, for Prometheus; 0: off",
    )
    office_metrics_port: int = Field(
        0,
        alias="FRONTDOOR_OFFICE_METRICS_PORT",
        ge=0,
        le=65535,
        description="metrics of `office` on 127.0.0.1, for Prometheus; 0: off",
    )
    fail_at: str = Field(
        "",
        alias="FRONTDOOR_FAIL_AT",
        description="tests only: where `serve` dies, freezes, fails, dawdles or loses the time; production refuses it",
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
        if value and not is_origin(value):
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
    def _notices_are_safe(self) -> Self:
        mail = (self.smtp_url.get_secret_value(), self.notice_from, self.notice_to)
        if any(mail) and not all(mail):
            raise ValueError(
                "set FRONTDOOR_SMTP_URL, FRONTDOOR_NOTICE_FROM and FRONTDOOR_NOTICE_TO, or none of them"
            )
        if any(mail) and not is_mail_server(mail[0]):
            raise ValueError("FRONTDOOR_SMTP_URL: must look like smtps://user:password@mail.example.org:465")
        if any(mail) and not all(map(is_mailbox, (self.notice_from, *self.notice_recipients))):
            raise ValueError(
                "FRONTDOOR_NOTICE_FROM, FRONTDOOR_NOTICE_TO: write addresses such as desk@example.org"
            )
        url, secret = self.notice_url.get_secret_value(), self.notice_secret.get_secret_value()
        if bool(url) != bool(secret):
            raise ValueError("set both FRONTDOOR_NOTICE_URL and FRONTDOOR_NOTICE_SECRET, or neither")
        if url and not is_safe_hook(url):
            raise ValueError("FRONTDOOR_NOTICE_URL: must be an https:// URL; http:// only on this machine")
        if url and len(secret) < _MIN_SECRET_CHARS:
            raise ValueError(f"FRONTDOOR_NOTICE_SECRET: use {_MIN_SECRET_CHARS} characters or more")
        return self

    @model_validator(mode="after")
    def _telegram_secret_is_strong(self) -> Self:
        secret = self.telegram_webhook_secret.get_secret_value()
        if secret and not _TELEGRAM_SECRET.fullmatch(secret):
            raise ValueError("TELEGRAM_WEBHOOK_SECRET: use 43 to 256 characters of A-Z a-z 0-9 _ -")
        return self

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer_is_safe(cls, value: str) -> str:
        if value and not is_issuer(value):
            raise ValueError("must be an https address such as https://login.example.org")
        return value

    @model_validator(mode="after")
    def _agency_is_whole(self) -> Self:
        secret = self.oidc_client_secret.get_secret_value()
        if len({bool(self.oidc_issuer), bool(self.oidc_client_id), bool(secret)}) > 1:
            raise ValueError(
                "set FRONTDOOR_OIDC_ISSUER, FRONTDOOR_OIDC_CLIENT_ID and FRONTDOOR_OIDC_CLIENT_SECRET, or none"
            )
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
        ports = [
            port
            for port in (self.port, self.office_port, self.metrics_port, self.office_metrics_port)
            if port
        ]
        if len(ports) != len(set(ports)):
            raise ValueError(
                "FRONTDOOR_METRICS_PORT, FRONTDOOR_OFFICE_METRICS_PORT: choose ports that nothing else has"
            )
        return self

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if self.env != "production":
            return self
        if self.fail_at:
            raise ValueError("FRONTDOOR_FAIL_AT: is for tests; production refuses it")
        if not self.public_url.startswith("https://"):
            raise ValueError("FRONTDOOR_PUBLIC_URL: production needs an https:// origin")
        # Cookies know no ports: a public host that was taken must not be sent those of the staff. Source: SECURITY T23.
        if urlsplit(self.office_origin).hostname == urlsplit(self.public_url).hostname:
            raise ValueError("FRONTDOOR_OFFICE_URL: the back office needs a host name of its own")
        for name, base in (
            ("LINE_API_BASE", self.line_api_base),
            ("TELEGRAM_API_BASE", self.telegram_api_base),
        ):
            if not is_real_service(base):
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
    def has_notice_mail(self) -> bool:
        """Whether notices leave by e-mail."""
        return bool(self.smtp_url.get_secret_value())

    @property
    def has_notice_webhook(self) -> bool:
        """Whether notices leave by webhook."""
        return bool(self.notice_url.get_secret_value())

    @property
    def notice_recipients(self) -> tuple[str, ...]:
        """Who gets notices by e-mail."""
        return tuple(part.strip() for part in self.notice_to.split(",") if part.strip())

    @property
    def is_demo(self) -> bool:
        """Whether pages, commands and exports must say DEMO."""
        return self.env == "demo"

    @property
    def origin(self) -> str:
        """The origin used in links and to tell our own pages from others."""
        return self.public_url or write_origin(self.host, self.port)

    @property
    def office_origin(self) -> str:
        """The origin at which staff reach the back office."""
        return self.office_url or write_origin(self.office_host, self.office_port)

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
