"""
Guards: predicates over the answers, the only logic a flow may use.

A flow names one of GUARDS or compares an answer (`police=no`, `police=*` for any), and may put `not `
before either. A flow that asks anything else is refused when it is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

Answers = Mapping[str, str]
Guard = Callable[[Answers], bool]

#: Which kinds of harm somebody may have named; several may be true.
HARMS = ("spread", "threat", "secret", "forced", "fake", "account")
#: What is true without being an answer: `standing.see` adds it. `shielded` has no value that a check needs to try.
GIVEN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "channel": frozenset({"line", "telegram", "web"}),
        "told": frozenset({"yes"}),
        "hushed": frozenset({"yes"}),
        "deadline": frozenset({"past", "ahead"}),
        "desk": frozenset({"open", "closed"}),
        "receipt": frozenset({"received", "working", "closed", "unknown", "later"}),
        "asked": frozenset({"withdraw", "correct"}),
        "reviewing": frozenset({"yes"}),
        "filled": frozenset({"yes"}),
        "holds_receipt": frozenset({"yes"}),
        **{
            f"heard_{kind}": frozenset({"yes"})
            for kind in ("role", "minor", "filmed_minor", "harm", "abuser", "want")
        },
        "shielded": frozenset(),
    }
)
_COMPARISON = re.compile(r"([a-z][a-z_]*)=([a-z]+|\*)")
_NOT = "not "


def is_minor(answers: Answers) -> bool:
    """Whether the person concerned is under 18 now (the city chart's D1)."""
    return answers.get("age_now") == "minor"


def filmed_under_18(answers: Answers) -> bool:
    """Whether the image was made under 18, or the person is still under 18."""
    is_told = answers.get("age_filmed") == "minor" or is_minor(answers)
    return is_told or answers.get("shielded") == "yes"


def filmed_as_adult(answers: Answers) -> bool:
    """
    Whether the person said 18 or older when it was made. Only then may StopNCII be named.

    Nobody is unsure of their own age: with `unsure` the story is of somebody else, and the earlier answer is not.
    """
    return answers.get("age_filmed") == "adult" and not is_minor(answers) and not is_age_unsure(answers)


def filmed_age_unsure(answers: Answers) -> bool:
    """Whether the age at filming is not known: only the door for all ages is safe to name."""
    return not filmed_under_18(answers) and not filmed_as_adult(answers)


def is_age_unsure(answers: Answers) -> bool:
    """Whether somebody said that the age now is not known."""
    return answers.get("age_now") == "unsure"


def has_answer(answers: Answers) -> bool:
    """Whether anything was answered that may be shown to whoever holds the phone."""
    return answers.get("told") == "yes"


def has_told_what(answers: Answers) -> bool:
    """Whether what happened was told."""
    return any([answers.get(harm) == "yes" for harm in HARMS])  # noqa: C419 - each is asked for, so that a check sees all


def has_told_several(answers: Answers) -> bool:
    """Whether more than one kind of harm was told: what is said once to everybody was said before."""
    return [answers.get(harm) for harm in HARMS].count("yes") > 1


def deadline_past(answers: Answers) -> bool:
    """Whether the last day to file a complaint, as counted from `learned_on`, is over."""
    return answers.get("deadline") == "past"


GUARDS: Mapping[str, Guard] = MappingProxyType(
    {
        guard.__name__: guard
        for guard in (
            is_minor,
            filmed_under_18,
            filmed_as_adult,
            filmed_age_unsure,
            is_age_unsure,
            has_answer,
            has_told_what,
            has_told_several,
            deadline_past,
        )
    }
)


@lru_cache(maxsize=1024)
def find_guard(name: str) -> Guard | None:
    """Return the predicate that a flow asks for by that name, or None if there is no such guard."""
    if name.startswith(_NOT):
        asked = find_guard(name.removeprefix(_NOT))
        return None if asked is None else lambda answers: not asked(answers)
    if name in GUARDS:
        return GUARDS[name]
    compared = _COMPARISON.fullmatch(name)
    return _compare(compared[1], compared[2]) if compared else None


def _compare(key: str, value: str) -> Guard:
    if value == "*":
        return lambda answers: bool(answers.get(key))
    return lambda answers: answers.get(key) == value


def holds(names: tuple[str, ...], answers: Answers) -> bool:
    """Whether every named guard says yes; no guard means yes. KeyError: a flow was not parsed."""
    # No generator: it costs more than most guards, and this is asked for each choice of each turn.
    for name in names:  # noqa: SIM110 - as above
        if not _require(name)(answers):
            return False
    return True


def _require(name: str) -> Guard:
    guard = find_guard(name)
    if guard is None:
        raise KeyError(name)
    return guard
