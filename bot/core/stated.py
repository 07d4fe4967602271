"""What somebody's own words state, in the terms that every language shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

#: How each field's values are called; nothing else is ever stated.
ROLES = ("self", "relative", "professional", "witness")
STATUSES = ("threatened", "spread")
HARMS = (
    "filmed_secretly",
    "filmed_forced",
    "deepfake",
    "shared_without_consent",
    "deepfake_shared",
    "threatened_sharing",
    "threatened_sharing_deepfake",
    "other",
)
ABUSERS = ("known", "unknown")
DEMANDS = ("money", "more")
WANTS = (
    "hotline",
    "takedown",
    "police",
    "evidence",
    "law",
    "deadline",
    "counselling",
    "social_worker",
    "prevention",
    "accompaniment",
)
PLATFORMS = (
    "facebook",
    "instagram",
    "threads",
    "x",
    "tiktok",
    "telegram",
    "line",
    "dcard",
    "ptt",
    "discord",
    "snapchat",
    "youtube",
    "google",
    "pornhub",
    "xvideos",
    "onlyfans",
    "messenger",
    "bereal",
    "xiaohongshu",
)
COMMANDS = ("exit", "restart", "back", "delete_data", "help", "language", "human", "yes", "no")
LANGUAGES = ("zh-TW", "en", "vi", "id", "th", "fil")


@dataclass(frozen=True, slots=True)
class Stated:
    """
    What a text states or clearly implies; whatever it does not say is empty or None.

    `minor` is of the victim now, `minor_at_filming` when it was made. `money_demanded` means money, points, more images or a
    meeting; False where it is said that nothing is asked. `demands` says which: for the conversation only, never printed.
    `out_of_scope` stands alone. `repr` tells nothing of it.
    """

    language: str = ""
    crisis: bool = False
    danger: bool = False
    role: str = ""
    minor: bool | None = None
    minor_at_filming: bool | None = None
    status: str = ""
    harms: tuple[str, ...] = ()
    money_demanded: bool | None = None
    demands: tuple[str, ...] = ()
    abuser: str = ""
    wants: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    command: str = ""
    out_of_scope: bool = False

    def __repr__(self) -> str:
        """Tell nothing: a text may stand in a log, and so may what it told."""
        return "Stated(…)"

    def as_facts(self) -> dict[str, bool | str | list[str]]:
        """Return only what is stated, as `frontdoor understand --json` prints it."""
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "demands"}
        shown = {key: list(value) if isinstance(value, tuple) else value for key, value in told.items()}
        # False says something only where None would say nothing.
        return {
            key: value
            for key, value in shown.items()
            if value or (value is False and key in {"minor", "minor_at_filming", "money_demanded"})
        }


#: From a text to what it states. Pure, local, never raises.
Understand = Callable[[str], Stated]


def understand_nothing(text: str) -> Stated:  # noqa: ARG001 - as every `Understand`
    """Read nothing out of words: for flows that are only tapped through."""
    return Stated()
