"""
The process that draws: JSON in by standard input, a PDF out by standard output. Run as a script, by itself.

It must never get more than it needs: no network, no file but the template and the fonts beside it, no way to write
one, and a bounded share of time and memory. Whoever breaks out of a text is in an empty room. Source: SECURITY T21.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import typst

if sys.platform != "win32":
    import resource

HERE = Path(__file__).resolve().parent
#: Fonts take 9 MB, the typesetter's own code 40; the rest is for the pages.
MOST_BYTES = 512 * 1024 * 1024
_MOST_FILES = 64


def bound(cpu_s: int) -> None:
    """Take away what drawing does not need: for the rest of the process."""
    if sys.platform == "win32":  # pragma: no cover - bounded there by the parent's clock alone
        return
    for what, most in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, MOST_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def typeset(sheets: str, *, root: Path) -> bytes:
    """Draw the sheets (JSON, as `arranging` makes it). `root` is an empty directory: all that a template could read."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[HERE / "fonts"])
    compiler = typst.Compiler(
        (HERE / "form.typ").read_bytes(),
        root=root,
        font_paths=fonts,
        ignore_system_fonts=True,
        package_path=root,
        package_cache_path=root,
        sys_inputs={"sheets": sheets},
    )
    return cast("bytes", compiler.compile(format="pdf"))  # a list is for formats of single pages


def main() -> None:
    """Draw once. The only argument is the limit in seconds."""
    bound(int(sys.argv[1]))
    sys.stdout.buffer.write(typeset(sys.stdin.buffer.read().decode("utf-8"), root=Path.cwd()))


if __name__ == "__main__":
    main()
