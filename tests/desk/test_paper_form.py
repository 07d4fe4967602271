"""The printed form: the city's blocks and boxes, ours beside them, and every word that somebody wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.desk.paper import Centre, print_form, print_sheet
from bot.form.model import Field, Option
from tests.desk.papers import (
    AGREED,
    LONG,
    PAGE_TURN,
    SOMEBODY,
    list_signs,
    official,
    read_pages,
    read_whole,
    sheet,
    squeeze,
    with_id,
)

#: What the city prints around the fields. Source: 成人性影像案件轉介表.
PRINTED = (
    "※密件請傳",
    "縣（市）家庭暴力暨（及）性侵害防治中心電話：傳真：",
    "成人性影像案件轉介表",
    "自112年2月15起適用",
    "轉介單位",
    "受保護／被害人",
    "案情陳述",
    "服務需求",
    "受暴類型(複選)",
    "回復受理結果",
    "*轉介人姓名",
    "*姓名",
    "*出生日期或年齡",
    "身分證統一編號（或護照號碼）",
    "◎居住地址：",
    "居住地址是否須保密：□是□否",
    "◎電話：【宅】【公】【手機】",
    "安全聯絡人姓名：電話：【宅】【公】【手機】",
    "與受保護（被害）人關係：",
    "簡述事發原因、經過…及其他補充事項",
    "年月日(歲)",
    "□高中（職）（□在學□休學□畢業）□大專以上（□在學□休學□畢業）",
    "□是，障別：□疑似，障別：□非身心障礙者□不詳□其他：",
    "接案單位：接案人姓名：；職稱；聯繫電話：",
    "「*」為必填欄位「◎」為擇一填寫欄位",
)
#: In a table of two columns a reader of text finds the name of a block in its middle.
ORDER = ("轉介", "姓名", "居住地址：", "◎電話", "簡述", "諮詢協談", "遭偷拍攝", "接案單位", "符號說明")


def _print(fields=SOMEBODY, *, demo=False, **more: object):
    return print_sheet(sheet(fields, **more), demo=demo)


def _read(fields=SOMEBODY, **more: object):
    return read_whole(_print(fields, **more))


# ─── The city's form ───────────────────────────────────────────────────────────


def test_an_empty_form_is_the_citys_form():
    """Every word of it stands there, in its order, on one page, and no box is ticked."""
    pages = read_pages(_print({}, uses=dict.fromkeys(AGREED, False)))
    text = squeeze("".join(pages))
    assert len(pages) == 1
    assert [words for words in PRINTED if words not in text] == []
    places = [text.index(words, text.index("自112年")) for words in ORDER]
    assert places == sorted(places)
    assert text.count("■") == 1  # in the legend of our own line


@pytest.mark.parametrize("key", ["gender", "foreign_worker", "address_secret", "needs", "types"])
def test_every_box_of_the_form_is_printed_and_the_chosen_ones_are_ticked(key):
    """One by one: the box before its label, and no other, is filled."""
    options = official().fields[key].options
    text = read_whole(print_form([sheet({key: one.id}) for one in options], demo=False).pdf)
    for one in options:
        assert text.count(f"■{squeeze(one.label)}") >= 1
        assert text.count(f"□{squeeze(one.label)}") >= len(options) - 1


def test_several_boxes_of_one_field_are_ticked():
    """Needs and kinds of harm may be many."""
    text = _read(
        {
            "types": "t1,t5,t8",
            "types_other": "冒用我的名字",
            "needs": "shelter,other",
            "needs_other": "陪我談",
        }
    )
    assert "■遭偷拍攝性影像□遭強迫拍攝性影像" in text
    assert "■未經同意遭他人重製、交付、散布以電腦合成或其他科技方法製造之性影像□遭他人恐嚇" in text
    assert "■其他：（請說明）冒用我的名字" in text
    assert "■庇護安置□陪同服務" in text
    assert "■其他扶助：陪我談" in text


@pytest.mark.parametrize(
    ("chosen", "line"),
    [
        ("senior_in", "■學生■高中（職）（■在學□休學□畢業）□大專以上（□在學□休學□畢業）□非學生"),
        ("college_done", "■學生□高中（職）（□在學□休學□畢業）■大專以上（□在學□休學■畢業）□非學生"),
        ("not_student", "□學生□高中（職）（□在學□休學□畢業）□大專以上（□在學□休學□畢業）■非學生"),
    ],
)
def test_schooling_ticks_all_boxes_on_the_way(chosen, line):
    """A student on leave is a student, of a school, on leave: the form has a box for each."""
    assert line in _read({"schooling": chosen})


@pytest.mark.parametrize(
    ("chosen", "line"),
    [
        ("yes", "■是，障別：聽覺□疑似，障別：□非身心障礙者□不詳□其他："),
        ("suspected", "□是，障別：■疑似，障別：聽覺□非身心障礙者□不詳□其他："),
        ("other", "□是，障別：□疑似，障別：□非身心障礙者□不詳■其他：聽覺"),
        ("", "□是，障別：□疑似，障別：□非身心障礙者□不詳□其他：聽覺"),
    ],
)
def test_the_kind_of_a_disability_stands_at_its_box(chosen, line):
    """Words without a tick are not lost either."""
    assert line in _read({"disability": chosen, "disability_kind": "聽覺"})


@pytest.mark.parametrize(
    ("birth", "line"),
    [
        ("1990-05-20", "79年5月20日(歲)"),
        ("34", "年月日(34歲)"),
        ("1911-05-20", "年月日(歲)1911-05-20"),
        ("大約三十", "年月日(歲)大約三十"),
        ("", "年月日(歲)"),
    ],
)
def test_the_birth_day_is_written_as_the_form_does(birth, line):
    """A day in the Republic's calendar, or an age; what is neither is not lost."""
    assert line in _read({"birth": birth})


def test_an_address_is_put_into_the_parts_of_the_form():
    """Each part stands before its name."""
    line = "臺北市縣（市）中山區鄉（鎮、市、區）福安里村（里）3鄰中山北路路（街、道）二段12巷3弄5號之16樓"
    assert f"◎居住地址：{line}居住地址是否" in _read()


def test_an_address_that_is_not_understood_is_printed_as_it_was_written():
    """With the parts left empty, so that nothing is guessed."""
    text = _read({"county": "桃園市", "address": "工業區宿舍B棟3樓靠樓梯那間"})
    assert "鄰路（街、道）段巷弄號之樓（照本人所寫）工業區宿舍B棟3樓靠樓梯那間" in text


def test_the_rooms_of_one_floor_are_told_apart():
    """3樓之2 has no place on the form, so it stands behind the floor."""
    assert "5號之3樓之2" in _read({"address": "中正路5號3樓之2"})


def test_the_answer_of_the_centre_is_empty_or_filled():
    """The receiving centre fills it in, and the operator the first block."""
    added = {
        "unit_name": "性影像處理中心",
        "referrer_name": "林育安",
        "referrer_phone": "02-1234-5678",
        "reply_unit": "家防中心",
        "reply_name": "李社工",
        "reply_title": "社工師",
        "reply_phone": "02-2222-3333",
    }
    text = _read(added=added)
    assert "單位名稱性影像處理中心*轉介人姓名林育安*電話02-1234-5678" in text
    assert "接案單位：家防中心接案人姓名：李社工；職稱社工師；聯繫電話：02-2222-3333" in text


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, "請傳臺北市縣（市）家庭暴力暨（及）性侵害防治中心電話：傳真："),
        ({"uses": {"refer": False}}, "請傳縣（市）家庭"),
        (
            {"centre": Centre("花蓮縣", "03-111-2222", "03-333-4444")},
            "請傳花蓮縣縣（市）家庭暴力暨（及）性侵害防治中心電話：03-111-2222傳真：03-333-4444",
        ),
    ],
)
def test_the_header_is_ready_for_the_fax(more, line):
    """The county is filled in only if passing the form on was agreed to; the desk may name another centre."""
    assert line in _read(**more)


# ─── Ours ──────────────────────────────────────────────────────────────────────


def test_what_was_agreed_to_is_printed_use_by_use():
    """A use that was refused stands there with an empty box; one that the paper has no word for, in the consent's."""
    text = _read(uses={**AGREED, "extra": True})
    assert "■聯絡本人■處理特種個資（性生活等）■轉給居住地防治中心□聯絡安全聯絡人■extra" in text
    assert "同意時間：115年11月22日2時許告知事項版本：2026-11-21內容雜湊：3fa9c0d1e2b4" in text


def test_what_the_conversation_suggested_is_told_from_what_was_written():
    """A small mark behind the value, or at the block's name; the legend says what it means."""
    text = _read(told=("county", "types", "urgency", "name", "story"))
    for line in ("臺北市◇縣（市）", "選)◇", "□不急◇", "陳怡君◇", "陳述◇", "「◇」由對話帶入"):
        assert line in text
    assert _read().count("◇") == 1


def test_a_field_that_the_paper_does_not_know_is_listed():
    """A form that grew must not lose what somebody wrote."""
    form = official()
    new = Field("pets", "person", "寵物", "choices", options=(Option("cat", "貓"), Option("dog", "狗")))
    form = replace(form, fields={**form.fields, "pets": new})
    filled = sheet({"pets": "cat,bird", "unheard": "沒聽過的", "gender": "female,robot", "colour": ""})
    text = read_whole(print_sheet(replace(filled, form=form), demo=False))
    assert "其他填寫內容" in text
    for line in ("寵物：貓、bird", "unheard：沒聽過的", "性別：robot"):
        assert line in text


def test_boxes_that_a_form_does_not_have_lose_no_choice():
    """Another city's form without a field still prints what a record has in it."""
    form = official()
    smaller = replace(form, fields={key: one for key, one in form.fields.items() if key != "gender"})
    assert "gender：female" in read_whole(print_sheet(replace(sheet(), form=smaller), demo=False))


# ─── Pages ─────────────────────────────────────────────────────────────────────


def test_a_short_form_is_one_page():
    """With its short id, its day in Taipei and the count of its pages."""
    pages = read_pages(_print())
    assert len(pages) == 1
    assert "編號7c9e6679填表日115年11月22日" in squeeze(pages[0])
    assert "第1／1頁" in squeeze(pages[0])


def test_a_long_story_goes_on_on_a_page_that_names_the_form():
    """The first page keeps all blocks; not a sign of the story is lost or said twice."""
    first, second = (squeeze(page) for page in read_pages(_print({**SOMEBODY, "story": LONG})))
    assert "（文長，接續頁）" in first
    assert "接案單位" in first
    assert "※密件成人性影像案件轉介表（續頁）編號7c9e6679第2／2頁案情陳述（續）" in second
    begun = first[first.index("第1天") : first.index("（文長")]
    begun = begun.replace("案情陳述", "")
    rest = second[second.index("案情陳述（續）") + len("案情陳述（續）") :]
    assert squeeze(LONG).startswith(begun)
    assert rest.startswith(squeeze(LONG)[len(begun) :])


def test_a_story_that_ends_a_line_at_the_cut_begins_the_page_without_an_empty_one():
    """The new page is the new line."""
    lines = [f"第{number}行。" for number in range(60)]
    pages = [squeeze(page) for page in read_pages(_print({"story": "\n".join(lines)}))]
    assert len(pages) == 2
    assert all(squeeze(line) in "".join(pages) for line in lines)


def test_pages_are_counted_for_each_form_by_itself():
    """A stack of forms is taken apart at the desk."""
    stack = [sheet(), with_id(sheet({"story": LONG}), "11111111-x"), with_id(sheet(), "22222222-x")]
    pages = [squeeze(page) for page in read_pages(print_form(stack, demo=False).pdf)]
    for page, id_ in zip(pages, ["7c9e6679", "11111111", "11111111", "22222222"], strict=True):
        assert f"編號{id_}填表日" in page
    assert "第1／1頁" in pages[0]
    assert "第1／2頁" in pages[1]
    assert "第2／2頁" in pages[2]
    assert "第1／1頁" in pages[3]


def test_no_length_of_any_field_pushes_anything_off_the_paper():
    """T19: names, words and numbers far too long for their cells are broken and printed whole."""
    long = {
        key: (f"{key}之Wolfeschlegelsteinhausenberger" + "名" * 60 + "x" * 100)
        for key, field in official().fields.items()
        if field.kind not in {"choice", "choices"}
    }
    pdf = _print(
        {**long, "story": LONG},
        added={"reply_unit": "長" * 300},
        centre=Centre("縣" * 90, "1" * 90, "2" * 90),
    )
    text = PAGE_TURN.sub("", read_whole(pdf))
    assert [key for key, value in long.items() if key != "story" and squeeze(value) not in text] == []
    signs = list(list_signs(pdf))
    assert min(sign.left for sign in signs) > 35
    assert max(sign.right for sign in signs) < 595 - 35
    assert min(sign.bottom for sign in signs) > 15


def test_it_can_be_read_after_a_fax():
    """Nothing is smaller than nine points, and no grey is on a real form."""
    assert min(sign.size for sign in list_signs(_print())) >= 9


def test_a_demo_form_says_so_on_every_page():
    """Nobody may take it for a person in need."""
    for page in read_pages(_print({**SOMEBODY, "story": LONG}, demo=True)):
        assert "DEMO示範，非真實案件" in squeeze(page)
    assert "DEMO" not in _read()


# ─── Letters of the world ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Phương Thảo",
        "Đặng Ngọc Ánh",
        "Siti Nurhaliza binti Tarudin",
        "𠮷田さくら",
        "游錫堃",
        "김민지",
        "Ольга",
    ],
)
def test_names_come_out_as_they_went_in(name):
    """Vietnamese marks, rare characters, kana, hangul and Cyrillic."""
    assert squeeze(name) in _read({"name": name})


@pytest.mark.parametrize("name", ["สมหญิง ใจดี", "មាលា", "မေ", "ລາວ"])
def test_scripts_with_marks_around_their_letters_are_drawn(name):
    """A reader of PDF may find a syllable twice; no letter of it is missing, and none became a code."""
    text = _read({"name": name})
    assert set(squeeze(name)) <= set(text)
    assert "[U+" not in text


def test_what_no_font_has_is_named_by_its_code():
    """It must not vanish."""
    assert "[U+1F622][U+E000]" in _read({"name": "😢\ue000"})
