"""The one-time page: its link is used by the button only, and once; its seat is all that names it."""

from __future__ import annotations

import re

import pytest

from bot.ports import Opened
from tests.front.fakes import FakeConversation, list_records, make_app
from tests.front.filling import WAY, Person
from tests.front.form_words import FORM_ZH
from tests.front.small_form import FORM, RECEIPT, SEAT, TOKEN, FormInterface, PlainVoice

#: What a bystander must not read before the button was pressed.
SUBJECT = re.compile("性|影像|威脅|受害|社工|轉介|同意|LINE|Telegram")


async def test_opening_the_address_uses_nothing(person, desk):
    """A program that previews addresses uses no link up, and learns not whether it is good."""
    pages = [(await person.client.get(f"/p/n/{token}")).text for token in (TOKEN, "x" * 22)]
    bare = [re.sub(f"token-[0-9]+|{TOKEN}|x{{22}}", "", page) for page in pages]
    assert bare[0] == bare[1]
    assert (await person.client.head(WAY)).status_code == 200
    assert (desk.asked, list(desk.links)) == (0, [TOKEN])


async def test_it_is_neutral_before_the_button(person):
    """T1: one button, the title of every page, the exit, and no word of the subject."""
    response = await person.client.get(WAY)
    assert "<title>備忘</title>" in response.text
    assert response.text.count("<h1>") == 1
    assert f'<button class="button">{FORM_ZH["form_open"]}</button>' in response.text
    assert 'class="exit"' in response.text
    assert not SUBJECT.search(re.sub("<footer.*", "", response.text, flags=re.DOTALL))
    assert "set-cookie" not in response.headers


async def test_each_look_has_a_seat_of_its_own(person):
    """Two people who look at the same address do not share a name."""
    pages = [(await person.client.get(WAY)).text for _ in range(2)]
    seats = [set(re.findall('name="seat" value="([^"]*)"', page)) for page in pages]
    assert len(seats[0]) == len(seats[1]) == 1
    assert seats[0] != seats[1]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["x" * 21, "x" * 44, "x" * 30 + ".", "字" * 30, "%20" * 30, f"{TOKEN}/"])
async def test_what_is_no_token_is_no_page(person, desk, method, token):
    """404, and nobody is asked."""
    assert (await person.client.request(method, f"/p/n/{token}")).status_code == 404
    assert desk.asked == 0


async def test_without_a_desk_there_is_no_page(connect):
    """The route is there only with all that it needs."""
    async with connect(make_app(FakeConversation())) as client:
        assert (await client.get(WAY)).status_code == 404


async def test_the_button_opens_it(person, desk):
    """The notices come first, whole; the link is used up, the seat is the page's, and no cookie is set."""
    paper = await person.open()
    assert person.response.status_code == 200
    assert person.step == "notices"
    for notice in FORM.notices.notices.values():
        assert notice in paper.said
    assert (desk.links, desk.seats) == ({}, {SEAT})
    assert set(re.findall('name="seat" value="([^"]*)"', person.response.text)) == {SEAT}
    assert "set-cookie" not in person.response.headers


@pytest.mark.parametrize("seat", ["", "short", "x" * 129, "字" * 43])
async def test_a_seat_that_is_none_is_replaced(person, desk, seat):
    """Whoever opens it gets 256 random bits, whatever was sent."""
    person.seat = seat
    paper = await person.open()
    assert desk.seats == {paper.get("seat")}
    assert paper.get("seat").startswith("token-")


async def test_a_link_that_is_used_says_so(person, desk):
    """T1: whoever opened it first is seated; the other one learns that it may have been somebody else."""
    await person.open()
    other = Person(person.client, seat="o" * 43)
    paper = await other.open()
    assert other.response.status_code == 410
    assert FORM_ZH["form_used"] in paper.said
    assert desk.seats == {SEAT}
    assert other.response.headers["clear-site-data"] == '"cache", "storage"'


async def test_the_button_pressed_twice_opens_it_once(person, desk):
    """Or the first answer was lost: this very page goes on, without what the conversation knew."""
    await person.open()
    paper = await person.open(**{"accept-language": "en"})
    assert (person.response.status_code, person.step) == (200, "notices")
    assert (paper.get("known"), paper.get("locale")) == ("", "en")


async def test_a_page_that_was_left_opens_nothing(person, desk, live):
    """The button was pressed before the exit and comes after it."""
    live.end(SEAT)
    await person.open()
    assert (person.response.status_code, person.response.headers["location"]) == (303, "/chat")
    assert list(desk.links) == [TOKEN]


async def test_a_page_that_opens_while_its_person_leaves_ends(person, desk, live, monkeypatch):
    """It was on its way when the exit was pressed."""
    open_page = desk.open_page

    async def leave_meanwhile(token, seat):
        live.end(seat)
        return await open_page(token, seat)

    monkeypatch.setattr(desk, "open_page", leave_meanwhile)
    await person.open()
    assert person.response.status_code == 303
    assert (desk.seats, desk.given_up) == (set(), [SEAT])


async def test_a_step_that_comes_after_the_exit_does_nothing(person, desk, live):
    """Overtaken on its way."""
    await person.open()
    live.end(SEAT)
    asked = desk.asked
    await person.press("next")
    assert (person.response.status_code, desk.asked) == (303, asked)


@pytest.mark.parametrize("path", ["/p/n/" + TOKEN, "/chat"])
async def test_the_exit_ends_the_page(person, desk, path):
    """T1: the button of every page: the seat is given up, and the screen is elsewhere."""
    await person.open()
    response = await person.client.post("/chat/leave", data={"seat": person.paper.get("seat")})
    assert response.headers["refresh"].startswith("0; ")
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    assert SEAT in desk.given_up
    assert desk.seats == set()


async def test_a_desk_that_is_away_holds_no_exit_back(person, desk, monkeypatch, caplog):
    """What could not be ended is tried again behind the person, and logged without a name."""
    monkeypatch.setattr("bot.front.leaving._PAUSES_S", (0.0, 0.0))
    await person.open()
    desk.is_down = True
    response = await person.client.post("/chat/leave", data={"seat": SEAT})
    assert response.headers["refresh"].startswith("0; ")
    assert "exit_not_stored" in list_records(caplog)
    assert SEAT not in list_records(caplog)


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}]
)
async def test_other_sites_open_and_send_nothing(person, desk, headers):
    """T23: 403 for a link and for a step, and nobody is asked."""
    await person.open(**headers)
    assert person.response.status_code == 403
    assert list(desk.links) == [TOKEN]
    await person.open()
    asked = desk.asked
    response = await person.post([*person.paper.all_values, ("go", "send")], **headers)
    assert (response.status_code, desk.asked) == (403, asked)


async def test_a_large_body_is_refused_before_it_is_read(person, desk):
    """T14: 64 KB and no more."""
    response = await person.client.post(WAY, content=b"x" * 66_000)
    assert response.status_code == 413
    assert desk.asked == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data"])
async def test_another_kind_of_body_has_no_fields(person, kind):
    """It opens the page for nobody that was named."""
    await person.client.post(WAY, content=f"seat={SEAT}", headers={"content-type": kind})
    paper = await person.open()
    assert FORM_ZH["form_used"] in paper.said


@pytest.mark.parametrize("is_bug", [False, True])
async def test_a_database_that_is_away_uses_nothing(person, desk, caplog, is_bug):
    """503 with the same button; what broke is logged without link or seat."""
    desk.is_down, desk.fault = not is_bug, RuntimeError("canary-text") if is_bug else None
    await person.open()
    assert person.response.status_code == 503
    assert "113" in person.response.text
    assert f'action="{WAY}"' in person.response.text
    assert person.paper.get("seat") == SEAT
    assert ("RuntimeError" in list_records(caplog)) is is_bug
    assert not re.search(f"canary|{TOKEN}|{SEAT}", list_records(caplog))
    desk.is_down, desk.fault = False, None
    await person.open()
    assert person.step == "notices"


async def test_its_language_is_the_conversations(connect, desk):
    """Whatever the browser prefers; every step keeps it."""
    desk.links[TOKEN] = Opened({}, "en")
    app = make_app(FakeConversation(), interface=FormInterface(), desk=desk, form=FORM, voice=PlainVoice())
    async with connect(app) as client:
        person = Person(client)
        paper = await person.open(**{"accept-language": "zh-TW"})
        assert paper.tags[0] == ("html", {"lang": "en"})
        await person.press("next")
        assert "en:社工怎麼稱呼你？" in person.paper.said
        await person.agree()
    assert RECEIPT in person.paper.said
    assert desk.submitted[0]["locale"] == "en"
