"""
Write the tables of docs/what-we-hold.md from the words that `frontdoor what-we-hold` prints.

    .venv/bin/python scripts/what_we_hold.py            # rewrites the page
    .venv/bin/python scripts/what_we_hold.py --check    # fails when it is stale
"""

from __future__ import annotations

import sys
from pathlib import Path

from bot.commands.holding import write_published

PAGE = Path(__file__).resolve().parent.parent / "docs" / "what-we-hold.md"
BEGIN = "<!-- what we hold: written by scripts/what_we_hold.py -->"
END = "<!-- what we hold end -->"


def renew(page: str) -> str:
    """Put the tables between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{write_published()}\n\n{END}{after}"


def main() -> int:
    """Rewrite the page, or with `--check` only compare it."""
    page = PAGE.read_text(encoding="utf-8")
    fresh = renew(page)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(fresh, encoding="utf-8")
    elif page != fresh:
        print("docs/what-we-hold.md is stale; run scripts/what_we_hold.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
