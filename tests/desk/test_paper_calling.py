"""What whoever calls reads first: how to call safely, and what the person asked for after sending."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.desk.paper import Asked, print_sheet
from tests.desk.papers import AT, LONG, PAGE_TURN, SOMEBODY, read_pages, read_whole, sheet, squeeze


def _print(fields=SOMEBODY, **more: object):
    return print_sheet(sheet(fields, **more), demo=False)


def _read(fields=SOMEBODY, **more: object):
    return read_whole(_print(fields, **more))


def _read_box(fields=SOMEBODY, **more: object):
    """What stands before the city's title: the box, and the line for the fax."""
    return _read(fields, **more).partition("成人性影像案件轉介表")[0]


# ─── The box ──────────────────────────────────────────────────────────────────────


def test_how_to_call_safely_stands_before_everything():
    """Whoever calls has read it before coming to a number."""
    text = _read()
    box = text[: text.index("成人性影像案件轉介表")]
    for line in (
        "請撥：■手機□家裡的電話□工作地方的電話□安全聯絡人的電話→0912-345-678",
        "方便時間：平日晚上七點後方便方式：先傳簡訊再打",
        "急迫程度：□今天■這幾天□不急使用語言：中文",
        "對接電話的人可以說：說是牙醫診所約診",
        "不是本人接聽時：□直接掛掉■說打錯了□說要找我□其他",
        "可否留簡訊或語音留言：■可以□不可以",
        "※留言、說來意：沒有勾選的一律不可以。",
    ):
        assert line in box
    assert "02-2345-6789" not in box  # it was not chosen


def test_own_words_for_other_people_on_the_line_stand_in_the_box():
    """They belong to the box that was ticked."""
    assert "■其他：請說是學校" in _read({"if_other": "other", "if_other_words": "請說是學校"})


SAFE = {
    "call_number": "safe",
    "safe_name": "王小姐",
    "safe_phone_home": "03-822-0000",
    "safe_relation": "朋友",
}


def test_a_safe_contact_person_is_not_offered_without_consent():
    """T5: the box forbids the call, and repeats no number."""
    text = _read(SAFE)
    assert "這支電話不可以撥打" in text
    assert "→" not in text
    assert "安全聯絡人姓名：王小姐電話：【宅】03-822-0000" in text


def test_a_safe_number_that_was_chosen_without_consent_may_not_be_called():
    """T5: no tick behind 請撥 says the opposite, with and without a name on the form."""
    for fields in (SAFE, {"call_number": "safe", "phone_mobile": "0912-345-678"}):
        box = _read_box(fields)
        assert "但沒有同意聯絡安全聯絡人：這支電話不可以撥打" in box
        assert "□安全聯絡人的電話" in box
        assert "→" not in box
        assert "請勿撥打其電話" not in box  # it is said once


def test_a_safe_contact_person_who_was_not_chosen_is_barred_in_a_line_of_its_own():
    """T5: named is not agreed to."""
    box = _read_box({**SAFE, "call_number": "mobile", "phone_mobile": "0912-345-678"})
    assert "→0912-345-678" in box
    assert "※本人沒有同意聯絡安全聯絡人：請勿撥打其電話。" in box


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ({"phone_home": "02-2345-6789"}, "→02-2345-6789（本人只留這一支）"),
        ({"phone_home": "0912-345-678", "phone_mobile": "0912-345-678"}, "→0912-345-678（本人只留這一支）"),
        ({"phone_home": "02-2345-6789", "phone_mobile": "0912-345-678"}, "本人沒有指定，只打本人的號碼"),
    ],
)
def test_without_a_choice_the_persons_own_number_is_the_one(numbers, line):
    """One stands there to be called; of several none is picked for them. The safe contact's is not one of them."""
    box = _read_box({**numbers, "safe_name": "王小姐", "safe_phone_home": "03-822-0000"})
    assert f"□安全聯絡人的電話{line}方便時間" in box
    assert "03-822-0000" not in box


def test_without_any_number_nothing_is_said_about_one():
    """There may be an address alone."""
    assert "□安全聯絡人的電話方便時間" in _read_box({"safe_phone_home": "03-822-0000"})


@pytest.mark.parametrize("uses", [{"refer": False}, {}])
def test_without_consent_to_pass_it_on_the_paper_says_not_to_fax_it(uses):
    """R21: the first line of the form asks for a fax; the box says no before it."""
    assert "※本人沒有同意轉給居住地防治中心：請勿傳真。" in _read_box(uses=uses)
    assert "請勿傳真" not in _read()


def test_with_consent_the_safe_contact_persons_number_is_the_one_to_call():
    """And the caller is told what the person agreed to."""
    text = _read(SAFE, uses={"safe_person": True})
    assert "→03-822-0000（王小姐）" in text
    assert "只說要找本人，不說是什麼事" in text
    assert "請勿撥打" not in text


# ─── What was asked for later ──────────────────────────────────────────────────


WITHDRAW = Asked("withdraw", AT)
CORRECT = Asked("correct", AT + timedelta(hours=3), "不要打手機了，\n他拿走了。")
HEADING = "送出後收到的請求"
OLD_NUMBER = "更正若說原號碼不安全：不要撥打原號碼。"


def test_without_a_request_the_paper_says_nothing_of_one():
    """The box begins with its title."""
    text = _read()
    assert "本人已提出" not in text
    assert HEADING not in text


def test_a_withdrawal_is_the_first_line_of_the_box():
    """T5: before any number; with nothing more to say there is no further page."""
    pages = read_pages(_print(requests=(WITHDRAW,)))
    assert len(pages) == 1
    assert "※本人已提出：收回（11/222時）。撥打前先看。撥打前先看：怎麼聯絡" in squeeze(pages[0])
    assert OLD_NUMBER not in squeeze(pages[0])


def test_a_correction_is_announced_in_the_box_and_stands_whole_on_the_next_page():
    """T5: the old number may be the one that is no longer safe."""
    first, last = (squeeze(page) for page in read_pages(_print(requests=(WITHDRAW, CORRECT))))
    line = "※本人已提出：收回（11/222時）、更正（見末頁）。撥打前先看。"
    assert f"{line}{OLD_NUMBER}撥打前先看：怎麼聯絡才安全" in first
    assert f"第2／2頁{HEADING}" in last
    assert "1／2收回（11/222時）2／2更正（11/225時）不要打手機了，他拿走了。" in last


def test_no_sign_of_any_correction_is_cut():
    """Five of them, as long as they may be, behind a story that goes on: all is there, in its order."""
    five = tuple(
        Asked("correct", AT + timedelta(hours=number), f"第{number}次：{LONG}") for number in range(1, 6)
    )
    pages = [squeeze(page) for page in read_pages(_print({**SOMEBODY, "story": LONG}, requests=five))]
    assert "更正5件（見末頁）" in pages[0]
    text = PAGE_TURN.sub("", "".join(pages))
    places = [text.index(squeeze(one.words)) for one in five]
    assert places == sorted(places)
    assert text.index(HEADING) < places[0]


@pytest.mark.parametrize(
    ("kind", "line", "name"),
    [
        ("withdraw", "※本人已提出：收回（11/222時，無法讀取）。撥打前先看。", "收回"),
        ("correct", f"※本人已提出：更正（見末頁）。撥打前先看。{OLD_NUMBER}", "更正"),
        ("", f"※本人已提出：其他請求（見末頁）。撥打前先看。{OLD_NUMBER}", "請求"),
    ],
)
def test_a_request_that_cannot_be_read_is_not_passed_over(kind, line, name):
    """T19: that there is one is what the caller has to know."""
    text = _read(requests=(Asked(kind, AT, fault="unreadable"),))
    assert line in text
    assert f"{name}（11/222時）：無法讀取；請告訴管理員，並向本人確認。" in text


def test_a_forged_request_is_named_and_not_taken_for_the_persons():
    """T11: neither its kind nor its words are believed."""
    text = _read(requests=(Asked("withdraw", AT, fault="forged"),))
    assert "※有1件請求簽章不符，不採用（見末頁）。撥打前先看：怎麼" in text
    assert "請求（11/222時）：簽章不符，不採用；請通報資安負責人，並向本人確認。" in text
    assert "本人已提出" not in text
    assert "收回" not in text
