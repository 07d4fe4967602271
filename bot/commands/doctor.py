"""What `frontdoor doctor` does: every check there is, one line each, and what to do about it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import typer

from bot import __version__
from bot.commands.serving import greet
from bot.errors import BotError, ConfigError
from bot.settings import Settings, load_settings
from bot.wiring.checks.audit import check_chain
from bot.wiring.checks.backups import check_backups, check_leftovers
from bot.wiring.checks.content import check_channels, check_content
from bot.wiring.checks.database import check_database, check_roles, check_whole
from bot.wiring.checks.desk import check_erasing, check_sealing_test, check_vaults_aside
from bot.wiring.checks.finding import LEVELS, TOPICS, Check, Finding, Level, refuse
from bot.wiring.checks.host import check_clock, check_disk
from bot.wiring.checks.keys import (
    check_desk_key,
    check_keys,
    check_recipients,
    check_settings,
    check_signers,
)

CHECKS: Final[tuple[Check, ...]] = (
    check_settings,
    check_keys,
    check_recipients,
    check_signers,
    check_desk_key,
    check_database,
    check_whole,
    check_roles,
    check_disk,
    check_clock,
    check_erasing,
    check_sealing_test,
    check_chain,
    check_content,
    check_channels,
    check_backups,
    check_leftovers,
    check_vaults_aside,
)
_SAID: Final[dict[Level, str]] = {"ok": "正常 ok     ", "warning": "提醒 warning", "refusal": "拒絕 refusal"}


def examine(*, as_json: bool, strict: bool) -> int:
    """Print what was found; returns 1 with a refusal, and when `strict` with a warning too."""
    findings = list(_find(greets=not as_json))
    worst = _find_worst(findings)
    if as_json:
        typer.echo(_write_json(findings, worst))
    else:
        _print(findings)
    return int(worst == "refusal" or (strict and worst == "warning"))


def _find(*, greets: bool) -> Iterator[Finding]:
    try:
        settings = load_settings()
    except ConfigError as fault:
        says, _, mend = str(fault).partition("; ")
        yield refuse("settings", says, mend or "docs/operators.md, Every refusal")
        return
    if greets:
        greet(settings)
    for check in CHECKS:
        yield from _run(check, settings)


def _run(check: Check, settings: Settings) -> Iterator[Finding]:
    """Go on past a check that itself cannot go on."""
    try:
        yield from check(settings)
    except Exception as fault:  # noqa: BLE001 - one check that breaks must not hide the others
        says = (
            str(fault)
            if isinstance(fault, BotError)
            else f"it could not be looked at ({type(fault).__name__})"
        )
        yield refuse(_TOPIC_OF.get(check, "settings"), says, "mend what stands above, then run it again")


_TOPIC_OF: Final[dict[Check, str]] = {
    check_content: "flow",
    check_database: "database",
    check_whole: "database",
    check_roles: "roles",
    check_disk: "disk",
    check_clock: "clock",
    check_erasing: "clock",
    check_sealing_test: "handoffs",
    check_chain: "audit",
    check_backups: "backups",
    check_recipients: "recipients",
    check_signers: "signers",
}


def _find_worst(findings: Sequence[Finding]) -> Level:
    return max((one.level for one in findings), key=LEVELS.index, default="ok")


def _print(findings: Sequence[Finding]) -> None:
    for one in findings:
        typer.echo(f"{_SAID[one.level]}  {_name(one)}: {one.says}")
        if one.mend:
            typer.echo(f"              → {one.mend}")
    counts = Counter(one.level for one in findings)
    typer.echo(f"{counts['ok']} ok, {counts['warning']} warnings, {counts['refusal']} refusals")


def _name(one: Finding) -> str:
    told = TOPICS[one.topic]
    return one.topic if told == one.topic else f"{told} {one.topic}"


def _write_json(findings: Sequence[Finding], worst: Level) -> str:
    checks = [
        {
            "topic": one.topic,
            "name": TOPICS[one.topic],
            "level": one.level,
            "says": one.says,
            "mend": one.mend,
        }
        for one in findings
    ]
    return json.dumps(
        {"version": __version__, "result": worst, "checks": checks}, ensure_ascii=False, indent=2
    )
