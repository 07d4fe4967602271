"""
GUARDS: name → pure predicate over the answers, the only logic a flow may use.

A flow that names another guard is refused when it is parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

Answers = Mapping[str, str]
Guard = Callable[[Answers], bool]


def is_minor(answers: Answers) -> bool:
    """Whether the person concerned is under 18 now (the city chart's D1)."""
    return answers.get("age_now") == "minor"


def filmed_under_18(answers: Answers) -> bool:
    """Whether the image was made under 18, or the person is still under 18."""
    return answers.get("age_filmed") == "minor" or is_minor(answers)


def filmed_as_adult(answers: Answers) -> bool:
    """Whether the person said 18 or older when it was made. Only then may StopNCII be named."""
    return answers.get("age_filmed") == "adult" and not is_minor(answers)


def filmed_age_unsure(answers: Answers) -> bool:
    """Whether the age at filming is not known: only the door for all ages is safe to name."""
    return not filmed_under_18(answers) and not filmed_as_adult(answers)


def wants_money(answers: Answers) -> bool:
    """Whether the other side asks for money or points."""
    return answers.get("demand") == "money"


def has_answered_police(answers: Answers) -> bool:
    """Whether the police question was answered, whatever the answer: it is not asked again."""
    return "police" in answers


def is_age_unsure(answers: Answers) -> bool:
    """Whether somebody said that the age now is not known."""
    return answers.get("age_now") == "unsure"


GUARDS: Mapping[str, Guard] = MappingProxyType(
    {
        guard.__name__: guard
        for guard in (
            is_minor,
            filmed_under_18,
            filmed_as_adult,
            filmed_age_unsure,
            wants_money,
            has_answered_police,
            is_age_unsure,
        )
    }
)


def holds(names: tuple[str, ...], answers: Answers) -> bool:
    """Whether every named guard says yes; no guard means yes."""
    return all(GUARDS[name](answers) for name in names)
