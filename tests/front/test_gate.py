"""How much one source may send to the page: a puzzle beyond it, a slower pace without scripts, never a lost word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from bot.core.hear import AlarmWords, Ear
from bot.core.inputs import Left
from bot.core.needed import find_needed
from bot.core.parse import parse_flow
from bot.core.reply import Reply
from bot.core.source import find_source, name_source
from bot.errors import TooOften
from bot.front import leaving
from bot.front.gate import Gate, make_budgets
from bot.front.live import Live
from bot.front.puzzle import PARTS, Puzzles, is_good
from bot.meter import Meter
from bot.ports import Inbound, Opened
from tests.core.cast import TINY
from tests.front.fakes import CODE, FakeConversation, make_app
from tests.front.filling import Person
from tests.front.small_form import FORM, KNOWN, TOKEN, FakeDesk, FormInterface, PlainVoice
from tests.test_limits import Seconds

SOURCE, ELSEWHERE = "203.0.113.7", "203.0.113.8"
OURS = {"sec-fetch-site": "same-origin"}


def solve(puzzle: Mapping[str, object]) -> str:
    """Do what the page's script does."""
    key = str(puzzle["key"])
    found = (next(n for n in range(10**6) if is_good(key, part, n)) for part in range(PARTS))
    return ".".join(map(str, found))


@dataclass
class Stand:
    """A program with a gate of ten acts a minute, and browsers at several addresses."""

    conversation: FakeConversation = field(default_factory=FakeConversation)
    desk: FakeDesk = field(default_factory=lambda: FakeDesk({TOKEN: Opened(KNOWN, "zh_TW")}))
    seconds: Seconds = field(default_factory=Seconds)
    meter: Meter = field(default_factory=Meter)
    is_busy: bool = False
    acts: int = 0
    asked: int = 0
    hold: asyncio.Event | None = None

    def __post_init__(self) -> None:
        puzzles = Puzzles(b"secret", self.seconds)
        self.gate = Gate(
            make_budgets(10, clock=self.seconds),
            puzzles,
            needed=find_needed(Ear(parse_flow(TINY, "tiny.toml"), AlarmWords(crisis=("想死",))), ("zh_TW",)),
            is_busy=lambda: self.is_busy,
            count=self.meter.count,
            clock=self.seconds,
        )
        self.app = make_app(
            self.conversation,
            gate=self.gate,
            interface=FormInterface(),
            live=Live(),
            desk=self.desk,
            form=FORM,
            voice=PlainVoice(),
            knows=self.knows,
        )

    async def knows(self, name: str) -> bool:
        self.asked += 1
        if self.hold:
            await self.hold.wait()
        return name in self.conversation.where

    def come_from(self, address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 5000))
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=OURS)

    def draw_act(self, seat: str = "", **more: object) -> dict[str, object]:
        self.acts += 1
        return {
            "text": "嗨", "delivery": f"{self.acts:032d}", "seat": seat or f"{self.acts:043d}",
            "visit": "new", "turn": 0, **more,
        }  # fmt: skip


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
async def browser(stand: Stand) -> AsyncIterator[httpx.AsyncClient]:
    async with stand.come_from(SOURCE) as opened:
        yield opened


async def act(browser: httpx.AsyncClient, told: Mapping[str, object]) -> httpx.Response:
    browser.cookies.clear()
    return await browser.post("/chat/turn", json=told)


async def use_up(stand: Stand, browser: httpx.AsyncClient) -> None:
    for _ in range(20):
        assert (await act(browser, stand.draw_act())).status_code == 200


async def test_beyond_its_budget_a_source_solves_a_puzzle_for_each_act(
    stand: Stand, browser: httpx.AsyncClient
) -> None:
    """T14: the answer is 429 with a puzzle and nothing is stored; the same act with the solution goes through."""
    await use_up(stand, browser)
    told = stand.draw_act()
    held = await act(browser, told)
    assert held.status_code == 429
    assert held.json()["view"] is None
    assert "113" in held.json()["line"]
    assert len(stand.conversation.received) == 20
    taken = await act(browser, {**told, "proof": solve(held.json()["puzzle"])})
    assert taken.status_code == 200
    assert len(stand.conversation.received) == 21
    assert stand.meter.read()["prove"] == 1


async def test_a_solution_is_good_for_one_act_of_one_page(stand: Stand, browser: httpx.AsyncClient) -> None:
    """T14: neither another message nor another page may use it, nor is a guess one."""
    await use_up(stand, browser)
    told = stand.draw_act()
    proof = solve((await act(browser, told)).json()["puzzle"])
    for other in (
        {**told, "delivery": "0" * 31 + "x"},
        {**told, "seat": "9" * 43},
    ):
        assert (await act(browser, {**other, "proof": proof})).status_code == 429
    for guess in ("", "1", "0.0.0.0.0.0.0.0", ["1"] * 8, None, f"{proof}.1", "٣.0.0.0.0.0.0.0"):
        assert (await act(browser, {**told, "proof": guess})).status_code == 429
    assert len(stand.conversation.received) == 20


async def test_a_puzzle_is_good_for_a_few_minutes(stand: Stand) -> None:
    """And every replica with the same secret knows it."""
    asked = Puzzles(b"secret", stand.seconds).ask("seat", "delivery")
    proof = solve(asked)
    other = Puzzles(b"secret", stand.seconds)
    stand.seconds.now += 299
    assert other.is_solved(proof, "seat", "delivery")
    assert not Puzzles(b"another", stand.seconds).is_solved(proof, "seat", "delivery")
    stand.seconds.now += 301
    assert not other.is_solved(proof, "seat", "delivery")


async def test_somebody_elsewhere_notices_nothing(stand: Stand, browser: httpx.AsyncClient) -> None:
    await use_up(stand, browser)
    async with stand.come_from(ELSEWHERE) as other:
        assert (await act(other, stand.draw_act())).status_code == 200


async def test_without_scripts_there_is_a_slower_way(stand: Stand, browser: httpx.AsyncClient) -> None:
    """T14: a few more acts, then the page keeps what was typed and says that it is crowded; a minute later it goes on."""
    await use_up(stand, browser)
    statuses = []
    for _ in range(4):
        browser.cookies.clear()
        page = await browser.post("/chat", data={k: str(v) for k, v in stand.draw_act(text="我想說").items()})
        statuses.append(page.status_code)
    assert statuses == [200, 200, 429, 429]
    assert "我想說</textarea>" in page.text
    assert 'href="tel:113"' in page.text
    stand.seconds.now += 60
    browser.cookies.clear()
    again = await browser.post("/chat", data={k: str(v) for k, v in stand.draw_act().items()})
    assert again.status_code == 200


@pytest.mark.parametrize(("said", "is_heard"), [({"text": "我想死"}, True), ({"text": "真人"}, True), ({"tap": "v=new&t=0&c=human"}, True), ({"tap": "v=new&t=0&c=what"}, False), ({"text": "嗨"}, False)])  # fmt: skip
@pytest.mark.parametrize("has_script", [True, False])
async def test_words_of_danger_never_wait(
    stand: Stand, browser: httpx.AsyncClient, said: Mapping[str, str], is_heard: bool, has_script: bool
) -> None:
    """T14: nor do the ways to a human and to the erasure: beyond every budget, with and without scripts."""
    await use_up(stand, browser)
    stand.gate._judge_slow = lambda _: "wait"  # type: ignore[method-assign]
    before = len(stand.conversation.received)
    told = {k: str(v) for k, v in stand.draw_act(text="").items()} | said
    told = {key: value for key, value in told.items() if value}
    if has_script:
        answer = await act(browser, told)
    else:
        browser.cookies.clear()
        answer = await browser.post("/chat", data=told)
    assert answer.status_code == (200 if is_heard else 429)
    assert len(stand.conversation.received) == before + is_heard


async def test_words_of_danger_are_no_way_around(stand: Stand, browser: httpx.AsyncClient) -> None:
    """T14: five of a seat, and of a source no more than it may do otherwise: a new seat costs nothing."""
    await use_up(stand, browser)
    for seat, number in (("1" * 43, 5), (None, 15)):
        before = len(stand.conversation.received)
        for _ in range(30):
            await act(browser, stand.draw_act(seat=seat or "", text="我想死"))
        assert len(stand.conversation.received) - before == number


async def leave(browser: httpx.AsyncClient, seat: str) -> httpx.Response:
    browser.cookies.clear()
    return await browser.post("/chat/leave", data={"seat": seat})


async def test_a_made_up_seat_costs_no_transaction(stand: Stand, browser: httpx.AsyncClient) -> None:
    """T14: the exit looks first; nothing is stored of it, so nothing is destroyed."""
    for number in range(5):
        assert (await leave(browser, f"{number:043d}")).status_code == 200
        marked = {"cookie": f"chat={number + 5:043d}; left=1"}
        assert (await browser.get("/chat", headers=marked)).status_code == 200
    assert (stand.asked, stand.conversation.received) == (10, [])


async def test_no_exit_is_refused_and_beyond_the_budget_they_end_behind_the_person(
    stand: Stand, browser: httpx.AsyncClient
) -> None:
    """T14: the screen is blank at once; who acted a moment ago is ended at once, all others one after the other."""
    seats = [f"{number:043d}" for number in range(60)]
    known = "k" * 43
    assert (await act(browser, stand.draw_act(seat=known))).status_code == 200
    stand.conversation.where |= dict.fromkeys(seats, ("what", 1, "zh_TW"))
    going, most, receive = 0, 0, stand.conversation.receive

    async def be_counted(inbound: Inbound) -> Reply | None:
        nonlocal going, most
        going, most = going + 1, max(most, going + 1)
        await asyncio.sleep(0)
        going -= 1
        return await receive(inbound)

    stand.conversation.receive = be_counted  # type: ignore[method-assign]
    answers = await asyncio.gather(*(leave(browser, seat) for seat in seats))
    assert {answer.headers["refresh"][:3] for answer in answers} == {"0; "}
    assert (await leave(browser, known)).status_code == 200
    assert known not in stand.conversation.where
    async with asyncio.timeout(30):
        while stand.conversation.where:  # noqa: ASYNC110  # the fake only records
            await asyncio.sleep(0.01)
    assert most <= 21
    assert all(isinstance(one.what, Left) for one in stand.conversation.received[1:])


async def test_what_waits_to_be_ended_has_a_bound(
    stand: Stand,
    browser: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """T14: beyond it the page is left all the same, and an operator learns of it."""
    monkeypatch.setattr(leaving, "_MOST_LATER", 2)
    monkeypatch.setattr(leaving, "_END_WITHIN_S", 0.001)
    monkeypatch.setattr(leaving, "_PAUSES_S", (0.0,))
    stand.hold = asyncio.Event()
    for number in range(25):
        assert (await leave(browser, f"{number:043d}")).status_code == 200
    assert [record.getMessage() for record in caplog.records] == ["exit_not_stored"] * 3
    stand.hold.set()


async def test_a_button_that_had_to_wait_is_offered_again(stand: Stand, browser: httpx.AsyncClient) -> None:
    await use_up(stand, browser)
    for _ in range(3):
        browser.cookies.clear()
        page = await browser.post("/chat", data={**stand.draw_act(), "text": "", "tap": "what|new|0"})
    assert page.status_code == 429
    assert 'name="tap" value="what|new|0"' in page.text


async def test_while_it_is_busy_strangers_solve_a_puzzle_and_the_known_do_not(
    stand: Stand, browser: httpx.AsyncClient
) -> None:
    """T14: a flood from many addresses meets puzzles; whoever is in a conversation goes on as before."""
    known = stand.draw_act(seat="k" * 43)
    assert (await act(browser, known)).status_code == 200
    stand.is_busy = True
    assert (await act(browser, stand.draw_act())).json()["puzzle"]
    assert (await act(browser, stand.draw_act(seat="k" * 43))).status_code == 200


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.2.3.4", "192.168.1.1", "100.64.9.9", "::1", "fd00::1", "unix"]
)
async def test_behind_a_proxy_that_nobody_named_there_are_no_sources(stand: Stand, address: str) -> None:
    """One limit for everybody together would shut everybody out."""
    async with stand.come_from(address) as browser:
        for _ in range(30):
            assert (await act(browser, stand.draw_act())).status_code == 200


def test_a_household_is_one_source() -> None:
    assert find_source("203.0.113.7") == "203.0.113.7"
    assert find_source("::ffff:203.0.113.7") == "203.0.113.7"
    assert find_source("::ffff:10.0.0.1") == ""
    assert find_source("2001:db8:1:2:aaaa::1") == find_source("2001:db8:1:2:bbbb::2") == "2001:db8:1:2::"
    assert name_source("unix") == "unix"


async def test_looking_is_bounded_and_says_who_to_call(stand: Stand, browser: httpx.AsyncClient) -> None:
    """Three times as many looks as acts; beyond it the page comes without asking the database."""
    for _ in range(60):
        assert (await browser.get("/chat")).status_code == 200
    looks = stand.conversation.looks
    page = await browser.get("/chat")
    assert (page.status_code, stand.conversation.looks) == (429, looks)
    assert 'href="tel:113"' in page.text
    assert (await browser.post("/chat/live", json={"seat": "s" * 43})).status_code == 204


async def test_a_step_of_the_form_that_must_wait_loses_nothing(
    stand: Stand, browser: httpx.AsyncClient
) -> None:
    """T14: the page comes back with everything in it and says that it could not; the link is not used up."""
    stand.gate.may_step = lambda _: False  # type: ignore[method-assign]
    opening = await browser.post(f"/p/n/{TOKEN}", data={"seat": "s" * 43})
    assert (opening.status_code, stand.desk.asked) == (429, 0)
    step = await browser.post(
        f"/p/n/{TOKEN}", data={"seat": "s" * 43, "step": "who", "go": "next", "f.name": "小美"}
    )
    assert (step.status_code, stand.desk.asked) == (503, 0)
    assert "小美" in step.text
    code = await browser.post(f"/p/{CODE}", data={"seat": "s" * 43})
    assert code.status_code == 429


async def test_a_person_who_is_too_fast_keeps_what_was_typed(
    stand: Stand, browser: httpx.AsyncClient
) -> None:
    """Over their own limit the page says so, with 429, and the script offers the same act again."""
    stand.conversation.fault = TooOften("messages")
    for path, send in (("/chat/turn", "json"), ("/chat", "data")):
        told = stand.draw_act(text="我想說")
        answer = await browser.post(path, **{send: told})
        assert answer.status_code == 429
    assert "我想說</textarea>" in answer.text


async def test_where_somebody_is_reaches_the_desk_and_no_log(
    stand: Stand, browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """T5: the source comes with the act, to be counted; it is in no answer and no log."""
    answer = await act(browser, stand.draw_act())
    assert stand.conversation.received[-1].source == SOURCE
    shown: Callable[..., str] = json.dumps
    assert SOURCE not in shown(answer.json())
    assert SOURCE not in caplog.text
    assert SOURCE not in repr(stand.conversation.received[-1])


async def test_where_a_form_was_sent_from_reaches_the_desk(stand: Stand, browser: httpx.AsyncClient) -> None:
    """T5: so that it can be counted there; with the form's own page as well."""
    person = Person(browser)
    await person.open()
    await person.agree()
    assert stand.desk.sources == [SOURCE]
