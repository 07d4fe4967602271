"""The pictures of the menus: right for LINE, and drawn from the words that are said today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.channels.line_menus import HEIGHT, MENU_WAYS, WIDTH, read_drawn_labels, read_notes, read_pictures
from bot.commands.line import list_labels
from bot.pack import Pack, load_pack
from scripts.chromium import find_chromium
from scripts.rich_menus import OUT, build_page, draw, find_stale
from tests.fakes.line_menu_rules import is_allowed, measure_png
from tests.lacking import miss

ROOT = Path(__file__).resolve().parents[2]
LONG = {
    "vi": ("Nói chuyện với người thật", "Tra cứu thông tin", "Đổi ngôn ngữ", "Thêm", "Xóa dữ liệu", "Rời khỏi"),
    "fil": ("Makipag-usap sa tao", "Maghanap ng impormasyon", "Palitan ang wika", "Iba pa", "Burahin", "Umalis"),
}  # fmt: skip


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


def want(pack: Pack) -> dict[str, tuple[str, ...]]:
    return {locale: list_labels(pack, locale) for locale in pack.catalogs.locales}


def test_every_picture_is_drawn_from_todays_words(pack: Pack):
    """Otherwise: make rich-menus."""
    assert sorted(find_stale(want(pack), OUT)) == []


def test_the_script_says_the_same():
    ran = subprocess.run(
        [sys.executable, "scripts/rich_menus.py", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (ran.returncode, ran.stderr) == (0, "")


def test_every_language_has_a_picture_that_line_takes(pack: Pack):
    """Size, shape and weight."""
    pictures = read_pictures()

    assert pictures.keys() == set(pack.catalogs.locales)
    for png in pictures.values():
        assert measure_png(png) == (WIDTH, HEIGHT)
        assert is_allowed(WIDTH, HEIGHT)
        assert len(png) <= 1024 * 1024


def test_the_words_in_a_picture_can_be_read_without_looking(pack: Pack):
    for locale, png in read_pictures().items():
        assert read_drawn_labels(png) == list_labels(pack, locale)


def test_all_areas_open_an_overlay(pack: Pack):
    """A menu is older than any visit, and only these open from anywhere."""
    kinds = {way.id: way.kind for way in pack.flow.ways_out}

    assert {kinds[way] for way in MENU_WAYS} == {"overlay"}


def test_changed_words_make_a_picture_stale(pack: Pack, tmp_path: Path):
    """So does a missing picture, and one of a language that is gone."""
    wanted = {"zh_TW": list_labels(pack, "zh_TW")}
    assert list(find_stale(wanted, tmp_path)) == ["zh_TW"]
    for name in ("zh_TW", "en"):
        (tmp_path / f"{name}.png").write_bytes((OUT / f"{name}.png").read_bytes())

    assert list(find_stale(wanted, tmp_path)) == ["en"]
    changed = {"zh_TW": ("真人", *wanted["zh_TW"][1:]), "en": list_labels(pack, "en")}
    assert list(find_stale(changed, tmp_path)) == ["zh_TW"]


def test_words_are_drawn_as_words():
    """A label is no markup."""
    assert "<b>" not in build_page("en", ("<b>", "", "", "", "", ""))


@pytest.mark.browser
def test_long_words_fit_and_too_long_ones_are_refused():
    """Languages to come are longer; a picture with a cut word is never written."""
    if find_chromium() is None:
        miss("no Chromium on PATH (install chromium)")
    for locale, png in draw(LONG).items():
        assert measure_png(png) == (WIDTH, HEIGHT)
        assert read_drawn_labels(png) == LONG[locale]
        assert len(read_notes(png)["drawn"]) == 64
    with pytest.raises(SystemExit, match="too long for its area: Donaudampf"):
        draw({"de": ("Donaudampfschifffahrtsgesellschaft", *LONG["vi"][1:])})
