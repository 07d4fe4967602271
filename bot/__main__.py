"""The `frontdoor` command. What is wrong is said in one line."""

from __future__ import annotations

import sys

from bot.commands.serving import serve_people
from bot.errors import BotError
from bot.log import set_up_logging


def main() -> None:
    """Run the command. What is wrong is said in one line, without a traceback; exit status 2."""
    set_up_logging()
    try:
        _run(sys.argv[1:])
    except BotError as fault:
        _complain(str(fault))
    except KeyboardInterrupt:  # before it serves; afterwards the server takes it
        sys.exit(130)
    except OSError as fault:
        told = f"{fault.filename or 'a file'}: {fault.strerror or type(fault).__name__}"
        _complain(f"{told}; name a place that we may read and write, with room left")


def _run(words: list[str]) -> None:
    """Serve, or let the subcommands read the words: they come with a library that `serve` has no use for."""
    if words == ["serve"]:
        serve_people()
        return
    from bot.commands.tree import app  # noqa: PLC0415 - as said

    app()


def _complain(text: str) -> None:
    print(f"frontdoor: {text}", file=sys.stderr)  # noqa: T201 - whoever runs a command reads it
    sys.exit(2)


if __name__ == "__main__":
    main()
