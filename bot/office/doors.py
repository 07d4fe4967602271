"""A door of the back office: one method on one path, and who may come in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from bot.office.visit import Visit
from bot.ports import Right


@dataclass(frozen=True, slots=True)
class Door:
    """
    One method on one path. Closed: only a signed-in member of staff comes in, who has the `right` if one is named.

    `proves`: only somebody who proved in the last minutes who they are (step-up).
    """

    path: str
    method: str
    view: Callable[[Visit], Awaitable[Response]]
    is_open: bool = False
    right: Right | None = None
    proves: bool = False
