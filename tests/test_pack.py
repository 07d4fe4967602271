"""A service is a folder of data: it loads as a whole or says what is missing."""

import shutil
from pathlib import Path

import pytest

from bot import pack as pack_module
from bot.errors import FlowError
from bot.pack import find_data, load_pack


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the shipped data, to be spoiled."""
    return Path(shutil.copytree(find_data("flows"), tmp_path / "flows"))


def test_the_shipped_pack_is_whole():
    """Conversation, directory, facts, alarms, words and catalogues, in one object."""
    pack = load_pack()
    assert len(pack.flow.states) > 40
    assert pack.knowledge.contacts["siarc"].number == "02-6605-7373"
    assert pack.knowledge.facts["six_months"].source_date
    assert "救命" in pack.alarms.danger
    assert "性影像" in pack.denied_in_previews
    assert pack.words["sorry"]
    assert pack.words["send"]
    assert pack.catalogs.locales[0] == "zh_TW"


def test_another_service_is_another_folder(folder, tmp_path):
    """Its operator and its languages are its own."""
    (folder / "operator.toml").write_text('name = "某某局"\n', encoding="utf-8")
    pack = load_pack(folder, tmp_path / "no_locales")
    assert pack.operator == "某某局"
    assert pack.catalogs.locales == ("zh_TW",)


def test_a_service_may_be_nameless_while_it_is_a_demo(folder):
    """Empty or absent, it is nobody."""
    for text in ('name = ""\n', ""):
        (folder / "operator.toml").write_text(text, encoding="utf-8")
        assert load_pack(folder).operator == ""


FILES = (
    "frontdoor.toml", "contacts.toml", "facts/common.toml", "interface.toml", "phrases.toml", "operator.toml",
    "words/alarms.toml", "words/alike.toml", "words/preview.toml",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in FILES if "/common" not in name])
def test_a_missing_file_is_named(folder, name):
    """Nothing is left out quietly."""
    (folder / name).unlink()
    with pytest.raises(FlowError, match=rf"^{name}: cannot be read: FileNotFoundError$"):
        load_pack(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("content", "reason"), [(b"a = ", "not valid TOML"), (b"\xff\xfe", "UnicodeDecodeError")]
)
def test_a_broken_file_is_named(folder, name, content, reason):
    """By its own name, whatever is wrong with it."""
    (folder / name).write_bytes(content)
    with pytest.raises(FlowError, match=rf"^{name}: .*{reason}"):
        load_pack(folder)


def test_a_wheel_finds_its_data_inside_the_package(tmp_path, monkeypatch):
    """Before the checkout's, so that an installed service does not depend on where it is started."""
    inside, beside = tmp_path / "bot" / "_data" / "flows", tmp_path / "flows"
    beside.mkdir()
    (tmp_path / "bot").mkdir()
    monkeypatch.setattr(pack_module, "_PACKAGE", tmp_path / "bot")
    assert find_data("flows") == beside
    inside.mkdir(parents=True)
    assert find_data("flows") == inside


def test_an_incomplete_installation_says_what_to_do(tmp_path, monkeypatch):
    """The folder is named, and the mend."""
    monkeypatch.setattr(pack_module, "_PACKAGE", tmp_path / "bot")
    with pytest.raises(FlowError, match=r"^flows: the folder is missing: install the package again$"):
        find_data("flows")
