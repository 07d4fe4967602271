"""The menu: the places a member of staff may go to, in the order of a working day."""

from __future__ import annotations

from dataclasses import dataclass

from bot.ports import Right, StaffSession


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the menu: its path, the key of its word, and the right it needs. None: for everybody."""

    path: str
    word: str
    right: Right | None = None


MENU = (
    Place("/queue", "menu_queue", "list"),
    Place("/exports", "menu_exports", "export"),
    Place("/figures", "menu_figures", "list"),
    Place("/keeping", "menu_keeping", "list"),
    Place("/vault", "menu_vault", "open"),
    Place("/keys", "menu_keys", "accounts"),
    Place("/accounts", "menu_accounts", "accounts"),
    Place("/audit", "menu_audit", "audit"),
    Place("/", "menu_service"),
    Place("/me", "menu_me"),
)


def list_menu(session: StaffSession) -> tuple[tuple[str, str], ...]:
    """Return path and word of each place that this member may go to."""
    return tuple(
        (place.path, place.word) for place in MENU if place.right is None or place.right in session.rights
    )
