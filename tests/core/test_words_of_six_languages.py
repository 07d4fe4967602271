"""What people type in the six languages: cries for help, the ways out, short answers, and idioms that mean no harm."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot.core.alike import parse_alike, widen
from bot.core.hear import Alarm, AlarmWords, Chose, Ear, TookWayOut, Unclear
from bot.core.model import ChoiceId, StateId, WayOutId
from bot.core.parse import parse_flow
from bot.errors import FlowError
from bot.pack import find_data
from tests.core.cast import TINY, shipped

FLOW = parse_flow(TINY, "tiny.toml")
LOCALES = ("zh_TW", "en", "vi", "id", "th", "fil")

DANGER = {
  "zh_TW": ["他在門口，拿刀", "他说要杀我"],
  "en": ["he's pounding on my door", "im hiding in the bathroom, he has a knife"],
  "vi": ["nó đang đập cửa", "no dang dap cua nha, no cam dao", "hắn đòi giết em", "em bị nhốt trong phòng", "nó đánh em hoài"],
  "id": ["dia gedor gedor pintu", "aku dikurung di kamar", "mantan mau bunuh aku", "dia bawa pisau ke kos", "lagi dipukulin"],
  "th": ["มันอยู่หน้าบ้าน", "เขาถือมีด", "โดนขังในห้อง ออกไปไหนไม่ได้", "แฟนขู่ฆ่า", "เขา ทุบประตู อยู่"],
  "fil": ["nasa labas siya ng bahay", "may hawak na kutsilyo", "papatayin nya ako", "ikinulong ako sa kwarto", "binubugbog ako ng asawa ko"],
}  # fmt: skip
CRISIS = {
  "zh_TW": ["我不想活了", "活着好累"],
  "en": ["i dont wanna live", "everyone would be better off without me"],
  "vi": ["em muốn chết quá", "khong muon song nua", "ko muốn sống nữa", "nghĩ quẩn rồi, em tự tử đây", "sống không bằng chết"],
  "id": ["pengen mati aja", "udah ga sanggup lagi", "capek hidup", "mau bunuh diri", "lebih baik aku mati"],
  "th": ["อยากตาย", "ไม่อยากอยู่แล้ว", "อยากหลับไม่ตื่น", "จะฆ่าตัวตาย", "ทนไม่ไหวแล้วจริงๆ"],
  "fil": ["gusto ko nang mamatay", "ayoko na mabuhay", "di ko na kaya", "magpapakamatay na ako", "sana di na ako magising"],
}  # fmt: skip
HARMLESS = {
  "zh_TW": ["笑死我了", "想死你了"],
  "en": ["beats me", "he hit me up on ig"],
  "vi": ["chết cười", "cười muốn chết luôn", "đói muốn chết", "tài khoản bị đánh cắp", "toi can tu van", "cắt ảnh đăng tường", "từ từ em kể"],
  "id": ["mati ketawa", "hp mau mati, nanti lanjut", "lapar mau mati", "mati lampu", "ngikutin aku di tiktok"],
  "th": ["ตายแล้ว ลืมส่ง", "ขำจะตาย", "หิวจะตาย", "จะตีสามแล้ว", "ขอลิงก์ใหม่"],
  "fil": ["patay na patay ako sa kanya", "nakamamatay sa tawa", "mamatay sa tawa", "gusto ko mawala yung video", "hindi ako nasa panganib"],
}  # fmt: skip
WAYS = {
  "human": ["真人", "human", "người thật", "nguoi that", "orang", "tolong", "คนจริง", "ช่วย", "tao", "tulong"],
  "back": ["上一步", "back", "quay lại", "quay lai", "kembali", "ย้อนกลับ", "bumalik"],
  "leave": ["離開", "exit", "thoát", "thoat", "keluar", "ออก", "umalis"],
  "erase": ["刪除", "delete", "xóa", "xoá", "xoa het", "hapus", "ลบ", "burahin"],
  "more": ["更多", "more", "thêm", "lainnya", "เพิ่มเติม", "iba pa"],
  "change": ["改答案", "wrong button", "bấm nhầm", "bam nham", "salah pencet", "กดผิด", "maling pindot"],
  "restart": ["重新開始", "start over", "làm lại từ đầu", "dari awal", "เริ่มใหม่", "ulitin sa simula"],
  "language": ["換語言", "language", "tiếng việt", "tieng viet", "bahasa indonesia", "ภาษาไทย", "tagalog", "越南文"],
  "about_me": ["你知道我什麼", "privacy", "biết gì về tôi", "data saya", "ข้อมูลของฉัน", "privacy ko"],
  "look_up": ["查資料", "info", "tra thông tin", "cari info", "หาข้อมูล", "maghanap"],
}  # fmt: skip
YES = ["是", "yes", "vâng", "dạ", "co", "iya", "ใช่ค่ะ", "oo", "opo"]
NO = ["沒有", "no", "không", "ko", "gak", "nggak", "ไม่", "hindi", "wala"]
NAMES = {
  "zh_TW": ["繁體中文", "中文", "tiếng trung", "mandarin"], "en": ["English", "英文", "bahasa inggris", "ภาษาอังกฤษ"],
  "vi": ["Tiếng Việt", "tieng viet", "越南文"], "id": ["Bahasa Indonesia", "indo", "印尼文"],
  "th": ["ไทย", "ภาษาไทย", "thai"], "fil": ["Filipino", "tagalog", "菲律賓文"],
}  # fmt: skip


def _hear(text: str, state: str = "age_now", locale: str = "zh_TW"):
    pack = shipped()
    ear = Ear(pack.flow, pack.alarms, pack.catalogs.translate)
    return ear.hear(text, pack.flow.states[StateId(state)], locale)


def _flat(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(key, text) for key, texts in table.items() for text in texts]


@pytest.mark.parametrize(("locale", "text"), _flat(DANGER))
def test_danger_is_heard_in_every_language(locale: str, text: str):
    """Whatever language the conversation is in: people fall back into their own."""
    assert {_hear(text, locale=one) for one in (locale, "zh_TW", "en")} == {Alarm("danger")}


@pytest.mark.parametrize(("locale", "text"), _flat(CRISIS))
def test_a_crisis_is_heard_in_every_language(locale: str, text: str):
    """With and without marks, in slang, in the middle of a sentence."""
    assert {_hear(text, locale=one) for one in (locale, "zh_TW", "en")} == {Alarm("crisis")}


@pytest.mark.parametrize(("locale", "text"), _flat(HARMLESS))
def test_idioms_are_no_alarm_in_any_language(locale: str, text: str):
    """People die of laughter everywhere; and a word that stands within another one is none."""
    assert not isinstance(_hear(text, locale=locale), Alarm)


def test_an_idiom_hides_nothing_that_follows_it():
    """Laughing in the same breath as despair is common."""
    for text in (
        "cười muốn chết nhưng em muốn chết thật",
        "mati ketawa, tapi aku mau mati",
        "ขำจนอยากตาย แต่ฉันอยากตาย",
    ):
        assert Alarm("crisis") == _hear(text)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("way", "word"), _flat(WAYS))
def test_ways_out_are_heard_in_every_language(way: str, word: str, locale: str):
    """Nobody is kept in because the bot speaks another language than they type."""
    assert _hear(word, locale=locale) == TookWayOut(WayOutId(way))


@pytest.mark.parametrize(("choice", "words"), [("adult", YES), ("minor", NO)])
def test_yes_and_no_are_heard_in_every_language(choice: str, words: list[str]):
    """Also where a label says something longer."""
    assert {_hear(word) for word in words} == {Chose(ChoiceId(choice))}


@pytest.mark.parametrize(("locale", "name"), _flat(NAMES))
def test_the_language_page_knows_each_language_by_its_names(locale: str, name: str):
    """Its own name, and what its neighbours call it."""
    page = shipped().flow.states[StateId("language")]
    heard = _hear(name, "language", "en")
    assert isinstance(heard, Chose)
    assert page.get_choice(heard.id).locale == locale


def test_the_language_page_offers_every_language_that_is_spoken():
    """And no other."""
    offered = {choice.locale for choice in shipped().flow.states[StateId("language")].choices}
    assert offered == set(LOCALES) == set(shipped().catalogs.locales)


def test_the_first_words_name_every_language():
    """Somebody who cannot read them sees that there is another language, and what to press."""
    pack = shipped()
    start = pack.flow.states[StateId("start")]
    own = {
        "zh_TW": "中文",
        "en": "English",
        "vi": "Tiếng Việt",
        "id": "Bahasa Indonesia",
        "th": "ไทย",
        "fil": "Filipino",
    }
    for locale in LOCALES:
        first = pack.catalogs.translate("frontdoor.start", start.say[0].text, locale)
        assert [name for key, name in own.items() if key != locale and name not in first] == []
    leads = [choice for choice in start.choices if any(route.to == "language" for route in choice.routes)]
    labels = {
        pack.catalogs.translate(f"frontdoor.start.{one.id}", one.label, at) for one in leads for at in LOCALES
    }
    assert len(leads) == 1
    assert all("Language" in label for label in labels)


def test_a_vietnamese_word_ends_where_its_letters_end():
    """Marks make another letter of it, and what goes on with a letter is another word."""
    ear = Ear(FLOW, AlarmWords(crisis=("tu sat", "tự sát"), harmless=("tu sat nut",)))
    start = FLOW.states[StateId("start")]
    assert ear.hear("em tự sát", start, "vi") == ear.hear("em tu sat.", start, "vi") == Alarm("crisis")
    for text in ("tu sắt", "tự sátx", "tu sat nut roi"):
        assert isinstance(ear.hear(text, start, "vi"), Unclear)


# ─── Words that mean the same ─────────────────────────────────────────────────


def test_every_word_that_others_mean_is_one_that_an_answer_lists():
    """Otherwise a misspelled key would be heard nowhere."""
    tracks = [
        tomllib.loads(path.read_text()) for path in sorted(Path(find_data("flows"), "tracks").glob("*.toml"))
    ]
    choices = [
        choice
        for track in tracks
        for state in track["states"].values()
        for choice in state.get("choices", [])
    ]
    listed = {word for choice in choices for word in choice.get("words", [])}
    alike = parse_alike(Path(find_data("flows"), "words/alike.toml").read_text())
    assert sorted(alike.keys() - listed) == []


def test_what_the_flow_lists_comes_before_what_means_the_same():
    """A word of another answer stays its own, and one that two answers would hear belongs to the upper one."""
    text = TINY.replace('{ id = "minor", label = "還沒",', '{ id = "minor", label = "還沒", words = ["no"],')
    wide = widen(parse_flow(text, "tiny.toml"), {"yes": ("oo", "no", "po"), "no": ("hindi", "po")})
    adult, minor, *_ = wide.states[StateId("start")].choices
    assert (adult.words, minor.words) == (("yes", "oo", "po"), ("no", "hindi"))


def test_a_list_that_is_not_one_is_named():
    """The file is for people who correct words."""
    with pytest.raises(FlowError, match="'yes' is missing or is not a list"):
        parse_alike('[alike]\nyes = "oo"\n')
