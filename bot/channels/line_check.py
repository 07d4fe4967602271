"""
Saying what is well at LINE and what is not. Reads only, except that LINE may be asked to call us.

What nobody can read over the API is said as a reminder, each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.channels.line_console import LineConsole, Trial
from bot.channels.line_setup import SetWebhook, Standing, Step, Wanted, look, plan, plan_webhook

Level = Literal["ok", "NOTE", "WARN", "MEND"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `frontdoor line check`. WARN and MEND ask for something to be done."""

    level: Level
    line: str

    @property
    def is_well(self) -> bool:
        """Whether nothing needs to be done."""
        return self.level in {"ok", "NOTE"}


async def check(console: LineConsole, wanted: Wanted, *, tries_webhook: bool) -> tuple[Finding, ...]:
    """Say what is well and what is not; changes nothing. `tries_webhook` lets LINE call us."""
    standing = await look(console, wanted)
    bot = await console.read_bot()
    findings = [
        *_judge_webhook(standing, wanted),
        *_judge_menus(standing, wanted),
        _judge_chat(bot.basic_id, bot.chat_mode, bot.mark_as_read),
    ]
    if tries_webhook:
        findings.append(_judge_trial(await console.try_endpoint()))
    return (*findings, _REMINDER)


def _judge_webhook(standing: Standing, wanted: Wanted) -> Iterator[Finding]:
    steps = list(plan_webhook(standing, wanted))
    yield from (_mend(step) for step in steps)
    if not steps:
        yield Finding("ok", f"webhook: {wanted.webhook}")
    if standing.endpoint and not standing.endpoint.active:
        yield Finding(
            "MEND",
            "webhook: switched off, so LINE sends us nothing; in the LINE Developers console, Messaging API, "
            "switch on Use webhook",
        )


def _judge_menus(standing: Standing, wanted: Wanted) -> Iterator[Finding]:
    steps = [step for step in plan(standing, wanted) if not isinstance(step, SetWebhook)]
    yield from (_mend(step) for step in steps)
    if not steps:
        yield Finding("ok", f"menus: {', '.join(menu.locale for menu in wanted.menus)}")


def _mend(step: Step) -> Finding:
    return Finding("MEND", f"run `frontdoor line setup`: it would {step.says}")


def _judge_chat(basic_id: str, chat_mode: str, mark_as_read: str) -> Finding:
    if chat_mode == "bot":
        return Finding("ok", f"account: {basic_id}, chat off, mark as read {mark_as_read}")
    return Finding(
        "WARN",
        f"account: {basic_id}, chat is {chat_mode}, mark as read {mark_as_read}: with it on, whoever may open the "
        "account manager can read what people write; in the LINE Official Account Manager, Settings, "
        "Response settings, switch Chat off",
    )


def _judge_trial(trial: Trial) -> Finding:
    if trial.success:
        return Finding("ok", f"webhook call by LINE: {trial.status}")
    mend = _TRIAL_MENDS.get(trial.reason, "look at the webhook errors in the LINE Developers console")
    return Finding("MEND", f"webhook call by LINE: {trial.reason or 'failed'} ({trial.status}); {mend}")


#: Source: LINE Messaging API reference, Test webhook endpoint, `reason`.
_TRIAL_MENDS = {
    "NOT_SET": "run `frontdoor line setup`",
    "COULD_NOT_CONNECT": "is `frontdoor serve` up, and does the proxy have a public certificate with its chain, TLS 1.2 or newer?",
    "REQUEST_TIMEOUT": "we took longer than two seconds; look at the load and the database",
    "ERROR_STATUS_CODE": "we refused; 403 means that LINE_CHANNEL_SECRET is of another channel, 503 that the database is away",
}

_REMINDER = Finding(
    "NOTE",
    "nobody can read these over the API, so look yourself: in the LINE Official Account Manager, Settings, "
    "Response settings, Greeting message and Auto-response messages must be off; they are on in a new account, and "
    "they would show on a locked phone",
)
