"""The live stream: it only looks, it is bounded, and it ends at once when it must."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.front.live import Live, Pace
from tests.front.fakes import FakeConversation, list_records, make_app
from tests.front.listening import listen

SEAT = "s" * 43
TAP = {"delivery": "d" * 32, "tap": "v=new&t=0&c=what", "seat": SEAT}
#: Looks of its own do not come before a test is over.
PATIENT = Pace(look_s=30, life_s=60)
QUICK = Pace(look_s=0.02, life_s=30)


def make_live_app(conversation: FakeConversation, pace: Pace = PATIENT, **caps: int):
    live = Live(pace, **caps)
    return make_app(conversation, live=live), live


def settle_down(conversation: FakeConversation, state: str = "what", turn: int = 1) -> None:
    """Somebody is in the middle of a conversation."""
    conversation.where[SEAT] = (state, turn, "zh_TW")


async def test_a_stream_begins_with_how_soon_to_come_back(conversation):
    """An event stream that no proxy may hold back, and at once its first line."""
    settle_down(conversation)
    app, _ = make_live_app(conversation)
    async with listen(app, seat=SEAT) as page:
        assert (page.status, page.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert page.headers["x-accel-buffering"] == "no"
        assert (await page.next()).retry == 2_000


async def test_a_page_that_shows_something_older_is_brought_up_to_date(conversation):
    """On connecting: the current question under its own name, drawn as the answer to a turn would be."""
    settle_down(conversation)
    app, _ = make_live_app(conversation)
    async with listen(app, seat=SEAT, last="visit-1.0", lang="zh-Hant-TW") as page:
        event = await page.next_event()
    assert (event.kind, event.id) == ("view", "visit-1.1")
    assert event.data["view"]["bubbles"][0] == [{"text": "謝謝你願意說，這不是你的錯。"}]
    assert "words" not in event.data


async def test_a_page_that_could_not_read_its_question_gets_it(conversation):
    """It was drawn while the database was away, and shows nothing."""
    settle_down(conversation)
    app, _ = make_live_app(conversation)
    async with listen(app, seat=SEAT) as page:
        assert (await page.next_event()).id == "visit-1.1"


async def test_what_the_page_shows_already_is_not_sent(conversation):
    """Neither when the header says so nor when the body does; the header counts first."""
    settle_down(conversation)
    app, _ = make_live_app(conversation, QUICK)
    for told in ({"last": "visit-1.1"}, {"body_last": "visit-1.1"}):
        fields = {"last": told["body_last"]} if "body_last" in told else {}
        async with AsyncExitStack() as stack:
            opened = listen(app, seat=SEAT, **fields) if fields else listen(app, seat=SEAT, last=told["last"])
            page = await stack.enter_async_context(opened)
            assert [(await page.next()).kind for _ in range(4)] == ["", "", "", ""]


async def test_a_turn_wakes_the_other_pages_of_the_same_person(conversation, connect):
    """At once, without waiting for the next look; strangers hear nothing."""
    settle_down(conversation)
    conversation.where["x" * 43] = ("what", 1, "zh_TW")
    app, _ = make_live_app(conversation)
    async with (
        connect(app) as acting,
        listen(app, seat=SEAT, last="visit-1.1", lang="zh-Hant-TW") as page,
        listen(app, seat="x" * 43, last="visit-1.1", lang="zh-Hant-TW") as stranger,
    ):
        await acting.post("/chat/turn", json={**TAP, "tap": "v=visit-1&t=1&c=police"})
        assert (await page.next_event()).id == "visit-1.2"
        await acting.post("/chat", data={**TAP, "delivery": "e" * 32, "tap": "v=visit-1&t=2&c=list"})
        assert (await page.next_event()).id == "visit-1.3"
        assert [(await stranger.next()).retry, (await stranger.next()).kind] == [2_000, ""]
        assert stranger.chunks.empty()


async def test_a_change_by_another_program_is_found_by_looking(conversation):
    """Several programs may serve one person; nobody wakes us then."""
    settle_down(conversation)
    app, _ = make_live_app(conversation, QUICK)
    async with listen(app, seat=SEAT, last="visit-1.1", lang="zh-Hant-TW") as page:
        await page.next()
        settle_down(conversation, "police", 2)
        assert (await page.next_event()).id == "visit-1.2"


async def test_a_new_language_brings_its_words_once(conversation):
    """The page speaks it from then on."""
    conversation.where[SEAT] = ("what", 1, "en")
    app, _ = make_live_app(conversation, QUICK)
    async with listen(app, seat=SEAT, last="visit-1.0", lang="zh-Hant-TW") as page:
        assert (await page.next_event()).data["words"]["send"] == "Send"
        conversation.where[SEAT] = ("police", 2, "en")
        assert "words" not in (await page.next_event()).data


async def test_the_cookie_names_the_person_here_too(conversation):
    """A seat beside it is not looked at."""
    settle_down(conversation)
    app, _ = make_live_app(conversation)
    async with listen(app, seat="o" * 43, cookie=SEAT) as page:
        assert (await page.next_event()).id == "visit-1.1"


async def test_somebody_unknown_has_nothing_to_hear(conversation):
    """204 and no place; no question, no session, no cookie: a stream makes nobody."""
    app, live = make_live_app(conversation, QUICK)
    async with listen(app, seat=SEAT, last="new.0") as page:
        assert page.status == 204
        assert "set-cookie" not in page.headers
        assert live.count == 0
    assert (conversation.received, conversation.where) == ([], {})


async def test_a_conversation_that_is_no_more_takes_its_pages_along(conversation):
    """Erased, expired or moved while nobody woke us: nothing of it may stay on a screen."""
    settle_down(conversation)
    app, _ = make_live_app(conversation, QUICK)
    async with listen(app, seat=SEAT, last="visit-1.1") as page:
        await page.next()
        conversation.where.clear()
        assert (await page.next_event()).kind == "gone"
        await page.wait_for_end()


async def test_a_page_left_open_for_a_day_is_told_when_it_comes_back(conversation):
    """It shows a question, and there is nobody any more."""
    app, _ = make_live_app(conversation)
    async with listen(app, seat=SEAT, last="visit-1.4") as page:
        assert (await page.next_event()).kind == "gone"
        await page.wait_for_end()


@pytest.mark.parametrize("named_by", ["seat", "cookie"])
async def test_a_page_whose_person_left_is_told_to_leave(conversation, named_by):
    """Whatever it shows, and although the database still has the conversation; it holds no place."""
    settle_down(conversation)
    app, live = make_live_app(conversation)
    live.end(SEAT)
    names = {"seat": SEAT} if named_by == "seat" else {"seat": "o" * 43, "cookie": SEAT}
    async with listen(app, **names) as page:
        assert (await page.next_event()).kind == "gone"
        await page.wait_for_end()
        assert live.count == 0


@pytest.mark.parametrize(
    "last", ["nonsense", "a.b", "visit-1.", ".1", "x" * 65 + ".1", "v.1234567890", "字.1"]
)
async def test_a_name_that_we_did_not_give_is_no_name(conversation, last):
    """The page gets the question; a stranger gets nothing, whatever it claims."""
    app, _ = make_live_app(conversation, QUICK)
    async with listen(app, seat=SEAT, **({"last": last} if last.isascii() else {"lang": last})) as page:
        assert page.status == 204
    settle_down(conversation)
    async with listen(app, seat=SEAT, **({"last": last} if last.isascii() else {"lang": last})) as page:
        assert (await page.next_event()).id == "visit-1.1"


async def test_a_database_that_is_away_only_delays(conversation):
    """The stream lives on and tells later."""
    settle_down(conversation)
    app, _ = make_live_app(conversation, QUICK)
    conversation.is_down = True
    async with listen(app, seat=SEAT, last="visit-1.0") as page:
        assert [(await page.next()).kind for _ in range(3)] == ["", "", ""]
        conversation.is_down = False
        assert (await page.next_event()).id == "visit-1.1"


async def test_a_stream_ends_after_its_time_and_is_taken_up_again(conversation):
    """So that a proxy's limit or a new program needs nothing special; nothing is said twice."""
    settle_down(conversation)
    app, live = make_live_app(conversation, Pace(look_s=0.02, life_s=0.05))
    async with listen(app, seat=SEAT, last="visit-1.0") as page:
        shown = (await page.next_event()).id
        await page.wait_for_end()
    assert live.count == 0
    async with listen(app, seat=SEAT, last=shown) as page:
        await page.wait_for_end()
        while not page.chunks.empty():
            assert (await page.next()).kind == ""


async def test_one_person_gets_three_streams(conversation):
    """The fourth is told that there is no place, which is no fault; a closed one gives its place back."""
    settle_down(conversation)
    conversation.where["x" * 43] = ("what", 1, "zh_TW")
    app, live = make_live_app(conversation)
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(listen(app, seat=SEAT))
        async with listen(app, seat=SEAT) as fourth:
            assert fourth.status == 204
        async with listen(app, seat="x" * 43) as other:
            assert other.status == 200
    assert live.count == 0
    async with listen(app, seat=SEAT) as later:
        assert later.status == 200


async def test_there_is_a_number_of_streams_in_all(conversation, connect):
    """Webhooks and acting keep their places; over the number the page goes on without."""
    conversation.where |= {name * 43: ("what", 1, "zh_TW") for name in "abc"}
    app, _ = make_live_app(conversation, most=2)
    async with (
        listen(app, seat="a" * 43),
        listen(app, seat="b" * 43),
        listen(app, seat="c" * 43) as third,
        connect(app) as acting,
    ):
        assert third.status == 204
        assert (await acting.post("/chat/turn", json={**TAP, "seat": "c" * 43})).status_code == 200


@pytest.mark.parametrize(
    ("address", "source"),
    [("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:aaaa::9", "2001:db8:1:2::")],
)
async def test_one_source_gets_twenty_streams(conversation, address, source):
    """T14: somebody who opens many takes no place from others; a household of IPv6 is one, whatever it calls itself."""
    settle_down(conversation)
    app, live = make_live_app(conversation, most_per_host=2)
    places = [live.watch(f"{number}" * 43, host=source) for number in range(2)]
    async with listen(app, seat=SEAT, address=address) as page:
        assert page.status == 204
    live.forget("1" * 43, places[1])
    async with listen(app, seat=SEAT, address=address) as page:
        assert page.status == 200


async def test_behind_a_proxy_that_nobody_named_streams_are_counted_in_all_only(conversation):
    """T14: as at the gate: one limit for everybody together would keep everybody out."""
    settle_down(conversation)
    conversation.where |= {name * 43: ("what", 1, "zh_TW") for name in "ab"}
    app, _ = make_live_app(conversation, most_per_host=1)
    async with listen(app, seat="a" * 43) as one, listen(app, seat="b" * 43) as two:
        assert (one.status, two.status) == (200, 200)


async def test_closing_ends_every_stream_at_once_and_takes_no_more(conversation):
    """The program must not wait for pages when it stops; the page comes back soon."""
    settle_down(conversation)
    conversation.where["x" * 43] = ("what", 1, "zh_TW")
    app, live = make_live_app(conversation)
    async with listen(app, seat=SEAT) as one, listen(app, seat="x" * 43) as two:
        live.close()
        await one.wait_for_end()
        await two.wait_for_end()
        async with listen(app, seat=SEAT) as late:
            assert late.status == 503
    assert live.count == 0


async def test_who_reads_nothing_is_let_go(conversation, caplog):
    """A slow reader holds a place for a moment only, and no message: each is read when it can be sent."""
    settle_down(conversation)
    app, live = make_live_app(conversation, Pace(look_s=0.01, life_s=30, patience_s=0.05))
    async with listen(app, seat=SEAT, last="visit-1.1") as page:
        await page.next()
        page.stalls = True
        await page.wait_for_end()
    assert live.count == 0
    assert list_records(caplog) == ""


async def test_who_hangs_up_frees_the_place(conversation):
    """Also between two looks."""
    settle_down(conversation)
    app, live = make_live_app(conversation)
    async with listen(app, seat=SEAT) as page:
        await page.next()
        assert live.count == 1
    assert live.count == 0


async def test_a_look_is_no_turn(conversation):
    """A stream stores nothing, however long it looks."""
    settle_down(conversation)
    app, _ = make_live_app(conversation, QUICK)
    async with listen(app, seat=SEAT, last="visit-1.1") as page:
        for _ in range(5):
            await page.next()
    assert conversation.received == []
    assert conversation.looks >= 3


def test_a_name_that_left_is_dead_for_a_while():
    """Longer than an act is on its way; then, or when there are too many, it is forgotten."""
    live = Live(most_left=2)
    for name in ("a", "b", "a", "c"):
        live.end(name)
    assert [live.has_left(name) for name in "abcd"] == [True, False, True, False]
    hasty = Live(Pace(left_s=0))
    hasty.end("a")
    assert not hasty.has_left("a")


def test_made_up_names_push_nobody_out():
    """T14: ten thousand names of which nobody knows leave; whoever had told something stays dead."""
    live = Live()
    live.end("she")
    live.keep("she")
    with live.watch("he"):
        live.end("he")
    for number in range(10_000):
        live.end(f"made up {number}")
    live.end("she")
    assert live.has_left("she")
    assert live.has_left("he")
    assert live.has_left("made up 9999")
    assert len(live._left) + len(live._left_unknown) == 10_002


async def test_what_comes_between_a_look_and_a_wait_is_not_missed():
    """Told while looking, the stream looks again at once."""
    live = Live()
    with live.watch(SEAT) as watch:
        live.tell(SEAT)
        await asyncio.wait_for(watch.wait(60), 5)
        live.tell("somebody else")
        await watch.wait(0.01)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"seat":7}', b'{"seat":"s","last":["x"]}'])
async def test_a_body_that_is_none_of_ours_is_a_strangers(conversation, connect, body):
    """It is answered like anybody unknown, and never breaks."""
    app, _ = make_live_app(conversation, Pace(look_s=0.01, life_s=0.01))
    async with connect(app) as client:
        response = await client.post("/chat/live", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.text) == (204, "")


async def test_a_large_body_is_not_read(conversation, connect):
    """413: a stream needs a name and nothing more."""
    app, live = make_live_app(conversation)
    async with connect(app) as client:
        assert (await client.post("/chat/live", content=b"x" * 5_000)).status_code == 413
    assert live.count == 0
