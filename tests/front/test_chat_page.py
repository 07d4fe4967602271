"""The chat page without scripts: every button is a form."""

from __future__ import annotations

import re
import tomllib

import pytest

from bot.core.inputs import Typed
from bot.core.model import VisitId
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
    """A tab seen by somebody else tells nothing."""
    page = (await client.get("/chat")).text
    assert re.search("<title>(.*)</title>", page)[1] == "備忘"
    icon = (await client.get("/static/icon.svg")).text
    assert "<text" not in icon
    assert "<title" not in icon


async def test_the_front_page_is_the_chat(client):
    """`/` goes to `/chat`."""
    response = await client.get("/")
    assert (response.status_code, response.headers["location"]) == (303, "/chat")


async def test_nothing_is_written_into_the_page(client):
    """No inline script, style or handler, and nothing from elsewhere."""
    page = (await client.get("/chat")).text
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/chat.js" defer>']
    assert not re.search(r"<style|\son\w+=|\sstyle=|javascript:", page)
    assert set(re.findall(r'(?:src|href)="(https?:[^"]*)"', page)) == set()


async def test_a_tap_goes_back_to_the_page(client):
    """303, so that a reload or Back repeats nothing; the page asks the next question."""
    response = await client.post("/chat", data=TAP)
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
    """The nonce of the form is the delivery."""
    await client.post("/chat", data=TAP)
    response = await client.post("/chat", data=TAP)
    assert response.status_code == 303
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
    assert '<button id="again" class="button" name="tap" value="v=new&amp;t=0&amp;c=what" >' in response.text


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
    assert set(found["words"]) == WORDS
    assert all(isinstance(word, str) and word for word in found["words"].values())


def test_every_failure_names_the_human_route():
    """Whoever cannot go on here is told where a human answers."""
    for key in ("not_saved", "offline", "down", "failed"):
        assert "113" in SOURCE_WORDS[key]
        assert "110" in SOURCE_WORDS[key]


def test_what_others_may_see_is_neutral():
    """Title, buttons and banner hold no word of the subject."""
    seen = "".join(SOURCE_WORDS[key] for key in ("title", "exit", "send", "placeholder", "goodbye", "demo"))
    assert not re.search("性|影像|私密|被害|受害|暴力|求助|威脅", seen)
    assert SOURCE_WORDS["exit_url"].startswith("https://")


def test_the_script_asks_only_for_words_it_gets():
    """Each word that the script says is among those handed to it."""
    script = (STATIC / "chat.js").read_text("utf-8")
    asked = {
        re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", key)
        for key in re.findall(r"words\.(\w+)", script)
    }
    assert asked <= SCRIPT_WORDS


def test_the_script_keeps_nothing_and_writes_no_markup():
    """No storage, no markup from strings, no evaluation, no other host."""
    script = (STATIC / "chat.js").read_text("utf-8")
    forbidden = r"localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|outerHTML|insertAdjacent|eval\(|document\.write"
    assert not re.search(forbidden, script)
    assert set(re.findall(r"https?://[\w.]+", script)) == set()
