"""
Build the fonts of the printed form anew, from Debian's fonts-noto-cjk and fonts-noto-core.

    .venv/bin/python scripts/fonts.py            # writes bot/desk/paper/fonts/ (takes a few minutes)
    .venv/bin/python scripts/fonts.py --head     # the headings only: after a change of form.typ

The same packages give the same bytes. The families are renamed, because they are cut down: Noto is a trademark.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

TOP = Path(__file__).resolve().parent.parent
PAPER = TOP / "bot" / "desk" / "paper"
OUT = PAPER / "fonts"
NOTO = Path("/usr/share/fonts")
#: The Taiwanese forms of all characters are the fourth face of the collection.
_TAIWAN = 3
#: Marks are put on letters and syllables are composed; ligatures stay out, so that text can be searched.
_PLAIN_FEATURES = ("ccmp", "mark", "mkmk", "kern")


@dataclass(frozen=True, slots=True)
class Cut:
    """One font file to build: which characters of which font. `ranges` None: all that it has."""

    name: str
    source: str
    ranges: Sequence[tuple[int, int]] | None = None
    features: Sequence[str] = ()
    face: int = -1

    @property
    def path(self) -> Path:
        """Where it is written."""
        return OUT / f"{self.name.replace(' ', '')}{Path(self.source).suffix.replace('.ttc', '.otf')}"


#: In the order in which a character is looked for. Quotes, dashes and dots are left to the Han font: there they are
#: as wide as Taiwan prints them.
_LATIN = (
    (0x20, 0x7E),
    (0xA1, 0xA6),
    (0xAA, 0xAB),
    (0xB5, 0xB5),
    (0xBA, 0xBB),
    (0xBF, 0xD6),
    (0xD8, 0xF6),
    (0xF8, 0x52F),
    (0x1E00, 0x1FFF),
    (0x20A0, 0x20BF),
    (0x2C60, 0x2C7F),
    (0xA720, 0xA7FF),
)
_SMALL = "truetype/noto/NotoSans"
CUTS = (
    Cut("Frontdoor Latin", f"{_SMALL}-Regular.ttf", _LATIN, _PLAIN_FEATURES),
    Cut("Frontdoor Han", "opentype/noto/NotoSansCJK-Regular.ttc", face=_TAIWAN),
    Cut("Frontdoor Thai", f"{_SMALL}Thai-Regular.ttf", ((0xE00, 0xE7F),), ("*",)),
    Cut("Frontdoor Lao", f"{_SMALL}Lao-Regular.ttf", ((0xE80, 0xEFF),), ("*",)),
    Cut("Frontdoor Khmer", f"{_SMALL}Khmer-Regular.ttf", ((0x1780, 0x17FF), (0x19E0, 0x19FF)), ("*",)),
    Cut("Frontdoor Myanmar", f"{_SMALL}Myanmar-Regular.ttf", ((0x1000, 0x109F), (0xAA60, 0xAA7F)), ("*",)),
    Cut("Frontdoor Signs", f"{_SMALL}Symbols2-Regular.ttf", ((0x2610, 0x2612),)),
)


def build(cut: Cut) -> None:
    """Write one font file."""
    font = TTFont(NOTO / cut.source, fontNumber=cut.face, recalcTimestamp=False)
    subsetter = subset.Subsetter(_options(cut.features))
    subsetter.populate(unicodes=list(_wanted(cut, font.getBestCmap())))
    subsetter.subset(font)
    _rename(font, cut.name)
    font.save(cut.path)
    print(f"{cut.path.relative_to(TOP)}: {cut.path.stat().st_size:,} bytes")


def build_head() -> None:
    """Write the bold cut: the form's own characters, which is all that is ever bold."""
    written = sorted({ord(sign) for sign in (PAPER / "form.typ").read_text("utf-8")} | set(range(0x20, 0x7F)))
    ranges = tuple((code, code) for code in written)
    build(Cut("Frontdoor Head", "opentype/noto/NotoSansCJK-Bold.ttc", ranges, face=_TAIWAN))


def _options(features: Sequence[str]) -> subset.Options:
    options = subset.Options()
    options.layout_features = list(features)
    options.name_IDs = [0, 13, 14]  # who made it, and its licence
    options.hinting = False
    options.notdef_outline = True
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", *(() if features else ("GPOS", "GSUB", "GDEF"))]
    return options


def _wanted(cut: Cut, there: Mapping[int, str]) -> Iterator[int]:
    for code in there:
        if cut.ranges is None or any(first <= code <= last for first, last in cut.ranges):
            yield code


def _rename(font: TTFont, name: str) -> None:
    names = font["name"]
    for which, text in ((1, name), (2, "Regular"), (4, name), (6, name.replace(" ", ""))):
        names.setName(text, which, 3, 1, 0x409)
    if "CFF " in font:
        table = font["CFF "].cff
        table.fontNames = [name.replace(" ", "")]
        table.topDictIndex[0].FullName = name
        table.topDictIndex[0].FamilyName = name


def write_coverage() -> None:
    """Write which family has which characters, as ranges: the desk needs it without reading fonts."""
    table = {cut.name: list(_ranges(TTFont(cut.path).getBestCmap())) for cut in CUTS}
    (OUT / "coverage.json").write_text(json.dumps(table, indent=None, separators=(",", ":")) + "\n", "utf-8")


def _ranges(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = -1
    for code in sorted(codes):
        if code != last + 1:
            if last >= 0:
                yield first, last
            first = code
        last = code
    yield first, last


def main() -> None:
    """Build all, or the headings only."""
    OUT.mkdir(parents=True, exist_ok=True)
    if "--head" not in sys.argv:
        for cut in CUTS:
            build(cut)
        write_coverage()
    build_head()


if __name__ == "__main__":
    main()
