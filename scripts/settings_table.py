"""
Write the settings table of docs/operators.md from the settings themselves.

    .venv/bin/python scripts/settings_table.py            # writes
    .venv/bin/python scripts/settings_table.py --check    # fails when the page is stale
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operators.md"
BEGIN = "<!-- settings: written by scripts/settings_table.py -->"
END = "<!-- settings end -->"


def draw_table() -> str:
    """Return the Markdown table: name, meaning, default."""
    rows = [
        f"| `{field.alias}` | {field.description} | {_show(field.default)} |"
        for field in Settings.model_fields.values()
    ]
    return "\n".join(["| setting | meaning | default |", "| --- | --- | --- |", *rows])


def refresh(page: str) -> str:
    """Return the page with the table between its markers written anew. ValueError: no markers."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError("docs/operators.md has lost the markers of its settings table")
    return f"{before}{BEGIN}\n{draw_table()}\n{END}{after}"


def main() -> int:
    """Write the page, or with `--check` only compare it."""
    page = PAGE.read_text(encoding="utf-8")
    fresh = refresh(page)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(fresh, encoding="utf-8")
    elif page != fresh:
        print(
            "docs/operators.md: the settings table is stale; run scripts/settings_table.py", file=sys.stderr
        )
        return 1
    return 0


def _show(default: object) -> str:
    """Show a default as one would write it; a secret has none."""
    shown = "" if isinstance(default, SecretStr) else str(default)
    if isinstance(default, Path):
        shown = f"./{default}"
    return f"`{shown}`" if shown else "empty"


if __name__ == "__main__":
    sys.exit(main())
