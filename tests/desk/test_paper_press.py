"""The process that draws has nothing but its fonts, and a form that fails is missed by name, alone."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import typst

from bot.desk.paper import MOST_SHEETS, NotPrinted, press, print_form, print_sheet, typesetter
from bot.desk.paper.arranging import arrange
from tests.desk.papers import SOMEBODY, read_whole, sheet, with_id

#: A typesetter that fails for one name, and can be slow.
_FAKE = """
import json, sys, time
sheets = json.load(sys.stdin)["sheets"]
names = ["".join(one["texts"].get("name", [])) for one in sheets]
if "慢" in names: time.sleep(60)
if "壞" in names: sys.exit(1)
if "怪" in names: print("no document"); sys.exit(0)
sys.stdout.write("%PDF-" + ",".join(names))
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A typesetter that fails on purpose."""
    script = tmp_path / "fake.py"
    script.write_text(_FAKE, "utf-8")
    monkeypatch.setattr(press, "_SCRIPT", script)


def _named(*names: str):
    return [with_id(sheet({"name": name}), f"{index:08d}") for index, name in enumerate(names)]


# ─── Failures ──────────────────────────────────────────────────────────────────


def test_a_form_that_fails_is_missed_and_the_others_are_printed(fake):
    """T19: it is named by its id."""
    printed = print_form(_named("甲", "壞", "乙", "丙", "怪"), demo=False)
    assert printed.pdf.decode() == "%PDF-甲,乙,丙"
    assert printed.missing == ("00000001", "00000004")


def test_a_form_that_takes_too_long_is_missed_too(fake):
    """T21: it is stopped, and the others are printed."""
    printed = print_form(_named("甲", "慢"), demo=False, limit_s=4)
    assert printed.missing == ("00000001",)


@pytest.mark.parametrize("name", ["壞", "慢", "怪"])
def test_one_form_by_itself_fails_with_its_name(fake, name):
    """The exception says which one, and nothing of what stood in it."""
    with pytest.raises(NotPrinted, match=r"^the form of 7c9e6679 could not be printed$") as failed:
        print_sheet(sheet({"name": name}), demo=False, limit_s=1)
    assert name not in str(failed.value)


def test_a_stack_of_nothing_but_bad_forms_is_no_document(fake):
    """Whoever asked prints them one by one, and learns of each."""
    with pytest.raises(NotPrinted):
        print_form(_named("壞", "怪"), demo=False)


def test_forms_that_print_by_halves_only_are_not_called_bad(fake, monkeypatch):
    """A stack may fail as a whole: then it is no document, and no form is accused."""
    monkeypatch.setattr(press, "_press", lambda sheets, **_: None if len(sheets) > 1 else b"%PDF-")
    with pytest.raises(NotPrinted):
        print_form(_named("甲", "乙"), demo=False)


@pytest.mark.parametrize("count", [0, MOST_SHEETS + 1])
def test_a_stack_has_its_size(count):
    """More would not fit into the memory that the process may have."""
    with pytest.raises(ValueError, match="forms go into one document"):
        print_form([sheet()] * count, demo=False)


def test_a_full_stack_fits_into_the_memory():
    """T21: 512 MB are enough for MOST_SHEETS forms with long stories."""
    long = {**SOMEBODY, "story": "他說要傳給我的家人，我很害怕。" * 130}
    printed = print_form([with_id(sheet(long), f"{number:08d}") for number in range(MOST_SHEETS)], demo=False)
    assert printed.missing == ()
    assert len(pypdfium2.PdfDocument(printed.pdf)) == 2 * MOST_SHEETS


# ─── The empty room ────────────────────────────────────────────────────────────


def test_only_our_own_fonts_are_used_and_all_are_inside(monkeypatch, tmp_path):
    """It looks the same on a machine without any font: the process gets no settings of the machine."""
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("FONTCONFIG_PATH", str(tmp_path))
    pdf = print_sheet(sheet({**SOMEBODY, "name": "Thảo สมหญิง"}), demo=True)
    names = set()
    with pypdfium2.PdfDocument(pdf) as document:
        for each in document[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            font = pdfium.FPDFTextObj_GetFont(each)
            assert pdfium.FPDFFont_GetIsEmbedded(font) == 1
            name = pdfium.ctypes.create_string_buffer(99)
            pdfium.FPDFFont_GetBaseFontName(font, name, 99)
            names.add(name.value.decode().rpartition("+")[2])
    assert {name.split("-")[0] for name in names} == {
        "FrontdoorLatin",
        "FrontdoorHan",
        "FrontdoorHead",
        "FrontdoorThai",
    }


def test_the_same_form_gives_the_same_bytes():
    """No clock and no machine is in it."""
    assert print_sheet(sheet(), demo=False) == print_sheet(sheet(), demo=False)


def _draw(source, tmp_path, monkeypatch):
    """Run the typesetter with another template: what could one do that got in?"""
    here = tmp_path / "there"
    here.mkdir()
    (here / "fonts").symlink_to(typesetter.HERE / "fonts")
    (here / "form.typ").write_text(source, "utf-8")
    monkeypatch.setattr(typesetter, "HERE", here)
    empty = tmp_path / "empty"
    empty.mkdir()
    return typesetter.typeset("{}", root=empty)


@pytest.mark.parametrize(
    "source",
    [
        '#read("/etc/passwd")',
        '#read("../there/form.typ")',
        '#read("form.typ")',
        '#image("/proc/self/environ")',
        '#import "/etc/hostname": x',
        '#include "../../secret.typ"',
    ],
)
def test_even_a_template_can_read_nothing(source, tmp_path, monkeypatch):
    """T21: the root is an empty directory, and nothing leads out of it."""
    with pytest.raises(typst.TypstError):
        _draw(source, tmp_path, monkeypatch)


def test_even_a_template_can_load_nothing_from_afar(tmp_path, monkeypatch):
    """T21: the only way out of the process is a package, and its door is closed."""
    for name, value in press._ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(typst.TypstError):
        _draw('#import "@preview/example:0.1.0": add', tmp_path, monkeypatch)


def test_the_process_takes_its_own_rights_away(monkeypatch):
    """T21: processor, memory, files, and no way to write one or to leave a core."""
    taken = {}
    monkeypatch.setattr(typesetter.resource, "setrlimit", lambda what, most: taken.update({what: most}))
    typesetter.bound(10)
    assert taken[resource.RLIMIT_CPU] == (10, 10)
    assert taken[resource.RLIMIT_AS] == (512 * 1024 * 1024,) * 2
    assert taken[resource.RLIMIT_FSIZE] == (0, 0)
    assert taken[resource.RLIMIT_CORE] == (0, 0)


def test_the_process_reads_and_writes_its_pipes_alone(monkeypatch, tmp_path):
    """The same work as in the process, where it can be watched."""
    told = io.BytesIO(json.dumps({"demo": False, "sheets": [arrange(sheet())]}).encode())
    out = io.BytesIO()
    monkeypatch.setattr(typesetter, "bound", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["typesetter.py", "10"])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=told))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    monkeypatch.chdir(tmp_path)
    typesetter.main()
    assert "陳怡君" in read_whole(out.getvalue())
    assert list(tmp_path.iterdir()) == []


def test_what_the_process_complains_about_stays_there(capfd):
    """T30: a message of the typesetter could hold what somebody wrote."""
    done = subprocess.run(
        [sys.executable, "-I", str(Path(typesetter.__file__)), "5"],
        input=b"{}",
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr
    print_sheet(sheet(), demo=False)
    assert capfd.readouterr() == ("", "")


def test_nothing_of_a_person_shows_in_a_repr():
    """T30."""
    one = sheet()
    assert "陳怡君" not in repr(one)
    assert "陳怡君" not in repr(print_form([one], demo=False))


def test_no_address_of_a_page_becomes_a_link():
    """T22: there is nothing to click, whatever was written."""
    linky = {
        "story": "看 https://evil.example/a?b=c 和 mailto:a@evil.example",
        "contact_way": "tel:113 www.evil.example",
    }
    with pypdfium2.PdfDocument(print_sheet(sheet(linky), demo=False)) as document:
        assert [pdfium.FPDFPage_GetAnnotCount(page) for page in document] == [0]
