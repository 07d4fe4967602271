"""
`frontdoor serve` from its settings to its end, and what other commands do first as well.

It loads nothing of the commands: a program that runs for months would keep in memory what only writes help texts.
"""

from __future__ import annotations

import gc

from bot.settings import Settings, load_settings


def serve_people() -> None:
    """Serve the public front door until it is told to stop. ConfigError, StoreDown: it cannot start."""
    gc.disable()  # nearly all that a start makes is kept; `run_front` looks through it once, and goes on looking
    settings = ready(lean=True)
    greet(settings)
    say(f"front door: {settings.origin}/chat")
    # Here, not above: the database is looked at and brought up to date before a server is loaded.
    from bot.programs import run, run_front  # noqa: PLC0415 - as said

    run(run_front(settings))


def ready(*, needs_root: bool = True, lean: bool = False) -> Settings:
    """Read the settings, and see that data directory, keys and database are there and up to date; see `prepare`."""
    from bot.wiring.checks import refuse_full_disk  # noqa: PLC0415 - commands that open nothing start without it
    from bot.wiring.common import prepare  # noqa: PLC0415 - as above

    settings = load_settings()
    refuse_full_disk(settings)
    prepare(settings, needs_root=needs_root, lean=lean)
    return settings


def greet(settings: Settings) -> None:
    """Say first that it is a demo, where it is one."""
    if settings.is_demo:
        say("DEMO: demo keys, for trying out only. Do not enter anything real.")


def say(line: str) -> None:
    """Write a line at once, also where nobody looks at a terminal."""
    print(line, flush=True)  # noqa: T201 - whoever runs a command reads it
