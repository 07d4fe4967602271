"""Whether the program is going away: told first, so that whoever sends people here sends them elsewhere."""

from __future__ import annotations


class Draining:
    """Off, until the program is told to stop. It never goes off again."""

    def __init__(self) -> None:
        self._is_on = False

    @property
    def is_on(self) -> bool:
        """Whether new work should go elsewhere."""
        return self._is_on

    def begin(self) -> None:
        """Say so from now on. What comes all the same is still taken."""
        self._is_on = True
