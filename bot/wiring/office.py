"""The back office: staff sign in and look. It loads nothing of the public side and opens no vault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from bot.desk.members import DEMO_RIGHTS
from bot.errors import ConfigError
from bot.keys import (
    DEMO_PASSWORD,
)
from bot.office.app import create_office
from bot.office.auth import ensure_demo_account
from bot.office.joining import build_members
from bot.office.policies import RULES
from bot.settings import Settings
from bot.wiring.accounts import closing_idle_accounts
from bot.wiring.common import utc_now
from bot.wiring.late_lines import writing_late_lines
from bot.wiring.log_watch import watching_log
from bot.wiring.office_parts import open_parts
from bot.wiring.reveals import watching_reveals
from bot.wiring.sealing_tests import watching_sealing_tests
from bot.wiring.watching import forbid_core_dumps, watching_vaults


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[ASGIApp]:
    """Open the back office. In the demo environment the printed logins work."""
    forbid_core_dumps()
    async with (
        open_parts(settings) as parts,
        watching_vaults(parts.vaults, parts.staff),
        watching_reveals(parts.exporting),
        watching_log(parts.log_watch),
        watching_sealing_tests(parts.sealing_tests),
        writing_late_lines(parts.late),
        closing_idle_accounts(build_members(parts)),
    ):
        if settings.is_demo:
            await ensure_demo_account(parts.staff, read_demo_password(settings), clock=utc_now, demo=True)
        yield create_office(
            parts,
            demo=settings.is_demo,
            origin=settings.office_origin,
            rules=RULES[settings.password_profile],
        )


def read_demo_password(settings: Settings) -> str:
    """Return the password of the demo login, made with the demo keys. ConfigError: these are no demo keys."""
    path = settings.data_dir / DEMO_PASSWORD
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: missing, so these keys are not the demo's; set FRONTDOOR_ENV=production, "
            "or point FRONTDOOR_DATA_DIR at an empty directory"
        ) from None


def describe_demo_login(settings: Settings) -> str:
    """Say how to sign in to the demo back office, a line for each account."""
    password = read_demo_password(settings)
    return "\n".join(
        f"DEMO staff login: {settings.office_origin}  name: {name}  password: {password}  "
        f"({', '.join(sorted(rights))})"
        for name, rights in DEMO_RIGHTS.items()
    )
