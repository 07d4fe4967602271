"""
Which programs work with a schema: its revision says so itself.

    0006             programs of this revision alone: whoever is older stops taking work
    0006_for_0005    also programs that were made for 0005: both run side by side while one takes the other's place

A program cannot know what a later release does to the schema, so the later release says it, in the one place that
every program reads. What may be called so: docs/scaling.md, "Rolling upgrades".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

#: What this program needs: the newest of `migrations/versions`, which a test compares. It stands here so that a start
#: that has nothing to migrate loads no migration.
HEAD: Final = "0006"
_NAME = re.compile(r"(?P<number>[0-9]{4})(_for_(?P<oldest>[0-9]{4}))?", re.ASCII)


def serves(found: str | None, needed: str) -> bool:
    """Say whether a program that `needed` this revision works with the schema that was `found`. None: there is none."""
    if found is None or found == needed:
        return found == needed
    theirs, ours = _NAME.fullmatch(found), _NAME.fullmatch(needed)
    if not theirs or not ours or not theirs["oldest"]:
        return False
    return theirs["oldest"] <= ours["number"] < theirs["number"]


def serve(found: Sequence[str], needed: str) -> bool:
    """Say the same of all that stands in `alembic_version`, where exactly one revision belongs."""
    return len(found) == 1 and serves(found[0], needed)
