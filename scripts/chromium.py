"""Chromium, for pictures and for tests."""

from __future__ import annotations

import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Return its path. The shell without windows comes first: it takes a fifth less time."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
