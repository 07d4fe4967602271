"""
The steps of the one-time page: which field stands where, and what a step asks before it lets go on.

No IO and no words. It decides nothing about values: the form's own reader does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from bot.core.fields import Draft
from bot.form.model import Field, Form, Use
from bot.form.review import SAFE_PHONES, find_missing

Step = Literal["notices", "who", "more", "what", "review", "consent"]
STEPS: tuple[Step, ...] = get_args(Step)
#: The steps with fields, in which something can be typed.
FILLED: tuple[Step, ...] = ("who", "more", "what")

#: What a use is about: without one of these fields there is nothing to agree to, and it is not asked for.
_ABOUT: Mapping[str, tuple[str, ...]] = {
    "refer": ("county", "address"),
    "safe_person": ("safe_name", *SAFE_PHONES),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are asked together. `folded`: they are opened only by whoever wants to say more."""

    id: str
    step: Step
    keys: tuple[str, ...] = ()
    folded: bool = False


#: In the order in which people are asked. A block's name takes all its fields; those that no group
#: names are asked with `safety` when they are ours, else with `about`.
GROUPS = (
    Group("you", "who", ("name", "birth", "phone_mobile", "contact_time")),
    Group("phones", "who", ("phone_home", "phone_work", "contact_way"), folded=True),
    Group("safety", "who"),
    Group("about", "more", folded=True),
    Group("home", "more", ("county", "district", "address", "address_secret"), folded=True),
    Group("trusted", "more", (
        "safe_name", "safe_relation", "safe_phone_mobile", "safe_phone_home", "safe_phone_work",
    ), folded=True),
    Group("types", "what"),
    Group("needs", "what"),
    Group("story", "what"),
)  # fmt: skip


def list_asked(form: Form) -> tuple[Field, ...]:
    """Return the fields that the person fills in, in the form's order."""
    return tuple(one for one in form.fields.values() if one.filled_by == "person")


def find_group(one: Field) -> Group:
    """Say with which others a field is asked."""
    named = next((group for group in GROUPS if one.key in group.keys or one.block == group.id), None)
    rest = "about" if one.official else "safety"
    return named or next(group for group in GROUPS if group.id == rest)


def list_groups(form: Form, step: Step) -> tuple[tuple[Group, tuple[Field, ...]], ...]:
    """Return the groups of a step with their fields; groups without any are left out."""
    found = tuple((group, _list_members(form, group)) for group in GROUPS if group.step == step)
    return tuple((group, members) for group, members in found if members)


def _list_members(form: Form, group: Group) -> tuple[Field, ...]:
    members = [one for one in list_asked(form) if find_group(one) is group]
    return tuple(sorted(members, key=lambda one: group.keys.index(one.key) if group.keys else 0))


def find_step(form: Form, key: str) -> Step | None:
    """Say on which step a field stands; None: it is none that the person fills in."""
    one = form.fields.get(key)
    return find_group(one).step if one and one.filled_by == "person" else None


def read_step(name: str) -> Step:
    """Return the step of that name, the first one for a name that is none."""
    return next((step for step in STEPS if step == name), STEPS[0])


def move(step: Step, by: int) -> Step:
    """Return the step that far from this one, within the steps."""
    return STEPS[min(max(STEPS.index(step) + by, 0), len(STEPS) - 1)]


def find_first(form: Form, keys: Iterable[str]) -> Step | None:
    """Return the first step that has one of these fields."""
    steps = {find_step(form, key) for key in keys}
    return next((step for step in FILLED if step in steps), None)


def list_uses(form: Form, draft: Draft) -> tuple[Use, ...]:
    """Return the uses that are asked for; one that is not counts as a no."""
    return tuple(
        use
        for use in form.notices.uses
        if use.id not in _ABOUT or any(draft.get(key) for key in _ABOUT[use.id])
    )


def is_needed(use: Use, draft: Draft) -> bool:
    """Whether nothing can be sent without it: also the trusted person, where theirs is the number to call."""
    return use.needed or (use.id == "safe_person" and draft.get("call_number") == "safe")


def find_unasked(form: Form, draft: Draft, step: Step, *, today: date) -> Mapping[str, str]:
    """
    Say why a step cannot be left yet: what the form itself needs (`*`), by field.

    What needs only one of several (`◎`) is asked for at the review: the other ones stand on another page.
    """
    missing = find_missing(form, draft, today=today)
    return {
        key: reason
        for key, reason in missing.items()
        if find_step(form, key) == step and form.fields[key].mark == "*"
    }
