"""The chat page without scripts: every button is a form."""

from __future__ import annotations

import gzip
import re
import tomllib
from datetime import date

import pytest

from bot.core.inputs import Picked, Typed
from bot.core.model import VisitId
from bot.front.form_drawing import FORM_WORDS
from bot.front.pages import SCRIPT_WORDS, STATIC, WORDS
from tests.front.fakes import ROOT, SOURCE_WORDS, FakeConversation, list_records, make_app

TAP = {"delivery": "d" * 32, "tap": "v=new&t=0&c=what"}


def count_buttons(page: str, kind: str) -> int:
    return page.count(f'class="{kind}"')


async def test_the_page_shows_the_question_and_its_buttons(client):
    """Bubbles, choices, ways out, a box, the exit and the telephone numbers: all there without scripts."""
    page = (await client.get("/chat")).text
    assert "你現在方便說話嗎？" in page
    assert (count_buttons(page, "choice"), count_buttons(page, "way"), count_buttons(page, "exit")) == (
        2,
        6,
        1,
    )
    assert '<html lang="zh-Hant-TW">' in page
    assert "清不掉瀏覽器的瀏覽紀錄" in page
    assert 'href="tel:113"' in page
    assert 'href="tel:110"' in page


async def test_the_title_and_the_icon_are_neutral(client):
    """A tab seen by somebody else tells nothing, also when something waits in it."""
    page = (await client.get("/chat")).text
    assert re.search("<title>(.*)</title>", page)[1] == "備忘"
    assert 'data-waiting="/static/icon-dot.svg"' in page
    for name in ("icon", "icon-dot"):
        icon = (await client.get(f"/static/{name}.svg")).text
        assert "<svg" in icon
        assert not re.search("<text|<title|href", icon)


async def test_the_front_page_is_the_chat(client):
    """`/` goes to `/chat`."""
    response = await client.get("/")
    assert (response.status_code, response.headers["location"]) == (303, "/chat")


async def test_nothing_is_written_into_the_page(client):
    """No inline script, style or handler, and nothing from elsewhere."""
    page = (await client.get("/chat")).text
    scripts = [f'<script src="/static/{name}.js" type="module">' for name in ("exit", "live", "chat")]
    assert re.findall(r"<script[^>]*>", page) == scripts
    assert not re.search(r"<style|\son\w+=|\sstyle=|javascript:", page)
    assert set(re.findall(r'(?:src|href)="(https?:[^"]*)"', page)) == set()


async def test_a_tap_goes_back_to_the_page(client):
    """303 once the browser showed its cookie, so that a reload or Back repeats nothing."""
    await client.post("/chat", data={**TAP, "tap": "v=new&t=0&c=language"})
    response = await client.post("/chat", data={"delivery": "e" * 32, "tap": "v=visit-1&t=0&c=what"})
    assert (response.status_code, response.headers["location"]) == (303, "/chat")
    assert "這不是你的錯" in (await client.get("/chat")).text


async def test_a_note_said_once_is_not_lost(client):
    """When the page would not say the same again, the answer is shown at once."""
    response = await client.post("/chat", data={"delivery": "d" * 32, "text": "怎麼辦"})
    assert response.status_code == 200
    assert "我還不懂這句話" in response.text
    assert "怎麼辦" not in response.text
    assert "set-cookie" in response.headers


async def test_erasing_is_confirmed(client, conversation):
    """The confirmation is said although the stored conversation is gone."""
    await client.post("/chat", data=TAP)
    response = await client.post("/chat", data={"delivery": "e" * 32, "tap": "v=visit-1&t=1&c=erase"})
    assert "都清掉了" in response.text
    assert count_buttons(response.text, "choice") + count_buttons(response.text, "way") == 0
    assert '<p id="over" ><a class="button" href="/chat">' in response.text
    assert conversation.where == {}


async def test_a_farewell_shows_the_exit(client):
    """A reply that leaves has a button that goes the same way."""
    response = await client.post("/chat", data={"delivery": "d" * 32, "tap": "v=new&t=0&c=leave"})
    assert "明天多雲" in response.text
    assert response.text.count('action="/chat/leave"') == 2


async def test_a_repeated_post_is_one_answer(client, conversation):
    """The nonce of the form is the delivery, with a cookie and without."""
    seat = {"seat": "s" * 43}
    for _ in range(2):
        await client.post("/chat", data={**TAP, **seat})
        client.cookies.clear()
    assert len(conversation.received) == 1


async def test_two_pages_have_two_nonces(client):
    """A later answer is never taken for the earlier one."""
    pages = [(await client.get("/chat")).text for _ in range(2)]
    nonces = {nonce for page in pages for nonce in re.findall(r'name="delivery" value="([^"]+)"', page)}
    assert len(nonces) == 2


async def test_nothing_to_say_is_the_current_question(client, conversation):
    """A turn without a reply shows where one is."""
    conversation.silent = True
    assert (await client.post("/chat/turn", json=TAP)).json()["view"]["turn"] == 0


async def test_a_text_that_is_too_long_stays_in_the_box(client, conversation):
    """Not sent, not cut, not lost."""
    text = "我" * 5_001
    response = await client.post("/chat", data={"delivery": "d" * 32, "text": text})
    assert response.status_code == 413
    assert text in response.text
    assert "還沒有送出" in response.text
    assert conversation.received == []
    assert "set-cookie" not in response.headers


async def test_the_longest_text_is_taken_whole(client, conversation):
    """5,000 characters fit."""
    await client.post("/chat", data={"delivery": "d" * 32, "text": "我" * 5_000})
    assert conversation.received[0].what == Typed("我" * 5_000)


async def test_the_box_never_fills_a_form_beyond_the_cap(client):
    """What the box takes, a form can carry: nine bytes a character at most."""
    limit = int(re.search(r'maxlength="(\d+)"', (await client.get("/chat")).text)[1])
    response = await client.post("/chat", data={"delivery": "d" * 32, "text": "我" * limit})
    assert "我" * limit in response.text


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"delivery": "d" * 32},
        {"delivery": "d" * 32, "text": " "},
        {"delivery": "short", "tap": "v=new&t=0&c=what"},
        {"delivery": "d" * 32, "tap": "nonsense"},
        {f"field{number}": "x" for number in range(40)},
    ],
)
async def test_a_form_that_is_not_ours_repeats_the_question(client, conversation, sent):
    """400 with the current question: nothing stored, nobody blamed."""
    response = await client.post("/chat", data=sent)
    assert response.status_code == 400
    assert "不是你的問題" in response.text
    assert "你現在方便說話嗎？" in response.text
    assert conversation.received == []


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/json", ""])
async def test_another_kind_of_body_is_no_form(client, kind):
    """Only what our page's forms send."""
    response = await client.post(
        "/chat", content=b"text=hi&delivery=" + b"d" * 32, headers={"content-type": kind}
    )
    assert response.status_code == 400


async def test_bytes_that_are_no_text_are_no_form(client):
    """Raw bytes above ASCII never come from a form."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post("/chat", content=b"text=\xff\xfe", headers=headers)).status_code == 400


async def test_a_forged_choice_repeats_the_question(client):
    """A choice that no button carries goes to the conversation, which asks again."""
    response = await client.post(
        "/chat", data={"delivery": "d" * 32, "tap": "v=x&t=99&c=forged"}, follow_redirects=True
    )
    assert response.status_code == 200
    assert "你現在方便說話嗎？" in response.text


async def test_a_body_over_the_cap_is_refused_kindly(client, conversation):
    """64 KB, then 413 with the question."""
    response = await client.post("/chat", data={"text": "我" * 10_000})
    assert response.status_code == 413
    assert "內容太長了" in response.text
    assert conversation.received == []


async def test_typed_markup_stays_text(client):
    """What comes back into the box is escaped."""
    response = await client.post("/chat", data={"text": "</textarea><script>alert(1)</script>"})
    assert "<script>alert" not in response.text
    assert "&lt;/textarea&gt;&lt;script&gt;" in response.text


async def test_bot_markup_stays_text(client, conversation):
    """Even our own words are escaped."""
    conversation.says = ('<img src=x onerror=alert(1)> https://a.tw/"onclick="x',)
    page = (await client.get("/chat")).text
    assert "<img src=x" not in page
    assert 'href="https://a.tw/" target="_blank" rel="noopener noreferrer"' in page


async def test_a_store_that_is_down_loses_no_text(client, conversation):
    """503, said plainly, with the text in the box and the human route."""
    conversation.is_down = True
    response = await client.post("/chat", data={"delivery": "d" * 32, "text": "我很害怕"})
    assert response.status_code == 503
    assert "沒有存下來" in response.text
    assert "我很害怕" in response.text
    assert "113" in response.text
    assert "set-cookie" not in response.headers


async def test_a_tap_that_was_not_stored_can_be_tried_again(client, conversation):
    """The button is offered again although the question cannot be read."""
    conversation.is_down = True
    response = await client.post("/chat", data=TAP)
    assert '<button id="again" class="button" name="tap" value="v=new&amp;t=0&amp;c=what">' in response.text


async def test_a_day_that_was_not_stored_can_be_sent_again(client, conversation):
    """The same day for the same question, by one button, although the question cannot be read."""
    conversation.is_down = True
    picked = {"delivery": "d" * 32, "pick": "2026-10-31", "visit": "visit-1", "turn": "3"}
    page = (await client.post("/chat", data=picked)).text
    trouble = page[page.index('id="trouble"') : page.index('id="day"')]
    assert 'name="pick" value="2026-10-31"' in trouble
    assert re.findall('name="(?:visit|turn)" value="([^"]*)"', trouble) == ["visit-1", "3"]


async def test_a_day_can_be_picked_without_scripts(client, conversation):
    """A labelled field of the browser's own where a day is asked for, and nowhere else."""
    assert re.search('<form id="day"[^>]* hidden>', (await client.get("/chat")).text)
    await client.post("/chat", data=TAP)
    conversation.where = dict.fromkeys(conversation.where, ("day", 3, "zh_TW"))
    page = (await client.get("/chat")).text
    assert not re.search('<form id="day"[^>]* hidden>', page)
    assert '<label for="pick" id="day-label">那一天</label>' in page
    picked = {"delivery": "e" * 32, "pick": "2026-10-31", "visit": "visit-1", "turn": "3"}
    page = (await client.post("/chat", data=picked, follow_redirects=True)).text
    assert conversation.received[-1].what == Picked(date(2026, 10, 31), "visit-1", 3)
    assert 'class="bubble bot list"' in page


async def test_how_a_reply_looks_is_a_mark_on_its_bubbles(client, conversation):
    """A card to keep can be drawn as one."""
    await client.post("/chat", data=TAP)
    conversation.where = dict.fromkeys(conversation.where, ("rest", 3, "zh_TW"))
    page = (await client.get("/chat")).text
    assert (page.count('class="bubble bot card"'), page.count('class="bubble bot"')) == (2, 0)


async def test_a_page_that_cannot_be_read_says_so(client, conversation):
    """503 with a way to try again and the human route."""
    conversation.is_down = True
    response = await client.get("/chat")
    assert response.status_code == 503
    assert "系統暫時打不開" in response.text
    assert 'href="/chat"' in response.text


async def test_a_fault_loses_no_text_either(client, conversation, caplog):
    """A bug is answered like a store that is down; the log has its name and no words."""
    conversation.fault = RuntimeError("canary-text")
    response = await client.post("/chat", data={"delivery": "d" * 32, "text": "我很害怕"})
    assert response.status_code == 503
    assert "我很害怕" in response.text
    assert "RuntimeError" in list_records(caplog)
    assert "canary" not in list_records(caplog)
    assert "我很害怕" not in list_records(caplog)


async def test_an_apology_is_no_answer(client, conversation):
    """When the conversation itself failed, nothing is stored, and what was typed is still there."""
    conversation.apologises = True
    response = await client.post("/chat", data={"delivery": "d" * 32, "text": "我很害怕"})
    assert response.status_code == 503
    assert "沒有存下來" in response.text
    assert "我很害怕" in response.text
    assert "set-cookie" not in response.headers


async def test_a_text_says_which_question_was_shown(client, conversation):
    """A word typed at the first question is its answer; the form knows the visit."""
    page = (await client.get("/chat")).text
    assert re.search(r'name="visit" value="([^"]*)"', page)[1] == "new"
    await client.post("/chat", data={"delivery": "d" * 32, "text": "可以", "visit": "new"})
    assert conversation.received[0].what == Typed("可以", VisitId("new"))


async def test_the_page_speaks_the_browsers_language(client):
    """At first; afterwards the conversation's."""
    assert '<html lang="en">' in (await client.get("/chat", headers={"accept-language": "en-US,en"})).text
    await client.post("/chat", data={"delivery": "d" * 32, "tap": "v=new&t=0&c=language"})
    assert '<html lang="en">' in (await client.get("/chat", headers={"accept-language": "zh-TW"})).text


async def test_a_demonstration_says_so(connect):
    """DEMO is on the page, and only then."""
    for demo in (True, False):
        async with connect(make_app(FakeConversation(), demo=demo)) as client:
            assert ('class="demo"' in (await client.get("/chat")).text) is demo


def test_the_words_are_whole():
    """flows/interface.toml says every word that the pages use, and no other."""
    found = tomllib.loads((ROOT / "flows/interface.toml").read_text("utf-8"))
    assert set(found) == {"words"}
    assert set(found["words"]) == WORDS | FORM_WORDS
    assert all(isinstance(word, str) and word for word in found["words"].values())


def test_every_failure_names_the_human_route():
    """Whoever cannot go on here is told where a human answers."""
    for key in ("not_saved", "offline", "down", "failed"):
        assert "113" in SOURCE_WORDS[key]
        assert "110" in SOURCE_WORDS[key]


SEEN = (
    "title", "title_waiting", "exit", "send", "day_send", "placeholder", "goodbye", "demo",
    "go_on_line", "go_on_here", "code_gone",
)  # fmt: skip


def test_what_others_may_see_is_neutral():
    """Title, buttons and banner hold no word of the subject."""
    seen = "".join(SOURCE_WORDS[key] for key in SEEN)
    assert not re.search("性|影像|私密|被害|受害|暴力|求助|威脅", seen)
    assert SOURCE_WORDS["exit_url"].startswith("https://")


def read_scripts() -> str:
    return "".join(path.read_text("utf-8") for path in sorted(STATIC.glob("*.js")))


def test_the_script_asks_only_for_words_it_gets():
    """Each word that the script says is among those handed to it."""
    asked = {
        re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", key)
        for key in re.findall(r"words\.(\w+)", read_scripts())
    }
    assert asked <= SCRIPT_WORDS


def test_the_script_keeps_nothing_and_writes_no_markup():
    """
    No storage, no markup from strings, no evaluation, no other host, nothing that rings or shakes.

    One exception: when it leaves it sets a mark that says nothing else.
    """
    forbidden = (
        r"localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|outerHTML|insertAdjacent|eval\("
        r"|document\.write|Notification|vibrate|Audio|console\."
    )
    cookies = [line.strip() for line in read_scripts().splitlines() if "document.cookie" in line]
    assert [cookie.partition(";")[0] for cookie in cookies] == ["document.cookie = `${name}=1"]
    assert not re.search(forbidden, read_scripts().replace(cookies[0], ""))
    assert set(re.findall(r"https?://[\w.]+", read_scripts())) == set()


def test_the_page_is_light():
    """Under 16 KB over the line in all, before the question itself. The budget is ours: seconds on a slow phone."""
    packed = {path.name: len(gzip.compress(path.read_bytes())) for path in STATIC.iterdir()}
    assert sum(packed.values()) < 16_000, packed
