"""
Named places at which a test lets the program die, freeze, fail, dawdle or lose the time of day.

They are always compiled in, so that what is tested is what runs, and do nothing unless FRONTDOOR_FAIL_AT
names them; production refuses to start with it. Inert, each costs a call and the look at one empty dict.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.errors import ConfigError

#: Every place, in the order in which a message passes them.
POINTS: Final = (
    "after_signature",  # it is from the channel; nothing is stored
    "after_claim",  # the delivery is marked as taken
    "after_seal",  # a handoff is sealed, and not stored
    "in_submit",  # … stored, and not committed
    "in_erase",  # keys are destroyed, the rest is still there
    "before_save",
    "after_save",
    "before_queue",
    "after_queue",
    "before_commit",  # all of it is written
    "after_commit",
    "after_submit",  # a handoff is committed
    "before_answer",  # the channel has not been told 200
    "before_send",  # a letter is claimed
    "after_send",  # the channel has it
    "in_mark",  # it is marked as sent, and not committed
    "in_sweep",  # between two steps of the sweep
)
_ACTIONS: Final = ("kill", "freeze", "raise", "delay", "jump")


class Struck(RuntimeError):
    """What `raise` raises: a fault that no code expects."""


@dataclass(slots=True)
class _Charge:
    """What happens at one place: in its `turn`th passing, or in each (0). `span_s`: of a delay or a jump."""

    action: str
    turn: int = 0
    span_s: float = 0.0
    passed: int = 0


_charges: dict[str, _Charge] = {}
_shift = timedelta(0)


def reach(point: str) -> None:
    """Pass a place. Inert without FRONTDOOR_FAIL_AT."""
    if _charges and point in _charges:
        _strike(_charges[point])


def arm(setting: str) -> None:
    """
    Set what happens where, in place of what was set: `after_commit=kill:3,before_send=delay:0.2,after_save=jump:3600:5`.

    `kill`, `freeze` (until SIGCONT) and `raise` take in which passing it happens; `delay` takes seconds, in each
    passing; `jump` moves the clock by seconds, and takes in which passing. ConfigError: not to be understood.
    """
    charges = dict(_read(part.strip()) for part in setting.split(",") if part.strip())
    _charges.clear()
    _charges.update(charges)


def is_armed() -> bool:
    """Whether any place is charged."""
    return bool(_charges)


def shifted(now: datetime) -> datetime:
    """Return the time as a clock tells it that jumped."""
    return now + _shift if _charges else now


def _read(part: str) -> tuple[str, _Charge]:
    point, _, told = part.partition("=")
    action, *numbers = told.split(":")
    if point not in POINTS or action not in _ACTIONS:
        raise ConfigError(f"FRONTDOOR_FAIL_AT: write place=action with a place of {', '.join(POINTS)}")
    try:
        return point, _charge(action, numbers)
    except ValueError:
        raise ConfigError("FRONTDOOR_FAIL_AT: write numbers after the action, such as kill:3") from None


def _charge(action: str, numbers: list[str]) -> _Charge:
    match action, numbers:
        case "delay", [span]:
            return _Charge(action, span_s=float(span))
        case "jump", [span, *turn]:
            return _Charge(action, int(*turn) if turn else 1, float(span))
        case "kill" | "freeze" | "raise", [*turn] if len(turn) <= 1:
            return _Charge(action, int(turn[0]) if turn else 1)
    raise ValueError(action)


def _strike(charge: _Charge) -> None:
    global _shift  # noqa: PLW0603 - a clock that jumps, jumps for the whole program
    charge.passed += 1
    if charge.turn and charge.passed != charge.turn:
        return
    match charge.action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "freeze":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "raise":
            raise Struck("a failpoint")
        case "delay":
            time.sleep(charge.span_s)
        case "jump":
            _shift += timedelta(seconds=charge.span_s)
