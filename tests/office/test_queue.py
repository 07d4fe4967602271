"""The list of handoffs and the alarm, as browsers of different members see them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.desk.contact_window import WINDOWS
from bot.desk.digests import URGENCIES
from bot.desk.languages import LANGUAGES
from bot.desk.queue import SORTS, TABS, Wanted
from bot.office.queue_codes import Codes, find_hits
from bot.office.words import BY_TONGUE
from bot.store.database import Database
from bot.store.engine import make_engine
from tests.office.world import FIELDS, Browser, World, open_world, read_text

HOSTILE = "<script>alert(1)</script>"
FULL = {
    **FIELDS,
    "county": "屏東縣",
    "urgency": "today",
    "speak": "越南語",
    "contact_time": "24小時",
    "may_say": "說是同學",
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        await opened.hire("林社工", "list", "open")
        await opened.hire("陳督導", "list", "open")
        await opened.hire("看件數", "list")
        yield opened


@pytest.fixture
async def lin(world: World) -> Browser:
    return await world.sign_in("林社工")


async def lines_of(world: World, act: str) -> list[tuple[str, str, str]]:
    return [
        (entry.actor, entry.subject, entry.detail)
        for entry in await world.parts.log.read()
        if entry.act == act
    ]


async def run(world: World, statement: str, **values: object) -> None:
    database = Database(make_engine(world.settings.database))
    await database.write(lambda conn: conn.run(text(statement).bindparams(**values)))
    await database.close()


# ─── What is shown ────────────────────────────────────────────────────────────


async def test_the_list_shows_codes_and_nothing_that_was_written(world: World, lin: Browser):
    """T6: urgency, waiting time, county, language, window; no name, number or story."""
    id_ = await world.send(FULL)
    page = (await lin.get("/queue")).text
    seen = read_text(page)
    for word in (id_[:8], "Today", "less than 1 h", "屏東縣", "Vietnamese", "Now", "I take it"):
        assert word in seen
    for hidden in ("王小明", "912345678", "照片", "說是同學", "24小時"):
        assert hidden not in page
    assert f'href="/handoffs/{id_}"' in page


@pytest.mark.parametrize("path", ["/", "/queue", "/queue?tab=all&sort=age"])
async def test_a_page_with_alarms_looks_again_by_itself(world: World, lin: Browser, path: str):
    """R29: an alarm stands also on a screen that nobody touches, and what it asks for stays."""
    await world.send(FULL)
    page = await lin.get(path)
    seconds, _, url = page.headers["refresh"].partition("; url=")
    assert 0 < int(seconds) <= 300
    again = await lin.get(url)
    assert again.status_code == 200
    assert again.headers["refresh"] == page.headers["refresh"]
    assert url.startswith(path)


async def test_a_list_that_looks_again_by_itself_keeps_no_vault_open(world: World, lin: Browser):
    """T24: after 15 minutes without anybody it shows counts, as it would if it had been asked for."""
    await world.send(FULL)
    url = (await lin.get("/queue")).headers["refresh"].partition("; url=")[2]
    shown = []
    for _ in range(9):
        world.clock.pass_by(timedelta(minutes=2))
        shown.append("屏東縣" in (await lin.get(url)).text)
    assert shown[0]
    assert not shown[-1]


async def test_nobody_learns_which_ids_there_are_from_a_locked_list(world: World, lin: Browser):
    """T6: what is found and what is not look the same."""
    id_ = await world.send(FULL)
    found = await lin.post("/queue/find", {"sought": id_[:8]})
    assert "find=h" in found.headers["location"]
    counter = await world.sign_in("看件數")
    for sought in (id_[:8], "ffffffff"):
        assert (await counter.post("/queue/find", {"sought": sought})).headers["location"] == "/queue"


async def test_whoever_wrote_again_is_not_called_at_the_old_hours(world: World, lin: Browser):
    """What they corrected may be that very number: read it first."""
    id_ = await world.send(FULL)
    assert "Now" in read_text((await lin.get("/queue")).text)
    await world.ask(id_, "correct", "白天不要打，他在家")
    row = read_text((await lin.get("/queue")).text).partition(id_[:8])[2]
    assert "Now" not in row


async def test_a_locked_list_shows_counts_and_ages_and_nothing_else(world: World):
    """T6: on the bytes of the page: no county, no urgency, no language, no id."""
    id_ = await world.send(FULL)
    await world.ask(id_, "withdraw")
    world.clock.pass_by(timedelta(hours=5))
    counter = await world.sign_in("看件數")
    answer = await counter.get("/queue", headers={"accept-language": "zh-TW"})
    page = answer.text
    words = BY_TONGUE["zh_TW"]
    for code in URGENCIES[:3]:
        assert words[f"queue_urgency_{code}"] not in page
    for hidden in (
        "屏東",
        words["queue_language_vi"],
        words["queue_window_now"],
        id_[:8],
        "王小明",
        "county",
    ):
        assert hidden not in page
    assert re.search(r"<dt>新的</dt><dd>1 .*?約 5 小時", page)
    assert re.search(r"<dt>要求撤回或更正</dt><dd>1", page)
    assert "<select" not in page
    assert await lines_of(world, "listed") == []


async def test_who_may_not_open_sees_no_list_even_where_every_vault_is_open(world: World):
    """T6: the demo's vaults are open to everybody; rights are not."""
    await world.send(FULL)
    page = read_text((await (await world.sign_in("看件數")).get("/queue")).text)
    assert "The list is locked" in page
    assert "Your rights show counts only" in page


async def test_a_member_with_a_closed_vault_is_shown_the_way_to_it(world: World, lin: Browser, monkeypatch):
    """T6: counts until then."""
    await world.send(FULL)
    monkeypatch.setattr(type(world.parts.vaults), "opener", lambda *_, **__: None)
    page = (await lin.get("/queue")).text
    assert 'href="/vault"' in page
    assert "屏東縣" not in page


async def test_opening_the_list_is_noted_once_and_not_for_each_page(world: World, lin: Browser):
    """T6: with a count."""
    await world.send(FULL)
    for _ in range(3):
        await lin.get("/queue")
    assert await lines_of(world, "listed") == [(world.accounts["林社工"], "", '{"count":1}')]


async def test_hostile_words_in_every_field_reach_no_page(world: World, lin: Browser):
    """T20: only codes of ours are drawn."""
    await world.send(dict.fromkeys((*FULL, "contact_way"), HOSTILE))
    for tab in TABS:
        page = (await lin.get(f"/queue?tab={tab}")).text
        assert "alert(1)" not in page
    assert "Read it" in read_text((await lin.get("/queue")).text)


async def test_what_cannot_be_read_is_a_row_with_its_name(world: World, lin: Browser):
    """R21: it keeps none of the others back."""
    lost, partly, good = [await world.send(FULL) for _ in range(3)]
    await run(world, "UPDATE handoff SET blob = x'00' WHERE id = :id", id=lost)
    await run(world, "UPDATE consent_record SET blob = x'00' WHERE handoff_id = :id", id=partly)
    await world.ask(good, "correct", "改電話")
    await run(world, "UPDATE handoff_request SET blob = x'00'")
    answer = await lin.get("/queue")
    page = read_text(answer.text)
    assert answer.status_code == 200
    for id_ in (lost, partly, good):
        assert id_[:8] in page
    assert "Cannot be read: tell your system administrator" in page
    assert "Consent: the signature does not fit" in page
    assert "Request: the signature does not fit" in page


@pytest.mark.parametrize("tongue", ["zh_TW", "en"])
def test_every_code_has_its_words(tongue):
    """A code without words would be a broken page on a bad night."""
    words = BY_TONGUE[tongue]
    for kind, codes in {
        "urgency": URGENCIES, "window": WINDOWS, "language": LANGUAGES, "tab": TABS, "sort": SORTS,
        "mark": ("handoff", "consent", "request", "paper"), "alarm": "123", "asked": "123", "refused": ("gone", "unfit"),
        "what": ("forged", "unreadable", "odd_form", "not_printed"), "county": ("unsaid", "read"),
    }.items():  # fmt: skip
        for code in codes:
            assert words[f"queue_{kind}_{code}"]


# ─── Finding ──────────────────────────────────────────────────────────────────


async def test_filters_and_tabs_are_addresses(world: World, lin: Browser):
    """By codes only."""
    south, north = await world.send(FULL), await world.send(FIELDS | {"urgency": "days"})
    await world.parts.handoffs.set_status(north, "called", world.clock())
    assert south[:8] in (await lin.get("/queue")).text
    assert north[:8] not in (await lin.get("/queue")).text
    every = (await lin.get("/queue?tab=all")).text
    assert north[:8] in every
    options = dict(re.findall(r'<option value="(\d+)">([^<]+)</option>', every))
    (code,) = [code for code, name in options.items() if name == "屏東縣"]
    page = (await lin.get(f"/queue?tab=all&county={code}")).text
    assert south[:8] in page
    assert north[:8] not in page
    assert "Clear" in read_text(page)


async def test_requests_have_a_tab_of_their_own(world: World, lin: Browser):
    """Whatever the status: nobody has to go through the done ones."""
    id_ = await world.send(FULL)
    await world.ask(id_, "withdraw")
    await world.ask(id_, "correct", "改電話")
    await world.parts.handoffs.set_status(id_, "done", world.clock())
    page = read_text((await lin.get("/queue?tab=asked")).text)
    for word in (id_[:8], "Asks to withdraw", "Asks to correct, 1×", "Done"):
        assert word in page


async def test_a_search_leads_to_codes_and_repeats_nothing(world: World, lin: Browser):
    """What is typed in haste, a name perhaps, gets into no address and no page."""
    id_ = await world.send(FULL)
    for sought in (id_[:6], "台 東", "屏東", "越南語", "vietnamese"):
        answer = await lin.post("/queue/find", {"sought": sought})
        assert answer.status_code == 303
        target = answer.headers["location"]
        assert re.fullmatch(r"/queue\?tab=all&find=[a-z0-9.-]+", target)
        assert (id_[:8] in (await lin.get(target)).text) == (sought != "台 東")
    answer = await lin.post("/queue/find", {"sought": "王小明"})
    assert answer.headers["location"] == "/queue?tab=all&find=none"
    page = (await lin.get(answer.headers["location"])).text
    assert "Nothing found" in page
    assert "王小明" not in page


async def test_a_colleague_is_found_by_name(world: World, lin: Browser):
    """And what they have."""
    id_, other = await world.send(FULL), await world.send(FULL)
    await world.parts.casework.assign(id_, world.accounts["陳督導"], instead_of=None)
    target = (await lin.post("/queue/find", {"sought": "陳督"})).headers["location"]
    page = (await lin.get(target)).text
    assert id_[:8] in page
    assert other[:8] not in page


ODD_QUERIES = (
    "tab=odd&urgency=odd&county=999&language=xx&window=odd&sort=odd&page=-1",
    "holder=%3Cscript%3E&find=%3Cscript%3E&page=%E2%91%A0",
    f"tab={HOSTILE}&find=h{'0' * 5000}&page=99999999999",
    "find=.&page=0",
    "find=zzz.hXX.c99.l.w",
    "find=" + ".".join(["c1"] * 500),
)


async def test_an_address_that_is_not_ours_wants_nothing_special(world: World, lin: Browser):
    """T20: it is read as codes or not at all."""
    await world.send(FULL)
    for query in ODD_QUERIES:
        answer = await lin.get(f"/queue?{query}")
        assert answer.status_code == 200, query
        assert "<script>" not in answer.text
        assert "alert(" not in answer.text


async def test_fifty_stand_on_a_page_and_the_next_ones_on_the_next(world: World, lin: Browser):
    """Each once."""
    sent = {await world.send(FIELDS) for _ in range(52)}
    first, second = [(await lin.get(f"/queue?page={page}")).text for page in (1, 2)]
    ids = [re.findall(r'href="/handoffs/([0-9a-f-]+)"', page) for page in (first, second)]
    assert [len(page) for page in ids] == [50, 2]
    assert {*ids[0], *ids[1]} == sent
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert (await lin.get("/queue?page=9")).text.count('rel="prev"') == 1


def test_what_is_wanted_comes_back_from_its_address():
    """Reading undoes writing."""
    codes = Codes(("臺北市", "屏東縣"))
    wanted = Wanted(
        "asked", "today", "屏東縣", "vi", "now", "me", "age",
        (("handoff", "1f2e3d4c"), ("county", "臺北市"), ("language", "nan"), ("holder", "4f0c")),
    )  # fmt: skip
    address = codes.write(wanted, page=3)
    assert "屏" not in unescape(address)
    assert codes.read_query(address.partition("?")[2]) == wanted
    assert address.endswith("page=3")
    assert codes.read_query("x" * 10_000) == Wanted()
    for county in ("unsaid", "read", ""):
        assert codes.read_query(codes.write(Wanted(county=county)).partition("?")[2]).county == county


def test_words_that_mean_much_find_no_more_than_an_address_holds():
    """An empty search finds nothing; one letter of a name may find many."""
    many = {f"account-{number}": "林" for number in range(100)}
    nothing: dict[str, str] = {}
    assert find_hits("  ", ids=(), counties=("臺北市",), languages={}, colleagues=many) == ()
    assert len(find_hits("林", ids=(), counties=(), languages={}, colleagues=many)) == 40
    assert find_hits("1f2", ids=("1f2e",), counties=(), languages={}, colleagues=nothing) == ()
    assert find_hits("#1F2E", ids=("1f2e3d4c",), counties=(), languages={}, colleagues=nothing) == (
        ("handoff", "1f2e"),
    )
    assert find_hits("台北", ids=(), counties=("臺北市",), languages={}, colleagues=nothing) == (
        ("county", "臺北市"),
    )


# ─── Who has it ───────────────────────────────────────────────────────────────


async def test_a_handoff_is_taken_given_on_and_given_back(world: World, lin: Browser):
    """T6: each noted; the list comes back as it was."""
    id_ = await world.send(FULL)
    me, chen = world.accounts["林社工"], world.accounts["陳督導"]
    form = {"handoff": id_, "back": "tab=all&county=3&page=2&x=y"}
    answer = await lin.post("/queue/assign", form | {"to": "me", "instead_of": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue?tab=all&county=3")
    page = read_text((await lin.get("/queue?tab=all")).text)
    assert "Me" in page
    assert "Give to 陳督導" in page
    await lin.post("/queue/assign", form | {"to": chen, "instead_of": me})
    assert "陳督導" in read_text((await lin.get("/queue?tab=all")).text)
    answer = await lin.post("/queue/assign", form | {"to": "", "instead_of": chen, "back": "handoff"})
    assert answer.headers["location"] == f"/handoffs/{id_}"
    assert (await world.parts.casework.list_work())[id_].assigned_to is None
    assert [(actor, subject) for actor, subject, _ in await lines_of(world, "assigned")] == [(me, id_)] * 3


async def test_who_comes_second_is_told_who_has_it(world: World, lin: Browser):
    """And nothing was changed or noted."""
    id_ = await world.send(FULL)
    me, chen = world.accounts["林社工"], world.accounts["陳督導"]
    await world.parts.casework.assign(id_, chen, instead_of=None)
    late = {"handoff": id_, "to": "me", "instead_of": "", "back": "//evil.example"}
    answer = await lin.post("/queue/assign", late)
    assert answer.status_code == 409
    assert "陳督導 took it" in read_text(answer.text)
    assert 'href="/queue?tab=new"' in answer.text
    assert "evil" not in answer.text
    await world.parts.casework.assign(id_, me, instead_of=chen)
    assert "You have it already" in read_text((await lin.post("/queue/assign", late)).text)
    await world.parts.casework.assign(id_, None, instead_of=me)
    answer = await lin.post("/queue/assign", late | {"instead_of": chen})
    assert "Nobody has it now" in read_text(answer.text)
    assert await lines_of(world, "assigned") == []


async def test_it_goes_to_nobody_who_may_not_open_it(world: World, lin: Browser):
    """T6."""
    id_ = await world.send(FULL)
    form = {"handoff": id_, "to": world.accounts["看件數"], "instead_of": ""}
    answer = await lin.post("/queue/assign", form)
    assert answer.status_code == 409
    assert "may not open handoffs" in read_text(answer.text)
    assert await world.parts.casework.list_work() == {}


async def test_what_is_not_there_cannot_be_taken(lin: Browser):
    """T16: and it leads nowhere else."""
    for handoff in ("", "\x00", "../keys", "00000000-0000-4000-8000-000000000000"):
        answer = await lin.post("/queue/assign", {"handoff": handoff, "to": "me", "back": "handoff"})
        assert answer.status_code == 409
        assert "It has been erased" in read_text(answer.text)


async def test_what_a_colleague_had_who_left_can_be_taken_over(world: World, lin: Browser):
    """T7: their name stands there until then."""
    id_ = await world.send(FULL)
    chen = world.accounts["陳督導"]
    await world.parts.casework.assign(id_, chen, instead_of=None)
    await world.parts.staff.disable_account("陳督導", world.clock())
    page = read_text((await lin.get("/queue")).text)
    assert "陳督導" in page
    assert "Give to 陳督導" not in page
    answer = await lin.post("/queue/assign", {"handoff": id_, "to": "me", "instead_of": chen})
    assert answer.status_code == 303


async def test_who_may_only_list_can_give_nothing(world: World):
    """T6: the guard says so."""
    id_ = await world.send(FULL)
    counter = await world.sign_in("看件數")
    answer = await counter.post("/queue/assign", {"handoff": id_, "to": "me", "instead_of": ""})
    assert answer.status_code == 403
    assert await world.parts.casework.list_work() == {}


# ─── The alarm ────────────────────────────────────────────────────────────────


async def test_the_alarm_stands_on_the_list_in_words_until_it_is_opened(world: World):
    """R29: locked or not, at its level."""
    id_ = await world.send(FULL)
    came = world.clock.now = world.clock.now.replace(minute=0)
    for passed, said in (
        (timedelta(minutes=30), "."),
        (timedelta(minutes=80), "opened for 15 minutes"),
        (timedelta(hours=6), "opened for 4 hours"),
        (timedelta(hours=30), "opened for 24 hours"),
    ):
        world.clock.now = came + passed
        for name in ("看件數", "林社工"):
            page = read_text((await (await world.sign_in(name)).get("/queue")).text)
            assert said in page
            assert ("has not been opened for" in page) == (said != ".")
    await world.parts.handoffs.mark_opened(id_, world.clock())
    assert "queue-alarm" not in (await (await world.sign_in("林社工")).get("/queue")).text


async def test_a_request_that_nobody_read_has_an_alarm_of_its_own(world: World):
    """R29: on a handoff that somebody opened weeks ago; it ends when somebody who takes care of it opens it."""
    id_ = await world.send(FULL)
    await world.parts.handoffs.mark_opened(id_, world.clock())
    await world.ask(id_, "correct", "這支電話不安全了")
    world.clock.now += timedelta(hours=6)
    for name in ("看件數", "林社工"):
        page = await (await world.sign_in(name)).get("/queue")
        assert "nobody has read it for 4 hours" in read_text(page.text)
        assert 'href="/queue?tab=asked"' in page.text
        assert "這支電話" not in page.text
    lin = await world.sign_in("林社工")
    assert "Nobody read the request" in read_text((await lin.get("/queue?tab=asked")).text)
    await lin.post(f"/handoffs/{id_}/open", {"reason": "supervision"})
    assert "nobody has read it" in read_text((await lin.get("/queue")).text)
    await lin.post(f"/handoffs/{id_}/open", {"reason": "request"})
    page = read_text((await lin.get("/queue?tab=asked")).text)
    assert "nobody has read it" not in page
    assert "Nobody read the request" not in page


async def test_one_that_was_opened_and_not_called_is_warned_of_a_day_later(world: World):
    """R29: with how many there are, and a way to them."""
    id_ = await world.send(FULL)
    lin = await world.sign_in("林社工")
    await lin.post(f"/handoffs/{id_}/open", {"reason": "first_call"})
    assert "no first call" not in read_text((await lin.get("/queue")).text)
    world.clock.now += timedelta(hours=25)
    lin = await world.sign_in("林社工")
    assert "1 were opened more than 24 hours ago, and no first call is noted" in read_text(
        (await lin.get("/queue")).text
    )
    assert "Opened 24 h ago, nobody called" in read_text((await lin.get("/queue?tab=in_progress")).text)
    await world.parts.casework.note_called(id_, world.clock())
    assert "no first call" not in read_text((await lin.get("/queue")).text)
