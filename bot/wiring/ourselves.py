"""Another process of this very program, for what it needs once: it ends, and takes along what it had to load."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import bot


def succeeds_elsewhere(*words: str) -> bool:
    """
    Run `frontdoor` with these words and wait for its end. False: it failed, or could not be started.

    What it says is not heard: whoever is told False does the work themselves, and meets the fault.
    """
    # Wherever we came from, and never what lies about in this folder.
    ours = str(Path(bot.__file__).parent.parent)
    paths = os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH"))))
    try:
        ended = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-m", "bot", *words],
            env=os.environ | {"PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return ended.returncode == 0
